"""Every key and what it does, from the registry itself; typing narrows it down."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from leadqueue.domain.text import folded
from leadqueue.tui.actions import ACTIONS, Action, Group, Place, Situation, moves
from leadqueue.tui.ports import Keymap
from leadqueue.tui.styles import sheet

_KEYS = 10
_LABEL = 14


_LEAST = 12
"""Cells of what an action does, however narrow it is."""


class HelpText(Widget):
    """The lines of the help, each written for the width that there is."""

    def __init__(self, write: Callable[[int], Content]) -> None:
        super().__init__(id="help-text")
        self._write = write

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        return self._write(width).get_height({}, width)

    def render(self) -> Content:
        return self._write(self.size.width)


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
        self._search = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="help"):
            yield Static(Content.styled("Keys", "bold"), id="help-title")
            yield Input(placeholder="Type to search", id="help-search", compact=True)
            with VerticalScroll(id="help-scroll", can_focus=False):
                yield HelpText(lambda width: self.text(self._search, width))
            yield Static(
                Content.styled("Esc closes   ↑↓ scroll   dimmed: not possible just now", "$text-muted"),
                id="help-foot",
            )

    def text(self, search: str, width: int = 0) -> Content:
        """The help for what matches `search`, for so many cells; 0 for each line in one row."""
        lines: list[Content] = []
        first = self._first
        for group in sorted(Group, key=lambda each: each is not first):
            found = [action for action in ACTIONS if action.group is group and self._matches(action, search)]
            if not found:
                continue
            if lines:
                lines.append(Content(""))
            lines.append(Content.styled(group.value, "bold $text-primary"))
            lines += [self._line(action, width) for action in found]
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

    def _line(self, action: Action, width: int) -> Content:
        """What an action does stands beside its keys and name, in each of its rows."""
        keys = action.shown_keys(self._keymap)
        filler = " " * max(1, _KEYS - cell_len(keys))
        works = action.place is self._place if self._place else action.available(self._situation)
        head = Content.assemble(
            (f"  {keys}{filler}", "bold $text-accent" if works else "dim"),
            (f"{action.label:<{_LABEL - 1}} ", "" if works else "dim"),
        )
        about = Content.styled(action.help, "$text-muted" if works else "dim")
        rows = about.wrap(max(width - head.cell_length, _LEAST)) if width else [about]
        return Content("\n" + " " * head.cell_length).join([head + rows[0].rstrip(), *rows[1:]])

    @on(Input.Changed, "#help-search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._search = event.value
        self.query_one(HelpText).refresh(layout=True)
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
