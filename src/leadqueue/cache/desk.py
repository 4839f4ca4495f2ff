"""The rep's desk: queue, leads, decisions, undo and inbox over the two local files.

Whatever is decided, on a screen or on the command line, is decided here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from uuid_utils import uuid7

from leadqueue.cache.errors import (
    AmbiguousLead,
    NothingRead,
    NotInTheInbox,
    ShortName,
    StoreError,
    UnknownLead,
)
from leadqueue.cache.home import Account, Home
from leadqueue.cache.opening import LocalStore, open_store
from leadqueue.cache.outbox import Draft
from leadqueue.cache.overlay import NOTHING_KNOWN, Eyes, Known
from leadqueue.cache.queue import QueueReader
from leadqueue.cache.team import TeamSide
from leadqueue.cache.views import (
    AttentionItem,
    BulkResult,
    DecidedItem,
    DeskStatus,
    LeadView,
    NotStored,
    OutboxItem,
    Stored,
)
from leadqueue.definitions.loader import Published
from leadqueue.definitions.model import DecisionKind, Definitions, Section
from leadqueue.domain.adjudicate import as_seen
from leadqueue.domain.company import company_of
from leadqueue.domain.decide import available, decide
from leadqueue.domain.decision import Decision, FieldError, Refused, out_of_scope
from leadqueue.domain.form_rules import errors_over_several
from leadqueue.domain.forms import check_form
from leadqueue.domain.lead import Actor, Directory, FieldValues, Lead
from leadqueue.domain.moments import NowFn
from leadqueue.domain.shown import SHORTEST_NAME, id_shown, too_short
from leadqueue.domain.text import caseless, one_line
from leadqueue.wire.api import DecisionBody

_log = logging.getLogger(__name__)

SAME_COMPANY_SHOWN = 8
_CHOICES = 5
"""Leads that are told where several go by a name."""
_LOOKALIKES = 50
"""Leads looked at for an e-mail address; those that differ from it in accents only are others' leads."""


def new_uuid() -> str:
    return str(uuid7())


class Desk:
    """An open desk. Writes are durable when they return; trouble with the files is raised (`StoreError`)."""

    def __init__(
        self,
        account: Account,
        store: LocalStore,
        queue: QueueReader,
        now: NowFn,
        new_id: Callable[[], str],
        undo_for: timedelta,
    ) -> None:
        self.account = account
        self._store = store
        self._queue = queue
        self._now = now
        self._new_id = new_id
        self.undo_for = undo_for
        self._stale: set[str] = set()
        self._versions = self._data_versions()
        self._signatures = self._outbox_signatures()

    @classmethod
    def open(
        cls,
        home: Home,
        account: Account,
        now: NowFn,
        new_id: Callable[[], str] = new_uuid,
        *,
        undo_for: timedelta = timedelta(0),
    ) -> Desk:
        """Open the account's files. What is new stays unsent for `undo_for`, so that undo has a chance."""
        store = open_store(home, account, now)

        def sections() -> tuple[Section, ...]:
            return store.cache.published.definitions.sections

        def server_time() -> datetime:
            return now() + timedelta(milliseconds=store.cache.clock()[0])

        try:
            queue = QueueReader(store.cache.path, sections, server_time)
            try:
                desk = cls(account, store, queue, now, new_id, undo_for)
                store.cache.heal()  # last: what is written meanwhile differs from what the desk has seen
            except BaseException:
                queue.close()
                raise
        except BaseException:
            store.close()
            raise
        return desk

    def close(self) -> None:
        self._queue.close()
        self._store.close()

    # ------------------------------------------------------------ what holds here

    @property
    def published(self) -> Published:
        """The definitions as the server publishes them, the shipped ones before the first contact."""
        return self._store.cache.published

    @property
    def definitions(self) -> Definitions:
        return self._store.cache.published.definitions

    @property
    def actor(self) -> Actor:
        return self._store.cache.actor

    @property
    def directory(self) -> Directory:
        return self._store.cache.directory

    @property
    def audience(self) -> str:
        """The audience of the feed that this account follows."""
        session = self._store.cache.session()
        return session.audience if session else f"rep:{self.account.user_id}"

    @property
    def queue(self) -> QueueReader:
        return self._queue

    @property
    def team(self) -> TeamSide:
        """What a manager sees of the team."""
        return TeamSide(self._store, self._now, self.undo_for)

    @property
    def ready(self) -> bool:
        """Whether the rep's leads have been read from the server at least once."""
        return self._store.cache.ready

    @property
    def notice(self) -> str:
        """What there is to tell the user about the opening of the files; '' for nothing."""
        return self._store.outbox.notice

    def sync_clock(self) -> tuple[int, int | None]:
        """The offset to the server's clock and the bound of its error, in milliseconds."""
        return self._store.cache.clock()

    def now(self) -> datetime:
        """The server's time as far as it is known."""
        return self._now() + timedelta(milliseconds=self.sync_clock()[0])

    def digest(self) -> tuple[int, str]:
        """Count and hash over the server's leads as the cache has them."""
        return self._store.cache.digest()

    # ------------------------------------------------------------ leads

    def lead(self, lead_id: str) -> LeadView | None:
        """The lead as shown, and what stands between it and the server's."""
        cache = self._store.cache
        eyes = cache.eyes()
        known = cache.shown(lead_id, eyes)
        if known is None:
            return None
        replay = known.replay
        company = company_of(replay.server, eyes.definitions)
        others = self._queue.same_company(company, lead_id, SAME_COMPANY_SHOWN) if company else []
        full = len(others) == SAME_COMPANY_SHOWN
        more = self._queue.count_at_company(company, lead_id) - len(others) if full else 0
        colleagues = cache.colleagues_at(company) if company else None
        attention = self._store.outbox.attention_counts([lead_id]).get(lead_id, 0)
        return LeadView(
            replay.lead,
            replay.server,
            replay.unsent,
            tuple(others),
            attention,
            eyes.directory,
            colleagues,
            max(more, 0),
        )

    def _shown(self, lead_id: str) -> Lead:
        return self._known(lead_id, self._store.cache.eyes()).replay.lead

    def _known(self, lead_id: str, eyes: Eyes) -> Known:
        known = self._store.cache.shown(lead_id, eyes)
        if known is None:
            raise UnknownLead(lead_id)
        return known

    def resolve(self, text: str) -> str:
        """The id of the lead that `text` names: an id or a part that it `goes_by`, or an e-mail address.

        Raises `UnknownLead` or `AmbiguousLead`.
        """
        wanted = text.strip()
        if len(wanted) < SHORTEST_NAME:
            found: list[str] = []
        elif "@" in wanted:
            found = [each for each in self._queue.matching(wanted, _LOOKALIKES) if self._has(each, wanted)]
        else:
            found = self._queue.matching(wanted.casefold(), _CHOICES + 1)
        if wanted.casefold() in found:
            return wanted.casefold()
        if not found:
            raise self._unnamed(wanted)
        if len(found) > 1:
            raise AmbiguousLead(wanted, self._choices(found[:_CHOICES]), more=len(found) > _CHOICES)
        return found[0]

    def _unnamed(self, wanted: str) -> UnknownLead:
        if not self.ready:
            return NothingRead(wanted)
        if len(wanted) < SHORTEST_NAME:
            return ShortName(wanted, too_short(wanted, "the id"))
        return UnknownLead(wanted)

    def _choices(self, lead_ids: Sequence[str]) -> tuple[str, ...]:
        """The leads with their people; with whole ids where what is shown of them is alike."""
        apart = len({id_shown(each) for each in lead_ids}) == len(lead_ids)
        rows = [row for each in lead_ids if (row := self._queue.row(each))]
        return tuple(
            f"{id_shown(row.id) if apart else row.id} ({one_line(f'{row.person}, {row.company}', 60)})"
            for row in rows
        )

    def _has(self, lead_id: str, address: str) -> bool:
        known = self._store.cache.shown(lead_id, self._store.cache.eyes())
        return known is not None and caseless(known.replay.lead.text("email")) == caseless(address)

    def available(self, lead_id: str) -> tuple[DecisionKind, ...]:
        """The kinds of decision that are open for the lead as shown."""
        return available(self._shown(lead_id), self.definitions, self.actor)

    def check(self, lead_id: str, kind: DecisionKind, values: FieldValues) -> tuple[FieldError, ...]:
        """What keeps this decision from being stored; empty where it holds."""
        return check_form(
            self._shown(lead_id), kind, values, self.definitions, self.actor, self.now(), self.directory
        )

    # ------------------------------------------------------------ decisions

    def decide(self, lead_id: str, kind: DecisionKind, values: FieldValues) -> Stored | NotStored:
        """Store one decision. Raises `UnknownLead`."""
        eyes = self._store.cache.eyes()
        known = self._known(lead_id, eyes)
        drafted = self._draft(known.replay.lead, kind, values, eyes)
        if isinstance(drafted, NotStored):
            return drafted
        return Stored(self._add([drafted], {lead_id: known})[0])

    def decide_many(self, lead_ids: Sequence[str], kind: DecisionKind, values: FieldValues) -> BulkResult:
        """Store one form over several leads in one transaction; those that it does not fit are told."""
        eyes = self._store.cache.eyes()
        known: dict[str, Known] = {}
        leads: dict[str, Lead | None] = {}
        for lead_id in dict.fromkeys(lead_ids):
            with suppress(UnknownLead):
                known[lead_id] = self._known(lead_id, eyes)
            leads[lead_id] = known[lead_id].replay.lead if lead_id in known else None
        return self._store_form(leads, kind, values, eyes, known)

    def keep(self, leads: Sequence[Lead], kind: DecisionKind, values: FieldValues) -> BulkResult:
        """Store one form over leads that have left the reach since it was opened, as they were then. The
        server says what becomes of it: what it refuses comes to the inbox, as what was decided before the
        lead was taken away does, and nothing that was filled in is lost."""
        seen: dict[str, Lead | None] = {lead.id: lead for lead in leads}
        return self._store_form(seen, kind, values, self._store.cache.eyes())

    def _store_form(
        self,
        leads: Mapping[str, Lead | None],
        kind: DecisionKind,
        values: FieldValues,
        eyes: Eyes,
        known: Mapping[str, Known] = NOTHING_KNOWN,
    ) -> BulkResult:
        """Store one form over the leads, by id; None stands for one that is out of reach."""
        several = errors_over_several(kind, values, eyes.definitions) if len(leads) > 1 else ()
        if several:
            return BulkResult(kind, (), dict.fromkeys(leads, several))
        drafts: list[Draft] = []
        refused: dict[str, tuple[FieldError, ...]] = {}
        for lead_id, lead in leads.items():
            drafted = self._draft(lead, kind, values, eyes) if lead else NotStored((out_of_scope(),))
            if isinstance(drafted, NotStored):
                refused[lead_id] = drafted.errors
            else:
                drafts.append(drafted)
        return BulkResult(kind, self._add(drafts, known) if drafts else (), refused)

    def _draft(
        self,
        lead: Lead,
        kind: DecisionKind,
        values: FieldValues,
        eyes: Eyes,
        replaces: str | None = None,
    ) -> Draft | NotStored:
        offset, error = self.sync_clock()
        now = eyes.now + timedelta(milliseconds=offset)
        decision = Decision(
            id=self._new_id(),
            lead_id=lead.id,
            kind=kind,
            values=values,
            expected_version=lead.versions.sales,
            definitions_version=eyes.definitions.version,
            decided_at=now,
            clock_offset_ms=offset,
            clock_error_ms=error,
        )
        outcome = decide(lead, decision, eyes.definitions, eyes.actor, now, eyes.directory)
        if isinstance(outcome, Refused):
            return NotStored(outcome.errors)
        seen = as_seen(lead, outcome.lead, decision, eyes.definitions)
        return Draft(DecisionBody.of(seen), lead, replaces)

    def _add(
        self, drafts: Sequence[Draft], known: Mapping[str, Known] = NOTHING_KNOWN
    ) -> tuple[OutboxItem, ...]:
        now = self._now()
        not_before = now + self.undo_for if self.undo_for else None
        items = self._store.outbox.add(drafts, now, batch=self._new_id(), not_before=not_before)
        self._refresh([draft.body.lead_id for draft in drafts], known)
        return items

    def _refresh(self, lead_ids: Iterable[str], known: Mapping[str, Known] = NOTHING_KNOWN) -> None:
        """Work the leads' rows out anew. What the outbox holds stands whatever becomes of that: trouble with
        the cache is not told as trouble with the decision, and is mended with the next change."""
        self._stale |= set(lead_ids)
        touched = sorted(self._stale)
        try:
            said = self._outbox_signatures(touched)  # first: what is written meanwhile will differ from it
            self._store.cache.refresh(touched, known)
        except StoreError:
            _log.warning("the queue's rows could not be brought up to date; they will be")
            return
        self._stale.clear()
        for lead_id in touched:
            self._signatures.pop(lead_id, None)
        self._signatures |= {lead_id: said[lead_id] for lead_id in touched if lead_id in said}

    def undo(self, decision_id: str) -> bool:
        """Take one decision back, if no sending has touched it."""
        return bool(self._take_back([decision_id]))

    def undo_last(self) -> tuple[OutboxItem, ...]:
        """Take the newest unsent decision back, with all those of the same form; empty for nothing."""
        return self._take_back([item.decision.id for item in self._store.outbox.last_batch()])

    def _take_back(self, ids: Sequence[str]) -> tuple[OutboxItem, ...]:
        if not ids:
            return ()
        gone = self._store.outbox.undo(ids)
        self._refresh(item.decision.lead_id for item in gone)
        return gone

    def unsent(self) -> list[OutboxItem]:
        """Every decision for which the server has not answered, oldest first."""
        return self._store.outbox.unsent()

    def decided_since(self, since: datetime, limit: int) -> list[DecidedItem]:
        """What the rep decided since a moment, newest first, and how far each has come."""
        return self._store.outbox.decided_since(since, limit)

    def remembered(self, lead_id: str) -> Lead | None:
        """A lead as the outbox or the inbox kept it, also where it is out of reach now."""
        return self._store.outbox.remembered(lead_id)

    def item(self, decision_id: str) -> OutboxItem | None:
        """A decision in the outbox, answered ones included."""
        return self._store.outbox.get(decision_id)

    # ------------------------------------------------------------ the inbox

    def attention(self) -> list[AttentionItem]:
        """The decisions that did not hold, newest first; the other side as it stands now."""
        items: list[AttentionItem] = []
        for item in self._store.outbox.attention():
            view = self.lead(item.decision.lead_id)
            if view is None:
                items.append(item)
                continue
            items.append(replace(item, lead_now=view.lead))
        return items

    def resend(self, attention_id: str, values: FieldValues | None = None) -> Stored | NotStored:
        """Decide the same again on the lead as it stands, with other values where some are given.

        The new decision names the one that it replaces, and takes its place in the inbox's stead at once.
        Raises `NotInTheInbox` where the item is gone.
        """
        item = self._store.outbox.attention_item(attention_id)
        if item is None:
            raise NotInTheInbox(attention_id)
        decision = item.decision
        eyes = self._store.cache.eyes()
        try:
            lead = self._known(decision.lead_id, eyes).replay.lead
        except UnknownLead:
            owner = item.lead_now.owner_name if item.lead_now else ""
            return NotStored((out_of_scope(owner),))
        drafted = self._draft(
            lead, decision.kind, decision.values if values is None else values, eyes, item.id
        )
        if isinstance(drafted, NotStored):
            return drafted
        return Stored(self._add([drafted])[0])

    def drop(self, attention_id: str) -> None:
        """Give a decision of the inbox up, with its earlier tries. Raises `NotInTheInbox`."""
        item = self._store.outbox.attention_item(attention_id)
        self._store.outbox.drop(attention_id)
        if item is not None:
            self._refresh([item.decision.lead_id])

    # ------------------------------------------------------------ how things stand

    def status(self) -> DeskStatus:
        unsent, held, attention, oldest, next_try, trouble = self._store.outbox.counts()
        acknowledged, first = self._store.outbox.unsent_acknowledged()
        return DeskStatus(
            unsent=unsent,
            held=held,
            oldest_unsent_at=min((each for each in (oldest, first) if each is not None), default=None),
            attention=attention,
            last_pull_at=self._store.cache.pulled_at,
            next_try_at=next_try,
            trouble=trouble,
            acknowledged=acknowledged,
        )

    def changed(self) -> bool:
        """Whether another connection or process wrote since this was last asked.

        What others stored in the outbox is worked into the queue here.
        """
        versions = self._data_versions()
        if versions == self._versions and not self._stale:
            return False
        before, after = self._signatures, self._outbox_signatures()
        differs = {lead for lead in before.keys() | after.keys() if before.get(lead) != after.get(lead)}
        differs |= self._store.cache.mismarked()  # what came and went between two looks leaves no other trace
        if differs or self._stale:
            self._refresh(differs)
        self._versions = versions  # those of before: what was written meanwhile is looked at the next time
        return True

    def _outbox_signatures(self, among: Collection[str] | None = None) -> dict[str, str]:
        return self._store.outbox.signatures(passed=self._store.cache.passed, among=among)

    def _data_versions(self) -> tuple[int, int]:
        return self._store.outbox.data_version(), self._store.cache.data_version()
