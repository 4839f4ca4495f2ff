"""The settings screen: everything is there, changes hold at once and are stored, mistakes are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builders import DEFINITIONS
from tests.tui.doubles import ViewShelf, app_over, busy_desk
from textual.pilot import Pilot
from textual.widgets import OptionList

from leadqueue.cache.saved_views import SavedView
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import NetworkSwitch
from leadqueue.tui.screens.chooser import ChooserScreen
from leadqueue.tui.screens.settings import SettingsScreen
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.model import SETTINGS
from leadqueue.tui.settings.reading import read_settings
from leadqueue.tui.settings.values import Settings
from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.widgets.settings_list import SettingsList


def text_of(app: LeadQueueApp, selector: str) -> str:
    return str(app.screen.query_one(selector).render())


async def opened(pilot: Pilot[None]) -> SettingsScreen:
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.press("comma")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, SettingsScreen)
    return screen


async def test_every_setting_is_there_with_its_value() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        shown = text_of(app, "#settings-list")
        for setting in SETTINGS:
            assert setting.label in shown
        assert "textual-dark" in shown
        await pilot.press("escape")
        assert app.screen is app.home


async def test_a_change_holds_at_once_and_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    app = app_over(busy_desk())
    app.live.path = path
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press(*"theme", "left")
        assert app.theme == "high-contrast-light"
        assert read_settings(path).settings.theme == "high-contrast-light"
        await pilot.press("delete")
        assert app.theme == "textual-dark"
    assert path.read_text() == '# mine\ntheme = "textual-dark"\n'


async def test_typing_narrows_down_and_numbers_are_typed_and_checked() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press(*"minutes", "enter")
        edit = ["end", "backspace", "backspace"]
        await pilot.press(*edit, *"500", "enter")
        assert "from 1 to 240" in text_of(app, "#settings-trouble")
        assert app.live.now.warn_minutes == 10
        await pilot.press(*edit, "backspace", *"25", "enter")
        assert app.live.now.warn_minutes == 25
        await pilot.press("right", "right", "left")
        assert app.live.now.warn_minutes == 26
        await pilot.press("enter", "escape")
        assert app.screen is screen
        await pilot.press(*"zzz")
        assert "No setting" in text_of(app, "#settings-list")
        await pilot.press("right", "enter", "delete")
        assert app.screen is screen


async def test_the_sections_of_the_definitions_can_be_chosen() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press(*"first section", "right")
        assert app.live.now.start_section == DEFINITIONS.sections[0].key
        await pilot.press("left")
        assert app.live.now.start_section == ""


async def test_what_is_wrong_with_the_file_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "mauve"\n[keys]\naccept = "x"\n')
    app = app_over(busy_desk())
    found = LiveSettings.of(path)
    app.home.parts.settings.__dict__.update(found.__dict__)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert (
            "there is no 'mauve' (and 1 more: leadqueue config check); take one of" in app.home.status.message
        )
        await opened(pilot)
        told = text_of(app, "#settings-trouble")
        assert "there is no 'mauve'; take one of" in told
        assert "'x' would stand for accept and reject" in told


async def test_a_click_chooses_and_changes() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.click(SettingsList, offset=(30, 1))
        await pilot.click(SettingsList, offset=(30, 1))
        assert app.live.now.density == "roomy"
        await pilot.click(SettingsList, offset=(20, 1))
        assert app.live.now.density == "compact"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_settings_look_as_agreed(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    async def ask(pilot: Pilot[None]) -> None:
        screen = await opened(pilot)
        await pilot.press("down", "down")
        screen.set_focus(None)
        await pilot.pause()

    assert snap_compare(app_over(busy_desk()), terminal_size=size, run_before=ask)


async def test_the_first_view_is_chosen_from_those_that_are_saved() -> None:
    views = ViewShelf(SavedView("Hot", "score>70"), SavedView("Webinars", "source:webinar", sort="score"))
    app = app_over(busy_desk(), views=views)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press(*"first view", "enter")
        await pilot.pause()
        chooser = app.screen
        assert isinstance(chooser, ChooserScreen)
        assert [(choice.label, choice.shown) for choice in chooser.choices] == [
            ("none", "the whole queue"),
            ("Hot", "score>70"),
            ("Webinars", "source:webinar  by score"),
        ]
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert app.live.now.start_view == "Webinars"
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen.query_one(OptionList).highlighted == 2
        await pilot.press("1")
        await pilot.pause()
        assert app.live.now.start_view == ""
        await pilot.press("left")
        assert app.live.now.start_view == "Webinars"


async def test_the_demo_leaves_the_first_view_of_the_settings_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('start_view = "Mine"\n')
    views, desk = ViewShelf(SavedView("Hot", "score>70")), busy_desk()

    def opened_with(network: NetworkSwitch | None) -> LeadQueueApp:
        return LeadQueueApp(
            lambda: desk, now=desk.clock, settings=LiveSettings.of(path), network=network, views=views
        )

    app = opened_with(lambda: True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        assert "Mine" not in app.home.status.message
        await pilot.press(*"first view", "right")
        assert app.live.now.start_view == "Hot"
        assert "start_view in this run only (the demo has views of its own)" in text_of(
            app, "#settings-about"
        )
        await pilot.press("escape", "v", "d", "y")
        await pilot.pause()
        assert app.live.now.start_view == ""
        app.change_setting("bell", value=True)
    assert path.read_text() == 'start_view = "Mine"\nbell = true\n'
    assert opened_with(None).live.now.start_view == "Mine"


async def test_a_first_view_that_is_gone_or_none_to_choose_is_told() -> None:
    app = app_over(busy_desk(), settings=Settings(start_view="Old"))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press(*"first view")
        assert "there is no 'Old' now" in text_of(app, "#settings-about")
        await pilot.press("enter")
        assert "nothing to choose from yet" in text_of(app, "#settings-trouble")
