"""The manager's screen: what waits for each rep, how the last weeks went, and the escalations."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.events import DescendantFocus

from leadqueue.cache.breaches import Breach
from leadqueue.cache.errors import StoreError
from leadqueue.domain.shown import plural
from leadqueue.tui.actions import BY_ID, TEAM_TOO, Action, Place, bindings
from leadqueue.tui.screens.team_view import TeamView
from leadqueue.tui.styles import sheet
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.item_list import ItemList
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.team_table import COLUMNS, SORTS
from leadqueue.tui.words import Level, store_words


class TeamScreen(TeamView):
    """The team with all that a manager does there."""

    CSS_PATH = sheet("team")

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.TEAM),
        *(each for each in bindings(Place.SCREEN) if each.id in TEAM_TOO),
    ]
    AUTO_FOCUS = "#team-table"

    def label_of(self, action: Action) -> str:
        return action.label

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        known = next((each for each in BY_ID.values() if each.action == action and _of_here(each)), None)
        return known is None or known.available(self.situation())

    def refusal(self, key: str) -> str:
        """Why a key does nothing here; '' where it is nobody's."""
        from leadqueue.tui.refusals import in_team, meant

        action = meant(key, self._keymap, Place.TEAM, Place.LIST, Place.SCREEN)
        return in_team(action, self.situation(), self._keymap) if action is not None else ""

    @on(ItemList.Opened, "#team-table")
    def _open_rep(self) -> None:
        line = self.table.current
        if line is not None:
            self._open_queue(line.owner_id, line.name)

    @on(ItemList.Opened, "#breaches")
    def _open_breach(self) -> None:
        breach = self.breaches.current
        if breach is not None:
            self._open_lead(breach)

    def _open_lead(self, breach: Breach, *, give: bool = False) -> None:
        """Open the queue of whoever has the lead at this moment: the list may be a second old."""
        row = self._desk.queue.row(breach.lead_id)
        owner_id, name = (row.owner_id, row.owner_name) if row else (breach.owner_id, breach.owner)
        self._open_queue(owner_id, name or "nobody", want=breach.lead_id, give=give)

    def _open_queue(self, owner_id: str, name: str, *, want: str | None = None, give: bool = False) -> None:
        from leadqueue.tui.screens.rep_queue import RepQueueScreen

        self.app.push_screen(RepQueueScreen(self._home, self._desk, owner_id, name, want=want, give=give))

    def action_reassign(self) -> None:
        """Open the form over the rep's whole queue, or over the lead of the escalation."""
        breach, line = self.breaches.current, self.table.current
        if self.in_breaches and breach is not None:
            self._open_lead(breach, give=True)
        elif line is not None and line.load.waiting:
            self._open_queue(line.owner_id, line.name, give=True)
        elif line is not None:
            self.status.say(f"{line.name} has no leads in the queue.")

    def action_acknowledge(self) -> None:
        """Say that the chosen escalations are taken care of; durable before it is shown."""
        if not self.in_breaches and not self.breaches.selected:
            self.breaches.focus()
            self.status.say("Choose escalations first: Space selects, A selects all.")
            return
        open_ones = {each.id for each in self.breaches.items if not each.seen}
        chosen = [each for each in self.breaches.chosen if each in open_ones]
        if not chosen:
            self.status.say("This escalation is acknowledged already.")
            return
        following = self.breaches.after(chosen)
        try:
            self._desk.team.acknowledge(chosen)
        except StoreError as error:
            self.status.say(store_words(error), Level.ERROR)
            return
        self.breaches.select([])
        self.refresh_all()
        if following is not None:
            self.breaches.go_to(following)
        key = BY_ID["team.undo"].first_key(self._keymap)
        self.status.say(
            f"Acknowledged: {plural(len(chosen), 'escalation')}. {key} takes it back until it is sent.",
            Level.GOOD,
        )
        if self._home.sync is not None:
            self._home.sync.wake()

    def action_undo(self) -> None:
        """Take the last act of acknowledging back, as far as nothing of it was sent."""
        try:
            gone = self._desk.team.take_back()
        except StoreError as error:
            self.status.say(store_words(error), Level.ERROR)
            return
        self.refresh_all()
        if gone:
            self.status.say(f"Not acknowledged any more: {plural(len(gone), 'escalation')}.", Level.GOOD)
        elif self._desk.status().acknowledged:
            self.status.say("Nothing to undo: the last of it is on its way.")
        else:
            self.status.say("Nothing to undo: nothing is unsent.")

    def action_select_all(self) -> None:
        self.breaches.select(each.id for each in self.breaches.items if not each.seen)
        self.breaches.focus()

    def action_other_side(self) -> None:
        (self.table if self.in_breaches else self.breaches).focus()

    def action_sort(self) -> None:
        """Sort by the next column that is to be seen."""
        seen = [key for key in SORTS if any(each.key == key for each, _ in self.table.layout_now.columns)]
        place = seen.index(self._sort) if self._sort in seen else -1
        self._sort_by(seen[(place + 1) % len(seen)])

    def _sort_by(self, key: str) -> None:
        self._sort, self._falls = key, COLUMNS[key].falls
        self.draw()

    def action_reverse(self) -> None:
        self._falls = not self._falls
        self.draw()

    @on(ColumnHeads.Chosen)
    def _heading(self, event: ColumnHeads.Chosen) -> None:
        event.stop()
        column = self.table.layout_now.at(event.x)
        if column is None:
            return
        key = "touches" if column.key == "days" else column.key
        if key == self._sort:
            self.action_reverse()
        else:
            self._sort_by(key)

    def action_back(self) -> None:
        """Drop the selection, else go back to the queue."""
        if self.breaches.selected:
            self.breaches.select([])
        else:
            self.dismiss()

    def action_sync_now(self) -> None:
        if self._failed is not None or self._own_fault:
            self._failed = None
            self.refresh_all()
        if self._home.sync is not None:
            self._home.sync.try_now()
            self.status.say("The server is being asked")

    async def action_network(self) -> None:
        await self._home.run_action("network")
        self.draw()

    def action_help(self) -> None:
        from leadqueue.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._keymap, self.situation(), views=self._home.views_help()))

    async def action_leave(self) -> None:
        await self._home.run_action("leave")

    @on(ItemList.Changed)
    def _moved(self) -> None:
        self.draw()

    def on_descendant_focus(self, _event: DescendantFocus) -> None:
        self.draw()

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    @on(KeyFooter.Pressed)
    async def _key(self, event: KeyFooter.Pressed) -> None:
        target = self.focused if event.action.place is Place.LIST and self.focused is not None else self
        await target.run_action(event.action.action)


def _of_here(action: Action) -> bool:
    return action.place is Place.TEAM or action.id in TEAM_TOO
