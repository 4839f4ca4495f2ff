"""The change feed: in order, complete, and scoped."""

from __future__ import annotations

import threading
from datetime import timedelta

from tests.server.world import World

from leadqueue.domain.digest import scope_digest
from leadqueue.wire.api import Leave, Upsert


def test_without_a_cursor_the_whole_scope_comes_in_pages(world: World) -> None:
    leads = {world.lead().id for _ in range(7)}
    world.lead(owner="otto")
    seen: list[str] = []
    page = world.changes("rita", limit=3)
    while True:
        seen += [change.lead.id for change in page.changes if isinstance(change, Upsert)]
        if not page.more:
            break
        page = world.changes("rita", page.next, limit=3)
    assert len(seen) == len(leads)
    assert set(seen) == leads


def test_a_lead_that_changes_while_it_is_read_is_not_missed(world: World) -> None:
    leads = [world.lead() for _ in range(4)]
    page = world.changes("rita", limit=2)
    world.decide("rita", world.body(leads[0], "accept"))
    rest = world.changes("rita", page.next)
    latest = {change.lead.id: change.lead.stage for change in rest.changes if isinstance(change, Upsert)}
    assert latest[leads[0].id] == "sal"
    assert set(latest) == {leads[0].id, leads[2].id, leads[3].id}


def test_the_cursor_gives_only_what_is_new(world: World) -> None:
    lead = world.lead()
    page = world.changes("rita")
    assert world.changes("rita", page.next).changes == ()
    [answer] = world.decide("rita", world.body(lead, "accept"))
    again = world.changes("rita", page.next)
    assert [change.seq for change in again.changes] == [answer.seq]
    assert again.seq == answer.seq


def test_reassignment_reaches_the_first_reps_cache(world: World) -> None:
    lead = world.lead()
    before = {name: world.changes(name) for name in ("rita", "raul", "maya", "otto")}
    to_otto = world.body(lead, "reassign", {"assignee": world.otto.id, "why": "Speaks Greek."})
    world.decide(world.administrator(), to_otto)
    after = {name: world.changes(name, page.next).changes for name, page in before.items()}
    assert [type(change) for change in after["rita"]] == [Leave]
    assert [type(change) for change in after["maya"]] == [Leave]
    assert [type(change) for change in after["otto"]] == [Upsert]
    assert after["raul"] == ()


def test_an_old_cursor_is_gone(world: World) -> None:
    world.lead()
    cursor = world.changes("rita").next
    world.clock.moment += timedelta(days=31)
    answer = world.client.get("/v1/changes", params={"cursor": cursor}, headers=world.as_("rita"))
    assert answer.status_code == 410
    assert answer.json()["type"].endswith("cursor-expired")


def test_a_restored_server_says_so(world: World) -> None:
    world.lead()
    cursor = world.changes("rita").next
    world.admin.new_epoch(world.organisation.id)
    answer = world.client.get("/v1/changes", params={"cursor": cursor}, headers=world.as_("rita"))
    assert answer.status_code == 410
    assert answer.json()["type"].endswith("epoch-changed")


def test_a_foreign_cursor_is_refused(world: World) -> None:
    cursor = world.changes("raul").next
    for bad in (cursor, "nonsense", "W10", ""):
        answer = world.client.get("/v1/changes", params={"cursor": bad}, headers=world.as_("rita"))
        assert answer.status_code == (400 if bad else 200), bad


def test_the_digest_is_that_of_what_the_feed_gave(world: World) -> None:
    for _ in range(5):
        world.decide("rita", world.body(world.lead(), "accept"))
    page = world.changes("rita")
    leads = sorted((change.lead for change in page.changes if isinstance(change, Upsert)), key=lambda x: x.id)
    count, value = scope_digest((lead.id, lead.versions) for lead in leads)
    answer = world.client.get("/v1/digest", headers=world.as_("rita")).json()
    assert (answer["count"], answer["digest"], answer["seq"]) == (count, value, page.seq)


def test_a_reader_never_skips_what_many_writers_commit(world: World) -> None:
    leads = [world.lead() for _ in range(12)]
    done = threading.Event()
    seen: list[int] = []
    latest: dict[str, int] = {}

    def follow() -> None:
        cursor: str | None = None
        last = False
        while True:
            page = world.changes("maya", cursor, limit=5)
            cursor = page.next
            for change in page.changes:
                assert isinstance(change, Upsert)
                seen.append(change.seq)
                latest[change.lead.id] = change.lead.versions.sales
            if last and not page.more:
                return
            last = done.is_set()

    def write(number: int) -> None:
        for lead in leads[number::4]:
            for _ in range(6):
                current = world.get(lead.id)
                world.decide("rita", world.body(current, "note", {"note": "x"}))

    reader = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join()
    assert seen == sorted(set(seen))
    assert latest == {lead.id: world.get(lead.id).versions.sales for lead in leads}
