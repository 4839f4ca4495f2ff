"""One run of schemathesis against a listening server, as a program of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.apifuzz.company import OWNERS, Company
from tests.apifuzz.known import KNOWN_IDS, Known

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import Role
from leadqueue.server import access
from leadqueue.wire.api import EPOCH_HEADER

ROOT = Path(__file__).parents[2]

_ACCEPTED: dict[str, tuple[int, ...]] = {
    "changes": (200, 400, 403),  # a cursor is opaque: no schema tells ours from another; others' audiences
    "digest": (200, 403),  # others' audiences
    "team_queue": (200, 403, 404),  # others' teams, and those that do not exist
    "lead": (200, 304, 404),
    "journey": (200, 404),
    "company": (200, 404),
}
"""How well-formed requests may be answered where that is not with 200 alone, by operation."""
_REFUSED = (400, 401, 403, 404, 405, 406, 409, 414, 415, 422, 428, 429)
"""How malformed requests may be: as schemathesis has it, and with 414 for a query that is too long to be
read."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """As whom, how much, and with which luck. `seconds` bounds the whole run; without, `examples` does.

    `only` names the one operation to be called.
    """

    role: Role
    examples: int
    seed: int = 1
    phases: str = "examples,coverage,fuzzing,stateful"
    seconds: int | None = None
    only: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many requests were made, and the whole report; `sound` is False where a check failed."""

    sound: bool
    cases: int
    report: str


def run(campaign: Campaign, company: Company, folder: Path) -> Outcome:
    """Every check of schemathesis on every operation, as the campaign's role."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "schemathesis.toml"
    config.write_text(_config(campaign, company), encoding="utf-8")
    command = [
        *(sys.executable, "-W", "ignore", "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        *("--no-color", "--checks", "all", "--generation-database", "none"),
        *("--phases", campaign.phases, "--max-examples", str(campaign.examples)),
        *(("--max-time", str(campaign.seconds)) if campaign.seconds else ()),
        *(("--include-operation-id", campaign.only) if campaign.only else ()),
        f"{company.url}/openapi.json",
    ]
    done = subprocess.run(
        command, cwd=folder, env=_environment(company), capture_output=True, text=True, check=False
    )
    return Outcome(done.returncode == 0, _cases(done.stdout), done.stdout + done.stderr)


def _config(campaign: Campaign, company: Company) -> str:
    """The settings as TOML; its strings and lists are written as in JSON."""
    lines = [
        f"seed = {campaign.seed}",
        "request-timeout = 30",
        "max-stream-events = 1",  # the stream of events never ends by itself
        "continue-on-failure = true",
        'hooks = "tests.apifuzz.hooks"',
        f"headers = {{ Authorization = {json.dumps('Bearer ' + company.tokens[campaign.role])} }}",
        "[dictionaries]",
        f"leads = {{ values = {json.dumps(company.lead_ids)} }}",
        "[parameters]",
        '"path.lead_id" = { dictionary = "leads", probability = 0.7 }',
        # Another epoch is as well formed, and refused as a whole: no decision would reach the rules.
        f'"header.{EPOCH_HEADER}" = {json.dumps(company.epoch)}',
    ]
    for operation, rule in access.RULES.items():
        expected = _ACCEPTED.get(operation, (200,)) if campaign.role in rule.roles else (403,)
        lines += [
            "[[operations]]",
            f"include-operation-id = {json.dumps(operation)}",
            f"checks.positive_data_acceptance.expected-statuses = {json.dumps(expected)}",
            f"checks.negative_data_rejection.expected-statuses = {json.dumps(_REFUSED)}",
        ]
    return "\n".join(lines)


def _environment(company: Company) -> dict[str, str]:
    known: Known = {
        "leads": list(company.lead_ids),
        "sources": list(company.source_ids),
        "owners": [f"{name}@sales.example" for name in OWNERS],
        "kinds": list(shipped().definitions.vocabularies["signal_kind"].values),
    }
    return {**os.environ, "PYTHONPATH": str(ROOT), KNOWN_IDS: json.dumps(known)}


def _cases(said: str) -> int:
    found = re.search(r"(\d+) generated", said)
    return int(found[1]) if found else 0
