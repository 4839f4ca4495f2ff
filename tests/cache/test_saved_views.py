"""`views.toml`: what is saved is read again, what is broken is told and kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from leadqueue.cache.own_columns import ColumnChoice, own_columns
from leadqueue.cache.queue_views import SORTS
from leadqueue.cache.saved_views import SavedView, Views, ViewsFile, ViewsNotSaved

HOT = SavedView(
    "Hot webinars",
    'score>70 source:webinar "a\\"b"',
    "review",
    "score",
    descending=True,
    columns=(ColumnChoice("score"), ColumnChoice("person", 30)),
    key="f6",
)

LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
VIEW: SearchStrategy[SavedView] = st.builds(
    SavedView,
    name=LINE.map(str.strip).filter(bool),
    filter=LINE,
    section=st.sampled_from(["", "review"]),
    sort=st.sampled_from(SORTS),
    descending=st.booleans(),
    columns=st.lists(st.builds(ColumnChoice, st.sampled_from(["score", "person"]), st.integers(0, 60))).map(
        lambda columns: tuple(columns[:5])
    ),
)


@pytest.mark.parametrize("key", ["H", "ä", "alt+X", "left_pointing_double_angle_quotation_mark", "ctrl+@"])
def test_the_key_of_a_view_may_be_any_that_a_keyboard_has(tmp_path: Path, key: str) -> None:
    file = ViewsFile(tmp_path / "views.toml")
    file.save(Views((SavedView("Hot", key=key),)))
    assert file.load() == Views((SavedView("Hot", key=key),))


@pytest.mark.parametrize(
    ("views", "says"),
    [
        ([SavedView("Hot", key="a b")], "view 1, key: "),
        ([SavedView("Hot", "x" * 1001)], "view 1, filter: "),
        ([SavedView(f"View {number}") for number in range(31)], "at most 30"),
    ],
)
def test_what_could_not_be_read_again_is_not_saved(tmp_path: Path, views: list[SavedView], says: str) -> None:
    file = ViewsFile(tmp_path / "views.toml")
    file.save(Views((HOT,)))
    with pytest.raises(ViewsNotSaved, match=says):
        file.save(Views(tuple(views)))
    assert file.load() == Views((HOT,))


@given(st.lists(VIEW, max_size=5, unique_by=lambda view: view.name.casefold()))
def test_what_is_saved_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, views: list[SavedView]
) -> None:
    file = ViewsFile(tmp_path_factory.mktemp("views") / "config" / "views.toml")
    file.save(Views(tuple(views), (ColumnChoice("age", 5),)))
    assert file.load() == Views(tuple(views), (ColumnChoice("age", 5),))


def test_the_file_is_the_users_own_and_keeps_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "views.toml"
    path.write_text('# mine\n\n[[view]]\nname = "Old"\n')
    file = ViewsFile(path)
    file.save(file.load().having(HOT))
    assert path.read_text().startswith("# mine\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [view.name for view in file.load().views] == ["Old", "Hot webinars"]


def test_views_are_replaced_moved_and_removed_by_name() -> None:
    views = Views((SavedView("A"), SavedView("B"), SavedView("C")))
    assert [view.name for view in views.moved("c", -1).views] == ["A", "C", "B"]
    assert [view.name for view in views.moved("A", -1).views] == ["A", "B", "C"]
    assert [view.name for view in views.without("b").views] == ["A", "C"]
    assert views.having(SavedView("b", "acme")).named("B") == SavedView("b", "acme")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("view = ", "not TOML"),
        ('[[view]]\nfilter = "x"\n', "view 1, name: it is missing"),
        ('[[view]]\nname = "A"\nsort = "colour"\n', "view 1, sort: it is none of urgency"),
        ('[[view]]\nname = "A"\ncolour = "red"\n', "view 1, colour: there is no such setting"),
        ('[[view]]\nname = "A"\n[[view]]\nname = "a"\n', "two views have the name 'a'"),
        ('[[view]]\nname = "A"\ncolumns = ["sc ore"]\n', "view 1, columns 1"),
        ('[[view]]\nname = "A\\u001b[2J"\n', "view 1, name"),
        ("\x00", "TOML"),
    ],
)
def test_a_broken_file_is_told_and_kept(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "views.toml"
    path.write_text(text)
    file = ViewsFile(path)
    found = file.load()
    assert found.views == ()
    assert says in found.trouble
    assert "views.toml" in found.trouble
    with pytest.raises(ViewsNotSaved):
        file.save(Views((HOT,)))
    assert path.read_text() == text


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "views.toml"
    path.write_bytes(b"\xff\xfe\x80")
    assert "views.toml" in ViewsFile(path).load().trouble


def test_no_file_is_no_trouble(tmp_path: Path) -> None:
    assert ViewsFile(tmp_path / "views.toml").load() == Views()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('columns = ["score", "company:30"]', (ColumnChoice("score"), ColumnChoice("company", 30))),
        ("", ()),
        ('columns = ["Score"]', ()),
        ("columns = [3]", ()),
        ("columns = 3", ()),
        ("columns = [", ()),
        ('[[view]]\nname = "Hot"\ncolumns = ["score"]', ()),
    ],
)
def test_the_first_frame_reads_the_same_columns(
    tmp_path: Path, text: str, found: tuple[ColumnChoice, ...]
) -> None:
    path = tmp_path / "views.toml"
    path.write_text(text)
    assert own_columns(path) == ViewsFile(path).load().columns == found
    assert own_columns(tmp_path / "none.toml") == ()
