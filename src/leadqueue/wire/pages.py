"""Pages of the feed as they come off the wire, each lead beside its own JSON text.

A lead is stored in the very words in which the server told it: cutting them out of the page costs next to
nothing, writing them anew a quarter of a first sync.
"""

from __future__ import annotations

import re

from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.wire.api import CHANGES_PAGE_ADAPTER, ChangesPage, Upsert

# Within a JSON string each quotation mark has a backslash before it, so these match no text of a lead.
_CHANGE = re.compile(rb'\{"kind":"(?:upsert|leave)","seq":\d+,"lead(?:_id)?":')
_END = b'}],"next":'


def read_page(content: bytes) -> ChangesPage:
    """The page that a response's body is. Raises `pydantic.ValidationError`."""
    page = CHANGES_PAGE_ADAPTER.validate_json(content)
    page.keep_texts(_cut_out(content, page))
    return page


def lead_texts(page: ChangesPage) -> list[str]:
    """The JSON of each upsert's lead, in their order."""
    if page.texts is not None:
        return list(page.texts)
    upserts = (change for change in page.changes if isinstance(change, Upsert))
    return [LEAD_ADAPTER.dump_json(each.lead).decode() for each in upserts]


def _cut_out(content: bytes, page: ChangesPage) -> tuple[str, ...] | None:
    """The leads' texts, None where the page is not laid out as our own server does it."""
    starts = [(match.start(), match.end()) for match in _CHANGE.finditer(content)]
    end = content.rfind(_END)
    if len(starts) != len(page.changes) or end < 0:
        return None
    ends = [*(start - 2 for start, _ in starts[1:]), end]
    texts: list[str] = []
    for change, (_, begin), stop in zip(page.changes, starts, ends, strict=True):
        if not isinstance(change, Upsert):
            continue
        text = content[begin:stop]
        if not text.startswith(b'{"id":"%b",' % change.lead.id.encode()) or not text.endswith(b"}"):
            return None
        texts.append(text.decode())
    return tuple(texts)
