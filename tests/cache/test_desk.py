"""The desk: what is decided is durable, shown at once, and can be taken back until it is sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders import DEFINITIONS, EXAMPLE_VALUES, NOW, RAUL, after, mql, new_id, signal
from tests.cache.shelf import ACCOUNT, AUDIENCE, Shelf

from leadqueue.cache.desk import Desk
from leadqueue.cache.errors import AmbiguousLead, UnknownLead
from leadqueue.cache.overlay import Known
from leadqueue.cache.queue import _ENDING
from leadqueue.cache.queue_views import QueueView, SortKey
from leadqueue.cache.store import CacheStore
from leadqueue.cache.views import AttentionStatus, NotStored, OutboxState, Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import FieldValues, Lead
from leadqueue.domain.shown import goes_by
from leadqueue.domain.warnings import Upcoming
from leadqueue.wire.api import Answer, AnswerStatus

ACCEPT = DecisionKind.ACCEPT
YES = EXAMPLE_VALUES[ACCEPT]
ALL = QueueView()


def section(shelf: Shelf, lead: Lead) -> str | None:
    row = shelf.desk().queue.row(lead.id)
    return row.section if row else None


def test_a_decision_shows_at_once_and_outlives_the_program(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    stored = desk.decide(lead.id, ACCEPT, YES)
    assert isinstance(stored, Stored)
    assert stored.item.can_undo
    view = desk.lead(lead.id)
    assert view is not None
    assert (view.lead.stage, view.server.stage) == ("sal", "mql")
    assert [item.decision.id for item in view.unsent] == [stored.item.decision.id]
    assert [row.section for row in desk.queue.window(ALL, 0, 10)] == ["first_outreach"]
    shelf.close()
    again = shelf.desk()
    assert [item.decision for item in again.unsent()] == [stored.item.decision]
    row = again.queue.row(lead.id)
    assert row
    assert (row.section, row.unsent) == ("first_outreach", 1)
    assert again.status().unsent == 1


def test_a_refused_decision_writes_nothing(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    answer = desk.decide(lead.id, DecisionKind.RECYCLE, {"reason": "bad_timing"})
    assert isinstance(answer, NotStored)
    assert [error.field for error in answer.errors] == ["revisit_on"]
    assert answer.errors == desk.check(lead.id, DecisionKind.RECYCLE, {"reason": "bad_timing"})
    assert desk.unsent() == []


def test_decisions_follow_on_each_other_while_offline(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    for kind in ("accept", "touch", "qualify", "opportunity"):
        shelf.clock.at += timedelta(minutes=5)
        stored = desk.decide(lead.id, DecisionKind(kind), EXAMPLE_VALUES[DecisionKind(kind)])
        assert isinstance(stored, Stored), stored
    view = desk.lead(lead.id)
    assert view is not None
    assert view.lead.stage == "opportunity"
    versions = [item.decision.expected_version for item in desk.unsent()]
    assert versions == [lead.versions.sales + step for step in range(4)]


def test_a_decision_tells_what_its_decider_saw_of_what_it_changes(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    decisions: list[tuple[DecisionKind, FieldValues]] = [
        (ACCEPT, YES),
        (DecisionKind.EDIT, {"phone": "+49 1"}),
        (DecisionKind.EDIT, {"phone": "+49 2"}),
    ]
    for kind, values in decisions:
        assert isinstance(desk.decide(lead.id, kind, values), Stored)
    told = [item.decision for item in desk.unsent()]
    assert [(made.seen_stage, made.seen_owner) for made in told] == [
        ("mql", None),
        (None, None),
        (None, None),
    ]
    assert [made.seen_fields for made in told] == [
        {},
        {"phone": lead.fields.get("phone")},
        {"phone": "+49 1"},
    ]


def test_what_would_undo_another_s_decision_unseen_comes_to_the_inbox(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    stored = desk.decide(lead.id, DecisionKind.REJECT, {"reason": "no_budget"})
    assert isinstance(stored, Stored)
    stands = after(after(lead, "accept"), "qualify")
    shelf.pull(stands)
    [item] = desk.attention()
    assert item.decision == stored.item.decision
    assert [error.field for error in item.errors] == ["stage"]
    view = desk.lead(lead.id)
    assert view is not None
    assert view.lead == stands


class TestUndo:
    def test_the_last_one_first(self, shelf: Shelf) -> None:
        first, second = mql(), mql()
        shelf.pull(first, second)
        desk = shelf.desk()
        desk.decide(first.id, ACCEPT, YES)
        desk.decide(second.id, ACCEPT, YES)
        assert [item.decision.lead_id for item in desk.undo_last()] == [second.id]
        assert [item.decision.lead_id for item in desk.undo_last()] == [first.id]
        assert desk.undo_last() == ()
        view = desk.lead(first.id)
        assert view is not None
        assert view.lead == first

    def test_a_form_over_many_leads_is_one_step(self, shelf: Shelf) -> None:
        leads = [mql() for _ in range(4)]
        done = after(mql(), "reject")
        shelf.pull(*leads, done)
        desk = shelf.desk()
        result = desk.decide_many([*(lead.id for lead in leads), done.id, "nobody"], ACCEPT, YES)
        assert len(result.stored) == 4
        assert set(result.refused) == {done.id, "nobody"}
        assert len({item.batch for item in result.stored}) == 1
        assert len(desk.undo_last()) == 4
        assert desk.unsent() == []

    def test_an_amount_over_many_leads_needs_its_currency(self, shelf: Shelf) -> None:
        leads = [after(mql(), "accept") for _ in range(2)]
        shelf.pull(*leads)
        desk, ids = shelf.desk(), [lead.id for lead in leads]
        result = desk.decide_many(ids, DecisionKind.EDIT, {"amount": 500})
        assert result.stored == ()
        assert {lead: [error.field for error in errors] for lead, errors in result.refused.items()} == {
            lead: ["currency"] for lead in ids
        }
        assert len(desk.decide_many(ids, DecisionKind.EDIT, {"amount": 500, "currency": "JPY"}).stored) == 2
        assert len(desk.decide_many(ids[:1] * 2, DecisionKind.EDIT, {"amount": 700}).stored) == 1

    def test_not_once_a_sending_has_begun(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        sender = shelf.store().outbox
        assert sender.mark_sending([stored.item.decision.id]) == [stored.item.decision.id]
        sender.postpone([stored.item.decision.id], shelf.clock(), "the answer was lost")
        assert not desk.undo(stored.item.decision.id)
        assert len(desk.unsent()) == 1

    def test_a_moment_of_grace_keeps_the_sync_away(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = Desk.open(shelf.home, ACCOUNT, shelf.clock, new_id, undo_for=timedelta(seconds=5))
        desk.decide(lead.id, ACCEPT, YES)
        sender = shelf.store().outbox
        assert sender.due(shelf.clock(), 10) == []
        assert len(desk.undo_last()) == 1
        desk.decide(lead.id, ACCEPT, YES)
        shelf.clock.at += timedelta(seconds=5)
        assert len(sender.due(shelf.clock(), 10)) == 1
        desk.close()

    def test_what_was_undone_is_not_sent(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        sender = shelf.store().outbox
        [due] = sender.due(shelf.clock(), 10)
        assert desk.undo(due.decision.id)
        assert sender.mark_sending([due.decision.id]) == []


def answered(
    shelf: Shelf, desk_item_id: str, status: AnswerStatus, seq: int | None = None, **more: object
) -> None:
    store = shelf.store()
    store.outbox.mark_sending([desk_item_id])
    store.outbox.answer(
        Answer.model_validate({"id": desk_item_id, "status": status, "seq": seq, **more}), shelf.clock()
    )


def unsent_marks(shelf: Shelf, lead: Lead) -> int:
    """What the lead's row says of its unsent decisions, before a desk would put it right at its opening."""
    rows = shelf.store().cache._rows("SELECT unsent FROM queue_row WHERE lead_id = ?", (lead.id,))
    return int(str(rows[0][0]))


class TestAnswers:
    def test_an_applied_decision_stays_in_sight_until_the_cache_has_read_it(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.APPLIED, seq=9)
        assert desk.changed()
        assert desk.status().unsent == 0
        view = desk.lead(lead.id)
        assert view is not None
        assert (view.lead.stage, view.server.stage, view.unsent) == ("sal", "mql", ())
        shelf.seq = 5
        shelf.pull(mql())
        assert section(shelf, lead) == "first_outreach"
        shelf.seq = 8
        shelf.pull(after(lead, "accept"))
        view = shelf.desk().lead(lead.id)
        assert view is not None
        assert view.lead == view.server
        assert view.lead.stage == "sal"
        assert view.lead.versions.sales == lead.versions.sales + 1

    def test_between_the_pages_of_a_pull_an_answered_decision_stays_in_sight(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        stored = shelf.desk().decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.APPLIED, seq=2)
        shelf.seq = 2  # a later change has moved the lead's one place in the feed to the second page
        cache = shelf.store().cache
        cache.apply_page(AUDIENCE, shelf.page([mql()], more=True))
        assert section(shelf, lead) == "first_outreach"
        view = shelf.desk().lead(lead.id)
        assert view is not None
        assert (view.lead.stage, view.server.stage) == ("sal", "mql")
        assert not cache._outbox.to_settle(cache.passed)
        cache.apply_page(AUDIENCE, shelf.page([after(lead, "accept")]))
        view = shelf.desk().lead(lead.id)
        assert view is not None
        assert view.lead == view.server
        assert view.lead.stage == "sal"

    def test_between_pages_a_decision_is_not_replayed_over_a_lead_that_holds_it(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        stored = shelf.desk().decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.APPLIED, seq=2)
        rejected = after(after(lead, "accept"), "reject")
        shelf.store().cache.apply_page(AUDIENCE, shelf.page([rejected], more=True))
        view = shelf.desk().lead(lead.id)
        assert view is not None
        assert view.lead == rejected
        assert shelf.desk().attention() == []

    @pytest.mark.parametrize("status", [AnswerStatus.APPLIED, AnswerStatus.ALREADY])
    def test_what_was_read_before_its_answer_came_is_marked_no_more(
        self, shelf: Shelf, status: AnswerStatus
    ) -> None:
        lead = mql()
        shelf.pull(lead)
        stored = shelf.desk().decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        shelf.pull(after(lead, "accept"))  # it arrived, and its answer was lost
        assert unsent_marks(shelf, lead) == 1
        seq = shelf.seq if status is AnswerStatus.APPLIED else None
        answered(shelf, stored.item.decision.id, status, seq=seq)
        shelf.pull()
        assert unsent_marks(shelf, lead) == 0

    def test_what_is_answered_while_rows_are_worked_out_is_not_overlooked(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        other = shelf.store()
        other.outbox.mark_sending([stored.item.decision.id])
        refresh = CacheStore.refresh

        def answered_meanwhile(cache: CacheStore, ids: Iterable[str], known: Mapping[str, Known]) -> None:
            refresh(cache, ids, known)
            refused = Answer(id=stored.item.decision.id, status=AnswerStatus.REFUSED, message="No.")
            other.outbox.answer(refused, shelf.clock())

        with monkeypatch.context() as patch:
            patch.setattr(CacheStore, "refresh", answered_meanwhile)
            assert desk.changed()
        assert desk.changed()
        row = desk.queue.row(lead.id)
        assert row is not None
        assert (row.unsent, row.attention) == (0, 1)
        assert not desk.changed()

    def test_what_was_offered_again_and_answered_between_two_looks_is_marked_no_more(
        self, shelf: Shelf
    ) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        decision_id = stored.item.decision.id
        answered(shelf, decision_id, AnswerStatus.APPLIED, seq=shelf.seq + 1)
        shelf.pull(after(lead, "accept"))
        assert desk.changed()
        sync = shelf.store()  # the server was restored to what it already had
        sync.outbox.offer_again([decision_id])
        shelf.pull(after(lead, "accept"))
        answered(shelf, decision_id, AnswerStatus.APPLIED, seq=shelf.seq)
        assert desk.changed()
        row = desk.queue.row(lead.id)
        assert row is not None
        assert (row.unsent, desk.status().unsent) == (0, 0)
        assert not desk.changed()

    def test_what_was_answered_within_a_whole_read_is_marked_no_more(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        stored = shelf.desk().decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        cache = shelf.store().cache
        cache.begin_full_read(AUDIENCE)
        cache.apply_page(AUDIENCE, shelf.page([after(lead, "accept")], more=True))
        assert unsent_marks(shelf, lead) == 1
        answered(shelf, stored.item.decision.id, AnswerStatus.APPLIED, seq=shelf.seq)
        cache.apply_page(AUDIENCE, shelf.page())
        cache.finish_full_read(AUDIENCE)
        assert unsent_marks(shelf, lead) == 0

    def test_a_place_in_another_epochs_feed_ends_no_replay(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.seq = 900
        shelf.pull(lead)
        cache = shelf.store().cache
        cache.reset_scope()
        stored = shelf.desk().decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.APPLIED, seq=7)
        view = shelf.desk().lead(lead.id)
        assert view is not None
        assert view.lead.stage == "sal"

    @pytest.mark.parametrize("status", [AnswerStatus.REFUSED, AnswerStatus.CONFLICT])
    def test_what_did_not_hold_comes_to_the_inbox_with_both_sides(
        self, shelf: Shelf, status: AnswerStatus
    ) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        now = after(lead, "reject")
        error = FieldError("stage", "stage", "it was rejected")
        answered(
            shelf, stored.item.decision.id, status, errors=(error,), lead=now, message="Maya rejected it"
        )
        shelf.pull(now)
        assert desk.changed()
        [item] = desk.attention()
        assert item.decision == stored.item.decision
        assert item.status.value == status.value
        assert (item.lead_then, item.lead_now, item.errors) == (lead, now, (error,))
        assert desk.status().attention == 1
        row = desk.queue.row(lead.id)
        assert row is None or row.attention == 1

    def test_sending_it_again_links_the_old_one(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.REFUSED)
        again = desk.resend(stored.item.decision.id, {"acceptance_reason": "clear_intent"})
        assert isinstance(again, Stored)
        assert again.item.replaces == stored.item.decision.id
        assert again.item.decision.id != stored.item.decision.id
        assert again.item.decision.values == {"acceptance_reason": "clear_intent"}
        assert desk.attention() == []
        assert len(desk.unsent()) == 1

    def test_a_resend_that_breaks_the_rules_keeps_the_item(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.REFUSED)
        assert isinstance(desk.resend(stored.item.decision.id, {}), NotStored)
        assert len(desk.attention()) == 1

    def test_undoing_the_second_try_brings_the_first_back(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.REFUSED)
        assert isinstance(desk.resend(stored.item.decision.id), Stored)
        assert desk.attention() == []
        assert desk.status().attention == 0
        assert len(desk.undo_last()) == 1
        assert [item.id for item in desk.attention()] == [stored.item.decision.id]
        again = desk.resend(stored.item.decision.id)
        assert isinstance(again, Stored)
        answered(shelf, again.item.decision.id, AnswerStatus.CONFLICT)
        assert [item.id for item in desk.attention()] == [again.item.decision.id]

    def test_sending_again_a_lead_that_is_gone_says_whose_it_is(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.CONFLICT)
        shelf.pull(leave=[lead.id])
        answer = desk.resend(stored.item.decision.id)
        assert isinstance(answer, NotStored)
        assert "out of your reach" in answer.errors[0].message
        assert len(desk.attention()) == 1

    def test_dropping_is_for_good(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        answered(shelf, stored.item.decision.id, AnswerStatus.REFUSED)
        desk.drop(stored.item.decision.id)
        assert desk.attention() == []
        assert desk.unsent() == []
        assert section(shelf, lead) == "review"


class TestPull:
    def test_a_decision_made_void_before_it_was_sent_comes_to_the_inbox(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        shelf.pull(after(lead, "reject"))
        [item] = desk.attention()
        assert item.status is AttentionStatus.OVERTAKEN
        assert item.decision == stored.item.decision
        assert item.lead_now is not None
        assert item.lead_now.stage == "disqualified"
        assert desk.unsent() == []

    def test_one_whose_sending_has_begun_waits_for_its_answer(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        assert isinstance(stored, Stored)
        shelf.store().outbox.mark_sending([stored.item.decision.id])
        shelf.pull(after(lead, "reject"))
        assert desk.attention() == []
        assert [item.state for item in desk.unsent()] == [OutboxState.SENDING]

    def test_a_rescored_lead_keeps_its_decision(self, shelf: Shelf) -> None:
        from dataclasses import replace

        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        desk.decide(lead.id, ACCEPT, YES)
        rescored = replace(
            lead,
            versions=replace(lead.versions, marketing=lead.versions.marketing + 1),
            fields={**lead.fields, "campaign": "Another"},
        )
        shelf.pull(rescored)
        view = desk.lead(lead.id)
        assert view is not None
        assert (view.lead.stage, view.lead.fields["campaign"]) == ("sal", "Another")
        assert len(desk.unsent()) == 1

    def test_a_lead_that_left_the_scope_is_gone_but_its_decision_is_not(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        stored = desk.decide(lead.id, ACCEPT, YES)
        shelf.pull(leave=[lead.id])
        assert desk.lead(lead.id) is None
        assert desk.queue.row(lead.id) is None
        assert isinstance(stored, Stored)
        assert [item.decision for item in desk.unsent()] == [stored.item.decision]
        assert shelf.store().cache.lead(lead.id) == lead

    @pytest.mark.parametrize("before", [False, True])
    def test_what_is_filled_in_for_a_lead_that_has_left_is_stored_and_comes_to_the_inbox(
        self, shelf: Shelf, before: bool
    ) -> None:
        lead = mql()
        shelf.pull(lead, mql())
        desk = shelf.desk()
        if before:
            desk.decide(lead.id, DecisionKind.NOTE, {"note": "An earlier one"})
        shelf.pull(leave=[lead.id])
        result = desk.keep([lead], ACCEPT, YES)
        assert result.refused == {}
        [item] = result.stored
        assert desk.unsent()[-1] == item
        assert (item.decision.lead_id, item.decision.expected_version) == (lead.id, lead.versions.sales)
        assert desk.remembered(lead.id) == lead
        assert desk.queue.row(lead.id) is None, "it is shown nowhere"
        again = shelf.desk()
        assert again.unsent()[-1].decision == item.decision, "it outlives the program"
        answered(shelf, item.decision.id, AnswerStatus.CONFLICT)
        [waiting] = desk.attention()
        assert (waiting.decision, waiting.lead_then, waiting.lead_now) == (item.decision, lead, None)

    def test_what_is_kept_for_a_lead_that_has_left_can_be_taken_back(self, shelf: Shelf) -> None:
        leads = [mql(), mql()]
        shelf.pull(*leads)
        desk = shelf.desk()
        shelf.pull(leave=[lead.id for lead in leads])
        desk.keep(leads, ACCEPT, YES)
        assert len(desk.undo_last()) == 2, "one form is undone at once"
        assert desk.unsent() == []

    def test_what_the_rules_refuse_is_not_kept(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        desk = shelf.desk()
        shelf.pull(leave=[lead.id])
        result = desk.keep([lead], DecisionKind.RECYCLE, {"reason": "bad_timing"})
        assert result.stored == ()
        assert [error.field for error in result.refused[lead.id]] == ["revisit_on"]
        assert desk.unsent() == []

    def test_a_whole_read_sweeps_what_it_did_not_meet(self, shelf: Shelf) -> None:
        kept, gone = mql(), mql()
        shelf.pull(kept, gone)
        store = shelf.store()
        store.cache.begin_full_read(AUDIENCE)
        store.cache.apply_page(AUDIENCE, shelf.page([kept], more=False))
        assert store.cache.lead(gone.id) == gone
        store.cache.finish_full_read(AUDIENCE)
        assert store.cache.lead(gone.id) is None
        assert [row.id for row in shelf.desk().queue.window(ALL, 0, 10)] == [kept.id]

    def test_a_repeated_page_changes_nothing(self, shelf: Shelf) -> None:
        lead = mql()
        shelf.pull(lead)
        store = shelf.store()
        page = shelf.page([lead])
        store.cache.apply_page(AUDIENCE, page)
        before = store.cache.digest()
        store.cache.apply_page(AUDIENCE, page)
        assert store.cache.digest() == before
        assert store.cache.cursor(AUDIENCE) == page.next


class TestResolve:
    def test_by_id_by_its_end_and_by_address(self, shelf: Shelf) -> None:
        lead, other = mql(email="ada@engines.example"), mql(email="grace@harbour.example")
        shelf.pull(lead, other)
        desk = shelf.desk()
        assert desk.resolve(lead.id) == lead.id
        assert desk.resolve(lead.id[-6:]) == lead.id
        assert desk.resolve("GRACE@harbour.example") == other.id

    def test_by_the_beginning_of_what_is_listed(self, shelf: Shelf) -> None:
        lead = replace(mql(), id="019aca2b-7d38-7a41-9d52-43f95625d4b5")
        near = replace(mql(), id="019aca2b-7d38-7a41-9d52-43f956251111")
        shelf.pull(lead, near)
        desk = shelf.desk()
        for text in ("5625d", "5625D4B", "5625d4b5"):
            assert desk.resolve(text) == lead.id
        with pytest.raises(AmbiguousLead) as told:
            desk.resolve("5625")
        assert "5625d4b5 (Ada Byron, " in str(told.value)
        assert "56251111 (Ada Byron, " in str(told.value)
        assert "…" not in str(told.value)
        with pytest.raises(UnknownLead):
            desk.resolve("625d4b")

    def test_leads_that_are_listed_alike_are_told_apart(self, shelf: Shelf) -> None:
        twins = [replace(mql(), id=f"019aca2b-7d38-7a41-9d52-{number:04}5625d4b5") for number in range(9)]
        shelf.pull(*twins)
        desk = shelf.desk()
        with pytest.raises(AmbiguousLead) as told:
            desk.resolve("5625")
        assert sum(twin.id in str(told.value) for twin in twins) == 5
        assert ", …;" in str(told.value)
        assert desk.resolve(twins[3].id) == twins[3].id

    def test_what_the_files_find_is_what_goes_by_the_name(self, shelf: Shelf) -> None:
        leads = [
            replace(mql(), id=f"019aca2b-7d38-7a41-9d52-43f9{end}")
            for end in ("5625d4b5", "d4b55625", "00019aca")
        ]
        shelf.pull(*leads)
        desk = shelf.desk()
        for text in ("019a", "5625", "d4b5", "625d", "9aca", "43f9", leads[0].id):
            found = desk.queue.matching(text, 9)
            assert set(found) == {lead.id for lead in leads if goes_by(lead.id, text)}

    def test_an_address_that_differs_in_an_accent_is_another_one(self, shelf: Shelf) -> None:
        plain, accented = mql(email="ada@muller.example"), mql(email="ada@mu\u0308ller.example")
        shelf.pull(accented)
        desk = shelf.desk()
        with pytest.raises(UnknownLead):
            desk.resolve("ada@muller.example")
        shelf.pull(plain)
        assert desk.resolve("ada@muller.example") == plain.id
        assert desk.resolve("Ada@Müller.example") == accented.id

    def test_unknown_and_ambiguous(self, shelf: Shelf) -> None:
        shelf.pull(mql(), mql())
        desk = shelf.desk()
        with pytest.raises(AmbiguousLead):
            desk.resolve("0193")
        only = mql()
        shelf.pull(only, leave=[row.id for row in desk.queue.window(ALL, 0, 9)])
        assert desk.resolve(only.id[:9].upper()) == only.id
        for text in ("ffff-nothing", "x", "nobody@nowhere.example", "%", "' OR 1=1 --"):
            with pytest.raises(UnknownLead):
                desk.resolve(text)


def test_before_the_first_pull_the_desk_says_that_it_is_empty(shelf: Shelf) -> None:
    desk = shelf.desk()
    assert not desk.ready
    assert desk.definitions == DEFINITIONS
    assert desk.queue.count(ALL) == 0
    assert desk.status().last_pull_at is None


def test_two_processes_see_each_others_decisions(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    screen, script = shelf.desk(), shelf.desk()
    assert not screen.changed()
    script.decide(lead.id, ACCEPT, YES)
    assert screen.changed()
    assert not screen.changed()
    row = screen.queue.row(lead.id)
    assert row
    assert row.unsent == 1


def test_a_crash_between_the_two_files_heals_itself(shelf: Shelf) -> None:
    """The decision is in the outbox, the queue's row was never written."""
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    stored = desk.decide(lead.id, ACCEPT, YES)
    assert isinstance(stored, Stored)
    store = shelf.store()
    store.cache._connection.execute(
        "UPDATE queue_row SET section = 'review', section_rank = 0, unsent = 0, open_here = 0"
    )
    shelf.close()
    assert section(shelf, lead) == "first_outreach"
    store = shelf.store()
    store.outbox._connection.execute("DELETE FROM decision")
    shelf.close()
    assert section(shelf, lead) == "review"


def test_the_offset_to_the_servers_clock_is_in_every_decision(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    shelf.store().cache.save_clock(90_000, 120)
    desk = shelf.desk()
    stored = desk.decide(lead.id, ACCEPT, YES)
    assert isinstance(stored, Stored)
    decision = stored.item.decision
    assert decision.decided_at == shelf.clock() + timedelta(seconds=90)
    assert (decision.clock_offset_ms, decision.clock_error_ms) == (90_000, 120)


def test_a_managers_queue_names_the_owner(shelf: Shelf) -> None:
    lead = mql(owner=RAUL, now=NOW)
    shelf.pull(lead)
    row = shelf.desk().queue.row(lead.id)
    assert row
    assert (row.owner_id, row.owner_name) == (RAUL.id, RAUL.name)


def test_one_form_over_more_leads_than_are_asked_for_one_by_one(shelf: Shelf) -> None:
    leads = [mql() for _ in range(130)]
    shelf.pull(*leads)
    desk = shelf.desk()
    result = desk.decide_many([lead.id for lead in leads], ACCEPT, YES)
    assert len(result.stored) == 130
    assert {row.unsent for row in desk.queue.window(ALL, 0, 200)} == {1}
    assert {row.section for row in desk.queue.window(ALL, 0, 200)} == {"first_outreach"}
    assert len(desk.undo_last()) == 130
    assert {row.unsent for row in desk.queue.window(ALL, 0, 200)} == {0}


def test_what_changed_under_a_decision_is_seen_after_it(shelf: Shelf) -> None:
    """Between the look at a lead and the decision's effect, the sync may have read a newer one."""
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    cache = desk._store.cache
    known = cache.shown(lead.id, cache.eyes())
    assert known
    shelf.pull(replace(lead, fields={**lead.fields, "company_name": "Difference Engines"}))
    cache.refresh([lead.id], {lead.id: known})
    row = desk.queue.row(lead.id)
    assert row
    assert row.company == "Difference Engines"


def test_a_decision_of_another_program_shows_after_ones_own(shelf: Shelf) -> None:
    mine, other = mql(), mql()
    shelf.pull(mine, other)
    desk, beside = shelf.desk(), shelf.desk()
    item = beside.decide(other.id, ACCEPT, YES)
    assert isinstance(item, Stored)
    beside._store.cache._connection.execute("UPDATE queue_row SET unsent = 0, open_here = 0")
    desk.decide(mine.id, ACCEPT, YES)
    assert desk.changed()
    row = desk.queue.row(other.id)
    assert row
    assert row.unsent == 1


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udcff"])
def test_text_that_nothing_can_hold_is_a_field_error(shelf: Shelf, text: str) -> None:
    """A command line with bytes of another encoding brings such text along."""
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    outcome = desk.decide(lead.id, DecisionKind.NOTE, {"note": text})
    assert isinstance(outcome, NotStored)
    assert [error.field for error in outcome.errors] == ["note"]
    assert desk.unsent() == []


def test_what_is_due_in_a_span_comes_nearest_first(shelf: Shelf) -> None:
    leads = [mql(now=NOW - timedelta(hours=hours)) for hours in (1, 3, 2)]
    shelf.pull(*leads)
    queue = shelf.desk().queue
    rows = sorted(queue.window(ALL, 0, 10), key=lambda row: row.due_at or NOW)
    moments = [row.due_at for row in rows]
    assert None not in moments
    first, second, third = (moment for moment in moments if moment is not None)
    assert [each.lead_id for each in queue.ending_between(first, third, 10)] == [row.id for row in rows]
    assert [each.lead_id for each in queue.ending_between(first, third, 2)] == [row.id for row in rows[:2]]
    assert queue.ending_between(third + timedelta(seconds=1), third + timedelta(hours=1), 10) == []
    [at_once] = queue.ending_between(second, second, 10)
    assert at_once == Upcoming(rows[1].id, rows[1].clock, second, rows[1].person)


def test_a_target_in_the_span_counts_as_well_as_a_limit(shelf: Shelf) -> None:
    hot, calm = mql(now=NOW, signals=(signal("demo_request", NOW),)), mql(now=NOW)
    shelf.pull(hot, calm)
    queue = shelf.desk().queue
    row = queue.row(hot.id)
    assert row is not None
    assert row.target_at is not None
    assert row.due_at is not None
    target = Upcoming(row.id, row.clock, row.target_at, row.person, is_target=True)
    limit = Upcoming(row.id, row.clock, row.due_at, row.person)
    assert queue.ending_between(NOW, row.target_at, 10) == [target]
    assert queue.ending_between(row.target_at + timedelta(seconds=1), row.due_at, 10) == [limit]
    assert queue.ending_between(NOW, row.due_at, 10) == [limit, target]


def test_what_is_near_is_found_without_looking_at_every_lead(shelf: Shelf) -> None:
    shelf.pull(mql())
    with closing(sqlite3.connect(shelf.home.cache_file(ACCOUNT))) as connection:
        plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {_ENDING}", [1, 2, 3])]
    assert [line for line in plan if "queue_row" in line] == [
        "SEARCH queue_row USING INDEX ix_queue_row_urgency (in_queue=? AND due_key>? AND due_key<?)",
        "SEARCH queue_row USING INDEX ix_queue_row_target (target_at>? AND target_at<?)",
    ]


@pytest.mark.parametrize("sort", ["urgency", "score", "name", "country"])
def test_a_window_from_the_end_is_the_end_of_the_whole(shelf: Shelf, sort: SortKey) -> None:
    shelf.pull(*(mql(last_name=f"Lead {number % 4}") for number in range(9)))
    queue = shelf.desk().queue
    for view in (QueueView(sort=sort), QueueView(sort=sort, descending=True)):
        whole = queue.window(view, 0, -1)
        [found] = [rows for rows in queue.find(view) if rows.whole]
        for source in (queue, found):
            assert source.window(view, -3, 3) == whole[-3:]
            assert source.window(view, -5, 2) == whole[-5:-3]
            assert source.window(view, -20, 20) == whole
