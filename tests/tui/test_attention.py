"""The inbox: both sides are seen, and nothing that the rep wrote is lost without their word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path, PurePath
from typing import ClassVar

import pytest
from tests.builders import DEFINITIONS, DIRECTORY, MAYA, NOW, RAUL, RITA, acting, after, decision, mql
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Input, OptionList, Static, TextArea

from leadqueue.cache.both_sides import OUT_OF_REACH, deeds, sides
from leadqueue.cache.errors import NotInTheInbox, StorageFull, StoreError
from leadqueue.cache.views import (
    AttentionItem,
    AttentionStatus,
    EarlierTry,
    LeadView,
    NotStored,
    OutboxItem,
    OutboxState,
    Stored,
)
from leadqueue.domain.adjudicate import adjudicate
from leadqueue.domain.decision import Applied, Conflict, FieldError, Refused
from leadqueue.domain.lead import Actor, FieldValues, Lead
from leadqueue.tui.screens.attention import AttentionScreen
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.widgets.decision_form import DecisionForm

STYLES = Path(__file__).parents[2] / "styles"
SnapCompare = Callable[..., bool]
LATER = NOW + timedelta(hours=2)


class MemoryDesk:
    """A desk that keeps its inbox in memory; whether a decision holds, the rule book says."""

    def __init__(self, *items: AttentionItem) -> None:
        self.items = list(items)
        self.sent: list[FieldValues] = []
        self.dropped: list[str] = []
        self.full = False
        self.trouble: StoreError | None = None

    @property
    def actor(self) -> Actor:
        return acting(RITA)

    def attention(self) -> list[AttentionItem]:
        return list(self.items)

    def lead(self, lead_id: str) -> LeadView | None:
        now = next((item.lead_now for item in self.items if item.decision.lead_id == lead_id), None)
        return LeadView(now, now) if now and now.owner_id == RITA.id else None

    def resend(self, attention_id: str, values: FieldValues | None = None) -> Stored | NotStored:
        if self.full:
            raise StorageFull(Path("outbox.db"))
        item = self._item(attention_id)
        again = replace(item.decision, values=item.decision.values if values is None else values)
        assert item.lead_now is not None
        verdict = adjudicate(item.lead_now, again, DEFINITIONS, self.actor, LATER, DIRECTORY)
        if isinstance(verdict, Refused | Conflict):
            return NotStored(verdict.errors)
        self.items.remove(item)
        self.sent.append(again.values)
        return Stored(OutboxItem(1, again, OutboxState.WAITING))

    def _item(self, attention_id: str) -> AttentionItem:
        for item in self.items:
            if item.id == attention_id:
                return item
        raise NotInTheInbox(attention_id)

    def drop(self, attention_id: str) -> None:
        self._item(attention_id)
        self.items = [item for item in self.items if item.id != attention_id]
        self.dropped.append(attention_id)


def overtaken(note: str = "Call her on Friday") -> AttentionItem:
    """Rita accepted what a colleague had rejected a little before."""
    lead = mql()
    mine = decision(lead, "accept", {"acceptance_reason": "strong_fit", "note": note})
    rejected = after(lead, "reject", {"reason": "already_customer", "note": "See the other account"}, by=MAYA)
    return _item(lead, rejected, mine.values, "accept")


def taken_away() -> AttentionItem:
    lead = mql()
    given = after(lead, "reassign", {"assignee": RAUL.id, "why": "Speaks Spanish."}, by=MAYA)
    return _item(lead, given, {"reason": "no_budget"}, "reject")


def incomplete() -> AttentionItem:
    """The definitions have since asked for more: the same form would not do any more, an edited one will."""
    lead = mql()
    return _item(lead, lead, {"reason": "bad_timing", "note": "in spring"}, "recycle")


def _item(then: Lead, now: Lead, values: FieldValues, kind: str) -> AttentionItem:
    mine = decision(then, kind, values)
    verdict = adjudicate(now, mine, DEFINITIONS, acting(RITA), LATER, DIRECTORY)
    assert not isinstance(verdict, Applied)
    errors = verdict.errors if isinstance(verdict, Refused | Conflict) else ()
    status = AttentionStatus.CONFLICT if isinstance(verdict, Conflict) else AttentionStatus.REFUSED
    return AttentionItem(f"a-{mine.id}", mine, status, "", errors, then, now, NOW + timedelta(hours=1))


class InboxApp(App[None]):
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        STYLES / "attention.tcss",
        STYLES / "form.tcss",
        STYLES / "confirm.tcss",
    ]

    def __init__(self, *items: AttentionItem) -> None:
        super().__init__()
        self.desk = MemoryDesk(*items)
        self.at = LATER
        self.changes = 0
        self.closed: bool | None = None

    def on_mount(self) -> None:
        def closed(changed: bool | None) -> None:
            self.closed = changed

        self.push_screen(AttentionScreen(self.desk, lambda: self.at, DEFINITIONS, DIRECTORY), closed)

    def on_attention_screen_changed(self) -> None:
        self.changes += 1

    def text(self, selector: str = "#attention-detail") -> str:
        return str(self.screen.query_one(selector, Static).content)


async def test_both_sides_and_who_did_it_are_in_sight() -> None:
    app = InboxApp(overtaken())
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        text = app.text()
    assert "Accepted: Ada Byron, Analytical Engines" in text
    assert "✗ 'Accept' is open in Marketing qualified; this lead stands at Disqualified" in text
    assert "Strong ICP fit" in text
    assert "Call her on Friday" in text
    assert "Maya Manager, 1 h 50 min ago: Rejected: Already a customer" in text


def accepted_by_another() -> AttentionItem:
    """Rita rejected what her manager's colleague had accepted before it came to her."""
    lead = mql(owner=RAUL)
    return _item(lead, after(lead, "accept", by=RAUL), {"reason": "no_budget"}, "reject")


async def test_who_moved_the_lead_on_is_named_and_colleagues_go_by_their_names() -> None:
    app = InboxApp(accepted_by_another())
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        text = " ".join(app.text().split())
    assert "Raúl Rep, 1 h 50 min ago: moved it to Sales accepted" in text
    assert f"≠ {RAUL.name}" in text
    assert RAUL.id not in text


def refused_again() -> AttentionItem:
    """Rita accepted, was too late, and was too late again with other words."""
    item = overtaken("Call her on Monday")
    first = replace(item.decision, values={"acceptance_reason": "strong_fit", "note": "Call her on Friday"})
    asked = FieldError("note", "note", "say more of the call")
    return replace(
        item,
        earlier=(
            EarlierTry(first, AttentionStatus.REFUSED, "", (asked,), NOW),
            EarlierTry(replace(first, values={}), AttentionStatus.CONFLICT, "Maya was first", (), NOW),
        ),
    )


async def test_what_was_tried_before_stands_below_with_why_it_did_not_hold() -> None:
    app = InboxApp(refused_again())
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        assert "Needs your attention: 1" in app.text("#attention-title")
        text = app.text().split("Earlier tries\n")[1]
        assert text.splitlines() == [
            "Earlier try, 1 h 50 min ago: Strong ICP fit · Call her on Friday",
            "✗ refused: say more of the call",
            "Earlier try, 1 h 50 min ago: nothing filled in",
            "✗ Maya was first",
        ]
        await pilot.press("d")
        await pilot.pause()
        question = str(app.screen.query_one("#confirm-question", Static).content)
        assert "What you filled in is lost, in the earlier tries too." in question


async def test_an_item_that_another_program_was_quicker_with_is_told() -> None:
    app = InboxApp(overtaken(), taken_away())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        stays = app.desk.items.pop()
        app.desk.items = [stays]
        for keys in (("r",), ("d", "y")):
            app.desk.items.insert(0, replace(overtaken(), at=LATER))
            screen = app.screen
            assert isinstance(screen, AttentionScreen)
            screen.refresh_items()
            screen.query_one(OptionList).highlighted = 0
            app.desk.items = [stays]
            await pilot.press(*keys)
            await pilot.pause()
            assert "no longer in the inbox" in app.text("#attention-trouble")
            assert "Needs your attention: 1" in app.text("#attention-title")
        assert (app.desk.sent, app.desk.dropped, app.changes) == ([], [], 0)


async def test_a_form_about_an_item_that_is_gone_keeps_what_was_filled_in() -> None:
    app = InboxApp(incomplete())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        await pilot.pause()
        app.desk.items.clear()
        await pilot.press(*"1", "space", *"march", "ctrl+s")
        await pilot.pause()
        assert "no longer in the inbox" in app.text("#attention-trouble")
        values = app.screen.query_one(DecisionForm).values
        assert values == {"reason": "bad_timing", "revisit_on": "2027-03-01", "note": "in spring"}


async def test_the_inbox_lives_while_it_is_open() -> None:
    app = InboxApp(overtaken())
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, AttentionScreen)
        more = taken_away()
        app.desk.items.append(more)
        screen.tick()
        await pilot.pause()
        assert "Needs your attention: 2" in app.text("#attention-title")
        assert screen.chosen is not None
        assert screen.chosen.id != more.id, "the cursor stays on its item"
        app.at += timedelta(minutes=30)
        screen.tick()
        await pilot.pause()
        assert "Maya Manager, 2 h 20 min ago" in app.text()
        await pilot.press("d", "y")
        await pilot.pause()
        assert "Dropped: Accept for Ada Byron" in app.text("#attention-title")


async def test_what_else_changed_meanwhile_stands_below_field_by_field() -> None:
    item = overtaken()
    assert item.lead_now is not None
    fields = {**item.lead_now.fields, "company_size": 900}
    app = InboxApp(replace(item, lead_now=replace(item.lead_now, fields=fields)))
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        text = " ".join(app.text().split())
    assert "Changed meanwhile When you decided Now" in text
    assert "Employees 240 ≠ 900" in text


def test_a_lead_that_left_tells_where_it_went_and_one_out_of_reach_says_so() -> None:
    item = taken_away()
    assert [deed.what for deed in deeds(item, DEFINITIONS)] == [
        "the lead went to Raúl Rep, reassigned by Maya Manager: Speaks Spanish."
    ]
    gone = replace(item, lead_now=None)
    assert deeds(gone, DEFINITIONS) == []
    assert {line.now for line in sides(gone, DEFINITIONS, DIRECTORY)} == {OUT_OF_REACH}
    assert [line.mine for line in sides(gone, DEFINITIONS, DIRECTORY)][-1] == "No budget"


async def test_an_empty_inbox_says_so_and_closes() -> None:
    app = InboxApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "Nothing needs your attention" in app.text()
        assert not app.screen.query_one("#attention-resend", Button).display
        for key in "red":
            await pilot.press("j", key)
            assert "There is nothing in the inbox" in app.text("#attention-trouble")
        await pilot.press("escape")
        await pilot.pause()
        assert app.closed is False


async def test_sending_again_what_still_does_not_hold_says_why_and_keeps_it() -> None:
    app = InboxApp(overtaken())
    async with app.run_test() as pilot:
        await pilot.press("r")
        assert "this lead stands at Disqualified" in app.text("#attention-trouble")
        assert len(app.desk.items) == 1
        assert app.changes == 0


async def test_an_edited_decision_is_sent_and_leaves_the_inbox() -> None:
    app = InboxApp(incomplete())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        await pilot.pause()
        form = app.screen.query_one(DecisionForm)
        assert form.values == {"reason": "bad_timing", "note": "in spring"}
        await pilot.press(*"1", "space", *"march", "ctrl+s")
        await pilot.pause()
        assert app.desk.sent == [{"reason": "bad_timing", "revisit_on": "2027-03-01", "note": "in spring"}]
        assert not app.screen.query(DecisionForm)
        assert app.changes == 1
        await pilot.press("escape")
        await pilot.pause()
        assert app.closed is True


async def test_the_two_sides_have_their_width_again_after_an_edit_that_was_left() -> None:
    app = InboxApp(overtaken("Call her on Friday about the licence, and again on Monday"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = app.text()
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert app.text() == before


async def test_the_keys_of_the_inbox_are_letters_while_the_form_is_open() -> None:
    app = InboxApp(incomplete())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("tab", *"red", "escape")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(app.screen, AttentionScreen)
        assert not app.screen.query(DecisionForm)
        assert app.desk.sent == []
        assert len(app.desk.items) == 1


async def test_a_lead_out_of_reach_cannot_be_edited_but_dropped_after_a_question() -> None:
    item = taken_away()
    app = InboxApp(item)
    async with app.run_test() as pilot:
        await pilot.press("e")
        assert "out of your reach" in app.text("#attention-trouble")
        await pilot.press("d", "enter")
        await pilot.pause()
        assert app.desk.dropped == []
        await pilot.press("d", "y")
        await pilot.pause()
        assert app.desk.dropped == [item.id]
        assert "Nothing needs your attention" in app.text()


async def test_a_full_disk_is_told_and_loses_nothing() -> None:
    app = InboxApp(incomplete())
    app.desk.full = True
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        assert "The disk is full, nothing was saved" in app.text("#attention-trouble")
        await pilot.press("e")
        await pilot.pause()
        await pilot.press(*"1", "space", *"march", "ctrl+s")
        await pilot.pause()
        assert "The disk is full" in app.text("#attention-trouble")
        app.desk.full = False
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert len(app.desk.sent) == 1


async def test_the_cursor_stays_near_when_an_item_goes_and_the_mouse_works() -> None:
    items = [replace(incomplete(), at=NOW + timedelta(minutes=minute)) for minute in (30, 20, 10)]
    app = InboxApp(*items)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j")
        await pilot.click("#attention-drop")
        await pilot.pause()
        await pilot.click("#yes")
        await pilot.pause()
        assert app.desk.dropped == [items[1].id]
        assert app.screen.query_one(OptionList).highlighted == 1
        await pilot.click("#attention-close")
        await pilot.pause()
        assert app.closed is True


async def test_hostile_text_stays_text() -> None:
    app = InboxApp(overtaken("[@click=app.quit]x[/]\x1b[2J\u202e" + "y" * 9_000))
    async with app.run_test() as pilot:
        await pilot.pause()
        text = app.text()
        assert "[@click=app.quit]x[/]" in "".join(text.split())
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_form_in_the_inbox_looks_as_agreed(snap_compare: SnapCompare) -> None:
    async def open_form(pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await pilot.pause()
        pilot.app.screen.query_one(Input).cursor_blink = False
        pilot.app.screen.query_one(TextArea).cursor_blink = False
        await pilot.pause()

    assert snap_compare(InboxApp(incomplete()), run_before=open_form, terminal_size=(80, 24))


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_inbox_looks_as_agreed(size: tuple[int, int], snap_compare: SnapCompare) -> None:
    assert snap_compare(InboxApp(overtaken(), taken_away(), incomplete()), terminal_size=size)


def test_the_empty_inbox_looks_as_agreed(snap_compare: SnapCompare) -> None:
    assert snap_compare(InboxApp(), terminal_size=(80, 24))


async def test_another_item_is_read_from_its_beginning() -> None:
    app = InboxApp(taken_away(), taken_away(), incomplete())
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        scroll = app.screen.query_one("#attention-scroll")
        scroll.scroll_to(y=4, animate=False, immediate=True)
        await pilot.pause()
        assert scroll.scroll_offset.y > 0
        await pilot.press("j")
        await pilot.pause()
        assert scroll.scroll_offset.y == 0


async def test_a_conflict_says_who_was_first_in_the_list_too() -> None:
    item = replace(taken_away(), status=AttentionStatus.CONFLICT, message="the lead is not yours any more")
    app = InboxApp(item)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        listed = app.screen.query_one(OptionList).get_option_at_index(0).prompt
        assert "the lead is not yours any more" in str(listed)
        assert "somebody was first" not in str(listed)
