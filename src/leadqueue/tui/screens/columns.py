"""Choose, order and size the columns; what is chosen is seen at once behind the list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from leadqueue.cache.own_columns import WIDEST, ColumnChoice
from leadqueue.domain.shown import plural
from leadqueue.tui.actions import Place, bindings, keys_told
from leadqueue.tui.glyphs import Glyphs
from leadqueue.tui.screens.parts import LOW
from leadqueue.tui.widgets.moved_options import MovedOptions
from leadqueue.tui.widgets.queue_row import COLUMNS, LEAST, NAMES, layout_for

if TYPE_CHECKING:
    from leadqueue.tui.screens.shaping import ShapingScreen

HINT = (
    ("columns.show", "show, hide"),
    ("columns.later columns.earlier", "move"),
    ("columns.wider columns.narrower", "size"),
    ("columns.natural", "its own size"),
    ("columns.sort", "sort by it"),
    ("columns.usual", "as usual"),
    ("columns.close", "close"),
)
STEP = 2


class ColumnsScreen(ModalScreen[None]):
    """The shown columns in their order, then the others."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.COLUMNS)]
    AUTO_FOCUS = "#columns-list"
    place: ClassVar[Place] = Place.COLUMNS
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]  # noqa: RUF012 - Textual's type

    def __init__(self, home: ShapingScreen, glyphs: Glyphs) -> None:
        super().__init__()
        self._home = home
        self._glyphs = glyphs
        self._order: list[ColumnChoice] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="columns"):
            yield Static(Content.styled("Columns", "bold"), id="columns-title")
            yield MovedOptions(id="columns-list", markup=False, compact=True)
            yield Static("", id="columns-told", markup=False)
            hint = keys_told(self._home.parts.keymap, *HINT)
            yield Static(Content.styled(hint, "$text-muted"), id="columns-hint", markup=False)

    def on_mount(self) -> None:
        self._read()
        self._list(0)

    def _read(self) -> None:
        chosen = self._home.rows.columns or tuple(
            ColumnChoice(column.key) for column, _, _ in self._home.rows.layout_now.columns
        )
        self._order = [each for each in chosen if each.key in COLUMNS and each.key != "countdown"]

    @property
    def listed(self) -> OptionList:
        return self.query_one(OptionList)

    def _hidden(self) -> list[str]:
        shown = {each.key for each in self._order}
        return [key for key in COLUMNS if key != "countdown" and key not in shown]

    @property
    def _here(self) -> int:
        return self.listed.highlighted or 0

    @property
    def _key(self) -> str:
        return [*(each.key for each in self._order), *self._hidden()][self._here]

    def _list(self, here: int) -> None:
        hidden = self._hidden()
        width = self._home.rows.layout_now.width
        fits = {column.key for column, _, _ in layout_for(width, self._order).columns}
        self.listed.clear_options()
        self.listed.add_options(
            [Option(self._line(each, each.key in fits)) for each in self._order]
            + [Option(self._line(ColumnChoice(key), None)) for key in hidden]
        )
        self.listed.highlighted = max(0, min(here, len(self._order) + len(hidden) - 1))

    def _line(self, choice: ColumnChoice, fits: bool | None) -> Content:
        column = COLUMNS[choice.key]
        name = NAMES.get(choice.key, column.title)
        mark = self._glyphs.selected if fits is not None else " "
        view = self._home.queue_view
        sorted_by = view is not None and column.sort == view.sort
        arrow = (self._glyphs.down if view.falls else self._glyphs.up) if view and sorted_by else " "
        width = choice.width or column.width
        size = "takes what is left" if column.grow and not choice.width else plural(width, "cell")
        about = size if fits is not None else ""
        if fits is False:
            about += "; no room at this width"
        style = "" if fits is not None else "$text-muted"
        return Content.assemble(
            (f"{mark} ", "$text-accent"), (f"{name:<12}{arrow} ", style), (about, "$text-muted")
        )

    def _changed(self, here: int) -> None:
        told = self._home.use_columns(tuple(self._order))
        self.query_one("#columns-told", Static).update(told)
        self._list(here)

    def action_show_or_hide(self) -> None:
        here = self._here
        if here < len(self._order):
            if len(self._order) > 1:
                self._order.pop(here)
        else:
            self._order.append(ColumnChoice(self._key))
            here = len(self._order) - 1
        self._changed(here)

    def action_move(self, step: int) -> None:
        here = self._here
        there = here + step
        if here < len(self._order) and 0 <= there < len(self._order):
            self._order.insert(there, self._order.pop(here))
            self._changed(there)

    def action_size(self, direction: int) -> None:
        here = self._here
        if here >= len(self._order) or self._order[here].key == "section":
            return
        choice = self._order[here]
        placed = [
            width for column, _, width in self._home.rows.layout_now.columns if column.key == choice.key
        ]
        now = choice.width or (placed[0] if placed else COLUMNS[choice.key].width)
        width = max(LEAST, min(now + direction * STEP, WIDEST))
        self._order[here] = replace(choice, width=width)
        self._changed(here)

    def action_natural(self) -> None:
        here = self._here
        if here < len(self._order):
            self._order[here] = replace(self._order[here], width=0)
            self._changed(here)

    def action_sort(self) -> None:
        sort = COLUMNS[self._key].sort
        view = self._home.queue_view
        if sort is None or view is None:
            self.query_one("#columns-told", Static).update("This column has no order.")
        elif sort == view.sort:
            self._home.change_view(descending=not view.descending)
        else:
            self._home.change_view(sort=sort, descending=False)
        self._list(self._here)

    def action_usual(self) -> None:
        told = self._home.use_columns(())
        self.query_one("#columns-told", Static).update(told)
        self._read()
        self._list(0)

    def action_close(self) -> None:
        self.dismiss(None)
