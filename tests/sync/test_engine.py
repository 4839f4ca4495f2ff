"""The sync's rules, against a server in memory with scripted faults."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from tests.builders import NOW, OTTO, after, decision, mql, new_id
from tests.sync.server_fake import FakeGateway, FakeServer
from tests.sync.store_fake import FakeStore

from leadqueue.cache.views import OutboxState
from leadqueue.crm.gateway import (
    BadRequest,
    ClockSample,
    Forbidden,
    GatewayError,
    NotAccepted,
    NotTheApi,
    ServerFault,
    Throttled,
    TimedOut,
    TooLarge,
    Unauthorised,
    Unreachable,
)
from leadqueue.definitions.loader import parse, shipped
from leadqueue.domain.decision import Decision, FieldError
from leadqueue.domain.lead import Lead
from leadqueue.sync.engine import VERIFY_EVERY, SyncEngine, WrongAccount
from leadqueue.wire.api import Answer, AnswerStatus, DecisionBody, Session
from leadqueue.wire.problem import Problem


class Side:
    """A device: store, connection and engine, with a clock that only the test moves."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.store = FakeStore()
        self.gateway = FakeGateway(server)
        self.now = NOW
        self.start()

    def start(self) -> None:
        """As a newly started process."""
        self.engine = SyncEngine(
            self.store, self.gateway, self.clock, user_id=self.gateway.user.id, rng=random.Random(7)
        )

    def clock(self) -> datetime:
        return self.now

    def add(self, lead: Lead, kind: str = "accept", **values: str) -> Decision:
        made = decision(lead, kind, dict(values) or {"acceptance_reason": "strong_fit"})
        self.store.outbox.add(made)
        return made

    def state(self, made: Decision) -> OutboxState:
        return self.store.outbox.state(made)


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def side(server: FakeServer) -> Side:
    return Side(server)


def once(error: GatewayError) -> list[GatewayError]:
    return [error]


class TestCycle:
    async def test_a_decision_goes_out_and_its_effect_comes_back(
        self, side: Side, server: FakeServer
    ) -> None:
        lead = server.put(mql())
        made = side.add(lead)
        report = await side.engine.cycle()
        assert report.error is None
        assert report.counts.applied == 1
        assert side.state(made) is OutboxState.ANSWERED
        assert side.store.cache.leads == server.leads
        assert side.store.cache.leads[lead.id].stage == "sal"
        assert side.store.cache.last_pull == NOW

    async def test_definitions_are_fetched_only_when_they_changed(
        self, side: Side, server: FakeServer
    ) -> None:
        first = await side.engine.cycle()
        await side.engine.cycle()
        assert side.gateway.calls.count("definitions") == 1
        assert first.new_definitions == server.published.definitions.version
        server.published = parse(shipped().text + "\n# one more line\n")
        await side.engine.cycle()
        assert side.gateway.calls.count("definitions") == 2
        assert side.store.cache.definitions_digest == server.published.digest

    async def test_definitions_of_a_newer_program_do_not_stop_the_sync(
        self, side: Side, server: FakeServer
    ) -> None:
        await side.engine.cycle()
        old = side.store.cache.definitions_digest
        server.published = type(server.published)("surprise = true\n", "new", server.published.definitions)
        lead = server.put(mql())
        side.add(lead)
        report = await side.engine.cycle()
        await side.engine.cycle()
        assert "Update leadqueue" in report.note
        assert report.counts.applied == 1
        assert side.store.cache.definitions_digest == old
        assert side.gateway.calls.count("definitions") == 2, "what cannot be read is not fetched each time"

    async def test_another_users_token_sends_nothing(self, side: Side, server: FakeServer) -> None:
        made = side.add(server.put(mql()))
        side.gateway.user = OTTO
        report = await side.engine.cycle()
        assert isinstance(report.error, WrongAccount)
        assert side.gateway.sent == []
        assert side.state(made) is OutboxState.WAITING

    async def test_another_audience_reads_the_scope_anew(self, side: Side, server: FakeServer) -> None:
        server.put(mql())
        await side.engine.cycle()
        side.gateway.audience = "team:team-1"
        await side.engine.cycle()
        assert side.store.cache.resets == 1
        assert list(side.store.cache.cursors) == ["team:team-1"]

    async def test_an_unchanged_session_is_not_written_again(self, side: Side, server: FakeServer) -> None:
        await side.engine.cycle()
        first = side.store.cache.saved_session
        server.now += timedelta(minutes=1)
        await side.engine.cycle()
        assert side.store.cache.saved_session is first

    async def test_the_clock_offset_is_kept(self, side: Side) -> None:
        side.gateway.samples = [ClockSample(4000, 900), ClockSample(3900, 40)]
        await side.engine.cycle()
        assert side.store.cache.saved_clock == (3900, 20)


class TestUnknownOutcome:
    @pytest.mark.parametrize("error", [TimedOut(), Unreachable(), ServerFault(), NotTheApi()])
    async def test_a_lost_answer_is_asked_for_with_the_same_bytes_and_applied_once(
        self, side: Side, server: FakeServer, error: GatewayError
    ) -> None:
        made = side.add(server.put(mql()))
        side.gateway.lose = once(error)
        report = await side.engine.cycle()
        assert report.error is error
        assert side.state(made) is OutboxState.WAITING
        assert side.store.outbox.items[made.id].trouble == str(error)
        side.now = report.next_try_at or side.now
        await side.engine.cycle()
        assert side.state(made) is OutboxState.ANSWERED
        assert side.gateway.sent[0] == side.gateway.sent[1]
        assert server.applied == [made.id]

    async def test_a_crash_while_sending_sends_again(self, side: Side, server: FakeServer) -> None:
        made = side.add(server.put(mql()))
        side.store.outbox.mark_sending([made.id])
        server.decide(DecisionBody.model_validate_json(side.store.outbox.payload(made.id)), side.gateway.user)
        side.start()
        report = await side.engine.cycle()
        assert report.counts.applied == 1
        assert server.applied == [made.id]
        assert side.state(made) is OutboxState.ANSWERED

    async def test_nothing_is_marked_while_the_server_is_away(self, side: Side, server: FakeServer) -> None:
        made = side.add(server.put(mql()))
        side.gateway.down = True
        report = await side.engine.cycle()
        assert isinstance(report.error, Unreachable)
        assert side.store.outbox.items[made.id].can_undo

    async def test_an_undone_decision_is_not_sent(
        self, side: Side, server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, two = side.add(server.put(mql())), side.add(server.put(mql()))
        outbox = side.store.outbox
        marking = outbox.mark_sending

        def undone_meanwhile(ids: Sequence[str]) -> list[str]:
            del outbox.items[one.id]
            return marking(ids)

        monkeypatch.setattr(outbox, "mark_sending", undone_meanwhile)
        await side.engine.cycle()
        assert side.gateway.batches == [[two.id]]


class TestAnswers:
    async def test_they_are_matched_by_id_not_by_place(self, side: Side, server: FakeServer) -> None:
        good = side.add(server.put(mql()))
        bad = side.add(server.put(mql()), "reject", reason="not_interested")
        side.gateway.change = lambda answers: list(reversed(answers))
        await side.engine.cycle()
        assert side.state(good) is OutboxState.ANSWERED
        assert list(side.store.outbox.attention) == [bad.id]

    async def test_a_missing_answer_is_no_answer(self, side: Side, server: FakeServer) -> None:
        one, two = side.add(server.put(mql())), side.add(server.put(mql()))
        side.gateway.change = lambda answers: [answers[1], Answer(id=new_id(), status=AnswerStatus.APPLIED)]
        report = await side.engine.cycle()
        assert side.state(one) is OutboxState.WAITING
        assert side.state(two) is OutboxState.ANSWERED
        assert report.counts.postponed == 1

    async def test_a_conflict_reaches_the_inbox_with_the_lead_as_it_stands(
        self, side: Side, server: FakeServer
    ) -> None:
        lead = server.put(mql())
        made = side.add(lead)
        server.put(after(lead, "reject"))
        report = await side.engine.cycle()
        assert report.counts.attention == 1
        answer = side.store.outbox.attention[made.id]
        assert answer.status is AnswerStatus.CONFLICT
        assert answer.lead is not None
        assert answer.lead.stage == "disqualified"

    async def test_one_that_the_server_wants_again_waits_and_the_next_on_its_lead_too(
        self, side: Side, server: FakeServer
    ) -> None:
        lead = server.put(mql())
        first = side.add(lead)
        second = side.add(lead, "touch", touch_channel="call", touch_outcome="no_answer")
        other = side.add(server.put(mql()))

        def later(answers: list[Answer]) -> list[Answer]:
            return [
                Answer(id=first.id, status=AnswerStatus.RETRY),
                Answer(id=second.id, status=AnswerStatus.HELD),
                answers[2],
            ]

        side.gateway.change = later
        await side.engine.cycle()
        assert side.state(first) is side.state(second) is OutboxState.WAITING
        assert side.state(other) is OutboxState.ANSWERED
        assert len(side.gateway.batches) == 1
        side.gateway.change = None
        side.now += timedelta(minutes=6)
        await side.engine.cycle()
        assert side.gateway.batches[1] == [first.id, second.id]

    async def test_one_held_behind_a_refusal_goes_again_at_once(self, side: Side, server: FakeServer) -> None:
        lead = server.put(mql())
        first = side.add(lead, "reject", reason="not_interested")
        second = side.add(lead)
        rounds: list[int] = []

        def held_at_first(answers: list[Answer]) -> list[Answer]:
            rounds.append(len(answers))
            if len(rounds) > 1:
                return answers
            server.ledger.pop(second.id)
            server.applied.clear()
            server.leads[lead.id] = lead
            return [answers[0], Answer(id=second.id, status=AnswerStatus.HELD)]

        side.gateway.change = held_at_first
        await side.engine.cycle()
        assert side.gateway.batches == [[first.id, second.id], [second.id]]
        assert side.state(second) is OutboxState.ANSWERED

    async def test_a_server_that_holds_for_ever_is_not_asked_for_ever(
        self, side: Side, server: FakeServer
    ) -> None:
        lead = server.put(mql())
        first, second = side.add(lead), side.add(lead)
        side.gateway.change = lambda answers: [
            Answer(id=answer.id, status=AnswerStatus.REFUSED if answer.id == first.id else AnswerStatus.HELD)
            for answer in answers
        ]
        await side.engine.cycle()
        assert len(side.gateway.batches) == 2
        assert side.state(second) is OutboxState.WAITING


class TestWholeBatch:
    async def test_one_bad_decision_blocks_no_other(self, side: Side, server: FakeServer) -> None:
        made = [side.add(server.put(mql())) for _ in range(33)]
        bad = made[20]
        error = BadRequest(
            problem=Problem(
                type="t", title="t", status=422, detail="no", errors=(FieldError("values", "type", "Bad."),)
            )
        )
        side.gateway.before = [
            lambda batch: error if any(body.id == bad.id for body in batch) else None,
        ]
        report = await side.engine.cycle()
        assert report.counts.applied == 32
        assert list(side.store.outbox.attention) == [bad.id]
        assert side.store.outbox.attention[bad.id].errors == (FieldError("values", "type", "Bad."),)
        assert len(side.gateway.batches) <= 13, "halving needs about two requests a level"

    async def test_what_is_told_refused_was_not_applied(self, side: Side, server: FakeServer) -> None:
        made = side.add(server.put(mql()))
        side.gateway.lose = once(TimedOut())
        report = await side.engine.cycle()
        side.now = report.next_try_at or side.now
        side.gateway.before = [lambda _batch: BadRequest()]
        await side.engine.cycle()
        assert side.store.outbox.attention == {}
        assert side.state(made) is OutboxState.ANSWERED

    async def test_a_batch_too_large_is_halved(self, side: Side, server: FakeServer) -> None:
        for _ in range(10):
            side.add(server.put(mql()))
        side.gateway.before = [lambda batch: TooLarge() if len(batch) > 3 else None]
        report = await side.engine.cycle()
        assert report.counts.applied == 10
        assert max(map(len, side.gateway.batches[-1:])) <= 3

    async def test_one_decision_too_large_is_held_visibly(self, side: Side, server: FakeServer) -> None:
        large, small = side.add(server.put(mql())), side.add(server.put(mql()))
        side.gateway.before = [
            lambda batch: TooLarge() if any(body.id == large.id for body in batch) else None
        ]
        await side.engine.cycle()
        assert side.state(large) is OutboxState.HELD
        assert side.store.outbox.items[large.id].trouble == TooLarge.sentence
        assert side.state(small) is OutboxState.ANSWERED

    async def test_order_on_a_lead_survives_halving(self, side: Side, server: FakeServer) -> None:
        lead = server.put(mql())
        first = side.add(lead)
        second = side.add(lead, "touch", touch_channel="call", touch_outcome="no_answer")
        side.gateway.before = [
            lambda batch: TooLarge() if len(batch) > 1 or batch[0].id == first.id else None
        ]
        await side.engine.cycle()
        assert side.state(first) is OutboxState.HELD
        assert [second.id] not in side.gateway.batches

    @pytest.mark.parametrize("error", [Forbidden(), NotAccepted()])
    async def test_other_refusals_hold_visibly(
        self, side: Side, server: FakeServer, error: GatewayError
    ) -> None:
        made = side.add(server.put(mql()))
        side.gateway.before = [lambda _batch: error]
        report = await side.engine.cycle()
        assert report.error is None, "the pull goes on"
        assert side.state(made) is OutboxState.HELD
        assert side.store.outbox.items[made.id].trouble == str(error)
        side.gateway.before = []
        await side.engine.cycle()
        assert side.state(made) is OutboxState.HELD
        await side.engine.cycle(force=True)
        assert side.state(made) is OutboxState.ANSWERED


class TestToken:
    async def test_401_holds_all_and_a_new_token_sends_it(self, side: Side, server: FakeServer) -> None:
        made = side.add(server.put(mql()))
        side.gateway.before = [lambda _batch: Unauthorised()]
        report = await side.engine.cycle()
        assert isinstance(report.error, Unauthorised)
        assert side.state(made) is OutboxState.HELD
        side.gateway.session_errors = once(Unauthorised())
        await side.engine.cycle()
        assert side.state(made) is OutboxState.HELD
        assert len(side.gateway.batches) == 1
        side.gateway.before = []
        await side.engine.cycle()
        assert side.state(made) is OutboxState.ANSWERED


class TestPauses:
    async def test_retry_after_is_obeyed_and_survives_a_restart(self, side: Side, server: FakeServer) -> None:
        made = side.add(server.put(mql()))
        side.gateway.before = [lambda _batch: Throttled(retry_after=120)]
        report = await side.engine.cycle()
        assert report.next_try_at is not None
        assert report.next_try_at >= NOW + timedelta(seconds=120)
        side.gateway.before = []
        side.now += timedelta(seconds=60)
        side.start()
        await side.engine.cycle()
        assert len(side.gateway.batches) == 1, "too early"
        side.now = report.next_try_at
        await side.engine.cycle()
        assert side.state(made) is OutboxState.ANSWERED

    async def test_the_user_may_ask_for_a_try_at_once(self, side: Side, server: FakeServer) -> None:
        made = side.add(server.put(mql()))
        side.gateway.before = [lambda _batch: Throttled(retry_after=120)]
        await side.engine.cycle()
        side.gateway.before = []
        await side.engine.cycle(force=True)
        assert side.state(made) is OutboxState.ANSWERED

    async def test_a_wall_clock_put_back_does_not_silence_a_decision(
        self, side: Side, server: FakeServer
    ) -> None:
        made = side.add(server.put(mql()))
        side.gateway.before = [lambda _batch: ServerFault()]
        await side.engine.cycle()
        side.gateway.before = []
        side.now -= timedelta(days=3)
        await side.engine.cycle()
        assert side.state(made) is OutboxState.ANSWERED

    async def test_failures_in_a_row_wait_longer_up_to_five_minutes(self, side: Side) -> None:
        side.gateway.session_errors = [ServerFault() for _ in range(40)]
        waits: list[float] = []
        for _ in range(40):
            report = await side.engine.cycle()
            assert report.next_try_at is not None
            waits.append((report.next_try_at - side.now).total_seconds())
        assert waits[0] <= 1
        assert max(waits) <= 300
        assert max(waits) > 60


class TestFeed:
    async def test_pages_are_read_to_the_end(self, side: Side, server: FakeServer) -> None:
        server.page = 3
        for _ in range(8):
            server.put(mql())
        report = await side.engine.cycle()
        assert report.pulled == 8
        assert side.store.cache.leads == server.leads

    async def test_an_expired_cursor_reads_all_anew_and_leaves_the_outbox_alone(
        self, side: Side, server: FakeServer
    ) -> None:
        gone = server.put(mql())
        stays = server.put(mql())
        await side.engine.cycle()
        made = side.add(stays)
        held = side.add(gone, "note", note="Call her.")
        side.store.outbox.hold([held.id], "for the test")
        del server.leads[gone.id], server.seqs[gone.id]
        side.gateway.expired = 1
        report = await side.engine.cycle()
        assert report.reread
        assert set(side.store.cache.leads) == {stays.id}
        assert side.state(made) is OutboxState.ANSWERED
        assert side.state(held) is OutboxState.HELD

    async def test_a_server_that_only_answers_gone_is_left_alone_for_a_while(self, side: Side) -> None:
        await side.engine.cycle()
        side.gateway.expired = 99
        report = await side.engine.cycle()
        assert report.error is not None
        assert side.gateway.calls.count("changes") == 1 + 2

    async def test_a_new_epoch_offers_the_answered_decisions_again(
        self, side: Side, server: FakeServer
    ) -> None:
        lead = server.put(mql())
        made = side.add(lead)
        await side.engine.cycle()
        server.epoch, server.seq, server.applied = "epoch-2", 1, []
        server.ledger.clear()
        server.leads[lead.id], server.seqs[lead.id] = lead, 1
        report = await side.engine.cycle()
        assert report.new_epoch
        assert server.applied == [made.id]
        assert side.state(made) is OutboxState.ANSWERED
        assert side.store.cache.leads == server.leads
        assert side.store.outbox.epoch == "epoch-2"

    async def test_an_epoch_that_changes_in_mid_cycle_is_met_in_the_same_cycle(
        self, side: Side, server: FakeServer
    ) -> None:
        server.put(mql())
        await side.engine.cycle()
        side.store.cache.cursors = {side.gateway.audience: "epoch-0/99"}
        report = await side.engine.cycle()
        assert report.error is None
        assert side.store.cache.cursors == {side.gateway.audience: "epoch-1/1"}

    async def test_a_server_restored_between_the_greeting_and_the_push_gets_all_in_order(
        self, side: Side, server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lead = server.put(mql())
        first = side.add(lead)
        await side.engine.cycle()
        second = side.add(server.leads[lead.id], "note", note="Call on Friday.")
        greet = side.gateway.session

        async def then_restored() -> Session:
            told = await greet()
            monkeypatch.setattr(side.gateway, "session", greet)
            server.epoch, server.seq, server.applied = "epoch-2", 1, []
            server.ledger.clear()
            server.leads[lead.id], server.seqs[lead.id] = lead, 1
            return told

        monkeypatch.setattr(side.gateway, "session", then_restored)
        report = await side.engine.cycle()
        assert report.error is None
        assert server.applied == [first.id, second.id]
        assert side.state(second) is OutboxState.ANSWERED
        assert side.store.cache.leads == server.leads

    async def test_very_old_answers_are_forgotten_in_contact_with_the_server(
        self, side: Side, server: FakeServer
    ) -> None:
        made = side.add(server.put(mql()))
        await side.engine.cycle()
        side.now += timedelta(days=31)
        await side.engine.cycle()
        server.epoch = "epoch-2"
        await side.engine.cycle()
        assert side.gateway.batches == [[made.id]]

    async def test_a_device_that_was_away_for_months_still_offers_its_answers(
        self, side: Side, server: FakeServer
    ) -> None:
        made = side.add(server.put(mql()))
        await side.engine.cycle()
        side.now += timedelta(days=100)
        server.epoch = "epoch-2"
        server.ledger.clear()
        await side.engine.cycle()
        assert side.gateway.batches == [[made.id], [made.id]]

    async def test_a_device_whose_clock_was_a_year_slow_still_offers_its_answers(
        self, side: Side, server: FakeServer
    ) -> None:
        year = timedelta(days=365)
        side.now -= year
        made = side.add(server.put(mql()))
        side.gateway.samples.append(ClockSample(round(year / timedelta(milliseconds=1)), 10))
        await side.engine.cycle()
        side.now += year
        side.gateway.samples.append(ClockSample(0, 10, year.total_seconds(), 1.0))
        server.epoch = "epoch-2"
        server.ledger.clear()
        await side.engine.cycle()
        assert side.gateway.batches == [[made.id], [made.id]]


class TestProof:
    async def test_an_idle_client_repairs_what_differs(self, side: Side, server: FakeServer) -> None:
        lead = server.put(mql())
        await side.engine.cycle()
        await side.engine.cycle()
        assert side.gateway.calls.count("digest") == 1
        side.store.cache.leads[lead.id] = after(lead, "accept")
        side.store.cache.leads[new_id()] = mql()
        side.now += VERIFY_EVERY
        report = await side.engine.cycle()
        assert report.repaired
        assert side.store.cache.leads == server.leads

    async def test_it_is_not_asked_at_each_cycle(self, side: Side, server: FakeServer) -> None:
        server.put(mql())
        for _ in range(5):
            await side.engine.cycle()
        assert side.gateway.calls.count("digest") == 1

    async def test_a_change_on_its_way_is_no_difference(
        self, side: Side, server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.put(mql())
        await side.engine.cycle()
        asking = side.gateway.digest

        async def after_a_change(audience: str) -> object:
            if side.gateway.calls.count("digest") == 0:
                server.put(mql())
            return await asking(audience)

        monkeypatch.setattr(side.gateway, "digest", after_a_change)
        report = await side.engine.cycle()
        assert not report.repaired
        assert side.store.cache.full_reads == 0
        assert side.store.cache.leads == server.leads
