"""An export beside which the queue goes on moving."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.builders import EXAMPLE_VALUES, GOOD_FIELDS
from tests.cli.conftest import Done, Shell

from leadqueue.cache.desk import Desk
from leadqueue.cache.views import LeadView
from leadqueue.cli.exits import Exit
from leadqueue.cli.session import sync_now
from leadqueue.definitions.model import DecisionKind

MANY = 1100
"""More than are read in one go, whatever that is."""


@pytest.fixture
def ids(shell: Shell) -> list[str]:
    """The leads of Rita's queue in its order."""
    world = shell.world
    bodies = [
        {
            "source_id": f"source-{number}",
            "fields": {**GOOD_FIELDS, "email": f"ada{number}@engines.example"},
            "qualified": True,
            "owner": "rita@sales.example",
        }
        for number in range(MANY)
    ]
    for start in range(0, MANY, 100):
        part = {"leads": bodies[start : start + 100]}
        answer = world.client.post("/v1/intake/leads", json=part, headers=world.as_("olga"))
        assert answer.status_code == 200, answer.text
    assert shell("sync").code == Exit.DONE
    return [row["id"] for row in shell("queue", "--json").json]


def exported(shell: Shell, *, at: int, beside: Callable[[], object]) -> Done:
    """The export, beside which something else happens before lead number `at` is read."""
    real = Desk.lead
    read: list[str] = []

    def lead(desk: Desk, lead_id: str) -> LeadView | None:
        read.append(lead_id)
        if len(read) == at:
            beside()
        return real(desk, lead_id)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Desk, "lead", lead)
        return shell("export", "--format", "json")


def decide(shell: Shell, kind: DecisionKind, ids: list[str]) -> None:
    desk = Desk.open(shell.home, shell.account, shell.world.clock, shell.world.new_id)
    try:
        stored = desk.decide_many(ids, kind, EXAMPLE_VALUES[kind])
        assert not stored.refused
    finally:
        desk.close()


@pytest.mark.parametrize("kind", [DecisionKind.REJECT, DecisionKind.ACCEPT])
def test_decisions_beside_it_neither_skip_nor_double(
    shell: Shell, ids: list[str], kind: DecisionKind
) -> None:
    """Rejected ones leave the queue, accepted ones wait for something else, further behind."""
    told = exported(shell, at=20, beside=lambda: decide(shell, kind, ids[:15]))
    assert told.code == Exit.DONE
    assert [each["id"] for each in json.loads(told.stdout)] == ids
    assert "Left out" not in told.stderr


def test_what_leaves_the_scope_meanwhile_is_left_out_and_said(shell: Shell, ids: list[str]) -> None:
    world = shell.world

    def give_away() -> None:
        body = world.body(world.get(ids[700]), "reassign", {"assignee": world.raul.id, "why": "Spanish."})
        assert world.decide("maya", body)[0].status == "applied"
        report = sync_now(shell.home, shell.account)
        assert report is not None
        assert report.ok

    told = exported(shell, at=20, beside=give_away)
    assert told.code == Exit.DONE
    assert [each["id"] for each in json.loads(told.stdout)] == [*ids[:700], *ids[701:]]
    assert f"Exported: {MANY - 1}." in told.stderr
    assert "Left out, since they went out of your reach meanwhile: 1." in told.stderr
