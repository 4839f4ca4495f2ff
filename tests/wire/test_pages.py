"""A lead's own words in a page: exactly those, or none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.builders import after, mql, new_id

from leadqueue.domain.lead import Lead
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.wire.api import ChangesPage
from leadqueue.wire.pages import lead_texts, read_page

LEAD = after(mql(), "accept")
MARK = '{"kind":"upsert","seq":1,"lead":'


def as_served(*leads: Lead | str, spaces: bool = False) -> bytes:
    """A page in the server's form; an id stands for a lead that left."""
    changes = [
        {"kind": "leave", "seq": seq, "lead_id": lead}
        if isinstance(lead, str)
        else {"kind": "upsert", "seq": seq, "lead": LEAD_ADAPTER.dump_python(lead, mode="json")}
        for seq, lead in enumerate(leads, 1)
    ]
    document = {"changes": changes, "next": "c", "seq": len(leads), "more": False}
    separators = (", ", ": ") if spaces else (",", ":")
    return json.dumps(document, ensure_ascii=False, separators=separators).encode()


def read_back(page: ChangesPage) -> list[Lead]:
    return [LEAD_ADAPTER.validate_json(text) for text in lead_texts(page)]


def test_each_upsert_keeps_its_text_and_a_leaving_has_none() -> None:
    other = mql(last_name="Öz")
    content = as_served(new_id(), LEAD, new_id(), other, new_id())
    page = read_page(content)
    assert page.texts is not None
    assert all(text.encode() in content for text in page.texts)
    assert read_back(page) == [LEAD, other]


def test_an_empty_page_has_no_texts() -> None:
    assert lead_texts(read_page(as_served())) == []


@given(st.text() | st.sampled_from((MARK, '}],"next":', '"}},{"kind":"leave"', "\\")))
def test_no_text_of_a_lead_is_taken_for_the_page_itself(text: str) -> None:
    leads = [replace(each, fields={**each.fields, "message": text}) for each in (LEAD, mql())]
    page = read_page(as_served(*leads))
    assert page.texts is not None
    assert read_back(page) == leads


def test_a_page_laid_out_otherwise_is_read_all_the_same() -> None:
    page = read_page(as_served(LEAD, new_id(), spaces=True))
    assert page.texts is None
    assert read_back(page) == [LEAD]


def test_a_newer_servers_nested_page_is_not_cut_in_the_middle() -> None:
    history = f'"history":{MARK}{{"id":"{LEAD.id}","x":1}}}},'
    nested = as_served(LEAD).decode().replace('"stage":', f'{history}"stage":', 1)
    page = read_page(nested.encode())
    assert page.texts is None
    assert read_back(page) == [LEAD]


def test_a_lead_that_names_itself_twice_is_written_anew() -> None:
    twice = as_served(LEAD).decode().replace('"stage":', f'"id":"{new_id()}","stage":', 1)
    page = read_page(twice.encode())
    assert page.texts is None


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_page(b'{"changes":[{"kind":"upsert","seq":1,"lead":{}}],"next":"c","seq":1,"more":false}')
