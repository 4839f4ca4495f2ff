"""Telling in time: the home screen watches for targets and limits that are near, where the user wishes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadqueue.tui.screens.queue_screen import QueueScreen
from leadqueue.tui.widgets.status_line import StatusLine
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.domain.warnings import Told

MOST = 1_000
"""Leads of one look: of more that are due within minutes nobody needs to be told singly."""
EVERY = 5
"""Seconds between two looks."""


class WarningScreen(QueueScreen):
    """Looks for what is due soon, also while another screen lies over this one."""

    _told: Told = frozenset()
    _seconds = 0

    def tick(self) -> None:
        super().tick()
        if self._seconds % EVERY == 0:
            self.warn()
        self._seconds += 1

    def warn(self) -> None:
        """Tell of the breaches that have come near since the last look."""
        settings = self.parts.settings.now
        if self.desk is None or not (settings.bell or settings.notifications != "off"):
            return
        from leadqueue.domain.warnings import to_tell
        from leadqueue.tui.herald import words

        now, before = self.now(), timedelta(minutes=settings.warn_minutes)
        upcoming = self.desk.queue.ending_between(now, now + before, MOST)
        if self.desk.trouble is not None:
            return  # what could not be read is not over: it is looked for again
        fresh, self._told = to_tell(upcoming, self._told, now, before)
        if not fresh:
            return
        text = words(fresh, now)
        self._status_in_sight.say(text, Level.WARNING)
        if settings.bell:
            self.app.bell()
        if settings.notifications == "terminal":
            self.write_to_terminal(text)
        elif settings.notifications == "desktop":
            self.run_worker(
                lambda: self._tell_desktop(text), thread=True, group="herald", exit_on_error=False
            )

    @property
    def _status_in_sight(self) -> StatusLine:
        """The status line of the screen over this one, where that has one."""
        over = self.app.screen.query(StatusLine)
        return over.first() if over else self.status

    def write_to_terminal(self, text: str) -> None:
        """Ask the terminal for a notification, between two frames as Textual's own bell does it."""
        from leadqueue.tui.herald import terminal_notice

        driver = self.app._driver
        if driver is not None and not self.app.is_headless:
            driver.write(terminal_notice(text))

    def _tell_desktop(self, text: str) -> None:
        from leadqueue.tui.herald import tell_desktop

        trouble = tell_desktop(text)
        if trouble:
            self.app.call_from_thread(self.status.say, trouble, Level.WARNING)
