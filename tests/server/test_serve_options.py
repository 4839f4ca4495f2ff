"""`leadqueue serve` in its own process: TLS, proxies, limits and the log, as its options say."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from tests.e2e.serving import PROGRAM

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import Role
from leadqueue.domain.moments import system_now
from leadqueue.server.admin import Admin
from leadqueue.server.app import new_uuid
from leadqueue.server.database import Database
from leadqueue.server.tls import BadNetworking, tls_of, trusted_proxies

PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


class Company:
    """One admin in a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'crm.db'}"
        database = Database.open(self.url)
        admin = Admin(database, system_now, new_uuid)
        organisation = admin.create_organisation("Example Ltd", shipped())
        boss = admin.create_user(organisation.id, "boss@sales.example", "Boss", Role.ADMIN)
        self.token, _ = admin.create_token(organisation.id, boss.id)
        database.close()

    @contextmanager
    def served(self, *options: str, trust: ssl.SSLContext | bool = False) -> Iterator[Served]:
        command = [*PROGRAM, "serve", "--database", self.url, "--port", "0", *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            assert "leadqueue serves " in said, said
            url = said.split()[2]
            headers = {"Authorization": f"Bearer {self.token}"}
            with httpx.Client(
                base_url=url, headers=headers, timeout=60, trust_env=False, verify=trust
            ) as client:
                yield Served(client, said, process)
        finally:
            process.terminate()
            process.communicate(timeout=60)


class Served:
    def __init__(self, client: httpx.Client, said: str, process: subprocess.Popen[str]) -> None:
        self.client = client
        self.said = said
        self._process = process

    def ended(self) -> list[str]:
        """End it; what it has logged."""
        self._process.terminate()
        self._process.wait(timeout=60)
        assert self._process.stderr is not None
        return self._process.stderr.read().splitlines()


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def test_a_database_without_an_organisation_is_told_at_once(company: Company, tmp_path: Path) -> None:
    with company.served() as served:
        assert not any("no organisation" in line for line in served.ended())
    company.url = f"sqlite:///{tmp_path / 'empty.db'}"
    with company.served() as served:
        assert served.client.get("/v1/session").status_code == 401
        [said] = [line for line in served.ended() if "no organisation yet" in line]
    assert "leadqueue admin organisation create NAME" in said


def test_nobody_is_believed_about_whom_he_speaks_for_unless_named(company: Company) -> None:
    """A header that promises TLS shows in the answer only where the proxy is trusted."""
    with company.served() as served:
        answer = served.client.get(
            "/v1/session", headers=PROXIED
        )  # at once: the address is told when it listens
        assert answer.status_code == 200
        assert "strict-transport-security" not in answer.headers
    with company.served("--trusted-proxies", "10.0.0.0/8, 127.0.0.1") as served:
        answer = served.client.get("/v1/session", headers=PROXIED)
        assert "strict-transport-security" in answer.headers


def test_limits_and_log_obey_their_options(company: Company) -> None:
    options = ("--limit-reads", "2", "--log-format", "json", "--log-level", "info")
    with company.served(*options) as served:
        codes = [served.client.get("/v1/session?token=lq_query").status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        log = served.ended()
    lines = [json.loads(line) for line in log]
    answered = [line for line in lines if line["message"] == "answered"]
    assert [(line["route"], line["status"]) for line in answered] == [
        ("/v1/session", 200),
        ("/v1/session", 200),
        ("/v1/session", 429),
    ]
    assert not any("lq_" in line or "boss" in line for line in log)


def test_it_speaks_tls_by_itself(company: Company, tmp_path: Path) -> None:
    certificate, key = certified(tmp_path)
    trust = ssl.create_default_context(cafile=certificate)
    options = ("--tls-certificate", str(certificate), "--tls-key", str(key))
    with company.served(*options, trust=trust) as served:
        assert "https://127.0.0.1:" in served.said
        answer = served.client.get("/v1/session")
        assert answer.status_code == 200
        assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tls-key", "k.pem"), "give both"),
        (("--trusted-proxies", "everybody"), "no address or network"),
        (("--log-format", "xml"), "text, json"),
        (("--log-level", "loud"), "critical"),
    ],
)
def test_a_wrong_option_is_named(company: Company, options: tuple[str, ...], said: str) -> None:
    command = [*PROGRAM, "serve", "--database", company.url, "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert options[0] in done.stderr
    assert said in done.stderr


class TestTls:
    def test_without_files_there_is_none(self) -> None:
        assert tls_of(None, None) is None

    def test_what_does_not_fit_is_named(self, tmp_path: Path) -> None:
        certificate, key = certified(tmp_path)
        (tmp_path / "other").mkdir()
        _, other = certified(tmp_path / "other")
        nonsense = tmp_path / "nonsense.pem"
        nonsense.write_text("x")
        assert tls_of(certificate, key) is not None
        for pair, said in (
            ((certificate, other), "is not the key"),
            ((certificate, nonsense), "is not the key"),
            ((tmp_path / "none.pem", key), "--tls-certificate: .*cannot be read"),
            ((certificate, tmp_path / "none.pem"), "--tls-key: .*cannot be read"),
            ((certificate, None), "give both"),
        ):
            with pytest.raises(BadNetworking, match=said):
                tls_of(*pair)

    def test_a_locked_key_is_not_asked_for(self, tmp_path: Path) -> None:
        certificate, key = certified(tmp_path, password=b"secret")
        with pytest.raises(BadNetworking, match="locked with a password"):
            tls_of(certificate, key)


class TestProxies:
    def test_addresses_and_networks(self) -> None:
        assert trusted_proxies("") == []
        assert trusted_proxies("10.0.0.7, 10.1.0.0/16,::1") == ["10.0.0.7", "10.1.0.0/16", "::1"]

    @pytest.mark.parametrize("text", ["*", "proxy.example", "0.0.0.0/0", "::/0", "10.0.0.1/8"])
    def test_everybody_is_nobody(self, text: str) -> None:
        with pytest.raises(BadNetworking, match="--trusted-proxies"):
            trusted_proxies(text)


def certified(folder: Path, password: bytes | None = None) -> tuple[Path, Path]:
    """A certificate for this machine that vouches for itself, and its key."""
    pytest.importorskip("cryptography", reason="makes the certificate")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = system_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
    return certificate, key
