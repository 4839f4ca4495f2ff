"""One cycle of the sync: who am I, push, pull, and from time to time the proof that both sides agree."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from leadqueue.crm.gateway import (
    BadRequest,
    CursorExpired,
    EpochChanged,
    Gateway,
    GatewayError,
    ProtocolMismatch,
    ServerFault,
    Unauthorised,
    Unreachable,
)
from leadqueue.definitions.loader import parse
from leadqueue.domain.moments import NowFn
from leadqueue.sync.backoff import LONGEST_S, UNREACHABLE_LONGEST_S, pause
from leadqueue.sync.clock_offset import Offset, OffsetEstimator
from leadqueue.sync.pages import PagesAhead
from leadqueue.sync.push import Push, PushCounts
from leadqueue.sync.renewal import Renewal
from leadqueue.sync.store import Store
from leadqueue.sync.team import TeamSync
from leadqueue.wire.api import PROTOCOL, EventHint, Session

OFFER_AGAIN_WITHIN = timedelta(days=30)
VERIFY_EVERY = timedelta(minutes=10)

_MOST_CURSOR_TROUBLE = 2
_CLOCK_WORTH_SAVING_MS = 50


class WrongAccount(GatewayError):
    sentence = (
        "The token belongs to another user than the one logged in here; nothing was sent. "
        "Log in again: leadqueue login."
    )


@dataclass(slots=True)
class CycleReport:
    """What one cycle did. `error` says what cut it short, and `next_try_at` when to go on.

    `overtaken` counts the decisions that were never sent, since what was read made them void.
    """

    counts: PushCounts = field(default_factory=PushCounts)
    overtaken: int = 0
    pulled: int = 0
    reread: bool = False
    repaired: bool = False
    new_definitions: str | None = None
    new_epoch: bool = False
    note: str = ""
    error: GatewayError | None = None
    next_try_at: datetime | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def to_inbox(self) -> int:
        """The decisions that did not hold, by the server's answer or before they were sent."""
        return self.counts.attention + self.overtaken


class SyncEngine:
    """Brings the local store and the server together. The caller holds the account's sync lock."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        now: NowFn,
        *,
        user_id: str,
        rng: random.Random | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        self._outbox = store.outbox
        self._cache = store.cache
        self._gateway = gateway
        self._now = now
        self._user_id = user_id
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._on_progress = on_progress
        self._push = Push(store.outbox, gateway, now, self._server_now, self._again_at)
        self._team = TeamSync(store.outbox, store.cache, now)
        self._clock = OffsetEstimator()
        self._failures = 0
        self._release_held = True
        self._verified_at: datetime | None = None
        self._unreadable: str | None = None
        self._reached = -1
        self._put_off: tuple[GatewayError, datetime] | None = None
        self._renewal = Renewal()

    def has_read(self, hint: EventHint) -> bool:
        """Whether the feed has been read up to what the hint tells of."""
        return hint.epoch == self._outbox.epoch and hint.seq <= self._reached

    @property
    def offset(self) -> Offset | None:
        return self._clock.best()

    @property
    def team_is_due(self) -> bool:
        """Whether a manager's figures are to be read again, whatever else there is to do."""
        return self._team.is_due

    def use(self, gateway: Gateway) -> None:
        """Go on with another connection, after a new login say."""
        self._gateway = gateway
        self._push = Push(self._outbox, gateway, self._now, self._server_now, self._again_at)
        self._release_held = True

    async def cycle(self, *, force: bool = False, verify: bool = False) -> CycleReport:
        """Push, then pull. `force` sends also what waits for a later try or is held back.

        Trouble with the server is in the report; trouble with the local files is raised (`StoreError`).
        """
        report = CycleReport()
        if force:
            self._release_held = True
        overtaken = self._cache.overtaken
        try:
            session = await self._exchange(report, force)
            changed = report.pulled > 0 or report.counts.answered > 0
            await self._team.run(self._gateway, session, changed=changed, force=force)
            if self._verify_due(report) or verify:
                await self._verify(session.audience, report)
                self._outbox.forget_answered(self._server_now() - OFFER_AGAIN_WITHIN)
            self._failures = 0
            self._put_off = None
        except GatewayError as error:
            report.error = error
            report.next_try_at = self._again_at(error, 0)
            self._failures += 1
            if isinstance(error, Unauthorised):
                self._release_held = True
        finally:
            report.overtaken = self._cache.overtaken - overtaken
            self._save_clock()
        return report

    async def _exchange(self, report: CycleReport, force: bool) -> Session:
        for _ in range(_MOST_CURSOR_TROUBLE):
            session = await self._greet(report)
            try:
                await self._push.run(report.counts, force=force)
                await self._pull(session.audience, report)
            except EpochChanged:
                self._cache.begin_full_read(session.audience)
                continue
            self._cache.pulled(self._now())
            return session
        raise ServerFault("The server keeps refusing its own cursors; the next try is later.")

    async def _greet(self, report: CycleReport) -> Session:
        session = await self._renewal.session(self._gateway)
        if session.protocol != PROTOCOL:
            raise ProtocolMismatch
        if session.user_id != self._user_id:
            raise WrongAccount
        if self._release_held:
            self._outbox.release_held()
            self._release_held = False
        known = self._cache.session()
        if known is not None and known.audience != session.audience:
            self._cache.reset_scope()
        self._meet_epoch(session.epoch, report)
        await self._read_definitions(session, report)
        if known is None or not _same(known, session):
            self._cache.save_session(session)
        return session

    def _meet_epoch(self, epoch: str, report: CycleReport) -> None:
        """A server restored from a backup may have forgotten decisions that it had answered. All that are
        still here are offered: a device that was away for months has forgotten nothing meanwhile.

        The new epoch is saved last: a crash in between does all of it once more, which changes nothing.
        """
        known = self._outbox.epoch
        if known == epoch:
            return
        if known is not None:
            answered = self._outbox.answered()
            self._outbox.offer_again([item.decision.id for item in answered])
            self._cache.reset_scope()
            report.new_epoch = True
        self._outbox.save_epoch(epoch)

    async def _read_definitions(self, session: Session, report: CycleReport) -> None:
        digest = session.definitions_digest
        if digest in (self._cache.definitions_digest, self._unreadable):
            return
        file = await self._gateway.definitions(self._cache.definitions_etag)
        if file is None:
            return
        try:
            published = parse(file.text)
        except (tomllib.TOMLDecodeError, ValidationError):
            self._unreadable = digest
            report.note = (
                f"This leadqueue cannot read the server's definitions {session.definitions_version}; it goes "
                "on with the ones it has. Update leadqueue."
            )
            return
        self._cache.save_definitions(published, file.etag)
        report.new_definitions = published.definitions.version

    async def _pull(self, audience: str, report: CycleReport) -> None:
        """Read the feed to its end. Each page is stored together with the cursor behind it."""
        expired = 0
        async with PagesAhead(self._gateway, audience) as pages:
            while True:
                cursor = self._cache.cursor(audience)
                try:
                    page = await pages.after(cursor)
                except (CursorExpired, BadRequest):
                    if cursor is None:
                        raise
                    expired += 1
                    if expired >= _MOST_CURSOR_TROUBLE:
                        raise
                    self._cache.begin_full_read(audience)
                    report.reread = True
                    continue
                if page.more and not page.changes:
                    raise ServerFault("The server's feed does not move on; the next try is later.")
                if page.more:
                    await pages.ask_for(page.next)
                self._cache.apply_page(audience, page)
                report.pulled += len(page.changes)
                if page.more:
                    if self._on_progress is not None:
                        self._on_progress(report.pulled)
                else:
                    if self._cache.passed < 0:
                        self._cache.finish_full_read(audience)
                    self._reached = page.seq
                    return

    def _verify_due(self, report: CycleReport) -> bool:
        idle = report.pulled == 0 and report.counts.answered == 0
        return idle and (self._verified_at is None or self._now() - self._verified_at >= VERIFY_EVERY)

    async def _verify(self, audience: str, report: CycleReport) -> None:
        """Prove that the cache equals the scope, and read all of it anew where it does not.

        A difference counts only when a pull after the digest brings nothing: else it was a change on its way.
        """
        for _ in range(_MOST_CURSOR_TROUBLE):
            theirs = await self._gateway.digest(audience)
            if (theirs.count, theirs.digest) == self._cache.digest():
                self._verified_at = self._now()
                return
            before = report.pulled
            await self._pull(audience, report)
            if report.pulled == before:
                self._cache.begin_full_read(audience)
                await self._pull(audience, report)
                report.repaired = True
                self._verified_at = self._now()
                return

    def _again_at(self, error: GatewayError | None, attempts: int) -> datetime:
        """When to try again after `error`. Failures of the whole sync and of one decision both count.

        One error gives one moment, so that the decisions it put off are due when the sync tries again.
        """
        if error is not None and self._put_off is not None and self._put_off[0] is error:
            return self._put_off[1]
        longest = UNREACHABLE_LONGEST_S if isinstance(error, Unreachable) else LONGEST_S
        retry_after = error.retry_after if error else None
        attempt = max(self._failures + 1, attempts)
        again = self._now() + pause(attempt, self._rng, retry_after=retry_after, longest=longest)
        if error is not None:
            self._put_off = (error, again)
        return again

    def _server_now(self) -> datetime:
        """The server's time, for what is kept longer than a device's clock may be right."""
        self._clock.add(self._gateway.take_samples())
        best = self._clock.best()
        offset_ms = self._cache.clock()[0] if best is None else best.offset_ms
        return self._now() + timedelta(milliseconds=offset_ms)

    def _save_clock(self) -> None:
        self._clock.add(self._gateway.take_samples())
        best = self._clock.best()
        if best is None:
            return
        offset, error = self._cache.clock()
        if (
            error is None
            or abs(offset - best.offset_ms) > _CLOCK_WORTH_SAVING_MS
            or abs(error - best.error_ms) > _CLOCK_WORTH_SAVING_MS
        ):
            self._cache.save_clock(best.offset_ms, best.error_ms)


def _same(one: Session, other: Session) -> bool:
    return one.model_dump(exclude={"server_time"}) == other.model_dump(exclude={"server_time"})
