"""The embedded server: real sockets, hints to listeners, a clean end."""

from __future__ import annotations

import socket

import httpx
import pytest
from httpx_sse import connect_sse
from tests.server.world import World

from leadqueue.server.embedded import EmbeddedServer
from leadqueue.wire.api import EventHint


def test_it_serves_and_hints_at_changes(world: World) -> None:
    lead = world.lead()
    with EmbeddedServer(world.database, now=world.clock) as server:
        headers = world.as_("rita")
        with httpx.Client(base_url=server.url, headers=headers, timeout=20, trust_env=False) as client:
            assert client.get("/readyz").status_code == 200
            with connect_sse(client, "GET", "/v1/events") as source:
                hints = source.iter_sse()
                first = EventHint.model_validate_json(next(hints).data)
                [answer] = world.decide("rita", world.body(lead, "accept"))
                event = next(hints)
                assert event.event == "changed"
                assert EventHint.model_validate_json(event.data).seq == answer.seq
                assert answer.seq == first.seq + 1


def test_it_stops_while_somebody_listens(world: World) -> None:
    server = EmbeddedServer(world.database, now=world.clock)
    server.start()
    with (
        httpx.Client(base_url=server.url, headers=world.as_("rita"), timeout=20, trust_env=False) as client,
        connect_sse(client, "GET", "/v1/events") as source,
    ):
        next(source.iter_sse())
        server.stop()


def test_a_revoked_token_hears_no_more(world: World) -> None:
    lead = world.lead()
    token, kept = world.admin.create_token(world.organisation.id, world.rita.id)
    with EmbeddedServer(world.database, now=world.clock) as server:
        headers = {"Authorization": f"Bearer {token}"}
        with (
            httpx.Client(base_url=server.url, headers=headers, timeout=20, trust_env=False) as client,
            connect_sse(client, "GET", "/v1/events") as source,
        ):
            hints = source.iter_sse()
            next(hints)
            world.admin.revoke_token(world.organisation.id, kept.id)
            world.decide("rita", world.body(lead, "accept"))
            assert list(hints) == []


def test_small_answers_are_sent_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the kernel holds each answer back until the client's delayed acknowledgement, 40 ms."""
    held: list[int] = []
    accept = socket.socket.accept

    def watched(listener: socket.socket) -> tuple[socket.socket, object]:
        held.append(listener.proto)
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", watched)
    with EmbeddedServer(world.database, now=world.clock) as server:
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
    assert set(held) == {socket.IPPROTO_TCP}
