"""The line of a key, for every way in which TOML lets one write it."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from leadqueue.definitions.lines import Path, key_lines, line_of
from leadqueue.definitions.loader import default_text


def paths(value: object, here: Path = ()) -> set[Path]:
    found = {here} if here else set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= paths(inner, (*here, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found |= paths(inner, (*here, number))
    return found


EVERY_FORM = '''# a comment = 1
title = "a # no comment"
"quoted key" = 'x = 1'
dotted . inner."deep.er" = 1   # behind

[servers]
text = """
many = "lines"
[not.a.table]
\\""" still text""""
raw = \'\'\'
[[neither]]
\'\'\'\'
list = [ # one
  1,
  { a = 2, b = [3, { c = 4 }] },
]
after = 2026-11-23T09:00:00Z

[servers.alpha]
ip = "10.0.0.1"

[[rules]]
key = "one"
[rules.test]
field = 1

[[rules]]
key = "two"
[[rules.parts]]
n = 1
[[rules.parts]]
n = 2
'''


def test_every_form_of_a_key_has_its_line() -> None:
    lines = key_lines(EVERY_FORM)
    assert set(lines) == paths(tomllib.loads(EVERY_FORM))
    text = EVERY_FORM.splitlines()
    assert lines["title",] == 2
    assert lines["quoted key",] == 3
    assert lines["dotted", "inner", "deep.er"] == 4
    assert lines["servers", "text"] == text.index('text = """') + 1
    assert lines["servers", "list", 1, "b", 1, "c"] == text.index("  { a = 2, b = [3, { c = 4 }] },") + 1
    assert lines["servers", "after"] == text.index("after = 2026-11-23T09:00:00Z") + 1
    assert lines["rules", 1, "key"] == text.index('key = "two"') + 1
    assert lines["rules", 0, "test", "field"] == text.index("field = 1") + 1
    assert lines["rules", 1, "parts", 1, "n"] == text.index("n = 2") + 1


def test_windows_line_ends_count_once() -> None:
    assert key_lines("a = 1\r\n\r\nb = '''\r\n\r\n'''\r\nc = 2\r\n") == {("a",): 1, ("b",): 3, ("c",): 6}


def test_the_shipped_file_is_known_key_by_key() -> None:
    text = default_text()
    lines = key_lines(text)
    assert set(lines) == paths(tomllib.loads(text))
    source = text.splitlines()
    for path, line in lines.items():
        name = next(str(step) for step in reversed(path) if isinstance(step, str))
        if isinstance(path[-1], str):
            assert name in source[line - 1], (path, line)


def test_an_unknown_path_takes_the_line_around_it() -> None:
    lines = key_lines("[a.b]\nc = 1\n")
    assert line_of(("a", "b", "missing", 3), lines) == 1
    assert line_of(("nowhere",), lines) is None
    assert line_of((), lines) is None


keys = st.text(min_size=1, max_size=8)
scalars = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.text(max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)


def quoted(text: str) -> str:
    escaped = "".join(
        char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in text
    )
    return f'"{escaped}"'


def toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(toml(inner) for inner in value) + "]"
    return quoted(value) if isinstance(value, str) else str(value)


@given(st.dictionaries(keys, values))
def test_any_table_is_known_path_by_path(data: dict[str, object]) -> None:
    text = "".join(f"# {number}\n{quoted(key)} = {toml(data[key])}\n" for number, key in enumerate(data))
    lines = key_lines(text)
    assert set(lines) == paths(tomllib.loads(text))
    assert list(lines.values()) == sorted(lines.values())


@given(st.text(max_size=200))
def test_any_text_at_all_gives_an_answer(text: str) -> None:
    for line in key_lines(text).values():
        assert 1 <= line <= text.count("\n") + 1
