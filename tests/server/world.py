"""A small company on a real database behind the real app, for tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from fastapi.testclient import TestClient
from tests import postgres
from tests.builders import EXAMPLE_VALUES, GOOD_FIELDS, NOW

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.domain.lead import FieldValues, Lead
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server.admin import Admin, User
from leadqueue.server.app import create_app
from leadqueue.server.database import Database
from leadqueue.wire.api import Answer, Answers, ChangesPage


@dataclass
class Clock:
    moment: datetime = NOW

    def __call__(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment


@dataclass
class World:
    """Rita and Raúl are reps of Maya's team, Otto is a rep of another, Olga is marketing ops."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.admin = Admin(self.database, self.clock, self.new_id)
        self.organisation = self.admin.create_organisation("Example Ltd", shipped())
        first = self.admin.create_team(self.organisation.id, "First")
        second = self.admin.create_team(self.organisation.id, "Second")
        self.rita = self.user("rita", Role.REP, first.id)
        self.raul = self.user("raul", Role.REP, first.id)
        self.maya = self.user("maya", Role.MANAGER, first.id)
        self.otto = self.user("otto", Role.REP, second.id)
        self.olga = self.user("olga", Role.MARKETING_OPS, None)
        self.tokens = {
            user.name: self.admin.create_token(self.organisation.id, user.id)[0]
            for user in self.admin.users(self.organisation.id)
        }
        self.app = create_app(self.database, self.clock, self.new_id, sweeps=False)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def new_id(self) -> str:
        return f"01940000-0000-7000-8000-{next(self.numbers):012x}"

    def user(self, name: str, role: Role, team_id: str | None) -> User:
        return self.admin.create_user(
            self.organisation.id, f"{name}@sales.example", name, role, team_id, "Europe/Berlin"
        )

    def administrator(self) -> str:
        """The name of an administrator, who comes to the company now."""
        ada = self.user("ada", Role.ADMIN, None)
        self.tokens["ada"] = self.admin.create_token(self.organisation.id, ada.id)[0]
        return "ada"

    def manager_of_the_others(self) -> str:
        """The name of the manager of Otto's team, who comes to the company now."""
        mona = self.user("mona", Role.MANAGER, self.otto.team_id)
        self.tokens["mona"] = self.admin.create_token(self.organisation.id, mona.id)[0]
        return "mona"

    def as_(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def lead(self, source_id: str = "", owner: str = "rita", **fields: str | int | bool | None) -> Lead:
        """A new MQL of that owner, through the intake."""
        source_id = source_id or f"source-{next(self.numbers)}"
        body = {
            "leads": [
                {
                    "source_id": source_id,
                    "fields": {**GOOD_FIELDS, **fields},
                    "qualified": True,
                    "owner": f"{owner}@sales.example",
                }
            ]
        }
        answer = self.client.post("/v1/intake/leads", json=body, headers=self.as_("olga"))
        assert answer.status_code == 200, answer.text
        result = answer.json()["results"][0]
        assert result["stage"] == "mql", result
        return self.get(result["lead_id"], "maya" if owner != "otto" else "otto")

    def get(self, lead_id: str, name: str = "rita") -> Lead:
        answer = self.client.get(f"/v1/leads/{lead_id}", headers=self.as_(name))
        assert answer.status_code == 200, answer.text
        return LEAD_ADAPTER.validate_json(answer.content)

    def body(
        self, lead: Lead, kind: DecisionKind | str, values: FieldValues | None = None, **more: object
    ) -> dict[str, object]:
        kind = DecisionKind(kind)
        return {
            "id": self.new_id(),
            "lead_id": lead.id,
            "kind": kind.value,
            "values": EXAMPLE_VALUES[kind] if values is None else values,
            "expected_version": lead.versions.sales,
            "definitions_version": "2026.1",
            "decided_at": self.clock.moment.isoformat(),
            **more,
        }

    def decide(self, name: str, *bodies: dict[str, object]) -> list[Answer]:
        answer = self.client.post("/v1/decisions", json={"decisions": bodies}, headers=self.as_(name))
        assert answer.status_code == 200, answer.text
        return list(Answers.model_validate_json(answer.content).answers)

    def changes(self, name: str, cursor: str | None = None, limit: int = 500) -> ChangesPage:
        params: dict[str, str | int] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = self.client.get("/v1/changes", params=params, headers=self.as_(name))
        assert answer.status_code == 200, answer.text
        return ChangesPage.model_validate_json(answer.content)


def open_world(folder: Path) -> World:
    return World(Database.open(postgres.sqlite_in(folder)))
