"""The form of a decision: keyboard, mouse, errors as one types, nothing sent incomplete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import ClassVar

import pytest
from tests.builders import (
    DEFINITIONS,
    DIRECTORY,
    EXAMPLE_VALUES,
    MAYA,
    NOW,
    OTTO,
    RAUL,
    RITA,
    acting,
    after,
    mql,
)
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static, TextArea

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import Colleague, FieldValues, Lead
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.typeahead import KeysInOrder
from leadqueue.tui.widgets import decision_form
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.form_fields.base import EntryField
from leadqueue.tui.widgets.form_fields.picklist import Picklist, matching
from leadqueue.tui.widgets.form_fields.subject import FormSubject
from leadqueue.tui.widgets.form_fields.summary import SummaryLines
from leadqueue.tui.widgets.form_fields.texts import Area

SnapCompare = Callable[..., bool]
STYLES = Path(__file__).parents[2] / "styles"


class FormApp(KeysInOrder):
    """A form beside a place for the queue, as the program shows it."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        STYLES / "form.tcss",
        STYLES / "confirm.tcss",
    ]
    CSS = "#queue { width: 2fr; } DecisionForm { width: 3fr; }"

    def __init__(
        self,
        kind: DecisionKind | str,
        leads: Iterable[Lead],
        initial: FieldValues | None = None,
        by: Colleague = RITA,
        now: datetime = NOW,
    ) -> None:
        super().__init__()
        self.now = now
        self.kind = DecisionKind(kind)
        self.leads = tuple(leads)
        self.initial = initial
        self.by = by
        self.sent: list[DecisionForm.Submitted] = []
        self.left: list[bool] = []

    @property
    def subject(self) -> FormSubject:
        return FormSubject(
            self.kind,
            self.leads,
            DEFINITIONS,
            acting(self.by),
            self.now,
            {**DIRECTORY, self.by.id: self.by},
            self.initial,
        )

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("", id="queue")
            yield DecisionForm(self.subject)

    def on_mount(self) -> None:
        self.animation_level = "none"

    def on_decision_form_submitted(self, event: DecisionForm.Submitted) -> None:
        self.sent.append(event)

    def on_decision_form_cancelled(self, event: DecisionForm.Cancelled) -> None:
        self.left.append(event.dirty)

    @property
    def form(self) -> DecisionForm:
        return self.query_one(DecisionForm)

    def shown(self) -> list[str]:
        return [field.entry.field for field in self.query(EntryField) if field.display]

    def errors(self) -> dict[str, str]:
        return {field.entry.field: field.error for field in self.query(EntryField) if field.error}


async def type_text(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("space" if char == " " else char for char in text))


async def test_no_reason_is_picked_by_itself_and_nothing_incomplete_is_sent() -> None:
    app = FormApp("reject", [mql()])
    async with app.run_test() as pilot:
        assert app.form.values == {}
        await pilot.press("ctrl+s")
        await pilot.press("enter")
        assert app.sent == []
        assert app.errors() == {"reason": "Reason must be given"}
        assert isinstance(app.focused, Picklist)


async def test_a_digit_picks_and_ctrl_s_sends() -> None:
    lead = mql()
    app = FormApp("reject", [lead])
    async with app.run_test() as pilot:
        await pilot.press("2", "ctrl+s")
    assert [(event.lead_ids, event.values) for event in app.sent] == [((lead.id,), {"reason": "no_budget"})]


async def test_typing_finds_a_reason_and_its_extra_fields_come_at_once_in_their_place() -> None:
    app = FormApp("recycle", [mql()])
    async with app.run_test() as pilot:
        assert app.shown() == ["reason", "note"]
        await type_text(pilot, "timing")
        await pilot.press("enter")
        assert app.shown() == ["reason", "revisit_on", "note"]
        assert app.focused is app.query_one("#field-revisit-on Input")
        await pilot.press("ctrl+s")
        assert app.sent == []
        assert app.errors() == {"revisit_on": "Revisit on must be given"}
        await type_text(pilot, "in 3 months")
        assert app.errors() == {}
        await pilot.press("ctrl+s")
    assert app.sent[0].values == {"reason": "bad_timing", "revisit_on": "2027-02-23"}


@pytest.mark.parametrize(
    ("zone", "now", "tomorrow"),
    [
        ("America/Los_Angeles", datetime(2026, 11, 24, 1, 30, tzinfo=UTC), "2026-11-24"),
        ("Pacific/Auckland", datetime(2026, 11, 23, 20, 0, tzinfo=UTC), "2026-11-25"),
    ],
)
async def test_the_day_that_is_read_is_the_day_that_is_judged(
    zone: str, now: datetime, tomorrow: str
) -> None:
    app = FormApp("recycle", [mql()], by=replace(RITA, zone=zone), now=now)
    async with app.run_test() as pilot:
        await type_text(pilot, "timing")
        await pilot.press("enter")
        await type_text(pilot, "today")
        await pilot.press("ctrl+s")
        assert "must lie after" in app.errors()["revisit_on"]
        await pilot.press(*["backspace"] * 5)
        await type_text(pilot, "tomorrow")
        assert app.errors() == {}
        await pilot.press("ctrl+s")
    assert [event.values["revisit_on"] for event in app.sent] == [tomorrow]


async def test_a_field_that_another_reason_does_not_ask_for_is_put_away_and_not_sent() -> None:
    app = FormApp("recycle", [mql()])
    async with app.run_test() as pilot:
        await type_text(pilot, "timing")
        await pilot.press("enter")
        await type_text(pilot, "1 dec")
        await pilot.press("shift+tab", "2")
        assert app.shown() == ["reason", "note"]
        assert app.form.values == {"reason": "no_budget"}
        await pilot.press("shift+tab")
        await type_text(pilot, "timing")
        await pilot.press("enter")
        assert app.form.values == {"reason": "bad_timing", "revisit_on": "2026-12-01"}


async def test_a_past_day_is_refused_in_the_words_of_the_rule_book() -> None:
    app = FormApp("recycle", [mql()])
    async with app.run_test() as pilot:
        await type_text(pilot, "timing")
        await pilot.press("enter")
        await type_text(pilot, "2026-11-01")
        assert "must lie after 2026-11-23" in app.errors()["revisit_on"]
        await pilot.press("ctrl+s")
    assert app.sent == []


async def test_a_reason_that_the_lead_is_not_ripe_for_says_so() -> None:
    app = FormApp("reject", [mql()])
    async with app.run_test() as pilot:
        await type_text(pilot, "unresp")
        await pilot.press("enter")
        assert "at least 8 logged touches" in app.errors()["reason"]
        await pilot.press("ctrl+s")
    assert app.sent == []


async def test_an_error_shows_when_the_field_is_left_not_before_it_is_reached() -> None:
    app = FormApp("qualify", [after(mql(), "accept")])
    async with app.run_test() as pilot:
        assert app.errors() == {}
        await pilot.press("tab")
        assert app.errors() == {"bant_budget": "Budget must be given"}
        await pilot.press("shift+tab")
        await type_text(pilot, "50k")
        assert app.errors() == {"bant_authority": "Authority must be given"}


async def test_enter_goes_from_field_to_field_and_a_short_text_is_told_as_one_types() -> None:
    lead = after(mql(), "accept")
    app = FormApp("qualify", [lead])
    async with app.run_test() as pilot:
        for text in ("50k", "COO", "leads age", "Q2"):
            await type_text(pilot, text)
            await pilot.press("enter")
        assert isinstance(app.focused, TextArea)
        await type_text(pilot, "short")
        assert "at least 10 characters, not 5" in app.errors()["qualification_notes"]
        await type_text(pilot, " no more")
        assert app.errors() == {}
        await pilot.press("tab", "enter")
    assert app.sent[0].values == {
        "bant_budget": "50k",
        "bant_authority": "COO",
        "bant_need": "leads age",
        "bant_timeline": "Q2",
        "qualification_notes": "short no more",
    }


async def test_an_amount_is_read_in_the_currency_that_is_picked_after_it() -> None:
    app = FormApp("opportunity", [_qualified()])
    async with app.run_test(size=(120, 50)) as pilot:
        await pilot.press("1", "1")
        await type_text(pilot, "12,500.5")
        await pilot.press("enter")
        await type_text(pilot, "eur")
        await pilot.press("enter")
        await type_text(pilot, "next month")
        assert app.form.values["amount"] == 1_250_050
        await pilot.press("shift+tab")
        await type_text(pilot, "yen")
        await pilot.press("enter")
        assert "decimal digits of JPY" in app.errors()["amount"]
        await pilot.press("ctrl+s")
        assert app.sent == []
        assert app.focused is app.query_one("#field-amount Input")


async def test_a_double_key_sends_once_and_a_refusal_gives_the_form_back() -> None:
    app = FormApp("note", [mql()])
    async with app.run_test() as pilot:
        await type_text(pilot, "hello")
        await pilot.press("ctrl+s", "ctrl+s")
        assert len(app.sent) == 1
        app.form.show_errors(())
        await pilot.press("ctrl+s")
    assert len(app.sent) == 2


async def test_escape_closes_a_clean_form_at_once() -> None:
    app = FormApp("accept", [mql()])
    async with app.run_test() as pilot:
        await pilot.press("escape")
    assert app.left == [False]


async def test_escape_on_a_filled_form_asks_and_enter_keeps_editing() -> None:
    app = FormApp("note", [mql()])
    async with app.run_test() as pilot:
        await type_text(pilot, "hello")
        await pilot.press("escape")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("enter")
        assert app.left == []
        assert app.form.values == {"note": "hello"}
        await pilot.press("escape", "escape")
        assert app.left == []
        await pilot.press("escape", "y")
        await pilot.pause()
    assert app.left == [True]


async def test_escape_in_a_picklist_empties_what_is_typed_before_it_closes_the_form() -> None:
    app = FormApp("accept", [mql()])
    async with app.run_test() as pilot:
        await pilot.press("x", "escape")
        assert app.left == []
        await pilot.press("escape")
    assert app.left == [False]


async def test_what_is_typed_in_a_picklist_is_taken_back_as_in_a_line_of_text() -> None:
    app = FormApp("accept", [mql()])
    async with app.run_test() as pilot:
        field = app.focused
        assert isinstance(field, Picklist)
        await type_text(pilot, "ab cd")
        await pilot.press("ctrl+w")
        assert field.typed == "ab"
        await type_text(pilot, "zz2")  # nothing is called so, and nothing is picked by the digit
        assert (field.typed, field.picked) == ("abzz2", None)
        await pilot.press("ctrl+u")
        assert field.typed == ""
        await pilot.press("2")
        assert field.picked is not None


async def test_the_mouse_picks_and_sends() -> None:
    app = FormApp("reject", [mql()])
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.click(Picklist, offset=(5, 2))
        assert app.form.values == {"reason": "no_budget"}
        await pilot.click("#form-submit")
    assert len(app.sent) == 1


async def test_the_focus_stays_in_the_form() -> None:
    app = FormApp("reject", [mql()])
    async with app.run_test() as pilot:
        await pilot.pause()
        seen = []
        for _ in range(4):
            seen.append(type(app.focused))
            await pilot.press("tab")
        assert seen == [Picklist, Area, Button, Button]
        assert isinstance(app.focused, Picklist)


async def test_one_form_over_several_leads_says_which_will_change_and_sends_those() -> None:
    ada, bob = mql(), mql(first_name="Bob")
    gone = after(mql(first_name="Cleo"), "reject")
    app = FormApp("reject", [ada, bob, gone])
    async with app.run_test() as pilot:
        await pilot.press("2")
        summary = str(app.query_one("#form-leads", SummaryLines).render())
        assert "2 of 3 leads will change" in summary
        assert "Cleo Byron: 'Reject' is open in" in summary
        await pilot.press("ctrl+s")
    assert app.sent[0].lead_ids == (ada.id, bob.id)


async def test_a_value_that_no_lead_may_have_is_an_error_of_the_field() -> None:
    app = FormApp("reject", [mql(), mql(first_name="Bob")])
    async with app.run_test() as pilot:
        await type_text(pilot, "unresp")
        await pilot.press("enter")
        assert "8 logged touches" in app.errors()["reason"]
        await pilot.press("ctrl+s")
    assert app.sent == []


async def test_whose_leads_they_are_already_is_not_offered_and_told_as_what_cannot_change() -> None:
    mine, his = mql(), mql(first_name="Bob", owner=RAUL)
    app = FormApp("reassign", [mine, his], by=MAYA)
    async with app.run_test(size=(120, 40)) as pilot:
        await type_text(pilot, "raul")
        await pilot.press("enter")
        summary = str(app.query_one("#form-leads", SummaryLines).render())
        assert "1 of 2 leads will change" in summary
        assert "✗ Bob Byron: the lead belongs to Raúl Rep already" in summary
    app = FormApp("reassign", [mine, mql(first_name="Bob")], by=MAYA)
    async with app.run_test(size=(120, 40)):
        assert [label for _, label in app.query_one(Picklist).choices] == ["Maya Manager", "Raúl Rep"]


async def test_enter_goes_on_in_a_form_over_very_many_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_form, "_AT_ONCE", 1)
    app = FormApp("reassign", [mql(), mql(first_name="Bob", email="b@example.com")], by=MAYA)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press(*"raul", "enter")
        await pilot.pause()
        assert app.query_one(DecisionForm).values == {"assignee": RAUL.id}
        assert app.query_one("#field-why").has_focus_within


async def test_what_keeps_every_lead_from_changing_is_not_told_as_a_change() -> None:
    leads = [mql(owner=RAUL), mql(first_name="Bob", owner=RAUL)]
    app = FormApp("reassign", leads, {"assignee": RAUL.id, "why": "Speaks Spanish."}, MAYA)
    async with app.run_test(size=(120, 40)) as pilot:
        summary = str(app.query_one("#form-leads", SummaryLines).render())
        assert "None of the 2 leads can change" in summary
        assert "✗ Ada Byron, Bob Byron: the lead belongs to Raúl Rep already" in summary
        assert "already" in app.errors()["assignee"]
        await pilot.press("ctrl+s")
    assert app.sent == []


async def test_an_older_choice_that_does_not_hold_any_more_is_told_by_its_name() -> None:
    app = FormApp("reassign", [mql()], {"assignee": OTTO.id, "why": "Speaks Greek."}, MAYA)
    async with app.run_test(size=(120, 40)) as pilot:
        shown = app.query_one(Picklist)
        assert "Otto Elsewhere" in str(shown.render())
        await pilot.press("tab")
        assert str(shown.render()) == "▾ Otto Elsewhere"
        assert "not in your team; choose Maya Manager, Raúl Rep" in app.errors()["assignee"]


async def test_a_decision_that_is_not_open_is_said_on_top_and_never_sent() -> None:
    app = FormApp("accept", [mql(owner=RAUL)])
    async with app.run_test() as pilot:
        await pilot.press("1", "ctrl+s")
        assert "belongs to Raúl Rep" in str(app.query_one("#form-trouble", Static).content)
    assert app.sent == []


async def test_an_edit_sends_only_what_changed() -> None:
    lead = after(mql(phone="+44 20 7946 0001"), "accept")
    app = FormApp("edit", [lead])
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("ctrl+s")
        assert app.sent == []
        assert "no field is changed" in str(app.query_one("#form-trouble", Static).content)
        app.query_one("#field-job-title Input", Input).value = "Director"
        app.query_one("#field-phone Input", Input).value = ""
        await pilot.pause()
        await pilot.press("ctrl+s")
    assert app.sent[0].values == {"job_title": "Director", "phone": None}


async def test_an_untouched_field_with_hostile_text_is_not_taken_for_a_change() -> None:
    app = FormApp("edit", [after(mql(job_title="Head\x1b[31m of \u202eOps "), "accept")])
    async with app.run_test(size=(120, 60)):
        assert app.form.values == {}
        assert not app.form.dirty


def deal(amount: int, currency: str) -> Lead:
    values = {**EXAMPLE_VALUES[DecisionKind.OPPORTUNITY], "amount": amount, "currency": currency}
    return after(after(after(mql(), "accept"), "qualify"), "opportunity", values)


async def choose_currency(app: FormApp, pilot: Pilot[None], code: str) -> None:
    app.query_one("#field-currency Picklist", Picklist).take(code)
    await pilot.pause()


@pytest.mark.parametrize(
    ("lead", "code", "amount"),
    [
        (deal(500_000, "EUR"), "USD", 500_000),
        (deal(5_000, "JPY"), "EUR", 500_000),
        (deal(5_000, "JPY"), "KRW", 5_000),
    ],
)
async def test_with_another_currency_the_amount_that_is_shown_is_sent_in_it(
    lead: Lead, code: str, amount: int
) -> None:
    app = FormApp("edit", [lead])
    async with app.run_test(size=(120, 60)) as pilot:
        await choose_currency(app, pilot, code)
        assert app.errors() == {}
        assert app.form.values == {"amount": amount, "currency": code}
        await pilot.press("ctrl+s")
    assert [event.values for event in app.sent] == [{"amount": amount, "currency": code}]


async def test_an_amount_that_is_none_in_the_new_currency_is_told_at_once_and_typed_anew() -> None:
    app = FormApp("edit", [deal(500_050, "EUR")])
    async with app.run_test(size=(120, 60)) as pilot:
        await choose_currency(app, pilot, "JPY")
        assert list(app.errors()) == ["amount"]
        assert "more than the 0 decimal digits of JPY" in app.errors()["amount"]
        await pilot.press("ctrl+s")
        assert app.sent == []
        app.query_one("#field-amount Input", Input).value = "5,000"
        await pilot.pause()
        assert app.errors() == {}
        await pilot.press("ctrl+s")
    assert app.sent[0].values == {"amount": 5_000, "currency": "JPY"}


async def test_back_at_its_own_currency_the_amount_is_no_change() -> None:
    app = FormApp("edit", [deal(500_000, "EUR")])
    async with app.run_test(size=(120, 60)) as pilot:
        await choose_currency(app, pilot, "USD")
        await choose_currency(app, pilot, "EUR")
        assert app.form.values == {}


async def test_a_form_that_comes_with_another_currency_is_compared_with_the_lead_as_it_is() -> None:
    app = FormApp("edit", [deal(500_000, "EUR")], {"amount": 500_000, "currency": "JPY"})
    async with app.run_test(size=(120, 60)) as pilot:
        assert app.form.values == {"amount": 500_000, "currency": "JPY"}
        await choose_currency(app, pilot, "EUR")  # "500,000" stands there, a hundred times what the lead has
        assert app.form.values == {"amount": 50_000_000}


async def test_over_several_leads_an_amount_waits_for_its_currency() -> None:
    leads = [deal(500_000, "EUR"), deal(5_000, "JPY")]
    app = FormApp("edit", leads)
    async with app.run_test(size=(120, 60)) as pilot:
        app.query_one("#field-amount Input", Input).value = "7,000"
        await pilot.pause()
        await pilot.press("ctrl+s")
        assert app.sent == []
        assert list(app.errors()) == ["currency"]
        assert "Currency must be given beside Amount" in app.errors()["currency"]
        assert app.focused is app.query_one("#field-currency Picklist")
        await choose_currency(app, pilot, "JPY")
        assert app.errors() == {}
        await pilot.press("ctrl+s")
    assert [event.values for event in app.sent] == [{"amount": 7_000, "currency": "JPY"}]


@pytest.mark.parametrize("kind", list(DecisionKind))
async def test_values_that_were_given_along_can_be_sent_again_as_they_are(kind: DecisionKind) -> None:
    lead = mql()
    steps: dict[DecisionKind, tuple[str, ...]] = {
        DecisionKind.QUALIFY: ("accept",),
        DecisionKind.OPPORTUNITY: ("accept", "qualify"),
        DecisionKind.CLOSE: ("accept", "qualify", "opportunity"),
        DecisionKind.REOPEN: ("accept",),
    }
    for step in steps.get(kind, ()):
        lead = after(lead, step)
    by = MAYA if kind is DecisionKind.REASSIGN else RITA
    app = FormApp(kind, [lead], EXAMPLE_VALUES[kind], by)
    async with app.run_test(size=(120, 60)) as pilot:
        assert not app.form.dirty
        await pilot.press("ctrl+s")
    assert app.sent[0].values == EXAMPLE_VALUES[kind]


async def test_text_of_a_lead_is_never_interpreted() -> None:
    app = FormApp("accept", [mql(first_name="[@click=app.quit]x[/]\x1b[2J", company_name="\u202e[b]Evil")])
    async with app.run_test():
        title = str(app.query_one("#form-title", Static).content)
        assert "[@click=app.quit]x[/]" in title
        assert "[b]Evil" in title
        assert "\x1b" not in title
        assert "\u202e" not in title


def test_what_is_typed_finds_by_key_start_word_and_part() -> None:
    choices = (("EUR", "Euro"), ("NZD", "New Zealand dollar"), ("TR", "Türkiye"), ("x", "Late-stage"))
    assert [key for key, _ in matching("nzd", choices)] == ["NZD"]
    for typed in ("turk", "TÜRK", "tu\u0308rk"):
        assert [key for key, _ in matching(typed, choices)] == ["TR"]
    assert [key for key, _ in matching("stage", choices)] == ["x"]
    assert next(key for key, _ in matching("e", choices)) == "EUR"
    assert matching("zzz", choices) == ()
    assert matching("  ", choices) == choices


class ConfirmApp(App[None]):
    CSS_PATH = STYLES / "confirm.tcss"
    answer: bool | None = None

    def ask(self) -> None:
        def answered(answer: bool | None) -> None:
            self.answer = answer

        self.push_screen(ConfirmScreen("Drop [b]this[/b]?", "Drop", "Keep"), answered)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("enter",), False),
        (("escape",), False),
        (("n",), False),
        (("y",), True),
        (("right", "enter"), True),
        (("tab", "enter"), True),
    ],
)
async def test_the_question_means_no_unless_one_says_yes(keys: tuple[str, ...], answer: bool) -> None:
    app = ConfirmApp()
    async with app.run_test() as pilot:
        app.ask()
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer is answer


async def test_keys_that_come_in_one_burst_land_in_the_fields_they_were_meant_for() -> None:
    app = FormApp("recycle", [mql()])
    async with app.run_test() as pilot:
        for char in "41dec":
            app.post_message(Key(char, char))
        while not app.all_heard:
            await pilot.pause()
        await pilot.press("ctrl+s")
    assert app.sent[0].values == {"reason": "bad_timing", "revisit_on": "2026-12-01"}


def _qualified() -> Lead:
    return after(after(mql(), "accept"), "qualify")


def _bulk() -> FormApp:
    gone = after(mql(first_name="Cleo"), "reject")
    return FormApp("recycle", [mql(), mql(first_name="Bob"), gone, mql(first_name="Dan", owner=RAUL)])


PICTURES: dict[str, tuple[Callable[[], FormApp], tuple[str, ...]]] = {
    "open-picklist": (lambda: FormApp("reject", [mql()]), ("down", "down")),
    "extra-field": (lambda: FormApp("recycle", [mql()]), (*"tim", "enter", *"in", "space", *"3w")),
    "errors": (lambda: FormApp("recycle", [mql()]), (*"tim", "enter", *"3/4/27", "ctrl+s")),
    "long": (
        lambda: FormApp("opportunity", [_qualified()]),
        ("1", "2", "ctrl+s"),
    ),
    "bulk": (_bulk, ("2",)),
    "question": (lambda: FormApp("note", [mql()]), (*"hello", "escape")),
}


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("picture", PICTURES)
def test_the_form_looks_as_agreed(picture: str, size: tuple[int, int], snap_compare: SnapCompare) -> None:
    make, keys = PICTURES[picture]

    async def fill_in(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        for editor in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
            editor.cursor_blink = False
        await pilot.pause()

    assert snap_compare(make(), run_before=fill_in, terminal_size=size)


async def test_what_is_pasted_is_made_harmless_and_keeps_its_lines() -> None:
    app = FormApp("note", [mql()])
    async with app.run_test() as pilot:
        app.post_message(Paste("one\x1b[2J\r\ntwo\u202e"))
        await pilot.pause()
        assert app.form.values == {"note": "one\ufffd[2J\ntwo\ufffd"}


async def test_no_letter_reaches_the_queue_behind_the_form() -> None:
    app = FormApp("note", [mql()])
    heard: list[str] = []
    async with app.run_test() as pilot:
        app.bind("x,space", "heard")
        app.action_heard = lambda: heard.append("x")  # type: ignore[attr-defined]
        await pilot.press("tab")
        assert isinstance(app.focused, Button)
        await pilot.press("x")
        app.form.focus_first()
        await pilot.press("x")
    assert heard == []


async def test_a_space_picks_under_the_cursor_and_the_tenth_choice_has_a_digit_too() -> None:
    app = FormApp("reject", [mql()])
    async with app.run_test() as pilot:
        await pilot.press("space")
        assert app.form.values == {}
        await pilot.press("down", "space", "shift+tab")
        assert app.form.values == {"reason": "wrong_company"}
        await pilot.press("0")
        assert app.form.values == {"reason": "insufficient_engagement"}
        await pilot.press("shift+tab", "delete")
        assert app.form.values == {}
