"""The people to whom leads can belong: what they are called, and who is meant by a text."""

from __future__ import annotations

from collections import Counter

from leadqueue.definitions.model import Role
from leadqueue.domain.lead import Colleague, Directory
from leadqueue.domain.shown import id_shown
from leadqueue.domain.text import one_line

OWNERS = frozenset({Role.REP, Role.MANAGER})
"""Who can have leads."""

_MOST_NAMED = 10


def owners(directory: Directory) -> tuple[Colleague, ...]:
    """Those of the colleagues who can have leads, by name."""
    found = [person for person in directory.values() if person.role in OWNERS]
    return tuple(sorted(found, key=lambda person: (person.name.casefold(), person.id)))


def labels(directory: Directory) -> dict[str, str]:
    """What each of the owners is called, by id, in the order of their names; no two are called the same.

    That is the name, and beside one that several have the e-mail address (of a colleague whose address is
    not known here the end of the id).
    """
    found = owners(directory)
    often = Counter(person.name for person in found)
    return {
        person.id: person.name
        if often[person.name] == 1
        else f"{person.name} ({person.email or id_shown(person.id)})"
        for person in found
    }


def meant_by(text: str, directory: Directory) -> tuple[str, ...]:
    """The ids of the owners whom `text` names: by id, by e-mail address, or as `labels` calls them.

    A name that several have names each of them; text that names nobody gives none.
    """
    wanted = text.strip()
    called = labels(directory)
    if wanted in called:
        return (wanted,)
    exact = [key for key, label in called.items() if label == wanted]
    address = wanted.casefold()
    return tuple(exact) or tuple(
        person.id
        for person in owners(directory)
        if person.name == wanted or (person.email and person.email.casefold() == address)
    )


def told(ids: tuple[str, ...], directory: Directory) -> str:
    """These people in a sentence, many of them cut short: `Raúl Rep, Rita Rep`."""
    called = labels(directory)
    names = ", ".join(one_line(called.get(each, each), 80) for each in ids[:_MOST_NAMED])
    more = len(ids) - _MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names
