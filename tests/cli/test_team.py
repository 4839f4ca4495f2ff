"""The manager at a shell: the same numbers as everywhere, and escalations with and without a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.builders import EXAMPLE_VALUES
from tests.cli.conftest import Shell
from tests.definitions.edits import DEFINITIONS

from leadqueue.cli.exits import Exit
from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.domain.ages import stamp
from leadqueue.server import escalations
from leadqueue.server.store import DefinitionsCache
from leadqueue.sync import credentials
from leadqueue.wire.api import Escalations, Scope, TeamQueue


@pytest.fixture
def maya(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Maya at the shell; her reps have work, some of it over."""
    world, manager = shell.world, shell.world.maya
    monkeypatch.setenv(credentials.TOKEN_VARIABLE, world.tokens["maya"])
    shell.account = replace(
        shell.account, user_id=manager.id, name=manager.name, email=manager.email, role="manager"
    )
    shell.home.save_account(shell.account)
    for owner in ("rita", "rita", "raul"):
        world.lead(owner=owner)
    world.clock.moment += timedelta(days=9)
    world.decide("raul", world.body(world.lead(owner="raul"), "accept"))
    escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
    return shell


def test_the_table_says_what_the_server_says(maya: Shell) -> None:
    assert maya("sync").code == Exit.DONE
    said = TeamQueue.model_validate_json(
        maya.world.client.get("/v1/team/queue", headers=maya.world.as_("maya")).content
    )
    found = maya("team", "--json")
    assert found.code == Exit.DONE
    reps = {each["name"]: each for each in found.json["reps"]}
    assert {each.name for each in said.reps} == set(reps)
    for line in said.reps:
        told = reps[line.name]
        assert (told["waiting"], told["due_soon"], told["breached"]) == (
            line.load.waiting,
            line.load.soon,
            line.load.breached,
        )
        assert told["sla_compliance"] == line.history.compliance
        assert told["touches_by_day"] == list(line.history.touches_by_day)
    assert found.json["total"]["breached"] == said.total.load.breached == 3
    assert found.json["zone"] == "Europe/Berlin"
    shown = maya("team", "--sort", "name")
    assert shown.stdout.splitlines()[0].split() == [
        "Rep", "Waiting", "Soon", "Breached", "Oldest", "Average",
        "Response", "Answered", "SLA", "Accepted", "Touches",
    ]  # fmt: skip
    by_name = {line.split()[0]: line.split()[1:] for line in shown.stdout.splitlines()}
    for line in said.reps:
        assert len(by_name[line.name]) == 10 + by_name[line.name].count("h")
        assert str(line.history.answered) in by_name[line.name]
    names = [line.split()[0] for line in shown.stdout.splitlines()]
    assert names == ["Rep", "raul", "rita", "Team"]
    assert "just now" in shown.stderr


@pytest.mark.parametrize("who", ["raul", "RAUL@sales.example"])
def test_a_lead_is_given_to_a_person_by_name_or_address(maya: Shell, who: str) -> None:
    lead = maya.world.lead(owner="rita")
    maya("sync")
    done = maya("reassign", lead.id, "--assignee", who, "--why", "On leave for a week.")
    assert done.code == Exit.DONE, done.stderr
    assert maya.world.get(lead.id, "maya").owner_id == maya.world.raul.id


def test_whom_it_cannot_be_given_to_is_told_by_names(maya: Shell) -> None:
    world, why = maya.world, ("--why", "On leave for a week.")
    twin = world.admin.create_user(
        world.organisation.id, "raul.b@sales.example", "raul", Role.REP, world.raul.team_id
    )
    lead = world.lead(owner="rita")
    maya("sync")
    told = maya("reassign", lead.id, "--assignee", "raul", *why)
    assert told.code == Exit.REFUSED
    assert "raul (raul.b@sales.example)" in told.stderr
    assert world.raul.id not in told.stderr + told.stdout
    for who, words in (("rolf", "is not in the list"), ("otto@sales.example", "otto is not in your team")):
        told = maya("reassign", lead.id, "--assignee", who, *why)
        assert told.code == Exit.REFUSED
        assert words in told.stderr
        assert "maya" in told.stderr
        assert all(each.id not in told.stderr for each in (world.raul, world.otto, twin))
    assert maya("reassign", lead.id, "--assignee", "raul.b@sales.example", *why).code == Exit.DONE
    assert world.get(lead.id, "maya").owner_id == twin.id


def test_before_the_first_reading_the_past_is_unknown_and_not_nothing(maya: Shell) -> None:
    found = maya("team", "--json")
    assert (found.code, found.json["total"], found.json["reps"]) == (Exit.DONE, None, [])
    told = maya("team")
    assert (told.code, told.stdout) == (Exit.DONE, "")
    for each in (found, told):
        assert "The leads have not been read from the server yet: leadqueue sync" in each.stderr
    for words in (("escalations",), ("escalations", "ack", "--all"), ("escalations", "ack", "abcd")):
        unread = maya(*words)
        assert "The escalations have not been read yet: leadqueue sync" in unread.stderr
        assert "No escalation" not in unread.stderr
    maya("sync")
    assert maya("team").stdout.startswith("Rep ")


def test_how_much_of_an_id_is_enough_is_told(maya: Shell) -> None:
    maya("sync")
    assert "'abc' is too short; give 4 characters or more" in maya("escalations", "ack", "abc").stderr


def test_the_journey_names_the_new_owner(maya: Shell) -> None:
    world = maya.world
    lead = world.lead(owner="rita")
    maya("sync")
    moved = maya("reassign", lead.id, "--assignee", world.raul.id, "--why", "Speaks Spanish")
    assert moved.code == Exit.DONE, moved.stderr
    received, reassigned = maya("journey", lead.id).stdout.splitlines()
    assert received.endswith(": to rita")
    assert reassigned.endswith(" by maya: to raul · Speaks Spanish")


def test_escalations_are_listed_and_acknowledged_once(maya: Shell) -> None:
    maya("sync")
    listed = maya("escalations", "--json").json
    assert len(listed) >= 3
    assert listed == sorted(listed, key=lambda each: (each["breached_at"], each["id"]))
    first = listed[0]["id"]
    done = maya("escalations", "ack", first[-8:], "--json")
    assert done.code == Exit.DONE
    assert done.json == {"acknowledged": [first], "waiting": [], "trouble": None}
    assert first not in {each["id"] for each in maya("escalations", "list", "--json").json}
    (told,) = [each for each in maya("escalations", "--all", "--json").json if each["id"] == first]
    assert told["acknowledged_by"] == "maya"
    assert told["sent"] is True
    assert maya("escalations", "ack", "--all").code == Exit.DONE
    assert "No escalation waits" in maya("escalations").stderr


def test_escalations_are_told_in_the_words_of_the_screen(maya: Shell) -> None:
    maya("sync")
    listed = maya("escalations", "--json").json
    labels = {key: clock.label for key, clock in DEFINITIONS.clocks.items()}
    lines = maya("escalations").stdout.splitlines()
    assert len(lines) == len(listed)
    for line, each in zip(lines, listed, strict=True):
        assert f" ago  {labels[each['clock']]} " in line
        assert "acknowledge" not in line
    maya("escalations", "ack", listed[0]["id"][-8:])
    maya.cut()
    maya("escalations", "ack", listed[1]["id"][-8:])
    states = {line[:8]: line for line in maya("escalations", "--all").stdout.splitlines()}
    assert states[listed[0]["id"][-8:]].endswith("acknowledged: maya, 0s ago")
    assert states[listed[1]["id"][-8:]].endswith("acknowledged: you, not sent yet")
    assert states[listed[2]["id"][-8:]].endswith("to acknowledge")


def test_an_override_is_listed_with_who_did_it_and_why(maya: Shell) -> None:
    world = maya.world
    lead = world.lead(owner="rita")
    world.decide("rita", world.body(lead, "reject"))
    world.decide(
        "rita", world.body(world.get(lead.id), "reopen", {"why": f"=cmd\x1b[31m {'too soon ' * 150}End"})
    )
    maya("sync")
    [told] = [each for each in maya("escalations", "--json").json if each["kind"] == "override"]
    assert (told["lead_id"], told["clock"]) == (lead.id, "")
    [line] = [line for line in maya("escalations").stdout.splitlines() if "Override" in line]
    assert line.startswith(told["id"][-8:])
    assert "  rita: =cmd" in line
    assert line.endswith("too soon End (Reopened, Disqualified to Marketing qualified)")
    assert "\x1b" not in line
    assert maya("escalations", "ack", told["id"][-8:]).code == Exit.DONE
    assert "Override" not in maya("escalations").stdout
    [line] = [line for line in maya("escalations", "--all").stdout.splitlines() if "Override" in line]
    assert "acknowledged: maya" in line


def test_without_a_network_it_waits_and_goes_out_with_the_next_sync(maya: Shell) -> None:
    maya("sync")
    maya.cut()
    done = maya("escalations", "ack", "--all", "--json")
    assert done.code == Exit.DONE
    assert done.json["waiting"] == sorted(done.json["acknowledged"])
    assert "waits to be sent" in done.stderr
    maya.join()
    maya("sync")
    answer = maya.world.client.get("/v1/escalations", headers=maya.world.as_("maya"))
    found = Escalations.model_validate_json(answer.content).escalations
    assert {each.acknowledged_by_name for each in found} == {"maya"}


def test_a_token_that_may_only_read_is_named_as_what_keeps_it_here(
    maya: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = maya.world
    token, _ = world.admin.create_token(
        world.organisation.id, world.maya.id, scopes=[Scope.READ], lifetime=timedelta(days=1)
    )
    monkeypatch.setenv(credentials.TOKEN_VARIABLE, token)
    assert maya("sync").code == Exit.DONE
    done = maya("escalations", "ack", "--all", "--json")
    assert done.code == Exit.DONE
    assert done.json["waiting"] == sorted(done.json["acknowledged"])
    assert "the scope 'decide'; this one has: read." in done.json["trouble"]
    assert done.json["trouble"] in done.stderr
    assert "waits to be sent" in done.stderr
    assert maya("team", "--json").json["history_at"] is not None
    monkeypatch.setenv(credentials.TOKEN_VARIABLE, world.tokens["maya"])
    assert maya("sync").code == Exit.DONE
    assert "No escalation waits" in maya("escalations").stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("team", "--sort", "luck"), Exit.USAGE),
        (("escalations", "ack"), Exit.USAGE),
        (("escalations", "ack", "abcd", "--all"), Exit.USAGE),
        (("escalations", "ack", "zzzzzz"), Exit.NOT_FOUND),
        (("escalations", "ack", "1"), Exit.NOT_FOUND),
    ],
)
def test_a_slip_is_told(maya: Shell, words: tuple[str, ...], code: Exit) -> None:
    assert maya(*words).code == code


@pytest.mark.parametrize("words", [("team",), ("escalations",), ("escalations", "ack", "--all")])
def test_a_rep_is_told_whose_this_is(shell: Shell, words: tuple[str, ...]) -> None:
    refused = shell(*words)
    assert refused.code == Exit.NOT_LOGGED_IN
    assert "rita is a rep; the team's figures are for its manager" in refused.stderr
    assert "Log in as the manager: leadqueue login" in refused.stderr


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (("team",), "GET /v1/team/queue?team=ID"),
        (("escalations",), "GET /v1/escalations"),
        (("escalations", "ack", "--all"), "POST /v1/escalations/acknowledge"),
    ],
)
def test_an_administrator_is_told_the_call_that_is_theirs(
    shell: Shell, words: tuple[str, ...], call: str
) -> None:
    shell.home.save_account(replace(shell.account, role="admin", name="Ada Admin"))
    refused = shell(*words)
    assert refused.code == Exit.NOT_LOGGED_IN
    assert "Ada Admin is an administrator; the team's figures are for its manager" in refused.stderr
    assert call in refused.stderr
    name = shell.world.administrator()
    method, path = call.split()
    body = {"ids": [shell.world.rita.id]} if method == "POST" else None
    path = path.replace("ID", str(shell.world.rita.team_id))
    answer = shell.world.client.request(method, path, json=body, headers=shell.world.as_(name))
    assert answer.status_code == 200, answer.text


def test_show_tells_who_undid_a_rejection_and_why(shell: Shell) -> None:
    world = shell.world
    lead = world.lead()
    world.decide(
        "rita", world.body(lead, "reject", {**EXAMPLE_VALUES[DecisionKind.REJECT], "note": "No answer"})
    )
    world.decide("maya", world.body(world.get(lead.id), "reopen", {"why": "They called back"}))
    shell("sync")
    lines = shell("show", lead.id).stdout.splitlines()
    past = lines[lines.index("Rejected: No budget") :]
    assert "  Note: No answer" in past
    assert any(line.startswith("  Undone: maya, ") for line in past)
    assert "  Because: They called back" in past


def test_show_tells_since_when_its_owner_has_the_lead(shell: Shell) -> None:
    lead = shell.world.lead()
    assert lead.assigned_at is not None
    shell("sync")
    [told] = [line for line in shell("show", lead.id).stdout.splitlines() if line.startswith("Owner: ")]
    assert told.endswith(f", {stamp(lead.assigned_at, ZoneInfo(shell.account.zone))}")
