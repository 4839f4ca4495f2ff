"""CSV files as they come."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leadqueue.sync.importing.reader import BadRow, Row, UnreadableFile, look, rows

TABLE = [
    ["id", "name", "city"],
    ["1", "Ada Byron", "London"],
    ["2", "Zoë Müller", "Köln"],
    ["3", 'He said "hi"', "A, B"],
]


def written(path: Path, *, encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(TABLE)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def read(path: Path) -> list[Row | BadRow]:
    return list(rows(path, look(path)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_and_dialect_are_found_out(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    found = read(written(tmp_path / "a.csv", encoding=encoding, delimiter=delimiter, end=end))
    assert [list(row.values.values()) for row in found if isinstance(row, Row)] == TABLE[1:]
    assert [row.line for row in found] == [2, 3, 4]


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("email\na@b.example\nc@d.example\n")
    assert [row.values for row in read(path) if isinstance(row, Row)] == [
        {"email": "a@b.example"},
        {"email": "c@d.example"},
    ]


def test_bad_rows_name_their_line_and_the_others_go_in(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"id,name,city\r\n"
        b"1,Ada,London\r\n"
        b"2,short\r\n"
        b"3,too,many,columns\r\n"
        b"\r\n"
        b"4,nul\0,Rome\r\n"
        b'5,"two\r\nlines",Oslo\r\n'
        b'6,"never closed,Bern\r\n'
        b"7,Grace,Paris\r\n"
    )
    found = read(path)
    bad = {row.line: row.reason for row in found if isinstance(row, BadRow)}
    good = {row.line: row.values["id"] for row in found if isinstance(row, Row)}
    assert bad == {
        3: "has 2 of 3 columns",
        4: "has 4 columns, the header has 3",
        6: "holds a NUL character",
        9: "a quotation mark is not closed",
    }
    assert good == {2: "1", 7: "5", 10: "7"}


def test_a_wrong_byte_costs_its_row_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = "id,name\n" + "".join(f"{number},Zoë {number}\n" for number in range(20_000))
    path.write_bytes(head.encode() + b"bad,\xff\xfe\nlast,Ada\n")
    found = read(path)
    assert [row.line for row in found if isinstance(row, BadRow)] == [20_002]
    assert isinstance(found[-1], Row)
    assert found[-1].values["id"] == "last"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b"  \n ", "empty"), (b"a,b,a\n1,2,3\n", "same name"), (b",,\n1,2,3\n", "no header")],
)
def test_a_file_without_a_usable_header_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=message):
        look(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"none\.csv"):
        look(tmp_path / "none.csv")


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd'"), max_size=12)
"""Without the other quote: between two of them a file of few rows can be read in two ways."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8))
@example(table=[["", "", "@~"]])
@example(table=[["", "", "\\~"]])
def test_what_a_writer_writes_is_read(tmp_path: Path, table: list[list[str]]) -> None:
    path = tmp_path / "a.csv"
    text = io.StringIO()
    csv.writer(text).writerows([["first column", "second column", "third column"], *table])
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    found = read(path)
    wanted = [row for row in table if any(cell.strip() for cell in row)]
    assert [list(row.values.values()) for row in found if isinstance(row, Row)] == wanted


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=400))
def test_any_bytes_end_in_rows_or_a_clear_refusal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    try:
        found = read(path)
    except UnreadableFile:
        return
    assert all(isinstance(row, Row | BadRow) for row in found)
