"""Who else works at the company: asked for at rest, once, beside the screen, and told with its age."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.builders import DEFINITIONS, NOW, mql
from tests.tui.doubles import MemoryDesk, ToldSync, app_over
from tests.tui.test_context_pane import rich_view
from tests.tui.test_home import settled

from leadqueue.cache.views import Colleagues
from leadqueue.domain.company import GOOD_FOR, CompanyLead
from leadqueue.tui.screens.parts import REST_S
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.context_pane import ContextPane

DAY = timedelta(days=1)
UNKNOWN = "Colleagues' leads: not known here yet, asked for while online"


def bob(name: str = "Bob Babbage", stage: str = "sal", owner: str = "Raúl Rep") -> CompanyLead:
    return CompanyLead("x" + name, name, "CTO", stage, owner, NOW - 3 * DAY, stage == "sal", False)


def desk_of(*companies: str) -> MemoryDesk:
    leads = [
        mql(
            now=NOW + timedelta(seconds=number),
            last_name=name,
            company_name=name,
            company_domain=f"{name}.example",
        )
        for number, name in enumerate(companies)
    ]
    desk = MemoryDesk(leads)
    desk.colleagues = {lead.id: Colleagues() for lead in leads}
    return desk


def lead_ids(desk: MemoryDesk) -> list[str]:
    return [*desk.server]


def written(home: TriageScreen) -> str:
    return " ".join(home.query_one(ContextPane).page.text.split())


def rest(home: TriageScreen, whether: Callable[[float], bool]) -> None:
    """Say whether nobody has been at the keys for so many seconds."""
    home.parts = replace(home.parts, resting=whether)


async def test_the_lead_on_which_the_cursor_rests_is_asked_for_once() -> None:
    desk, sync = desk_of("one", "two", "three"), ToldSync()
    async with app_over(desk, sync).run_test(size=(140, 40)) as pilot:
        home = await settled(pilot)
        one, two, three = lead_ids(desk)
        rested = False
        rest(home, lambda seconds: rested and seconds == REST_S)
        home.tick()
        assert sync.looked_up == [], "somebody is at the keys"
        rested = True
        for _ in range(5):
            home.tick()
        assert sync.looked_up == [one]
        rested = False
        await pilot.press("j", "j")
        home.tick()
        assert sync.looked_up == [one], "what the cursor only passed is not asked for"
        rested = True
        await pilot.pause()
        home.tick()
        home.tick()
        assert sync.looked_up == [one, three]
        assert two not in sync.looked_up


async def test_what_was_told_a_moment_ago_is_not_asked_for_again() -> None:
    desk, sync = desk_of("one", "two"), ToldSync()
    one, two = lead_ids(desk)
    desk.colleagues[one] = Colleagues(NOW - GOOD_FOR + timedelta(seconds=1), (bob(),))
    desk.colleagues[two] = Colleagues(NOW - GOOD_FOR, (bob(),))
    async with app_over(desk, sync).run_test(size=(140, 40)) as pilot:
        home = await settled(pilot)
        rest(home, lambda _seconds: True)
        home.tick()
        assert sync.looked_up == []
        desk.clock.forward(hours=9)
        for _ in range(3):
            home.tick()
        assert sync.looked_up == [], "a screen that stands idle asks for nothing"
        await pilot.press("j")
        await pilot.pause()
        home.tick()
        assert sync.looked_up == [two]
        await pilot.press("k")
        await pilot.pause()
        home.tick()
        assert sync.looked_up == [two, one], "it has grown old"


async def test_a_lead_that_changed_is_asked_for_again_where_nothing_is_known() -> None:
    desk, sync = desk_of("one"), ToldSync()
    [one] = lead_ids(desk)
    async with app_over(desk, sync).run_test(size=(140, 40)) as pilot:
        home = await settled(pilot)
        rest(home, lambda _seconds: True)
        home.tick()
        lead = desk.server[one]
        desk.server[one] = replace(lead, versions=replace(lead.versions, marketing=9))
        desk.wrote_elsewhere = True
        home.tick()
        await pilot.pause()
        home.tick()
        assert sync.looked_up == [one, one]


async def test_what_was_forgotten_is_asked_for_again() -> None:
    """A lead of the company has left the scope, so nothing that was said of it holds."""
    desk, sync = desk_of("one"), ToldSync()
    [one] = lead_ids(desk)
    async with app_over(desk, sync).run_test(size=(140, 40)) as pilot:
        home = await settled(pilot)
        rest(home, lambda _seconds: True)
        for known in (Colleagues(), Colleagues(NOW, (bob(),)), Colleagues()):
            desk.colleagues[one] = known
            desk.wrote_elsewhere = True
            for _ in range(3):
                home.tick()
                await pilot.pause()
        assert sync.looked_up == [one, one]


async def test_what_comes_in_is_shown_without_a_key() -> None:
    desk, sync = desk_of("one"), ToldSync()
    [one] = lead_ids(desk)
    async with app_over(desk, sync).run_test(size=(140, 50)) as pilot:
        home = await settled(pilot)
        assert UNKNOWN in written(home)
        desk.colleagues[one] = Colleagues(NOW, (bob(), bob("Eve", "lost", "")), 7)
        desk.wrote_elsewhere = True
        home.tick()
        await pilot.pause()
        text = written(home)
        assert UNKNOWN not in text
        assert "Others at this company, ▸ open ▸ Bob Babbage, CTO SAL, 3 d ago, Raúl Rep" in text
        assert "Eve, CTO Lost, 3 d ago, nobody" in text
        assert "▸ Eve" not in text
        assert "Colleagues' leads as of now, and 7 more in number only" in text
        desk.clock.forward(minutes=90)
        home.tick()
        assert "Colleagues' leads as of 1 h 30 min ago" in written(home)


async def test_nobody_elses_lead_is_said_too() -> None:
    desk = desk_of("one")
    [one] = lead_ids(desk)
    desk.colleagues[one] = Colleagues(NOW - timedelta(minutes=2))
    async with app_over(desk).run_test(size=(140, 50)) as pilot:
        home = await settled(pilot)
        assert "Others at this company Colleagues have no lead here, as of 2 min ago" in written(home)


async def test_many_are_cut_until_asked_for() -> None:
    desk = desk_of("one")
    [one] = lead_ids(desk)
    desk.colleagues[one] = Colleagues(NOW, tuple(bob(f"Person {number}") for number in range(20)))
    async with app_over(desk).run_test(size=(140, 50)) as pilot:
        home = await settled(pilot)
        assert "Person 7," in written(home)
        assert "Person 8," not in written(home)
        assert "12 more: Enter shows them" in written(home)
        home.query_one(ContextPane).action_toggle_full()
        assert "Person 19," in written(home)


async def test_ones_own_beyond_those_shown_are_told_in_number() -> None:
    view = replace(rich_view(), same_company_more=1204)
    desk = desk_of("one")
    async with app_over(desk).run_test(size=(140, 50)) as pilot:
        home = await settled(pilot)
        pane = home.query_one(ContextPane)
        for colleagues in (None, Colleagues(), Colleagues(NOW, (bob("Zoë"),), 7)):
            pane.show(replace(view, colleagues=colleagues), NOW, DEFINITIONS)
            text = " ".join(pane.page.text.split())
            assert "Bob Babbage, CTO MQL, Raúl Rep, score 51 and 1,204 more within your reach" in text
        assert "within your reach ▸ Zoë" in text
        assert "Colleagues' leads as of now, and 7 more in number only" in text
        pane.show(replace(view, same_company_more=0), NOW, DEFINITIONS)
        assert "within your reach" not in pane.page.text


async def test_hostile_text_of_a_colleagues_lead_stays_text() -> None:
    desk = desk_of("one")
    [one] = lead_ids(desk)
    hostile = "[@click=app.quit]x[/] \x1b]0;owned\x07\u202e"
    told = CompanyLead("x", hostile, hostile, hostile, hostile, NOW, open=True, reached=False)
    desk.colleagues[one] = Colleagues(NOW, (told,))
    async with app_over(desk).run_test(size=(140, 50)) as pilot:
        home = await settled(pilot)
        text = home.query_one(ContextPane).page.text
        assert "[@click=app.quit]x[/]" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


async def test_ones_own_leads_come_first_and_once() -> None:
    view = rich_view()
    assert view.same_company[0].person == "Bob Babbage"
    desk = desk_of("one")
    async with app_over(desk).run_test(size=(140, 50)) as pilot:
        home = await settled(pilot)
        pane = home.query_one(ContextPane)
        pane.show(replace(view, colleagues=Colleagues(NOW, (bob("Zoë"),))), NOW, DEFINITIONS)
        text = " ".join(pane.page.text.split())
        assert text.index("Bob Babbage, CTO MQL, Raúl Rep, score 51") < text.index("Zoë, CTO SAL")
