"""What `serve` is told about its place in the network: its own TLS, and the proxies that it may believe."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path


class BadNetworking(Exception):
    """What was given cannot be used; the message names the option and the fix."""


@dataclass(frozen=True, slots=True)
class Tls:
    """A certificate with its chain, and its key, both PEM files."""

    certificate: Path
    key: Path


def tls_of(certificate: Path | None, key: Path | None) -> Tls | None:
    """TLS with these files, None where neither is given. Raises `BadNetworking` where they do not fit."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise BadNetworking("--tls-certificate and --tls-key belong together: give both")
    for option, path in (("--tls-certificate", certificate), ("--tls-key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise BadNetworking(f"{option}: {path} cannot be read: {error.strerror}") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_nobody_asks)
    except ssl.SSLError as error:
        raise BadNetworking(
            f"--tls-key: {key} is not the key of {certificate} ({error.reason or 'no PEM file'})"
        ) from error
    return Tls(certificate, key)


def _nobody_asks() -> str:
    raise BadNetworking("--tls-key: the key is locked with a password; give one that is not")


def trusted_proxies(text: str) -> list[str]:
    """Addresses and networks of proxies, separated by commas. Raises `BadNetworking`.

    They are believed about whom a request comes from and whether it came over TLS; nobody else is.
    """
    return list(_networks(part.strip() for part in text.split(",") if part.strip()))


def _networks(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        try:
            network = ip_network(part)
        except ValueError as error:
            raise BadNetworking(
                f"--trusted-proxies: '{part[:60]}' is no address or network; give one like 10.0.0.0/24"
            ) from error
        if network.prefixlen == 0:
            raise BadNetworking(f"--trusted-proxies: '{part}' would believe everybody; name the proxies")
        yield part
