"""CSV files with faults that could cost a lead or garble a name without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadqueue.sync.importing import reader
from leadqueue.sync.importing.reader import BadRow, Row, UnreadableFile, look, rows


def read(folder: Path, content: bytes, encoding: str = "") -> tuple[dict[int, list[str]], dict[int, str]]:
    """Good rows and reasons by line."""
    path = folder / "a.csv"
    path.write_bytes(content)
    good: dict[int, list[str]] = {}
    bad: dict[int, str] = {}
    for row in rows(path, look(path, encoding)):
        if isinstance(row, Row):
            good[row.line] = list(row.values.values())
        else:
            bad[row.line] = row.reason
    return good, bad


def test_two_stray_quotation_marks_swallow_no_row_between_them(tmp_path: Path) -> None:
    good, bad = read(tmp_path, b'id,name\n1,"never closed\n2,Ada\n3,"nor this\n4,Grace\n')
    assert good == {3: ["2", "Ada"], 5: ["4", "Grace"]}
    assert sorted(bad) == [2, 4]
    assert "quotation mark" in bad[2]


def test_every_line_of_a_file_full_of_stray_marks_is_accounted_for(tmp_path: Path) -> None:
    lines = "".join(f'{number},"open\n' if number % 3 else f"{number},whole\n" for number in range(3000))
    good, bad = read(tmp_path, b"id,name\n" + lines.encode())
    assert {int(values[0]) for values in good.values()} == set(range(0, 3000, 3))
    assert len(good) + len(bad) == 3000


def test_text_after_a_closing_quotation_mark_is_not_guessed_at(tmp_path: Path) -> None:
    good, bad = read(tmp_path, b'id,name\n1,"Bob" Smith\n2,5" pipe\n')
    assert good == {3: ["2", '5" pipe']}
    assert list(bad) == [2]


@pytest.mark.parametrize("place", [0, 250])
def test_a_few_wrong_bytes_do_not_make_a_file_another_encoding(tmp_path: Path, place: int) -> None:
    lines = [f"{number},Zoë Müller\n".encode() for number in range(500)]
    lines.insert(place, b"x,b\xffd\n")
    good, bad = read(tmp_path, b"id,name\n" + b"".join(lines))
    assert {values[1] for values in good.values()} == {"Zoë Müller"}
    assert bad == {place + 2: "holds bytes that are not utf-8"}


def test_letters_of_another_encoding_late_in_the_file_count(tmp_path: Path) -> None:
    content = b"id,name\n" + b"1,Ada Byron\n" * 40_000 + "2,Jürgen Größe\n".encode("cp1252") * 50
    good, bad = read(tmp_path, content)
    assert not bad
    assert good[40_002] == ["2", "Jürgen Größe"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark(tmp_path: Path, encoding: str) -> None:
    good, bad = read(tmp_path, "id,name\r\n1,Zoë\r\n2,Ada\r\n".encode(encoding))
    assert (good, bad) == ({2: ["1", "Zoë"], 3: ["2", "Ada"]}, {})


def test_the_line_that_tells_excel_the_delimiter(tmp_path: Path) -> None:
    good, _ = read(tmp_path, "\ufeffsep=;\r\nid;name\r\n1;Müller, Zoë\r\n".encode())
    assert good == {3: ["1", "Müller, Zoë"]}


def test_empty_lines_before_the_header(tmp_path: Path) -> None:
    assert read(tmp_path, b"\n\nid,name\n1,Ada\n")[0] == {4: ["1", "Ada"]}


def test_a_mark_before_the_header_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffid,name\n1,Ada\n".encode())
    assert look(path, "utf-8").head == ("id", "name")


def test_a_header_with_an_open_quotation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="header"):
        read(tmp_path, b'id,"name\n1,Ada\n')


def test_a_wrong_encoding_named_by_the_user_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="utf-16"):
        read(tmp_path, b"id,name\n1,Ada\n", "utf-16")


def test_an_overlong_value_costs_its_row_and_is_cut_in_the_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,name\n1," + b"x" * 1_500_000 + b"\n2,Ada\n")
    found = list(rows(path, look(path)))
    assert isinstance(found[0], BadRow)
    assert "longer than 1,000,000" in found[0].reason
    assert len(found[0].raw) <= 100_000
    assert isinstance(found[1], Row)


def test_a_line_that_is_too_long_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LONGEST_LINE", 50)
    path = tmp_path / "long.csv"
    path.write_text(f"Id,Email\n1,a@b.example\n2,{'x,' * 100}\r\n3,c@d.example\n", "utf-8", newline="")
    first, bad, last = rows(path, look(path))
    assert isinstance(first, Row)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.reason) == (3, "the line is longer than 50 characters")
    assert isinstance(last, Row)
    assert (last.line, last.values) == (4, {"Id": "3", "Email": "c@d.example"})
