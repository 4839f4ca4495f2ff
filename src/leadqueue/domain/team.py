"""What a manager reads of a team: how much waits, how urgent it is, and how the last weeks went.

The one place where these figures are worked out: the server's answer, the team screen, the command line and
every report ask here, so that none of them can differ (I8). docs/team.md says the same in a table.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from leadqueue.definitions.model import ClockStart, DecisionKind, Definitions, Role, TimeKind
from leadqueue.domain.business_time import calendar_for
from leadqueue.domain.lead import Colleague, RunningClock
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.domain.text import folded
from leadqueue.domain.utc_field import UtcDatetime

WINDOW = timedelta(days=28)
"""The rolling window of response, compliance and acceptance: four weeks that end now."""

SERIES_DAYS = 14
"""Calendar days of the series of touches, today the last of them, in the zone of whoever asks."""

NOBODY = ""
"""Stands for the owner of a lead that belongs to nobody."""

_ANSWERS = frozenset({DecisionKind.ACCEPT.value, DecisionKind.REJECT.value, DecisionKind.RECYCLE.value})


class Waiting(NamedTuple):
    """A lead of the queue: its owner, and the moments of its countdown in microseconds since 1970."""

    owner_id: str
    since: int
    soon: int | None
    due: int


def waiting_of(owner_id: str | None, clock: RunningClock) -> Waiting:
    """The lead that `clock` counts down for."""
    soon = None if clock.soon_at is None else to_micros(clock.soon_at)
    return Waiting(owner_id or NOBODY, to_micros(clock.started_at), soon, to_micros(clock.due_at))


@dataclass(frozen=True, slots=True)
class Load:
    """What waits at one moment. All are leads of the queue, whatever their section.

    `waiting`: leads in the queue. `soon`: of these, those whose countdown is within its warning and not
    over. `breached`: those whose countdown is over. `oldest_since`: the start of the longest-running
    countdown; `average_since`: the mean of the starts of all.
    """

    waiting: int = 0
    soon: int = 0
    breached: int = 0
    oldest_since: UtcDatetime | None = None
    average_since: UtcDatetime | None = None


Columns = tuple[Sequence[int], Sequence[int | None], Sequence[int]]
"""Countdowns of one owner by column: when each began, is due soon, is due."""


class _Line:
    """The countdowns of one owner in order, so that a moment later they need not be counted again."""

    __slots__ = ("due", "oldest", "since_sum", "soon")

    def __init__(self, columns: Columns) -> None:
        since, soon, due = columns
        # One without a warning of its own is never due soon: it is breached just after it is due.
        warned = [
            end + 1 if start is None or start > end else start for start, end in zip(soon, due, strict=True)
        ]
        self.due = array("q", sorted(due))
        self.soon = array("q", sorted(warned))
        self.oldest = min(since)
        self.since_sum = sum(since)

    def at(self, now: int) -> Load:
        breached = bisect_left(self.due, now)
        warned = bisect_right(self.soon, now)  # what is breached was warned of before
        count = len(self.due)
        average = from_micros(self.since_sum // count)
        return Load(count, warned - breached, breached, from_micros(self.oldest), average)


class Backlog:
    """Everything that waits. Counting it at another moment costs next to nothing, however much it is."""

    def __init__(self, columns: Mapping[str, Columns]) -> None:
        """`columns` hold the countdowns by owner, at least one of each."""
        self._lines = {owner_id: _Line(mine) for owner_id, mine in columns.items()}

    @classmethod
    def of_leads(cls, items: Iterable[Waiting]) -> Backlog:
        """What waits, lead by lead."""
        columns: dict[str, tuple[list[int], list[int | None], list[int]]] = defaultdict(lambda: ([], [], []))
        for item in items:
            since, soon, due = columns[item.owner_id]
            since.append(item.since)
            soon.append(item.soon)
            due.append(item.due)
        return cls(columns)

    @property
    def owners(self) -> frozenset[str]:
        return frozenset(self._lines)

    def of(self, owner_id: str, now: datetime) -> Load:
        """What waits for one owner."""
        line = self._lines.get(owner_id)
        return line.at(to_micros(now)) if line else Load()

    def total(self, now: datetime) -> Load:
        """What waits for all of them."""
        if not self._lines:
            return Load()
        moment = to_micros(now)
        loads = [line.at(moment) for line in self._lines.values()]
        count = sum(load.waiting for load in loads)
        return Load(
            count,
            sum(load.soon for load in loads),
            sum(load.breached for load in loads),
            from_micros(min(line.oldest for line in self._lines.values())),
            from_micros(sum(line.since_sum for line in self._lines.values()) // count),
        )


@dataclass(frozen=True, slots=True)
class Review:
    """A review clock: of the lead's owner as it stopped, or as they stand while it runs.

    `stopped_by` is the event that stopped it, the key of a decision say; '' while it runs.
    """

    owner_id: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None = None
    stopped_by: str = ""

    @property
    def answered(self) -> bool:
        """Whether sales answered: accepted, rejected or recycled the lead."""
        return self.stopped_at is not None and self.stopped_by in _ANSWERS


@dataclass(frozen=True, slots=True)
class TouchMade:
    """A touch of somebody on a lead of the team."""

    by_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """How the last weeks went. The first five are of the `WINDOW`, the series of the last `SERIES_DAYS`.

    `answered`: reviews that ended in accepted, rejected or recycled. `accepted`: those of them that were
    accepted. `counted`: the answered ones and those that run past their limit now; `in_time`: those that
    were answered by their limit. `median_minutes`: the middle of the answered ones' times from MQL to the
    answer, whole minutes of the review clock's time: business minutes in the rep's zone where it counts
    those; None where nothing was answered. `touches_by_day`: touches logged, by day, oldest first.
    """

    answered: int = 0
    accepted: int = 0
    counted: int = 0
    in_time: int = 0
    median_minutes: int | None = None
    touches_by_day: tuple[int, ...] = (0,) * SERIES_DAYS

    @property
    def touches(self) -> int:
        """Touches of the whole series."""
        return sum(self.touches_by_day)

    @property
    def compliance(self) -> float | None:
        """Share of the reviews that were answered by their limit, 0 to 1; None where there are none."""
        return share(self.in_time, self.counted)

    @property
    def acceptance(self) -> float | None:
        """Share of the answered reviews that were accepted, 0 to 1; None where there are none."""
        return share(self.accepted, self.answered)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def review_kinds(definitions: Definitions) -> frozenset[str]:
    """The clocks that run from a lead's becoming an MQL to its answer."""
    stage = definitions.handoff.mql_stage
    return frozenset(
        kind
        for kind, spec in definitions.clocks.items()
        if stage in spec.stages and spec.starts is ClockStart.STAGE and not spec.standby
    )


def first_day(now: datetime, zone: ZoneInfo) -> date:
    """The first day of the series of touches."""
    return now.astimezone(zone).date() - timedelta(days=SERIES_DAYS - 1)


def series_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the series of touches begins."""
    day = first_day(now, zone)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def history_of(
    reviews: Iterable[tuple[Review, int]], touches: Iterable[TouchMade], now: datetime, zone: ZoneInfo
) -> History:
    """The history that these reviews, each with its minutes of response so far, and touches amount to.

    What lies outside of window and series is left out.
    """
    since, first = now - WINDOW, first_day(now, zone)
    answered = accepted = counted = in_time = 0
    minutes: list[int] = []
    for review, took in reviews:
        if review.stopped_at is None:
            counted += now > review.due_at
        elif review.answered and since <= review.stopped_at <= now:
            answered += 1
            counted += 1
            accepted += review.stopped_by == DecisionKind.ACCEPT.value
            in_time += review.stopped_at <= review.due_at
            minutes.append(took)
    days = [0] * SERIES_DAYS
    for touch in touches:
        place = (touch.at.astimezone(zone).date() - first).days
        if 0 <= place < SERIES_DAYS:
            days[place] += 1
    middle = int(median(minutes)) if minutes else None
    return History(answered, accepted, counted, in_time, middle, tuple(days))


class Response:
    """Measures how long a review took, in the time that the review clock counts."""

    def __init__(self, definitions: Definitions, zones: Mapping[str, str]) -> None:
        """`zones` are the IANA zones of the reps by id; UTC for anybody else."""
        kinds = [definitions.clocks[kind] for kind in sorted(review_kinds(definitions))]
        self._spec = kinds[0] if kinds else None
        self._definitions = definitions
        self._zones = zones

    def minutes(self, review: Review) -> int:
        """Whole minutes from MQL to the answer; 0 while there is none."""
        if review.stopped_at is None:
            return 0
        spec = self._spec
        if spec is not None and spec.time is TimeKind.BUSINESS and spec.calendar:
            zone = self._zones.get(review.owner_id, "UTC")
            calendar = calendar_for(self._definitions, spec.calendar, zone)
            return max(calendar.minutes_between(review.started_at, review.stopped_at), 0)
        return max((review.stopped_at - review.started_at) // timedelta(minutes=1), 0)


def histories(
    reviews: Iterable[Review],
    touches: Iterable[TouchMade],
    response: Response,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[dict[str, History], History]:
    """The history of each owner, and of all together: its median is that of all answers."""
    measured = [(review, response.minutes(review)) for review in reviews]
    made = list(touches)
    by_owner: dict[str, list[tuple[Review, int]]] = defaultdict(list)
    by_person: dict[str, list[TouchMade]] = defaultdict(list)
    for each in measured:
        by_owner[each[0].owner_id].append(each)
    for touch in made:
        by_person[touch.by_id].append(touch)
    people = by_owner.keys() | by_person.keys()
    return (
        {each: history_of(by_owner.get(each, ()), by_person.get(each, ()), now, zone) for each in people},
        history_of(measured, made, now, zone),
    )


@dataclass(frozen=True, slots=True)
class RepLine:
    """A line of the team's table. `history` is None where it is not known here."""

    owner_id: str
    name: str
    load: Load
    history: History | None = None


@dataclass(frozen=True, slots=True)
class TeamTable:
    """The team's lines in order of name, and the line of all of them."""

    lines: tuple[RepLine, ...]
    total: RepLine


def team_table(
    people: Mapping[str, Colleague],
    team_id: str,
    backlog: Backlog,
    known: Mapping[str, History] | None,
    together: History | None,
    now: datetime,
) -> TeamTable:
    """A line for each rep of the team, and for whoever else has leads or a history in it.

    `known` and `together` are the histories; None where they have never been read.
    """
    reps = {each.id for each in people.values() if each.role is Role.REP and each.team_id == team_id}
    others = backlog.owners | {key for key, each in (known or {}).items() if each != History()}
    lines = [
        RepLine(
            each,
            people[each].name if each in people else ("Nobody" if each == NOBODY else each),
            backlog.of(each, now),
            None if known is None else known.get(each, History()),
        )
        for each in reps | others
    ]
    lines.sort(key=lambda line: (line.owner_id == NOBODY, folded(line.name), line.owner_id))
    return TeamTable(tuple(lines), RepLine(NOBODY, "Team", backlog.total(now), together))
