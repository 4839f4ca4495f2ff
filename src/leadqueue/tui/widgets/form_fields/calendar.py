"""A month in a few lines, to pick a day from with keys or the mouse."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Callable
from datetime import date

from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.widget import Widget

from leadqueue.domain.days import add_days, add_months

STEPS: dict[str, Callable[[date], date]] = {
    "up": lambda day: add_days(day, -7),
    "down": lambda day: add_days(day, 7),
    "less_than_sign": lambda day: add_days(day, -1),
    "greater_than_sign": lambda day: add_days(day, 1),
    "pageup": lambda day: add_months(day, -1),
    "pagedown": lambda day: add_months(day, 1),
}
"""What a key does to the day."""
KEYS = "↑↓ week  < > day  PgUp PgDn month"
ROOM = 14
"""Rows of a form in which a whole month has room beside its field."""
_CELL = 3


class MonthCalendar(Widget):
    """The month around `day`, weeks from Monday. Days before `today` are dimmed, never hidden.

    `compact` are its keys alone; they walk as well.
    """

    compact: reactive[bool] = reactive(False, layout=True, toggle_class="-compact")

    def __init__(self, today: date, on_pick: Callable[[date], None]) -> None:
        super().__init__(classes="entry-calendar")
        self.today = today
        self.day = today
        self.chosen = False
        self._on_pick = on_pick

    def show(self, day: date | None) -> None:
        """Show the month of `day`; of none that of the day shown last."""
        self.chosen = day is not None
        self.day = day or self.day
        self.refresh()

    def step(self, key: str) -> bool:
        """Go on as a key says, from today where no day is chosen yet; false for any other key."""
        if key not in STEPS:
            return False
        self._on_pick(STEPS[key](self.day if self.chosen else self.today))
        return True

    @property
    def weeks(self) -> list[list[date]]:
        return Calendar().monthdatescalendar(self.day.year, self.day.month)

    def render(self) -> Content:
        if self.compact:
            return Content.styled(KEYS, "$text-muted")
        lines = [
            Content.styled(f"{self.day:%B %Y}", "bold"),
            Content.styled("Mo Tu We Th Fr Sa Su", "$text-muted"),
        ]
        lines += [Content(" ").join(self._cell(day) for day in week) for week in self.weeks]
        return Content("\n").join([*lines, Content.styled(KEYS, "$text-muted")])

    def _cell(self, day: date) -> Content:
        if day.month != self.day.month:
            return Content("  ")
        text = f"{day.day:2}"
        if day == self.day and self.chosen:
            return Content.styled(text, "$block-cursor-foreground on $block-cursor-background")
        if day == self.today:
            return Content.styled(text, "bold underline")
        return Content.styled(text, "$text-muted") if day < self.today else Content(text)

    def on_click(self, event: Click) -> None:
        event.stop()
        week, place = event.y - 2, event.x // _CELL
        weeks = [] if self.compact else self.weeks
        if 0 <= week < len(weeks) and 0 <= place < 7 and weeks[week][place].month == self.day.month:
            self._on_pick(weeks[week][place])
