"""The handoff at the server: idempotent, validated, quarantined."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from tests.builders import GOOD_FIELDS, NOW
from tests.server.world import World

from leadqueue.wire.api import Upsert
from leadqueue.wire.intake import IntakeResult, IntakeResults, IntakeStatus, Quarantine


def intake(world: World, *leads: dict[str, object], path: str = "leads") -> list[IntakeResult]:
    answer = world.client.post(f"/v1/intake/{path}", json={path: leads}, headers=world.as_("olga"))
    assert answer.status_code == 200, answer.text
    return list(IntakeResults.model_validate_json(answer.content).results)


def lead(source_id: str, **more: object) -> dict[str, object]:
    return {"source_id": source_id, "fields": dict(GOOD_FIELDS), "owner": "rita@sales.example", **more}


def signal(source_id: str, kind: str = "demo_request", minutes_ago: int = 30) -> dict[str, object]:
    at = NOW - timedelta(minutes=minutes_ago)
    return {"source_id": source_id, "kind": kind, "at": at.isoformat()}


def test_a_lead_over_the_bar_awaits_review(world: World) -> None:
    [result] = intake(world, lead("1", signals=[signal("s1"), signal("s2", "webinar")]))
    assert (result.status, result.stage) == (IntakeStatus.CREATED, "mql")
    assert result.lead_id
    stored = world.get(result.lead_id)
    assert stored.score
    assert stored.fields["lead_score"] == stored.score.total
    assert stored.owner_name == "rita"


def test_a_lead_below_the_bar_stays_with_marketing(world: World) -> None:
    [result] = intake(world, lead("1"))
    assert result.stage == "lead"


def test_the_second_run_changes_nothing(world: World) -> None:
    leads = [lead(str(number), signals=[signal(f"s{number}")], qualified=True) for number in range(5)]
    first = intake(world, *leads)
    cursor = world.changes("rita").next
    again = intake(world, *leads)
    assert {result.status for result in again} == {IntakeStatus.UNCHANGED}
    assert [result.lead_id for result in again] == [result.lead_id for result in first]
    assert world.changes("rita", cursor).changes == ()


def test_a_lead_that_qualifies_later_comes_to_its_rep(world: World) -> None:
    [monday] = intake(world, lead("1", qualified=False))
    assert monday.stage == "lead"
    cursor = world.changes("rita").next
    [tuesday] = intake(world, lead("1", qualified=True))
    assert (tuesday.status, tuesday.stage) == (IntakeStatus.UPDATED, "mql")
    assert tuesday.lead_id
    told = world.changes("rita", cursor).changes
    assert [each.lead for each in told if isinstance(each, Upsert)] == [world.get(tuesday.lead_id)]
    assert intake(world, lead("1", qualified=True))[0].status is IntakeStatus.UNCHANGED
    assert intake(world, lead("1", qualified=False))[0].status is IntakeStatus.UNCHANGED


def test_the_same_lead_twice_in_one_call(world: World) -> None:
    first, second = intake(world, lead("1", qualified=True), lead("1", qualified=True))
    assert (first.status, second.status) == (IntakeStatus.CREATED, IntakeStatus.UNCHANGED)
    assert first.lead_id == second.lead_id


def test_a_bad_lead_stops_no_other(world: World) -> None:
    bad = lead("1", fields={**GOOD_FIELDS, "lead_source": "Webinar"})
    stranger = lead("2", owner="nobody@sales.example")
    refused, unowned, good = intake(world, bad, stranger, lead("3", qualified=True))
    assert refused.status is unowned.status is IntakeStatus.REFUSED
    assert "webinar" in refused.errors[0].message
    assert unowned.errors[0].field == "owner"
    assert good.status is IntakeStatus.CREATED


def test_what_lacks_a_field_goes_to_quarantine_and_on_when_it_is_repaired(world: World) -> None:
    fields = {key: value for key, value in GOOD_FIELDS.items() if key not in ("email", "company_name")}
    [result] = intake(world, lead("1", fields=fields, qualified=True))
    assert result.status is IntakeStatus.QUARANTINED
    assert set(result.missing) == {"email", "company_name"}
    answer = world.client.get("/v1/quarantine", headers=world.as_("olga"))
    waiting = Quarantine.model_validate_json(answer.content)
    assert waiting.total == 1
    assert set(waiting.leads[0].missing) == {"email", "company_name"}
    [repaired] = intake(world, lead("1"))
    assert (repaired.status, repaired.stage) == (IntakeStatus.UPDATED, "mql")
    answer = world.client.get("/v1/quarantine", headers=world.as_("olga"))
    assert Quarantine.model_validate_json(answer.content).total == 0
    with world.database.read() as connection:
        alerts = connection.exec_driver_sql("SELECT kind, audience FROM alert").all()
    assert [tuple(row) for row in alerts] == [("quarantined", "marketing_ops")]


def test_signals_are_counted_once(world: World) -> None:
    made = world.lead("L1")
    first = {**signal("s1", "pricing_page"), "lead_source_id": "L1"}
    other = {**signal("s2", "webinar"), "lead_source_id": "nobody"}
    results = intake(world, first, first, other, path="signals")
    assert [result.status for result in results] == [
        IntakeStatus.UPDATED,
        IntakeStatus.UNCHANGED,
        IntakeStatus.UNKNOWN_LEAD,
    ]
    intake(world, first, path="signals")
    stored = world.get(made.id)
    assert [(tally.kind, tally.count) for tally in stored.tallies] == [("pricing_page", 1)]


def test_a_recycled_lead_comes_back_with_new_engagement(world: World) -> None:
    made = world.lead("L1")
    world.decide("rita", world.body(made, "recycle"))
    assert world.get(made.id).stage == "recycled"
    world.clock.moment += timedelta(days=40)
    at = (world.clock.moment - timedelta(minutes=5)).isoformat()
    signals = [
        {"source_id": f"s{n}", "kind": kind, "at": at, "lead_source_id": "L1"}
        for n, kind in enumerate(("demo_request", "webinar", "trial_started"))
    ]
    intake(world, *cast("list[dict[str, object]]", signals), path="signals")
    back = world.get(made.id)
    assert (back.stage, back.returned) == ("mql", True)
    assert back.stage_since > made.stage_since + timedelta(days=39)
