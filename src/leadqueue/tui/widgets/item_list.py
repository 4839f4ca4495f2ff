"""Lines under a cursor, of which only those in sight are drawn. Cursor and selection are held by key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from leadqueue.tui.actions import Place, bindings
from leadqueue.tui.glyphs import UNICODE, Glyphs

Item = TypeVar("Item")
Part = tuple[str, str]
"""A piece of a line, and the component class that gives it its colour: row, dim, flag, soon, breached."""

MARKS = 2
"""Cells in front of each line: cursor and selection."""


class ItemList(ScrollView, Generic[Item], can_focus=True):
    """The items are few enough to be held; how they look is said by `key_of` and `parts`."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LIST)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "item--row",
        "item--cursor",
        "item--selected",
        "item--dim",
        "item--flag",
        "item--good",
        "item--soon",
        "item--breached",
    }
    selectable: ClassVar[bool] = False

    class Opened(Message):
        """The item under the cursor is to be opened."""

        def __init__(self, items: Widget) -> None:
            super().__init__()
            self.items = items

        @property
        def control(self) -> Widget:
            return self.items

    class Changed(Message):
        """Cursor or selection are others now. Of several, the last one counts."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ItemList.Changed)

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.glyphs = glyphs
        self.items: Sequence[Item] = ()
        self.cursor = 0
        self.selected: dict[str, None] = {}
        self._texts: list[tuple[Part, ...]] = []

    def key_of(self, item: Item) -> str:
        raise NotImplementedError

    def parts(self, item: Item, width: int) -> Iterable[Part]:
        """The line of an item, `width` cells of it."""
        raise NotImplementedError

    # What is shown

    def put(self, items: Sequence[Item]) -> None:
        """Show these items. The cursor stays on its item, or else at its place."""
        before = self.current
        self.items = items
        keys = [self.key_of(item) for item in items]
        self.selected = {key: None for key in self.selected if key in set(keys)}
        place = self.cursor
        if before is not None and self.key_of(before) in keys:
            self.cursor = keys.index(self.key_of(before))
        self.cursor = max(0, min(self.cursor, len(items) - 1))
        self.redraw()
        if self.cursor != place:
            self._scroll_to_cursor()

    def redraw(self) -> None:
        """Work the lines out anew, and draw them where one reads differently."""
        width = max(self.scrollable_content_region.width - MARKS, 0)
        texts = [tuple(self.parts(item, width)) for item in self.items]
        if texts != self._texts:
            self._texts = texts
            self.virtual_size = Size(self.size.width, len(texts))
            self.refresh()

    @property
    def current(self) -> Item | None:
        """The item under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    @property
    def chosen(self) -> list[str]:
        """Keys of the selected items, or of the one under the cursor."""
        current = self.current
        return list(self.selected) or ([] if current is None else [self.key_of(current)])

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width = self.size.width
        if not 0 <= index < len(self._texts):
            return Strip.blank(width, self.get_component_rich_style("item--row"))
        at_cursor = index == self.cursor
        selected = self.key_of(self.items[index]) in self.selected
        base = self._base(at_cursor, selected)
        cursor = self.glyphs.cursor if self.has_focus else self.glyphs.resting
        marks = (cursor if at_cursor else " ") + (self.glyphs.selected if selected else " ")
        segments = [Segment(marks, self._styled(base, "flag", at_cursor))]
        segments += [Segment(text, self._styled(base, name, at_cursor)) for text, name in self._texts[index]]
        return Strip(segments).adjust_cell_length(width, base)

    def _base(self, at_cursor: bool, selected: bool) -> Style:
        name = "cursor" if at_cursor else "selected" if selected else "row"
        return self.get_component_rich_style(f"item--{name}")

    def _styled(self, base: Style, name: str, at_cursor: bool) -> Style:
        """The style of a part on the line's own background."""
        if at_cursor and name in ("row", "dim"):
            return base
        part = self.get_component_rich_style(f"item--{name}")
        return Style(color=part.color, bgcolor=base.bgcolor, bold=part.bold, dim=part.dim)

    # The cursor

    def after(self, leaving: Collection[str]) -> str | None:
        """The item on which to stand once those of `leaving` are dealt with: the next one that can be
        selected, or the last one before."""
        below, above = self.items[self.cursor :], reversed(self.items[: self.cursor])
        return next(
            (
                key
                for item in (*below, *above)
                if (key := self.key_of(item)) not in leaving and self.can_select(item)
            ),
            None,
        )

    def go_to(self, key: str) -> None:
        """Stand on an item, where it is among them."""
        keys = [self.key_of(item) for item in self.items]
        if key in keys:
            self._go(keys.index(key))

    def _go(self, index: int) -> None:
        self.cursor = max(0, min(index, len(self.items) - 1))
        self._scroll_to_cursor()
        self.refresh()
        self.post_message(self.Changed())

    def _scroll_to_cursor(self) -> None:
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if height > 0 and self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif height > 0 and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def action_cursor_move(self, step: int) -> None:
        self._go(self.cursor + step)

    def action_cursor_page(self, direction: int) -> None:
        self._go(self.cursor + direction * max(1, self.scrollable_content_region.height - 1))

    def action_cursor_end(self, direction: int) -> None:
        self._go(0 if direction < 0 else len(self.items) - 1)

    def action_open_context(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self))

    # The selection

    def can_select(self, item: Item) -> bool:  # noqa: ARG002 - of those lists that can
        return self.selectable

    def action_toggle_select(self) -> None:
        current = self.current
        if current is not None and self.can_select(current):
            self._toggle(self.key_of(current))
        self._go(self.cursor + 1)

    def _toggle(self, key: str) -> None:
        if self.selected.pop(key, self) is self:
            self.selected[key] = None

    def select(self, keys: Iterable[str]) -> None:
        self.selected = dict.fromkeys(keys)
        self.refresh()
        self.post_message(self.Changed())

    # The mouse

    def on_click(self, event: Click) -> None:
        place = event.get_content_offset_capture(self)
        index = self.scroll_offset.y + place.y
        if not 0 <= index < len(self.items):
            return
        item = self.items[index]
        if (event.ctrl or place.x == 1) and self.can_select(item):
            self._toggle(self.key_of(item))
        self._go(index)
        if event.chain == 2:
            self.post_message(self.Opened(self))

    def on_resize(self) -> None:
        self._texts = []
        self.redraw()
        self._go(self.cursor)
