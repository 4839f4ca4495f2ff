"""Decisions at the server: each is answered once, and the same however often it comes (I1, I3, I4, I5)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tests.builders import RAUL
from tests.server.world import World

from leadqueue.domain.adjudicate import adjudicate
from leadqueue.domain.lead import FieldValues, Lead
from leadqueue.domain.trail import rebuild
from leadqueue.server import decisions
from leadqueue.server.admin import Admin
from leadqueue.wire.api import EPOCH_HEADER, Answers, AnswerStatus, DecisionBody, Journey
from leadqueue.wire.problem import Problem, ProblemType


def test_a_decision_is_applied(world: World) -> None:
    lead = world.lead()
    [answer] = world.decide("rita", world.body(lead, "accept"))
    assert answer.status is AnswerStatus.APPLIED
    assert answer.seq
    after = world.get(lead.id)
    assert after.stage == "sal"
    assert after.versions.sales == lead.versions.sales + 1


def test_the_day_of_a_decision_is_its_makers(world: World) -> None:
    world.clock.moment = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    first, second = world.lead(), world.lead()
    with world.database.write() as connection:
        connection.exec_driver_sql("UPDATE user_account SET zone = 'America/Los_Angeles' WHERE name = 'rita'")
    accept = world.body(first, "accept")
    recycle = world.body(second, "recycle", {"reason": "bad_timing", "revisit_on": "2026-11-24"})
    answers = world.decide("rita", accept, recycle)
    assert [answer.status for answer in answers] == [AnswerStatus.APPLIED] * 2
    assert world.get(first.id).fields["sal_date"] == "2026-11-23"


def test_a_repeat_gets_the_same_answer_and_changes_nothing(world: World) -> None:
    lead = world.lead()
    body = world.body(lead, "accept")
    first = world.decide("rita", body)
    again = world.decide("rita", body, body)
    assert again == first * 2
    assert len(journey(world, lead.id).entries) == 2


def test_decisions_for_another_epoch_are_not_taken(world: World) -> None:
    lead = world.lead()
    batch = {"decisions": [world.body(lead, "accept")]}
    epoch = world.client.get("/v1/session", headers=world.as_("rita")).json()["epoch"]
    Admin(world.database, world.clock, world.new_id).new_epoch(world.organisation.id)
    stale = {**world.as_("rita"), EPOCH_HEADER: epoch}
    refused = world.client.post("/v1/decisions", json=batch, headers=stale)
    assert refused.status_code == 409
    assert Problem.model_validate_json(refused.content).type == ProblemType.EPOCH_CHANGED
    assert world.get(lead.id).versions == lead.versions
    current = {**world.as_("rita"), EPOCH_HEADER: refused.headers[EPOCH_HEADER]}
    taken = world.client.post("/v1/decisions", json=batch, headers=current)
    assert Answers.model_validate_json(taken.content).answers[0].status is AnswerStatus.APPLIED


def test_many_repeats_at_once_are_applied_once(world: World) -> None:
    lead = world.lead()
    body = world.body(lead, "touch", None)
    world.decide("rita", world.body(lead, "accept"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.decide("rita", body)[0], range(16)))
    assert {answer.status for answer in answers} == {AnswerStatus.APPLIED}
    assert len({answer.seq for answer in answers}) == 1
    assert len(world.get(lead.id).touches) == 1


def test_another_payload_under_a_known_id_is_refused(world: World) -> None:
    lead = world.lead()
    body = world.body(lead, "accept")
    world.decide("rita", body)
    [answer] = world.decide("rita", {**body, "values": {"acceptance_reason": "clear_intent"}})
    assert answer.status is AnswerStatus.REFUSED
    assert answer.errors[0].code == "payload_mismatch"
    assert world.get(lead.id).fields["acceptance_reason"] == "strong_fit"


def test_a_refusal_names_its_fields_and_is_final(world: World) -> None:
    lead = world.lead()
    body = world.body(lead, "recycle", {"reason": "bad_timing"})
    [answer] = world.decide("rita", body)
    assert answer.status is AnswerStatus.REFUSED
    assert [error.field for error in answer.errors] == ["revisit_on"]
    assert answer.lead == lead
    assert world.decide("rita", body) == [answer]
    assert world.get(lead.id) == lead


def test_a_failure_holds_back_later_decisions_on_the_same_lead_only(world: World) -> None:
    first, second = world.lead(), world.lead()
    statuses = [
        answer.status
        for answer in world.decide(
            "rita",
            world.body(first, "reject", {}),
            world.body(first, "accept"),
            world.body(second, "accept"),
        )
    ]
    assert statuses == [AnswerStatus.REFUSED, AnswerStatus.HELD, AnswerStatus.APPLIED]
    assert world.get(first.id).stage == "mql"


def test_the_same_decision_from_two_devices_is_already_done(world: World) -> None:
    lead = world.lead()
    world.decide("rita", world.body(lead, "accept"))
    [answer] = world.decide("rita", world.body(lead, "accept"))
    assert answer.status is AnswerStatus.ALREADY


def test_a_conflict_brings_the_lead_as_it_stands_and_says_who(world: World) -> None:
    lead = world.lead()
    world.decide("maya", world.body(lead, "reject"))
    [answer] = world.decide("rita", world.body(lead, "accept"))
    assert answer.status is AnswerStatus.CONFLICT
    assert answer.lead == world.get(lead.id)
    assert "maya" in answer.message


def test_what_others_decided_is_not_undone_unseen(world: World) -> None:
    lead = world.lead()
    world.decide("maya", world.body(lead, "accept"))
    world.decide("maya", world.body(world.get(lead.id), "qualify"))
    late = world.body(lead, "reject", seen_stage="mql")
    [answer] = world.decide("rita", late)
    assert answer.status is AnswerStatus.CONFLICT
    assert "maya" in answer.message
    assert [error.field for error in answer.errors] == ["stage"]
    assert answer.lead == world.get(lead.id)
    assert answer.lead.stage == "sql"
    assert world.decide("rita", late) == [answer]


def test_a_decision_that_a_release_before_has_sent_is_known_again(world: World) -> None:
    """What has come to decisions since, and it does not tell, makes no other one of it."""
    body = world.body(world.lead(), "accept")
    before = {key for key in DecisionBody.model_fields if not key.startswith("seen_")}
    assert set(DecisionBody.model_validate(body).model_dump(exclude_unset=True)) <= before
    [answer] = world.decide("rita", body)
    told = {**body, "seen_stage": "mql"}
    [other] = world.decide("rita", told)
    assert (answer.status, other.status) == (AnswerStatus.APPLIED, AnswerStatus.REFUSED)
    assert world.decide("rita", body) == [answer]


def test_a_reassigned_lead_is_a_conflict_that_shows_nothing_more(world: World) -> None:
    lead = world.lead()
    to_otto = world.body(lead, "reassign", {"assignee": world.otto.id, "why": "Speaks Greek."})
    assert world.decide(world.administrator(), to_otto)[0].status is AnswerStatus.APPLIED
    [answer] = world.decide("rita", world.body(lead, "accept"))
    assert answer.status is AnswerStatus.CONFLICT
    assert answer.lead is None
    assert answer.errors[0].field == "owner"


def test_a_manager_gives_no_lead_to_another_team(world: World) -> None:
    lead = world.lead()
    to_otto = {"assignee": world.otto.id, "why": "Speaks Greek."}
    [answer] = world.decide("maya", world.body(lead, "reassign", dict(to_otto)))
    assert answer.status is AnswerStatus.REFUSED
    [error] = answer.errors
    assert (error.field, error.code) == ("assignee", "other_team")
    assert set(error.allowed) == {world.maya.id, world.raul.id}
    assert world.get(lead.id) == lead


def test_a_strangers_lead_does_not_even_exist(world: World) -> None:
    lead = world.lead(owner="otto")
    [answer] = world.decide("rita", world.body(lead, "accept"))
    [unknown] = world.decide("rita", {**world.body(lead, "accept"), "lead_id": RAUL.id})
    assert (answer.status, answer.errors) == (unknown.status, unknown.errors)
    assert answer.lead is None
    assert world.get(lead.id, "otto") == lead


def test_nobody_reads_anothers_ledger(world: World) -> None:
    lead = world.lead()
    body = world.body(lead, "accept")
    world.decide("rita", body)
    known = world.client.get("/v1/decisions", params={"ids": str(body["id"])}, headers=world.as_("rita"))
    assert [answer["status"] for answer in known.json()["answers"]] == ["applied"]
    strange = world.client.get("/v1/decisions", params={"ids": str(body["id"])}, headers=world.as_("raul"))
    assert strange.json() == {"answers": [], "unknown": [body["id"]]}
    [stolen] = world.decide("raul", body)
    assert stolen.status is AnswerStatus.REFUSED


def test_an_override_alerts_the_manager(world: World) -> None:
    lead = world.lead()
    world.decide("rita", world.body(lead, "reject"))
    [answer] = world.decide("maya", world.body(world.get(lead.id), "reopen"))
    assert answer.status is AnswerStatus.APPLIED
    with world.database.read() as connection:
        alerts = connection.exec_driver_sql(
            "SELECT kind, audience, lead_id, acknowledged_by FROM alert"
        ).all()
    assert [tuple(row) for row in alerts] == [("override", "manager", lead.id, world.maya.id)]
    assert journey(world, lead.id).entries[-1].override


def test_the_trail_rebuilds_the_lead(world: World) -> None:
    lead = world.lead()
    for kind in ("accept", "touch", "note", "edit", "qualify", "opportunity", "close"):
        [answer] = world.decide("rita", world.body(world.get(lead.id), kind))
        assert answer.status is AnswerStatus.APPLIED, answer
    told = journey(world, lead.id)
    assert rebuild(entry.after for entry in told.entries) == world.get(lead.id) == told.lead
    assert [entry.seq for entry in told.entries] == list(range(1, 9))


def journey(world: World, lead_id: str) -> Journey:
    answer = world.client.get(f"/v1/leads/{lead_id}/journey", headers=world.as_("rita"))
    assert answer.status_code == 200, answer.text
    return Journey.model_validate_json(answer.content)


def test_a_fault_over_one_lead_delays_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """I7: the decision at fault is asked for again, the others are answered."""
    first, second = world.lead(), world.lead()

    def faulty(lead: Lead, *rest: object) -> object:
        if lead.id == first.id:
            raise ZeroDivisionError
        return adjudicate(lead, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(decisions, "adjudicate", faulty)
    answers = world.decide("rita", world.body(first, "accept"), world.body(second, "accept"))
    assert [answer.status for answer in answers] == [AnswerStatus.RETRY, AnswerStatus.APPLIED]


@pytest.mark.parametrize(
    "change",
    [
        {"values": {"note": "\ud800"}},
        {"definitions_version": "2026\0"},
        {"decided_at": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_what_no_database_can_hold_is_refused_by_name(world: World, change: dict[str, object]) -> None:
    body = {**world.body(world.lead(), "note"), **change}
    content = json.dumps({"decisions": [body]})
    headers = world.as_("rita") | {"Content-Type": "application/json"}
    answer = world.client.post("/v1/decisions", content=content, headers=headers)
    assert answer.status_code == 422
    [field] = change
    assert any(field in error["field"] for error in answer.json()["errors"])


@pytest.mark.parametrize("field", ["note", "no\0te"])
def test_nul_is_refused_by_name_on_both_databases(world: World, field: str) -> None:
    values: FieldValues = {"note": "b", field: "a\0b"}
    [answer] = world.decide("rita", world.body(world.lead(), "note", values))
    assert answer.status is AnswerStatus.REFUSED
    assert [error.field for error in answer.errors] == [field]
