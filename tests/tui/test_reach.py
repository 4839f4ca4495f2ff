"""Copying and opening: what leaves the program is harmless, and shown before it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.builders import DEFINITIONS, NOW, mql
from tests.tui.doubles import MemoryDesk, app_over, busy_desk
from tests.tui.test_home import SIZE, settled
from textual.pilot import Pilot
from textual.widgets import OptionList

from leadqueue.domain.lead import Signal
from leadqueue.domain.links import links_of
from leadqueue.tui import reaching
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.reaching import has_browser, to_copy, to_open
from leadqueue.tui.screens.chooser import ChooserScreen


def test_what_is_copied_is_one_harmless_line() -> None:
    lead = mql(phone="+44 20 7946 0000")
    lead = replace(
        lead, fields={**lead.fields, "job_title": "CTO\n\x1b[31m; rm -rf ~\r", "email": "a@b.example"}
    )
    for choice in to_copy(lead, DEFINITIONS):
        assert choice.shown
        assert choice.shown.isprintable()
        assert "\n" not in choice.shown


def test_only_what_the_lead_has_is_offered() -> None:
    assert [choice.key for choice in to_copy(mql(), DEFINITIONS)] == ["e", "d", "i", "s"]
    with_phone = to_copy(mql(phone="+44 20 7946 0000"), DEFINITIONS)
    assert [choice.key for choice in with_phone] == ["e", "p", "d", "i", "s"]
    assert "Ada Byron, Head of Operations, Analytical Engines" in with_phone[-1].shown


def test_a_link_that_may_not_be_opened_has_no_key() -> None:
    lead = replace(mql(), signals=(Signal("s", "webinar", NOW, "Evil", "javascript:alert(1)"),))
    choices = to_open(links_of(lead, DEFINITIONS))
    assert [(choice.key, bool(choice.why_not)) for choice in choices] == [("1", False), ("", True)]


@pytest.mark.parametrize(
    ("environment", "platform", "has"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"WSL_DISTRO_NAME": "x"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "1"}, "darwin", False),
        ({"SSH_CONNECTION": "1", "DISPLAY": ":10"}, "linux", True),
    ],
)
def test_a_browser_is_tried_only_where_a_window_can_open(
    environment: dict[str, str], platform: str, has: bool
) -> None:
    assert has_browser(environment, platform) is has


async def test_two_keys_copy_the_address() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.rows.cursor_id is not None
        view = desk.lead(home.rows.cursor_id)
        assert view is not None
        await pilot.press("y", "e")
        await pilot.pause()
        assert pilot.app.clipboard == view.lead.text("email")
        assert f"Copied: {view.lead.text('email')}" in home.status.message
        await pilot.press("y", "escape")
        await pilot.pause()
        assert pilot.app.screen is home


@pytest.mark.parametrize("browser", [True, False])
async def test_what_was_copied_or_opened_is_told_no_more_of_the_next_lead(
    browser: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LeadQueueApp, "open_url", lambda _app, _url: None)
    monkeypatch.setattr(reaching, "has_browser", lambda *_: browser)
    async with app_over(MemoryDesk([mql(), mql(), mql()])).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        for keys in (("y", "e"), ("b", "1")):
            await pilot.press(*keys)
            await pilot.pause()
            assert home.status.message
            await pilot.press("j")
            await pilot.pause()
            assert home.status.message == ""


async def test_a_link_is_shown_in_full_and_opened_only_when_it_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []

    def note(_app: LeadQueueApp, url: str) -> None:
        opened.append(url)

    monkeypatch.setattr(LeadQueueApp, "open_url", note)
    monkeypatch.setattr(reaching, "has_browser", lambda *_: True)
    async with app_over(MemoryDesk([mql()])).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("b")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ChooserScreen)
        shown = str(pilot.app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        assert "https://engines.example/" in shown
        assert opened == []
        await pilot.press("1")
        await pilot.pause()
        assert opened == ["https://engines.example/"]


async def test_without_a_browser_the_address_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "has_browser", lambda *_: False)
    async with app_over(MemoryDesk([mql()])).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("b", "enter")
        await pilot.pause()
        assert pilot.app.clipboard == "https://engines.example/"
        assert "copied instead" in home.status.message


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "textual-dark"), ((120, 40), "textual-light")])
@pytest.mark.parametrize("key", ["y", "b"])
def test_the_choosers_look_as_agreed(
    snap_compare: Callable[..., bool], key: str, size: tuple[int, int], theme: str
) -> None:
    leads = [
        replace(
            lead,
            id=f"01930000-0000-7000-8000-{number:012x}",
            fields={**lead.fields, "linkedin_url": "https://www.linkedin.com/in/ada"},
        )
        for number, lead in enumerate(busy_desk(8).server.values())
    ]

    async def ask(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press(key)
        await pilot.pause()

    app = app_over(MemoryDesk(leads), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=ask)
