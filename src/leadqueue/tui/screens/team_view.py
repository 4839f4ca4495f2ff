"""What the manager's screen shows: the reps' table, its line of all, the escalations, and of what time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from leadqueue.cache.breaches import Breach, breach
from leadqueue.cache.errors import StoreError
from leadqueue.domain.countdown import ago
from leadqueue.domain.shown import plural
from leadqueue.sync.state import Phase
from leadqueue.tui import pictures
from leadqueue.tui.actions import BY_ID, Situation, keys_told
from leadqueue.tui.faults import OWN_FAULT, WorksBeside
from leadqueue.tui.screens.header_facts import header_facts
from leadqueue.tui.screens.parts import CoveringScreen
from leadqueue.tui.screens.viewing import ViewingScreen
from leadqueue.tui.widgets.breach_list import BreachList
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.header import QueueHeader, first_name
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.picture import Picture
from leadqueue.tui.widgets.status_line import StatusLine
from leadqueue.tui.widgets.team_table import Moment, TeamTable, TeamTotal, heading, in_order
from leadqueue.tui.words import Level, is_retried, store_words

if TYPE_CHECKING:
    from leadqueue.cache.team import TeamFacts
    from leadqueue.domain.team import Backlog
    from leadqueue.domain.team import TeamTable as Figures
    from leadqueue.tui.screens.parts import Parts
    from leadqueue.tui.steady import SteadyDesk
    from leadqueue.wire.api import Escalation

OLD = timedelta(minutes=5)
"""From this age on the figures of the last weeks are told as old."""


class Counted(Message):
    """What waits was counted, or why it could not be; posted from a thread, the last one counts."""

    def __init__(self, backlog: Backlog | None, error: StoreError | None) -> None:
        super().__init__()
        self.backlog = backlog
        self.error = error

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Counted)


class TeamView(CoveringScreen, WorksBeside, Screen[None]):
    """Draws what is known of the team, over the home screen, whose desk and sync it uses."""

    def __init__(self, home: ViewingScreen, desk: SteadyDesk) -> None:
        super().__init__()
        self._home = home
        self._keymap = home.parts.keymap
        self._desk = desk
        self._facts: TeamFacts | None = None
        self._backlog: Backlog | None = None
        self._failed: StoreError | None = None
        self._sort = "breached"
        self._falls = True
        self._counting = False
        self._again = False
        self._own_fault = False

    def compose(self) -> ComposeResult:
        glyphs = self._home.parts.glyphs
        yield QueueHeader(glyphs, id="header")
        with Vertical(id="team"):
            yield ColumnHeads(id="team-heads")
            yield TeamTable(glyphs, id="team-table")
            yield TeamTotal(id="team-total")
            yield Static("", id="breach-title", markup=False)
            yield BreachList(glyphs, id="breaches")
        yield Picture(id="picture")
        yield StatusLine(glyphs, id="status")
        yield KeyFooter(self._keymap, id="footer")

    def on_mount(self) -> None:
        self.refresh_all()
        self.set_interval(1.0, self.tick)

    # The parts

    @property
    def parts(self) -> Parts:
        return self._home.parts

    @property
    def table(self) -> TeamTable:
        return self.query_one(TeamTable)

    @property
    def breaches(self) -> BreachList:
        return self.query_one(BreachList)

    @property
    def status(self) -> StatusLine:
        return self.query_one(StatusLine)

    @property
    def in_breaches(self) -> bool:
        return self.focused is self.breaches

    # Data down

    def refresh_all(self) -> None:
        """Read what is known anew, and count what waits in a thread; what is shown stays until then."""
        try:
            self._facts = self._desk.team.facts()
        except StoreError as error:
            self._failed = error
        else:
            self._show_breaches(self._facts)
        self._count()
        self.draw()

    def _count(self) -> None:
        if self._counting:
            self._again = True
            return
        self._counting = True
        self.run_worker(self._counted_in_thread, thread=True, group="backlog", exit_on_error=False)

    def _counted_in_thread(self) -> None:
        backlog, error = None, None
        try:
            backlog = self._desk.team.backlog()
        except StoreError as trouble:
            error = trouble
        self.post_message(Counted(backlog, error))

    @on(Counted)
    def _counted(self, event: Counted) -> None:
        event.stop()
        self._counting = self._own_fault = False
        self._failed = event.error
        self._backlog = event.backlog or self._backlog
        self.draw()
        if self._again:
            self._again = False
            self._count()

    def work_failed(self) -> None:
        """What waits could not be counted: the next change, or a wish of the manager's, counts again."""
        self._counting = self._again = False
        self._own_fault = True
        self.draw()

    def draw(self) -> None:
        """Show everything as it stands at this moment."""
        now = self._home.now()
        self._draw_header(now)
        facts, backlog = self._facts, self._backlog
        figures = facts.table(backlog, now) if facts is not None and backlog is not None else None
        self._draw_picture(figures)
        if figures is not None and facts is not None:
            self._draw_table(figures, now)
            self.breaches.tick(now)
            self._stand(facts, now)
        self.query_one(KeyFooter).show(self.situation())

    def _draw_table(self, figures: Figures, now: datetime) -> None:
        glyphs = self._home.parts.glyphs
        days = [max(line.history.touches_by_day, default=0) for line in figures.lines if line.history]
        moment = Moment(now, glyphs, max(days, default=1))
        self.table.show(in_order(figures.lines, self._sort, falls=self._falls), moment)
        layout = self.table.layout_now
        heads = heading(layout, self._sort, glyphs, falls=self._falls)
        self.query_one(ColumnHeads).show(lambda: heads)
        self.query_one(TeamTotal).show(figures.total, layout, moment)

    def _draw_header(self, now: datetime) -> None:
        """The same line as over the queue; what waits comes from the table's own count."""
        status = self._desk.status()
        load = self._backlog.total(now) if self._backlog else None
        name = self._desk.account.name
        who = f"{name}: the team", f"{first_name(name)}, the team"
        facts = header_facts(self._desk, status, load, who=who, sync=self._home.sync_state)
        self.query_one(QueueHeader).show(facts, now)

    def _draw_picture(self, figures: Figures | None) -> None:
        scene = self._scene(figures)
        self.set_class(scene is not None, "-empty")
        if scene is not None:
            self.query_one(Picture).show(scene.title, scene.text, scene.hint, scene.level)

    def _scene(self, figures: Figures | None) -> pictures.Scene | None:
        """What stands in the table's place where there is none to show."""
        if self._failed is not None and figures is None:
            return pictures.fault(
                f"{self._failed.message}: {self._failed.path}", self._failed.fix, self._keymap
            )
        if self._own_fault and figures is None:
            again = keys_told(self._keymap, ("sync", "counts again"), ("team.back", "back to the queue"))
            return pictures.Scene("What waits cannot be counted", OWN_FAULT, again, Level.ERROR)
        if not self._desk.ready:
            return pictures.never_synced(self._home.sync_state, self._keymap)
        if figures is None:
            return pictures.Scene("Counting what waits", "One moment, your team's leads are being counted.")
        if not figures.lines:
            return pictures.Scene(
                "Your team has no reps yet",
                "An administrator adds them: leadqueue admin user create … --role rep --team …",
                keys_told(self._keymap, ("team.back", "back to the queue")),
            )
        return None

    def _stand(self, facts: TeamFacts, now: datetime) -> None:
        """Say of what time the figures are, in which window and zone; offline this is the warning."""
        if (error := self._failed or self._desk.trouble) is not None:
            self.status.stand(store_words(error), Level.ERROR)
            return
        if self._own_fault:
            self.status.stand(OWN_FAULT, Level.ERROR)
            return
        selected = len(self.breaches.selected)
        if selected:
            key = BY_ID["team.acknowledge"].first_key(self._keymap)
            self.status.stand(f"{plural(selected, 'escalation')} selected: {key} acknowledges")
            return
        if facts.trouble:
            self.status.stand(facts.trouble, Level.WARNING)
            return
        words, level = self._time_of(facts, now)
        under = self.breaches.current if self.in_breaches else None
        if level is Level.PLAIN and under is not None and under.told:
            words = under.told
        self.status.stand(words, level)

    def _time_of(self, facts: TeamFacts, now: datetime) -> tuple[str, Level]:
        """Of what time the figures are; a warning where that is long ago, or not known without a network."""
        said = facts.said
        state = self._home.sync_state
        offline = state is not None and state.phase not in (Phase.LIVE, Phase.POLLING, Phase.SYNCING)
        if said is None:
            words = "What waits is counted here; the last weeks have not been read from the server yet."
            return words, Level.WARNING if offline else Level.PLAIN
        age = now - said.at
        words = (
            f"What waits is of now; the last 28 days were read {ago(age)}, touches of 14 days in {said.zone}"
        )
        return words, Level.WARNING if age > OLD else Level.PLAIN

    # The escalations

    def _show_breaches(self, facts: TeamFacts) -> None:
        now = self._home.now()
        listed = [self._breach(each, facts, now) for each in facts.breaches]
        listed.sort(key=lambda each: (bool(each.seen), each.breached_at, each.id))
        self.breaches.show(listed, now)
        waiting = sum(not each.seen for each in listed)
        unsent = len(facts.seen)
        together = waiting + facts.beyond
        title = (
            f"{plural(together, 'escalation')} to acknowledge"
            if together
            else "Every escalation is acknowledged"
        )
        if not listed:
            title = "No escalations" if facts.said else "Escalations: not read from the server yet"
        if facts.beyond:
            title += f", the latest {waiting:,} here"
        if unsent:
            title += f"   {self._home.parts.glyphs.unsent} {unsent} not sent yet"
        self.query_one("#breach-title", Static).update(f" {title}")

    def _breach(self, each: Escalation, facts: TeamFacts, now: datetime) -> Breach:
        return breach(each, self._desk.queue.row(each.lead_id), facts, self._desk.definitions, now)

    def settings_changed(self) -> None:
        self.query_one(KeyFooter).refresh()
        self.draw()

    # Time

    def tick(self) -> None:
        """A second has passed."""
        if self.app.screen is not self:
            return
        self.status.tick()
        if self._desk.changed():
            self.refresh_all()
        else:
            self.draw()

    def on_screen_resume(self) -> None:
        """Another screen was over this one: it may have decided something."""
        if self._facts is not None:
            self.refresh_all()

    def situation(self) -> Situation:
        """What the availability of the actions depends on."""
        waiting = sum(not each.seen for each in self.breaches.items)
        return Situation(
            team=True,
            in_list=self.focused in (self.table, self.breaches),
            rows=bool(self.table.items) and not self.has_class("-empty"),
            breaches=waiting,
            selected=len(self.breaches.selected),
            can_sync=self._home.sync is not None or self._failed is not None or self._own_fault,
            retried=is_retried(self._home.sync_state),
            demo=self._home.parts.network is not None,
        )
