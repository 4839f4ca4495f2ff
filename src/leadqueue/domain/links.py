"""Addresses out of untrusted text: which of them a browser may be sent to, and in what form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from leadqueue.definitions.model import Definitions, FieldType
from leadqueue.domain.lead import Lead
from leadqueue.domain.text import one_line

MOST_CHARACTERS = 2_000
_SCHEMES = ("https", "http")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_KEPT = "/%:@!$&'()*+,;=-._~"


class NoWebAddress(ValueError):
    """The text is no address that is safe to open; the message says why."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address of a lead. `address` is '' where it must not be opened, and `why_not` says why."""

    label: str
    shown: str
    address: str = ""
    why_not: str = ""


def web_address(text: str) -> str:
    """The address in plain ASCII, the way it is opened. Raises `NoWebAddress`.

    Only http and https to a public name: no user part that feigns another host, no numbers in the place of
    a name, nothing inside the own network, no blanks or control characters. A foreign name is spelt the
    way the network spells it, so that look-alike letters show.
    """
    if not text.strip():
        raise NoWebAddress("it is empty")
    if len(text) > MOST_CHARACTERS:
        raise NoWebAddress(f"it is longer than {MOST_CHARACTERS} characters")
    if any(not char.isprintable() or char.isspace() or char == "\\" for char in text):
        raise NoWebAddress("it has blanks, control characters or backslashes in it")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise NoWebAddress("it is no address of the web") from error
    if parts.scheme.casefold() not in _SCHEMES or not parts.netloc:
        raise NoWebAddress("it does not begin with https:// or http://")
    if "@" in parts.netloc:
        raise NoWebAddress("it names a user before the host, which can feign another site")
    host = public_host(parts.hostname or "")
    where = host if port is None else f"{host}:{port}"
    path = quote(parts.path, safe=_KEPT)
    query = f"?{quote(parts.query, safe=_KEPT + '?')}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=_KEPT + '?')}" if parts.fragment else ""
    return f"{parts.scheme.casefold()}://{where}{path or '/'}{query}{fragment}"


def public_host(text: str) -> str:
    """A host name of the public network in ASCII. Raises `NoWebAddress`."""
    name = text.strip().rstrip(".")
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        pass
    else:
        raise NoWebAddress("it is a number of a machine and not the name of a site")
    try:
        plain = name.encode("idna").decode("ascii").casefold()
    except UnicodeError as error:
        raise NoWebAddress("its host is no name of a site") from error
    labels = plain.split(".")
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise NoWebAddress("its host is no name of a site")
    if len(labels) < 2 or not _TOP.fullmatch(labels[-1]):
        raise NoWebAddress("its host is no name of a public site")
    return plain


def company_site(domain: str) -> str:
    """The address of a company's own site, from its bare domain. Raises `NoWebAddress`."""
    if any(char in domain.strip() for char in ":/?#@"):
        raise NoWebAddress("it is more than a domain")
    return web_address(f"https://{domain.strip()}")


def links_of(lead: Lead, definitions: Definitions) -> tuple[Link, ...]:
    """The lead's addresses, each once: those of its fields, then the pages that it looked at."""
    links: list[Link] = []
    for key, spec in definitions.fields.items():
        text = lead.text(key)
        if text and spec.type is FieldType.URL:
            links.append(_link(spec.label, text, web_address))
        elif text and spec.type is FieldType.DOMAIN:
            links.append(_link(spec.label, text, company_site))
    kinds = definitions.vocabularies["signal_kind"].values
    for signal in lead.signals:
        if signal.url:
            label = signal.title or kinds.get(signal.kind, signal.kind)
            links.append(_link(label, signal.url, web_address))
    return tuple({link.address or link.shown: link for link in reversed(links)}.values())[::-1]


def _link(label: str, text: str, read: Callable[[str], str]) -> Link:
    try:
        address = read(text)
    except NoWebAddress as error:
        return Link(one_line(label, 80), one_line(text, 200), why_not=str(error))
    return Link(one_line(label, 80), address, address)
