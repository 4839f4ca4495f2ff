"""`show` tells who else works at the company: one's own leads as they stand, colleagues' as last told."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import httpx
from tests.cli.conftest import NATIVE, Shell

from leadqueue.cache.opening import open_store
from leadqueue.domain.ages import stamp
from leadqueue.domain.company import MOST_TOLD
from leadqueue.domain.lead import Lead


def look_up(shell: Shell, lead: Lead) -> None:
    """What the screen does while the cursor rests on the lead."""

    async def ask() -> None:
        world = shell.world
        gateway = NATIVE(
            "https://crm.test", world.tokens["rita"], world.clock, transport=httpx.ASGITransport(world.app)
        )
        store = open_store(shell.home, shell.account, world.clock)
        try:
            store.cache.save_company(lead.id, await gateway.company(lead.id))
        finally:
            store.close()
            await gateway.aclose()

    asyncio.run(ask())


def test_show_tells_colleagues_leads_as_they_were_told_last(shell: Shell) -> None:
    world = shell.world
    own, mate = world.lead(), world.lead(first_name="Cy", email="cy@engines.example")
    bob = world.lead(owner="raul", first_name="Bob\x1b[2J", last_name="Babbage", email="bob@engines.example")
    assert world.decide("raul", world.body(bob, "accept"))[0].status == "applied"
    shell("sync")
    before = shell("show", own.id).stdout.splitlines()
    assert "Same company: Cy Byron, Head of Operations; Marketing qualified, open; owner rita" in before
    assert before[-1].startswith("Same company: colleagues' leads are not known here yet")
    assert shell("show", own.id, "--json").json["colleagues_as_of"] is None
    look_up(shell, own)
    shell.cut()
    shown = shell("show", own.id)
    assert "\x1b" not in shown.stdout
    since = stamp(world.get(bob.id, "maya").stage_since, ZoneInfo(shell.account.zone))
    *_, own_line, line, last = shown.stdout.splitlines()
    assert own_line.startswith("Same company: Cy Byron")
    assert line.startswith("Same company: Bob")
    assert line.endswith(f"Head of Operations; Sales accepted, {since}, open; owner raul")
    assert last.startswith("Colleagues' leads at the company, as of ")
    told = shell("show", own.id, "--json").json
    assert [(each["id"], each["yours"], each["open"]) for each in told["same_company"]] == [
        (mate.id, True, True),
        (bob.id, False, True),
    ]
    assert set(told["same_company"][1]) == {"id", "name", "title", "stage", "open", "owner", "since", "yours"}
    assert (told["same_company_more"], told["same_company_more_yours"]) == (0, 0)
    assert told["colleagues_as_of"][:2] == "20"


def test_show_says_that_no_colleague_has_a_lead_there(shell: Shell) -> None:
    own = shell.world.lead()
    shell("sync")
    look_up(shell, own)
    assert shell("show", own.id).stdout.splitlines()[-1].endswith(": none")


def test_show_tells_how_many_more_of_ones_own_there_are(shell: Shell) -> None:
    own, *_ = [shell.world.lead() for _ in range(13)]
    theirs = [shell.world.lead(owner="raul") for _ in range(MOST_TOLD + 5)]
    shell("sync")
    line = "Same company: 4 more within your reach"
    assert line in shell("show", own.id).stdout.splitlines()
    more = shell("show", own.id, "--json").json
    assert (more["same_company_more"], more["same_company_more_yours"]) == (4, 4)
    look_up(shell, own)
    *_, last_of_mine, first = [
        each for each in shell("show", own.id).stdout.splitlines() if each.startswith("Same company")
    ][: 8 + 2]
    assert last_of_mine == line
    assert first.endswith("owner raul")
    more = shell("show", own.id, "--json").json
    assert [each["yours"] for each in more["same_company"]] == [True] * 8 + [False] * MOST_TOLD
    assert (more["same_company_more"], more["same_company_more_yours"]) == (4 + 5, 4)
    assert len(more["same_company"]) + more["same_company_more"] == 12 + len(theirs)


def test_show_joins_no_strangers(shell: Shell) -> None:
    own, _ = (shell.world.lead(company_domain="gmail.com") for _ in range(2))
    shell.world.lead(owner="raul", company_domain="gmail.com")
    shell("sync")
    look_up(shell, own)
    assert "ame company" not in shell("show", own.id).stdout
    told = shell("show", own.id, "--json").json
    assert (told["same_company"], told["same_company_more"], told["colleagues_as_of"]) == ([], 0, None)
