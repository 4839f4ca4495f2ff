"""The home screen as a whole: selecting, moving about, and the program around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import on
from textual.events import DescendantFocus
from textual.message import Message

from leadqueue.sync.state import Phase
from leadqueue.tui.actions import BY_ID, Place
from leadqueue.tui.screens.focusing import FocusScreen
from leadqueue.tui.screens.leading import LeadingScreen
from leadqueue.tui.screens.parts import SyncChanged
from leadqueue.tui.screens.personal import PersonalScreen
from leadqueue.tui.screens.picking import PickingScreen
from leadqueue.tui.screens.shaping import ShapingScreen
from leadqueue.tui.screens.warning import WarningScreen
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.words import Level, within_reach

if TYPE_CHECKING:
    from leadqueue.tui.widgets.decision_form import DecisionForm


class TriageScreen(FocusScreen, PickingScreen, ShapingScreen, PersonalScreen, LeadingScreen, WarningScreen):
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

    # Selecting and moving about

    def action_clear(self) -> None:
        """One step back: out of the context, of the selection, to what was set aside, out of the filter."""
        if self.focused is not None and self.focused is self.context:
            self.rows.focus()
        elif self.in_focus:
            self.leave_focus()
        elif self.rows.selected and self.focused is not self.filter_box.input:
            self.rows.select([])
        elif self.aside is not None:
            self.bring_back()
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
        self.refresh_footer_soon()

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
                self._status_in_sight.say(
                    f"The network is cut: go on working, {key} joins it again.", Level.WARNING
                )
            else:
                self._status_in_sight.say("The network is back.", Level.GOOD)

    def action_help(self) -> None:
        from leadqueue.tui.screens.help import HelpScreen

        typing = ((self.filter_box.input, Place.FILTER), (self.jump_box.input, Place.JUMP))
        place = next((place for field, place in typing if field.has_focus), None)
        self.app.push_screen(HelpScreen(self.parts.keymap, self.situation(), place, views=self.views_help()))

    def action_leave(self) -> None:
        """Leave as soon as what is unsent is out; asked once more, at once. What is typed into a form is
        asked about before, whatever screen it stands on."""
        from leadqueue.tui.screens.leaving import LeavingScreen

        waiting = [screen for screen in self.app.screen_stack if isinstance(screen, LeavingScreen)]
        if waiting:
            waiting[0].action_now()
        elif not any(form.dirty for form in self._forms()):
            self._leave()
        else:
            from leadqueue.tui.screens.confirm import ConfirmScreen

            question = "Leave leadqueue and lose what you have filled in?"
            self.app.push_screen(ConfirmScreen(question, "Leave", "Keep editing"), self._asked)

    def _forms(self) -> Iterator[DecisionForm]:
        """The open forms of all screens: the inbox and a rep's queue have theirs over this one."""
        for screen in self.app.screen_stack:
            forms = cast("Iterable[DecisionForm]", screen.query("DecisionForm"))
            yield from (form for form in forms if form.is_open)

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
        return status.to_send + status.attention if status else 0

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
        """Whoever leaves gives up the time to undo: where the server is within reach, what is unsent goes out
        before the end, so that nobody waits for it until the next start."""
        status = self.desk.status() if self.desk else None
        if status is None or self.sync is None or not self._goes_out():
            self._end(status.attention if status else 0)
            return
        from leadqueue.tui.outcomes import sending_words
        from leadqueue.tui.screens.leaving import LeavingScreen

        self.sync.try_now()
        words = sending_words(status.unsent, status.acknowledged)
        end = partial(self._end, status.attention)
        self.app.push_screen(LeavingScreen(words, self.parts.keymap, self._goes_out, end))

    def _goes_out(self) -> bool:
        """Whether something is unsent that the sync may bring out in a moment."""
        if self.desk is None or self.sync is None or not within_reach(self.sync.state):
            return False
        status = self.desk.status()
        return self.desk.trouble is None and status.to_send > status.held

    def _end(self, attention: int) -> None:
        """Leave at once; `attention` is how many were in the inbox when that was asked for."""
        from leadqueue.tui.outcomes import returned_words, safe_words

        status = self.desk.status() if self.desk else None
        said: list[str] = []
        if status is not None:
            said.append(safe_words(status.unsent, status.acknowledged))
            said.append(returned_words(status.attention - attention))
        self.post_message(self.Left(" ".join(filter(None, said))))
