"""What travels: strict in what the server takes, lenient in what a client reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.builders import NOW, after, mql, new_id

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.wire.api import (
    CHANGES_PAGE_ADAPTER,
    MAX_BATCH,
    Answer,
    AnswerStatus,
    ChangesPage,
    DecisionBatch,
    DecisionBody,
    Leave,
    Upsert,
)
from leadqueue.wire.intake import IntakeLead


def body(**changes: object) -> dict[str, object]:
    return {
        "id": new_id(),
        "lead_id": new_id(),
        "kind": "accept",
        "values": {"acceptance_reason": "strong_fit"},
        "expected_version": 1,
        "definitions_version": "2026.1",
        "decided_at": "2026-11-23T10:00:00+01:00",
        **changes,
    }


class TestDecisionBody:
    def test_moments_arrive_in_utc(self) -> None:
        made = DecisionBody.model_validate(body()).to_domain()
        assert made.decided_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
        assert made.decided_at.tzinfo is UTC
        assert made.kind is DecisionKind.ACCEPT

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id", "1"),
            ("id", "01930000-0000-7000-8000-00000000000A"),
            ("lead_id", "../../etc/passwd"),
            ("kind", "delete"),
            ("expected_version", -1),
            ("decided_at", "2026-11-23T10:00:00"),
            ("values", {"note": ["a", "list"]}),
            ("values", {str(number): "" for number in range(65)}),
            ("values", {"x" * 65: ""}),
        ],
    )
    def test_a_bad_value_is_named(self, field: str, value: object) -> None:
        with pytest.raises(ValidationError) as caught:
            DecisionBody.model_validate(body(**{field: value}))
        assert {error["loc"][0] for error in caught.value.errors()} == {field}

    def test_an_unknown_key_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="decided_by"):
            DecisionBody.model_validate(body(decided_by="someone else"))

    def test_a_batch_has_its_bounds(self) -> None:
        with pytest.raises(ValidationError):
            DecisionBatch.model_validate({"decisions": []})
        with pytest.raises(ValidationError):
            DecisionBatch.model_validate({"decisions": [body() for _ in range(MAX_BATCH + 1)]})

    @given(
        st.dictionaries(
            st.from_regex(r"[a-z_]{1,20}", fullmatch=True),
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=50),
            max_size=8,
        ),
        st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])),
    )
    def test_it_comes_back_from_json_as_it_went(
        self, values: dict[str, str | int | bool | None], at: datetime
    ) -> None:
        first = DecisionBody.model_validate(body(values=values, decided_at=at))
        again = DecisionBody.model_validate_json(first.model_dump_json())
        assert again == first
        assert {key: type(value) for key, value in again.values.items()} == {
            key: type(value) for key, value in values.items()
        }


class TestPages:
    def test_a_page_of_both_kinds_round_trips(self) -> None:
        lead = after(after(mql(), "accept"), "touch")
        page = ChangesPage(
            changes=(Upsert(seq=4, lead=lead), Leave(seq=5, lead_id=new_id())), next="c", seq=5, more=False
        )
        text = CHANGES_PAGE_ADAPTER.dump_json(page)
        assert CHANGES_PAGE_ADAPTER.validate_json(text) == page

    def test_a_newer_servers_answer_is_read(self) -> None:
        answer = Answer.model_validate({"id": "x", "status": "applied", "seq": 3, "hint": {"new": True}})
        assert answer.status is AnswerStatus.APPLIED

    def test_a_lead_keeps_its_microseconds(self) -> None:
        lead = mql(now=NOW + timedelta(microseconds=123_457))
        assert LEAD_ADAPTER.validate_json(LEAD_ADAPTER.dump_json(lead)) == lead


def test_intake_refuses_nested_values() -> None:
    with pytest.raises(ValidationError):
        IntakeLead.model_validate({"source_id": "1", "fields": {"email": {"$ne": ""}}})
