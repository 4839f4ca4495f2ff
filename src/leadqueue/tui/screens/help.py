"""Every key and what it does, from the registry itself; typing narrows it down."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from leadqueue.domain.text import folded
from leadqueue.tui.actions import ACTIONS, Action, Group, Place, Situation, moves
from leadqueue.tui.ports import Keymap
from leadqueue.tui.styles import sheet

_KEYS = 10
_LABEL = 14


class HelpScreen(ModalScreen[None]):
    """A list by group. What does not work just now is dimmed."""

    CSS_PATH = sheet("help")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close"),
        *moves(),
    ]
    AUTO_FOCUS = "#help-search"

    def __init__(self, keymap: Keymap, situation: Situation, place: Place | None = None) -> None:
        """`place` is that of the dialog over which it opens: its keys come first, and are those that work."""
        super().__init__()
        self._place = place
        self._keymap = keymap
        self._situation = situation

    def compose(self) -> ComposeResult:
        with Vertical(id="help"):
            yield Static(Content.styled("Keys", "bold"), id="help-title")
            yield Input(placeholder="Type to search", id="help-search", compact=True)
            with VerticalScroll(id="help-scroll", can_focus=False):
                yield Static(self.text(""), id="help-text", markup=False)
            yield Static(
                Content.styled("Esc closes   ↑↓ scroll   dimmed: not possible just now", "$text-muted"),
                id="help-foot",
            )

    def text(self, search: str) -> Content:
        """The help for what matches `search`."""
        lines: list[Content] = []
        first = self._first
        for group in sorted(Group, key=lambda each: each is not first):
            found = [action for action in ACTIONS if action.group is group and self._matches(action, search)]
            if not found:
                continue
            if lines:
                lines.append(Content(""))
            lines.append(Content.styled(group.value, "bold $text-primary"))
            lines += [self._line(action) for action in found]
        return Content("\n").join(lines) if lines else Content.styled("No key does that.", "$text-muted")

    @property
    def _first(self) -> Group | None:
        """The group of what has the keys now; None for the order of always."""
        now = self._situation
        if self._place is not None:
            return next((group for group in Group if group.name == self._place.name), None)
        here = ((now.form_open, Group.FORM), (now.team, Group.TEAM), (now.in_context, Group.CONTEXT))
        return next((group for holds, group in here if holds), None)

    def _matches(self, action: Action, search: str) -> bool:
        if action.id.startswith("section_") and int(action.id[8:]) > self._situation.sections:
            return False
        if action.id == "network" and not self._situation.demo:
            return False
        about = folded(f"{action.label} {action.help} {action.shown_keys(self._keymap)} {action.id}")
        return all(word in about for word in folded(search).split())

    def _line(self, action: Action) -> Content:
        keys = action.shown_keys(self._keymap)
        filler = " " * max(1, _KEYS - cell_len(keys))
        works = action.place is self._place if self._place else action.available(self._situation)
        return Content.assemble(
            (f"  {keys}{filler}", "bold $text-accent" if works else "dim"),
            (f"{action.label:<{_LABEL - 1}} ", "" if works else "dim"),
            (action.help, "$text-muted" if works else "dim"),
        )

    @on(Input.Changed, "#help-search")
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#help-text", Static).update(self.text(event.value))
        self.query_one("#help-scroll").scroll_home(animate=False)

    @on(Input.Submitted, "#help-search")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_close()

    # The keys that move, as far as they write nothing into the search

    def action_cursor_move(self, step: int) -> None:
        self.query_one("#help-scroll").scroll_relative(y=step, animate=False)

    def action_cursor_page(self, direction: int) -> None:
        self.action_cursor_move(direction * max(1, self.query_one("#help-scroll").size.height - 2))

    def action_cursor_end(self, direction: int) -> None:
        scroll = self.query_one("#help-scroll")
        scroll.scroll_to(y=0 if direction < 0 else scroll.max_scroll_y, animate=False)

    def action_close(self) -> None:
        self.dismiss()
