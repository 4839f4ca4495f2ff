"""What every field of a form has: a label, an editor, its help and its error."""

from __future__ import annotations

from typing import Protocol

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.geometry import Region, Size
from textual.layout import ArrangeResult, Layout
from textual.layouts.vertical import VerticalLayout
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget

from leadqueue.domain.decision import FieldError
from leadqueue.domain.forms import FormEntry
from leadqueue.domain.lead import FieldValue
from leadqueue.domain.text import harmless, one_line
from leadqueue.tui.widgets.plain_lines import blank_lines


class FieldListener(Protocol):
    """Who hears of a field: the form."""

    def field_changed(self, field: EntryField) -> None:
        """The value is another one now."""

    def field_left(self, field: EntryField) -> None:
        """The focus left the field."""

    def field_done(self, field: EntryField) -> None:
        """The rep goes on to the next field."""


class EntryLayout(VerticalLayout):
    """What is under the editor makes room for what the field says of it."""

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        places = super().arrange(parent, children, size, greedy)
        said = parent.said_rows(size.width) if isinstance(parent, EntryField) else 0
        return [places[0], *(each._replace(region=each.region.translate((0, said))) for each in places[1:])]


class EntryField(Widget):
    """A field of a form. It reads and shows its value; whether the value is allowed, the form asks.

    It draws its label, what is wrong and its help itself, around the editor: a form has many fields, and each
    widget takes time to make and to lay out.
    """

    def __init__(self, entry: FormEntry, listener: FieldListener) -> None:
        super().__init__(id=f"field-{entry.field.replace('_', '-')}", classes="entry-field")
        self.entry = entry
        self._listener = listener
        self._layout = EntryLayout()
        self._label = self._label_content()
        self._wrapped: tuple[object, tuple[list[Content], list[Content]]] = (None, ([], []))
        self.help = harmless(entry.help)
        """What is said under all else."""
        self.error = ""
        self._first_value: FieldValue | FieldError = None

    def compose(self) -> ComposeResult:
        yield self.editor

    @property
    def layout(self) -> Layout:
        return self._layout

    # What it draws around the editor

    @property
    def said(self) -> Content:
        """What is said of the value, under the editor."""
        return Content.styled(f"✗ {one_line(self.error, 400)}" if self.error else "", "$text-error")

    @property
    def _told(self) -> Content:
        return Content.styled(self.help, "$text-muted")

    def said_rows(self, width: int) -> int:
        return len(self._written(width)[0])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Of label, editor and all that is said, in rows."""
        said, told = self._written(width)
        rows = super().get_content_height(container, viewport, width) + len(told)
        return rows + (len(said) if len(self.displayed_children) == 1 else 0)

    def _written(self, width: int) -> tuple[list[Content], list[Content]]:
        """What is said under the editor, and under all else, in lines of that width."""
        of = width, self.said, self._told
        if self._wrapped[0] != of:
            said, told = (text.wrap(width) if text and width else [] for text in of[1:])
            self._wrapped = of, (said, told)
        return self._wrapped[1]

    def _line(self, y: int) -> Content:
        """What is written in a row; nothing where the editor stands."""
        said, told = self._written(self.size.width)
        below, last = y - 1 - self.editor.outer_size.height, y - self.size.height + len(told)
        if y == 0:
            return self._label
        if 0 <= below < len(said):
            return said[below]
        return told[last] if 0 <= last < len(told) else Content()

    def render_line(self, y: int) -> Strip:
        line, selection = self._line(y), self.text_selection
        if selection is not None and (span := selection.get_span(y)) is not None:
            begin, end = span
            style = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            line = line.stylize(style, begin, None if end == -1 else end)
        [strip] = Visual.to_strips(
            self, line, self.size.width, 1, self.visual_style, pad=True, apply_selection=False
        )
        return strip.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        written = "\n".join(self._line(y).plain for y in range(self.size.height))
        return selection.extract(written), "\n"

    def said_anew(self) -> None:
        """Draw what is said now, with the room that it needs."""
        self.refresh()
        self.editor.refresh(layout=True)  # what is around a widget is arranged anew, not what is in it

    @property
    def editor(self) -> Widget:
        """The widget that takes the keys."""
        raise NotImplementedError

    @property
    def value(self) -> FieldValue | FieldError:
        """What stands in the field: a value, None where it is empty, or why its text is no value."""
        raise NotImplementedError

    def fill(self, value: FieldValue, text: str) -> None:
        """Hold what is there already, `text` as it is written. It begins with `begin`."""
        raise NotImplementedError

    def begin(self) -> None:
        """What is in the field now is what it came with."""
        self._first_value = self.value

    @property
    def is_touched(self) -> bool:
        """Whether somebody changed the value that the field came with."""
        return self.value != self._first_value

    def on_mount(self) -> None:
        self.begin()
        if isinstance(self.parent, Widget) and self.parent.size:
            self.fit(self.parent.size.height)

    def fit(self, rows: int) -> None:
        """Make do with `rows`, those of the form that are in sight at once."""

    def fits_alike(self, rows: int) -> bool:  # noqa: ARG002 - one shape for all fields
        """Whether `fit` to so many rows would change nothing."""
        return True

    def on_resize(self) -> None:
        if isinstance(self.parent, FieldColumn):
            self.parent.follow()

    def show_error(self, message: str) -> None:
        """Show `message` under the editor, '' for none."""
        if message == self.error:
            return
        self.error = message
        self.said_anew()
        self._mark(bool(message), "-wrong")

    def hint(self, text: str) -> None:
        """Say `text` under the field, beside its help."""
        told = "  ".join(part for part in (harmless(self.entry.help), one_line(text)) if part)
        if told != self.help:
            self.help = told
            self.said_anew()

    def _label_content(self) -> Content:
        mark = (
            Content.styled(" required", "$text-warning")
            if self.entry.required
            else Content.styled(" optional", "$text-muted")
        )
        return Content(one_line(self.entry.label)) + mark

    def _mark(self, on: bool, name: str) -> None:
        """Draw the field's edge otherwise. No style inside the field depends on it, so none is looked up."""
        if self.has_class(name) is not on:
            self.set_class(on, name, update=False)
            self.app.stylesheet.update_nodes([self])

    def light(self) -> None:
        """Look as a field does that has the keys."""
        self._mark(True, "-lit")

    def on_descendant_focus(self, _event: DescendantFocus) -> None:
        self.light()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        event.stop()
        self._mark(False, "-lit")
        self._listener.field_left(self)


class FieldColumn(VerticalScroll, can_focus=False):
    """The fields of a form, one under the other; each is told how many rows are in sight at once."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)

    def on_resize(self) -> None:
        for field in self.query_children(EntryField):
            field.fit(self.size.height)
        self.follow()

    @property
    def has_room(self) -> bool:
        """Whether the fields would look the same with a row less."""
        rows = self.size.height - 1
        fields = [field for field in self.query_children(EntryField) if field.display]
        ends = (field.virtual_region.bottom + field.styles.margin.bottom for field in fields)
        return max(ends, default=0) <= rows and all(field.fits_alike(rows) for field in fields)

    def follow(self) -> None:
        """Keep the field that has the focus in sight: all of it, or its beginning, with what is wrong."""
        self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        for field in self.query_children(EntryField):
            if field.has_focus_within:
                begin, end = field.virtual_region.y, field.virtual_region.bottom
                y = max(0, min(begin, end - self.size.height))
                self.scroll_to(y=y, animate=False, immediate=True)
