"""What is told of colleagues' leads at a company: to whom, how much, how many, and at what cost."""

from __future__ import annotations

from importlib import import_module

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from tests.server.world import World

from leadqueue.definitions.loader import default_text, parse, shipped
from leadqueue.definitions.model import Role
from leadqueue.domain.company import MOST_TOLD
from leadqueue.domain.lead import Lead
from leadqueue.server import company, locks
from leadqueue.wire.api import CompanyLeads
from leadqueue.wire.problem import Problem


def told(world: World, lead: Lead, name: str = "rita") -> CompanyLeads:
    answer = world.client.get(f"/v1/leads/{lead.id}/company", headers=world.as_(name))
    assert answer.status_code == 200, answer.text
    return CompanyLeads.model_validate_json(answer.content)


def ids(found: CompanyLeads) -> list[str]:
    return [each.id for each in found.leads]


def test_a_rep_learns_who_works_whom_at_the_same_company(world: World) -> None:
    own = world.lead()
    bob = world.lead(owner="raul", first_name="Bob", last_name="Babbage", email="bob@engines.example")
    eve = world.lead(owner="otto", first_name="Eve", email="eve@engines.example")
    world.lead(owner="raul", company_domain="harbour.example")
    assert world.decide("raul", world.body(bob, "accept"))[0].status == "applied"
    found = told(world, own)
    assert ids(found) == [eve.id, bob.id]
    assert (found.total, found.beyond) == (2, 2)
    _, first = found.leads
    assert (first.name, first.title, first.stage) == ("Bob Babbage", "Head of Operations", "sal")
    assert (first.owner_name, first.open, first.reached) == ("raul", True, False)
    assert first.since == world.get(bob.id, "maya").stage_since


def test_nothing_else_of_a_colleagues_lead_is_told(world: World) -> None:
    own = world.lead()
    bob = world.lead(owner="raul", email="bob@elsewhere.example", phone="+44 20 7946 0000", first_name=None)
    world.decide("raul", world.body(bob, "note", {"note": "Prefers e-mail."}))
    answer = world.client.get(f"/v1/leads/{own.id}/company", headers=world.as_("rita"))
    [lead] = answer.json()["leads"]
    assert set(lead) == {"id", "name", "title", "stage", "owner_name", "since", "open", "reached"}
    for secret in ("elsewhere.example", "7946", "Prefers", world.raul.id, str(world.raul.team_id)):
        assert secret not in answer.text
    assert world.client.get(f"/v1/leads/{lead['id']}", headers=world.as_("rita")).status_code == 404


def test_what_one_reaches_oneself_is_told_as_that(world: World) -> None:
    own, mate = world.lead(), world.lead()
    bob, eve = world.lead(owner="raul"), world.lead(owner="otto")
    of_rep, of_manager, of_ops = (told(world, own, name) for name in ("rita", "maya", "olga"))
    assert {each.id for each in of_rep.leads if each.reached} == {mate.id}
    assert {each.id for each in of_manager.leads if each.reached} == {mate.id, bob.id}
    assert {each.id for each in of_ops.leads if each.reached} == {mate.id, bob.id, eve.id}
    assert [(each.total, each.beyond) for each in (of_rep, of_manager, of_ops)] == [(3, 2), (3, 1), (3, 0)]


def test_a_lead_outside_of_ones_scope_is_like_one_that_does_not_exist(world: World) -> None:
    bob = world.lead(owner="raul")
    for lead_id in (bob.id, "none"):
        answer = world.client.get(f"/v1/leads/{lead_id}/company", headers=world.as_("rita"))
        assert answer.status_code == 404
        assert Problem.model_validate_json(answer.content).detail


def test_another_organisation_is_not_looked_into(world: World) -> None:
    own = world.lead()
    other = world.admin.create_organisation("Other Ltd", shipped())
    boss = world.admin.create_user(other.id, "boss@other.example", "Boss", Role.ADMIN)
    headers = {"Authorization": f"Bearer {world.admin.create_token(other.id, boss.id)[0]}"}
    lead = {"source_id": "x", "fields": {"company_domain": "engines.example", "email": "a@b.example"}}
    answer = world.client.post("/v1/intake/leads", json={"leads": [lead]}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert told(world, own).total == 0


def test_many_are_counted_and_few_are_told(world: World) -> None:
    own = world.lead()
    others = [world.lead(owner="raul").id for _ in range(MOST_TOLD + 3)]
    found = told(world, own)
    assert ids(found) == others[::-1][:MOST_TOLD]
    assert (found.total, found.beyond) == (MOST_TOLD + 3, MOST_TOLD + 3)


def test_a_lead_that_names_no_company_has_no_company(world: World) -> None:
    fields = {"email": "a@b.example", "first_name": "A"}
    made = [
        world.client.post(
            "/v1/intake/leads",
            json={"leads": [{"source_id": f"bare-{number}", "fields": fields}]},
            headers=world.as_("olga"),
        ).json()["results"][0]["lead_id"]
        for number in range(2)
    ]
    answer = world.client.get(f"/v1/leads/{made[0]}/company", headers=world.as_("olga"))
    assert (answer.json()["leads"], answer.json()["total"]) == ([], 0)


def companies_of(world: World) -> list[str]:
    with world.database.read() as connection:
        return [
            str(row.company) for row in connection.execute(sa.text("SELECT company FROM lead ORDER BY id"))
        ]


@pytest.mark.parametrize(
    "fields",
    [
        {"company_domain": "gmail.com"},
        {"company_domain": "Mail.GMAIL.com"},
        {"company_domain": None, "company_name": "gmail.com"},
        {"company_domain": None, "company_name": "-"},
        {"company_domain": None, "company_name": "•"},
    ],
)
def test_strangers_are_no_colleagues(world: World, fields: dict[str, str | None]) -> None:
    """Neither where they are stored nor where they are asked for, whoever stored them."""
    bodies = [
        {
            "source_id": f"stranger-{number}",
            "fields": {"email": f"person-{number}@gmail.com", "first_name": "A", **fields},
            "owner": f"{owner}@sales.example",
        }
        for number, owner in enumerate(("rita", "otto"))
    ]
    answer = world.client.post("/v1/intake/leads", json={"leads": bodies}, headers=world.as_("olga"))
    assert answer.status_code == 200, answer.text
    assert companies_of(world) == ["", ""]
    own = world.get(answer.json()["results"][0]["lead_id"], "olga")
    assert told(world, own, "olga").total == 0
    with world.database.write() as connection:  # as a server of before this rule has left them
        connection.execute(sa.text("UPDATE lead SET company = 'gmail.com'"))
        connection.execute(sa.text("UPDATE lead SET company = '-' WHERE body LIKE '%\"-\"%'"))
    assert told(world, own, "olga").total == 0


def test_a_domain_with_another_accent_is_another_company(world: World) -> None:
    own = world.lead(company_domain="müller.example")
    world.lead(company_domain="muller.example")
    mate = world.lead(company_domain="MÜLLER.example")
    assert ids(told(world, own)) == [mate.id]


def test_what_is_free_mail_goes_by_the_definitions_that_hold(world: World) -> None:
    """Also for the leads that were there before them."""
    own, mate = (world.lead(company_domain="gmail.com") for _ in range(2))
    one, _ = world.lead(company_domain="harbour.example"), world.lead(company_domain="harbour.example")
    assert (told(world, own).total, told(world, one).total) == (0, 1)
    text = default_text().replace('"gmail.com"', '"harbour.example"')
    world.admin.publish_definitions(world.organisation.id, parse(text))
    assert (ids(told(world, own)), told(world, one).total) == ([mate.id], 0)


def test_a_published_list_reaches_many_leads_a_few_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        world.lead(company_domain="gmail.com" if number % 2 else "web.de")
    monkeypatch.setattr(company, "_PART", 2)
    text = default_text().replace('"gmail.com", ', "")
    world.admin.publish_definitions(world.organisation.id, parse(text))
    assert companies_of(world) == ["", "gmail.com", "", "gmail.com", ""]


def test_the_company_goes_with_the_lead(world: World) -> None:
    own = world.lead()
    bob = world.lead("bob", owner="raul")
    assert ids(told(world, own)) == [bob.id]
    world.lead("bob", owner="raul", company_domain="harbour.example")
    assert ids(told(world, own)) == []


def test_a_name_of_any_length_is_taken(world: World) -> None:
    """Folded, one sign may be eighteen: a key too long for an index would keep the lead out."""
    name = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 200
    lead = {"source_id": "long", "fields": {"company_name": name, "email": "a@b.example"}}
    answer = world.client.post("/v1/intake/leads", json={"leads": [lead]}, headers=world.as_("olga"))
    assert answer.status_code == 200, answer.text
    lead_id = answer.json()["results"][0]["lead_id"]
    assert told(world, world.get(lead_id, "olga"), "olga").total == 0


def test_the_index_serves_it(world: World) -> None:
    """Of the organisation's leads only those of the company are looked at, in the index alone."""
    for number in range(30):
        world.lead(company_domain=f"company-{number}.example")
    values = {"org": world.organisation.id, "company": "company-7.example"}
    with world.database.write() as connection:
        postgres = locks.on_postgres(connection)
        if postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN"
        else:
            explain = "EXPLAIN QUERY PLAN"
        rows = connection.execute(sa.text(f"{explain} {company.OTHERS.text}"), values)
        plan = " ".join(str(row[0 if postgres else 3]) for row in rows)
    assert "ix_lead_company" in plan
    if not postgres:
        assert "COVERING INDEX ix_lead_company (organisation_id=? AND company=?)" in plan


def test_an_older_database_gets_its_companies_filled_in(world: World) -> None:
    world.lead()
    world.lead(company_domain="Harbour.Example")
    query = sa.text("SELECT id, company FROM lead ORDER BY id")
    step = import_module("leadqueue.server.migrations.versions.0006_leads_of_one_company_find_each_other")
    with world.database.write() as connection:
        kept = connection.execute(query).all()
        assert {row.company for row in kept} == {"engines.example", "harbour.example"}
        connection.execute(sa.text("UPDATE lead SET company = ''"))
        step._fill(connection)
        assert connection.execute(query).all() == kept


STRANGERS = "leadqueue.server.migrations.versions.0008_strangers_are_no_company"


def test_an_older_database_has_strangers_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts, each organisation by its own definitions; what stays is not written."""
    domains = ["engines.example", "gmail.com", "müller.example", "muller.example", "web.de"]
    for domain in domains:
        world.lead(company_domain=domain)
    other = world.admin.create_organisation("Other Ltd", parse(default_text().replace('"web.de", ', "")))
    boss = world.admin.create_user(other.id, "boss@other.example", "Boss", Role.ADMIN)
    headers = {"Authorization": f"Bearer {world.admin.create_token(other.id, boss.id)[0]}"}
    lead = {"source_id": "x", "fields": {"company_domain": "web.de", "email": "a@web.de"}}
    assert world.client.post("/v1/intake/leads", json={"leads": [lead]}, headers=headers).status_code == 200
    kept = companies_of(world)
    assert kept == ["engines.example", "", "müller.example", "muller.example", "", "web.de"]
    step = import_module(STRANGERS)
    monkeypatch.setattr(step, "_PART", 2)
    written: list[str] = []
    with world.database.write() as connection:
        connection.execute(sa.text("UPDATE lead SET company = 'muller.example' WHERE company LIKE 'm%'"))
        connection.execute(sa.text("UPDATE lead SET company = 'web.de' WHERE company = ''"))
        with Operations.context(MigrationContext.configure(connection)):
            sa.event.listen(
                connection, "before_cursor_execute", lambda *said: written.append(repr(said[2:4]))
            )
            step.upgrade()
    assert companies_of(world) == kept
    updates = [each for each in written if "UPDATE" in each]
    assert "engines.example" not in " ".join(updates)
    assert len(updates) == 3, "a part of which nothing moves is not written"


def test_definitions_that_cannot_be_read_any_more_stop_no_upgrade(world: World) -> None:
    world.lead(company_domain="gmail.com")
    with world.database.write() as connection:
        connection.execute(sa.text("UPDATE lead SET company = 'gmail.com'"))
        connection.execute(sa.text("UPDATE definitions SET text = 'format = 0'"))
        with Operations.context(MigrationContext.configure(connection)):
            import_module(STRANGERS).upgrade()
    assert companies_of(world) == [""]


@pytest.mark.parametrize("text", ["{}", '{"fields": null}', '{"fields": {"company_domain": null}}'])
def test_a_body_without_a_company_is_of_none(text: str) -> None:
    step = import_module("leadqueue.server.migrations.versions.0006_leads_of_one_company_find_each_other")
    assert step._company_of(text) == ""
    assert import_module(STRANGERS)._company_of(text, ()) == ""
