"""The queue's order over real files, held against the same order written down in plain Python (T1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, NOW, RAUL, RITA, after, mql, new_id, received, signal
from tests.cache.shelf import Clock

from leadqueue.cache.opening import open_file
from leadqueue.cache.queue import QueueReader
from leadqueue.cache.queue_views import FALLING, SORTS, QueueView, SortKey
from leadqueue.cache.rows import row_of, write_rows
from leadqueue.domain.filters.filter import EVERYTHING
from leadqueue.domain.filters.terms import of_words
from leadqueue.domain.lead import Lead
from leadqueue.domain.queue import place_of
from leadqueue.domain.text import folded
from leadqueue.domain.touches import present_touches

EVERYBODY = of_words("example")
"""A search that each lead here passes: it looks beyond the queue too."""
PAGE = 3
NEVER = datetime.max.replace(tzinfo=NOW.tzinfo)


def _kinds() -> dict[str, Lead]:
    """A lead in each section, and two in none of them, by what became of it."""
    waits = mql()
    recycled = after(after(mql(signals=(signal("demo_request"),)), "touch"), "recycle")
    later = NOW + timedelta(days=1)
    back = received(existing=recycled, signals=(signal("demo_request", later),), now=later).lead
    assert back is not None
    kinds = {
        "review": waits,
        "returned": back,
        "first_outreach": after(mql(), "accept"),
        "touch": after(after(mql(), "accept"), "touch"),
        "working": after(after(after(mql(), "accept"), "touch"), "qualify"),
        "rejected": after(mql(), "reject"),
        "recycled": recycled,
    }
    places = {kind: place_of(lead, DEFINITIONS) for kind, lead in kinds.items()}
    assert {kind: place.section if place else None for kind, place in places.items()} == {
        **{kind: kind for kind in kinds},
        "rejected": None,
        "recycled": None,
    }
    return kinds


KINDS = _kinds()
WORDS = ("Zoe", "zoe", "Ärmel", "arm", "Ölmann", "", "_", "Émile", "É", "zz", "Straße", "李雷")


def due(lead: Lead) -> datetime:
    place = place_of(lead, DEFINITIONS)
    return place.clock.due_at if place else NEVER


def rank(lead: Lead) -> int:
    place = place_of(lead, DEFINITIONS)
    return place.rank if place else len(DEFINITIONS.sections)


KEYS: dict[SortKey, Callable[[Lead], object]] = {
    "urgency": due,
    "score": lambda lead: lead.score.total if lead.score else 0,
    "age": lambda lead: lead.created_at,
    "name": lambda lead: folded(lead.person),
    "company": lambda lead: folded(lead.company),
    "source": lambda lead: folded(lead.text("lead_source")),
    "title": lambda lead: folded(lead.text("job_title")),
    "campaign": lambda lead: folded(lead.text("campaign")),
    "stage": lambda lead: lead.stage,
    "country": lambda lead: lead.text("country"),
    "section": rank,
    "owner": lambda lead: folded(lead.owner_name),
    "touches": lambda lead: len(present_touches(lead)),
}


def expected(leads: list[Lead], view: QueueView) -> list[str]:
    """The ids of the view's leads, in its order."""

    def held(lead: Lead) -> bool:
        place = place_of(lead, DEFINITIONS)
        if view.section is not None and (place is None or place.section != view.section):
            return False
        return view.owner in (None, lead.owner_id) and (place is not None or view.filter.widens)

    key = KEYS[view.sort]
    falls = view.descending is not (view.sort in FALLING)
    chosen = [lead for lead in leads if held(lead)]
    return [lead.id for lead in sorted(chosen, key=lambda lead: (key(lead), lead.id), reverse=falls)]


@st.composite
def drawn(draw: st.DrawFn) -> Lead:
    """A lead of any kind, with few values for each column, so that there are ties."""
    lead = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    hours = st.integers(-3, 3)
    moved = timedelta(hours=draw(hours))
    fields = {
        **lead.fields,
        "first_name": "",
        "last_name": draw(st.sampled_from(WORDS)),
        "company_name": f"{draw(st.sampled_from(WORDS))} example",
        "job_title": draw(st.sampled_from(WORDS)),
        "campaign": draw(st.sampled_from(WORDS)),
        "lead_source": draw(st.sampled_from(["webinar", "referral"])),
        "country": draw(st.sampled_from(["DE", "GB", ""])),
    }
    owner = draw(st.sampled_from([RITA, RAUL]))
    score = lead.score
    assert score is not None
    return replace(
        lead,
        id=new_id(),
        fields=fields,
        owner_id=owner.id,
        owner_name=draw(st.sampled_from([owner.name, "Ärmel", "Zoe"])),
        created_at=NOW + timedelta(hours=draw(hours)),
        score=draw(st.sampled_from([None, score, replace(score, total=score.total + 7)])),
        clocks=tuple(replace(clock, due_at=NOW + moved) for clock in lead.clocks),
    )


VIEWS = [
    QueueView(section, filtered, sort, descending, owner)
    for sort in SORTS
    for descending in (False, True)
    for section, filtered, owner in (
        (None, EVERYTHING, None),
        (None, EVERYBODY, None),
        ("touch", EVERYTHING, None),
        (None, EVERYTHING, RITA.id),
    )
]


Opened = Callable[[list[Lead]], QueueReader]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A queue of exactly these leads, over a cache as it is made."""
    clock = Clock()
    path = tmp_path_factory.mktemp("order") / "cache.db"
    connection, _ = open_file(path, "cache", clock)
    reader = QueueReader(path, lambda: DEFINITIONS.sections, clock)

    def of(leads: list[Lead]) -> QueueReader:
        rows = [row_of(lead, DEFINITIONS, unsent=0, attention=0, open_here=0) for lead in leads]
        connection.execute("BEGIN")
        connection.execute("DELETE FROM queue_row")
        write_rows(connection, rows)
        connection.execute("COMMIT")
        return reader

    yield of
    reader.close()
    connection.close()


def hold(reader: QueueReader, leads: list[Lead], view: QueueView) -> None:
    """However the view is read, page by page or as a whole, from either end, it is in the one order."""
    ids = expected(leads, view)
    assert reader.ids(view) == ids, view
    assert reader.count(view) == len(ids)
    assert [row.id for row in reader.window(view, 0, -1)] == ids
    pages = [reader.window(view, start, PAGE) for start in range(0, len(ids) + 1, PAGE)]
    assert [row.id for page in pages for row in page] == ids
    assert [row.id for row in reader.window(view, -PAGE, PAGE)] == ids[-PAGE:]
    assert [reader.index_of(view, each) for each in ids] == [*range(len(ids))]
    *_, found = reader.find(view)
    assert [row.id for row in found.window(view, 0, 99)] == ids
    assert reader.ids_beside(view) == ids


def at(kind: str, hours: int) -> Lead:
    """A lead of this kind whose countdown ends then."""
    lead = KINDS[kind]
    clocks = tuple(replace(clock, due_at=NOW + timedelta(hours=hours)) for clock in lead.clocks)
    return replace(lead, id=new_id(), clocks=clocks)


def test_the_most_urgent_comes_first_whatever_its_section(opened: Opened) -> None:
    hours = {"working": [-9, 4], "review": [2, -1], "touch": [-5, 3], "first_outreach": [1], "returned": [0]}
    leads = [at(kind, hour) for kind, those in hours.items() for hour in those]
    leads += [at("rejected", -99), at("recycled", -99)]
    reader = opened(leads)
    rows = reader.window(QueueView(), 0, 99)
    assert [row.due_at for row in rows] == [NOW + timedelta(hours=each) for each in (-9, -5, -1, *range(5))]
    assert [row.section for row in rows[:4]] == ["working", "touch", "review", "returned"]
    assert reader.window(QueueView(descending=True), 0, 99) == rows[::-1]


def test_what_is_in_no_section_has_no_countdown_and_comes_last(opened: Opened) -> None:
    outside = [at("rejected", -9), at("recycled", -9)]
    leads = [*outside, at("review", 9), at("touch", 8)]
    found = opened(leads).window(QueueView(filter=EVERYBODY), 0, 99)
    assert [row.due_at is None for row in found] == [False, False, True, True]
    assert [row.id for row in found[2:]] == sorted(lead.id for lead in outside)


def test_those_that_are_alike_stand_in_the_order_of_their_ids(opened: Opened) -> None:
    leads = [at("review", 1) for _ in range(7)]
    reader = opened(leads[::-1])
    for sort in SORTS:
        view = QueueView(sort=sort)
        assert reader.ids(view) == [lead.id for lead in (leads[::-1] if view.falls else leads)]


@pytest.mark.parametrize("sort", ["name", "company", "title", "campaign", "owner"])
def test_text_is_in_one_order_whatever_its_column(opened: Opened, sort: SortKey) -> None:
    words = ("Ärmel", "arnold", "émile", "Emma", "Straße", "STRASSEN", "Zoe", "zoë B")
    leads = []
    for word in words:
        named = {
            "first_name": "",
            "last_name": word,
            "company_name": word,
            "job_title": word,
            "campaign": word,
        }
        lead = at("review", 1)
        leads.append(replace(lead, fields={**lead.fields, **named}, owner_name=word))
    ids = opened(leads[::-1]).ids(QueueView(sort=sort))
    assert ids == [lead.id for lead in leads]


@settings(max_examples=40)
@given(leads=st.lists(drawn(), max_size=14), view=st.sampled_from(VIEWS))
def test_any_view_is_in_the_order_of_plain_python(opened: Opened, leads: list[Lead], view: QueueView) -> None:
    hold(opened(leads), leads, view)


@settings(max_examples=4)
@given(leads=st.lists(drawn(), min_size=9, max_size=14))
def test_every_view_of_some_leads_is_in_the_order_of_plain_python(opened: Opened, leads: list[Lead]) -> None:
    reader = opened(leads)
    for view in VIEWS:
        hold(reader, leads, view)
