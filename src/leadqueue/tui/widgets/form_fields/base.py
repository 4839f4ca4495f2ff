"""What every field of a form has: a label, an editor, its help and its error."""

from __future__ import annotations

from typing import Protocol

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

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


class EntryField(Vertical):
    """A field of a form. It reads and shows its value; whether the value is allowed, the form asks."""

    def __init__(self, entry: FormEntry, listener: FieldListener) -> None:
        super().__init__(id=f"field-{entry.field.replace('_', '-')}", classes="entry-field")
        self.entry = entry
        self._listener = listener
        self._label = Static(self._label_content(), classes="entry-label", markup=False)
        self._help = Static(harmless(entry.help), classes="entry-help", markup=False)
        self._help.display = bool(entry.help)
        self._error = Static("", classes="entry-error", markup=False)
        self._error.display = False
        self.error = ""
        self._first_value: FieldValue | FieldError = None

    def compose(self) -> ComposeResult:
        yield self._label
        yield self.editor
        yield self._error
        yield self._help

    @property
    def editor(self) -> Widget:
        """The widget that takes the keys."""
        raise NotImplementedError

    @property
    def value(self) -> FieldValue | FieldError:
        """What stands in the field: a value, None where it is empty, or why its text is no value."""
        raise NotImplementedError

    @property
    def is_touched(self) -> bool:
        """Whether somebody changed the value that the field came with."""
        return self.value != self._first_value

    def on_mount(self) -> None:
        self._first_value = self.value
        if isinstance(self.parent, Widget) and self.parent.size:
            self.fit(self.parent.size.height)

    def fit(self, rows: int) -> None:
        """Make do with `rows`, those of the form that are in sight at once."""

    def on_resize(self) -> None:
        if isinstance(self.parent, FieldColumn):
            self.parent.follow()

    def show_error(self, message: str) -> None:
        """Show `message` under the editor, '' for none."""
        if message == self.error:
            return
        self.error = message
        self._error.update(Content(f"✗ {one_line(message, 400)}") if message else "")
        self._error.display = bool(message)
        self._mark(bool(message), "-wrong")

    def hint(self, text: str) -> None:
        """Say `text` under the field, beside its help."""
        said = "  ".join(part for part in (harmless(self.entry.help), one_line(text)) if part)
        self._help.update(Content(said))
        self._help.display = bool(said)

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

    def follow(self) -> None:
        """Keep the field that has the focus in sight: all of it, or its beginning, with what is wrong."""
        self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        for field in self.query_children(EntryField):
            if field.has_focus_within:
                begin, end = field.virtual_region.y, field.virtual_region.bottom
                y = max(0, min(begin, end - self.size.height))
                self.scroll_to(y=y, animate=False, immediate=True)
