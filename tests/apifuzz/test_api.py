"""The API is what its document says: no fault, nothing off schema, no status that is not written there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import postgres
from tests.apifuzz.campaign import Campaign, run
from tests.apifuzz.company import Company, open_company

from leadqueue.definitions.model import Role
from leadqueue.wire.api import Escalation

CAMPAIGNS = (
    Campaign(Role.ADMIN, examples=6, phases="coverage,fuzzing"),
    Campaign(Role.REP, examples=3, phases="fuzzing,stateful"),
    Campaign(Role.MANAGER, examples=2, phases="fuzzing"),
    Campaign(Role.MARKETING_OPS, examples=2, phases="fuzzing"),
)
"""Short, so that they run with every change; `make api-fuzz` runs long ones."""

FEWEST_CASES = 20


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with open_company(tmp_path_factory.mktemp("company")) as made:
        yield made


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda each: each.role.value)
def test_every_check_of_every_operation(campaign: Campaign, company: Company, tmp_path: Path) -> None:
    outcome = run(campaign, company, tmp_path)
    assert outcome.sound, outcome.report
    assert outcome.cases >= FEWEST_CASES, outcome.report


def test_every_check_over_postgresql(tmp_path: Path) -> None:
    with postgres.fresh_database() as address, open_company(tmp_path, address) as company:
        outcome = run(Campaign(Role.ADMIN, examples=6, phases="coverage,fuzzing"), company, tmp_path)
    assert outcome.sound, outcome.report
    assert outcome.cases >= FEWEST_CASES, outcome.report


def test_the_requests_reach_the_rules(company: Company, tmp_path: Path) -> None:
    """Decisions that were only refused as unknown would prove nothing."""
    outcome = run(Campaign(Role.ADMIN, examples=15, phases="fuzzing", only="decide"), company, tmp_path)
    assert outcome.sound, outcome.report
    with company.world.database.read() as connection:
        answered = connection.exec_driver_sql("SELECT status, COUNT(*) FROM decision GROUP BY status").all()
    counts = {str(status): int(count) for status, count in answered}
    assert counts.get("applied", 0) >= 1, counts
    assert counts.get("refused", 0) >= 1, counts


def test_a_fault_is_found(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> tuple[Escalation, ...]:
        raise RuntimeError

    monkeypatch.setattr("leadqueue.server.escalations.in_scope", fails)
    outcome = run(Campaign(Role.REP, 1, phases="fuzzing", only="escalations_list"), company, tmp_path)
    assert not outcome.sound
    assert "Server error" in outcome.report


def test_an_answer_off_schema_is_found(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Liar:
        def dump_json(self, _lead: object) -> bytes:
            return b'{"id": 1}'

    monkeypatch.setattr("leadqueue.server.routes.LEAD_ADAPTER", Liar())
    outcome = run(Campaign(Role.ADMIN, 5, phases="fuzzing", only="lead"), company, tmp_path)
    assert not outcome.sound
    assert "Response violates schema" in outcome.report
