"""What `diff` says of a change, and which open leads it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.definitions.edits import DEFINITIONS, changed, data, read

from leadqueue.definitions.diff import Change, diff, touched
from leadqueue.definitions.model import Definitions


def said(old: str, new: str) -> list[str]:
    return [change.words for change in diff(DEFINITIONS, read(changed(old, new)))]


def one(old: str, new: str) -> Change:
    [change] = diff(DEFINITIONS, read(changed(old, new)))
    return change


def test_a_file_and_itself_do_not_differ() -> None:
    assert diff(DEFINITIONS, read(changed("# The shared", "# Our shared"))) == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("minutes = 1440", "minutes = 960", "The clock 'Review': 24 business hours → 16 business hours"),
        (
            "soon_minutes = 240\n",
            "soon_minutes = 90\n",
            "The clock 'Review' counts as due soon: 4 business hours → 90 business minutes before its limit",
        ),
        (
            'time = "business"\ncalendar = "default"',
            'time = "elapsed"\ncalendar = "default"',
            "The clock 'Review' now counts every hour: 24 business hours → 24 hours",
        ),
        (
            "standby = true",
            "standby = false",
            "The clock 'Status update' now runs beside the lead's other clocks",
        ),
        (
            "remind_minutes = [480]\nuntil",
            "remind_minutes = [480]\nstandby = true\nuntil",
            "The clock 'Next touch' now runs only while no other clock of the lead runs",
        ),
        (
            "remind_minutes = [240, 60]",
            "remind_minutes = [60]",
            "The clock 'Review' is to remind: 1 business hour before its limit (nothing sends that yet)",
        ),
        (
            "minutes = 60\n",
            "minutes = 30\n",
            "The lane 'Fast lane' of the clock 'Review', limit: 1 business hour → 30 business minutes",
        ),
        (
            'dispositions = ["reject", "recycle", "close_lost"]\nnurture = "value_case"',
            'dispositions = ["reject", "close_lost"]',
            "Reason 'No budget' no longer serves recycle",
        ),
        (
            'dispositions = ["reject"]\nfields',
            'dispositions = ["reject", "close_lost"]\nfields',
            "Reason 'Already in pipeline' now serves close as lost",
        ),
        (
            'nurture = "value_case"',
            'nurture = "education"',
            "Reason 'No budget' leads to 'Education', before 'Value case'",
        ),
        ("min_touches = 8", "min_touches = 10", "Reason 'Unresponsive' needs 10 logged touches, before 8"),
        (
            'fields = ["pipeline_reference"]',
            'fields = ["pipeline_reference", "revisit_on"]',
            "Reason 'Already in pipeline' now also asks for Revisit on",
        ),
        ('label = "No budget"', 'label = "No money"', "Reason 'No budget' is now called 'No money'"),
        (
            "[reasons.no_pain]",
            '[reasons.legal]\nlabel = "Legal hold"\ndispositions = ["reject"]\nfields = ["revisit_on"]\n\n'
            "[reasons.no_pain]",
            "Reason 'Legal hold' is new, for reject; it asks for Revisit on",
        ),
        (
            'fields = [{ field = "reason", required = true }, { field = "note" }]\nreason = "reason"\n'
            'disposition = "reject"',
            'fields = [{ field = "reason", required = true }, { field = "note", required = true }]\n'
            'reason = "reason"\ndisposition = "reject"',
            "Reject: Note must now be filled in",
        ),
        (
            '{ field = "acceptance_reason", required = true }, { field = "note" }',
            '{ field = "acceptance_reason", required = true }, { field = "phone", required = true }',
            "Accept now also asks for Phone",
        ),
        (
            '{ field = "acceptance_reason", required = true }, { field = "note" }',
            '{ field = "acceptance_reason", required = true }',
            "Accept no longer asks for Note",
        ),
        (
            '{ field = "why", required = true }]\nmoves = [\n',
            '{ field = "why", required = true }, { field = "note" }]\nmoves = [\n',
            "Reopen now also offers Note, which may be left empty",
        ),
        (
            '{ field = "touch_channel", required = true }, { field = "touch_outcome", required = true }',
            '{ field = "touch_outcome", required = true }, { field = "touch_channel", required = true }',
            "Decision 'Log touch', fields: the order is now touch_outcome, touch_channel, note",
        ),
        (
            'from = ["mql", "sal", "sql"], to = "disqualified"',
            'from = ["mql", "sal"], to = "disqualified"',
            "Reject is no longer open: Sales qualified → Disqualified",
        ),
        (
            'moves = [{ from = ["sal"], to = "sql" }]',
            'moves = [{ from = ["sal", "mql"], to = "sql" }]',
            "Qualify is now open: Marketing qualified → Sales qualified",
        ),
        (
            'moves = [{ from = ["sal"], to = "sql" }]',
            'moves = [{ from = ["sal"], to = "sql", roles = ["manager"] }]',
            "Qualify, Sales accepted → Sales qualified: for manager, before rep, manager and admin",
        ),
        (
            'requires = ["win_reason"]',
            'requires = ["win_reason", "amount"]',
            "To enter Closed won a lead now needs Amount",
        ),
        (
            'requires = ["sal_date", ',
            "requires = [",
            "To enter Sales accepted a lead no longer needs Accepted on",
        ),
        (
            'qualification = "bant"',
            'qualification = "meddic"',
            "Leads are qualified by MEDDIC, before BANT: the form now asks for Metrics, Economic buyer, "
            "Decision criteria, Decision process, Identified pain and Champion",
        ),
        ("[mql]\nscore = 50", "[mql]\nscore = 60", "The MQL bar, score: 50 → 60"),
        ("points = 12", "points = 14", "Score, 'Looked at pricing': +12 → +14 points"),
        ('event = "Event"\n', "", "Lead source: 'Event' can no longer be chosen"),
        (
            'webinar = "Webinar"\n',
            'webinar = "Webinar"\npodcast = "Podcast"\n',
            "Lead source: 'Podcast' can now be chosen",
        ),
        (
            'referral = "Referral"',
            'referral = "Reference"',
            "Lead source: 'Referral' is now called 'Reference'",
        ),
        ('"rivalqueue.example", ', "", "List 'competitor_domains': gone rivalqueue.example"),
        ("maximum = 100000000000 }", "maximum = 5 }", "Field 'Amount', maximum: 100000000000 → 5"),
        ("touches_min = 8", "touches_min = 9", "Cadence, touches min: 8 → 9"),
        ('country = "US"', 'country = "DE"', "Calendar 'Monday to Friday, whole days', country: 'US' → 'DE'"),
        ("recovery_months = 6", "recovery_months = 7", "Reporting, recovery months: 6 → 7"),
        (
            'name = "leadqueue default"',
            'name = "ours"',
            "The definitions, name: 'leadqueue default' → 'ours'",
        ),
    ],
)
def test_in_words(old: str, new: str, words: str) -> None:
    assert words in said(old, new)


def test_one_change_is_told_once() -> None:
    change = one("minutes = 1440", "minutes = 960")
    assert (change.area, change.path, change.stages) == ("clocks", "clocks.review.minutes", ("mql",))


def test_moves_that_are_only_written_otherwise_are_told_all_the_same() -> None:
    old = 'moves = [{ from = ["mql", "sal", "sql"], to = "disqualified", sets = { recycled = false } }]'
    new = (
        'moves = [{ from = ["mql"], to = "disqualified", sets = { recycled = false } }, '
        '{ from = ["sal", "sql"], to = "disqualified", sets = { recycled = false } }]'
    )
    assert len(said(old, new)) == 1


def test_what_a_rep_feels_first_comes_first() -> None:
    text = changed("minutes = 1440", "minutes = 960").replace("recovery_months = 6", "recovery_months = 7")
    text = text.replace("points = 12", "points = 14").replace("min_touches = 8", "min_touches = 10")
    text = text.replace('edits = "rep"\nstatus_update = false', 'edits = "rep"')
    areas = [change.area for change in diff(DEFINITIONS, read(text))]
    assert areas == ["decisions", "reasons", "clocks", "score", "reporting"]


@dataclass(frozen=True)
class Card:
    id: str
    stage: str
    fields: Mapping[str, str | int | bool | None] = field(default_factory=dict)


CARDS = [
    Card("waiting", "mql", {"lead_source": "event"}),
    Card("accepted", "sal", {"lead_source": "webinar", "amount": 7}),
    Card("deal", "opportunity", {"lead_source": "event", "amount": 900}),
    Card("closed", "won", {"lead_source": "event", "amount": 900}),
]


@pytest.mark.parametrize(
    ("old", "new", "ids"),
    [
        ("minutes = 1440", "minutes = 960", ("waiting",)),
        ("min_touches = 8", "min_touches = 10", ("waiting", "accepted", "deal")),
        ('event = "Event"\n', "", ("waiting", "deal")),
        ("maximum = 100000000000 }", "maximum = 500 }", ("accepted", "deal")),
        ('requires = ["win_reason"]', 'requires = ["win_reason", "amount"]', ("deal",)),
        ('requires = ["qualification", ', "requires = [", ("accepted", "deal")),
        ("points = 12", "points = 14", ("waiting", "accepted", "deal")),
        ("recovery_months = 6", "recovery_months = 7", ()),
        ('label = "No budget"', 'label = "No money"', ()),
        ("opens = 09:00:00", "opens = 08:00:00", ()),
        ('zone = "UTC"\ncountry', 'zone = "Asia/Tokyo"\ncountry', ("waiting",)),
    ],
)
def test_the_open_leads_that_a_change_touches(old: str, new: str, ids: tuple[str, ...]) -> None:
    [hit] = touched(CARDS, DEFINITIONS, read(changed(old, new)))
    assert hit.leads == ids


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
    if isinstance(value, list) and value:
        return [leaf for number, each in enumerate(value) for leaf in leaves(each, (*path, number))]
    return [path]


LEAVES = leaves(data())


def other(value: object) -> list[object]:
    """Values that might stand where `value` stands."""
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [value + 1, value - 1, value / 2]
        case str():
            return [
                f"{value}x",
                "mon",
                "sat",
                "both",
                "none",
                "shared",
                "text",
                "linear",
                "decision",
                "2027-01-01",
                "Asia/Tokyo",
                "meddic",
            ]
        case None:
            return [1, True, "x", "mql", "09:00:00", {"field": "note", "equals": "x"}, {"field": "amount"}]
        case _:
            return [["note"], ["mql"], [1], {"note": "x"}, ["rep"], ["2026-12-24"], [{"field": "amount"}]]


def with_leaf(path: tuple[str | int, ...], value: object) -> Definitions | None:
    """The shipped definitions with one leaf changed; None where the format does not allow the value."""
    tree: Any = data()
    inner = tree
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    try:
        return Definitions.model_validate(tree)
    except ValidationError:
        return None


def leaf_of(path: tuple[str | int, ...]) -> object:
    value: Any = data()
    for step in path:
        value = value[step]
    return value


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(LEAVES))
def test_no_single_change_stays_untold(path: tuple[str | int, ...]) -> None:
    for value in other(leaf_of(path)):
        new = with_leaf(path, value)
        if new is None or new == DEFINITIONS:
            continue
        for one_way, back in ((DEFINITIONS, new), (new, DEFINITIONS)):
            told = diff(one_way, back)
            assert told
            assert all(change.words and change.area == str(path[0]) for change in told), told


def test_nearly_every_leaf_can_be_changed_at_all() -> None:
    """The property above means something: most leaves have a value that the format allows."""
    changeable = [
        path for path in LEAVES[::41] if any(with_leaf(path, value) for value in other(leaf_of(path)))
    ]
    assert len(changeable) > len(LEAVES[::41]) * 0.9


def test_the_order_of_a_picklist_is_told() -> None:
    tree = data()
    tree["reasons"] = dict(reversed(tree["reasons"].items()))
    [change] = diff(DEFINITIONS, Definitions.model_validate(tree))
    assert change.words.startswith("Reasons: the order is now insufficient_engagement, ")


def test_two_changes_do_not_hide_each_other() -> None:
    text = changed('{ field = "acceptance_reason", required = true }, { field = "note" }',
                   '{ field = "acceptance_reason" }, { field = "note", required = true }')  # fmt: skip
    words = {change.words for change in diff(DEFINITIONS, read(text))}
    assert words == {"Accept: Acceptance reason may now be left empty", "Accept: Note must now be filled in"}
