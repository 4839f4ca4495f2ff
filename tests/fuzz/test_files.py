"""Files from elsewhere: CSV, definitions, mappings. Any content gives a result or the documented error."""

from __future__ import annotations

import tomllib
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.builders import DEFINITIONS
from tests.fuzz.support import ANY_TEXT, NASTY_TEXTS, NUMBERS, Json, fuzzed, in_time, mutated

from leadqueue.definitions import check, diff
from leadqueue.definitions.loader import default_text, parse
from leadqueue.sync.importing import mapping as mappings
from leadqueue.sync.importing.mapping import MappingError
from leadqueue.sync.importing.reader import BadRow, Layout, Row, UnreadableFile, look, rows
from leadqueue.sync.importing.run import Ready, leads_of

ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp1252",
    "latin-1",
    "mac_roman",
    "shift_jis",
)
ODD_ENCODINGS = (
    *(
        "no-such",
        "zlib",
        "rot13",
        "idna",
        "punycode",
        "unicode_escape",
        "undefined",
        "utf-7",
        "iso2022_jp",
        "\0",
    ),
    *("raw_unicode_escape", "utf-8\0", "../x", "a" * 1000, "hz", "mbcs", "oem", "base64"),
)
CELLS = st.one_of(
    st.text("abc \"',;|\t\\\r\n\0é€漢=", max_size=30),
    NASTY_TEXTS,
    st.sampled_from(["a" * 200_000, '"' * 1001, "\\" * 999, '""', "'", "2026-01-01", "9" * 5000, "1,5"]),
)


@st.composite
def csv_bytes(draw: st.DrawFn) -> bytes:
    """Bytes that are CSV, nearly so, or not at all."""
    if draw(st.booleans()):
        return draw(
            st.one_of(st.binary(max_size=2000), st.text("\"',;\n\r\0a\\", max_size=500).map(str.encode))
        )
    separator, quote = draw(st.sampled_from(",;\t|:~")), draw(st.sampled_from(['"', "'", ""]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n", ""]))
    head = draw(st.sampled_from(["Id,Email,Company", "sep=;", "Id", "", "Id,Id", "\ufeffId,Email", ",,"]))
    lines = [head.replace(",", separator)]
    for _ in range(draw(st.integers(0, 8))):
        cells = draw(st.lists(CELLS, max_size=5))
        lines.append(separator.join(f"{quote}{cell}{quote}" for cell in cells))
    encoding = draw(st.sampled_from(ENCODINGS))
    content = end.join(lines).encode(encoding, "replace")
    cut = draw(st.integers(0, 3))
    return content[cut:] if draw(st.booleans()) else content + draw(st.binary(max_size=3))


MAPPING = mappings.parse(
    """
    source = "fuzz"
    source_id = "{Id}"
    optional_columns = true
    created_at = "{Email}"
    owner = "{Company}"
    fields = { email = "{Email}", company_name = "{Company}", company_domain = "{Email|domain}",
               website = "{Company|url}", company_size = "{Company|whole}", country = "{Email}" }
    signals = [{ kind = "pricing_page", at = "{Company}", title = "{Email}" }]
    """.replace("\n               ", " "),
    DEFINITIONS,
)


@fuzzed(20)
@given(content=csv_bytes())
@example(content=b"a.b." * 4096)
@example(content=b"Id,Email\n" + b'"' * 70_000)
@example(content=b"\xff\xfeI\0d\0\n")
@example(content=b"Id\n" + b"\\" * 50_000 + b"\n1")
def test_any_file_is_read_to_its_end(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    path.write_bytes(content)
    with in_time():
        try:
            layout = look(path)
        except UnreadableFile:
            return
        assert isinstance(layout, Layout)
        read = list(rows(path, layout))
        assert all(isinstance(row, Row) or row.reason for row in read)
        numbers = [row.line for row in read]
        assert numbers == sorted(set(numbers)), "each line is told of once, in order"
        for made in leads_of(read, MAPPING, DEFINITIONS):
            assert isinstance(made, Ready) or made.reason


@fuzzed(15)
@given(content=csv_bytes(), encoding=st.sampled_from([*ENCODINGS, *ODD_ENCODINGS]))
@example(content=b"Id\n1", encoding="zlib")
def test_a_named_encoding_may_be_wrong(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "named.csv"
    path.write_bytes(content)
    with in_time(), suppress(UnreadableFile):
        list(rows(path, look(path, encoding)))


DEEP = 20_000
"""Levels of nesting, beyond what any reader's stack holds."""


def toml_value(value: Json) -> str:
    """A value as TOML spells it; what TOML has no word for becomes text."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return "[" + ", ".join(toml_value(each) for each in value) + "]"
        case dict():
            return (
                "{" + ", ".join(f"{toml_text(key)} = {toml_value(each)}" for key, each in value.items()) + "}"
            )
        case _:
            return toml_text(str(value))


def toml_text(text: str) -> str:
    return '"' + "".join(f"\\U{ord(char):08X}" for char in text) + '"'


@st.composite
def edited(draw: st.DrawFn) -> str:
    """The shipped definitions with some lines changed, doubled, left out, or cut."""
    lines = default_text().split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(["value", "drop", "double", "swap", "text", "header"]))
        if what == "value" and "=" in lines[at]:
            value = draw(
                st.one_of(NUMBERS.map(toml_value), NASTY_TEXTS.map(toml_text), st.just("[]"), st.just("{}"))
            )
            lines[at] = f"{lines[at].partition('=')[0]} = {value}"
        elif what == "drop":
            del lines[at]
        elif what == "double":
            lines.insert(at, lines[at])
        elif what == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif what == "header":
            lines.insert(
                at, draw(st.sampled_from(["[stages]", "[[score.rules]]", "[x.y.z]", "[fields.email]"]))
            )
        else:
            lines.insert(at, draw(ANY_TEXT))
    return "\n".join(lines)


@st.composite
def rebuilt(draw: st.DrawFn) -> str:
    """The shipped definitions as data, changed anywhere, written as TOML again."""
    data = tomllib.loads(default_text())
    plain = {key: value for key, value in data.items() if key != "calendars"}
    changed = draw(mutated(plain))
    if not isinstance(changed, dict):
        return toml_value(changed)
    return "\n".join(f"{toml_text(key)} = {toml_value(value)}" for key, value in changed.items())


@fuzzed(20)
@given(text=st.one_of(edited(), rebuilt(), ANY_TEXT, st.text("[]{}='\"\n.#a1-:", max_size=200)))
@example(text="a = " + "[" * DEEP)
@example(text="a = " + "{a=" * DEEP)
@example(text="[" + "a." * DEEP + "a]")
@example(text="a." * DEEP + "a = 1")
@example(text="a = {" + "a . " * DEEP + "a = 1}")
@example(text="a = " + "9" * 5000)
@example(text="a = 1e9999999")
@example(text='a = "\ud800"')
def test_any_definitions_are_read_or_refused(text: str) -> None:
    with in_time():
        findings = check.check_text(text)
        try:
            published = parse(text)
        except (tomllib.TOMLDecodeError, ValidationError):
            assert check.has_errors(findings), "what the loader refuses the check finds"
            return
        assert published.text == text
        if not check.has_errors(findings):
            diff.diff(DEFINITIONS, published.definitions)


@fuzzed(20)
@given(text=st.one_of(edited(), ANY_TEXT, st.text("[]{}='\"\n.#a1-:|", max_size=200)))
@example(text="a = " + "[" * DEEP)
@example(text="a = " + "9" * 5000)
def test_any_mapping_is_read_or_refused(text: str) -> None:
    with in_time(), suppress(MappingError):
        mappings.parse(text, DEFINITIONS)


@fuzzed(30)
@given(template=st.text("{}|aId domain url whole", max_size=40))
def test_any_template_is_read_or_refused(template: str) -> None:
    text = f'source = "x"\nsource_id = {toml_text(template)}\nfields = {{ email = {toml_text(template)} }}\n'
    try:
        mapping = mappings.parse(text, DEFINITIONS)
    except MappingError:
        return
    for made in leads_of([Row(1, {"Id": "1", "a": "x@y.example"})], mapping, DEFINITIONS):
        assert isinstance(made, Ready | BadRow)
