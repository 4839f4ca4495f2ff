"""What one sees of the home screen when the program opens; the home screen itself is built on it.

`FirstScreen` shows it with the top of the queue while everything else is still loaded: on the way to it only
what it draws is imported.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Resize
from textual.message import Message
from textual.widget import Widget

from leadqueue.tui.actions import Place, Situation, bindings
from leadqueue.tui.screens.parts import LOW, NARROW, Parts
from leadqueue.tui.screens.prompt import PromptScreen
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.header import QueueHeader
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.plain_lines import Ground, Striped
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.widgets.status_line import StatusLine
from leadqueue.tui.words import CLOCK_ERROR_MS

if TYPE_CHECKING:
    from leadqueue.cache.glance import Glance


class Side(Container, Striped):
    """The ground of the context, and of a form over it."""


class FrontScreen(PromptScreen):
    """Header, sections, queue, the side of the context, status and keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.SCREEN)]
    AUTO_FOCUS = "#queue"

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.parts = parts

    def compose(self) -> ComposeResult:
        glyphs = self.parts.glyphs
        yield QueueHeader(glyphs, id="header")
        yield SectionTabs(id="sections")
        yield from self._above()
        with Ground(id="main"):
            with Ground(id="left"):
                yield ColumnHeads(id="heads")
                yield QueueList(id="queue")
                yield from self._beside_rows()
            yield Side(id="side")
        yield from self._below()
        yield StatusLine(glyphs, id="status")
        yield KeyFooter(self.parts.keymap, id="footer")

    def _above(self) -> Iterable[Widget]:
        """More between the sections and the queue."""
        return ()

    def _beside_rows(self) -> Iterable[Widget]:
        """What may stand in the place of the rows."""
        return ()

    def _below(self) -> Iterable[Widget]:
        """More between the queue and the status."""
        return ()

    @property
    def rows(self) -> QueueList:
        return self.query_one(QueueList)

    def refresh_density(self) -> None:
        self.rows.set_lines(2 if self.parts.settings.now.density == "roomy" else 1)

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width < NARROW, "-narrow")
        self.set_class(event.size.height < LOW, "-low")


class FirstScreen(FrontScreen):
    """The program's first frame: the queue as the cache has it. Keys wait for the home screen behind it."""

    AUTO_FOCUS = ""
    """No key is heard, so nothing has the focus; the cursor is drawn as if the rows had it."""

    class Painted(Message):
        """The queue is on the terminal."""

    def __init__(self, parts: Parts, found: Glance) -> None:
        super().__init__(parts)
        self._found = found

    def on_mount(self) -> None:
        from leadqueue.cache.queue_views import QueueView
        from leadqueue.tui.widgets.queue_row import RowWords, heading

        found = self._found
        about = found.error_ms is not None and found.error_ms > CLOCK_ERROR_MS
        now = self.parts.now() + timedelta(milliseconds=found.offset_ms)
        words, view = RowWords.of(found.words, self.parts.glyphs, approximate=about), QueueView()
        self.refresh_density()
        self.rows.as_if_focused = True
        self.rows.set_columns(found.columns)
        self.rows.show_owners(found.of_several)
        self.rows.show(found, view, words, now)
        self.query_one(SectionTabs).show(found.sections, 0)
        self.query_one(ColumnHeads).show(
            lambda: heading(self.rows.layout_now, words, view.sort, falls=view.falls)
        )
        self.query_one(KeyFooter).show(Situation())
        self.call_after_refresh(self.post_message, self.Painted())

    def on_screen_suspend(self) -> None:
        """It is never seen again."""
        self.remove_children()
