"""Every key and what it does, from the registry itself; typing narrows it down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class ViewHelp:
    """A saved view: `key` as it stands on the keyboard, '' for none; `opens` says whether it is heard."""

    name: str
    key: str
    about: str
    opens: bool


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
    """A list by group, the saved views among them. What does not work just now is dimmed."""

    CSS_PATH = sheet("help")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close"),
        *moves(),
    ]
    AUTO_FOCUS = "#help-search"

    def __init__(
        self,
        keymap: Keymap,
        situation: Situation,
        place: Place | None = None,
        *,
        views: Sequence[ViewHelp] = (),
    ) -> None:
        """`place` is that of the dialog over which it opens: its keys come first, and are those that work."""
        super().__init__()
        self._place = place
        self._keymap = keymap
        self._situation = situation
        self._views = views
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
            found = self._lines(group, search, width)
            if not found:
                continue
            if lines:
                lines.append(Content(""))
            lines += [Content.styled(group.value, "bold $text-primary"), *found]
        return Content("\n").join(lines) if lines else Content.styled("No key does that.", "$text-muted")

    def _lines(self, group: Group, search: str, width: int) -> list[Content]:
        if group is Group.SAVED:
            found = (view for view in self._views if _holds(f"{view.name} {view.key} {view.about}", search))
            return [self._view_line(view, width) for view in found]
        return [
            self._line(action, width)
            for action in ACTIONS
            if action.group is group and self._matches(action, search)
        ]

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
        return _holds(f"{action.label} {action.help} {action.shown_keys(self._keymap)} {action.id}", search)

    def _line(self, action: Action, width: int) -> Content:
        works = action.place is self._place if self._place else action.available(self._situation)
        return _row(action.shown_keys(self._keymap), action.label, action.help, width, works=works)

    def _view_line(self, view: ViewHelp, width: int) -> Content:
        now = self._situation
        works = view.opens and now.opened and not (now.form_open or now.typing or self._place)
        return _row(view.key, view.name, view.about, width, works=works)

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


def _holds(text: str, search: str) -> bool:
    """Whether each word of what is sought stands in the text."""
    about = folded(text)
    return all(word in about for word in folded(search).split())


def _row(keys: str, label: str, about: str, width: int, *, works: bool) -> Content:
    """Keys, name, and beside them what it does, in each of its rows."""
    filler = " " * max(1, _KEYS - cell_len(keys))
    room = max(width - _KEYS - 2 - _LEAST - 1, _LABEL - 1) if width else 0
    name = Content(label).truncate(room, ellipsis=True).plain if room else label
    name += " " * (max(0, _LABEL - 1 - cell_len(name)) + 1)
    head = Content.assemble(
        (f"  {keys}{filler}", "bold $text-accent" if works else "dim"), (name, "" if works else "dim")
    )
    told = Content.styled(about, "$text-muted" if works else "dim")
    rows = told.wrap(max(width - head.cell_length, _LEAST)) if width else [told]
    return Content("\n" + " " * head.cell_length).join([head + rows[0].rstrip(), *rows[1:]])
