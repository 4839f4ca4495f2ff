"""Mappings: templates, translations, and errors that name the key and the fix."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.builders import DEFINITIONS

from leadqueue.sync.importing.mapping import (
    Mapping,
    MappingError,
    load,
    missing_columns,
    moment,
    parse,
    shipped_names,
)
from leadqueue.sync.importing.reader import BadRow, Row
from leadqueue.sync.importing.run import Ready, lead_of
from leadqueue.sync.importing.templates import fill

GOOD = """
source = "Test"
source_id = "{id}"
[fields]
email = "{mail}"
lead_source = "{origin}"
company_size = "{size}"
[values.lead_source]
"Web seminar" = "webinar"
"*" = "other"
"""


def problems(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        parse(text, DEFINITIONS)
    return "\n".join(caught.value.problems)


class TestTemplates:
    @pytest.mark.parametrize(
        ("template", "text"),
        [
            ("{first} {last}", "Ada Byron"),
            ("constant", "constant"),
            ("{none}", ""),
            ("x-{none}", ""),
            ("{none} {last}", "Byron"),
            ("{{{first}}}", "{Ada}"),
            ("{mail|domain}", "engines.example"),
            ("{site|domain}", "engines.example"),
            ("{bare|domain}", "engines.example"),
            ("{first|lower}", "ada"),
        ],
    )
    def test_fill(self, template: str, text: str) -> None:
        row = {
            "first": " Ada ",
            "last": "Byron",
            "mail": "Ada@Engines.example",
            "site": "https://www.engines.example/about",
            "bare": "engines.example",
        }
        assert fill(template, row) == text

    def test_a_column_is_text_and_never_a_template(self) -> None:
        assert fill("{a}", {"a": "{b}", "b": "secret"}) == "{b}"


class TestErrors:
    def test_an_unknown_key_names_the_nearest(self) -> None:
        assert "did you mean source_id" in problems(GOOD.replace("source_id", "sourceid"))

    def test_an_unknown_field_names_the_nearest(self) -> None:
        assert "did you mean email" in problems(GOOD.replace("email =", "emial ="))

    def test_a_rule_is_told_in_its_own_words(self) -> None:
        assert problems('zone = "Europa"\n' + GOOD).startswith("zone: 'Europa' is no time zone")

    def test_signals_are_counted_from_1(self) -> None:
        second = '[[signals]]\nkind = "webinar"\nat = "{a}"\n[[signals]]\nkind = "webinr"\nat = "{b}"\n'
        assert problems(GOOD + second).startswith("signals.2.kind: 'webinr' is no signal")
        assert problems(GOOD + second.replace('"{b}"', '"{b"')).startswith("signals.2.at: a brace")
        assert problems(GOOD + second.replace('at = "{b}"\n', "")).startswith("signals.2.at: ")

    @pytest.mark.parametrize(
        "form", ["%Q", "%", "%d.%m.", "%H:%M", "%Y %Y %m %d", "%-d.%m.%Y", "day", "", "%s", "%G-%V"]
    )
    def test_a_format_that_no_date_can_have_is_refused(self, form: str) -> None:
        said = problems(f'formats = ["%Y-%m-%d", "{form}"]\n' + GOOD)
        assert said.startswith(f"formats: '{form}' names no day")

    @pytest.mark.parametrize(
        "form", ["%d.%m.%y", "%b %d, %Y %I:%M %p", "%Y%m%dT%H%M%S.%f%z", "%Y-%j", "on %Y-%j"]
    )
    def test_a_format_that_dates_have_is_taken(self, form: str) -> None:
        assert parse(f'formats = ["{form}"]\n' + GOOD, DEFINITIONS).formats == (form,)

    def test_a_field_of_sales_is_refused(self) -> None:
        assert "set by sales alone" in problems(GOOD.replace("email =", "acceptance_reason ="))

    def test_a_broken_template_is_named(self) -> None:
        assert "fields.email: a brace is not closed" in problems(GOOD.replace("{mail}", "{mail"))
        assert "is no filter" in problems(GOOD.replace("{mail}", "{mail|upper}"))

    def test_broken_toml_names_its_line(self) -> None:
        assert "line 2" in problems("a = 1\nb = ?\n")

    def test_a_wrong_zone_and_a_wrong_signal(self) -> None:
        assert "no time zone" in problems('zone = "Mars/Base"\n' + GOOD)
        wrong = GOOD + '[[signals]]\nkind = "demo_requst"\nat = "{x}"\n'
        assert "did you mean demo_request" in problems(wrong)

    def test_a_missing_file_names_the_shipped_ones(self) -> None:
        with pytest.raises(MappingError, match="hubspot, salesforce"):
            load("nothing.toml", DEFINITIONS)


class TestRows:
    mapping: Mapping = parse(GOOD, DEFINITIONS)

    def lead(self, **values: str) -> Ready | BadRow:
        return lead_of(
            Row(7, {"id": "1", "mail": "a@b.example", "origin": "", "size": "", **values}),
            self.mapping,
            DEFINITIONS,
        )

    def test_texts_become_values(self) -> None:
        made = self.lead(origin="web SEMINAR", size="1,200")
        assert isinstance(made, Ready)
        assert made.lead.fields == {"email": "a@b.example", "lead_source": "webinar", "company_size": 1200}

    def test_anything_else(self) -> None:
        made = self.lead(origin="Skywriting")
        assert isinstance(made, Ready)
        assert made.lead.fields["lead_source"] == "other"

    def test_what_cannot_be_read_names_the_field_and_the_line(self) -> None:
        bad = self.lead(size="many")
        assert isinstance(bad, BadRow)
        assert bad.line == 7
        assert bad.reason.startswith("company_size: Employees must be a whole number")

    def test_a_row_without_an_id_is_no_lead(self) -> None:
        bad = self.lead(id="  ")
        assert isinstance(bad, BadRow)
        assert "source_id" in bad.reason


def test_moments_without_a_zone_are_taken_in_the_mappings() -> None:
    mapping = parse('zone = "Europe/Berlin"\nformats = ["%d.%m.%Y %H:%M"]\n' + GOOD, DEFINITIONS)
    assert moment("01.07.2026 09:30", mapping) == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert moment("2026-07-01T09:30:00Z", mapping) == datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    assert moment("tomorrow", mapping) is None


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_mappings_hold(name: str) -> None:
    mapping = load(name, DEFINITIONS)
    assert mapping.optional_columns
    for field, table in mapping.values.items():
        spec = DEFINITIONS.fields[field]
        assert spec.vocabulary
        assert set(table.values()) <= set(DEFINITIONS.vocabularies[spec.vocabulary].values), field


def test_missing_columns_say_who_asks() -> None:
    mapping = parse(GOOD, DEFINITIONS)
    assert missing_columns(mapping, ("id", "mail", "origin")) == {"size": "fields.company_size"}


def test_the_mapping_of_the_manual_holds() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "importing.md").read_text("utf-8")
    mapping = parse(manual.split("```toml\n")[1].split("```")[0], DEFINITIONS)
    made = lead_of(
        Row(
            2,
            {
                "Badge": "7",
                "Scanned": "03.11.2026 10:30",
                "E-mail": "Ada@Engines.example",
                "Company": "Engines",
                "Website": "www.engines.example",
                "Phone": "n/a",
                "Staff": "250.0",
                "Hall": "3",
                "Sector": "machines",
                "Demo asked for": "03.11.2026 11:00",
            },
        ),
        mapping,
        DEFINITIONS,
    )
    assert isinstance(made, Ready), made
    assert made.lead.fields["campaign"] == "Fair 3"
    assert made.lead.fields["industry"] == "manufacturing"
    assert made.lead.created_at == datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
    assert [signal.kind for signal in made.lead.signals] == ["demo_request"]
    assert made.left_empty == ("phone",)


def test_a_mapping_file_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(GOOD, "utf-16")
    with pytest.raises(MappingError, match=r"mapping\.toml cannot be read: it is not UTF-8"):
        load(str(path), DEFINITIONS)
    with pytest.raises(MappingError, match=r"hubspot, salesforce are shipped"):
        load(str(tmp_path / "none.toml"), DEFINITIONS)
