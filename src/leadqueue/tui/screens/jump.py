"""Jump mode: a letter on every part of the screen that can be pressed or written into; one key goes there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.errors import NoWidget
from textual.events import Key
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from leadqueue.tui.styles import sheet
from leadqueue.tui.widgets.header import QueueHeader
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.widgets.view_tabs import ViewTabs

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""In the order in which the fingers lie; whatever has none is reached in another way."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the screen, and what happens there."""

    x: int
    y: int
    go: Callable[[], object]


def spots(screen: Screen[None]) -> list[Spot]:
    """The places of a screen that are in sight, from the top to the bottom, as many as there are letters."""
    found = [spot for tabs in screen.query(SectionTabs) for spot in _sections(tabs)]
    found += [spot for tabs in screen.query(ViewTabs) for spot in _views(tabs)]
    found += [spot for header in screen.query(QueueHeader) for spot in _pieces(header)]
    found += [
        Spot(widget.region.x, widget.region.y, widget.focus)
        for widget in screen.focus_chain
        if in_sight(screen, widget)
    ]
    places: dict[tuple[int, int], Spot] = {}
    for spot in sorted(found, key=lambda each: (each.y, each.x)):
        places.setdefault((spot.x, spot.y), spot)
    return list(places.values())[: len(LETTERS)]


def in_sight(screen: Screen[None], widget: Widget) -> bool:
    """Whether the widget's corner is on the screen and nothing lies over it."""
    try:
        there, _ = screen.get_widget_at(*widget.region.offset)
    except NoWidget:
        return False
    return there is widget or widget in there.ancestors


def _sections(tabs: SectionTabs) -> list[Spot]:
    return [
        Spot(x, tabs.region.y, partial(tabs.post_message, SectionTabs.Chosen(number)))
        for number, x in enumerate(tabs.starts())
        if tabs.display
    ]


def _views(tabs: ViewTabs) -> list[Spot]:
    return [
        Spot(x, tabs.region.y, partial(tabs.post_message, ViewTabs.Chosen(name)))
        for name, x in tabs.starts()
        if tabs.display
    ]


def _pieces(header: QueueHeader) -> list[Spot]:
    x = header.start_of("attention")
    pressed = QueueHeader.Pressed("attention")
    return [] if x is None else [Spot(x, header.region.y, partial(header.post_message, pressed))]


class JumpScreen(ModalScreen[int | None]):
    """Shows the letters over the screen; answers with the place that was chosen, None for none."""

    CSS_PATH = sheet("jump")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+o", "leave", "Leave")]

    def __init__(self, places: list[Spot]) -> None:
        super().__init__()
        self._places = places

    def compose(self) -> ComposeResult:
        for letter, place in zip(LETTERS, self._places, strict=False):
            mark = Static(letter, classes="jump-letter", markup=False)
            mark.styles.offset = (place.x, place.y)
            yield mark

    def on_key(self, event: Key) -> None:
        """A letter goes to its place, any other key back."""
        if event.key in ("escape", "ctrl+o"):
            return
        event.stop()
        place = LETTERS.find(event.character or " ")
        self.dismiss(place if 0 <= place < len(self._places) else None)

    def on_click(self) -> None:
        self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)
