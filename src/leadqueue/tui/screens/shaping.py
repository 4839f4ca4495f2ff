"""How the queue is laid out: columns and density."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from leadqueue.tui.actions import BY_ID
from leadqueue.tui.screens.viewing import ViewingScreen
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.cache.own_columns import ColumnChoice
    from leadqueue.tui.settings.effect import SettingsInForce


class ShapingScreen(ViewingScreen):
    """The home screen with its layout in the rep's hands."""

    def action_columns(self) -> None:
        from leadqueue.tui.screens.columns import ColumnsScreen

        self.app.push_screen(ColumnsScreen(self, self.parts.glyphs))

    def use_columns(self, columns: tuple[ColumnChoice, ...]) -> str:
        """Show these columns. In a saved view they are its own once it is updated, else they are kept as the
        default at once; answers what there is to tell."""
        self.rows.set_columns(columns)
        if self.view_name:
            self.show_views()
            keys = ", ".join(BY_ID[each].first_key(self.parts.keymap) for each in ("views", "views.update"))
            return f"{keys} keeps them with the view {self.view_name}." if self.has_changed else ""
        return self.save_views(replace(self.views, columns=columns))

    def action_density(self) -> None:
        roomy = self.parts.settings.now.density == "roomy"
        app = cast("SettingsInForce", self.app)
        trouble = app.change_setting("density", "compact" if roomy else "roomy")
        if trouble:
            self.status.say(trouble, Level.WARNING)
