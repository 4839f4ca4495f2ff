"""What `check` finds in a definitions file, one slip at a time."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.definitions.edits import TEXT, changed, errors, line, only

from leadqueue.definitions.check import check_text, dotted, has_errors
from leadqueue.definitions.findings import Severity, nearest_name
from leadqueue.definitions.lines import Path, key_lines
from leadqueue.definitions.references import NEEDED_FIELDS


def test_the_shipped_file_has_no_finding() -> None:
    assert check_text(TEXT) == ()


class TestFormat:
    def test_broken_toml_names_its_line(self) -> None:
        text = changed("minutes = 1440", "minutes = ")
        finding = only(text)
        assert finding.message.startswith("this is not TOML")
        assert finding.line == line(text, "minutes =  # 24 business hours")

    def test_a_text_that_ends_too_early_names_its_last_line(self) -> None:
        assert only('a = 1\nb = "unfinished').line == 2

    def test_a_key_given_twice(self) -> None:
        text = changed("soon_minutes = 240\n", "soon_minutes = 240\nsoon_minutes = 200\n")
        finding = only(text)
        assert "given twice" in finding.message
        assert finding.line == line(text, "soon_minutes = 200")

    def test_a_table_given_twice(self) -> None:
        text = TEXT + '\n[reasons.no_budget]\nlabel = "Again"\n'
        assert "given twice" in only(text).message

    def test_an_unknown_key_names_the_nearest(self) -> None:
        text = changed('status = "awaiting review"', 'statsu = "awaiting review"')
        finding = only(text)
        assert (finding.path, finding.nearest) == ("stages.mql.statsu", "status")
        assert finding.line == line(text, "statsu")
        assert "unknown" in finding.message
        assert "did you mean 'status'?" in finding.message

    def test_an_unknown_key_deep_in_a_list(self) -> None:
        text = changed('{ field = "outcome", required = true }', '{ field = "outcome", requierd = true }')
        finding = only(text)
        assert (finding.path, finding.nearest) == ("decisions.close.fields.1.requierd", "required")
        assert finding.line == line(text, "requierd")

    def test_an_unknown_part_of_the_file(self) -> None:
        finding = only(changed("[cadence]", "[cadense]\n[cadence]"))
        assert (finding.path, finding.nearest) == ("cadense", "cadence")

    @pytest.mark.parametrize(
        ("old", "new", "path", "nearest"),
        [
            ("\nqualification = ", "\nqualificaton = ", "qualificaton", "qualification"),
            ('label = "Reassign"', 'labl = "Reassign"', "decisions.reassign.labl", "label"),
            (
                '{ field = "seniority", in',
                '{ fild = "seniority", in',
                "score.rules.seniority_fit.test.fild",
                "field",
            ),
            ("\n[mql]", "\n[mqll]", "mqll", "mql"),
            ("[decisions.reassign]", "[decisions.reasign]", "decisions.reasign", "reassign"),
        ],
    )
    def test_a_key_written_wrong_is_one_finding_with_the_key_that_is_missing(
        self, old: str, new: str, path: str, nearest: str
    ) -> None:
        text = changed(old, new)
        finding = only(text)
        assert (finding.path, finding.nearest) == (path, nearest)
        assert finding.line == line(text, new.strip())
        assert f"'{path.rpartition('.')[2]}'" in finding.message
        assert f"did you mean '{nearest}'?" in finding.message

    def test_a_heading_written_wrong_is_one_finding_though_its_table_goes_on_elsewhere(self) -> None:
        text = changed("[clocks.review]", "[clocks.reviev]")
        finding = only(text)
        assert (finding.path, finding.nearest) == ("clocks.reviev", "review")
        assert finding.line == line(text, "[clocks.reviev]")
        assert "'reviev' has what 'review' lacks" in finding.message

    def test_two_tables_that_lack_something_are_two_findings(self) -> None:
        text = changed('label = "No budget"\n', "").replace('label = "Competitor"\n', "", 1)
        assert [finding.path for finding in errors(text)] == [
            "reasons.no_budget.label",
            "reasons.competitor.label",
        ]

    def test_what_a_table_lacks_is_told_at_once(self) -> None:
        text = changed("[clocks.limbo]", '[clocks.quiet]\nlabel = "Quiet"\n\n[clocks.limbo]')
        finding = only(text)
        assert finding.path == "clocks.quiet"
        assert finding.message.startswith("the keys 'stages', 'starts', 'minutes'")

    @pytest.mark.parametrize(
        ("old", "new", "path"),
        [
            (
                'dispositions = ["reject"]',
                'dispositions = ["rejct"]',
                "reasons.already_customer.dispositions.1",
            ),
            (
                'roles = ["manager", "admin"]',
                'roles = ["maneger", "admin"]',
                "decisions.reassign.moves.1.roles.1",
            ),
        ],
    )
    def test_a_list_is_not_called_empty_for_what_is_wrong_in_it(self, old: str, new: str, path: str) -> None:
        assert only(changed(old, new)).path == path

    def test_a_missing_key_names_its_table(self) -> None:
        text = changed('label = "Subscriber"\n', "")
        finding = only(text)
        assert finding.path == "stages.subscriber.label"
        assert "missing" in finding.message
        assert finding.line == line(text, "[stages.subscriber]")

    @pytest.mark.parametrize(
        ("old", "new", "path", "words"),
        [
            ("minutes = 1440", 'minutes = "1440"', "clocks.review.minutes", "a whole number, not '1440'"),
            ("minutes = 1440", "minutes = 0", "clocks.review.minutes", "0 is too small: at least 1"),
            ("minutes = 1440", "minutes = 1.5", "clocks.review.minutes", "a whole number, not 1.5"),
            ("open = false", "open = 0", "stages.subscriber.open", "true or false, not 0"),
            (
                'owner = "marketing"',
                'owner = "markting"',
                "stages.subscriber.owner",
                "did you mean 'marketing'",
            ),
            ('starts = "stage"', 'starts = "stge"', "clocks.review.starts", "did you mean 'stage'"),
            (
                'test = { field = "seniority", in_list = "deciders" }',
                "test = 3",
                "score.rules.seniority_fit.test",
                "a table, not 3",
            ),
            (
                'clears = ["outcome", "sales"]',
                'clears = "outcome"',
                "handoff.moves.2.clears",
                "a list in [ ]",
            ),
            ("dated = 2026-11-28", 'dated = "soon"', "dated", "a day such as 2026-11-23, not 'soon'"),
            (
                "opens = 09:00:00",
                "opens = 9",
                "calendars.office.opens",
                "a time of day such as 09:00:00, not 9",
            ),
            ("first_share = 0.4", "first_share = 1.5", "attribution.first_share", "at most 1"),
            (
                "capacity_full_share = 1.2",
                "capacity_full_share = 0",
                "routing.capacity_full_share",
                "more than 0",
            ),
            (
                'workdays = ["mon", "tue", "wed", "thu", "fri"]',
                "workdays = []",
                "calendars.default.workdays",
                "empty",
            ),
            ('"mon", "tue"', '"mon", "tuesday"', "calendars.default.workdays.2", "did you mean 'tue'"),
            ("points = 12", "points = 12000", "score.rules.pricing_page.points", "at most 1000"),
            ('label = "Competitor"', 'label = ""', "reasons.competitor.label", "must not be empty"),
            ('label = "Competitor"', "label = 7", "reasons.competitor.label", "text in quotes, not 7"),
            ("format = 1", "format = 2", "format", "2 is not"),
            ("format = 1", 'format = "1"', "format", "write 1 without quotes"),
            ("minutes = 1440", 'minutes = "1440"', "clocks.review.minutes", "write 1440 without quotes"),
            (
                "override = true",
                'override = "true"',
                "decisions.reopen.moves.1.override",
                "write true without",
            ),
            (
                "first_share = 0.4",
                'first_share = "0.4"',
                "attribution.first_share",
                "write 0.4 without quotes",
            ),
            ("minutes = 1440", 'minutes = "long"', "clocks.review.minutes", "a whole number, not 'long'"),
            ("[reasons.competitor]", "[reasons.Competitor]", "reasons.Competitor", "lower-case"),
            ('equals = "won"', "equals = [1]", "decisions.close.fields.2.when.equals", "must be"),
            ('version = "2026.11.2"', 'version = "two words"', "version", "cannot be used"),
        ],
    )
    def test_a_wrong_value_is_told_in_plain_words(self, old: str, new: str, path: str, words: str) -> None:
        text = changed(old, new)
        found = [finding for finding in errors(text) if finding.path == path]
        assert found, errors(text)
        assert words in found[0].message
        assert found[0].line is not None
        assert (
            new.split(" = ", maxsplit=1)[0].strip("[]{ ").split("\n")[0]
            in text.splitlines()[found[0].line - 1]
        )

    @pytest.mark.parametrize(
        "text", ["", "a = 1", "format = 1", "x = 12:00:00", "[" * 5000, "a = " + "9" * 5000]
    )
    def test_what_is_no_definitions_file_at_all(self, text: str) -> None:
        assert has_errors(check_text(text))


REFERENCES = [
    ('requires = ["email", "company_name", "company_domain"]', 'requires = ["emial"]', "email"),
    ('moves = [{ from = ["mql"], to = "sal" }]', 'moves = [{ from = ["mqls"], to = "sal" }]', "mql"),
    ('moves = [{ from = ["mql"], to = "sal" }]', 'moves = [{ from = ["mql"], to = "sall" }]', "sal"),
    (
        '{ field = "acceptance_reason", required',
        '{ field = "acceptance_raeson", required',
        "acceptance_reason",
    ),
    ("sets = { recycled = false }", "sets = { recyled = false }", "recycled"),
    ('clears = ["outcome", "sales"]', 'clears = ["outcomes", "sales"]', "outcome"),
    ('fields = ["revisit_on"]', 'fields = ["revisit_an"]', "revisit_on"),
    ('nurture = "value_case"', 'nurture = "valuecase"', "value_case"),
    ('revisit_field = "revisit_on"', 'revisit_field = "revisit_one"', "revisit_on"),
    ('qualification = "bant"', 'qualification = "meddic"\n[frameworks.extra]', None),
    ('bant = ["bant_budget"', 'bant = ["bant_bugdet"', "bant_budget"),
    ('vocabulary = "seniority"', 'vocabulary = "senority"', "seniority"),
    ('currency_field = "revenue_currency"', 'currency_field = "revenue_curency"', "revenue_currency"),
    ('group = "handoff", minimum', 'group = "hand_off", minimum', "handoff"),
    ('zone = "UTC"\ncountry', 'zone = "Europe/Berln"\ncountry', "Europe/Berlin"),
    ('zone = "UTC"\nfiscal', 'zone = "Asia/Tokio"\nfiscal', "Asia/Tokyo"),
    ('country = "US"', 'country = "USSA"', "USA"),
    ('country = "US"', 'country = "DE"\nsubdivision = "Bavern"', "Bayern"),
    ('calendar = "default"', 'calendar = "defualt"', "default"),
    ('signals = ["demo_request", "pricing_page"]', 'signals = ["demo_requests"]', "demo_request"),
    ('clocks = ["first_outreach"]', 'clocks = ["first_outrech"]', "first_outreach"),
    ('signal = "webinar"', 'signal = "webinars"', "webinar"),
    ('only_signals = ["careers_page"]', 'only_signals = ["career_page"]', "careers_page"),
    (
        'test = { field = "seniority", in_list = "deciders" }',
        'test = { field = "seniority", in_list = "decider" }',
        "deciders",
    ),
    ('test = { field = "industry", in_list', 'test = { field = "industri", in_list', "industry"),
    ('deciders = ["director"', 'deciders = ["directer"', "director"),
    ('entry_stage = "lead"', 'entry_stage = "leed"', "lead"),
    ('equals = "lost" } },\n    { field', 'equals = "losst" } },\n    { field', "lost"),
]


class TestReferences:
    @pytest.mark.parametrize(("old", "new", "close"), REFERENCES)
    def test_a_name_that_is_not_there(self, old: str, new: str, close: str | None) -> None:
        text = changed(old, new)
        found = errors(text)
        assert found
        if close is not None:
            assert close in {finding.nearest for finding in found}
            hit = next(finding for finding in found if finding.nearest == close)
            assert f"did you mean '{close}'?" in hit.message
            assert hit.line is not None
            assert any(part and part in text.splitlines()[hit.line - 1] for part in new.split("\n"))

    def test_what_the_program_needs_must_be_there(self) -> None:
        text = changed("[vocabularies.signal_kind]", "[vocabularies.signals]").replace(
            "[vocabularies.signal_kind.values]", "[vocabularies.signals.values]"
        )
        assert "vocabularies.signal_kind" in {finding.path for finding in errors(text)}
        assert any("program" in finding.message for finding in errors(changed("note = {", "notes = {")))
        gone = changed('values = { strong = "Strong", partial', "values = { partial")
        assert any("'strong' must be there" in finding.message for finding in errors(gone))

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ('type = "choice", vocabulary = "language"', 'type = "choice"', "names no vocabulary"),
            (
                'type = "text", owner = "marketing"',
                'type = "text", vocabulary = "language", owner = "marketing"',
                "only a field of type 'choice'",
            ),
            (
                'type = "money", currency_field = "currency"',
                'type = "money"',
                "names no field for its currency",
            ),
            ('currency_field = "currency"', 'currency_field = "close_date"', "must be a picklist"),
            ("sets = { recycled = false }", 'sets = { recycled = "no" }', "true or false"),
            ("equals = true", 'equals = "yes"', "true or false"),
            ("minimum = 50, maximum = 2000 }\n", "minimum = 5000, maximum = 2000 }\n", "lies above"),
            ("minimum = 50, maximum = 2000 }\n", 'minimum = 50, in_list = "deciders" }\n', "one comparison"),
            (
                '{ field = "company_size", minimum = 50, maximum = 2000 }\n',
                '{ field = "city", minimum = 50 }\n',
                "is no number",
            ),
            ('requires = ["sal_date"', 'requires = ["note", "sal_date"', "lives in a decision"),
            ('"rivalqueue.example"', '"RivalQueue.example"', "no domain in lower case"),
            ("[clocks.review]", "[clocks.review]\nlanes = []", "given twice"),
            ('calendar = "default"\n', "", "names no calendar"),
            ('country = "US"', 'subdivision = "CA"', "needs its country"),
            ('key = "returned"', 'key = "review"', "given twice"),
            ('clocks = ["next_touch"]', 'clocks = ["review"]', "runs in no stage of this section"),
            ("[groups]", '[groups]\nqualification_ = "x"\n', "nothing uses"),
            (
                'required = true }, { field = "note" }]',
                'required = true }, { field = "note" }, { field = "note" }]',
                "twice",
            ),
        ],
    )
    def test_a_name_of_the_wrong_kind(self, old: str, new: str, words: str) -> None:
        assert any(words in finding.message for finding in check_text(changed(old, new)))

    def test_a_country_cannot_be_in_two_territories(self) -> None:
        territory = (
            '\n[[routing.territories]]\nkey = "{}"\nlabel = "T"\ncountries = ["DE", "{}"]\nteam = "t"\n'
        )
        assert errors(TEXT + territory.format("dach", "AT")) == []
        twice = errors(TEXT + territory.format("dach", "AT") + territory.format("europe", "FR"))
        assert [finding.path for finding in twice] == ["routing.territories.europe.countries.1"]
        assert "belongs to the territory 'dach'" in twice[0].message

    def test_subdivisions_go_by_code_and_by_name(self) -> None:
        for name in ("BY", "Bayern"):
            assert check_text(changed('country = "US"', f'country = "DE"\nsubdivision = "{name}"')) == ()


class TestLifecycle:
    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            (
                'moves = [{ from = ["sal"], to = "sql" }]',
                'moves = [{ from = ["sal"], to = "mql" }]',
                "leads backward",
            ),
            ('to = "sal", override = true', 'to = "sal"', "leads backward"),
            (
                'fields = [{ field = "why", required = true }]',
                'fields = [{ field = "why" }]',
                "must require 'why'",
            ),
            (
                'moves = [{ from = ["sql"], to = "opportunity" }]',
                'moves = [{ from = ["sql"] }]',
                "no move leads to 'opportunity'",
            ),
            (
                'from = ["subscriber", "lead", "quarantined", "recycled"]',
                'from = ["subscriber", "lead", "quarantined", "sal"]',
                "out of sales' hands",
            ),
            (
                'from = ["subscriber", "quarantined"]',
                'from = ["subscriber"]',
                "no move from 'quarantined' to 'lead'",
            ),
            ('mql_stage = "mql"', 'mql_stage = "lead"', "three different stages"),
            (
                'dispositions = ["reject", "close_lost"]',
                'dispositions = ["reject", "close_lost", "recycle"]',
                "no nurture track",
            ),
            ('reason = "reason"\ndisposition = "close_lost"\n', "", "names no disposition"),
            ('disposition = "close_lost"\n', "", "both reason and disposition"),
            ('fields = ["revisit_on"]\n', "", "must ask for 'revisit_on'"),
            ("min_touches = 8", "min_touches = 20", "the cadence has 12 at most"),
            (
                '{ field = "touch_channel", required = true }',
                '{ field = "touch_channel" }',
                "always require 'touch_channel'",
            ),
            ('edits = "rep"\n', "", "whose fields"),
            ('edits = "rep"\n', 'edits = "marketing"\n', "cannot be edited"),
            (
                '{ field = "acceptance_reason", required = true }, { field = "note" }',
                '{ field = "note" }',
                "no form asks for it",
            ),
            (
                '{ field = "acceptance_reason", required = true }',
                '{ field = "acceptance_reason", required = true }, { field = "city" }',
                "belongs to marketing",
            ),
            (
                'moves = [{ from = ["mql"], to = "sal" }]',
                'moves = [{ from = ["mql"], to = "sal" }, { from = ["mql"], to = "sal" }]',
                "never used",
            ),
            ('roles = ["manager", "admin"]', "roles = []", "no role may make"),
            ('roles = ["manager", "admin"]', 'roles = ["system"]', "made by people"),
            (
                'stages = ["sal", "sql", "opportunity"]\nclocks',
                'stages = ["sal", "sql"]\nclocks',
                "in no section",
            ),
        ],
    )
    def test_a_broken_way_through_the_stages(self, old: str, new: str, words: str) -> None:
        found = errors(changed(old, new))
        assert any(words in finding.message for finding in found), found
        assert all(finding.line for finding in found)

    def test_a_disposition_that_no_decision_asks_for(self) -> None:
        text = TEXT.replace('reason = "reason"\ndisposition = "close_lost"', "").replace(
            '    { field = "reason", required = true, when = { field = "outcome", equals = "lost" } },\n', ""
        )
        assert any("no decision asks for a reason to close_lost" in each.message for each in errors(text))

    def test_a_kind_of_decision_that_is_missing_is_a_warning(self) -> None:
        start, end = TEXT.index("[decisions.note]"), TEXT.index("[decisions.reopen]")
        [finding] = check_text(TEXT[:start] + TEXT[end:])
        assert finding.severity is Severity.WARNING
        assert "'note'" in finding.message


ALL_OF_SALES = 'stages = ["mql", "sal", "sql", "opportunity"]'


class TestSense:
    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("remind_minutes = [480]\nuntil", "standby = true\nuntil", "'limbo' waits for it in 'sal'"),
            (ALL_OF_SALES, 'stages = ["sql"]', "no other clock runs in a stage of 'limbo'"),
        ],
    )
    def test_a_clock_that_stands_by_for_little_is_a_warning(self, old: str, new: str, words: str) -> None:
        found = check_text(changed(old, new).replace('stages = ["sal", "sql", "opp', 'stages = ["sql", "opp'))
        assert [each.severity for each in found if words in each.message] == [Severity.WARNING], found

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ('label = "No budget"', 'label = "Not interested"', "is not a reason"),
            ('label = "No budget"', 'label = "Lead is NOT-interested any more"', "is not a reason"),
            ("[reasons.no_pain]", "[reasons.not_interested]", "is not a reason"),
            ('label = "No budget"', 'label = "Competitor"', "same label"),
            ('label = "No budget"', 'label = "No budget "', "ends with a space"),
            ('event = "Event"', 'event = "Webinar"', "same label"),
            ('event = "Event"', 'event = "Event"\nEvent = "Event, big"', "only in case"),
            ("closes = 17:00:00", "closes = 08:00:00", "not after it opens at 09:00"),
            ("soon_minutes = 240", "soon_minutes = 1440", "due soon from its start"),
            ("remind_minutes = [240, 60]", "remind_minutes = [1440]", "before the start"),
            ("minutes = 60\n", "minutes = 1440\n", "no faster"),
            ("target_minutes = 5", "target_minutes = 61", "lies after its limit"),
            ("touches_min = 8", "touches_min = 13", "at least 13 touches but at most 12"),
            (
                "half_life_days = 30\nminimum = 0",
                "half_life_days = 30\nminimum = 100",
                "not below its maximum",
            ),
            ("points = -20", "points = 20", "is negative but adds"),
            ("points = 25", "points = -25", "its part is 'negative'"),
            ('key = "webinar"', 'key = "decay"', "adds itself"),
            ("[mql]\nscore = 50", "[mql]\nscore = 101", "lies outside 0 to 100"),
            ("behaviour = 15", "behaviour = 1500", "no lead can reach 1500"),
            ("fit_matches = 1", "fit_matches = 4", "only 3 tests"),
            ("first_share = 0.4", "first_share = 0.7", "110%"),
            ("capacity_low_share = 0.8", "capacity_low_share = 1.2", "is not below the full one"),
            ("capacity_full_share = 1.2", "capacity_full_share = inf", "a finite number"),
            ("accepted_share_min = 0.6", "accepted_share_min = 0.95", "lies above the high one"),
            ("min_length = 10", "min_length = 30000", "at least 30000 characters but at most 20000"),
            (
                'owner = "crm", sync = "crm_to_marketing"',
                'owner = "crm", sync = "marketing_to_crm"',
                "belongs to crm",
            ),
            ('"aol.com", ', '"aol.com", "aol.com", ', "given twice"),
            ("minimum = -1000, maximum = 1000", "minimum = 0, maximum = 99", "every score from 0 to 100"),
            ('nurture = "data_repair"', 'nurture = "education"', "nothing uses 'data_repair'"),
        ],
    )
    def test_figures_and_words_that_make_no_sense(self, old: str, new: str, words: str) -> None:
        found = check_text(changed(old, new))
        assert any(words in finding.message for finding in found), found

    def test_reasons_that_only_sound_alike_are_allowed(self) -> None:
        for label in ("Interested in another product", "Not interesting margins"):
            assert check_text(changed('label = "No budget"', f'label = "{label}"')) == ()


def test_findings_come_in_the_order_of_the_file() -> None:
    text = changed('nurture = "value_case"', 'nurture = "x_y_z"').replace(
        'entry_stage = "lead"', 'entry_stage = "q"'
    )
    found = [finding.line or 0 for finding in check_text(text)]
    assert len(found) > 1
    assert found == sorted(found)


def test_entries_of_a_list_go_by_their_key() -> None:
    data = {"rules": [{"key": "one", "points": 1}, {"points": 2}, 3]}
    assert dotted(("rules", 0, "points"), data) == "rules.one.points"
    assert dotted(("rules", 1, "points"), data) == "rules.2.points"
    assert dotted(("rules", 2), data) == "rules.3"


def test_nothing_near_is_no_guess() -> None:
    assert nearest_name("zzzz", ["email", "phone"]) is None
    assert nearest_name(" E-Mail", ["email", "phone"]) == "email"


def all_keys() -> list[Path]:
    """Every key that stands at the start of a line of its own, or in a header."""
    lines = TEXT.splitlines()
    return [
        path
        for path, number in key_lines(TEXT).items()
        if isinstance(path[-1], str) and lines[number - 1].startswith(f"{path[-1]} =")
    ]


KEYS = all_keys()
OPEN_TABLES = ("vocabularies", "lists", "groups", "frameworks", "fields")
"""Tables whose keys a team chooses itself."""


def scheme_key(path: Path) -> bool:
    """Whether the format, and not the team, names this key."""
    return not (path[0] in OPEN_TABLES and len(path) == 2) and not (
        path[0] == "vocabularies" and path[2] == "values"
    )


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KEYS))
def test_a_key_that_is_renamed_is_found(path: Path) -> None:
    lines = TEXT.splitlines()
    number = key_lines(TEXT)[path]
    lines[number - 1] = f"{path[-1]}x{lines[number - 1].removeprefix(str(path[-1]))}"
    found = check_text("\n".join(lines))
    if scheme_key(path):
        assert any(finding.line == number and finding.nearest for finding in found)
    elif path[0] == "groups" or (path[0] == "fields" and path[1] in NEEDED_FIELDS):
        assert found


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(TEXT.splitlines()) - 1), st.integers(1, 30))
def test_missing_lines_never_crash_the_check(start: int, count: int) -> None:
    lines = TEXT.splitlines()
    text = "\n".join(lines[:start] + lines[start + count :])
    for finding in check_text(text):
        assert finding.message
        assert finding.line is None or 1 <= finding.line <= len(lines)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(KEYS),
    st.sampled_from(
        [
            "-1",
            "0",
            '""',
            '"x"',
            "[]",
            "{}",
            "true",
            "1.5",
            "nan",
            "inf",
            "1e400",
            "12:00:00",
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "[[]]",
            '["x"]',
            "{ a = 1 }",
            "99999999999999999999",
            '"\\u0000"',
        ]
    ),
)
def test_a_value_of_any_other_kind_never_crashes_the_check(path: Path, value: str) -> None:
    lines = TEXT.splitlines()
    lines[key_lines(TEXT)[path] - 1] = f"{path[-1]} = {value}"
    text = "\n".join(lines)
    findings = check_text(text)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert has_errors(findings)
    for finding in findings:
        assert finding.message


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_is_told_to_be_none(text: str) -> None:
    assert has_errors(check_text(text))
