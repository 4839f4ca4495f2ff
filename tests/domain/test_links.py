"""Addresses from web forms: opened only where nothing can hide in them."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, NOW, mql

from leadqueue.domain.lead import Signal
from leadqueue.domain.links import NoWebAddress, company_site, links_of, web_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://engines.example", "https://engines.example/"),
        ("HTTPS://Engines.Example/Pricing?plan=a b".replace(" ", "%20"),
         "https://engines.example/Pricing?plan=a%20b"),
        ("http://engines.example:8080/x#part", "http://engines.example:8080/x#part"),
        ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("https://engines.example./a", "https://engines.example/a"),
        ("https://engines.example/'\"<>`$(x)", "https://engines.example/'%22%3C%3E%60$(x)"),
    ],
)  # fmt: skip
def test_good_addresses_come_out_in_plain_ascii(text: str, address: str) -> None:
    assert web_address(text) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("javascript:alert(1)", "https://"),
        ("JavaScript://engines.example/%0aalert(1)", "https://"),
        ("data:text/html,x", "https://"),
        ("file:///etc/passwd", "https://"),
        ("//engines.example", "https://"),
        ("/pricing", "https://"),
        ("https:engines.example", "https://"),
        ("https://engines.example\\@evil.example", "backslash"),
        ("https://bank.example@evil.example/", "user"),
        ("https://engines.example/a b", "blanks"),
        (" https://engines.example", "blanks"),
        ("https://engines.example/\x1b]8;;x", "control"),
        ("https://engines.example/\u202egnp.exe", "control"),
        ("https://127.0.0.1/", "number"),
        ("https://[::1]/", "number"),
        ("https://2130706433/", "public"),
        ("https://0x7f.1/", "public"),
        ("https://localhost:8000/admin", "public"),
        ("https://printer/", "public"),
        ("https://-x.example/", "no name"),
        ("https://a..example/", "no name"),
        ("https://engines.example:99999/", "no address"),
        ("https://[half/", "no address"),
        ("https://engines.example/" + "x" * 2_000, "longer"),
    ],
)
def test_what_may_not_be_opened_is_told_why(text: str, why: str) -> None:
    with pytest.raises(NoWebAddress, match=why):
        web_address(text)


@given(st.sampled_from(["", "https://", "https://a.example/", "http://a.example?"]), st.text())
def test_whatever_is_written_only_a_plain_web_address_comes_out(start: str, rest: str) -> None:
    with contextlib.suppress(NoWebAddress):
        address = web_address(start + rest)
        assert address.isascii()
        assert address.isprintable()
        assert not set(address) & set(' \\"<>`')
        parts = urlsplit(address)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert "." in parts.hostname
        assert parts.username is None
        assert web_address(address) == address


def test_a_bare_domain_becomes_its_site_and_nothing_more() -> None:
    assert company_site("Engines.example ") == "https://engines.example/"
    for text in (
        "javascript:alert(1)",
        "a.example/path",
        "a.example@evil.example",
        "a b.example",
        "a\x00.example",
    ):
        with pytest.raises(NoWebAddress):
            company_site(text)


def test_a_lead_s_links_are_each_there_once_and_the_refused_ones_say_why() -> None:
    lead = mql(website="https://engines.example")
    lead = replace(
        lead,
        fields={**lead.fields, "linkedin_url": "javascript:alert(1)"},
        signals=(
            Signal("s2", "pricing_page", NOW, "Pricing", "https://www.leadqueue.example/pricing"),
            Signal("s1", "pricing_page", NOW, "", "https://www.leadqueue.example/pricing"),
        ),
    )
    links = {link.label: link for link in links_of(lead, DEFINITIONS)}
    assert links["Domain"].address == "https://engines.example/"
    assert "Website" not in links
    assert links["Pricing"].address == "https://www.leadqueue.example/pricing"
    assert len(links) == 3
    assert not links["LinkedIn"].address
    assert "https://" in links["LinkedIn"].why_not
