"""Kill -9 of the real programs: twenty kills, and the proof that a fault would be found."""

from __future__ import annotations

from pathlib import Path

from tests.kill.proxy import Step
from tests.kill.scene import Plan
from tests.kill.storm import Storm

FORGETS_AS_IT_SENDS = """
from leadqueue.cache.outbox import Outbox
kept = Outbox.payload
def payload(self, decision_id):
    text = kept(self, decision_id)
    with self._write() as connection:
        connection.execute("DELETE FROM decision WHERE id = ?", (decision_id,))
    return text
Outbox.payload = payload
"""
"""A client that takes a decision out of its outbox before the server has answered."""

KEEPS_NO_LEDGER = """
from leadqueue.server.decisions import Decisions
def recorded(self, connection, organisation_id, actor, body, answer, now):
    return answer
Decisions._record = recorded
"""
"""A server that does not know a decision again."""


def test_fourteen_clients_and_six_servers_die(tmp_path: Path) -> None:
    with Storm(tmp_path, 1) as storm:
        assert storm.rage(14, 6) == []
        killed = [kill.who == "server" for kill in storm.scene.kills]
        assert (killed.count(False), killed.count(True)) == (14, 6)
        assert storm.scene.promises


def test_a_client_that_forgets_as_it_sends_is_found(tmp_path: Path) -> None:
    with Storm(tmp_path, 1, Plan(client_patch=FORGETS_AS_IT_SENDS, steps=(Step.ASKED,), devices=1)) as storm:
        wrongs = storm.rage(1, 0)
    assert any("is nowhere" in wrong for wrong in wrongs), wrongs


def test_a_server_without_a_ledger_is_found(tmp_path: Path) -> None:
    with Storm(tmp_path, 1, Plan(server_patch=KEEPS_NO_LEDGER, steps=(Step.ANSWERED,), devices=1)) as storm:
        wrongs = storm.rage(1, 0)
    assert any("applied 2 times" in wrong for wrong in wrongs), wrongs
