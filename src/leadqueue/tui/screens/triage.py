"""What the rep does on the home screen: decide, undo, select, look into the inbox, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on
from textual.events import DescendantFocus
from textual.message import Message

from leadqueue.sync.state import Phase
from leadqueue.tui.actions import BY_ID
from leadqueue.tui.screens.browse import BrowseScreen
from leadqueue.tui.screens.queue_screen import SyncChanged
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.words import Level, plural

if TYPE_CHECKING:
    from leadqueue.cache.views import BulkResult, LeadView, NotStored, Stored
    from leadqueue.definitions.model import DecisionKind
    from leadqueue.domain.decision import FieldError
    from leadqueue.domain.lead import FieldValues
    from leadqueue.tui.widgets.decision_form import DecisionForm

MOST_AT_ONCE = 500
"""Leads of one form: more of them nobody looks over."""


class TriageScreen(BrowseScreen):
    """The home screen with everything that can be done on it."""

    class Left(Message):
        """The rep is leaving; `farewell` is what is to be said outside, '' for nothing."""

        def __init__(self, farewell: str) -> None:
            super().__init__()
            self.farewell = farewell

    class Erased(Message):
        """The copy on this machine is to be erased; `unsent` says that what was never sent goes too."""

        def __init__(self, *, unsent: bool, kept: int) -> None:
            super().__init__()
            self.unsent = unsent
            self.kept = kept

    _offered = False

    # Deciding

    @property
    def form(self) -> DecisionForm | None:
        return cast("DecisionForm | None", next(iter(self.query("DecisionForm")), None))

    async def action_decide(self, kind: str) -> None:
        """Open the form of a decision over the selected leads, or over the one under the cursor."""
        from leadqueue.definitions.model import DecisionKind
        from leadqueue.tui.widgets.decision_form import DecisionForm

        if self.desk is None or self.form is not None:
            return
        chosen = list(self.rows.selected) or ([self.rows.cursor_id] if self.rows.cursor_id else [])
        if len(chosen) > MOST_AT_ONCE:
            self.status.say(
                f"{plural(len(chosen), 'lead')} are selected; one form takes up to {MOST_AT_ONCE}.",
                Level.WARNING,
            )
            return
        views: tuple[LeadView, ...] = tuple(
            view for view in (self.desk.lead(lead_id) for lead_id in chosen) if view is not None
        )
        if not views:
            self.status.say("This lead is out of your reach now.", Level.WARNING)
            self.reload()
            return
        form = DecisionForm(
            DecisionKind(kind),
            views,
            self.desk.definitions,
            self.desk.actor,
            self.now(),
            self.desk.directory,
        )
        self.rows.hold_still(True)
        self.add_class("-form")
        await self.query_one("#side").mount(form)
        self.refresh_footer()

    async def on_decision_form_submitted(self, event: DecisionForm.Submitted) -> None:
        """Store the decision; with it durable, show the next lead. A refusal stays in the form."""
        from leadqueue.cache.errors import StoreError, UnknownLead
        from leadqueue.domain.decision import FieldError

        event.stop()
        if self.desk is None:
            return
        following = self.rows.after(set(event.lead_ids))
        try:
            if len(event.lead_ids) == 1 and not self.rows.selected:
                refused = self._one(event.lead_ids[0], event.kind, event.values, following)
            else:
                refused = self._many(event.lead_ids, event.kind, event.values, following)
        except UnknownLead:
            message = "this lead has just left your scope; what you wrote is still here to be copied"
            refused = (FieldError("owner", "owner", message),)
        except StoreError as error:
            refused = ()
            self.status.say(f"{error.message}. {error.fix}", Level.ERROR)
            if self.form is not None:
                self.form.show_errors(())
            return
        if refused and self.form is not None:
            self.form.show_errors(refused)
            return
        if self.sync is not None:
            self.sync.wake()

    def _one(
        self, lead_id: str, kind: DecisionKind, values: FieldValues, following: str | None
    ) -> tuple[FieldError, ...]:
        from leadqueue.cache.views import NotStored
        from leadqueue.tui.outcomes import STAYS, decided

        if self.desk is None:
            return ()
        view = self.desk.lead(lead_id)
        answer: Stored | NotStored = self.desk.decide(lead_id, kind, values)
        if isinstance(answer, NotStored):
            return answer.errors
        self._leave_form()
        self.reload(want=lead_id if kind in STAYS else following)
        whom = view.lead.person if view else ""
        self.status.say(*decided(kind, whom, self.desk.definitions, self._undo_key))
        return ()

    def _many(
        self, lead_ids: tuple[str, ...], kind: DecisionKind, values: FieldValues, following: str | None
    ) -> tuple[FieldError, ...]:
        from leadqueue.tui.outcomes import STAYS, decided_many

        if self.desk is None:
            return ()
        result: BulkResult = self.desk.decide_many(lead_ids, kind, values)
        if not result.stored:
            return next(iter(result.refused.values()), ())
        stored = {item.decision.lead_id for item in result.stored}
        here = self.rows.cursor_id
        self._leave_form()
        self.rows.select([lead_id for lead_id in self.rows.selected if lead_id not in stored])
        self.reload(want=here if kind in STAYS or here not in stored else following)
        self.status.say(*decided_many(result, self.desk.definitions, self._undo_key))
        return ()

    def on_decision_form_cancelled(self, event: DecisionForm.Cancelled) -> None:
        event.stop()
        self._leave_form()
        self.show_context()
        self.refresh_footer()

    def _leave_form(self) -> None:
        self.rows.hold_still(False)
        self.remove_class("-form")
        if self.form is not None:
            self.form.remove()
        self.rows.focus()

    @property
    def _undo_key(self) -> str:
        return BY_ID["undo"].first_key(self.parts.keymap)

    def action_undo(self) -> None:
        """Take the last decision back and stand on its lead again."""
        from leadqueue.cache.errors import StoreError
        from leadqueue.tui.outcomes import undone

        if self.desk is None:
            return
        try:
            items = self.desk.undo_last()
        except StoreError as error:
            self.status.say(f"{error.message}. {error.fix}", Level.ERROR)
            return
        self.reload(want=items[0].decision.lead_id if items else None)
        self.status.say(*undone(items, self.desk.definitions, self._person))

    def _person(self, lead_id: str) -> str:
        view = self.desk.lead(lead_id) if self.desk else None
        return view.lead.person if view else "a lead"

    async def action_inbox(self) -> None:
        """Open the decisions that did not hold."""
        from leadqueue.tui.screens.attention import AttentionScreen

        if self.desk is not None:
            desk = self.desk
            screen = AttentionScreen(desk, self.now, desk.definitions, desk.directory, zone=self._zone())
            self.app.push_screen(screen, self._inbox_left)

    def _inbox_left(self, changed: bool | None) -> None:
        self.reload()
        if changed and self.sync is not None:
            self.sync.wake()

    # Selecting and moving about

    def action_select_all(self) -> None:
        """Select every lead of the present section and search."""
        if self.desk is not None and self.queue_view is not None:
            self.rows.select(self.desk.queue.ids(self.queue_view))
            self.status.say(f"{plural(len(self.rows.selected), 'lead')} selected")

    def action_clear(self) -> None:
        """One step back: out of the context, out of the selection, out of the search."""
        if self.focused is not None and self.focused is self.context:
            self.rows.focus()
        elif self.rows.selected and self.focused is not self.filter_box.input:
            self.rows.select([])
        else:
            self.clear_filter()
        self.refresh_footer()

    @on(QueueList.Opened)
    def _opened(self) -> None:
        if self.context is not None and not self.form_open:
            self.context.focus()

    def action_other_side(self) -> None:
        """From the queue to the context, and from anywhere else to the queue."""
        if self.focused is self.rows and self.context is not None:
            self.context.focus()
        else:
            self.rows.focus()

    def on_descendant_focus(self, _event: DescendantFocus) -> None:
        self.refresh_footer()

    # The program

    def action_sync_now(self) -> None:
        if self.desk is None:
            self.open_desk()
        elif self.sync is not None:
            self.sync.try_now()
            self.status.say("The server is being asked")

    def action_network(self) -> None:
        """Cut the demo's network, or join it again."""
        if self.parts.network is not None:
            cut = self.parts.network()
            if self.sync is not None:
                self.sync.try_now()
            key = BY_ID["network"].first_key(self.parts.keymap)
            if cut:
                self.status.say(f"The network is cut: go on working, {key} joins it again.", Level.WARNING)
            else:
                self.status.say("The network is back.", Level.GOOD)

    def action_help(self) -> None:
        from leadqueue.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.parts.keymap, self.situation()))

    def action_theme(self) -> None:
        self.app.search_themes()

    def action_leave(self) -> None:
        """Leave at once; only what is typed into an open form is asked about."""
        if self.form is None or not self.form.dirty:
            self._leave()
            return
        from leadqueue.tui.screens.confirm import ConfirmScreen

        question = "Leave leadqueue and lose what you have filled in?"
        self.app.push_screen(ConfirmScreen(question, "Leave", "Keep editing"), self._asked)

    # A login that was ended: erasing is offered once, and never done without being asked for

    @on(SyncChanged)
    def _login_ended(self, event: SyncChanged) -> None:
        ended = event.state.phase is Phase.REVOKED
        if not ended or self._offered or self.desk is None or self.parts.erase is None:
            return
        from leadqueue.tui.erasing import ask_copy
        from leadqueue.tui.screens.confirm import ConfirmScreen

        self._offered = True
        question = ask_copy(self._waiting())
        self.app.push_screen(ConfirmScreen(question, "Erase", "Keep"), self._copy_answered)

    def _waiting(self) -> int:
        status = self.desk.status() if self.desk else None
        return status.unsent + status.attention if status else 0

    def _copy_answered(self, yes: bool | None) -> None:
        from leadqueue.tui.erasing import KEPT, ask_unsent
        from leadqueue.tui.screens.confirm import ConfirmScreen

        waiting = self._waiting()
        if not yes:
            self.status.say(KEPT, Level.WARNING)
        elif waiting == 0:
            self.post_message(self.Erased(unsent=True, kept=0))
        else:
            question = ask_unsent(waiting)
            self.app.push_screen(ConfirmScreen(question, "Erase", "Keep"), self._unsent_answered)

    def _unsent_answered(self, yes: bool | None) -> None:
        self.post_message(self.Erased(unsent=bool(yes), kept=self._waiting()))

    def _asked(self, yes: bool | None) -> None:
        if yes:
            self._leave()

    def _leave(self) -> None:
        from leadqueue.tui.outcomes import safe_words

        unsent = self.desk.status().unsent if self.desk else 0
        self.post_message(self.Left(safe_words(unsent)))
