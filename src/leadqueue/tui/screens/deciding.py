"""Deciding on the home screen: forms, what comes of them, undo, and the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadqueue.domain.shown import plural
from leadqueue.tui.actions import BY_ID
from leadqueue.tui.redoing import RedoStack
from leadqueue.tui.screens.browse import BrowseScreen
from leadqueue.tui.screens.parts import Parts
from leadqueue.tui.screens.ready_forms import ReadyForms
from leadqueue.tui.words import Level, store_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.timer import Timer

    from leadqueue.cache.queue_views import QueueCounts
    from leadqueue.cache.views import BulkResult, LeadView, NotStored, Stored
    from leadqueue.definitions.model import DecisionKind
    from leadqueue.domain.decision import FieldError
    from leadqueue.domain.lead import FieldValues, Lead
    from leadqueue.tui.redoing import UndoneForm
    from leadqueue.tui.widgets.decision_form import DecisionForm
    from leadqueue.tui.widgets.form_fields.subject import FormSubject

READY_AFTER_S = 0.15
"""Seconds without a key after which a form is made ahead."""
MOST_AT_ONCE = 500
"""Leads of one form: more of them nobody looks over."""


class DecideScreen(BrowseScreen):
    """The home screen with all that decides a lead."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.undone = RedoStack()
        self._last_reasons: dict[DecisionKind, str] = {}
        self._ready: ReadyForms | None = None
        self._preparing: Timer | None = None

    @property
    def redoable(self) -> int:
        return len(self.undone)

    async def action_decide(self, kind: str) -> None:
        """Open the form of a decision over the selected leads, or over the one under the cursor."""
        from leadqueue.definitions.model import DecisionKind

        if self.desk is None or self.form is not None:
            return
        chosen = list(self.selected_now) or ([self.rows.cursor_id] if self.rows.cursor_id else [])
        if len(chosen) > MOST_AT_ONCE:
            self.status.say(
                f"{plural(len(chosen), 'lead')} are selected; one form takes up to {MOST_AT_ONCE}.",
                Level.WARNING,
            )
            return
        views: tuple[LeadView, ...] = tuple(
            view for view in (self.desk.lead(lead_id) for lead_id in chosen) if view is not None
        )
        if len(views) < len(chosen) and self.say_trouble():
            return
        if not views:
            self.say_unreachable()
            self.reload()
            return
        await self._open_form(DecisionKind(kind), views)

    async def _open_form(
        self, kind: DecisionKind, views: tuple[LeadView, ...], values: FieldValues | None = None
    ) -> None:
        """Open a form beside the queue; with `values` it comes filled in and says what is wrong with them."""
        if self.desk is None:
            return
        subject = self._subject(kind, tuple(view.lead for view in views), values)
        begun = self._ready_forms.begin(subject)
        if begun is not None and not self.has_class("-narrow"):  # there the form gets other room
            likeness = begun.likeness(self.query_one("#side").content_region)
            if likeness is not None:
                self.show_ahead(likeness.lines, likeness.place)
        with self.app.batch_update():  # one frame for all of it, not one for each part
            self.status.leave()
            self.rows.hold_still(True)
            self._make_room(True)
            self.form = await self._ready_forms.open(subject, begun)
            self.refresh_footer_soon()
        self._prepare_soon()  # the next lead may ask for the same

    def _subject(
        self, kind: DecisionKind, leads: tuple[Lead, ...], values: FieldValues | None = None
    ) -> FormSubject:
        """What a form of the kind is over now; without leads, one made ahead."""
        from leadqueue.tui.widgets.form_fields.subject import FormSubject

        assert self.desk is not None
        return FormSubject(
            kind,
            leads,
            self.desk.definitions,
            self.desk.actor,
            self.now(),
            self.desk.directory,
            values,
            self._last_reasons.get(kind),
            dict(self.parts.keymap),  # the settings change theirs in place
        )

    # Forms made ahead

    @property
    def _ready_forms(self) -> ReadyForms:
        if self._ready is None:
            self._ready = ReadyForms(self.query_one("#side"))
        return self._ready

    def _follow(self) -> None:
        super()._follow()
        self._prepare_soon()

    def _prepare_soon(self) -> None:
        """Make the next form ready once nobody has been at the keys for a moment."""
        if self._preparing is None:
            self._preparing = self.set_timer(READY_AFTER_S, self._prepare)

    async def _prepare(self) -> None:
        """Make ready what may be decided on this lead, one form at a time. New owners are each lead's own: a
        form that asks for one is made when it is asked for."""
        from leadqueue.definitions.model import DecisionKind

        self._preparing = None
        if not self.parts.resting(READY_AFTER_S):
            self._prepare_soon()
            return
        await self._ready_forms.take_down()
        covered = self.context is not None and self.in_sight
        if self.desk is None or not covered:
            return
        open_now = self.kinds_here()
        made = await self._ready_forms.make_one(
            self._subject(kind, ())
            for kind in self.desk.definitions.decisions
            if kind in open_now and kind is not DecisionKind.REASSIGN
        )
        if made:
            self._prepare_soon()

    def _make_room(self, for_form: bool) -> None:
        """Make the room that a form has over the context, or give it back; in a narrow terminal it moves."""
        self.reclass(for_form, "-form", "#left, #side" if self.has_class("-narrow") else "")

    def on_decision_form_submitted(self, event: DecisionForm.Submitted) -> None:
        """Store the decision; with it durable, show the next lead. A refusal stays in the form."""
        from leadqueue.cache.errors import StoreError

        event.stop()
        if self.desk is None:
            return
        following = self.rows.after(set(event.lead_ids))
        try:
            if len(event.lead_ids) == 1 and not self.selected_now:
                refused = self._one(event.lead_ids[0], event.kind, event.values, following)
            else:
                refused = self._many(event.lead_ids, event.kind, event.values, following)
        except StoreError as error:
            refused = ()
            self.status.say(store_words(error), Level.ERROR)
            if self.form is not None:
                self.form.show_errors(())
            return
        if refused and self.form is not None:
            self.form.show_errors(refused)
            return
        self.undone.clear()
        self._remember_reason(event.kind, event.values)
        self.tell()
        if self.sync is not None:
            self.sync.wake()

    def _remember_reason(self, kind: DecisionKind, values: FieldValues) -> None:
        """Keep the reason for one key in the next form of the kind; for this run, and nothing beside it."""
        key = self.desk.definitions.decisions[kind].reason if self.desk else None
        reason = values.get(key) if key else None
        if isinstance(reason, str):
            self._last_reasons[kind] = reason

    def _one(
        self, lead_id: str, kind: DecisionKind, values: FieldValues, following: str | None
    ) -> tuple[FieldError, ...]:
        from leadqueue.cache.errors import UnknownLead
        from leadqueue.cache.views import NotStored
        from leadqueue.domain.decision import out_of_scope
        from leadqueue.tui.outcomes import STAYS, decided

        if self.desk is None:
            return ()
        leads = {lead.id: lead for lead in self.form.leads} if self.form is not None else {}
        answer: Stored | NotStored
        try:
            answer = self.desk.decide(lead_id, kind, values)
        except UnknownLead:
            return self._keep((lead_id,), kind, values, (out_of_scope(),))
        if isinstance(answer, NotStored):
            return answer.errors
        self._leave_form()
        self.reload(want=lead_id if kind in STAYS else following)
        whom = leads[lead_id].person if lead_id in leads else ""
        self._say_undoable(*decided(kind, whom, self.desk.definitions, self._undo_key))
        return ()

    def _many(
        self, lead_ids: tuple[str, ...], kind: DecisionKind, values: FieldValues, following: str | None
    ) -> tuple[FieldError, ...]:
        from leadqueue.tui.outcomes import STAYS, decided_many

        if self.desk is None:
            return ()
        result: BulkResult = self.desk.decide_many(lead_ids, kind, values)
        if not result.stored:
            return self._keep(lead_ids, kind, values, next(iter(result.refused.values()), ()))
        stored = {item.decision.lead_id for item in result.stored}
        here = self.rows.cursor_id
        self._leave_form()
        self.rows.select([lead_id for lead_id in self.rows.selected if lead_id not in stored])
        self.reload(want=here if kind in STAYS or here not in stored else following)
        self._say_undoable(*decided_many(result, self.desk.definitions, self._undo_key))
        return ()

    # A lead that leaves the reach under an open form

    def reload(
        self, *, want: str | None = None, counted: bool = True, counts: QueueCounts | None = None
    ) -> None:
        super().reload(want=want, counted=counted, counts=counts)
        if self.form is not None:
            self.form.tell_gone(self._out_of_reach(lead.id for lead in self.form.leads))

    def _out_of_reach(self, lead_ids: Iterable[str]) -> set[str]:
        """Those of the leads that are not among the rep's any more; none where that cannot be said."""
        if self.desk is None or not self.desk.ready:
            return set()
        desk = self.desk
        gone = {each for each in lead_ids if desk.queue.row(each) is None and desk.lead(each) is None}
        return gone if desk.trouble is None else set()

    def _keep(
        self,
        lead_ids: tuple[str, ...],
        kind: DecisionKind,
        values: FieldValues,
        otherwise: tuple[FieldError, ...],
    ) -> tuple[FieldError, ...]:
        """Store what was filled in where all the leads have left the reach: it comes to the inbox. Answers
        why it was not stored, `otherwise` where some of them are still there."""
        from leadqueue.tui.outcomes import kept

        if self.desk is None or self.form is None or self._out_of_reach(lead_ids) != set(lead_ids):
            return otherwise
        leads = tuple(lead for lead in self.form.leads if lead.id in lead_ids)
        result: BulkResult = self.desk.keep(leads, kind, values)
        if not result.stored:
            return next(iter(result.refused.values()), ())
        self._leave_form()
        self.rows.select([lead_id for lead_id in self.rows.selected if lead_id not in lead_ids])
        self.reload()
        self.status.say(*kept(leads))
        return ()

    def on_decision_form_cancelled(self, event: DecisionForm.Cancelled) -> None:
        event.stop()
        self._leave_form()
        self.tell()

    def on_decision_form_refused(self, event: DecisionForm.Refused) -> None:
        event.stop()
        self.status.say(event.why, of_here=True)

    def _leave_form(self) -> None:
        """Back to the queue."""
        self.rows.hold_still(False)
        form, self.form = self.form, None
        if form is not None:
            self._ready_forms.close(form)
        self._make_room(False)
        self.set_focus(self.rows)
        self._prepare_soon()

    def _say_undoable(self, message: str, level: Level) -> None:
        """Tell what was done and which key undoes it, for no longer than it can online."""
        seconds = int(self.desk.undo_for.total_seconds()) if self.desk and level is Level.GOOD else 0
        self.status.say(message, level, ticks=seconds)

    @property
    def _undo_key(self) -> str:
        return BY_ID["undo"].first_key(self.parts.keymap)

    def action_undo(self) -> None:
        """Take the last form back and stand on its lead again; each time one further back."""
        from leadqueue.cache.errors import StoreError
        from leadqueue.tui.outcomes import undone

        if self.desk is None:
            return
        try:
            items = self.desk.undo_last()
        except StoreError as error:
            self.status.say(store_words(error), Level.ERROR)
            return
        self.undone.push(items)
        batch = items[0].batch if items else None
        gone = sum(item.batch == batch for item in self.desk.unsent()) if batch is not None else 0
        self.reload(want=items[0].decision.lead_id if items else None)
        key = BY_ID["redo"].first_key(self.parts.keymap)
        self.status.say(*undone(items, self.desk.definitions, self._person, on_their_way=gone, redo_key=key))

    async def action_redo(self) -> None:
        """Decide anew what was undone last, on the leads as they stand. What does not hold any more, or stood
        for an item that has left the inbox, opens as a form with what was filled in."""
        from leadqueue.cache.errors import NotInTheInbox, StoreError
        from leadqueue.tui.outcomes import redone

        form = self.undone.pop()
        if self.desk is None or form is None:
            return
        try:
            result = self._again(form)
        except NotInTheInbox as error:
            self.reload(want=form.lead_ids[0])
            self.status.say(str(error), Level.WARNING)
            await self._filled_in(form)
            return
        except StoreError as error:
            self.undone.put_back(form)
            self.status.say(store_words(error), Level.ERROR)
            return
        self.reload(want=form.lead_ids[0])
        self.status.say(*redone(result, self.desk.definitions, self._person))
        if result.stored:
            if self.sync is not None:
                self.sync.wake()
            return
        if form.replaces is not None:  # it stands in the inbox again; what was filled in stays with us
            self.undone.put_back(form)
            return
        await self._filled_in(form)

    async def _filled_in(self, form: UndoneForm) -> None:
        """Open a form with what was filled in, over those of its leads that are still within reach."""
        if self.desk is None:
            return
        views = tuple(view for view in map(self.desk.lead, form.lead_ids) if view is not None)
        if views:
            await self._open_form(form.kind, views, dict(form.values))

    def _again(self, form: UndoneForm) -> BulkResult:
        from leadqueue.cache.errors import NotInTheInbox, UnknownLead
        from leadqueue.cache.views import BulkResult, NotStored
        from leadqueue.domain.decision import out_of_scope

        if self.desk is None:
            return BulkResult(form.kind, ())
        if len(form.lead_ids) > 1:
            return self.desk.decide_many(form.lead_ids, form.kind, dict(form.values))
        lead_id = form.lead_ids[0]
        try:
            if form.replaces is not None:
                answer = self.desk.resend(form.replaces, dict(form.values))
            else:
                answer = self.desk.decide(lead_id, form.kind, dict(form.values))
        except NotInTheInbox:
            raise
        except UnknownLead:
            return BulkResult(form.kind, (), {lead_id: (out_of_scope(),)})
        if isinstance(answer, NotStored):
            return BulkResult(form.kind, (), {lead_id: answer.errors})
        return BulkResult(form.kind, (answer.item,))

    def _person(self, lead_id: str) -> str:
        view = self.desk.lead(lead_id) if self.desk else None
        return view.lead.person if view else "a lead"

    async def action_inbox(self) -> None:
        """Open the decisions that did not hold."""
        from leadqueue.tui.screens.attention import AttentionScreen

        if self.desk is not None:
            desk = self.desk
            screen = AttentionScreen(
                desk,
                self.now,
                desk.definitions,
                desk.directory,
                zone=self._zone(),
                keymap=self.parts.keymap,
            )
            self.app.push_screen(screen, self._inbox_left)

    def _inbox_left(self, changed: bool | None) -> None:
        if changed:
            self.undone.clear()
        self.reload()
        if changed and self.sync is not None:
            self.sync.wake()
