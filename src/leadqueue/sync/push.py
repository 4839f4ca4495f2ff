"""Sending what is in the outbox, until the server has answered for each decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadqueue.cache.views import OutboxItem
from leadqueue.crm.gateway import (
    BadRequest,
    EpochChanged,
    Forbidden,
    Gateway,
    GatewayError,
    NotAccepted,
    NotFound,
    TooLarge,
    Unauthorised,
)
from leadqueue.domain.moments import NowFn
from leadqueue.sync.backoff import LONGEST_PAUSE_S, LONGEST_S
from leadqueue.sync.store import OutboxStore
from leadqueue.wire.api import FINAL, MAX_BATCH, Answer, AnswerStatus

_FAR = timedelta(days=3650)
_LONGEST_WAIT = timedelta(seconds=LONGEST_PAUSE_S + LONGEST_S)
_ALL = 100_000
_MOST_SENDINGS = 2
_HELD_BEHIND = "Waits for an earlier decision on the same lead."
_ASKED_AGAIN = "The server asked for this decision once more."
_NO_ANSWER = "The server did not say what became of this decision; it is sent again."
_CUT_OFF = "The sending was cut off; it is sent again."


@dataclass(slots=True)
class PushCounts:
    """What became of the decisions of one cycle."""

    applied: int = 0
    already: int = 0
    attention: int = 0
    held: int = 0
    postponed: int = 0

    @property
    def answered(self) -> int:
        return self.applied + self.already + self.attention


AgainAt = Callable[[GatewayError | None, int], datetime]


class Push:
    """Sends batches in the order in which the rep decided.

    A request whose outcome is unknown goes out again with the same bytes; the server's ledger makes that
    safe. Leads do not wait for each other: a batch that is refused as a whole is halved until the decision
    at fault stands alone.
    """

    def __init__(
        self, outbox: OutboxStore, gateway: Gateway, now: NowFn, server_now: NowFn, again_at: AgainAt
    ) -> None:
        self._outbox = outbox
        self._gateway = gateway
        self._now = now
        self._server_now = server_now
        self._again_at = again_at
        self._counts = PushCounts()

    async def run(self, counts: PushCounts, *, force: bool = False) -> None:
        """Send what is due, with `force` also what waits for a later try. Each decision once, or twice
        where the obstacle before it has just gone away."""
        self._counts = counts
        cut_off = [item.decision.id for item in self._outbox.unknown()]
        if cut_off:
            self._outbox.postpone(cut_off, self._now(), _CUT_OFF)
        sendings: Counter[str] = Counter()
        blocked: set[str] = set()
        while True:
            todo = self._choose(sendings, blocked, force=force)
            if not todo:
                return
            for start in range(0, len(todo), MAX_BATCH):
                batch = todo[start : start + MAX_BATCH]
                sendings.update(item.decision.id for item in batch)
                once_more = await self._send(batch, blocked)
                for item in batch:
                    if item.decision.id not in once_more:
                        sendings[item.decision.id] = _MOST_SENDINGS

    def _choose(self, sendings: Counter[str], blocked: set[str], *, force: bool) -> list[OutboxItem]:
        """What to send now, oldest first. A decision that waits for its time blocks the later ones on its
        lead. A time further off than any pause was set before the wall clock was put back: it has come."""
        now = self._now()
        todo: list[OutboxItem] = []
        for item in self._outbox.due(now + _FAR, _ALL):
            lead_id, at = item.decision.lead_id, item.next_try_at
            waits = at is not None and now < at <= now + _LONGEST_WAIT and not force
            if lead_id in blocked or waits or sendings[item.decision.id] >= _MOST_SENDINGS:
                blocked.add(lead_id)
            else:
                todo.append(item)
        return todo

    async def _send(self, items: Sequence[OutboxItem], blocked: set[str]) -> set[str]:
        """Send one batch. Adds the leads whose next decision must wait to `blocked`; answers the ids of
        decisions to be sent once more in this cycle."""
        ids = [item.decision.id for item in items if item.decision.lead_id not in blocked]
        taken = set(self._outbox.mark_sending(ids)) if ids else set()
        items = [item for item in items if item.decision.id in taken]  # the others were just undone
        if not items:
            return set()
        ids = [item.decision.id for item in items]
        try:
            answers = await self._gateway.submit([self._outbox.payload(each) for each in ids])
        except (TooLarge, BadRequest) as error:
            if len(items) > 1:
                self._outbox.postpone(ids, self._now(), "")
                middle = len(items) // 2
                first = await self._send(items[:middle], blocked)
                return first | await self._send(items[middle:], blocked)
            if isinstance(error, BadRequest):
                await self._answer_for_one(items[0], error, blocked)
            else:
                self._hold(items, error, blocked)
            return set()
        except (Forbidden, NotFound, NotAccepted) as error:
            self._hold(items, error, blocked)
            return set()
        except Unauthorised as error:
            self._hold(items, error, blocked)
            raise
        except EpochChanged:
            self._outbox.postpone(ids, self._now(), "")  # due at once, behind what the server has forgotten
            raise
        except GatewayError as error:
            self._postpone(items, error)
            raise
        return self._record(items, answers, blocked)

    def _record(self, items: Sequence[OutboxItem], answers: Sequence[Answer], blocked: set[str]) -> set[str]:
        by_id: dict[str, Answer] = {}
        for each in answers:
            by_id.setdefault(each.id, each)
        freed: set[str] = set()
        once_more: set[str] = set()
        with self._outbox.together():  # one commit for the batch, not one for each answer
            for item in items:
                decision = item.decision
                answer = by_id.get(decision.id)
                if answer is not None and answer.status in FINAL:
                    self._final(answer)
                    if answer.status in (AnswerStatus.REFUSED, AnswerStatus.CONFLICT):
                        freed.add(decision.lead_id)
                elif answer is not None and answer.status is AnswerStatus.HELD and decision.lead_id in freed:
                    self._outbox.postpone([decision.id], self._now(), _HELD_BEHIND)
                    once_more.add(decision.id)
                else:
                    self._postpone([item], None, _why(answer))
                    freed.discard(decision.lead_id)
                    blocked.add(decision.lead_id)
        return once_more

    def _final(self, answer: Answer) -> None:
        self._outbox.answer(answer, self._server_now())
        if answer.status is AnswerStatus.APPLIED:
            self._counts.applied += 1
        elif answer.status is AnswerStatus.ALREADY:
            self._counts.already += 1
        else:
            self._counts.attention += 1

    async def _answer_for_one(self, item: OutboxItem, error: BadRequest, blocked: set[str]) -> None:
        """The server cannot take this decision. It goes to the inbox, unless an earlier sending of it
        arrived after all: what is told refused must not have been applied."""
        try:
            known = await self._gateway.decisions([item.decision.id])
        except (BadRequest, NotFound) as trouble:
            if item.attempts:  # an earlier sending may have been applied, and nobody says so
                self._hold([item], trouble, blocked)
                return
            answers: Sequence[Answer] = ()
        except GatewayError as trouble:
            self._postpone([item], trouble)
            raise
        else:
            answers = known.answers
        found = [answer for answer in answers if answer.id == item.decision.id]
        if found:
            self._record([item], found, blocked)
            return
        errors = error.problem.errors if error.problem else ()
        self._final(
            Answer(id=item.decision.id, status=AnswerStatus.REFUSED, errors=errors, message=str(error))
        )

    def _hold(self, items: Sequence[OutboxItem], error: GatewayError, blocked: set[str]) -> None:
        self._outbox.hold([item.decision.id for item in items], str(error))
        blocked.update(item.decision.lead_id for item in items)
        self._counts.held += len(items)

    def _postpone(self, items: Sequence[OutboxItem], error: GatewayError | None, why: str = "") -> None:
        attempts = max(item.attempts for item in items) + 1
        self._outbox.postpone(
            [item.decision.id for item in items], self._again_at(error, attempts), why or str(error)
        )
        self._counts.postponed += len(items)


def _why(answer: Answer | None) -> str:
    if answer is None:
        return _NO_ANSWER
    return _HELD_BEHIND if answer.status is AnswerStatus.HELD else answer.message or _ASKED_AGAIN
