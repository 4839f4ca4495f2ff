"""A field for a day: written as one speaks, its meaning shown beside it, an ISO date inside."""

from __future__ import annotations

from datetime import date

from textual.app import ComposeResult
from textual.content import Content
from textual.events import DescendantBlur, Key
from textual.widget import Widget
from textual.widgets import Input

from leadqueue.domain.days import NotADay, read_day, say_day
from leadqueue.domain.decision import FieldError
from leadqueue.domain.forms import FormEntry
from leadqueue.domain.lead import FieldValue
from leadqueue.tui.widgets.form_fields.base import EntryField, FieldListener
from leadqueue.tui.widgets.form_fields.calendar import ROOM, STEPS, MonthCalendar
from leadqueue.tui.widgets.form_fields.texts import Line

__all__ = ["DateField", "NotADay", "read_day", "say_day"]


class DateLine(Line):
    """Leaves the calendar's keys to the calendar."""

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        return key not in STEPS and super().check_consume_key(key, character)

    async def _on_key(self, event: Key) -> None:
        """These go up to the field; the input would write some of them."""
        if event.key in STEPS:
            event.prevent_default()


class DateField(EntryField):
    """A day. `today` is the day from which "tomorrow" counts."""

    def __init__(self, entry: FormEntry, listener: FieldListener, today: date) -> None:
        super().__init__(entry, listener)
        self._today = today
        self._text = ""
        self._input = DateLine("1 dec, next monday, in 3 months")
        self._meaning = Content()
        self._calendar = MonthCalendar(today, self._pick)
        self._calendar.display = False

    def compose(self) -> ComposeResult:
        yield self.editor
        yield self._calendar

    @property
    def said(self) -> Content:
        parts = [part for part in (super().said, self._meaning) if part]
        return Content("\n").join(parts)

    @property
    def editor(self) -> Widget:
        return self._input

    @property
    def value(self) -> FieldValue | FieldError:
        text = self._input.value.strip()
        if not text:
            return None
        try:
            return read_day(text, self._today).isoformat()
        except NotADay as error:
            return FieldError(self.entry.field, "type", f"{self.entry.label}: {error}")

    def fill(self, value: FieldValue, text: str) -> None:  # noqa: ARG002 - one shape for all fields
        self._text = "" if value is None else str(value)
        self._input.fill(self._text)
        self._meaning = self._interpretation()

    def _interpretation(self) -> Content:
        value = self.value
        if not isinstance(value, str):
            return Content()
        return Content.styled(
            f"= {value}  {say_day(date.fromisoformat(value), self._today)}", "$text-success"
        )

    def _pick(self, day: date) -> None:
        """The calendar's day, written as one would write it."""
        self._input.value = day.isoformat()
        self._input.cursor_position = len(self._input.value)

    def _show_month(self) -> None:
        value = self.value
        self._calendar.show(date.fromisoformat(value) if isinstance(value, str) else None)

    def light(self) -> None:
        super().light()
        self._show_month()
        self._calendar.display = True

    def fit(self, rows: int) -> None:
        self._calendar.compact = rows < ROOM

    def fits_alike(self, rows: int) -> bool:
        return self._calendar.compact is (rows < ROOM)

    def on_descendant_blur(self, _event: DescendantBlur) -> None:
        self._calendar.display = False

    def on_key(self, event: Key) -> None:
        """Keys that no day is written with walk through the calendar."""
        if self._calendar.step(event.key):
            event.stop()
            event.prevent_default()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._text:
            return
        self._text = event.value
        self._meaning = self._interpretation()
        self.said_anew()
        self._show_month()
        self._listener.field_changed(self)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._listener.field_done(self)
