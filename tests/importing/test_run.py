"""From rows to leads with the shipped mappings, patience with the server, and the reject file."""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.builders import DEFINITIONS, NOW, new_id

from leadqueue.crm.gateway import GatewayError, ServerFault, Throttled, TimedOut, TooLarge, Unauthorised
from leadqueue.domain.values import check_value
from leadqueue.sync.importing.mapping import (
    Mapping,
    MappingError,
    as_named,
    load,
    missing_columns,
    parse,
)
from leadqueue.sync.importing.reader import BadRow, Row
from leadqueue.sync.importing.rejects import NotWritable, RejectFile
from leadqueue.sync.importing.run import (
    TRIES,
    Ready,
    Summary,
    lead_of,
    leads_of,
    patient,
    rehearse,
    send_all,
)
from leadqueue.wire.intake import IntakeLead, IntakeLeads, IntakeResults

SIMPLE = """
source = "Test"
source_id = "{id}"
[fields]
email = "{mail}"
"""
HUBSPOT = {
    "Record ID": "101",
    "First Name": "Ada",
    "Email": "ada@engines.example",
    "Company Name": "Engines",
    "Website URL": "www.engines.example",
    "Phone Number": "n/a",
    "Number of Employees": "250.0",
    "Country/Region": "Atlantis",
    "Original Source": "PAID_SEARCH",
    "Lifecycle Stage": "Marketing Qualified Lead",
}
SALESFORCE = {
    "Id": "00Q5e00000AbCdE",
    "FirstName": "Grace",
    "Email": "grace@gmail.com",
    "Company": "Harbour",
    "Website": "harbour.example/about",
    "NumberOfEmployees": "90",
    "AnnualRevenue": "$1.5M",
    "Country": "Germany",
    "LeadSource": "Trade Show",
    "CreatedDate": "2026-01-05T10:22:33.000+0000",
}


def ready(values: dict[str, str], mapping: Mapping) -> Ready:
    made = lead_of(Row(2, values), mapping, DEFINITIONS)
    assert isinstance(made, Ready), made
    for key, value in made.lead.fields.items():
        assert check_value(key, value, DEFINITIONS, date(2026, 1, 1)) is None, key
    return made


def problems(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        parse(text, DEFINITIONS)
    return "\n".join(caught.value.problems)


class TestShipped:
    def test_an_ordinary_hubspot_row_holds(self) -> None:
        made = ready(HUBSPOT, load("hubspot", DEFINITIONS))
        assert made.lead.qualified
        assert made.lead.fields["website"] == "https://www.engines.example"
        assert made.lead.fields["company_domain"] == "engines.example"
        assert made.lead.fields["company_size"] == 250
        assert made.lead.fields["lead_source"] == "paid_search"
        assert set(made.left_empty) == {"phone", "country"}

    def test_only_the_lifecycle_stage_vouches_for_a_hubspot_lead(self) -> None:
        mapping = load("hubspot", DEFINITIONS)
        assert not ready({**HUBSPOT, "Lifecycle Stage": "Subscriber"}, mapping).lead.qualified
        assert not ready({**HUBSPOT, "Lifecycle Stage": ""}, mapping).lead.qualified

    @pytest.mark.parametrize("name", ["hubspot", "salesforce"])
    def test_a_personal_address_is_no_company(self, name: str) -> None:
        values = {"Record ID": "1", "Id": "1", "Email": "x@gmail.com", "Company Name": "A", "Company": "A"}
        assert "company_domain" not in ready(values, load(name, DEFINITIONS)).lead.fields

    def test_a_data_export_of_salesforce_holds(self) -> None:
        made = ready(SALESFORCE, load("salesforce", DEFINITIONS))
        assert made.lead.source_id == "salesforce-00Q5e00000AbCdE"
        assert made.lead.created_at == datetime(2026, 1, 5, 10, 22, 33, tzinfo=UTC)
        assert made.lead.fields["company_domain"] == "harbour.example"
        assert made.lead.fields["country"] == "DE"
        assert made.lead.fields["lead_source"] == "event"
        assert made.left_empty == ("annual_revenue",)

    def test_an_amount_is_read_in_the_currency_that_the_file_calls_by_its_name(self) -> None:
        columns = 'annual_revenue = "{revenue}"\nrevenue_currency = "{currency}"\n'
        mapping = parse(SIMPLE + columns, DEFINITIONS)
        made = ready({"id": "1", "revenue": "5000000", "currency": "Japanese yen"}, mapping)
        assert made.lead.fields["annual_revenue"] == 5_000_000
        assert made.lead.fields["revenue_currency"] == "JPY"

    def test_a_report_of_salesforce_holds(self) -> None:
        mapping = load("salesforce", DEFINITIONS)
        head = ("Lead ID", "First Name", "Company / Account", "Email", "Create Date")
        assert "source_id" not in missing_columns(mapping, head).values()
        values = dict(zip(head, ("00Q1", "Ada", "Engines", "a@b.example", "4/1/2026"), strict=True))
        made = ready(values, mapping)
        assert (made.lead.source_id, made.lead.fields["company_name"]) == ("salesforce-00Q1", "Engines")
        assert made.lead.created_at == datetime(2026, 4, 1, tzinfo=UTC)


class TestMapping:
    def test_a_source_id_without_a_column_would_make_one_lead_of_all(self) -> None:
        assert "all rows would be one lead" in problems(SIMPLE.replace('"{id}"', '"id"'))

    def test_wrong_constants_and_translations_are_said_once_and_before(self) -> None:
        wrong = problems(SIMPLE + 'lead_source = "refferal"\n')
        assert "fields.lead_source" in wrong
        assert "nearest allowed value is 'referral'" in wrong
        table = 'lead_source = "{origin}"\n[values.lead_source]\n"Friend" = "refferal"\n'
        assert "values.lead_source.Friend" in problems(SIMPLE + table)

    def test_a_translation_of_no_field_and_a_list_that_is_none(self) -> None:
        assert "no such field under [fields]" in problems(
            SIMPLE + '[values.lead_source]\n"Friend" = "referral"\n'
        )
        listed = 'not_in_list = { email = "personal_domain" }\n' + SIMPLE
        assert "did you mean personal_domains" in problems(listed)

    def test_the_first_choice_with_a_text_counts(self) -> None:
        mapping = parse(SIMPLE.replace('"{mail}"', '["{work}", "{mail}"]'), DEFINITIONS)
        assert ready({"id": "1", "work": " ", "mail": "a@b.example"}, mapping).lead.fields == {
            "email": "a@b.example"
        }
        assert missing_columns(mapping, ("id", "mail")) == {}
        assert missing_columns(mapping, ("id",)) == {"work": "fields.email"}

    def test_upper_and_lower_case_of_a_header_do_not_matter(self) -> None:
        mapping = load("hubspot", DEFINITIONS)
        assert as_named(mapping, ("record id", "EMAIL", "Other")) == ("Record ID", "Email", "Other")
        assert as_named(mapping, ("Email", "email")) == ("Email", "email")

    def test_what_the_definitions_refuse_is_not_left_out_unasked(self) -> None:
        made = lead_of(Row(2, {"id": "1", "mail": "nonsense"}), parse(SIMPLE, DEFINITIONS), DEFINITIONS)
        assert isinstance(made, Ready)
        assert made.lead.fields == {"email": "nonsense"}, "the server refuses it by name"

    def test_signals_of_a_long_id_stay_apart(self) -> None:
        signals = "".join(
            f'[[signals]]\nkind = "{kind}"\nat = "{{when}}"\n' for kind in ("webinar", "demo_request")
        )
        made = ready(
            {"id": "x" * 199, "mail": "", "when": "2026-01-01"}, parse(SIMPLE + signals, DEFINITIONS)
        )
        assert len({signal.source_id for signal in made.lead.signals}) == 2
        assert all(len(signal.source_id) <= 200 for signal in made.lead.signals)


BATCH = IntakeLeads(leads=(IntakeLead(source_id="1", fields={}),))


class TestPatience:
    async def test_what_passes_is_waited_for(self) -> None:
        pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)

        errors: list[GatewayError] = [TimedOut(), Throttled(retry_after=7), ServerFault(retry_after=900)]

        async def send(_leads: IntakeLeads) -> IntakeResults:
            if errors:
                raise errors.pop(0)
            return IntakeResults(results=())

        await patient(send, sleep)(BATCH)
        assert pauses == [1.0, 7.0, 60.0]

    @pytest.mark.parametrize(("error", "calls"), [(TimedOut(), TRIES), (Unauthorised(), 1), (TooLarge(), 1)])
    async def test_what_does_not_pass_is_said(self, error: GatewayError, calls: int) -> None:
        called = 0

        async def sleep(_seconds: float) -> None: ...

        async def send(_leads: IntakeLeads) -> IntakeResults:
            nonlocal called
            called += 1
            raise error

        with pytest.raises(type(error)):
            await patient(send, sleep)(BATCH)
        assert called == calls


async def test_after_a_failure_it_is_known_how_far_it_came() -> None:
    mapping = parse(SIMPLE, DEFINITIONS)
    rehearsed = rehearse(DEFINITIONS, NOW, new_id)
    batches = 0

    async def send(leads: IntakeLeads) -> IntakeResults:
        nonlocal batches
        batches += 1
        if batches > 1:
            raise Unauthorised
        return await rehearsed(leads)

    summary = Summary()
    rows = [Row(number, {"id": str(number), "mail": ""}) for number in range(600)]
    with pytest.raises(Unauthorised):
        await send_all(
            leads_of(rows, mapping, DEFINITIONS),
            mapping,
            send,
            on_bad=lambda _row: None,
            on_progress=lambda _summary: None,
            summary=summary,
        )
    assert summary.answered == summary.quarantined == 250


async def test_a_rehearsal_hears_an_interrupt() -> None:
    mapping = parse(SIMPLE, DEFINITIONS)
    summary = Summary()
    rows = [Row(number, {"id": str(number), "mail": ""}) for number in range(1000)]

    def interrupt(_summary: Summary) -> None:
        task.cancel()

    task = asyncio.create_task(
        send_all(
            leads_of(rows, mapping, DEFINITIONS),
            mapping,
            rehearse(DEFINITIONS, NOW, new_id),
            on_bad=lambda _row: None,
            on_progress=interrupt,
            summary=summary,
        )
    )
    with pytest.raises(asyncio.CancelledError):
        await task
    assert summary.answered == 250


class TestRejects:
    def test_only_its_owner_reads_it_and_no_spreadsheet_runs_it(self, tmp_path: Path) -> None:
        path = tmp_path / "r.csv"
        with RejectFile(path) as rejects:
            rejects.write(BadRow(7, "email: =bad", '=HYPERLINK("http://x")\r\n'))
        assert path.stat().st_mode & 0o077 == 0
        [row] = csv.DictReader(path.read_text().splitlines())
        assert row["line"] == "7"
        assert not row["row"].startswith("=")

    def test_a_row_of_semicolons_begins_no_formula_where_it_is_split_at_them(self, tmp_path: Path) -> None:
        path = tmp_path / "r.csv"
        with RejectFile(path) as rejects:
            rejects.write(BadRow(2, "email is missing", "Ada;=1+1;+44 20;x\n"))
        assert path.read_text().splitlines()[1] == "2,email is missing,Ada;'=1+1;'+44 20;x"

    def test_a_clean_import_leaves_none(self, tmp_path: Path) -> None:
        with RejectFile(tmp_path / "r.csv"):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_the_file_that_is_imported_is_never_written_over(self, tmp_path: Path) -> None:
        source = tmp_path / "leads.csv"
        source.write_text("line,reason,row\n")
        (tmp_path / "link.csv").symlink_to(source)
        with pytest.raises(NotWritable, match="name of its own"):
            RejectFile(tmp_path / "link.csv", (source,))

    def test_only_an_older_reject_file_is_written_over(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("precious")
        with pytest.raises(NotWritable, match="no reject file"):
            RejectFile(path)
        path.write_text("line,reason,row\n1,old,x\n")
        with RejectFile(path) as rejects:
            rejects.write(BadRow(2, "new", "y"))
        assert "old" not in path.read_text()

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with RejectFile(tmp_path / "none" / "r.csv") as rejects, pytest.raises(NotWritable, match="none"):
            rejects.write(BadRow(2, "new", "y"))
