"""Asks for a filter by which leads are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadqueue.tui.glyphs import Glyphs
from leadqueue.tui.widgets.filter_box import FilterBox

if TYPE_CHECKING:
    from leadqueue.domain.filters.filter import Filter
    from leadqueue.domain.filters.language import Language


class SelectByScreen(ModalScreen["Filter | None"]):
    """Answers the filter, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, language: Language, glyphs: Glyphs) -> None:
        super().__init__()
        self._language = language
        self._glyphs = glyphs
        self._filter: Filter | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="select-by"):
            yield Static(Content.styled("Select the leads shown that pass:", "bold"))
            yield FilterBox(self._glyphs)
            yield Static(Content.styled("Enter selects, Tab completes, Esc closes", "$text-muted"))

    def on_mount(self) -> None:
        self.query_one(FilterBox).open(self._language)

    @on(FilterBox.Changed)
    def _typed(self, event: FilterBox.Changed) -> None:
        self._filter = event.filter

    @on(FilterBox.Done)
    def _done(self) -> None:
        self.dismiss(self._filter)
