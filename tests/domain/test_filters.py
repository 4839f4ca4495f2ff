"""The filter language by example, and what holds for whatever is typed."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS

from leadqueue.domain.filters.completion import completions, without_begun_field
from leadqueue.domain.filters.language import FIELDS, Language
from leadqueue.domain.filters.reading import FilterError, quoted, read_filter
from leadqueue.domain.filters.terms import (
    Either,
    Flag,
    Holds,
    Is,
    Missing,
    Not,
    Number,
    Span,
    Term,
    Together,
    Word,
)
from leadqueue.domain.text import folded

LANGUAGE = Language.of(DEFINITIONS, "rita")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  acme  ", (Word("acme"),)),
        ('Ada "Analytical Engines"', (Word("ada"), Word("analytical engines"))),
        ("score>70 score<=90", (Number("score", ">", 70), Number("score", "<=", 90))),
        ("score:none", (Missing("score"),)),
        ("source:webinar", (Is("source", "webinar"),)),
        ("source:Webinar", (Is("source", "webinar"),)),
        ('country:"united kingdom" COUNTRY:de', (Is("country", "GB"), Is("country", "DE"))),
        ("country:de,fr", (Either((Is("country", "DE"), Is("country", "FR"))),)),
        ("due<2h age>=1d12h", (Span("due", "<", timedelta(hours=2)), Span("age", ">=", timedelta(hours=36)))),
        ("due<-30m", (Span("due", "<", timedelta(minutes=-30)),)),
        ("due:breached", (Flag("breached"),)),
        ("due:none", (Missing("due"),)),
        ("is:returned,unsent", (Either((Flag("returned"), Flag("unsent"))),)),
        ("-is:soon !acme stage!=mql", (Not(Flag("soon")), Not(Word("acme")), Not(Is("stage", "mql")))),
        ("owner:me", (Is("owner", "rita"),)),
        ('owner:"me"', (Holds("owner", "me"),)),
        ('company="Acme \\"West\\""', (Holds("company", 'acme "west"', exactly=True),)),
        ("campaign:none", (Holds("campaign", "", exactly=True),)),
        ("acme or globex", (Either((Word("acme"), Word("globex"))),)),
        (
            "score>70 source:webinar OR country:de",
            (Either((Together((Number("score", ">", 70), Is("source", "webinar"))), Is("country", "DE"))),),
        ),
        (
            "score>70 (source:webinar or country:de)",
            (Number("score", ">", 70), Either((Is("source", "webinar"), Is("country", "DE")))),
        ),
        ("score>70 and is:soon", (Number("score", ">", 70), Flag("soon"))),
        ("not is:soon not not acme", (Not(Flag("soon")), Word("acme"))),
        ("-(acme is:soon)", (Not(Together((Word("acme"), Flag("soon")))),)),
        ("not (acme or globex)", (Not(Either((Word("acme"), Word("globex")))),)),
        ("(acme", (Word("acme"),)),
        ("(acme(uk) or b)", (Either((Word("acme(uk)"), Word("b"))),)),
        ('"or" oracle "(x)"', (Word("or"), Word("oracle"), Word("(x)"))),
        ("((country:de))", (Is("country", "DE"),)),
        ("acme or acme", (Word("acme"),)),
        ("10:30 - ", (Word("10:30"), Word("-"))),
        ('"not closed', (Word("not closed"),)),
        ("score > 70", (Number("score", ">", 70),)),
        ("score >70 due< 2h", (Number("score", ">", 70), Span("due", "<", timedelta(hours=2)))),
        ("due < -30m", (Span("due", "<", timedelta(minutes=-30)),)),
        (
            "(score \t>=  70 or source : webinar)",
            (Either((Number("score", ">=", 70), Is("source", "webinar"))),),
        ),
        (
            "acme -source: webinar,referral",
            (Word("acme"), Not(read_filter("source:webinar,referral", Language()).terms[0])),
        ),
        (
            'company = "Acme Ltd" stage != mql',
            (Holds("company", "acme ltd", exactly=True), Not(Is("stage", "mql"))),
        ),
        ('score ">70" "score > 70"', (Word("score"), Word(">70"), Word("score > 70"))),
        ("company 10:30", (Word("company"), Word("10:30"))),
    ],
)
def test_what_a_filter_says(text: str, terms: tuple[Term, ...]) -> None:
    assert read_filter(text, LANGUAGE).terms == terms


@pytest.mark.parametrize(
    ("text", "wrong", "says"),
    [
        ("acme scor>70", "scor", "did you mean score?"),
        ("source:webniar", "webniar", "did you mean webinar?"),
        ("country:de,xx", "xx", "country has no value 'xx'"),
        ("score>many", "many", "a whole number"),
        ("score>99999999999999999999", "99999999999999999999", "a whole number"),
        ("due:2h", "2h", "write due<2h"),
        ("age:3d", "3d", "write age>3d"),
        ("age>soon", "soon", "30m, 2h or 3d"),
        ("age>999999w", "999999w", "a hundred years"),
        ("company>acme", "company>", "write company:acme"),
        ("acme score>", "score>", "write score>70"),
        ("is:returnd", "returnd", "did you mean returned?"),
        ('acme ""', '""', "between the quotes"),
        ("http://acme.example", "http", "put it in quotes"),
        ("or acme", "or", "a term on either side"),
        ("acme or", "or", "a term on either side"),
        ("acme or  ", "or  ", "a term on either side"),
        ("or", "or", "a term on either side"),
        ("acme (or)", "or", "a term on either side"),
        ("acme or or globex", "or", "a term on either side"),
        ("(acme or) globex", "or", "a term on either side"),
        ("acme and or globex", "and", "a term on either side"),
        ("and acme", "and", "a term on either side"),
        ("acme not", "not", "what is not to hold"),
        ("(not) acme", "not", "what is not to hold"),
        ("acme () globex", "()", "nothing between the parentheses"),
        ("acme \u0301", "\u0301", "an accent alone is no word"),
        ("company=\u0301", "\u0301", "company wants a value"),
        ("acme) globex", ")", "no ( before"),
        ("source:(webinar or referral) acme", "(webinar or referral)", "source:a,b"),
        ("score>70 or country:xx", "xx", "country has no value 'xx'"),
        ("acme scor > 70", "scor", "did you mean score?"),
        ("sorce : webinar", "sorce", "did you mean source?"),
        ("acme >70", "acme", "put it in quotes"),
        ("> 70", ">", "stands behind a field"),
        ('"acme" >70', ">70", "stands behind a field"),
        ("acme -=x", "=x", "stands behind a field"),
        ("score > many", "many", "a whole number"),
        ("company > acme", "company >", "write company:acme"),
        ("score > source:webinar", "score >", "write score>70"),
        ("company: source : webinar", "company:", "company wants a value"),
        ("company: -acme", "company:", "company wants a value"),
        ("(company: )", "company:", "company wants a value"),
        ("acme score >  ", "score >  ", "write score>70"),
        ("source: (webinar or referral) acme", "(webinar or referral)", "source:a,b"),
    ],
)
def test_an_error_stands_at_its_word_and_says_the_fix(text: str, wrong: str, says: str) -> None:
    with pytest.raises(FilterError) as raised:
        read_filter(text, LANGUAGE)
    (fault,) = raised.value.faults
    assert text[fault.start : fault.end] == wrong
    assert says in fault.message


def test_every_fault_is_told_and_the_rest_is_read() -> None:
    with pytest.raises(FilterError) as raised:
        read_filter("score>x acme sorce:webinar", LANGUAGE)
    assert [fault.start for fault in raised.value.faults] == [6, 13]
    assert raised.value.rest.terms == (Word("acme"),)


def test_what_cannot_be_read_of_an_alternative_leaves_the_others() -> None:
    with pytest.raises(FilterError) as raised:
        read_filter("score>70 (acme or sorce:webinar)", LANGUAGE)
    assert raised.value.rest.terms == (Number("score", ">", 70), Word("acme"))


def test_a_value_that_is_missing_before_or_is_told() -> None:
    with pytest.raises(FilterError) as raised:
        read_filter("company: or acme", LANGUAGE)
    assert [fault.message for fault in raised.value.faults] == ["company wants a value; write company:acme"]


BLANKS = st.sampled_from(["", " ", "  ", "\t", " \n"])
SPACED = st.sampled_from(
    [
        ("score", ">", "70"),
        ("Score", "<=", "-5"),
        ("touches", "!=", "0"),
        ("due", "<", "-1d12h"),
        ("age", ">=", "3d"),
        ("source", ":", "webinar,referral"),
        ("country", "=", '"united kingdom"'),
        ("company", "!:", '"> a"'),
        ("is", ":", "returned"),
        ("owner", "=", "me"),
        ("title", ":", "none"),
        ("name", ":", '"or"'),
        ("company", ":", "10:30"),
    ]
)


@given(
    st.lists(st.tuples(SPACED, BLANKS, BLANKS, st.sampled_from(["", "-", "not "])), min_size=1, max_size=4)
)
def test_blanks_around_the_sign_make_no_difference(
    terms: list[tuple[tuple[str, str, str], str, str, str]],
) -> None:
    close = " acme ".join(f"{before}{name}{sign}{value}" for (name, sign, value), _, _, before in terms)
    wide = " acme ".join(
        f"{before}{name}{left}{sign}{right}{value}" for (name, sign, value), left, right, before in terms
    )
    found = read_filter(wide, LANGUAGE)
    assert found.terms == read_filter(close, LANGUAGE).terms
    assert found.text == wide  # what was typed is what is kept


def test_there_are_bounds() -> None:
    assert read_filter("(" * 10 + "acme", LANGUAGE).terms == (Word("acme"),)
    with pytest.raises(FilterError, match="10 deep"):
        read_filter("(" * 11 + "acme", LANGUAGE)
    with pytest.raises(FilterError, match="40 terms"):
        read_filter(" or ".join(f"a{number}" for number in range(41)), LANGUAGE)


def test_words_and_stages_look_beyond_the_queue() -> None:
    assert read_filter("acme", LANGUAGE).widens
    assert read_filter("stage:won", LANGUAGE).widens
    assert not read_filter("score>70 -acme -stage:won", LANGUAGE).widens
    assert read_filter("acme or stage:won score>70", LANGUAGE).widens
    assert not read_filter("acme or score>70", LANGUAGE).widens


def test_a_filter_knows_whether_the_time_changes_what_passes() -> None:
    assert read_filter("-is:breached", LANGUAGE).of_the_moment
    assert read_filter("age>3d", LANGUAGE).of_the_moment
    assert read_filter("acme or (score>70 is:soon)", LANGUAGE).of_the_moment
    assert not read_filter("score>70 is:returned", LANGUAGE).of_the_moment


def test_the_examples_of_the_fields_are_filters() -> None:
    for name, field in FIELDS.items():
        assert read_filter(field.example, LANGUAGE).terms, name


TYPED = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                *FIELDS,
                ":",
                ">",
                "<=",
                "!",
                "-",
                '"',
                ",",
                " ",
                "70",
                "2h",
                "webinar",
                "none",
                "\\",
                "(",
                ")",
                " or ",
                "and",
                "not ",
                "é",
                "\x00",
            ]
        ),
        max_size=14,
    ).map("".join),
)


@given(TYPED)
def test_nothing_that_is_typed_crashes_the_reader(text: str) -> None:
    try:
        read_filter(text, LANGUAGE)
    except FilterError as error:
        for fault in error.faults:
            assert 0 <= fault.start < fault.end <= len(text)
            assert fault.message


@given(st.text(min_size=1).filter(lambda text: folded(text).strip()))
def test_a_quoted_value_is_read_as_just_that(text: str) -> None:
    (term,) = read_filter(f"company={quoted(text)}", LANGUAGE).terms
    assert isinstance(term, Holds)
    expected = "".join("\ufffd" if char == "\x00" or 0xD800 <= ord(char) < 0xE000 else char for char in text)
    assert term.text == folded(expected)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Müller", "muller"),
        ('company:"Öl AG"', 'company:"OL AG"'),
        ("campaign=Frühjahr", "campaign=fruhjahr"),
        ("country:Türkiye", "country:turkiye"),
        ("country:côte_d'ivoire", "country:ci"),
    ],
)
def test_accents_and_the_forms_of_unicode_make_no_difference(
    text: str, same: str, form: Literal["NFC", "NFD"]
) -> None:
    typed = unicodedata.normalize(form, text)
    assert read_filter(typed, LANGUAGE).terms == read_filter(same, LANGUAGE).terms


@given(TYPED)
def test_a_completion_begins_where_the_word_does(text: str) -> None:
    for each in completions(text, LANGUAGE):
        assert 0 <= each.start <= len(text)
        assert not any(char.isspace() for char in text[each.start :])


def test_completion_offers_fields_and_then_their_values() -> None:
    assert [each.text for each in completions("acme so", LANGUAGE)] == ["source:"]
    assert "webinar" in [each.text for each in completions("source:we", LANGUAGE)]
    assert [each.text for each in completions("-is:ret", LANGUAGE)] == ["returned"]
    assert [(each.start, each.text) for each in completions("country:de,germ", LANGUAGE)] == [(11, "DE")]
    assert [each.text for each in completions("country:turk", LANGUAGE)] == ["TC", "TM", "TR"]
    assert [each.text for each in completions("is:br", LANGUAGE)] == ["breached"]
    assert [each.text for each in completions("due:bre", LANGUAGE)] == ["breached"]
    assert completions("owner:nob", LANGUAGE) == []
    assert completions("source:webinar", LANGUAGE) == []
    assert completions('"so', LANGUAGE) == []
    assert [(each.start, each.text) for each in completions("acme -(so", LANGUAGE)] == [(7, "source:")]
    assert [each.text for each in completions("acme o", LANGUAGE)] == ["owner:", "or"]
    assert completions("acme or", LANGUAGE) == []


def test_completion_knows_a_field_with_blanks_around_its_sign() -> None:
    assert [(each.start, each.text) for each in completions("acme source : webi", LANGUAGE)] == [
        (14, "webinar")
    ]
    assert "webinar" in [each.text for each in completions("source: ", LANGUAGE)]
    assert [each.text for each in completions("-is :ret", LANGUAGE)] == ["returned"]
    assert "2h" in [each.text for each in completions("due < ", LANGUAGE)]
    assert [(each.start, each.text) for each in completions("country : de, germ", LANGUAGE)] == []
    assert [each.text for each in completions("source: webinar so", LANGUAGE)] == ["source:"]
    assert completions('"source: so', LANGUAGE) == []


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("score", ""),
        ("SCO", ""),
        ("acme sco", "acme"),
        ("acme -(sco", "acme"),
        ("wow! sco", "wow!"),
        ("score ", "score "),
        ("score>", "score>"),
        ("scorex", "scorex"),
        ("score >", "score >"),
        ("title: na", "title: na"),
        ("title : na", "title : na"),
        ("title: vp na", "title: vp"),
        ('"sco', '"sco'),
        ("acme", "acme"),
        ("", ""),
    ],
)
def test_while_one_types_a_begun_field_does_not_count_yet(text: str, counts: str) -> None:
    assert without_begun_field(text) == counts


def test_a_finished_filter_takes_the_name_of_a_field_for_a_word() -> None:
    assert read_filter("score", LANGUAGE).terms == (Word("score"),)
