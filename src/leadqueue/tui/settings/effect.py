"""What the settings do to the program as a whole, at its start and when one changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from textual import constants
from textual.events import DescendantFocus
from textual.filter import LineFilter
from textual.theme import Theme

from leadqueue.tui.plain import Still
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS, Value
from leadqueue.tui.themes import OURS, SIXTEEN
from leadqueue.tui.typeahead import KeysInOrder


class SettingsInForce(KeysInOrder):
    """An app that looks and listens as its settings say; `sixteen` on a terminal of 16 colours."""

    def __init__(
        self, live: LiveSettings, sheets: list[str | PurePath] | None = None, *, sixteen: bool = False
    ) -> None:
        self._sixteen = sixteen  # the themes are asked for while Textual makes its own parts
        super().__init__(sheets)
        self.live = live
        self.set_class(sixteen, "-sixteen", update=False)
        self._still = Still()
        for theme in OURS:
            self.register_theme(theme)
        self._take_effect()

    def on_mount(self) -> None:
        wanted = self.live.now.theme
        self.theme = wanted if wanted in self.available_themes else DEFAULTS.theme
        self.theme_changed_signal.subscribe(self, self._theme_chosen)

    def get_theme(self, theme_name: str) -> Theme | None:
        """The theme of a name, as this terminal can show it."""
        theme = super().get_theme(theme_name)
        return SIXTEEN[theme.dark] if self._sixteen and theme is not None and not theme.ansi else theme

    def get_css_variables(self) -> dict[str, str]:
        """The theme's colours, mended where a text could not be read."""
        from leadqueue.tui.legible import legible

        self.theme_variables = legible(super().get_css_variables())
        return self.theme_variables

    def change_setting(self, name: str, value: Value) -> str:
        """Let a setting have another value, at once; what kept it from being stored, '' for nothing."""
        trouble = self.live.change(name, value)
        self._take_effect()
        if self.theme != self.live.now.theme:
            self.theme = self.live.now.theme
        self.settings_changed()
        return trouble

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return [*filters, self._still] if self.live.now.reduced_motion else filters

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A field's cursor stands still where nothing is to move."""
        if hasattr(event.widget, "cursor_blink"):  # Input and TextArea, without importing them
            event.widget.cursor_blink = not self.live.now.reduced_motion

    def settings_changed(self) -> None:
        """For the screens that show settings: they hold already."""

    def _take_effect(self) -> None:
        settings = self.live.now
        self.set_keymap(self.live.keymap)
        self.animation_level = "none" if settings.reduced_motion else constants.TEXTUAL_ANIMATIONS
        self.set_class(settings.density == "roomy", "-roomy", update=False)
        self.set_class(settings.reduced_motion, "-still", update=False)

    def _theme_chosen(self, _shown: Theme) -> None:
        """The list of themes sets the app's; that is a changed setting like any other."""
        if self.theme != self.live.now.theme:
            self.change_setting("theme", self.theme)
