"""The settings: every one with its value and what it does, changed in place and in force at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from leadqueue.domain.text import folded, one_line
from leadqueue.tui.actions import moves
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.screens.chooser import Choice as Choose
from leadqueue.tui.screens.chooser import ChooserScreen
from leadqueue.tui.screens.parts import LOW
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.model import SETTINGS, Choice, Name, Number, Setting, Switch, shown
from leadqueue.tui.settings.reading import fault, parsed
from leadqueue.tui.settings.values import Value
from leadqueue.tui.styles import sheet
from leadqueue.tui.widgets.settings_list import Line, SettingsList

Change = Callable[[str, Value], str]
"""Lets a setting have another value; answers what kept it from being stored."""


class SettingsScreen(ModalScreen[None]):
    """A list that typing narrows down. `known` has the values that only the definitions or the views know,
    with what each means; of these one is chosen from a list. `beside` tells what else does not fit the
    settings of now, one line each."""

    CSS_PATH = sheet("settings")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]  # noqa: RUF012 - Textual's type

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Close", priority=True),
        Binding("down", "go(1)", show=False, priority=True),
        Binding("up", "go(-1)", show=False, priority=True),
        Binding("pagedown", "go(5)", show=False, priority=True),
        Binding("pageup", "go(-5)", show=False, priority=True),
        Binding("right", "step(1)", show=False, priority=True),
        Binding("left", "step(-1)", show=False, priority=True),
        Binding("delete", "reset", show=False, priority=True),
        *moves(),
    ]
    AUTO_FOCUS = "#settings-search"

    def __init__(
        self,
        live: LiveSettings,
        change: Change,
        *,
        known: Mapping[str, Mapping[str, str]] | None = None,
        beside: Callable[[], Sequence[str]] = tuple,
        at: str = "",
        glyphs: Glyphs = UNICODE,
    ) -> None:
        super().__init__()
        self._live = live
        self._change = change
        self._known = known or {}
        self._beside = beside
        self._glyphs = glyphs
        self._found = SETTINGS
        self._cursor = next((place for place, each in enumerate(SETTINGS) if each.name == at), 0)
        self._editing: Setting | None = None
        self._said = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="settings"):
            yield Static(Content.styled("Settings", "bold"), id="settings-title")
            yield Input(placeholder="Type to search", id="settings-search", compact=True)
            with VerticalScroll(id="settings-scroll", can_focus=False):
                yield SettingsList(self._glyphs, id="settings-list")
            yield Static("", id="settings-about", markup=False)
            yield Input(id="settings-edit", compact=True)
            yield Static("", id="settings-trouble", markup=False)
            keys = "↑↓ choose   ←→ change   Enter next, list, type   Del default   Esc close"
            yield Static(Content.styled(keys, "$text-muted"), id="settings-foot")

    def on_mount(self) -> None:
        self._show()

    # What is shown

    @property
    def current(self) -> Setting | None:
        """The setting under the cursor."""
        return self._found[self._cursor] if self._found else None

    def _show(self) -> None:
        self._cursor = max(0, min(self._cursor, len(self._found) - 1))
        lines = tuple(Line(setting, self._live.now.value(setting.name)) for setting in self._found)
        self.query_one(SettingsList).show(lines, self._cursor)
        self.query_one("#settings-scroll").scroll_to_region(Region(0, self._cursor, 1, 1), animate=False)
        self.query_one("#settings-about", Static).update(self._about())
        told = (self._said, *self._live.problems, *self._beside())
        trouble = "\n".join(one_line(each, 300) for each in told if each)
        self.query_one("#settings-trouble", Static).update(trouble)

    def _about(self) -> Content:
        setting = self.current
        if setting is None:
            return Content("")
        usual = f"{setting.name} in {self._live.kept_in(setting.name)}"
        return Content.assemble(
            f"{setting.about}.\n",
            (f"{usual}, usually {shown(setting, setting.default)}{self._allowed(setting)}", "$text-muted"),
        )

    def _allowed(self, setting: Setting) -> str:
        if isinstance(setting.kind, Number):
            return f"; {setting.kind.least} to {setting.kind.most}"
        words = self._choices(setting)
        now = self._live.now.value(setting.name)
        if setting.name in self._known and now not in words:
            return f"; there is no '{one_line(str(now), 40)}' now"
        return f"; {len(words)} to choose from" if len(words) > 2 else ""

    def _choices(self, setting: Setting) -> tuple[Value, ...]:
        match setting.kind:
            case Choice(allowed):
                return allowed()
            case Switch():
                return (False, True)
            case Name():
                return tuple(self._known.get(setting.name, ()))
            case _:
                return ()

    # What the user does

    @on(Input.Changed, "#settings-search")
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        here = self.current
        words = folded(event.value).split()
        self._found = tuple(
            setting
            for setting in SETTINGS
            if all(word in folded(f"{setting.label} {setting.name} {setting.about}") for word in words)
        )
        self._cursor = self._found.index(here) if here in self._found else 0
        self._show()

    def action_go(self, step: int) -> None:
        if self._editing is None:
            self._cursor += step
            self._said = ""
            self._show()

    def action_step(self, step: int) -> None:
        """The next or previous value of the setting under the cursor."""
        setting = self.current
        if self._editing is not None:
            edit = self.query_one("#settings-edit", Input)
            edit.cursor_position += step
        elif setting is not None:
            self._take(setting, self._stepped(setting, step))

    def _stepped(self, setting: Setting, step: int) -> Value:
        value = self._live.now.value(setting.name)
        if isinstance(setting.kind, Number):
            return max(setting.kind.least, min(setting.kind.most, int(value) + step))
        words = self._choices(setting)
        if not words:
            return value
        place = words.index(value) if value in words else -1 if step > 0 else 0
        return words[(place + step) % len(words)]

    # The keys that move, as far as they write nothing into the search

    def action_cursor_move(self, step: int) -> None:
        self.action_go(step)

    def action_cursor_page(self, direction: int) -> None:
        self.action_go(5 * direction)

    def action_cursor_end(self, direction: int) -> None:
        self.action_go(direction * len(SETTINGS))

    def action_reset(self) -> None:
        """The value that the program would choose itself."""
        if self._editing is not None:
            self.query_one("#settings-edit", Input).action_delete_right()
        elif self.current is not None:
            self._take(self.current, self.current.default)

    @on(Input.Submitted, "#settings-search")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        setting = self.current
        if setting is None:
            return
        if setting.name in self._known:
            self._offer(setting, self._known[setting.name])
        elif self._choices(setting):
            self.action_step(1)
        else:
            self._edit(setting)

    def _offer(self, setting: Setting, known: Mapping[str, str]) -> None:
        """List what there is to choose from, the value of now under the cursor."""
        values = tuple(known)
        if len(values) < 2:
            self._said = f"{setting.label}: nothing to choose from yet"
            self._show()
            return
        labels = (shown(setting, value) for value in values)
        choices = [
            Choose(str(number) if number < 10 else "", label, known[value])
            for number, (label, value) in enumerate(zip(labels, values, strict=True), 1)
        ]

        def chosen(place: int | None) -> None:
            if place is not None:
                self._take(setting, values[place])

        now = self._live.now.value(setting.name)
        here = next((place for place, value in enumerate(values) if value == now), 0)
        foot = "Number or Enter chooses, Esc closes"
        self.app.push_screen(ChooserScreen(setting.label, choices, foot, at=here), chosen)

    def _edit(self, setting: Setting) -> None:
        self._editing = setting
        edit = self.query_one("#settings-edit", Input)
        edit.value = str(self._live.now.value(setting.name))
        self.add_class("-editing")
        edit.focus()

    @on(Input.Submitted, "#settings-edit")
    def _edited(self, event: Input.Submitted) -> None:
        event.stop()
        setting = self._editing
        if setting is None:
            return
        value = parsed(setting, event.value)
        problem = fault(setting, event.value if value is None else value)
        if problem or value is None:
            self._said = f"{setting.label}: {problem}"
            self._show()
            return
        self._leave_edit()
        self._take(setting, value)

    def _leave_edit(self) -> None:
        self._editing = None
        self._said = ""
        self.remove_class("-editing")
        self.query_one("#settings-search").focus()

    def _take(self, setting: Setting, value: Value) -> None:
        self._said = ""
        if value != self._live.now.value(setting.name):
            self._said = self._change(setting.name, value)
        self._show()

    @on(SettingsList.Pressed)
    def _pressed(self, event: SettingsList.Pressed) -> None:
        event.stop()
        if self._editing is None:
            self._cursor = event.index
            self._show()
            if event.step:
                self.action_step(event.step)

    def action_back(self) -> None:
        """Out of the editing of a value, or of the screen."""
        if self._editing is not None:
            self._leave_edit()
            self._show()
        else:
            self.dismiss()
