"""The context of a lead: everything in one place, cheap to bring up to date, never interpreted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.builders import DEFINITIONS, GOOD_FIELDS, NOW, RITA, after, decision, mql, received, signal
from tests.tui.doubles import MemoryDesk, app_over
from tests.tui.test_home import settled
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from leadqueue.cache.queue_views import QueueRow
from leadqueue.cache.views import LeadView, OutboxItem, OutboxState
from leadqueue.domain.ages import age, span
from leadqueue.domain.lead import Lead
from leadqueue.tui.settings.values import Settings
from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.widgets.sheet import SheetLines

STYLES = Path(__file__).parents[2] / "styles"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SnapCompare = Callable[..., bool]
SNAPSHOT_SIZES = [(80, 24), (200, 60)]


class PaneApp(App[None]):
    """The pane beside a place for the queue."""

    CSS_PATH = STYLES / "context.tcss"
    CSS = "#queue { width: 2fr; } ContextPane { width: 3fr; }"

    def __init__(self, view: LeadView | None = None, now: datetime = NOW) -> None:
        super().__init__()
        self.view = view
        self.now = now

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("", id="queue")
            yield ContextPane(id="context", zone=ZoneInfo("Europe/Berlin"))

    def on_mount(self) -> None:
        self.pane.show(self.view, self.now, DEFINITIONS)

    @property
    def pane(self) -> ContextPane:
        return self.query_one(ContextPane)

    def text(self) -> str:
        return self.pane.page.text


def rich_lead() -> Lead:
    """A lead with something in every section, back from recycling."""
    signals = (
        signal("demo_request", NOW - 101 * DAY, "Asked for a demo"),
        signal("pricing_page", NOW - 103 * DAY),
        signal("webinar", NOW - 120 * DAY, "Leads that never wait"),
    )
    lead = mql(
        signals=signals,
        now=NOW - 100 * DAY,
        phone="+44 20 7946 0000",
        first_utm_source="google",
        first_utm_medium="cpc",
        latest_utm_source="linkedin",
        annual_revenue=120_000_000,
        revenue_currency="EUR",
        message="Please call me.",
    )
    lead = after(lead, "recycle", at=NOW - 90 * DAY)
    returned = received(
        existing=lead,
        fields={**GOOD_FIELDS, "company_size": 300},
        signals=(signal("pricing_page", NOW - HOUR), signal("contact_form", NOW - 2 * HOUR)),
        now=NOW - HOUR / 2,
    ).lead
    assert returned is not None
    touched = after(returned, "touch", at=NOW - HOUR / 3)
    return after(touched, "note", at=NOW - HOUR / 6)


def rich_view() -> LeadView:
    lead = rich_lead()
    row = QueueRow(
        id="x",
        section="review",
        due_at=NOW,
        target_at=None,
        soon_at=None,
        clock="review",
        lane="",
        person="Bob Babbage",
        company="Analytical Engines",
        title="CTO",
        score=51,
        stage="mql",
        source="webinar",
        country="GB",
        owner_id="",
        owner_name="Raúl Rep",
        version=1,
        created_at=NOW,
    )
    waiting = OutboxItem(
        1, decision(lead, "note", {"note": "x"}, at=NOW), OutboxState.HELD, trouble="token refused"
    )
    return LeadView(lead, lead, unsent=(waiting,), same_company=(row,), attention=1)


async def test_everything_that_is_known_is_in_sight() -> None:
    app = PaneApp(rich_view())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        text = " ".join(app.text().split())
    for expected in (
        "Ada Byron",
        "Head of Operations · Director, Analytical Engines",
        "ada@engines.example · +44 20 7946 0000",
        "Marketing qualified, awaiting review, 30 min ago",
        "Review, fast lane: 30 min left (target passed)",
        "Note added now, held back: token refused",
        "1 of your decisions on this lead did not hold",
        "ICP: Size 50 to 2000",
        "Bad timing",
        "Rita Rep, 25 Aug 2026 11:00",
        "Revisit on date",
        "Employees 240 → 300",
        "google / cpc / –",
        "linkedin / – / –",
        "↺ back from nurture · ▲ Pricing page 1 h ago",
        "▲ Pricing page 2× 1 h ago",
        "4mo Webinar Leads that never wait",
        "3mo Recycled: Bad timing Rita Rep",
        "30m Came back",
        "Score 91 → 100 +9",
        "Timeline, touches 1 of 8 to 12",
        "1,200,000.00 EUR from test",
        "20m Call: no answer Rita Rep",
        "Prefers e-mail.",
        "▸ Bob Babbage, CTO MQL, Raúl Rep, score 51",
        "Please call me.",
    ):
        assert expected in text
    assert "Revenue currency" not in text


async def test_the_number_of_touches_is_of_those_since_it_came_back_and_all_stay_in_sight() -> None:
    lead = after(
        mql(now=NOW - 9 * DAY, signals=(signal("demo_request", NOW - 9 * DAY),)), "touch", at=NOW - 8 * DAY
    )
    lead = after(lead, "recycle", at=NOW - 7 * DAY)
    back = received(existing=lead, signals=(signal("demo_request", NOW - HOUR),), now=NOW - HOUR / 2).lead
    assert back is not None
    texts: list[str] = []
    for each in (back, after(back, "touch", at=NOW - HOUR / 3)):
        app = PaneApp(LeadView(each, each))
        async with app.run_test(size=(200, 60)) as pilot:
            await pilot.pause()
            texts.append(" ".join(app.text().split()))
    assert "touches" not in texts[0]
    assert "Timeline, touches 1 of 8 to 12" in texts[1]
    assert [text.count("Call: no answer") for text in texts] == [1, 2]


async def test_a_rejection_that_was_undone_says_so_and_nothing_is_measured_from_it() -> None:
    lead = after(mql(now=NOW - 9 * DAY), "reject", at=NOW - 8 * DAY)
    lead = after(lead, "reopen", {"why": "A slip of the [b]key[/b]"}, at=NOW - 7 * DAY)
    app = PaneApp(LeadView(lead, lead))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        text = " ".join(app.text().split())
    assert f"Undone {RITA.name}, 16 Nov 2026 10:00" in text
    assert "Because A slip of the [b]key[/b]" in text
    assert f"7d Undone by an override {RITA.name} A slip of the [b]key[/b]" in text
    assert "Back since" not in text
    assert "hanged since" not in text


async def test_the_lines_of_the_score_add_up_to_what_is_shown_and_the_decay_is_one_of_them() -> None:
    lead = mql(signals=(signal("demo_request", NOW - 45 * DAY),))
    app = PaneApp(LeadView(lead, lead))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        text = app.text()
    assert lead.score is not None
    assert "Fades: halves every 30 days without activity" in " ".join(text.split())
    points = [int(line.split()[0]) for line in text.splitlines() if line.strip()[:1] in "+-" and line.strip()]
    assert sum(points) == lead.score.total
    assert f"Score {lead.score.total}, of it {lead.score.behaviour} behaviour" in text


async def test_every_rule_has_a_bar_as_long_as_its_points_and_what_faded_looks_different() -> None:
    lead = mql(signals=(signal("demo_request", NOW - 45 * DAY),))
    app = PaneApp(LeadView(lead, lead))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        rows = [line.split() for line in app.text().splitlines() if line.strip()[:1] in ("+", "-")]
    bars = {int(row[0]): row[1] for row in rows}
    greatest = max(bars, key=abs)
    assert all(len(bar) <= len(bars[greatest]) for bar in bars.values())
    assert len(bars[30]) > len(bars[15]) > len(bars[5])
    faded = [bar for points, bar in bars.items() if points < 0]
    assert faded
    assert all(set(bar) == {"╌"} for bar in faded)


async def test_a_long_story_is_told_in_full_when_asked_for() -> None:
    signals = tuple(signal("webinar", NOW - number * HOUR, f"Page {number}") for number in range(1, 30))
    lead = mql(signals=signals)
    app = PaneApp(LeadView(lead, lead))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert "earlier, Enter shows them" in app.text()
        assert "Page 19" not in app.text()
        app.pane.focus()
        await pilot.press("enter")
        assert "Page 19" in app.text()


async def test_a_tick_redraws_only_what_reads_differently() -> None:
    lead = mql(signals=(signal("demo_request", NOW - HOUR),))
    app = PaneApp(LeadView(lead, lead))
    async with app.run_test() as pilot:
        await pilot.pause()
        drawn = app.pane.page
        app.pane.tick(NOW + timedelta(seconds=1))
        assert "Review, fast lane: 59 min left" in app.text()
        calm = app.pane.page
        app.pane.tick(NOW + timedelta(seconds=2))
        assert app.pane.page is calm
        assert calm is not drawn
        app.pane.tick(NOW + 2 * HOUR)
        assert "Review, fast lane: over by 1 h" in app.text()


async def test_no_lead_is_a_picture_of_its_own_and_another_lead_starts_at_its_top() -> None:
    app = PaneApp()
    async with app.run_test() as pilot:
        assert "No lead is chosen" in app.text()
        view = rich_view()
        app.pane.show(view, NOW, DEFINITIONS)
        await pilot.pause()
        app.pane.scroll_end(animate=False)
        await pilot.pause()
        assert app.pane.scroll_y > 0
        app.pane.show(view, NOW + HOUR, DEFINITIONS)
        await pilot.pause()
        assert app.pane.scroll_y > 0
        lead = mql()
        app.pane.show(LeadView(lead, lead), NOW, DEFINITIONS)
        await pilot.pause()
        assert app.pane.scroll_y == 0


def test_a_long_label_is_whole_where_its_value_leaves_room() -> None:
    sheet = SheetLines(rich_view(), NOW, DEFINITIONS, 46, UTC)
    assert [line.plain for line in sheet.row("Score at hand-over", "65")] == ["Score at hand-over 65"]
    assert sheet.row("Score at hand-over", "x" * 30)[0].plain.startswith("Score at hand…")


async def test_long_texts_are_cut_until_asked_for() -> None:
    lead = mql(message="word " * 2_000 + "the end")
    app = PaneApp(LeadView(lead, lead))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "9,607 more characters" in " ".join(app.text().split())
        app.pane.focus()
        await pilot.press("enter")
        assert "the end" in app.text()
        await pilot.press("enter")
        assert "the end" not in app.text()


async def test_a_low_pane_leaves_out_empty_lines_and_nothing_else() -> None:
    texts = []
    for height in (14, 40):
        app = PaneApp(rich_view())
        async with app.run_test(size=(80, height)) as pilot:
            await pilot.pause()
            texts.append(app.text().splitlines())
    low, high = texts
    assert "" not in low
    assert low == [line for line in high if line]


HOSTILE = {
    "markup": "[@click=app.quit]click[/] [bold red]x[/bold red] [link=https://evil.example]y[/link]",
    "ansi": "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b2J",
    "bidi": "abc\u202edcba\u2066x",
    "emoji": "👩‍👩‍👧‍👦 🇬🇷 e" + "\u0301" * 50,
    "long": "x" * 10_000,
    "lines": "one\r\ntwo\u2028three",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_stays_text(name: str) -> None:
    evil = HOSTILE[name]
    lead = mql(
        first_name=evil[:200],
        company_name=evil[:300],
        message=evil,
        campaign=evil[:300],
        job_title=evil[:200],
        signals=(signal("webinar", NOW - HOUR, evil),),
    )
    lead = after(lead, "note", {"note": evil})
    app = PaneApp(LeadView(lead, lead))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        app.pane.focus()
        await pilot.press("enter")
        text = app.text()
        assert not any(char in text for char in "\x1b\x9b\x07\x00\r\u202e\u2066\u2028")
        if name == "markup":
            assert "[@click=app.quit]click[/] [bold red]x[/bold red]" in text
        for line in (*app.pane.page.left, *app.pane.page.right):
            assert not any("@click" in str(span.style) or "link" in str(span.style) for span in line.spans)
        width = app.pane.scrollable_content_region.width
        assert all(Content(line).cell_length <= width for line in text.splitlines())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "5 s"),
        (61, "1 min"),
        (3_600, "1 h"),
        (3_900, "1 h 05 min"),
        (187_200, "2 d 4 h"),
        (86_400 * 5 + 7_200, "5 d"),
        (86_400 * 20, "2 weeks"),
        (86_400 * 100, "3 months"),
    ],
)
def test_spans_are_short(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


def test_ages_look_both_ways() -> None:
    assert age(NOW, NOW) == "now"
    assert age(NOW - HOUR, NOW) == "1 h ago"
    assert age(NOW + HOUR, NOW) == "in 1 h"


@pytest.mark.parametrize("size", SNAPSHOT_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_pane_looks_as_agreed(size: tuple[int, int], snap_compare: SnapCompare) -> None:
    assert snap_compare(PaneApp(rich_view()), terminal_size=size)


async def test_text_can_be_selected_with_the_mouse_and_copied() -> None:
    app = PaneApp(rich_view())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        line = next(n for n, each in enumerate(app.pane.page.left) if "ada@engines" in each.plain)
        await pilot.mouse_down(app.pane, offset=(1, line))
        await pilot.hover(app.pane, offset=(12, line))
        await pilot.mouse_up(app.pane, offset=(19, line))
        await pilot.pause()
        assert app.screen.get_selected_text() == "ada@engines.example"
        marked = app.pane.render_line(line)
        assert marked.text.startswith(" ada@engines.example")
        await pilot.mouse_down(app.pane, offset=(1, 50))
        await pilot.mouse_up(app.pane, offset=(1, 50))
        assert app.screen.get_selected_text() is None


@pytest.mark.parametrize(
    ("preset", "keys", "lines"),
    [
        ("default", ["j", "j", "down", "k"], 2),
        ("default", ["ctrl+f", "ctrl+f", "ctrl+b"], None),
        ("default", ["G", "g", "j"], 1),
        ("vim", ["ctrl+d", "ctrl+d", "ctrl+u"], None),
        ("emacs", ["ctrl+n", "ctrl+n", "ctrl+p", "up", "ctrl+n"], 1),
    ],
)
async def test_the_keys_that_move_through_the_queue_scroll_the_context(
    preset: str, keys: list[str], lines: int | None
) -> None:
    desk = MemoryDesk([rich_lead()])
    async with app_over(desk, settings=Settings(keymap=preset)).run_test(size=(80, 24)) as pilot:
        home = await settled(pilot)
        await pilot.press("enter")
        pane = home.context
        assert pane is not None
        assert pane.max_scroll_y > 2 * pane.size.height
        await pilot.press(*keys)
        assert pane.scroll_offset.y == (pane.size.height - 2 if lines is None else lines)
        assert home.rows.cursor == 0


async def test_the_end_of_the_context_is_one_key_away() -> None:
    async with app_over(MemoryDesk([rich_lead()])).run_test(size=(80, 24)) as pilot:
        home = await settled(pilot)
        await pilot.press("enter", "G")
        pane = home.context
        assert pane is not None
        assert pane.scroll_offset.y == pane.max_scroll_y > 0
        await pilot.press("g")
        assert pane.scroll_offset.y == 0
