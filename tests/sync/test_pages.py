"""The feed's pages: the next one is on its way while one is stored, and none is taken for another."""

from __future__ import annotations

import asyncio

import pytest
from tests.builders import mql
from tests.sync.server_fake import FakeGateway, FakeServer
from tests.sync.test_engine import Side

from leadqueue.crm.gateway import CursorExpired, Unreachable
from leadqueue.sync.pages import PagesAhead
from leadqueue.wire.api import ChangesPage


def server_of(leads: int) -> FakeServer:
    server = FakeServer()
    server.page = 1
    for _ in range(leads):
        server.put(mql())
    return server


async def test_the_next_page_is_asked_for_before_one_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    side = Side(server_of(3))
    asked: list[int] = []
    store = type(side.store.cache).apply_page

    def watched(cache: object, audience: str, page: ChangesPage) -> None:
        asked.append(side.gateway.calls.count("changes"))
        store(side.store.cache, audience, page)

    monkeypatch.setattr(type(side.store.cache), "apply_page", watched)
    report = await side.engine.cycle()
    assert (report.ok, report.pulled) == (True, 3)
    assert asked == [2, 3, 3]


async def test_the_page_asked_for_is_the_one_that_comes() -> None:
    gateway = FakeGateway(server_of(3))
    async with PagesAhead(gateway, "rep:rita") as pages:
        first = await pages.after(None)
        await pages.ask_for(first.next)
        second = await pages.after(first.next)
        assert second.seq == first.seq + 1
    assert gateway.calls == ["changes", "changes"]


async def test_a_page_asked_for_in_vain_is_dropped() -> None:
    gateway = FakeGateway(server_of(3))
    async with PagesAhead(gateway, "rep:rita") as pages:
        first = await pages.after(None)
        await pages.ask_for(first.next)
        again = await pages.after(None)  # the read begins anew
        assert again == first


async def test_trouble_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = FakeGateway(server_of(3))
    async with PagesAhead(gateway, "rep:rita") as pages:
        first = await pages.after(None)
        gateway.expired = 1
        await pages.ask_for(first.next)
        with pytest.raises(CursorExpired):
            await pages.after(first.next)
        assert (await pages.after(first.next)).seq == first.seq + 1


async def test_nothing_is_left_running_after_an_error() -> None:
    class Slow(FakeGateway):
        async def changes(self, audience: str, cursor: str | None, limit: int) -> ChangesPage:
            if cursor is not None:
                await asyncio.Event().wait()
            return await super().changes(audience, cursor, limit)

    async def interrupted() -> None:
        async with PagesAhead(Slow(server_of(3)), "rep:rita") as pages:
            await pages.ask_for((await pages.after(None)).next)
            raise Unreachable

    with pytest.raises(Unreachable):
        await interrupted()
    assert asyncio.all_tasks() == {asyncio.current_task()}
