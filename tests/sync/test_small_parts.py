"""Clock offset, back-off, addresses and the keeping of the token."""

from __future__ import annotations

import random
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadqueue.cache.home import Account, Home
from leadqueue.crm.gateway import ClockSample, Unauthorised
from leadqueue.domain.moments import system_now
from leadqueue.sync.backoff import LONGEST_PAUSE_S, LONGEST_S, pause
from leadqueue.sync.clock_offset import KEPT, Offset, OffsetEstimator
from leadqueue.sync.connect import BadAddress, open_gateway, server_address
from leadqueue.sync.credentials import TOKEN_VARIABLE, BadToken, Credentials, Found, Place

ACCOUNT = Account(
    url="https://crm.example",
    user_id="u1",
    name="Rita",
    email="rita@example.com",
    role="rep",
    organisation_id="o",
    organisation_name="Org",
    team_id=None,
    zone="UTC",
)


class TestOffset:
    def test_the_quickest_of_the_last_eight_counts(self) -> None:
        estimator = OffsetEstimator()
        assert estimator.best() is None
        estimator.add([ClockSample(1000, 10)])
        estimator.add([ClockSample(2000 + place, 100 + place) for place in range(KEPT - 1)])
        assert estimator.best() == Offset(1000, 5)
        estimator.add([ClockSample(3000, 300)])
        assert estimator.best() == Offset(2000, 50), "the quickest one has grown too old"

    def test_of_equals_the_latest_counts(self) -> None:
        estimator = OffsetEstimator()
        estimator.add([ClockSample(1, 10), ClockSample(2, 10)])
        assert estimator.best() == Offset(2, 5)

    def test_samples_from_before_the_wall_clock_was_moved_are_dropped(self) -> None:
        estimator = OffsetEstimator()
        estimator.add([ClockSample(0, 2, local_s=1000, running_s=50)])
        estimator.add([ClockSample(3_600_000, 900, local_s=1000 - 3600 + 10, running_s=60)])
        assert estimator.best() == Offset(3_600_000, 450)

    @given(
        st.integers(-10_000_000, 10_000_000),
        st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 1)), min_size=1, max_size=20),
    )
    def test_the_error_bounds_the_truth(self, truth: int, trips: list[tuple[int, float]]) -> None:
        estimator = OffsetEstimator()
        for round_trip, share in trips:  # the way there takes `share` of the round trip
            off = round(round_trip * (0.5 - share))
            estimator.add([ClockSample(truth + off, round_trip)])
        best = estimator.best()
        assert best is not None
        assert abs(best.offset_ms - truth) <= best.error_ms + 1


class TestBackoff:
    @given(st.integers(-3, 10_000), st.integers(), st.none() | st.floats(-10, 1e9))
    def test_it_stays_in_its_bounds(self, attempt: int, seed: int, asked: float | None) -> None:
        seconds = pause(attempt, random.Random(seed), retry_after=asked).total_seconds()
        least = min(max(asked or 0.0, 0.0), LONGEST_PAUSE_S)
        assert least <= seconds + 1e-5
        assert seconds <= least + LONGEST_S + 1e-5

    def test_it_is_full_jitter(self) -> None:
        rng = random.Random(1)
        waits = [pause(9, rng).total_seconds() for _ in range(400)]
        assert min(waits) < 10
        assert max(waits) > 240
        assert max(pause(1, rng).total_seconds() for _ in range(50)) <= 1


class TestAddress:
    @pytest.mark.parametrize(
        ("text", "address"),
        [
            (" https://CRM.example/ ", "https://crm.example"),
            ("https://crm.example/lq/", "https://crm.example/lq"),
            ("http://127.0.0.1:8040", "http://127.0.0.1:8040"),
            ("http://localhost:1", "http://localhost:1"),
        ],
    )
    def test_one_form(self, text: str, address: str) -> None:
        assert server_address(text) == address

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "crm.example",
            "ftp://crm.example",
            "https://",
            "https://user:secret@crm.example",
            "https://crm.example/?q",
            "https://crm.example:port",
            "http://crm.example",
            "http://127.0.0.1.crm.example",
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(BadAddress):
            server_address(text)

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("127.0.0.1:8771", "http://127.0.0.1:8771"),
            ("localhost:8771", "http://localhost:8771"),
            ("[::1]:8771", "http://[::1]:8771"),
            ("10.0.0.1:8771", "https://10.0.0.1:8771"),
            ("CRM.example", "https://crm.example"),
            ("crm.example:8443/lq", "https://crm.example:8443/lq"),
        ],
    )
    def test_a_missing_scheme_is_named_and_offered(self, text: str, meant: str) -> None:
        with pytest.raises(BadAddress, match=re.escape(f"The scheme is missing; did you mean '{meant}'?")):
            server_address(text)

    @pytest.mark.parametrize(
        "text",
        ["", "the server", "ftp://crm.example", "me@crm.example", "mailto:me", "http://", "crm.example:"],
    )
    def test_no_scheme_is_offered_for_what_is_no_address_with_one(self, text: str) -> None:
        with pytest.raises(BadAddress, match=re.escape("Give it like https://crm.example")):
            server_address(text)

    def test_plain_http_only_when_asked_for(self) -> None:
        assert server_address("http://10.0.0.1", insecure_http=True) == "http://10.0.0.1"


class FakeKeyring:
    def __init__(self, *, forgets: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.forgets = forgets

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        if not self.forgets:
            self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


class BrokenKeyring(FakeKeyring):
    def get_password(self, service: str, name: str) -> str | None:
        raise RuntimeError(service, name)


class HangingKeyring(FakeKeyring):
    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def set_password(self, service: str, name: str, secret: str) -> None:
        self.released.wait()
        raise RuntimeError(service, name, secret)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.locate({"LEADQUEUE_HOME": str(tmp_path)})


class TestCredentials:
    def test_the_keyring_keeps_it(self, home: Home) -> None:
        ring = FakeKeyring()
        credentials = Credentials(home, env={}, keyring=ring)
        assert credentials.load(ACCOUNT) is None
        assert credentials.store(ACCOUNT, " lq_1\n").place is Place.KEYRING
        assert credentials.load(ACCOUNT) == Found("lq_1", Place.KEYRING)
        assert not (home.account_dir(ACCOUNT) / "token").exists()
        credentials.erase(ACCOUNT)
        assert credentials.load(ACCOUNT) is None
        assert ring.kept == {}

    @pytest.mark.parametrize("ring", [BrokenKeyring(), FakeKeyring(forgets=True)])
    def test_without_one_a_private_file_does_and_it_is_said(self, home: Home, ring: FakeKeyring) -> None:
        credentials = Credentials(home, env={}, keyring=ring)
        kept = credentials.store(ACCOUNT, "lq_1")
        file = home.account_dir(ACCOUNT) / "token"
        assert kept.place is Place.FILE
        assert str(file) in kept.said
        assert file.stat().st_mode & 0o777 == 0o600
        assert credentials.load(ACCOUNT) == Found("lq_1", Place.FILE)
        credentials.erase(ACCOUNT)
        assert not file.exists()

    def test_one_that_hangs_is_left(self, home: Home) -> None:
        ring = HangingKeyring()
        try:
            kept = Credentials(home, env={}, keyring=ring, limit_s=0.01).store(ACCOUNT, "lq_1")
        finally:
            ring.released.set()
        assert kept.place is Place.FILE

    def test_a_keyring_that_works_again_takes_the_file_away(self, home: Home) -> None:
        Credentials(home, env={}, keyring=BrokenKeyring()).store(ACCOUNT, "lq_1")
        credentials = Credentials(home, env={}, keyring=FakeKeyring())
        credentials.store(ACCOUNT, "lq_2")
        assert credentials.load(ACCOUNT) == Found("lq_2", Place.KEYRING)

    def test_the_environment_wins(self, home: Home) -> None:
        credentials = Credentials(home, env={TOKEN_VARIABLE: " lq_env "}, keyring=FakeKeyring())
        credentials.store(ACCOUNT, "lq_1")
        assert credentials.load(ACCOUNT) == Found("lq_env", Place.ENVIRONMENT)

    @pytest.mark.parametrize("text", ["", "  ", "two words", "tökèn", "a\x00b", "a\nb"])
    def test_what_is_no_token(self, home: Home, text: str) -> None:
        with pytest.raises(BadToken):
            Credentials(home, env={}, keyring=FakeKeyring()).store(ACCOUNT, text)

    @pytest.mark.parametrize("env", [{}, {TOKEN_VARIABLE: "no\ntoken"}])
    def test_no_connection_without_a_token(self, home: Home, env: dict[str, str]) -> None:
        with pytest.raises(Unauthorised, match="leadqueue login"):
            open_gateway(home, ACCOUNT, system_now, Credentials(home, env=env, keyring=FakeKeyring()))
