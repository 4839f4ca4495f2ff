"""Kill -9 of the real programs: over twenty kills, and the proof that a fault would be found."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from tests import postgres
from tests.kill.cluster import Cluster
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
Decisions._enter = lambda self, *given: True
Decisions._record = lambda self, connection, organisation_id, answer: answer
"""
"""A server that does not know a decision again."""

SEED_WITH_TOUCHES = 4
"""A touch can be applied again; an acceptance or a note is refused then, for other reasons."""


def test_ten_clients_and_four_servers_die_on_sqlite(tmp_path: Path) -> None:
    with Storm(tmp_path, 1) as storm:
        assert storm.rage(10, 4) == []
        killed = [kill.who == "server" for kill in storm.scene.kills]
        assert (killed.count(False), killed.count(True)) == (10, 4)
        assert storm.scene.promises


@pytest.mark.skipif(not postgres.installed(), reason="PostgreSQL is not installed, and none may be crashed")
def test_three_clients_three_servers_and_the_database_die_on_postgresql(tmp_path: Path) -> None:
    with closing(Cluster()) as cluster, Storm(tmp_path, 3, cluster=cluster) as storm:
        assert storm.rage(3, 3, 1) == []
        killed = Counter(kill.who for kill in storm.scene.kills)
        assert (killed["server"], killed["PostgreSQL"], killed.total()) == (3, 1, 7)
        assert storm.scene.promises


def test_a_client_that_forgets_as_it_sends_is_found(tmp_path: Path) -> None:
    with Storm(tmp_path, 1, Plan(client_patch=FORGETS_AS_IT_SENDS, steps=(Step.ASKED,), devices=1)) as storm:
        wrongs = storm.rage(1, 0)
    assert any("is nowhere" in wrong for wrong in wrongs), wrongs


def test_a_server_without_a_ledger_is_found(tmp_path: Path) -> None:
    plan = Plan(server_patch=KEEPS_NO_LEDGER, steps=(Step.ANSWERED,), devices=1)
    with Storm(tmp_path, SEED_WITH_TOUCHES, plan) as storm:
        wrongs = storm.rage(1, 0)
    assert any("applied 2 times" in wrong for wrong in wrongs), wrongs
