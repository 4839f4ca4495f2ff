"""A firm for end-to-end tests: its people on the real server, each with files of their own here."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.builders import GOOD_FIELDS
from tests.e2e.serving import PROGRAM, Server
from tests.e2e.terminal import Terminal

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import Role
from leadqueue.domain.lead import FieldValues
from leadqueue.domain.moments import system_now
from leadqueue.server.app import new_uuid

# The variables under which the program would find another home, another token or another desktop's keyring.
_NOT_OURS = ("LEADQUEUE_", "XDG_", "DBUS_", "COLUMNS", "LINES")


def clean_env(home: Path) -> dict[str, str]:
    """The environment of a user whose files are in `home`, and who has no keyring."""
    return {key: value for key, value in os.environ.items() if not key.startswith(_NOT_OURS)} | {
        "LEADQUEUE_HOME": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def run_program(
    home: Path, *words: str, stdin: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A command of the program, as the user whose files are in `home`."""
    return subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        text=True,
        input=stdin,
        env=clean_env(home),
        cwd=cwd,
        check=False,
        timeout=120,
    )


@dataclass
class Firm:
    """Rita and Raul are reps, Maya leads their team, Olga is marketing ops. Each firm is an organisation."""

    server: Server
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.server.runs():
            self.server.start()
        admin = self.server.admin
        organisation = admin.create_organisation("Example Ltd", shipped())
        team = admin.create_team(organisation.id, "Inbound")
        for name, role in (
            ("rita", Role.REP),
            ("raul", Role.REP),
            ("maya", Role.MANAGER),
            ("olga", Role.MARKETING_OPS),
        ):
            place = team.id if role is not Role.MARKETING_OPS else None
            user = admin.create_user(organisation.id, f"{name}@sales.example", name.title(), role, place)
            self.tokens[name], _ = admin.create_token(organisation.id, user.id)

    # ------------------------------------------------------------ the server, past every client

    def head(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def ask(self, name: str, path: str, **params: str) -> Any:
        """The server's own answer."""
        answer = self.server.http.get(f"{self.server.at}/v1/{path}", params=params, headers=self.head(name))
        answer.raise_for_status()
        return answer.json()

    def stage(self, lead_id: str) -> str:
        return str(self.ask("maya", f"leads/{lead_id}")["stage"])

    def hand_over(self, count: int = 1, /, owner: str = "rita", **fields: str) -> list[str]:
        """New leads in the owner's queue; their ids."""
        leads = []
        for _ in range(count):
            source_id = new_uuid()
            values: FieldValues = {
                **GOOD_FIELDS,
                "email": f"{source_id}@engines.example",
                "last_name": f"Byron {source_id[-4:]}",
                **fields,
            }
            leads.append(
                {
                    "source_id": source_id,
                    "fields": values,
                    "qualified": True,
                    "owner": f"{owner}@sales.example",
                }
            )
        answer = self.server.http.post(
            f"{self.server.at}/v1/intake/leads", json={"leads": leads}, headers=self.head("olga")
        )
        answer.raise_for_status()
        results = answer.json()["results"]
        assert {result["stage"] for result in results} == {"mql"}, results
        return [result["lead_id"] for result in results]

    def decide(self, name: str, lead_id: str, kind: str, **values: str) -> None:
        """A decision of that person, from another program."""
        body = {
            "id": new_uuid(),
            "lead_id": lead_id,
            "kind": kind,
            "values": values,
            "expected_version": self.ask(name, f"leads/{lead_id}")["versions"]["sales"],
            "definitions_version": shipped().definitions.version,
            "decided_at": system_now().isoformat(),
        }
        answer = self.server.http.post(
            f"{self.server.at}/v1/decisions", json={"decisions": [body]}, headers=self.head(name)
        )
        answer.raise_for_status()
        assert [each["status"] for each in answer.json()["answers"]] == ["applied"]

    def named(self, *names: str) -> dict[str, str]:
        """One new lead for each last name, in the order of the queue; their ids."""
        return {name: self.hand_over(last_name=name)[0] for name in names}

    def decided(self, *lead_ids: str) -> Counter[str]:
        """How often each decision stands in the leads' trails."""
        return Counter(
            entry["decision_id"]
            for lead_id in lead_ids
            for entry in self.ask("maya", f"leads/{lead_id}/journey")["entries"]
            if entry["decision_id"]
        )

    # ------------------------------------------------------------ the program

    def home(self, name: str) -> Path:
        return self.folder / f"home-{name}"

    def run(self, name: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command of the program as that person."""
        return run_program(self.home(name), *words, stdin=stdin, cwd=self.folder)

    def json(self, name: str, *words: str) -> Any:
        """The data of a command that must succeed."""
        done = self.run(name, *words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def log_in(self, name: str, url: str = "") -> None:
        done = self.run(name, "login", "--url", url or self.server.url, "--token", self.tokens[name])
        assert (done.returncode, done.stdout) == (0, ""), done.stderr

    def account(self, name: str) -> tuple[Home, Account]:
        home = Home.locate({"LEADQUEUE_HOME": str(self.home(name))})
        account = home.load_account()
        assert account is not None
        return home, account

    @contextmanager
    def desk(self, name: str) -> Iterator[Desk]:
        """What is in that person's files, as the program reads it."""
        desk = Desk.open(*self.account(name), system_now)
        try:
            yield desk
        finally:
            desk.close()

    def screen(self, name: str, *, columns: int = 120, rows: int = 40) -> Terminal:
        """The program's screen as that person."""
        return Terminal(PROGRAM, clean_env(self.home(name)), columns=columns, rows=rows, cwd=self.folder)

    def opened(self, name: str, leads: int, *, columns: int = 120, rows: int = 40) -> Terminal:
        """The screen of a person who logs in, once their leads are read."""
        self.log_in(name)
        screen = self.screen(name, columns=columns, rows=rows)
        screen.wait_for(f"All {leads}", "Live")
        return screen
