"""Tokens: what they are good for, how they are renewed, and how a line of them ends."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from tests.server.world import World

from leadqueue.server.admin import AdminError
from leadqueue.server.database import Database
from leadqueue.server.tokens import GRACE, Holder, holder_of, token_hash
from leadqueue.wire.api import RenewedToken, Scope, Session
from leadqueue.wire.problem import Problem, ProblemType

DAY = timedelta(days=1)


def ask(world: World, token: str) -> int:
    return int(world.client.get("/v1/session", headers=_by(token)).status_code)


def refresh(world: World, token: str) -> RenewedToken:
    answer = world.client.post("/v1/session/refresh", headers=_by(token))
    assert answer.status_code == 200, answer.text
    return RenewedToken.model_validate_json(answer.content)


def told(world: World, token: str, method: str = "GET", path: str = "/v1/session") -> str:
    """The type of the problem that the token meets."""
    answer = world.client.request(method, path, headers=_by(token))
    assert answer.status_code == 401, answer.text
    return Problem.model_validate_json(answer.content).type


def renewing(world: World, days: int = 10, ends: datetime | None = None) -> tuple[str, str]:
    """A token of Rita's that holds ten days unless it is renewed, and its id."""
    text, made = world.admin.create_token(
        world.organisation.id, world.rita.id, "laptop", ends, lifetime=timedelta(days=days)
    )
    return text, made.id


def _by(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class TestRenewal:
    def test_a_successor_takes_over(self, world: World) -> None:
        first, line = renewing(world)
        second = refresh(world, first)
        assert second.token != first
        assert second.expires_at is not None
        assert second.expires_at - world.clock.moment > 9 * DAY
        assert ask(world, second.token) == 200
        (listed,) = [each for each in world.admin.tokens(world.organisation.id) if each.id == line]
        assert (listed.renewals, listed.expires_at, listed.label) == (1, second.expires_at, "laptop")

    def test_the_one_before_is_good_for_a_grace_after_the_first_use(self, world: World) -> None:
        first, _ = renewing(world)
        second = refresh(world, first).token
        assert ask(world, second) == 200
        world.clock.moment += GRACE - timedelta(seconds=1)
        assert ask(world, first) == 200
        world.clock.moment += timedelta(seconds=2)
        assert told(world, first) == ProblemType.UNAUTHENTICATED
        assert told(world, first, "POST", "/v1/session/refresh") == ProblemType.UNAUTHENTICATED
        assert ask(world, second) == 200

    def test_a_lost_answer_locks_nobody_out_however_late_the_repeat(self, world: World) -> None:
        first, _ = renewing(world)
        lost = refresh(world, first).token
        world.clock.moment += 3 * DAY
        again = refresh(world, first).token
        assert ask(world, again) == 200
        world.clock.moment += GRACE + timedelta(seconds=1)
        assert told(world, first) == told(world, lost) == ProblemType.UNAUTHENTICATED
        assert ask(world, again) == 200

    def test_a_repeat_within_the_grace_works_after_the_first_use(self, world: World) -> None:
        first, _ = renewing(world)
        assert ask(world, refresh(world, first).token) == 200
        assert ask(world, refresh(world, first).token) == 200

    def test_an_expired_token_can_only_be_renewed_and_only_for_one_more_life(self, world: World) -> None:
        first, _ = renewing(world)
        other, _ = renewing(world)
        world.clock.moment += 11 * DAY
        assert told(world, first) == ProblemType.TOKEN_EXPIRED
        assert told(world, first, "GET", "/v1/changes") == ProblemType.TOKEN_EXPIRED
        assert ask(world, refresh(world, first).token) == 200
        world.clock.moment += 10 * DAY
        assert told(world, other, "POST", "/v1/session/refresh") == ProblemType.TOKEN_EXPIRED

    def test_a_line_has_a_greatest_age(self, world: World) -> None:
        end = world.clock.moment + 25 * DAY
        token, line = renewing(world, ends=end)
        for _ in range(3):
            world.clock.moment += 8 * DAY
            made = refresh(world, token)
            token = made.token
            assert ask(world, token) == 200
        assert (made.expires_at, made.renew_at) == (end, None)
        world.clock.moment += DAY
        assert told(world, token) == ProblemType.TOKEN_EXPIRED
        assert told(world, token, "POST", "/v1/session/refresh") == ProblemType.TOKEN_EXPIRED
        (listed,) = [each for each in world.admin.tokens(world.organisation.id) if each.id == line]
        assert (listed.ends_at, listed.renewals) == (end, 3)

    def test_a_token_of_fixed_life_is_not_replaced(self, world: World) -> None:
        """It may be in use on two machines; renewed by one of them, it would lock the other out."""
        text, _ = world.admin.create_token(
            world.organisation.id, world.rita.id, "crm", world.clock.moment + 5 * DAY
        )
        answer = world.client.post("/v1/session/refresh", headers=_by(text))
        assert answer.status_code == 403
        assert "without a lifetime" in answer.json()["detail"]
        assert ask(world, text) == 200

    def test_scopes_stay_as_they_were(self, world: World) -> None:
        text, _ = world.admin.create_token(
            world.organisation.id, world.rita.id, scopes=[Scope.READ], lifetime=DAY
        )
        successor = refresh(world, text).token
        answer = world.client.post("/v1/decisions", json={}, headers=_by(successor))
        assert answer.status_code == 403
        assert "'decide'" in answer.json()["detail"]

    def test_the_session_says_when_to_renew(self, world: World) -> None:
        token, _ = renewing(world)
        answer = world.client.get("/v1/session", headers=_by(token))
        session = Session.model_validate_json(answer.content)
        assert session.renew_at is not None
        assert session.token_expires_at is not None
        assert session.token_expires_at - session.renew_at == 5 * DAY
        fixed = world.client.get("/v1/session", headers=world.as_("rita"))
        assert Session.model_validate_json(fixed.content).renew_at is None

    def test_who_asks_without_end_fills_no_table(self, world: World) -> None:
        first, line = renewing(world)
        made = [refresh(world, first).token for _ in range(30)]
        with world.database.read() as connection:
            lines = connection.exec_driver_sql("SELECT line_id FROM token").scalars().all()
        assert lines.count(line) <= 21
        assert ask(world, first) == 200
        assert ask(world, made[-1]) == 200
        assert told(world, made[0]) == ProblemType.UNAUTHENTICATED


class TestRevoking:
    def test_the_whole_line_ends_and_says_so(self, world: World) -> None:
        first, line = renewing(world)
        second = refresh(world, first).token
        third = refresh(world, second).token
        world.admin.revoke_token(world.organisation.id, line)
        for token in (first, second, third):
            assert told(world, token) == ProblemType.TOKEN_REVOKED
            assert told(world, token, "POST", "/v1/session/refresh") == ProblemType.TOKEN_REVOKED

    def test_another_line_of_the_same_user_goes_on(self, world: World) -> None:
        first, line = renewing(world)
        other, _ = renewing(world)
        world.admin.revoke_token(world.organisation.id, line)
        assert told(world, first) == ProblemType.TOKEN_REVOKED
        assert ask(world, other) == 200

    def test_of_another_organisation_it_is_unknown(self, world: World) -> None:
        from leadqueue.definitions.loader import shipped

        _, line = renewing(world)
        other = world.admin.create_organisation("Other Ltd", shipped())
        with pytest.raises(AdminError, match="there is no token"):
            world.admin.revoke_token(other.id, line)

    def test_the_first_moment_counts(self, world: World) -> None:
        _, line = renewing(world)
        world.admin.revoke_token(world.organisation.id, line)
        before = [each.revoked_at for each in world.admin.tokens(world.organisation.id) if each.id == line]
        world.clock.moment += DAY
        world.admin.revoke_token(world.organisation.id, line)
        after = [each.revoked_at for each in world.admin.tokens(world.organisation.id) if each.id == line]
        assert before == after


class TestMaking:
    def test_no_text_is_stored_of_any_generation(self, world: World) -> None:
        first, _ = renewing(world)
        texts = [first, refresh(world, first).token]
        with world.database.read() as connection:
            dump = repr(connection.exec_driver_sql("SELECT * FROM token").all())
        assert not any(text in dump for text in texts)
        assert all(token_hash(text) in dump for text in texts)

    def test_what_makes_no_sense_is_refused(self, world: World) -> None:
        make, organisation = world.admin.create_token, world.organisation.id
        with pytest.raises(AdminError, match="expires"):
            make(organisation, world.rita.id, "", world.clock.moment)
        with pytest.raises(AdminError, match="lifetime"):
            make(organisation, world.rita.id, lifetime=timedelta(seconds=1))
        with pytest.raises(AdminError, match="scopes"):
            make(organisation, world.rita.id, scopes=())
        with pytest.raises(AdminError, match="user"):
            make(organisation, "nobody")


def test_tokens_of_the_first_schema_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made before lines existed is the first of its line, with its end and its revocation."""
    url, file = f"sqlite:///{tmp_path / 'crm.db'}", tmp_path / "crm.db"
    upgrade = command.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda config, _to: upgrade(config, "0001"))
        Database.open(url).close()
    old = sqlite3.connect(file)
    old.execute("INSERT INTO organisation VALUES ('org', 'Example Ltd', 'epoch', 0, 'digest')")
    old.execute("INSERT INTO user_account VALUES ('org', 'rita', 'r@x.example', 'Rita', 'rep', 't', 'UTC')")
    for text, expires, revoked in (("lq_a", None, None), ("lq_b", 2_000_000, None), ("lq_c", None, 5)):
        values = (token_hash(text), "org", text, "rita", "", 1, expires, revoked)
        old.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    old.commit()
    old.close()
    database = Database.open(url)
    early, late = datetime.fromisoformat("1970-01-01T00:00:01Z"), datetime.fromisoformat("2026-01-01T00:00Z")
    with database.read() as connection:
        found = {
            (text, now.year): holder_of(connection, text, now)
            for text in ("lq_a", "lq_b", "lq_c")
            for now in (early, late)
        }
    database.close()
    held = {key for key, holder in found.items() if isinstance(holder, Holder)}
    assert held == {("lq_a", 1970), ("lq_a", 2026), ("lq_b", 1970)}
    assert found["lq_b", 2026] == "expired"
    assert found["lq_c", 1970] == "revoked"
    rita = found["lq_a", 2026]
    assert isinstance(rita, Holder)
    assert rita.scopes == frozenset(Scope)
