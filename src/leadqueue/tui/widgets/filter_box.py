"""The filter as one types it: the words, what may follow them, and what is wrong with which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from leadqueue.domain.shown import plural
from leadqueue.domain.text import harmless, one_line
from leadqueue.tui.actions import Place, bindings
from leadqueue.tui.glyphs import UNICODE, Glyphs

if TYPE_CHECKING:
    from leadqueue.domain.filters.completion import Completion
    from leadqueue.domain.filters.filter import Filter
    from leadqueue.domain.filters.language import Language
    from leadqueue.domain.filters.reading import Fault

PROMPT = "Words, or fields: score>70 source:webinar due<2h"
INDENT = 1
"""Cells before the text of the box."""


class FilterInput(Input):
    """Takes the arrows and Tab for the list of completions below it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FILTER)]

    class Asked(Message):
        """The rep goes through the completions, or takes one (0)."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def action_complete(self) -> None:
        self.post_message(self.Asked(0))

    def action_choose(self, step: int) -> None:
        self.post_message(self.Asked(step))


class FilterNote(Widget):
    """Under the box: the faults under their words, or else the completions."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="filter-note")
        self._glyphs = glyphs
        self._text = ""
        self._low = False
        self._faults: tuple[Fault, ...] = ()
        self.completions: list[Completion] = []
        self.chosen = 0

    def show(
        self, text: str, faults: tuple[Fault, ...], completions: list[Completion], *, typing: bool = False
    ) -> None:
        """While one is `typing`, what is wrong with the last word is told in a low voice."""
        self._low = typing and bool(faults) and faults[0].end >= len(text)
        self._text, self._faults, self.completions, self.chosen = text, faults, completions, 0
        self.refresh(layout=True)

    def choose(self, step: int) -> None:
        if self.completions:
            self.chosen = (self.chosen + step) % len(self.completions)
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        return self._content(width).get_height({}, width) if self._faults else 1

    def _marks(self) -> str:
        """Carets under every wrong word."""
        line = ""
        for fault in self._faults:
            start = INDENT + cell_len(harmless(self._text[: fault.start]))
            wide = max(1, cell_len(harmless(self._text[fault.start : fault.end])))
            line = f"{line:<{start}}"[:start] + "^" * wide
        return line

    def _beside(self, width: int) -> bool:
        """Whether what is wrong fits behind the carets."""
        return cell_len(self._marks()) + 1 + cell_len(self._faults[0].message) <= width

    def render(self) -> Content:
        return self._content(self.size.width)

    def _content(self, width: int) -> Content:
        if self._faults:
            message = Content(one_line(self._faults[0].message, 300))
            marks = Content(self._marks()[:width])
            if self._beside(width):
                told = Content(" ").join((marks, message))
            else:  # it begins where the text does
                lines = message.wrap(max(width - 2 * INDENT, 1))
                told = Content("\n").join((marks, *(Content(" " * INDENT) + line for line in lines)))
            return told.stylize("$text-muted" if self._low else "$text-error")
        return self._offer() if self.completions else Content("")

    def _offer(self) -> Content:
        """The completions from the chosen one on, as many as fit; the chosen one with its meaning."""
        width = self.size.width - INDENT
        parts: list[tuple[str, str]] = [(" " * INDENT, "")]
        first = self.chosen if self.chosen >= self._fitting(0, width) else 0
        for number, each in enumerate(self.completions[first:], first):
            text = f" {one_line(each.text, 40)} "
            about = f"{one_line(each.about, 40)}  " if number == self.chosen and each.about else ""
            if cell_len(text) + cell_len(about) > width:
                break
            width -= cell_len(text) + cell_len(about)
            parts.append((text, "bold reverse" if number == self.chosen else "$text-accent"))
            if about:
                parts.append((f" {about[:-1]}", "$text-muted"))
        return Content.assemble(*parts)

    def _fitting(self, start: int, width: int) -> int:
        for number, each in enumerate(self.completions[start:], start):
            width -= cell_len(each.text) + 2
            if width < cell_len(each.about) + 2:
                return number
        return len(self.completions)


class FilterBox(Vertical):
    """Open (`-open`) while one types, and while there is something in it."""

    class Changed(Message):
        """The filter may be another one: what of it can be read, and of a word that is still typed and may
        become a field nothing yet."""

        def __init__(self, filter: Filter) -> None:  # noqa: A002 - the language's own word
            super().__init__()
            self.filter = filter

    class Done(Message):
        """The rep is content with the filter."""

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="filter")
        self._glyphs = glyphs
        self._language: Language | None = None
        self._faults: tuple[Fault, ...] = ()
        self._told_wrong = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="filter-line"):
            yield FilterInput(placeholder=PROMPT, id="search", compact=True, select_on_focus=False)
            yield Static("", id="filter-count", markup=False)
        yield FilterNote(self._glyphs)

    @property
    def input(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def note(self) -> FilterNote:
        return self.query_one(FilterNote)

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def on_descendant_focus(self) -> None:
        self.add_class("-typing")

    def on_descendant_blur(self) -> None:
        self.remove_class("-typing")
        self.set_class(bool(self._faults), "-wrong")  # what is wrong stays in sight
        self._tell(self.input.value)

    def open(self, language: Language) -> None:
        """Let the rep type in these terms."""
        self._language = language
        self.add_class("-open")
        self.screen.set_focus(self.input)  # at once: the next key is meant for it
        self.input.cursor_position = len(self.input.value)
        self._read()

    def put(self, text: str) -> None:
        """Show the text of a filter that was chosen elsewhere; nobody is told."""
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self._faults = _reading(text, self._language)[1] if text and self._language is not None else ()
        self.set_class(bool(self._faults), "-wrong")
        self.note.show(text, self._faults, [])
        self.set_class(bool(text), "-open")

    def count(self, leads: int | None) -> None:
        """Say how many leads pass; None while there is no filter, or not all of them are found yet."""
        told = "" if leads is None else plural(leads, "lead")
        shown = self.query_one("#filter-count", Static)
        if shown.content != told:  # another text lays the screen out anew
            shown.update(told)

    def _read(self) -> Filter | None:
        """Read the text and show what there is to say about it; the filter, or what of it can be read."""
        from leadqueue.domain.filters.completion import completions

        if self._language is None:
            return None
        text = self.input.value
        offered = completions(text, self._language)
        found, self._faults = _reading(text, self._language)
        # What is still being typed at the end is not wrong yet, as long as it can become something.
        told = tuple(fault for fault in self._faults if not (offered and fault.end >= len(text)))
        self.note.show(text, told, [] if told else offered, typing=True)
        return found

    def _tell(self, text: str) -> None:
        if self._language is not None:
            self.post_message(self.Changed(_reading(text, self._language)[0]))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        from leadqueue.domain.filters.completion import without_begun_field

        event.stop()
        self._read()
        self._tell(without_begun_field(event.value))

    @on(FilterInput.Asked)
    def _asked(self, event: FilterInput.Asked) -> None:
        event.stop()
        if event.step:
            self.note.choose(event.step)
        else:
            self._take()

    def _take(self) -> None:
        """Put the chosen completion in the place of the last word."""
        if self.note.completions:
            chosen = self.note.completions[self.note.chosen]
            self.input.value = self.input.value[: chosen.start] + chosen.text
            self.input.cursor_position = len(self.input.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter: what is wrong is said, and the rep stays; pressed again, or where nothing is wrong, the
        queue has the keys, and shows what of the filter can be read."""
        event.stop()
        if self._read() is None:
            return
        self.note.show(self.input.value, self._faults, [])
        if self._faults and self._told_wrong != self.input.value:
            self._told_wrong = self.input.value
            return
        self.set_class(bool(self.input.value.strip()), "-open")
        self._tell(self.input.value)
        self.post_message(self.Done())


def _reading(text: str, language: Language) -> tuple[Filter, tuple[Fault, ...]]:
    """The filter that `text` says, or what of it can be read, and what is wrong with the rest."""
    from leadqueue.domain.filters.reading import FilterError, read_filter

    try:
        return read_filter(text, language), ()
    except FilterError as error:
        return error.rest, error.faults
