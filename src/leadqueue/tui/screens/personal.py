"""The home screen as its user likes it: the settings, and the ways to reach everything by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from leadqueue.tui.screens.viewing import ViewingScreen

if TYPE_CHECKING:
    from leadqueue.tui.settings.effect import SettingsInForce


class PersonalScreen(ViewingScreen):
    """What the home screen does for its user and not for a lead."""

    def action_settings(self, at: str = "") -> None:
        """Open the settings, on the setting `at`."""
        from leadqueue.tui.screens.settings import SettingsScreen

        app = cast("SettingsInForce", self.app)
        screen = SettingsScreen(
            app.live,
            app.change_setting,
            known=self.known_values(),
            beside=self.key_clashes,
            at=at,
            glyphs=self.parts.glyphs,
        )
        self.app.push_screen(screen)

    def known_values(self) -> dict[str, dict[str, str]]:
        """The values of settings that only the definitions or the views know, each with what it means."""
        sections = self.desk.definitions.sections if self.desk else ()
        return {
            "start_section": {"": "all sections", **{section.key: section.label for section in sections}},
            "start_view": {"": "the whole queue", **{view.name: view.about for view in self.views.views}},
        }

    def action_letters(self) -> None:
        """Put a letter on everything that can be gone to."""
        from leadqueue.tui.screens.jump import JumpScreen, spots

        places = spots(self)

        def go(chosen: int | None) -> None:
            if chosen is not None:
                places[chosen].go()

        self.app.push_screen(JumpScreen(places), go)

    def action_theme(self) -> None:
        self.app.search_themes()
