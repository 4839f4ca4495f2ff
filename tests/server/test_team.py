"""What a manager reads of a team, and the breaches that they acknowledge, over both databases."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
import sqlalchemy as sa
from tests.builders import EXAMPLE_VALUES
from tests.server.world import World

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.domain.lead import FieldValues
from leadqueue.domain.queue import urgent_clock
from leadqueue.domain.team import SERIES_DAYS, Backlog, Load, waiting_of
from leadqueue.domain.trail import rebuild
from leadqueue.server import escalations, store
from leadqueue.server.store import DefinitionsCache
from leadqueue.wire.api import Acknowledged, ChangesPage, Escalation, Escalations, TeamLine, TeamQueue, Upsert


def team(world: World, name: str = "maya", **params: str) -> TeamQueue:
    answer = world.client.get("/v1/team/queue", params=params, headers=world.as_(name))
    assert answer.status_code == 200, answer.text
    return TeamQueue.model_validate_json(answer.content)


def in_pages(world: World) -> list[Escalations]:
    """The manager's escalations, two at a time."""
    pages: list[Escalations] = []
    after: str | None = ""
    while after is not None:
        asked = {"limit": "2", "after": after}
        answer = world.client.get("/v1/escalations", params=asked, headers=world.as_("maya"))
        pages.append(Escalations.model_validate_json(answer.content))
        after = pages[-1].next
    return pages


def line(found: TeamQueue, name: str) -> TeamLine:
    return next(each for each in found.reps if each.name == name)


class TestQueue:
    def test_it_says_of_each_rep_what_their_queue_says(self, world: World) -> None:
        for owner in ("rita", "rita", "raul", "otto"):
            world.lead(owner=owner)
        hot = world.lead(owner="rita")
        world.decide("rita", world.body(hot, "accept"))
        world.clock.moment += timedelta(days=9)
        late = world.lead(owner="raul")
        world.decide("raul", world.body(late, "reject"))
        found = team(world)
        changes = world.changes("maya").changes
        leads = [change.lead for change in changes if isinstance(change, Upsert)]
        backlog = Backlog.of_leads(
            waiting_of(lead.owner_id, clock)
            for lead in leads
            if (clock := urgent_clock(lead, shipped().definitions))
        )
        assert [each.name for each in found.reps] == ["raul", "rita"]
        for each in found.reps:
            assert each.load == backlog.of(each.owner_id, found.at)
        assert found.total.load == backlog.total(found.at)
        assert line(found, "rita").load.waiting == 3
        assert line(found, "raul").load.breached == 1

    def test_the_last_weeks_are_whose_lead_it_was(self, world: World) -> None:
        one, two, given = world.lead(), world.lead(), world.lead()
        world.clock.moment += timedelta(hours=2)
        values: FieldValues = {"assignee": world.raul.id, "why": "Speaks Spanish."}
        assert world.decide("maya", world.body(given, "reassign", values))[0].status == "applied"
        world.clock.moment += timedelta(hours=1)
        world.decide("rita", world.body(one, "accept"), world.body(two, "reject"))
        world.decide("raul", world.body(world.get(given.id, "raul"), "accept"))
        for _ in range(3):
            world.decide("rita", world.body(world.get(one.id), "touch"))
        found = team(world)
        rita, raul = line(found, "rita").history, line(found, "raul").history
        assert (rita.answered, rita.accepted, rita.counted, rita.in_time) == (2, 1, 2, 2)
        assert (raul.answered, raul.accepted) == (1, 1)
        assert rita.median_minutes == 180
        assert rita.touches_by_day == (*(0,) * (SERIES_DAYS - 1), 3)
        assert found.total.history.answered == 3
        assert found.total.history.touches == 3
        world.clock.moment += timedelta(days=29)
        later = team(world)
        assert later.total.history.answered == 0
        assert later.total.history.touches == 0

    def test_what_runs_over_counts_against_compliance(self, world: World) -> None:
        world.lead()
        world.clock.moment += timedelta(days=4)
        found = line(team(world), "rita")
        assert (found.history.counted, found.history.in_time) == (1, 0)
        assert found.load.breached == 1

    def test_an_answer_that_comes_late_but_was_given_in_time_counts_in_time(self, world: World) -> None:
        lead = world.lead()
        decided = world.clock.moment + timedelta(hours=1)
        world.clock.moment += timedelta(days=6)
        world.decide("rita", world.body(lead, "accept", decided_at=decided.isoformat()))
        found = line(team(world), "rita").history
        assert (found.counted, found.in_time, found.median_minutes) == (1, 1, 60)

    def test_a_touch_twice_sent_is_one(self, world: World) -> None:
        lead = world.lead()
        world.decide("rita", world.body(lead, "accept"))
        body = world.body(world.get(lead.id), "touch")
        for _ in range(3):
            world.decide("rita", body)
        assert team(world).total.history.touches == 1

    def test_a_returned_lead_stands_where_its_queue_has_it(self, world: World) -> None:
        lead = world.lead(source_id="again")
        values: FieldValues = {"reason": "no_budget"}
        assert world.decide("rita", world.body(lead, "recycle", values))[0].status == "applied"
        assert team(world).total.load == Load()
        world.clock.moment += timedelta(days=2)
        signals = [
            {"source_id": f"s{n}", "kind": kind, "at": world.clock.moment.isoformat()}
            for n, kind in enumerate(("demo_request", "webinar", "contact_form", "trial_started"))
        ]
        body = {"leads": [{"source_id": "again", "fields": {}, "signals": signals}]}
        answer = world.client.post("/v1/intake/leads", json=body, headers=world.as_("olga"))
        assert answer.json()["results"][0]["stage"] == "mql", answer.text
        assert world.get(lead.id).returned
        found = team(world).total
        assert (found.load.waiting, found.history.answered) == (1, 1)

    def test_days_are_those_of_the_asker(self, world: World) -> None:
        found = team(world)
        assert found.zone == "Europe/Berlin"
        assert found.first_day.isoformat() == "2026-11-10"
        assert found.definitions_version == shipped().definitions.version

    def test_a_manager_sees_their_team_and_an_admin_names_one(self, world: World) -> None:
        world.lead(owner="otto")
        world.user("ada", Role.ADMIN, None)
        users = {user.name: user for user in world.admin.users(world.organisation.id)}
        world.tokens["ada"] = world.admin.create_token(world.organisation.id, users["ada"].id)[0]
        second = str(world.otto.team_id)
        answer = world.client.get("/v1/team/queue", params={"team": second}, headers=world.as_("maya"))
        assert answer.status_code == 403
        assert team(world, "ada", team=second).total.load.waiting == 1
        assert team(world, "maya", team=str(world.maya.team_id)).total.load.waiting == 0
        assert team(world, "ada").team_name == "First"
        answer = world.client.get("/v1/team/queue", params={"team": "none"}, headers=world.as_("ada"))
        assert answer.status_code == 404, answer.text

    @pytest.mark.parametrize("name", ["rita", "olga"])
    def test_nobody_else_sees_it(self, world: World, name: str) -> None:
        assert world.client.get("/v1/team/queue", headers=world.as_(name)).status_code == 403

    def test_new_definitions_hold_at_once(self, world: World) -> None:
        world.lead()
        text = shipped().text.replace("returned = false", "returned = true")
        from leadqueue.definitions.loader import parse

        assert text != shipped().text
        before = team(world).total.load
        world.admin.publish_definitions(world.organisation.id, parse(text))
        assert (before.waiting, team(world).total.load.waiting) == (1, 0)


class TestAcknowledging:
    def breach(self, world: World, owner: str = "rita") -> list[str]:
        world.lead(owner=owner)
        world.clock.moment += timedelta(days=9)
        escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
        return [each.id for each in self.listed(world, "otto" if owner == "otto" else "maya")]

    def listed(self, world: World, name: str = "maya") -> list[Escalation]:
        answer = world.client.get("/v1/escalations", headers=world.as_(name))
        return list(Escalations.model_validate_json(answer.content).escalations)

    def acknowledge(self, world: World, ids: list[str], name: str = "maya") -> Acknowledged:
        answer = world.client.post("/v1/escalations/acknowledge", json={"ids": ids}, headers=world.as_(name))
        assert answer.status_code == 200, answer.text
        return Acknowledged.model_validate_json(answer.content)

    def test_it_is_kept_who_was_first_and_when(self, world: World) -> None:
        ids = self.breach(world)
        at = world.clock.moment
        told = self.acknowledge(world, ids)
        assert {each.acknowledged_by for each in told.escalations} == {world.maya.id}
        assert {each.acknowledged_by_name for each in told.escalations} == {"maya"}
        again = self.acknowledge(world, [*ids, *ids[:1]])
        assert again == told
        assert all(
            at <= each.acknowledged_at <= at + timedelta(seconds=1)
            for each in told.escalations
            if each.acknowledged_at
        )
        assert self.listed(world) == list(told.escalations)

    def test_the_team_s_other_managers_are_told_and_nobody_else_is(self, world: World) -> None:
        ids = self.breach(world)
        names = ("maya", "rita", "otto", "olga")

        def read(cursors: dict[str, str]) -> dict[str, ChangesPage]:
            answers = {
                name: world.client.get("/v1/changes", params={"cursor": at}, headers=world.as_(name))
                for name, at in cursors.items()
            }
            return {name: ChangesPage.model_validate_json(each.content) for name, each in answers.items()}

        before = read(dict.fromkeys(names, ""))
        told = self.acknowledge(world, ids)
        after = read({name: page.next for name, page in before.items()})
        leads = [each.lead_id for each in told.escalations]
        seen = {
            name: [change.lead.id for change in page.changes if isinstance(change, Upsert)]
            for name, page in after.items()
        }
        assert seen == {"maya": leads, "rita": [], "otto": [], "olga": []}
        self.acknowledge(world, ids)
        again = read({name: page.next for name, page in after.items()})
        assert not any(page.changes for page in again.values())

    def test_each_stands_once_in_the_trail_which_still_gives_the_lead(self, world: World) -> None:
        ids = self.breach(world)
        told = self.acknowledge(world, ids)
        self.acknowledge(world, ids)
        lead = world.get(told.escalations[0].lead_id, "maya")
        with world.database.read() as connection:
            trail = store.trail(connection, world.organisation.id, lead.id)
        noted = [entry for _, entry in trail if entry.event == "acknowledged"]
        assert len(noted) == len(ids)
        assert {entry.actor.name for entry in noted} == {"maya"}
        assert rebuild(entry.after for _, entry in trail) == lead
        assert world.decide("rita", world.body(lead, "accept"))[0].status == "applied"

    def test_what_is_out_of_scope_is_unknown(self, world: World) -> None:
        self.breach(world, owner="otto")
        foreign = [each.id for each in self.listed(world, "olga")]
        assert foreign
        told = self.acknowledge(world, foreign)
        assert told.escalations == ()
        assert set(told.unknown) == set(foreign)
        assert all(each.acknowledged_at is None for each in self.listed(world, "olga"))

    def test_every_page_comes_in_order_and_once(self, world: World) -> None:
        for _ in range(5):
            ids = self.breach(world)
        self.acknowledge(world, ids[1:3])
        together = self.listed(world)
        pages = in_pages(world)
        assert [each for page in pages for each in page.escalations] == together
        assert {page.waiting for page in pages} == {len(ids) - 2}
        assert len(pages) == (len(ids) + 1) // 2

    def test_a_place_that_is_none_is_refused(self, world: World) -> None:
        for place in ("x", "0.1", "2.1." + "0" * 36, "0.1." + "0" * 36 + "\n"):
            answer = world.client.get("/v1/escalations", params={"after": place}, headers=world.as_("maya"))
            assert answer.status_code == 422, place

    def test_a_rep_acknowledges_nothing(self, world: World) -> None:
        ids = self.breach(world)
        answer = world.client.post(
            "/v1/escalations/acknowledge", json={"ids": ids}, headers=world.as_("rita")
        )
        assert answer.status_code == 403


class TestOverrides:
    """An override, by which a lead is moved backward, is told to its manager like a breach (D5)."""

    def move_back(self, world: World, name: str, owner: str = "rita", why: str = "Wrong key pressed") -> str:
        lead = world.lead(owner=owner)
        world.decide(owner, world.body(lead, "reject"))
        [answer] = world.decide(name, world.body(world.get(lead.id, owner), "reopen", {"why": why}))
        assert answer.status == "applied", answer
        return lead.id

    def listed(self, world: World, name: str = "maya") -> Escalations:
        answer = world.client.get("/v1/escalations", headers=world.as_(name))
        return Escalations.model_validate_json(answer.content)

    def test_the_manager_is_told_who_did_it_and_why(self, world: World) -> None:
        began = world.clock.moment
        lead_id = self.move_back(world, "rita")
        found = self.listed(world)
        [told] = found.escalations
        assert (told.lead_id, told.kind, told.clock, told.owner_name) == (lead_id, "override", "", "rita")
        assert told.message == "rita: Wrong key pressed (Reopened, Disqualified to Marketing qualified)"
        assert began <= told.breached_at == told.due_at <= world.clock.moment
        assert (told.acknowledged_at, found.waiting) == (None, 1)
        assert self.listed(world, "otto").escalations == ()

    def test_it_is_nothing_to_the_manager_of_another_team(self, world: World) -> None:
        self.move_back(world, "rita")
        [told] = self.listed(world).escalations
        mona = world.manager_of_the_others()
        assert self.listed(world, mona) == Escalations(escalations=(), waiting=0)
        answer = world.client.post(
            "/v1/escalations/acknowledge", json={"ids": [told.id]}, headers=world.as_(mona)
        )
        assert Acknowledged.model_validate_json(answer.content).unknown == (told.id,)
        assert self.listed(world).waiting == 1

    def test_what_marketing_is_told_of_is_not_among_them(self, world: World) -> None:
        lead_id = self.move_back(world, "rita")
        with world.database.write() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO alert (organisation_id, id, lead_id, kind, audience, message, created_at) "
                    "VALUES (:org, :id, :lead, 'quarantined', 'marketing_ops', 'Quarantined', 1)"
                ),
                {"org": world.organisation.id, "id": world.new_id(), "lead": lead_id},
            )
        for name in ("maya", "rita", "olga"):
            assert [each.kind for each in self.listed(world, name).escalations] == ["override"]

    def test_an_older_databases_overrides_wait_for_managers_who_did_not_make_them(self, world: World) -> None:
        for name in ("rita", "maya", "rita", "maya"):
            self.move_back(world, name)
            world.clock.moment += timedelta(hours=1)
        before = self.listed(world)
        assert before.waiting == 2
        step = import_module("leadqueue.server.migrations.versions.0005_overrides_are_acknowledged")
        with world.database.write() as connection:
            connection.execute(sa.text("UPDATE alert SET acknowledged_at = NULL, acknowledged_by = ''"))
            step._fill(connection)
        assert self.listed(world) == before

    def test_it_is_acknowledged_once_and_stands_in_the_trail(self, world: World) -> None:
        self.move_back(world, "rita")
        [told] = self.listed(world).escalations
        for _ in range(2):
            answer = world.client.post(
                "/v1/escalations/acknowledge", json={"ids": [told.id]}, headers=world.as_("maya")
            )
            [seen] = Acknowledged.model_validate_json(answer.content).escalations
            assert (seen.id, seen.acknowledged_by_name) == (told.id, "maya")
        assert self.listed(world).waiting == 0
        with world.database.read() as connection:
            trail = store.trail(connection, world.organisation.id, told.lead_id)
        noted = [entry.message for _, entry in trail if entry.event == "acknowledged"]
        assert noted == ["Override acknowledged by maya"]
        assert rebuild(entry.after for _, entry in trail) == world.get(told.lead_id)

    def test_what_a_manager_did_themselves_waits_for_nobody(self, world: World) -> None:
        self.move_back(world, "maya")
        found = self.listed(world)
        [told] = found.escalations
        assert (told.acknowledged_by, told.acknowledged_at, found.waiting) == (
            world.maya.id,
            told.breached_at,
            0,
        )

    def test_breaches_and_overrides_come_in_one_order(self, world: World) -> None:
        for name in ("rita", "maya", "rita"):
            self.move_back(world, name)
            world.lead(owner="rita")
            world.clock.moment += timedelta(days=9)
            escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
        together = self.listed(world)
        assert {each.kind for each in together.escalations} == {"breach", "override"}
        keys = [
            (each.acknowledged_at is not None, -each.breached_at.timestamp(), each.id)
            for each in together.escalations
        ]
        assert keys == sorted(keys)
        pages = in_pages(world)
        assert [each for page in pages for each in page.escalations] == list(together.escalations)
        assert {page.waiting for page in pages} == {together.waiting}


def test_an_older_database_gets_its_past_filled_in(world: World) -> None:
    """What the migration works out is what the writing would have kept, but for owners of long ago."""

    one, two = world.lead(), world.lead()
    world.decide("rita", world.body(one, "accept"), world.body(two, "reject"))
    world.decide("rita", world.body(world.get(one.id), "touch", EXAMPLE_VALUES[DecisionKind.TOUCH]))
    with world.database.read() as connection:
        kept = _kept(connection)
        bodies = connection.execute(sa.text("SELECT organisation_id, id, body FROM lead ORDER BY id")).all()
    with world.database.write() as connection:
        connection.execute(sa.text("DELETE FROM touch"))
        connection.execute(sa.text("UPDATE lead SET returned = 0, touched = 0"))
        connection.execute(
            sa.text("UPDATE clock SET soon_at = NULL, stopped_by = '', team_id = NULL, owner_id = NULL")
        )
        step = import_module("leadqueue.server.migrations.versions.0004_what_a_team_is_measured_by")
        parts = [part for leads in step._leads(connection) for part in leads]
        assert [(org, lead_id) for org, lead_id, _ in parts] == [(row[0], row[1]) for row in bodies]
        step._fill(connection, parts)
        assert _kept(connection) == kept


def _kept(connection: sa.Connection) -> list[list[tuple[object, ...]]]:
    return [
        [tuple(row) for row in connection.execute(sa.text(query))]
        for query in (
            "SELECT id, returned, touched FROM lead ORDER BY id",
            # Of the clocks that stopped, a lead keeps the last of each kind only.
            "SELECT lead_id, kind, started_at, CASE WHEN stopped_at IS NULL THEN soon_at END, stopped_by, "
            "team_id, owner_id FROM clock ORDER BY lead_id, kind, started_at",
            "SELECT * FROM touch ORDER BY id",
        )
    ]
