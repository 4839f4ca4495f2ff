"""Forms made ahead: like new ones to the last cell, and never with anything of an earlier one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from rich.cells import cell_len
from rich.style import Style
from tests.builders import DEFINITIONS, DIRECTORY, MAYA, NOW, RAUL, RITA, acting, after, mql
from tests.tui.doubles import MemoryDesk, app_over, busy_desk
from tests.tui.test_home import SIZE, has_form, settled
from textual._compositor import LayoutUpdate
from textual.app import App
from textual.events import AppBlur, AppFocus
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button

from leadqueue.definitions.model import DecisionKind, Definitions
from leadqueue.domain.lead import FieldValue, Lead
from leadqueue.tui.actions import BY_ID
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens import deciding
from leadqueue.tui.screens.parts import CoveringScreen
from leadqueue.tui.screens.ready_forms import MOST_CLOSED, ReadyForms
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.form_fields.base import EntryField
from leadqueue.tui.widgets.form_fields.calendar import MonthCalendar
from leadqueue.tui.widgets.form_fields.subject import FormSubject
from leadqueue.tui.widgets.form_fields.texts import Area, Line

MADE_AHEAD = ("accept", "reject", "recycle", "touch", "note", "edit")
Cells = list[list[tuple[str, Style | None]]]


def cells(app: LeadQueueApp) -> Cells:
    """The screen, cell by cell."""
    strips = app.screen._compositor.render_strips()
    return [[(sign, part.style) for part in strip for sign in part.text] for strip in strips]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are made ahead as soon as there is nothing else to do."""
    monkeypatch.setattr(deciding, "READY_AFTER_S", 0.001)


def ready_forms(home: TriageScreen) -> dict[DecisionKind, DecisionForm]:
    """The forms that lie aside, laid out and drawn."""
    forms = home.query(DecisionForm)
    return {
        form.kind: form for form in forms if form.has_class("-ahead") and form.outer_size and not form.display
    }


async def prepared(
    pilot: Pilot[None], home: TriageScreen, but: Collection[DecisionForm] = ()
) -> dict[DecisionKind, DecisionForm]:
    """All forms that are made ahead, once they are there; none of them one of `but`."""
    while set(ready := ready_forms(home)) != set(MADE_AHEAD) or set(ready.values()) & set(but):
        await pilot.pause()
    return ready


def none_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    async def makes_none(_self: ReadyForms, _subjects: object) -> bool:
        return False

    monkeypatch.setattr(ReadyForms, "make_one", makes_none)


async def frames_of(
    keys: list[str], size: tuple[int, int], theme: str | None, *, ahead: bool, before: tuple[str, ...] = ()
) -> list[Cells]:
    """The screen after each of `keys`, of which the first opens a form, over what `before` selects."""
    app = app_over(busy_desk(), theme=theme)
    frames: list[Cells] = []
    async with app.run_test(size=size) as pilot:
        home = await settled(pilot)
        assert theme in (None, app.theme)
        ready = await prepared(pilot, home) if ahead else {}
        await pilot.press(*before)
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
    [((120, 40), None), ((80, 24), "high-contrast-dark"), ((70, 16), None)],
    ids=["wide", "narrow", "low"],
)
async def test_it_looks_like_one_made_when_it_was_asked_for(
    kind: str, size: tuple[int, int], theme: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [BY_ID[kind].keys, "tab", "ctrl+s", "1"]
    ready = await frames_of(keys, size, theme, ahead=True)
    none_ahead(monkeypatch)
    assert ready == await frames_of(keys, size, theme, ahead=False)


@pytest.mark.parametrize("kind", ["accept", "reject"])
@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24)])
async def test_it_looks_like_a_new_one_over_several_leads_too(
    kind: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, chosen = [BY_ID[kind].keys, "1", "tab"], ("space", "space", "space")
    ready = await frames_of(keys, size, None, ahead=True, before=chosen)
    none_ahead(monkeypatch)
    assert ready == await frames_of(keys, size, None, ahead=False, before=chosen)


async def test_while_forms_are_made_ahead_nothing_changes_on_the_screen_and_no_focus_reaches_them() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        first = await prepared(pilot, home)
        before = cells(app)
        same: list[bool] = []
        reached: list[bool] = []

        def look(_screen: object) -> None:
            for form in home.query(DecisionForm):
                if form.display:
                    same.append(cells(app) == before)
                    reached.append(any(form in each.ancestors for each in home.focus_chain))

        home.screen_layout_refresh_signal.subscribe(home, look, immediate=True)
        for kind in first:
            home._ready_forms._put_away(kind)
        home._prepare_soon()
        ready = await prepared(pilot, home, but=first.values())
        home.screen_layout_refresh_signal.unsubscribe(home)
        assert len(same) >= len(ready)
        assert all(same)
        assert not any(reached)
        assert home.form is None
        await pilot.press("shift+tab", "shift+tab", "j", "x")
        await pilot.pause()
        assert home.form is ready[DecisionKind.REJECT]


async def test_each_is_opened_once_and_keeps_nothing() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        opened: list[DecisionForm] = []
        for _ in range(3):
            ready = await prepared(pilot, home, but=opened)
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
        await pilot.press("1", "x", "1", "ctrl+s")  # leads on which all of them may be decided
        await pilot.pause()
        await pilot.press("space", "j", "space")
        ready = await prepared(pilot, home)
        await pilot.press("x")
        await pilot.pause()
        assert home.form is ready[DecisionKind.REJECT]
        assert len(home.form.leads) == 2
        assert any("takes" in field.help for field in home.form.query(EntryField))
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
        await prepared(pilot, home, but=ready.values())


async def test_other_definitions_make_every_form_anew() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        desk.definitions = Definitions.model_validate(DEFINITIONS.model_dump(by_alias=True))
        await pilot.press("j")
        renewed = await prepared(pilot, home, but=ready.values())
        await pilot.press("a")
        assert home.form is renewed[DecisionKind.ACCEPT]


async def test_an_edit_begins_with_each_lead_s_own_values() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        opened: list[DecisionForm] = []
        for _ in range(3):
            ready = await prepared(pilot, home, but=opened)
            view = desk.lead(home.rows.cursor_id or "")
            assert view is not None
            await pilot.press("e")
            await pilot.pause()
            assert home.form is ready[DecisionKind.EDIT]
            opened.append(home.form)
            for field in home.form.query(EntryField):
                assert field.value == view.lead.fields.get(field.entry.field)
            assert (home.form.values, home.form.dirty) == ({}, False)
            home.form.query_one("#field-job-title Line", Line).value = "Director of Elsewhere"
            await pilot.pause()
            assert home.form.values == {"job_title": "Director of Elsewhere"}
            await pilot.press("escape", "y", "j")
            await pilot.pause()


def edited(**fields: FieldValue) -> Lead:
    lead = after(mql(), "accept")
    return replace(lead, fields={**lead.fields, **fields})


@pytest.mark.parametrize(
    "lead",
    [
        edited(),
        edited(job_title="Head\x1b[31m of \u202eOps ", phone="+44 20 7946 0001", company_name="[b]x[/b]"),
        edited(amount=500_050, currency="EUR"),
        edited(amount=5_000, currency="JPY"),
        edited(amount=7, currency="none of these"),
        edited(industry="gone from the list", country="de", employees=240),
        edited(first_name=None, last_name=None, company_name=""),
    ],
    ids=["plain", "hostile", "euro", "yen", "no-currency", "gone", "empty"],
)
async def test_one_that_is_filled_is_one_that_was_made_over_the_lead(lead: Lead) -> None:
    subject = replace(SUBJECT, kind=DecisionKind.EDIT, leads=(lead,))
    made, ahead = DecisionForm(subject), DecisionForm(replace(subject, leads=()))
    async with App[None]().run_test(size=(120, 60)) as pilot:
        await pilot.app.mount(made, ahead)
        await pilot.pause()
        assert ahead.takes(subject)
        ahead.begin(subject)
        ahead.open()
        await pilot.pause()
        for mine, other in zip(ahead.query(EntryField), made.query(EntryField), strict=True):
            assert (mine.value, mine.is_touched, mine.error) == (other.value, other.is_touched, other.error)
            assert [line.text for line in painted(mine)] == [line.text for line in painted(other)]
        assert (ahead.values, ahead.dirty, ahead.verdict) == (made.values, made.dirty, made.verdict)
        assert not ahead.dirty


def painted(field: EntryField) -> list[Strip]:
    lines = field.editor.render_lines(Region(0, 0, *field.editor.size))
    return [*field.render_lines(Region(0, 0, *field.size)), *lines]


async def test_other_keys_are_told_by_the_next_form() -> None:
    app = app_over(busy_desk(), keymap={"form.cancel": "f9"})
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await prepared(pilot, home)
        app.live.keymap["form.cancel"] = "f10"  # in place, as the settings do
        await pilot.press("n")
        assert home.form is not None
        assert "F10" in str(home.form.query_one("#form-close", Button).label)


async def test_a_form_that_comes_filled_in_is_a_new_one() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        view = desk.lead(home.rows.cursor_id or "")
        assert view is not None
        await home._open_form(DecisionKind.NOTE, (view,), {"note": "As it was."})
        assert home.form is not None
        assert home.form not in ready.values()
        assert home.form.values == {"note": "As it was."}


class Cover(CoveringScreen, Screen[None]):
    """A screen that takes the whole terminal."""


async def test_none_is_made_while_another_screen_covers_this_one() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        gone = (await prepared(pilot, home))[DecisionKind.ACCEPT]
        await app.push_screen(Cover())
        await pilot.pause()
        home._ready_forms._put_away(DecisionKind.ACCEPT)
        before = set(home.query(DecisionForm)) - {gone}
        await home._prepare()
        assert set(home.query(DecisionForm)) - {gone} == before


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (70, 16)], ids=["wide", "narrow", "low"])
async def test_while_one_is_filled_in_the_next_of_its_kind_is_made_unseen(size: tuple[int, int]) -> None:
    desk = busy_desk()
    app = app_over(desk)
    async with app.run_test(size=size) as pilot:
        home = await settled(pilot)
        first = await prepared(pilot, home)
        await pilot.press("n", *"called")
        await pilot.pause()
        form = home.form
        assert form is first[DecisionKind.NOTE]
        seen_before, focused = cells(app), home.focused
        second = await prepared(pilot, home, but=[form])
        assert home.form is form
        assert (cells(app), home.focused) == (seen_before, focused)
        assert form.values == {"note": "called"}
        await pilot.press("ctrl+s", "n")
        assert len(desk.unsent()) == 1
        assert home.form is second[DecisionKind.NOTE]
        assert home.form.values == {}


async def test_one_that_tells_an_earlier_reason_is_made_anew_at_a_rest() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        first = await prepared(pilot, home)
        await pilot.press("1", "x", "1")
        second = await prepared(pilot, home, but=[first[DecisionKind.REJECT]])  # knows of no reason yet
        await pilot.press("ctrl+s")
        await prepared(pilot, home, but=[first[DecisionKind.REJECT], second[DecisionKind.REJECT]])
        with shown_ahead(home) as shown:
            await pilot.press("x")
        assert any("takes" in line.text for line in shown[0][0])


async def test_none_is_made_while_somebody_is_at_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        home._ready_forms._put_away(DecisionKind.ACCEPT)
        await pilot.pause()
        monkeypatch.setattr(deciding, "READY_AFTER_S", 3600)
        await pilot.press("j")
        await home._prepare()
        await pilot.pause()
        assert set(ready_forms(home)) == set(MADE_AHEAD) - {ready[DecisionKind.ACCEPT].kind}


async def test_a_form_stands_alone_though_another_is_still_being_made() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await prepared(pilot, home)
        home._ready_forms._put_away(DecisionKind.ACCEPT)
        shown: list[int] = []

        def look(_screen: object) -> None:
            if home.form_open:
                shown.append(sum(form.display for form in home.query(DecisionForm)))

        home.screen_layout_refresh_signal.subscribe(home, look, immediate=True)
        await home._prepare()
        assert [form.kind for form in home.query(DecisionForm) if form.display] == [DecisionKind.ACCEPT]
        await home.action_decide("reject")
        await pilot.pause()
        assert shown[0] == 1


# What is shown before the form stands there


@contextmanager
def shown_ahead(home: TriageScreen) -> Iterator[list[tuple[list[Strip], Region]]]:
    """What comes to the terminal before the frame that shows it."""
    shown: list[tuple[list[Strip], Region]] = []
    kept = home.show_ahead

    def keep(lines: Sequence[Strip], place: Region) -> None:
        shown.append((list(lines), place))
        kept(lines, place)

    with patch.object(home, "show_ahead", keep):
        yield shown


def seen(line: Strip) -> list[tuple[str, object, object]]:
    """The line as one sees it, cell by cell: a blank has no colour of its own."""
    return [
        (sign, part.style and part.style.bgcolor, sign.strip() and part.style and part.style.color)
        for part in line
        for sign in part.text
    ]


def named(desk: MemoryDesk, company: str) -> None:
    for lead in desk.server.values():
        desk.server[lead.id] = replace(lead, fields={**lead.fields, "company_name": company})


@pytest.mark.parametrize("kind", [kind for kind in MADE_AHEAD if kind != "edit"])
@pytest.mark.parametrize(
    ("size", "theme", "company"),
    [
        ((120, 40), None, "Acme"),
        (
            (120, 40),
            "high-contrast-dark",
            "a company whose name takes more of a form's width than one row of it has",
        ),
        ((120, 24), "colour-blind-light", "バス [b]x[/b]"),
        ((200, 60), "textual-light", "Acme"),
    ],
    ids=["one-row", "two-rows", "low", "light"],
)
async def test_a_form_is_shown_ahead_as_it_then_stands_there(
    kind: str, size: tuple[int, int], theme: str | None, company: str
) -> None:
    desk = busy_desk()
    named(desk, company)
    app = app_over(desk, theme=theme)
    async with app.run_test(size=size) as pilot:
        home = await settled(pilot)
        assert theme in (None, app.theme)
        await prepared(pilot, home)
        with shown_ahead(home) as shown:
            await pilot.press(BY_ID[kind].keys)
        await pilot.pause()
        assert home.form is not None
        [(lines, place)] = shown
        assert place == home.form.region
        stands = app.screen._compositor.render_strips()[place.y : place.bottom]
        there = [seen(line.crop(place.x, place.right)) for line in stands]
        carets = sum(
            mine != its
            for line, real in zip(map(seen, lines), there, strict=True)
            for mine, its in zip(line, real, strict=True)
        )
        assert carets <= 1
        assert any(company[:6] in line.text for line in lines)


async def test_a_title_of_two_rows_is_not_guessed_where_the_fields_need_the_row() -> None:
    desk = busy_desk()
    named(desk, "a company whose name takes more of a form's width than one row of it has")
    async with app_over(desk).run_test(size=(120, 18)) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        with shown_ahead(home) as shown:
            await pilot.press("x")
        assert home.form is ready[DecisionKind.REJECT]
        assert not shown


async def test_what_a_lead_has_or_several_leads_bring_is_not_shown_ahead() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        with shown_ahead(home) as shown:
            await pilot.press("e")
            assert home.form is ready[DecisionKind.EDIT]
            await pilot.press("escape", "space", "j", "space", "n")
            assert home.form is ready[DecisionKind.NOTE]
        assert not shown


async def test_what_keeps_a_lead_from_the_decision_is_not_shown_too_late() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await prepared(pilot, home)
        closed = after(mql(), "reject")
        view = desk.lead(home.rows.cursor_id or "")
        assert view is not None
        with shown_ahead(home) as shown:
            await home._open_form(DecisionKind.ACCEPT, (replace(view, lead=closed),))
        await pilot.pause()
        assert home.form is not None
        assert home.form.query_one("#form-trouble").display
        assert not shown


async def test_nothing_is_shown_ahead_where_the_form_gets_another_place() -> None:
    async with app_over(busy_desk()).run_test(size=(140, 40)) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        with shown_ahead(home) as shown:
            await pilot.resize_terminal(120, 40)
            await pilot.pause()
            await pilot.press("x")
            assert home.form is ready[DecisionKind.REJECT]
        assert not shown


async def test_nothing_is_shown_ahead_in_the_colours_of_another_theme() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ready = await prepared(pilot, home)
        with shown_ahead(home) as shown:
            app.theme = "textual-light"
            await pilot.pause()
            await pilot.press("a")
            assert home.form is ready[DecisionKind.ACCEPT]
        assert not shown


async def test_a_form_that_tells_the_last_reason_is_shown_ahead_with_it() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        first = await prepared(pilot, home)
        await pilot.press("1", "x", "1", "ctrl+s")
        second = await prepared(pilot, home, but=[first[DecisionKind.REJECT]])
        with shown_ahead(home) as shown:
            await pilot.press("x")
            assert home.form is second[DecisionKind.REJECT]
        assert any("takes" in line.text for line in shown[0][0])
        choices = {key for field in home.form.query(EntryField) for key, _ in field.entry.choices}
        await pilot.press("escape")
        await prepared(pilot, home, but=[second[DecisionKind.REJECT]])
        home._last_reasons[DecisionKind.REJECT] = max(choices - set(home._last_reasons.values()))
        with shown_ahead(home) as shown:
            await pilot.press("x")
        assert not shown


async def test_what_is_shown_ahead_reaches_the_terminal() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await prepared(pilot, home)
        written: list[object] = []
        with patch.object(app, "_display", lambda _screen, update: written.append(update)):
            await home.action_decide("reject")
        [update] = written[:1]
        assert isinstance(update, LayoutUpdate)
        assert update.region == home.query_one("#side").content_region
        assert any("Reject" in line.text for [line] in map(list, update.strips))


SUBJECT = FormSubject(
    DecisionKind.RECYCLE, (), DEFINITIONS, acting(RITA), NOW, DIRECTORY, keymap={"undo": "u"}
)


@pytest.mark.parametrize(
    "other",
    [
        replace(SUBJECT, kind=DecisionKind.NOTE),
        replace(SUBJECT, definitions=DEFINITIONS.model_copy()),
        replace(SUBJECT, given={}),
        replace(SUBJECT, keymap={"undo": "z"}),
        replace(SUBJECT, now=NOW + timedelta(days=1)),
    ],
    ids=["kind", "definitions", "given", "keys", "day"],
)
def test_a_form_begins_otherwise_with_another(other: FormSubject) -> None:
    assert not SUBJECT.begins_like(other)
    assert not other.begins_like(SUBJECT)


def test_a_form_begins_otherwise_where_it_asks_for_something_else() -> None:
    give = replace(SUBJECT, kind=DecisionKind.REASSIGN, actor=acting(MAYA), leads=(mql(),))
    assert give.begins_like(replace(give, last_reason="no_budget"))
    assert not give.begins_like(replace(give, leads=(mql(owner=RAUL),)))


def test_a_form_begins_alike_over_other_leads() -> None:
    assert SUBJECT.begins_like(replace(SUBJECT, leads=(mql(), mql(owner=RAUL)), last_reason="no_budget"))


async def test_closed_forms_are_taken_down_at_a_rest_and_do_not_pile_up_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deciding, "READY_AFTER_S", 60)
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        for _ in range(2 * MOST_CLOSED):
            await pilot.press("n", "x", "escape", "y")
            await pilot.pause()
            assert not has_form(home)
            left = home.query(DecisionForm)
            assert 1 <= len(left) <= MOST_CLOSED
            assert not any(form.display or form.is_open for form in left)
            assert home.focused is home.rows
        monkeypatch.setattr(deciding, "READY_AFTER_S", 0.001)
        await home._prepare()
        assert all(form.has_class("-ahead") for form in home.query(DecisionForm))


async def test_a_form_that_was_closed_says_nothing_of_what_it_lacked() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("x")
        await pilot.pause()
        form = home.form
        assert form is not None
        await pilot.press("escape")
        await pilot.pause()
        assert [field.error for field in form.query(EntryField)] == ["" for _ in form.query(EntryField)]


async def test_nothing_in_a_closed_form_takes_the_focus_or_looks_its_styles_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deciding, "READY_AFTER_S", 60)
    looked: list[Widget] = []
    update = Widget.update_node_styles

    def noted(widget: Widget, animate: bool = True) -> None:
        looked.append(widget)
        update(widget, animate)

    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("x", "1")
        await pilot.pause()
        form = home.form
        assert form is not None
        assert isinstance(home.focused, Area)
        monkeypatch.setattr(Widget, "update_node_styles", noted)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not has_form(home)
        assert not any(isinstance(each, Area) for each in looked)
        assert not any(each.focusable for each in form.query("Area, Line, Picklist, Button").results(Widget))


async def test_a_terminal_that_comes_back_gives_the_keys_to_no_form_that_was_closed_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deciding, "READY_AFTER_S", 60)
    desk = busy_desk(1)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("x", "1")
        await pilot.pause()
        assert home.form is not None
        pilot.app.post_message(AppBlur())
        await pilot.pause()
        await pilot.click("#form-submit")
        await pilot.pause()
        assert len(desk.unsent()) == 1
        pilot.app.post_message(AppFocus())
        await pilot.pause()
        await pilot.press("u")
        await pilot.pause()
        assert desk.unsent() == []


async def test_a_field_s_label_error_and_help_can_be_copied_with_the_mouse() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("r", *"tim", "enter", "ctrl+s")
        await pilot.pause()
        assert home.form is not None
        lines = [strip.text for strip in pilot.app.screen._compositor.render_strips()]
        for told in ("✗ Revisit on must be given", "Revisit on required", "Day on which to come back"):
            y = next(number for number, line in enumerate(lines) if told in line)
            x = cell_len(lines[y][: lines[y].index(told)])
            await pilot.mouse_down(offset=(x, y))
            await pilot.hover(offset=(x + len(told) - 1, y))
            await pilot.mouse_up(offset=(x + len(told) - 1, y))
            await pilot.pause()
            assert home.get_selected_text() == told
        field = home.form.query_one("#field-revisit-on", EntryField)
        marked = field.render_line(field.size.height - 1)
        home.clear_selection()
        assert marked != field.render_line(field.size.height - 1)
