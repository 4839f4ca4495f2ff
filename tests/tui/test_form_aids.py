"""What helps in a form: a calendar, the reason taken last, and the list of whom it is for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.builders import DEFINITIONS, NOW, RAUL, after, mql
from tests.tui.doubles import app_over, attention_item, busy_desk
from tests.tui.test_decision_form import FormApp
from tests.tui.test_home import SIZE, send, settled
from textual.content import Content
from textual.widgets import Button

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.days import add_days, add_months
from leadqueue.domain.lead import FieldValues
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens.bulk_leads import BulkLeadsScreen
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.form_fields.base import EntryField
from leadqueue.tui.widgets.form_fields.calendar import KEYS, STEPS, MonthCalendar
from leadqueue.tui.widgets.form_fields.summary import LEAST_ROWS, Summary, SummaryLines
from leadqueue.tui.widgets.form_fields.texts import Area
from leadqueue.tui.widgets.line_list import LineList

LATER: FieldValues = {"reason": "bad_timing", "note": "In spring.", "revisit_on": "2027-03-01"}
STYLES = Path(__file__).parents[2] / "styles"
DAYS = st.dates(date(1990, 1, 1), date(2190, 12, 31))


def form(app: FormApp) -> DecisionForm:
    return app.query_one(DecisionForm)


async def test_a_day_is_picked_with_the_calendar_s_keys() -> None:
    app = FormApp("recycle", [mql()], {"reason": "bad_timing"})
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        calendar = app.query_one(MonthCalendar)
        form(app)._focus("revisit_on")
        await pilot.pause()
        assert "November 2026" in str(calendar.render())
        await pilot.press("down")
        assert form(app).values["revisit_on"] == "2026-11-30"
        await pilot.press(">", "pagedown", "up", "<")
        assert form(app).values["revisit_on"] == "2026-12-24"
        assert "December 2026" in str(calendar.render())
        shown = [calendar.display]
        await pilot.press("tab")
        await pilot.pause()
        assert [*shown, calendar.display] == [True, False]


async def test_what_is_written_shows_in_the_calendar_and_a_click_picks() -> None:
    app = FormApp("recycle", [mql()], {"reason": "bad_timing"})
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        form(app)._focus("revisit_on")
        await pilot.press(*"in 3 months")
        await pilot.pause()
        calendar = app.query_one(MonthCalendar)
        assert "February 2027" in str(calendar.render())
        assert calendar.day == date(2027, 2, 23)
        await pilot.click(MonthCalendar, offset=(0, 3))
        await pilot.pause()
        assert form(app).values["revisit_on"] == "2027-02-08"
        assert app.focused is not None


@given(DAYS, st.sampled_from(sorted(STEPS)))
def test_every_step_has_its_way_back_but_for_short_months(day: date, key: str) -> None:
    back = {"up": "down", "down": "up", "less_than_sign": "greater_than_sign"}.get(key)
    stepped = STEPS[key](day)
    assert stepped != day
    if back:
        assert STEPS[back](stepped) == day


@given(DAYS, st.integers(-40, 40))
def test_months_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    found = add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or add_days(found, 1).day == 1


def test_there_is_no_day_before_the_first() -> None:
    assert add_days(date.min, -7) == date.min
    assert add_days(date.max, 7) == date.max


async def test_the_last_reason_is_one_key_away_and_never_there_by_itself() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("x", "ctrl+l")
        await pilot.pause()
        assert home.form is not None
        assert home.form.values == {}
        await pilot.press("escape")
        await pilot.pause()
        await send(pilot, home, "reject", reason="no_budget", note="Only for the first.")
        await pilot.press("x")
        await pilot.pause()
        assert home.form is not None
        assert home.form.values == {}
        assert "No budget" in home.form.query_one("#field-reason", EntryField).help
        await pilot.press("ctrl+l")
        await pilot.pause()
        assert home.form.values == {"reason": "no_budget"}
        await pilot.press("escape")
        await pilot.pause()


async def test_the_last_reason_of_one_kind_is_not_that_of_another() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "reject", reason="no_budget")
        await pilot.press("r", "ctrl+l")
        await pilot.pause()
        assert home.form is not None
        assert home.form.values == {}
        label = DEFINITIONS.decisions[DecisionKind.RECYCLE].label
        assert home.status.message == f"There is no earlier reason for '{label}' to take again"


@pytest.mark.parametrize("size", [(80, 24), (80, 18), SIZE])
async def test_keys_of_a_form_that_do_nothing_say_why(size: tuple[int, int]) -> None:
    async with app_over(busy_desk()).run_test(size=size) as pilot:
        home = await settled(pilot)
        await pilot.press("n", "ctrl+l")
        await pilot.pause()
        label = DEFINITIONS.decisions[DecisionKind.NOTE].label
        assert home.status.message == f"'{label}' asks for no reason"
        await pilot.press("ctrl+t")
        await pilot.pause()
        told = "This form is over one lead; the list of leads is for several"
        assert home.status.message == told
        assert told in str(home.status.render())
        await pilot.press("escape")
        await pilot.press("j")
        await pilot.pause()
        assert home.status.message == ""


async def test_over_the_inbox_the_edge_says_why() -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk)]
    async with app_over(desk).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("i", "e")
        await pilot.pause()
        await pilot.press("ctrl+t")
        await pilot.pause()
        box = pilot.app.screen.query_one("#attention")
        assert "This form is over one lead" in str(box.border_subtitle)


async def test_a_form_over_several_says_who_changes_and_who_cannot_and_lists_them_all() -> None:
    leads = [
        *(mql(first_name=f"Able{number}", email=f"a{number}@example.com") for number in range(5)),
        mql(owner=RAUL, first_name="Other", email="o@example.com"),
        after(mql(first_name="Taken", email="t@example.com"), "reject", at=NOW),
    ]
    app = FormApp("accept", leads)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        summary = str(app.query_one(SummaryLines).render())
        assert "5 of 7 leads will change" in summary
        assert "✓ Able0 Byron, Able1 Byron, Able2 Byron and 2 more" in summary
        assert summary.count("✗") == 2
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert isinstance(app.screen, BulkLeadsScreen)
        listed = app.screen.query_one(LineList)
        lines = [listed.line(index) for index in range(listed.count)]
        assert [line.split()[0] for line in lines] == ["✗"] * 2 + ["✓"] * 5
        assert {"Other", "Taken"} == {line.split()[1] for line in lines[:2]}
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, BulkLeadsScreen)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 200)), min_size=1, max_size=7),
    st.integers(20, 120),
    st.integers(LEAST_ROWS, 20),
)
def test_what_is_said_of_the_leads_that_cannot_change_adds_up(
    cannot: list[tuple[int, int]], width: int, rows: int
) -> None:
    groups = tuple((many, Content(f"✗ {many} leads: {'why ' * (long // 4)}")) for many, long in cannot)
    lines = Summary(Content("head"), groups).fitted(width, rows).plain.split("\n")
    assert len(lines) <= rows
    assert all(cell_len(line) <= width for line in lines)
    told = sum(int(line.split()[1]) for line in lines if line.startswith(("✗", "  and")))
    assert told == sum(many for many, _ in cannot)


async def test_a_form_over_several_is_laid_out_anew_for_another_room() -> None:
    leads = [
        mql(first_name="Able", email="able@example.com"),
        *(
            mql(owner=RAUL, first_name=f"Other{number}", email=f"o{number}@example.com")
            for number in range(3)
        ),
        *(after(mql(first_name=f"Taken{n}", email=f"t{n}@example.com"), "reject", at=NOW) for n in range(2)),
        after(mql(first_name="Later", email="l@example.com"), "recycle", LATER, at=NOW),
    ]
    app = FormApp("accept", leads)
    async with app.run_test(size=(50, 24)) as pilot:
        await pilot.pause()
        low = str(app.query_one(SummaryLines).render())
        assert app.query_one(SummaryLines).size.height == len(low.split("\n")) <= 24 // 3
        assert "more for" in low
        await pilot.resize_terminal(140, 60)
        await pilot.pause()
        high = str(app.query_one(SummaryLines).render())
        assert high.count("✗") == 3
        assert "more for" not in high
        assert app.query_one(SummaryLines).size.height == len(high.split("\n"))


@pytest.mark.parametrize("kind", [DecisionKind.NOTE])
async def test_a_form_over_one_lead_has_no_list(kind: DecisionKind) -> None:
    app = FormApp(kind, [mql()])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert not isinstance(app.screen, BulkLeadsScreen)


async def test_hints_name_the_keys_that_work() -> None:
    own = {"form.submit": "f5", "form.cancel": "f10", "form.last": "f8", "form.who": "f3", "form.next": "f4"}
    async with app_over(busy_desk(), keymap=own).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("x", "1", "f5")
        await pilot.pause()
        await pilot.press("A", "x")
        await pilot.pause()
        opened = home.query_one(DecisionForm)
        assert "(F5)" in str(opened.query_one("#form-submit", Button).label)
        assert str(opened.query_one("#form-close", Button).label) == "Close (F10)"
        assert "F3 lists them" in str(opened.query_one(SummaryLines).render())
        assert any("F8 takes" in field.help for field in opened.query(EntryField))
        await pilot.press("f4")
        assert isinstance(home.focused, Area)
        await pilot.press("f3")
        await pilot.pause()
        assert isinstance(pilot.app.screen, BulkLeadsScreen)
        await pilot.press("escape", "f10")
        await pilot.pause()
        assert home.form is None


async def test_an_empty_queue_names_the_keys_that_work() -> None:
    async with app_over(busy_desk(), keymap={"clear": "f7", "section_0": "f8"}).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"nobody", "enter")
        await pilot.pause()
        assert "F7 clears the filter" in str(home.picture.said)


SMALL = (80, 24)


def in_sight(app: LeadQueueApp) -> list[str]:
    """The lines of the form that can be seen."""
    form = app.home.query_one(DecisionForm)
    lines = app.screen._compositor.render_strips()  # what is painted
    seen = lines[form.region.y : form.region.bottom]
    return [line.crop(form.region.x).text.strip() for line in seen]  # by cells: names may be wide


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("", "✗ Revisit on must be given"),
        ("foo", "✗ Revisit on: 'foo' is no day"),
        ("2020-01-01", "✗ Revisit on must lie after"),
    ],
    ids=["empty", "no-day", "past-day"],
)
@pytest.mark.parametrize("sends", ["enter", "ctrl+s"])
async def test_on_a_small_terminal_what_is_wrong_with_a_day_stands_under_it(
    typed: str, wrong: str, sends: str
) -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("r", *"tim", "enter", *typed, sends)
        await pilot.pause()
        lines = in_sight(app)
        at = next(number for number, line in enumerate(lines) if wrong in line)
        assert (typed or "1 dec, next monday") in lines[at - 1]
        assert any(KEYS in line for line in lines)


async def test_the_calendar_has_its_month_where_there_is_room_and_its_keys_walk_where_there_is_none() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("r", *"tim", "enter", "down")
        await pilot.pause()
        assert not any("Mo Tu We" in line for line in in_sight(app))
        assert app.home.query_one(DecisionForm).values == {"reason": "bad_timing", "revisit_on": "2026-11-30"}
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert any("Mo Tu We" in line for line in in_sight(app))
        await pilot.resize_terminal(*SMALL)
        await pilot.pause()
        assert not any("Mo Tu We" in line for line in in_sight(app))


async def test_on_a_small_terminal_a_list_shows_its_cursor_and_what_is_wrong() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("x", "ctrl+s")
        await pilot.pause()
        lines = in_sight(app)
        assert any("✗ Reason must be given" in line for line in lines)
        assert any("Reason required" in line for line in lines)
        await pilot.press("end")
        await pilot.pause()
        assert any("Insufficient engagement" in line for line in in_sight(app))
