"""A rep's queue as they see it, for their manager: to read, and to give leads to others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decide import managers_alone
from leadqueue.domain.shown import plural
from leadqueue.domain.text import one_line
from leadqueue.tui.actions import BY_ID, Action, Place, Situation, bindings, keys_told
from leadqueue.tui.screens.deciding import MOST_AT_ONCE
from leadqueue.tui.screens.parts import CoveringScreen
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.header import first_name
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueView
    from leadqueue.cache.saved_views import Views
    from leadqueue.tui.screens.viewing import ViewingScreen
    from leadqueue.tui.steady import SteadyDesk


class RepQueueScreen(CoveringScreen, TriageScreen):
    """The home screen's parts over one owner's leads. `give` opens the form over all of them at once.

    What a rep decides is not offered here: it would be a decision in the rep's name that is not theirs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [each for each in bindings(Place.TEAM) if each.id == "team.back"]

    def __init__(
        self,
        home: ViewingScreen,
        desk: SteadyDesk,
        owner_id: str,
        name: str,
        *,
        want: str | None = None,
        give: bool = False,
    ) -> None:
        self._pinned: QueueView | None = None
        self._owner_id = owner_id
        super().__init__(
            replace(home.parts, open_desk=lambda: desk, open_sync=None, erase=None, views=None, painted=False)
        )
        self._home = home
        self._views = home.views
        self._rep = one_line(name, 60)
        self._want = want
        self._give = give

    @property
    def queue_view(self) -> QueueView | None:
        """Whatever view is asked for, it is of this owner's leads."""
        return self._pinned

    @queue_view.setter
    def queue_view(self, view: QueueView | None) -> None:
        if view is not None and view.owner != self._owner_id:
            view = replace(view, owner=self._owner_id)
        self._pinned = view

    @property
    def whose(self) -> tuple[str, str]:
        return f"{self._rep}: read only", f"{first_name(self._rep)}, read only"

    @property
    def looked_into(self) -> str:
        return self._rep

    @property
    def of_several(self) -> bool:
        return False

    def save_views(self, views: Views) -> str:
        """The manager's views are one set, kept and shown on the home screen too."""
        trouble = self._home.save_views(views)
        if not trouble:
            self._views = views
            self._count_due = True
            self.show_views()
        return trouble

    def first_view(self) -> QueueView:
        """All of it, whatever the settings begin with: it was opened for what the team's figures count."""
        from leadqueue.cache.queue_views import QueueView

        self.rows.set_columns(self.views.columns)
        return QueueView()

    async def _open_rest(self) -> None:
        await super()._open_rest()
        self.sync, self._state = self._home.sync, self._home.sync_state
        reached = self._want is None or self._reach(self._want)
        if self._give and reached and self._select_to_give():
            await self.action_decide(DecisionKind.REASSIGN)
        self.refresh_header()
        self.refresh_footer()

    def _reach(self, lead_id: str) -> bool:
        """Stand on the lead that was asked for. One that is in no queue any more is shown all the same, and
        told, and the answer is no: a form would open over whatever the cursor stands on."""
        if self.rows.go_to(lead_id):
            return True
        row = self.desk.queue.row(lead_id) if self.desk is not None else None
        self.go_to_lead(lead_id)
        if row is not None and not row.section:
            self.status.say("This lead is in no queue any more.", Level.WARNING)
        return False

    def go_to_lead(self, lead_id: str) -> None:
        """As in one's own queue; a lead of somebody else is not among these."""
        row = self.desk.queue.row(lead_id) if self.desk is not None else None
        if row is not None and row.owner_id != self._owner_id:
            whose = one_line(row.owner_name, 60) or "nobody"
            self.status.say(f"This lead belongs to {whose}, not to {self._rep}.", Level.WARNING)
            return
        super().go_to_lead(lead_id)

    def _select_to_give(self) -> bool:
        """The whole queue, or the one lead that was asked for; of very many the most urgent ones.

        False where they cannot be read."""
        if self.desk is None or self.queue_view is None or self._want is not None:
            return True
        ids = self.desk.queue.ids(self.queue_view)
        if not ids and self.say_trouble():
            return False
        self.rows.select(ids[:MOST_AT_ONCE])
        if len(ids) > MOST_AT_ONCE:
            self.status.say(
                f"{self._rep} has {plural(len(ids), 'lead')}: the {MOST_AT_ONCE} most urgent are selected, "
                "as many as one form takes.",
                Level.WARNING,
            )
        return True

    def kinds_here(self) -> frozenset[DecisionKind]:
        found = super().kinds_here()
        return found & managers_alone(self.desk.definitions) if self.desk is not None else found

    def rule_against(self, action: Action) -> str:
        """That it is the rep's to decide comes before all that the lead's stage says."""
        if self.desk is not None and action.id in {*DecisionKind} - managers_alone(self.desk.definitions):
            label = one_line(self.desk.definitions.decisions[DecisionKind(action.id)].label, 60)
            return f"'{label}' is for the rep whose queue this is"
        return super().rule_against(action)

    def situation(self) -> Situation:
        found = super().situation()
        if self.desk is None:
            return found
        return replace(found, kinds=found.kinds & managers_alone(self.desk.definitions), manager=False)

    def tick(self) -> None:
        if self.app.screen is self or self.in_sight:
            self._state = self._home.sync_state
            super().tick()

    def warn(self) -> None:
        """The home screen does, which looks at the same leads and has told of some already."""

    def first_remark(self, trouble: str) -> tuple[str, Level]:
        if trouble:
            return super().first_remark(trouble)
        told = [("reassign", "reassigns")] if self.rows.count else []
        told.append(("team.back", "goes back"))
        keys = ", ".join(keys_told(self.parts.keymap, each) for each in told)
        return f"{self._rep}'s queue, as they see it: {keys}", Level.PLAIN

    def action_back(self) -> None:
        """One step back, the last one to the team."""
        if BY_ID["clear"].available(self.situation()):
            self.action_clear()
        else:
            self.dismiss()

    def close_parts(self) -> None:
        """Desk and sync are the home screen's."""
