"""What a manager has on the home screen beside a rep's work."""

from __future__ import annotations

from leadqueue.tui.screens.viewing import ViewingScreen


class LeadingScreen(ViewingScreen):
    """The way to the team, and back from it."""

    _covered = False

    def action_team(self) -> None:
        """Open the team screen over this one."""
        if self.desk is not None:
            from leadqueue.tui.screens.team import TeamScreen

            self._covered = True
            self.app.push_screen(TeamScreen(self, self.desk))

    def on_screen_resume(self) -> None:
        """Show what came meanwhile: under another whole screen nothing is read."""
        if self._covered and self.in_sight:
            self._covered = False
            self.reload()
