"""From a lead to the outside: copying what one calls or writes to, opening its links."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from leadqueue.tui.screens.deciding import DecideScreen
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.cache.views import LeadView


class ReachScreen(DecideScreen):
    """The home screen with copying and links."""

    def _lead_here(self) -> LeadView | None:
        chosen = self.rows.cursor_id
        return self.desk.lead(chosen) if self.desk and chosen else None

    def action_copy(self) -> None:
        """Offer what can be copied, and put it on the clipboard, also through SSH."""
        from leadqueue.domain.text import one_line
        from leadqueue.tui.reaching import to_copy
        from leadqueue.tui.screens.chooser import ChooserScreen

        view = self._lead_here()
        if self.desk is None or view is None:
            return
        choices = to_copy(view.lead, self.desk.definitions)

        def chosen(index: int | None) -> None:
            if index is not None:
                self.app.copy_to_clipboard(choices[index].shown)
                self.status.say(f"Copied: {choices[index].shown}", Level.GOOD, of_here=True)

        whom = one_line(view.lead.person, 60)
        self.app.push_screen(
            ChooserScreen(f"Copy from {whom}", choices, "Letter or Enter copies, Esc closes"), chosen
        )

    def action_browser(self) -> None:
        """Show the lead's links as they would be opened, and open the one that is chosen."""
        from leadqueue.domain.links import links_of
        from leadqueue.domain.text import one_line
        from leadqueue.tui.reaching import to_open
        from leadqueue.tui.screens.chooser import ChooserScreen

        view = self._lead_here()
        if self.desk is None or view is None:
            return
        links = links_of(view.lead, self.desk.definitions)
        if not links:
            self.status.say(
                "This lead has no website, no domain and no page that it looked at.", of_here=True
            )
            return

        def chosen(index: int | None) -> None:
            if index is not None:
                self._open(links[index].address)

        whom = one_line(view.lead.person, 60)
        self.app.push_screen(
            ChooserScreen(f"Open for {whom}", to_open(links), "Number or Enter opens, Esc closes"), chosen
        )

    def _open(self, address: str) -> None:
        from leadqueue.tui.reaching import has_browser

        if self.app.is_web or has_browser(os.environ, sys.platform):
            self.app.open_url(address)
            self.status.say(f"Opened: {address}", Level.GOOD, of_here=True)
        else:
            self.app.copy_to_clipboard(address)
            self.status.say(
                f"No browser can open here; copied instead: {address}", Level.WARNING, of_here=True
            )

    async def action_today(self) -> None:
        """Show what was decided today; from there on to the lead, or to the inbox."""
        from leadqueue.tui.screens.today import TodayScreen

        if self.desk is not None:
            screen = TodayScreen(
                self.desk, self.now, self._zone(), lambda: self.sync_state, self.parts.keymap
            )
            self.app.push_screen(screen, self._from_today)

    async def _from_today(self, chosen: str | None) -> None:
        from leadqueue.tui.screens.today import INBOX

        if chosen == INBOX:
            await self.action_inbox()
        elif chosen is not None:
            self.go_to_lead(chosen)
