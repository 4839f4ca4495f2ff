"""A firm for end-to-end tests: the real server as its own process, real accounts, the real program."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.builders import GOOD_FIELDS
from tests.e2e.terminal import Terminal

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import Role
from leadqueue.domain.lead import FieldValues
from leadqueue.domain.moments import system_now
from leadqueue.server.admin import Admin
from leadqueue.server.app import new_uuid
from leadqueue.server.database import Database

ATTEMPTS = 400
PROGRAM = [sys.executable, "-m", "leadqueue.cli.main"]


@dataclass
class Firm:
    """Rita and Raúl are reps, Maya leads their team, Olga is marketing ops."""

    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = f"sqlite:///{self.folder / 'crm.db'}"
        self._server: subprocess.Popen[bytes] | None = None
        self._set_up()
        self.start_server()

    def _set_up(self) -> None:
        database = Database.open(self.database)
        admin = Admin(database, system_now, new_uuid)
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
        database.close()

    # ------------------------------------------------------------ the server

    def start_server(self) -> None:
        command = [*PROGRAM, "serve", "--database", self.database, "--port", str(self.port)]
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(ATTEMPTS):
            try:
                httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).raise_for_status()
            except httpx.TransportError:
                assert self._server.poll() is None, "the server ended"
                self._server_breathes()
                continue
            return
        raise AssertionError("the server never got ready")

    def _server_breathes(self) -> None:
        """Give the starting process the processor for a moment: a select on nothing, bounded."""
        import select

        select.select([], [], [], 0.05)

    def kill_server(self) -> None:
        """End it as a power cut would."""
        assert self._server is not None
        self._server.send_signal(signal.SIGKILL)
        self._server.wait()

    def close(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            try:
                self._server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill_server()

    def ask(self, name: str, path: str, **params: str) -> Any:
        """The server's own answer, past every client."""
        answer = httpx.get(
            f"{self.url}/v1/{path}", params=params, headers=self.head(name), timeout=20, trust_env=False
        )
        answer.raise_for_status()
        return answer.json()

    def head(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def hand_over(self, count: int, owner: str = "rita", **fields: str | int | None) -> list[str]:
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
        answer = httpx.post(
            f"{self.url}/v1/intake/leads",
            json={"leads": leads},
            headers=self.head("olga"),
            timeout=30,
            trust_env=False,
        )
        answer.raise_for_status()
        results = answer.json()["results"]
        assert {result["stage"] for result in results} == {"mql"}, results
        return [result["lead_id"] for result in results]

    def decided(self, *lead_ids: str) -> list[str]:
        """The ids of all decisions in the leads' trails, as often as they stand there."""
        return [
            entry["decision_id"]
            for lead_id in lead_ids
            for entry in self.ask("maya", f"leads/{lead_id}/journey")["entries"]
            if entry["decision_id"]
        ]

    # ------------------------------------------------------------ the program

    def env(self, name: str) -> dict[str, str]:
        return {
            "LEADQUEUE_HOME": str(self.folder / f"home-{name}"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def run(self, name: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command of the program as that person."""
        return subprocess.run(
            [*PROGRAM, *words],
            capture_output=True,
            text=True,
            input=stdin,
            env={**os.environ, **self.env(name)},
            cwd=self.folder,
            check=False,
            timeout=120,
        )

    def log_in(self, name: str) -> None:
        done = self.run(name, "login", "--url", self.url, "--token", self.tokens[name])
        assert done.returncode == 0, done.stderr

    def json(self, name: str, *words: str) -> Any:
        done = self.run(name, *words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def screen(self, name: str, *, columns: int = 120, rows: int = 36) -> Terminal:
        return Terminal(PROGRAM, self.env(name), columns=columns, rows=rows, cwd=self.folder)
