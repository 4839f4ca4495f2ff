"""A record that stands in a file several times: sent once, the later values first, no event lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, NOW, new_id

from leadqueue.sync.importing.mapping import parse
from leadqueue.sync.importing.reader import BadRow, Row, UnreadableFile
from leadqueue.sync.importing.run import Ready, Summary, Superseded, leads_of, rehearse, send_all
from leadqueue.sync.importing.superseding import ends_of, once_each
from leadqueue.wire.intake import MAX_INTAKE, IntakeLeads, IntakeResult, IntakeResults, IntakeStatus

MAPPING = parse(
    """
source = "Test"
source_id = "{id}"
owner = "{owner}"
qualified = { text = "{state}", is = ["MQL"] }
[fields]
email = "{mail}"
first_name = "{first}"
company_size = "{staff}"
[[signals]]
kind = "webinar"
at = "{seen}"
""",
    DEFINITIONS,
)


def row(line: int, **values: str) -> Row:
    return Row(line, {"id": "1", **values})


def sent(rows: Sequence[Row | BadRow]) -> list[Ready | BadRow | Superseded]:
    ends = ends_of(rows, MAPPING, DEFINITIONS, NOW)
    return list(once_each(leads_of(rows, MAPPING, DEFINITIONS), ends, DEFINITIONS, NOW))


def leads(rows: Sequence[Row | BadRow]) -> list[Ready]:
    return [each for each in sent(rows) if isinstance(each, Ready)]


def test_the_later_row_counts_and_the_earlier_is_told_with_its_line() -> None:
    rows = [row(2, mail="old@a.example", first="Ada"), row(3, mail="b@b.example", id="2")]
    first, other, last = sent([*rows, row(4, mail="new@a.example")])
    assert first == Superseded(2)
    assert isinstance(other, Ready)
    assert not other.supersedes
    assert isinstance(last, Ready)
    assert last.supersedes == (2,)
    assert last.lead.fields == {"email": "new@a.example", "first_name": "Ada"}, "an empty cell erases nothing"


def test_what_an_earlier_row_alone_says_goes_with_the_last() -> None:
    rows = [
        row(2, seen="2026-01-01", state="MQL", owner="rita@sales.example"),
        row(3, seen="2026-01-02", first="Ada"),
        row(4, seen="2026-01-01", first="Grace"),
    ]
    [made] = leads(rows)
    assert [signal.at.day for signal in made.lead.signals] == [1, 2]
    assert made.lead.qualified
    assert (made.lead.owner, made.lead.fields) == ("rita@sales.example", {"first_name": "Grace"})


def test_a_row_that_is_refused_or_unreadable_supersedes_none() -> None:
    rows: list[Row | BadRow] = [
        row(2, mail="a@a.example"),
        row(3, mail="nonsense"),
        row(4, staff="many"),
        BadRow(5, "broken", "x"),
    ]
    good, refused, unreadable, broken = sent(rows)
    assert isinstance(good, Ready)
    assert (good.lead.fields, good.supersedes) == ({"email": "a@a.example"}, ())
    assert isinstance(refused, Ready)
    assert refused.lead.fields == {"email": "nonsense"}, "the server refuses it by name"
    assert isinstance(unreadable, BadRow)
    assert isinstance(broken, BadRow)
    refused, good = leads([row(2, mail="nonsense"), row(3, first="Ada")])
    assert (good.lead.fields, good.supersedes) == ({"first_name": "Ada"}, ())


def test_more_signals_than_the_api_takes_at_once_come_after_the_lead() -> None:
    count = MAX_INTAKE * 2 + 1
    rows = [row(2 + n, seen=f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}") for n in range(count)]
    made = leads(rows)
    assert [len(each.lead.signals) for each in made] == [MAX_INTAKE, MAX_INTAKE, 1]
    assert len({signal.source_id for each in made for signal in each.lead.signals}) == count
    assert [each.rest for each in made] == [False, True, True]


def test_a_file_that_changes_while_it_is_read_is_told() -> None:
    rows = [row(2, mail="a@a.example"), row(3, mail="b@b.example")]
    ends = ends_of(rows, MAPPING, DEFINITIONS, NOW)
    with pytest.raises(UnreadableFile, match="changed"):
        list(once_each(leads_of(rows[:1], MAPPING, DEFINITIONS), ends, DEFINITIONS, NOW))


async def test_rows_and_leads_are_counted_each_for_itself() -> None:
    rows = [row(2, mail="a@b.example"), row(3, mail="a@b.example"), row(4, mail="c@d.example")]
    summary = Summary()
    await send_all(
        sent(rows),
        MAPPING,
        rehearse(DEFINITIONS, NOW, new_id),
        on_bad=lambda _row: None,
        on_progress=lambda _summary: None,
        summary=summary,
    )
    told = summary.as_json()
    assert (told["rows"], told["quarantined"], told["superseded"]) == (3, 1, 2)
    assert told["superseded_lines"] == [2, 3]
    assert told["stages"] == {DEFINITIONS.handoff.quarantine_stage: 1}


async def test_a_reject_names_the_earlier_rows_that_were_not_sent() -> None:
    async def refuse(_leads: IntakeLeads) -> IntakeResults:
        return IntakeResults(results=(IntakeResult(source_id="1", status=IntakeStatus.REFUSED),))

    bad: list[BadRow] = []
    rows = [row(2, owner="nobody@a.example"), row(7)]
    await send_all(sent(rows), MAPPING, refuse, on_bad=bad.append, on_progress=lambda _summary: None)
    assert (bad[0].line, bad[0].reason) == (
        7,
        "refused; the record's earlier rows were not sent either: line 2",
    )


CELLS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["1", "2", ""]),
        "mail": st.sampled_from(["", "a@a.example", "b@b.example", "nonsense"]),
        "staff": st.sampled_from(["", "5", "many"]),
        "seen": st.sampled_from(["", "2026-01-01", "2026-01-02", "2026-01-03"]),
        "first": st.sampled_from(["", "Ada", "Grace"]),
    }
)


@given(st.lists(CELLS, max_size=12))
def test_no_row_no_event_and_no_last_value_is_lost(cells: list[dict[str, str]]) -> None:
    rows = [Row(line, each) for line, each in enumerate(cells, start=2)]
    found = sent(rows)
    lines = [each.row.line if isinstance(each, Ready) else each.line for each in found]
    assert lines == [each.line for each in rows]
    for source_id in ("1", "2"):
        sound = [
            each
            for each in rows
            if each.values["id"] == source_id
            and each.values["mail"] != "nonsense"
            and each.values["staff"] != "many"
        ]
        good = [
            each.lead
            for each in found
            if isinstance(each, Ready)
            and each.lead.source_id == source_id
            and each.lead.fields.get("email") != "nonsense"
        ]
        assert len(good) == bool(sound)
        if not good:
            continue
        assert {f"{signal.at:%Y-%m-%d}" for signal in good[0].signals} == {
            each.values["seen"] for each in sound if each.values["seen"]
        }
        for key, column in (("email", "mail"), ("first_name", "first")):
            values = [each.values[column] for each in sound if each.values[column]]
            assert good[0].fields.get(key) == (values[-1] if values else None)
