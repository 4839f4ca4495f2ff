"""Colleagues' leads at a company: kept with their age, beside one's own, which speak for themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from tests.builders import NOW, RAUL, RITA, mql, new_id
from tests.cache.shelf import Shelf

from leadqueue.cache import companies
from leadqueue.cache.desk import SAME_COMPANY_SHOWN
from leadqueue.cache.erasing import erase_copy, has_copy
from leadqueue.cache.opening import open_file
from leadqueue.cache.store import CacheStore
from leadqueue.cache.views import Colleagues, Stored
from leadqueue.definitions.loader import default_text, parse
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.company import MOST_TOLD, CompanyLead
from leadqueue.domain.lead import Lead
from leadqueue.wire.api import CompanyLeads

STRANGERS = "leadqueue.cache.migrations.cache.versions.0011_strangers_are_no_company"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.close()


def other(lead_id: str = "", *, reached: bool = False, name: str = "Bob Babbage") -> CompanyLead:
    return CompanyLead(
        lead_id or new_id(), name, "CTO", "sal", RITA.name if reached else RAUL.name, NOW, True, reached
    )


def told(*leads: CompanyLead, beyond: int | None = None, at: datetime = NOW) -> CompanyLeads:
    outside = sum(not each.reached for each in leads) if beyond is None else beyond
    return CompanyLeads(leads=leads, total=outside + len(leads), beyond=outside, at=at)


def keep(shelf: Shelf, lead: Lead, said: CompanyLeads) -> None:
    store = shelf.store()
    store.cache.save_company(lead.id, said)


def seen(shelf: Shelf, lead: Lead) -> Colleagues | None:
    view = shelf.desk().lead(lead.id)
    assert view is not None
    return view.colleagues


def test_what_was_never_told_is_not_known(shelf: Shelf) -> None:
    lead, bare = mql(), replace(mql(), fields={"email": "a@b.example"})
    shelf.pull(lead, bare)
    assert seen(shelf, lead) == Colleagues(None, (), 0)
    assert seen(shelf, bare) is None, "a lead that names no company has no colleagues at it"


def test_what_was_told_is_kept_for_every_lead_of_the_company_with_its_age(shelf: Shelf) -> None:
    lead, mate, elsewhere = mql(), mql(), mql(company_domain="harbour.example")
    shelf.pull(lead, mate, elsewhere)
    bob = other()
    keep(shelf, lead, told(bob, beyond=4))
    assert seen(shelf, lead) == seen(shelf, mate) == Colleagues(NOW, (bob,), 3)
    assert seen(shelf, elsewhere) == Colleagues()
    later = NOW + timedelta(hours=1)
    keep(shelf, mate, told(at=later))
    assert seen(shelf, lead) == Colleagues(later, (), 0)


def test_ones_own_leads_tell_of_themselves(shelf: Shelf) -> None:
    """Whatever was told of a lead that is here, or was here then: only the live one is shown, once."""
    lead, mate, came = mql(), mql(), mql()
    shelf.pull(lead, mate, came)
    gone, bob = other(reached=True), other()
    keep(shelf, lead, told(other(mate.id, reached=True), gone, other(came.id), bob, beyond=5))
    view = shelf.desk().lead(lead.id)
    assert view is not None
    assert {row.id for row in view.same_company} == {mate.id, came.id}
    assert view.colleagues == Colleagues(NOW, (bob,), 3)


def test_a_screen_sees_what_another_connection_has_kept(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    desk.changed()
    keep(shelf, lead, told(other()))
    assert desk.changed()


def test_nothing_is_kept_of_a_lead_that_has_left(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    keep(shelf, lead, told(other()))
    shelf.pull(leave=[lead.id])
    keep(shelf, lead, told(other()))
    assert rows(shelf) == []


def test_a_lead_that_leaves_takes_along_what_was_said_of_its_company(shelf: Shelf) -> None:
    """It is a colleague's from now on, so what was said is wrong; or nobody is left here to ask for it."""
    lead, mate, elsewhere = mql(), mql(), mql(company_domain="harbour.example")
    shelf.pull(lead, mate, elsewhere)
    keep(shelf, lead, told(other(mate.id, reached=True), other()))
    keep(shelf, elsewhere, told(other()))
    shelf.pull(leave=[mate.id])
    assert rows(shelf) == ["harbour.example"]
    assert seen(shelf, lead) == Colleagues()


def test_a_company_to_which_no_lead_belongs_any_more_is_forgotten(shelf: Shelf) -> None:
    lead, elsewhere = mql(), mql(company_domain="harbour.example")
    shelf.pull(lead, elsewhere)
    keep(shelf, lead, told(other()))
    shelf.pull(replace(lead, fields={**lead.fields, "company_domain": "moved.example"}))
    assert seen(shelf, lead) == Colleagues()
    keep(shelf, elsewhere, told(other()))
    assert rows(shelf) == ["harbour.example"]


def test_another_scope_or_another_life_of_the_server_begins_with_nothing(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    keep(shelf, lead, told(other()))
    store = shelf.store()
    store.cache.reset_scope()
    assert rows(shelf) == []


def test_it_goes_with_the_copy_of_the_leads(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    keep(shelf, lead, told(other(name="Bob Babbage of the Engines")))
    shelf.close()
    [folder] = {path.parent for path in shelf.folder.rglob("cache.db")}
    account = next(each for each in shelf.home.account_folders() if each.path == folder)
    erase_copy(account)
    assert not has_copy(account)
    assert not any(b"Babbage of the Engines" in each.read_bytes() for each in folder.iterdir())


def test_of_more_than_a_server_tells_the_first_are_kept(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    keep(shelf, lead, told(*(other() for _ in range(40_000))))
    known = seen(shelf, lead)
    assert known is not None
    assert (len(known.leads), known.more) == (MOST_TOLD, 40_000 - MOST_TOLD)


def test_the_oldest_go_where_there_are_too_many(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "MOST_KEPT", 2)
    leads = [mql(company_domain=f"company-{number}.example") for number in range(3)]
    shelf.pull(*leads)
    for number, lead in enumerate(leads):
        keep(shelf, lead, told(at=NOW + timedelta(minutes=number)))
    assert rows(shelf) == ["company-1.example", "company-2.example"]


def test_what_an_older_program_kept_is_asked_for_again(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    keep(shelf, lead, told(other()))
    store = shelf.store()
    with store.cache._write() as connection:
        connection.execute("UPDATE company_told SET told = '{}'")
    assert seen(shelf, lead) == Colleagues()


def test_one_look_at_a_lead_asks_for_its_company_by_key(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    keep(shelf, lead, told(other()))
    asked: list[str] = []
    desk = shelf.desk()
    desk._store.cache._connection.set_trace_callback(asked.append)
    desk.lead(lead.id)
    connection = desk._store.cache._connection
    connection.set_trace_callback(None)
    of_company = [query for query in asked if "company_told" in query or "gone = 0 AND id IN" in query]
    assert len(of_company) == 2
    for query in of_company:
        plan = " ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "SEARCH" in plan
        assert "SCAN" not in plan


def test_strangers_are_not_joined(shelf: Shelf) -> None:
    own, stranger = (mql(company_domain="gmail.com") for _ in range(2))
    shelf.pull(own, stranger)
    keep(shelf, own, told(other()))
    view = shelf.desk().lead(own.id)
    assert view is not None
    assert (view.same_company, view.colleagues) == ((), None)
    assert rows(shelf) == []


def test_what_strangers_share_goes_by_the_definitions_that_hold(shelf: Shelf) -> None:
    one, two = (mql(company_domain="harbour.example") for _ in range(2))
    three, four = (mql(company_domain="gmail.com") for _ in range(2))
    shelf.pull(one, two, three, four)
    keep(shelf, one, told(other()))
    text = default_text().replace('"gmail.com"', '"harbour.example"')
    shelf.store().cache.save_definitions(parse(text), "etag")
    desk = shelf.desk()
    others = [
        [row.id for row in view.same_company]
        for lead in (one, two, three, four)
        if (view := desk.lead(lead.id))
    ]
    assert others == [[], [], [four.id], [three.id]]
    assert rows(shelf) == [], "nothing of strangers stays on the disk"


def test_an_edit_of_the_company_waits_for_the_server(shelf: Shelf) -> None:
    """Until it is sent the server tells of the company that it knows, so everything goes by that one."""
    lead, mate, elsewhere = mql(), mql(), mql(company_domain="harbour.example")
    shelf.pull(lead, mate, elsewhere)
    marketing = 'company_domain = { label = "Domain", type = "domain", owner = "marketing"'
    assert marketing in default_text()
    text = default_text().replace(marketing, marketing.replace('"marketing"', '"rep"'))
    shelf.store().cache.save_definitions(parse(text), "etag")
    desk = shelf.desk()
    assert isinstance(desk.decide(lead.id, DecisionKind.EDIT, {"company_domain": "harbour.example"}), Stored)
    bob = other()
    keep(shelf, lead, told(bob))
    for opened in (desk, shelf.desk()):
        views = {each.id: opened.lead(each.id) for each in (lead, mate, elsewhere)}
        assert all(views.values())
        others = {key: [row.id for row in view.same_company] for key, view in views.items() if view}
        assert others == {lead.id: [mate.id], mate.id: [lead.id], elsewhere.id: []}
        known = [view.colleagues for view in views.values() if view]
        assert known == [Colleagues(NOW, (bob,)), Colleagues(NOW, (bob,)), Colleagues()]
    shown = views[lead.id]
    assert shown is not None
    assert shown.lead.text("company_domain") == "harbour.example"
    shelf.pull(replace(lead, fields={**lead.fields, "company_domain": "harbour.example"}))
    view = shelf.desk().lead(elsewhere.id)
    assert view is not None
    assert [row.id for row in view.same_company] == [lead.id]


@pytest.mark.parametrize("number", [0, 1, SAME_COMPANY_SHOWN, SAME_COMPANY_SHOWN + 1, SAME_COMPANY_SHOWN + 4])
def test_own_leads_beyond_those_shown_are_counted(shelf: Shelf, number: int) -> None:
    leads = [mql() for _ in range(number + 1)]
    shelf.pull(*leads, mql(company_domain="harbour.example"))
    keep(shelf, leads[0], told(*(other(each.id, reached=True) for each in leads[1:]), other(), beyond=3))
    for lead in leads:
        view = shelf.desk().lead(lead.id)
        assert view is not None
        assert len(view.same_company) == min(number, SAME_COMPANY_SHOWN)
        assert view.same_company_more == number - len(view.same_company)
        assert view.colleagues is not None
        assert (len(view.colleagues.leads), view.colleagues.more) == (1, 2)


def test_they_are_counted_in_the_index(shelf: Shelf) -> None:
    leads = [mql() for _ in range(SAME_COMPANY_SHOWN + 2)]
    shelf.pull(*leads)
    desk = shelf.desk()
    asked: list[str] = []
    desk.queue._connection.set_trace_callback(asked.append)
    desk.lead(leads[0].id)
    desk.queue._connection.set_trace_callback(None)
    [counting] = [query for query in asked if "COUNT" in query]
    plan = [str(row[3]) for row in desk.queue._connection.execute(f"EXPLAIN QUERY PLAN {counting}")]
    assert any("COVERING INDEX ix_queue_row_company (company_group=?)" in step for step in plan)
    assert not any("SCAN queue_row" in step for step in plan)


def test_an_older_cache_has_strangers_apart(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts, without working out every row; what was said of those who were joined is forgotten."""
    accent, plain, mail, stays, nameless, last = (
        mql(company_domain=domain, company_name=name)
        for domain, name in (
            ("müller.example", "M"),
            ("muller.example", "M"),
            ("gmail.com", "G"),
            ("engines.example", "E"),
            ("engines.example", "E"),
            ("web.de", "W"),
        )
    )
    nameless = replace(nameless, fields={"email": "a@b.example", "company_name": "-"})
    shelf.pull(accent, plain, mail, stays, nameless, last)
    for lead in (accent, plain, stays):
        keep(shelf, lead, told(other()))
    shelf.close()
    [path] = shelf.folder.rglob("cache.db")
    query = "SELECT lead_id, company_group FROM queue_row ORDER BY n"
    old = sqlite3.connect(path)
    kept = old.execute(query).fetchall()
    for lead, company in ((accent, "muller.example"), (mail, "gmail.com"), (nameless, "-"), (last, "web.de")):
        old.execute("UPDATE queue_row SET company_group = ? WHERE lead_id = ?", (company, lead.id))
    old.execute("UPDATE company_told SET company = 'gmail.com' WHERE company = 'müller.example'")
    old.execute("UPDATE alembic_version SET version_num = '0010'")
    old.commit()
    old.close()
    monkeypatch.setattr(import_module(STRANGERS), "_PART", 2)
    monkeypatch.setattr(CacheStore, "refresh_all", lambda _self: pytest.fail("every row is worked out anew"))
    shelf.desk()
    assert shelf.store().cache._rows(query) == kept
    assert [company for _, company in kept] == [
        "müller.example",
        "muller.example",
        "",
        "engines.example",
        "",
        "",
    ]
    assert rows(shelf) == ["engines.example"]


@pytest.mark.parametrize("text", ['"gmail.com"', '"harbour.example"', "broken"])
def test_an_older_cache_goes_by_the_definitions_that_it_has(shelf: Shelf, text: str) -> None:
    lead = mql(company_domain="gmail.com")
    shelf.pull(lead)
    text = default_text().replace('"gmail.com"', text) if text != "broken" else "format = 0"
    shelf.close()
    [path] = shelf.folder.rglob("cache.db")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE queue_row SET company_group = 'gmail.com'")
    connection.execute("UPDATE alembic_version SET version_num = '0010'")
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('definitions_text', ?)", (text,))
    connection.commit()
    open_file(path, "cache", shelf.clock)[0].close()
    [(company,)] = connection.execute("SELECT company_group FROM queue_row").fetchall()
    connection.close()
    assert company == ("gmail.com" if "harbour.example" in text else "")


def rows(shelf: Shelf) -> list[str]:
    found = shelf.store().cache._rows("SELECT company FROM company_told ORDER BY company")
    return [str(row[0]) for row in found]
