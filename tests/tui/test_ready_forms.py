"""Forms made ahead: like new ones to the last cell, and never with anything of an earlier one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.style import Style
from tests.builders import DEFINITIONS, NOW
from tests.tui.doubles import app_over, busy_desk
from tests.tui.test_home import SIZE, has_form, settled
from textual.pilot import Pilot
from textual.widgets import Static

from leadqueue.definitions.model import DecisionKind, Definitions
from leadqueue.tui.actions import BY_ID
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens.ready_forms import ReadyForms
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.form_fields.calendar import MonthCalendar

MADE_AHEAD = ("accept", "reject", "recycle", "touch", "note")
Cells = list[list[tuple[str, Style | None]]]


def cells(app: LeadQueueApp) -> Cells:
    """The screen, cell by cell."""
    strips = app.screen._compositor.render_strips()
    return [[(sign, part.style) for part in strip for sign in part.text] for strip in strips]


async def prepared(pilot: Pilot[None], home: TriageScreen) -> dict[DecisionKind, DecisionForm]:
    """The forms that lie ready once nobody has been at the keys for long."""
    made: set[DecisionForm] = set()
    while True:
        await home._prepare()
        await pilot.pause()
        ready = {form for form in home.query(DecisionForm) if form is not home.form}
        if ready == made:
            return {form.kind: form for form in ready}
        made = ready


def none_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    async def makes_none(_self: ReadyForms, _subjects: object) -> bool:
        return False

    monkeypatch.setattr(ReadyForms, "make_one", makes_none)


async def frames_of(keys: list[str], size: tuple[int, int], theme: str | None, *, ahead: bool) -> list[Cells]:
    """The screen after each of `keys`, of which the first opens a form."""
    app = app_over(busy_desk(), theme=theme)
    frames: list[Cells] = []
    async with app.run_test(size=size) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home) if ahead else {}
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            assert home.form is not None
            assert (home.form in ready.values()) is ahead
            frames.append(cells(app))
    return frames


@pytest.mark.parametrize("kind", MADE_AHEAD)
@pytest.mark.parametrize(
    ("size", "theme"),
    [((120, 40), None), ((80, 24), "leadqueue-contrast"), ((70, 16), None)],
    ids=["wide", "narrow", "low"],
)
async def test_it_looks_like_one_made_when_it_was_asked_for(
    kind: str, size: tuple[int, int], theme: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [BY_ID[kind].keys, "tab", "ctrl+s", "1"]
    ready = await frames_of(keys, size, theme, ahead=True)
    none_ahead(monkeypatch)
    assert ready == await frames_of(keys, size, theme, ahead=False)


async def test_while_forms_are_made_ahead_nothing_changes_on_the_screen_and_no_key_reaches_them() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        before = cells(app)
        frames: list[Cells] = []
        home.screen_layout_refresh_signal.subscribe(home, lambda _: frames.append(cells(app)), immediate=True)
        ready = await prepared(pilot, home)
        assert set(ready) == set(MADE_AHEAD)
        assert len(frames) >= len(ready)
        assert all(frame == before for frame in frames)
        assert not any(form in each.ancestors for each in home.focus_chain for form in ready.values())
        assert home.form is None
        assert cells(app) == before


async def test_each_is_opened_once_and_keeps_nothing() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        opened: list[DecisionForm] = []
        for _ in range(3):
            ready = await prepared(pilot, home)
            await pilot.press("x")
            assert home.form is ready[DecisionKind.REJECT]
            assert home.form not in opened
            assert home.form.values == {}
            opened.append(home.form)
            await pilot.press("1", *"anything", "escape", "y")
            await pilot.pause()
            assert not has_form(home)
            assert not opened[-1].is_attached


async def test_one_made_ahead_serves_a_selection_and_the_last_reason() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("x", "1", "ctrl+s")
        await pilot.pause()
        await pilot.press("space", "j", "space")
        ready = await prepared(pilot, home)
        await pilot.press("x")
        await pilot.pause()
        assert home.form is ready[DecisionKind.REJECT]
        assert len(home.form.leads) == 2
        told = [str(each.render()) for each in home.form.query(".entry-help").results(Static)]
        assert any("takes" in each for each in told)
        await pilot.press("ctrl+l")
        assert home.form.values["reason"]


async def test_one_that_would_begin_otherwise_is_made_anew() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        desk.clock.forward(days=1)
        await pilot.press("r", *"tim", "enter")
        await pilot.pause()
        assert home.form is not None
        assert home.form is not ready[DecisionKind.RECYCLE]
        assert home.form.query_one(MonthCalendar).today == (NOW + timedelta(days=1)).date()
        await pilot.press("escape", "y")
        await pilot.pause()
        assert not ready[DecisionKind.RECYCLE].is_attached
        renewed = await prepared(pilot, home)
        assert set(renewed) == set(MADE_AHEAD)
        assert not set(renewed.values()) & set(ready.values())


async def test_other_definitions_make_every_form_anew() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        desk.definitions = Definitions.model_validate(DEFINITIONS.model_dump(by_alias=True))
        renewed = await prepared(pilot, home)
        assert not set(renewed.values()) & set(ready.values())
        await pilot.press("a")
        assert home.form is renewed[DecisionKind.ACCEPT]


async def test_an_edit_begins_with_the_lead_s_own_values_and_is_made_when_it_is_asked_for() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        await pilot.press("e")
        await pilot.pause()
        assert home.form is not None
        assert home.form not in ready.values()
