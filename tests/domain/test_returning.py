"""When a recycled lead is over the bar again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, MAYA, NOW, RITA, after, mql, received, signal

from leadqueue.definitions.model import HandoffMove
from leadqueue.domain.handoff import ReceivedStatus, look_again
from leadqueue.domain.lead import SYSTEM, FieldValues, Lead, Signal
from leadqueue.domain.returning import engagement_since, next_look, since_check
from leadqueue.domain.today import owners_day, owners_day_begins
from leadqueue.domain.trail import rebuild, state_of
from leadqueue.domain.why import why_here

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GONE = NOW + HOUR
NO_BUDGET: FieldValues = {"reason": "no_budget"}
HOT = (signal("demo_request"), signal("trial_started"), signal("contact_form"))


def recycled(values: FieldValues = NO_BUDGET, *, signals: tuple[Signal, ...] = HOT) -> Lead:
    """A lead far over the bar by what it did before it was recycled."""
    return after(mql(signals=signals), "recycle", values, at=GONE)


def sent(lead: Lead, *kinds: str, at: datetime, qualified: bool = True) -> Lead:
    """The lead once marketing has sent these signals, made at `at` and received a minute later."""
    outcome = received(
        existing=lead,
        fields={},
        signals=tuple(signal(kind, at) for kind in kinds),
        now=at + MINUTE,
        qualified=qualified,
    )
    assert outcome.lead is not None
    return outcome.lead


def test_a_single_click_does_not_bring_back_what_was_hot_before() -> None:
    lead = sent(recycled(), "email_click", at=GONE + 20 * MINUTE)
    assert lead.score is not None
    assert lead.score.total > DEFINITIONS.mql.score
    assert lead.stage == "recycled"


def test_enough_engagement_since_does_whenever_its_parts_came() -> None:
    assert sent(recycled(), "contact_form", at=GONE + DAY).stage == "mql"
    slowly = recycled()
    for number, kind in enumerate(("webinar", "email_click", "repeat_visit")):
        assert slowly.stage == "recycled"
        slowly = sent(slowly, kind, at=GONE + DAY * (number + 1))
    assert slowly.stage == "mql"


def test_what_it_did_since_fades_as_all_engagement_does() -> None:
    lead = sent(recycled(), "webinar", "repeat_visit", at=GONE + DAY)
    assert lead.stage == "recycled"
    checks = [since_check(lead, lead.rejections[-1], DEFINITIONS, GONE + days * DAY) for days in (1, 31)]
    assert [check.detail for check in checks] == ["14", "7"]


def test_a_signal_from_before_that_comes_late_is_no_new_engagement() -> None:
    lead = received(
        existing=recycled(signals=()),
        fields={},
        signals=(signal("demo_request", GONE - MINUTE), signal("trial_started", GONE)),
        now=GONE + DAY,
    ).lead
    assert lead is not None
    assert lead.stage == "recycled"
    assert engagement_since(lead, lead.rejections[-1]) == ()


def test_marketing_does_not_vouch_for_a_recycled_lead() -> None:
    assert sent(recycled(), "email_click", at=GONE + DAY, qualified=True).stage == "recycled"


class TestRevisit:
    @pytest.fixture
    def later(self) -> Lead:
        return recycled({"reason": "bad_timing", "revisit_on": "2027-03-01"})

    def test_before_the_day_only_a_fast_lane_brings_it_back(self, later: Lead) -> None:
        assert sent(later, "contact_form", "webinar", at=GONE + DAY).stage == "recycled"
        assert sent(later, "demo_request", at=GONE + DAY).stage == "mql"
        assert sent(later, "pricing_page", "email_click", at=GONE + DAY).stage == "recycled"
        assert sent(later, "pricing_page", "email_click", "email_click", at=GONE + DAY).stage == "mql"

    def test_the_day_begins_where_the_owner_works(self, later: Lead) -> None:
        midnight = datetime.fromisoformat("2027-03-01T00:00:00+01:00")
        assert later.owner_zone == "Europe/Berlin"
        assert sent(later, "contact_form", at=midnight - 2 * MINUTE).stage == "recycled"
        assert sent(later, "contact_form", at=midnight - MINUTE).stage == "mql"

    def test_what_it_did_before_the_day_counts_once_the_day_has_come(self, later: Lead) -> None:
        waiting = sent(later, "contact_form", "webinar", at=datetime.fromisoformat("2027-02-25T12:00:00Z"))
        assert waiting.stage == "recycled"
        assert sent(waiting, "email_click", at=datetime.fromisoformat("2027-03-02T12:00:00Z")).stage == "mql"

    def test_a_fast_signal_from_before_the_recycling_is_none_of_those(self, later: Lead) -> None:
        late = received(
            existing=later,
            fields={},
            signals=(signal("pricing_page", GONE - MINUTE), signal("contact_form", GONE + DAY)),
            now=GONE + DAY,
        ).lead
        assert late is not None
        assert late.stage == "recycled"

    def test_a_recycling_without_a_day_waits_for_none(self) -> None:
        assert sent(recycled(), "contact_form", at=GONE + DAY).stage == "mql"


class TestLookingAgain:
    """Once its day to revisit has come, and nobody sends anything."""

    revisit: FieldValues = {"reason": "bad_timing", "revisit_on": "2027-01-05"}  # noqa: RUF012 - read only
    day = datetime.fromisoformat("2027-01-05T00:00:00+01:00")

    @pytest.fixture
    def waiting(self) -> Lead:
        lead = sent(recycled(self.revisit), "contact_form", "webinar", at=GONE + 20 * DAY)
        assert lead.stage == "recycled"
        return lead

    def test_it_comes_back_on_that_day_by_what_it_did_before(self, waiting: Lead) -> None:
        early = look_again(waiting, DEFINITIONS, self.day - MINUTE)
        assert (early.status, early.lead) == (ReceivedStatus.UNCHANGED, waiting)
        outcome = look_again(waiting, DEFINITIONS, self.day)
        assert outcome.lead is not None
        assert outcome.audit is not None
        assert (outcome.lead.stage, outcome.lead.returned_at) == ("mql", self.day)
        assert [clock.kind for clock in outcome.lead.clocks if clock.stopped_at is None] == ["review"]
        assert (outcome.audit.actor, outcome.lead.stage_by) == (SYSTEM, SYSTEM.name)
        assert outcome.audit.message == (
            "What it did since it was recycled is enough; now Marketing qualified"
        )
        assert rebuild([state_of(waiting), outcome.audit.after]) == outcome.lead

    def test_it_is_the_lead_that_an_intake_of_nothing_new_makes(self, waiting: Lead) -> None:
        looked = look_again(waiting, DEFINITIONS, self.day).lead
        pushed = received(existing=waiting, fields={}, now=self.day, owner=None).lead
        assert looked is not None
        assert looked.stage == "mql"
        assert replace(looked, stage_by="") == replace(pushed or waiting, stage_by="")

    def test_once_is_enough(self, waiting: Lead) -> None:
        back = look_again(waiting, DEFINITIONS, self.day).lead
        assert back is not None
        again = look_again(back, DEFINITIONS, self.day + DAY)
        assert (again.status, again.audit) == (ReceivedStatus.UNCHANGED, None)
        assert next_look(back, self.day, asked=True) is next_look(back, self.day, asked=False) is None

    def test_too_little_or_faded_stays(self) -> None:
        for kinds in ((), ("email_click",)):
            lead = sent(recycled(self.revisit), *kinds, at=GONE + 20 * DAY)
            assert look_again(lead, DEFINITIONS, self.day).audit is None
        faded = sent(recycled(self.revisit), "contact_form", at=GONE + DAY)
        assert look_again(faded, DEFINITIONS, self.day).audit is None

    def test_one_that_lacks_a_field_waits_where_an_intake_would_leave_it(self, waiting: Lead) -> None:
        bare = replace(waiting, fields={k: v for k, v in waiting.fields.items() if k != "campaign"})
        assert look_again(bare, DEFINITIONS, self.day).lead == bare
        moves = (*DEFINITIONS.handoff.moves, HandoffMove(from_=("recycled",), to="quarantined"))
        handoff = DEFINITIONS.handoff.model_copy(update={"moves": moves})
        definitions = DEFINITIONS.model_copy(update={"handoff": handoff})
        held = look_again(bare, definitions, self.day)
        assert (held.status, len(held.alerts)) == (ReceivedStatus.QUARANTINED, 1)
        assert held.lead is not None
        again = look_again(held.lead, definitions, self.day + 30 * DAY)
        assert (again.status, again.missing) == (ReceivedStatus.UNCHANGED, ("campaign",))

    def test_what_was_known_before_an_offline_recycling_counts_once_that_is_known(self) -> None:
        """Made after the rep recycled it offline, received before the decision was."""
        lead = mql()
        lead = sent(lead, "demo_request", at=GONE + HOUR)
        lead = after(lead, "recycle", NO_BUDGET, at=GONE, now=GONE + 2 * HOUR)
        assert lead.stage == "recycled"
        assert next_look(lead, GONE + 2 * HOUR, asked=False) == GONE + 2 * HOUR
        back = look_again(lead, DEFINITIONS, GONE + 2 * HOUR).lead
        assert back is not None
        assert (back.stage, back.returned_at) == ("mql", GONE + 2 * HOUR)
        assert [clock.lane for clock in back.clocks if clock.stopped_at is None] == ["fast_lane"]

    def test_it_is_due_at_once_and_then_on_its_day(self, waiting: Lead) -> None:
        assert next_look(waiting, GONE, asked=False) == GONE
        assert next_look(waiting, GONE, asked=True) == self.day
        assert next_look(waiting, self.day, asked=True) is None
        assert next_look(recycled(), GONE, asked=True) is None
        assert next_look(mql(), GONE, asked=False) is None
        undone = after(waiting, "reopen", by=MAYA, at=GONE + 21 * DAY)
        assert next_look(undone, GONE, asked=False) is None

    @pytest.mark.parametrize("value", ["soon", "", 7, None, True, "0001-01-01", "9999-12-31"])
    def test_a_detail_that_is_no_day_is_none_to_look_on(self, waiting: Lead, value: str | int | None) -> None:
        past = replace(waiting.rejections[-1], details={"revisit_on": value})
        look = next_look(replace(waiting, rejections=(past,)), GONE, asked=True)
        assert look is None or look.year == 9999

    @settings(max_examples=100, deadline=None)
    @given(
        zone=st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]),
        day=st.none() | st.integers(1, 20),
        acts=st.lists(
            st.tuples(
                st.integers(1, 10 * 24), st.sampled_from(["webinar", "contact_form", "demo_request", ""])
            ),
            max_size=6,
        ),
        known_after=st.integers(0, 72),
    )
    def test_nobody_who_asked_at_any_other_moment_would_find_more(
        self, zone: str, day: int | None, acts: list[tuple[int, str]], known_after: int
    ) -> None:
        """The recycling comes late, signals as they are made, and looks are taken when they are due."""
        lead = replace(mql(), owner_zone=zone)
        values = NO_BUDGET
        if day is not None:
            values = {"reason": "bad_timing", "revisit_on": str(GONE.date() + day * DAY)}
        due: datetime | None = None
        quarters = [(12 * number, "") for number in range(44)]
        for hours, what in sorted([*acts, (known_after, "recycle"), *quarters]):
            at = GONE + hours * HOUR
            while due is not None and due <= at:
                lead = look_again(lead, DEFINITIONS, due).lead or lead
                due = next_look(lead, due, asked=True)
            if what == "recycle":
                lead = after(lead, "recycle", values, at=GONE, now=at)
                due = next_look(lead, at, asked=False)
            elif what:
                lead = sent(lead, what, at=at)
                due = next_look(lead, at + MINUTE, asked=True) if due is None or due > at else due
            elif due is None or due > at:
                assert look_again(lead, DEFINITIONS, at).audit is None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(available_timezones())), st.dates(date(1970, 1, 2), date(2120, 1, 1)))
def test_an_owners_day_begins_at_its_first_moment(zone: str, day: date) -> None:
    lead = replace(mql(), owner_zone=zone)
    begins = owners_day_begins(lead, day)
    assert begins is not None
    assert owners_day(lead, begins) >= day > owners_day(lead, begins - timedelta(microseconds=1))


def test_signals_beyond_those_that_travel_are_known_by_their_count() -> None:
    lead = sent(recycled(), *["webinar"] * 2, at=GONE + DAY)
    assert lead.stage == "mql"
    lead = after(lead, "recycle", NO_BUDGET, at=GONE + 2 * DAY)
    lead = sent(lead, "webinar", at=GONE + 3 * DAY)
    for hour in range(40):
        lead = sent(lead, "page_visit", at=GONE + 4 * DAY + hour * HOUR)
    assert "webinar" not in {each.kind for each in lead.signals}
    told = {each.kind: each.count for each in engagement_since(lead, lead.rejections[-1])}
    assert told == {"webinar": 1, "page_visit": 40}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["webinar", "email_click", "page_visit", "demo_request"]),
            st.integers(-3000, 3000),
        ),
        max_size=45,
    )
)
def test_only_what_was_done_since_is_counted_and_all_of_it(acts: list[tuple[str, int]]) -> None:
    """Whether the lead keeps its signals or only counts them; the latter if none came late."""
    made = [signal(kind, GONE + minutes * MINUTE) for kind, minutes in acts]
    before = tuple(each for each in made if each.at <= GONE)
    lead = recycled(signals=before)
    since = [each for each in made if each.at > GONE]
    for each in sorted(since, key=lambda each: each.at):
        lead = received(existing=lead, fields={}, signals=(each,), now=GONE + 3 * DAY).lead or lead
    counted = {entry.kind: entry.count for entry in engagement_since(lead, lead.rejections[0])}
    assert counted == {kind: sum(each.kind == kind for each in since) for kind in {e.kind for e in since}}


def test_a_returned_lead_that_lacked_a_field_goes_on_once_it_is_repaired() -> None:
    """However long the repair took: it was over the bar again when it went to quarantine."""
    moves = (*DEFINITIONS.handoff.moves, HandoffMove(from_=("recycled",), to="quarantined"))
    definitions = DEFINITIONS.model_copy(
        update={"handoff": DEFINITIONS.handoff.model_copy(update={"moves": moves})}
    )
    lead = recycled()
    lead = replace(lead, fields={key: value for key, value in lead.fields.items() if key != "campaign"})
    at = GONE + DAY
    held = received(
        existing=lead,
        fields={},
        signals=(signal("contact_form", at),),
        now=at,
        qualified=False,
        definitions=definitions,
    )
    assert held.status is ReceivedStatus.QUARANTINED
    repaired = received(
        existing=held.lead,
        fields={"campaign": "Spring"},
        now=at + 90 * DAY,
        qualified=False,
        definitions=definitions,
    ).lead
    assert repaired is not None
    assert (repaired.stage, repaired.returned) == ("mql", True)


def test_an_override_brings_it_back_without_any() -> None:
    lead = after(recycled(), "reopen", by=MAYA, at=GONE + DAY)
    assert (lead.stage, lead.owner_id) == ("mql", RITA.id)
    why = why_here(lead, DEFINITIONS)
    assert why.verdict is not None
    assert "since" not in {check.key for check in why.verdict.checks}


def test_why_it_is_here_is_what_it_did_since() -> None:
    lead = sent(recycled(), "contact_form", "email_click", at=GONE + DAY)
    assert lead.stage == "mql"
    why = why_here(lead, DEFINITIONS)
    assert why.trigger is not None
    assert (why.trigger.kind, why.trigger.count, why.fast) == ("contact_form", 1, False)
    assert why.verdict is not None
    checks = {check.key: (check.passed, check.detail) for check in why.verdict.checks}
    assert checks["since"] == (True, "22")
    assert int(checks["behaviour"][1]) > 22
