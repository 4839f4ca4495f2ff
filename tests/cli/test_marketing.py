"""What only marketing ops and administrators may do, asked for by somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Shell

from leadqueue.definitions.model import Role
from leadqueue.sync.credentials import TOKEN_VARIABLE
from leadqueue.wire.api import Scope

WHO_MAY = "Log in with a token of marketing ops or of an administrator."
CONTACTS = "Record ID,Email,Recent Conversion Date\n1,a@b.example,soon\n"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("import", "leads", "fair.csv", "--mapping", "hubspot"), "import leads"),
        (("quarantine",), "see the quarantine"),
        (("quarantine", "repair", "x-1", "--set", "first_name=Ada"), "repair leads"),
    ],
)
def test_a_rep_is_told_who_may(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fair.csv").write_text(CONTACTS)
    done = shell(*words)
    assert done.code == 6
    assert f"you may not {what}" in done.stderr
    assert "'rep'" in done.stderr
    assert WHO_MAY in done.stderr
    assert "could not be taken" not in done.stderr
    assert not list(tmp_path.glob("*.rejects.csv"))


def test_a_token_that_is_too_narrow_is_told_its_scope(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = shell.world
    olga = next(each for each in world.admin.users(world.organisation.id) if each.role is Role.MARKETING_OPS)
    token, _ = world.admin.create_token(world.organisation.id, olga.id, scopes=[Scope.READ])
    monkeypatch.setenv(TOKEN_VARIABLE, token)
    monkeypatch.chdir(tmp_path)
    Path("fair.csv").write_text(CONTACTS)
    done = shell("import", "leads", "fair.csv", "--mapping", "hubspot")
    assert (done.code, Path("fair.rejects.csv").exists()) == (6, False)
    assert "you may not import leads: Your token lacks the scope 'intake'." in done.stderr
