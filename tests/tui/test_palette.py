"""The palette: every action, lead, section and setting by its name; what comes from a form is only text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, mql
from tests.tui.doubles import MemoryDesk, ViewShelf, app_over, busy_desk
from tests.tui.rest import finished
from textual.command import CommandPalette, Hit
from textual.content import Content
from textual.fuzzy import Matcher
from textual.pilot import Pilot
from textual.widgets import OptionList

from leadqueue.cache.saved_views import SavedView
from leadqueue.domain.text import folded, one_line
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.markup import marked, unread
from leadqueue.tui.palette_leads import LeadCommands
from leadqueue.tui.screens.settings import SettingsScreen
from leadqueue.tui.settings.model import SETTINGS
from leadqueue.tui.widgets.context_pane import ContextPane


async def found(pilot: Pilot[None], words: str) -> list[str]:
    """Open the palette, type, and answer with what it lists."""
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.press("ctrl+p")
    while not isinstance(app.screen, CommandPalette):
        await pilot.pause()
    await pilot.press(*words)
    await finished(app.workers)
    await pilot.pause()
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(index).prompt) for index in range(options.option_count)]


async def choose(pilot: Pilot[None]) -> None:
    await pilot.press("enter", "enter")
    await pilot.pause()


async def test_a_lead_is_found_by_its_name_and_the_cursor_goes_there() -> None:
    desk = busy_desk()
    app = app_over(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        app.home.action_section(1)
        listed = await found(pilot, "rossi 14")
        assert listed[0].startswith("Chiara Rossi 14")
        await choose(pilot)
        assert app.screen is app.home
        row = app.home.rows.current
        assert row is not None
        assert row.person == "Chiara Rossi 14"


async def test_it_finds_a_lead_without_regard_to_accents() -> None:
    sought = mql(first_name="Mu\u0308ller", last_name="Ada")
    app = app_over(MemoryDesk([mql(), sought]))
    async with app.run_test(size=(120, 40)) as pilot:
        for typed in ("müller", "muller"):
            listed = await found(pilot, typed)
            assert listed[0].startswith("Mu\u0308ller Ada")
            await pilot.press("escape")


async def test_a_section_and_a_setting_have_entries() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        label = DEFINITIONS.sections[1].label
        assert any(each.startswith(f"Section 2: {label}") for each in await found(pilot, label))
        await pilot.press("escape")
        for setting in SETTINGS:
            listed = await found(pilot, f"setting {setting.label}")
            assert listed[0].startswith(f"Setting: {setting.label}")
            await pilot.press("escape")
        await found(pilot, "setting density")
        await choose(pilot)
        screen = app.screen
        assert isinstance(screen, SettingsScreen)
        assert screen.current is not None
        assert screen.current.name == "density"


@pytest.mark.parametrize(
    ("value", "label"),
    [("roomy", "Density"), ("compact", "Density"), ("emacs", "Keymap"), ("desktop", "Notifications"),
     ("dracula", "Theme")],
)  # fmt: skip
async def test_a_setting_is_found_by_each_of_its_values(value: str, label: str) -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        settings = [each for each in await found(pilot, value) if each.startswith("Setting: ")]
        assert settings[0].startswith(f"Setting: {label}")
        assert value in settings[0]


@pytest.mark.parametrize("name", ["[@click=app.quit]x[/]", "\x1b[31mred", "[/]", "[bold"])
async def test_a_hostile_name_is_a_name(name: str) -> None:
    app = app_over(MemoryDesk([mql(first_name=name, last_name="Zzz", company_name=name, job_title=name)]))
    async with app.run_test(size=(120, 40)) as pilot:
        listed = await found(pilot, "zzz")
        shown = name.replace("\x1b", "\ufffd")
        assert listed == [f"{shown} Zzz\nLead: {shown}, {shown}"]


async def test_hostile_names_of_views_are_names() -> None:
    names = ("Hot [bold]x[/]", "[/]", "[@click=app.quit]y[/]", "Hot last")
    app = app_over(busy_desk(), views=ViewShelf(*(SavedView(name, "score>60") for name in names)))
    async with app.run_test(size=(120, 40)) as pilot:
        listed = await found(pilot, "view:")
        assert {f"View: {name}\nscore>60" for name in names} <= {*listed}


async def test_the_label_of_a_section_is_no_markup() -> None:
    desk = busy_desk()
    first, *others = DEFINITIONS.sections
    named = first.model_copy(update={"label": "Re[/]view [bold]x"})
    desk.definitions = DEFINITIONS.model_copy(update={"sections": (named, *others)})
    async with app_over(desk).run_test(size=(120, 40)) as pilot:
        listed = await found(pilot, "section 1")
        assert listed[0].startswith("Section 1: Re[/]view [bold]x\n")


async def test_nothing_is_searched_for_one_letter() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        hits = [hit async for hit in LeadCommands(app.home).search("a")]
        assert hits == []
        more = [hit async for hit in LeadCommands(app.home).search("ada")]
        assert more
        assert all(isinstance(hit, Hit) for hit in more)


@given(st.text(max_size=40) | st.text("[]\\/$@=()abc ", max_size=40))
def test_no_text_is_read_as_markup(text: str) -> None:
    text = one_line(text)
    read = Content.from_markup(unread(text))
    assert read.plain == text
    assert not read.spans


@given(st.text("[]\\/$@=()abcß ", max_size=40), st.text("[]/abcß ", min_size=1, max_size=4))
def test_what_is_found_is_lit_up_in_the_text_as_it_is(text: str, sought: str) -> None:
    shown = marked(Matcher(folded(sought)), text)
    assert shown.plain == text
    assert all(span.end == span.start + 1 and not text[span.start].isspace() for span in shown.spans)
