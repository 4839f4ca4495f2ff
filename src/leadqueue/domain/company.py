"""The leads of one company: which belong together, and what anybody may know of those of colleagues."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from leadqueue.definitions.model import Definitions, FieldType
from leadqueue.domain.decide import may_reach
from leadqueue.domain.lead import Actor, Lead
from leadqueue.domain.lists import domain_on
from leadqueue.domain.text import caseless, folded
from leadqueue.domain.utc_field import UtcDatetime

MOST_TOLD = 20
"""Leads of a company that are told; of more, how many there are."""

GOOD_FOR = timedelta(minutes=5)
"""How long what was told of a company is good enough not to be asked for again."""

_KEY = 200
"""Characters of a key: what a form can hold is longer folded than an index takes."""


def company_key(domain: str, name: str, free_mail: Collection[str]) -> str:
    """By which leads of one company find each other: its domain, in which accents count, else its name, in
    which they do not; '' for none.

    Strangers share a domain of `free_mail`, or a name without a letter or digit: neither is a company.
    """
    key = caseless(domain) or folded(name.strip())
    if not any(char.isalnum() for char in key) or domain_on(key, free_mail):
        return ""
    return key[:_KEY]


def company_of(lead: Lead, definitions: Definitions) -> str:
    """The `company_key` of a lead."""
    return company_key(lead.text("company_domain"), lead.text("company_name"), free_mail(definitions))


def free_mail(definitions: Definitions) -> tuple[str, ...]:
    """The domains at which anybody gets an address: those that the MQL exclusions look for in an e-mail
    address."""
    found: list[str] = []
    for exclusion in definitions.mql.exclusions:
        spec, name = definitions.fields.get(exclusion.test.field), exclusion.test.in_list
        if spec is not None and spec.type is FieldType.EMAIL and name is not None:
            found += definitions.lists.get(name, ())
    return tuple(found)


def is_open(stage: str, definitions: Definitions) -> bool:
    """Whether a lead in this stage is still worked on."""
    spec = definitions.stages.get(stage)
    return spec is not None and spec.open


class Whose(NamedTuple):
    """What of a lead says who reaches it, and whether it comes before others."""

    id: str
    stage: str
    owner_id: str | None
    team_id: str | None


@dataclass(frozen=True, slots=True)
class CompanyLead:
    """All that anybody of the organisation may know of a lead at a company of theirs.

    `name` is '' where none is known: an address is not told. `since` is when it entered its stage; `reached`
    says whether it is in the asker's scope.
    """

    id: str
    name: str
    title: str
    stage: str
    owner_name: str
    since: UtcDatetime
    open: bool
    reached: bool


def told_of(lead: Lead, actor: Actor, definitions: Definitions) -> CompanyLead:
    """What the actor may know of a lead that is perhaps none of theirs."""
    return CompanyLead(
        id=lead.id,
        name=lead.full_name,
        title=lead.text("job_title"),
        stage=lead.stage,
        owner_name=lead.owner_name,
        since=lead.stage_since,
        open=is_open(lead.stage, definitions),
        reached=may_reach(lead, actor),
    )


def told_first(found: Iterable[Whose], actor: Actor, definitions: Definitions) -> list[str]:
    """The ids of those that are told, at most `MOST_TOLD`: first what the actor does not reach, for the rest
    they have themselves, of these the open ones, and of these the newest."""
    newest = sorted(found, key=lambda each: each.id, reverse=True)
    newest.sort(key=lambda each: (may_reach(each, actor), not is_open(each.stage, definitions)))
    return [each.id for each in newest[:MOST_TOLD]]


def ask_again(told_at: datetime | None, now: datetime) -> bool:
    """Whether a company is to be asked for, of which was last told at `told_at` (UTC; None for never)."""
    return told_at is None or abs(now - told_at) >= GOOD_FOR
