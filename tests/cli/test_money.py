"""Amounts given at a shell are read in the currency that they will have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.builders import GOOD_FIELDS
from tests.cli.conftest import Shell

from leadqueue.cli.exits import Exit
from leadqueue.domain.lead import FieldValue, Lead
from leadqueue.sync import credentials
from leadqueue.wire.intake import Quarantine


@pytest.fixture
def olga(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Marketing operations at the shell."""
    world, who = shell.world, shell.world.olga
    monkeypatch.setenv(credentials.TOKEN_VARIABLE, world.tokens["olga"])
    shell.home.save_account(
        replace(shell.account, user_id=who.id, name=who.name, email=who.email, role="marketing_ops")
    )
    return shell


def quarantined(shell: Shell, **fields: FieldValue) -> None:
    """A lead that lacks its company's name and domain."""
    lacking = {key: value for key, value in GOOD_FIELDS.items() if not key.startswith("company_")}
    body = {"leads": [{"source_id": "abc", "fields": {**lacking, **fields}}]}
    answer = shell.world.client.post("/v1/intake/leads", json=body, headers=shell.world.as_("olga"))
    assert answer.json()["results"][0]["status"] == "quarantined", answer.text


def stored(shell: Shell) -> Lead:
    answer = shell.world.client.get("/v1/quarantine", headers=shell.world.as_("olga"))
    return Quarantine.model_validate_json(answer.content).leads[0].lead


def sets(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--set", pair)]


class TestRepair:
    @pytest.mark.parametrize(
        "pairs",
        [
            ("annual_revenue=5000000", "revenue_currency=JPY"),
            ("revenue_currency=JPY", "annual_revenue=5000000"),
        ],
    )
    def test_the_order_of_the_options_does_not_matter(self, olga: Shell, pairs: tuple[str, ...]) -> None:
        quarantined(olga)
        told = olga("quarantine", "repair", "abc", *sets(*pairs))
        assert told.code == Exit.DONE, told.stderr
        assert stored(olga).fields["annual_revenue"] == 5_000_000

    def test_without_one_given_the_currency_of_the_lead_counts(self, olga: Shell) -> None:
        quarantined(olga, revenue_currency="JPY")
        assert olga("quarantine", "repair", "abc", *sets("annual_revenue=5000000")).code == Exit.DONE
        assert stored(olga).fields["annual_revenue"] == 5_000_000

    def test_one_given_comes_before_the_one_of_the_lead(self, olga: Shell) -> None:
        quarantined(olga, revenue_currency="JPY")
        pairs = sets("annual_revenue=5000000", "revenue_currency=EUR")
        assert olga("quarantine", "repair", "abc", *pairs).code == Exit.DONE
        assert stored(olga).fields["annual_revenue"] == 500_000_000

    def test_what_cannot_be_read_changes_nothing(self, olga: Shell) -> None:
        quarantined(olga, revenue_currency="JPY")
        told = olga("quarantine", "repair", "abc", *sets("annual_revenue=12.50"))
        assert told.code == Exit.REFUSED
        assert "annual_revenue" in told.stderr
        assert "annual_revenue" not in stored(olga).fields


class TestEditingSeveral:
    @pytest.fixture
    def ids(self, shell: Shell) -> list[str]:
        """A lead whose amounts are in yen, and one whose are in euro; both are accepted."""
        made = [shell.world.lead(), shell.world.lead()]
        assert shell("sync").code == Exit.DONE
        ids = [lead.id for lead in made]
        for lead_id, currency in zip(ids, ("JPY", "EUR"), strict=True):
            assert shell("accept", lead_id, "--acceptance-reason", "strong_fit").code == Exit.DONE
            told = shell("edit", lead_id, "--amount", "700", "--currency", currency)
            assert told.code == Exit.DONE, told.stderr
        return ids

    def amounts(self, shell: Shell, ids: list[str]) -> list[tuple[object, object]]:
        fields = [shell.world.get(lead_id).fields for lead_id in ids]
        return [(each["amount"], each["currency"]) for each in fields]

    def test_an_amount_without_its_currency_is_refused_with_the_fix(
        self, shell: Shell, ids: list[str]
    ) -> None:
        for amount in ("500", "12.50", "a lot"):
            told = shell("edit", *ids, "--amount", amount)
            assert told.code == Exit.REFUSED
            assert "currency: Currency must be given beside Amount" in told.stderr
            assert "--currency" in told.stderr
            assert "decimal" not in told.stderr, "nothing is said of a currency that nobody named"
        assert self.amounts(shell, ids) == [(700, "JPY"), (70_000, "EUR")]

    def test_with_its_currency_it_means_the_same_on_each(self, shell: Shell, ids: list[str]) -> None:
        for currency, amount in (("JPY", 500), ("EUR", 50_000)):
            told = shell("edit", *ids, "--amount", "500", "--currency", currency)
            assert told.code == Exit.DONE, told.stderr
            assert self.amounts(shell, ids) == [(amount, currency)] * 2

    def test_of_one_lead_its_own_counts(self, shell: Shell, ids: list[str]) -> None:
        for lead_id, amount in zip(ids, (900, 90_000), strict=True):
            assert shell("edit", lead_id, lead_id, "--amount", "900").code == Exit.DONE
            assert shell.world.get(lead_id).fields["amount"] == amount
