"""Fields that are filled with text: on one line, or on several."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Paste
from textual.widget import Widget
from textual.widgets import Input, TextArea

from leadqueue.definitions.model import FieldType
from leadqueue.domain.decision import FieldError
from leadqueue.domain.forms import FormEntry
from leadqueue.domain.lead import FieldValue
from leadqueue.domain.text import harmless
from leadqueue.tui.widgets.form_fields.base import EntryField, FieldListener

ParseText = Callable[[str, str], FieldValue | FieldError]
"""Reads a field's text: field key and text in, value or error out."""

_EXAMPLES = {
    FieldType.EMAIL: "name@company.com",
    FieldType.DOMAIN: "company.com",
    FieldType.URL: "https://…",
    FieldType.PHONE: "+1 555 0100",
    FieldType.INTEGER: "250",
    FieldType.MONEY: "12,500.00",
}


class Released(Widget):
    """A text that is let go once it is gone. Textual's own are held by what they listen to: the screen, and
    the app for as long as its theme stays the same. It stands last among the bases, as their style sheet
    comes from the first."""

    def watch_has_focus(self, has_focus: bool) -> None:
        """How it looks is looked up anew, unless its form has just been closed."""
        if has_focus or self.focusable:
            super().watch_has_focus(has_focus)

    def on_unmount(self) -> None:
        self.screen.text_selection_started_signal.unsubscribe(self)
        watching: list[tuple[object, object]] = getattr(self.app, "__watchers", {}).get("theme", [])
        watching[:] = [each for each in watching if each[0] is not self]


class Line(Input, Released):
    """An input without a border, which takes no escape sequence out of the clipboard."""

    def __init__(self, placeholder: str = "") -> None:
        super().__init__(placeholder=placeholder, select_on_focus=False)
        # `compact` and the first validation give it these too, and look its styles up for each.
        self.add_class("-textual-compact", "-valid", update=False)

    def fill(self, text: str) -> None:
        """Hold this text, with the cursor behind it."""
        self.value = text
        self.cursor_position = len(text)

    def on_paste(self, event: Paste) -> None:
        event.text = harmless(event.text, lines=True)


class Area(TextArea, Released):
    """A text area without a border, which takes no escape sequence out of the clipboard."""

    def __init__(self) -> None:
        super().__init__(highlight_cursor_line=False)
        self.add_class("-textual-compact", update=False)  # `compact` looks the styles up once more

    def on_paste(self, event: Paste) -> None:
        event.text = harmless(event.text, lines=True)


class LineField(EntryField):
    """Text, a number or an amount on one line."""

    def __init__(self, entry: FormEntry, listener: FieldListener, parse: ParseText) -> None:
        super().__init__(entry, listener)
        self._text = ""
        self._parse = parse
        self._input = Line(_EXAMPLES.get(entry.type, ""))

    @property
    def editor(self) -> Widget:
        return self._input

    @property
    def value(self) -> FieldValue | FieldError:
        return self._parse(self.entry.field, self._input.value)

    def fill(self, value: FieldValue, text: str) -> None:  # noqa: ARG002 - one shape for all fields
        self._text = text
        self._input.fill(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._text:
            self._text = event.value
            self._listener.field_changed(self)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._listener.field_done(self)


class TextField(EntryField):
    """Text on several lines; Enter begins a new one."""

    def __init__(self, entry: FormEntry, listener: FieldListener) -> None:
        super().__init__(entry, listener)
        self._text = ""
        self._area = Area()

    @property
    def editor(self) -> Widget:
        return self._area

    @property
    def value(self) -> FieldValue | FieldError:
        return self._area.text.strip() or None

    def fill(self, value: FieldValue, text: str) -> None:  # noqa: ARG002 - one shape for all fields
        self._text = text
        self._area.text = text

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._area.text != self._text:
            self._text = self._area.text
            self._listener.field_changed(self)
