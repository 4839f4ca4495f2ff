"""What a filter says, once it has been read: a conjunction of terms.

Apart from the terms, which the queue's first frame has no need of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadqueue.domain.filters.terms import Term


@dataclass(frozen=True, slots=True)
class Filter:
    """All `terms` hold. `text` is how it was written."""

    text: str = ""
    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def also(self, *terms: Term) -> Filter:
        """The filter with more terms, which do not make it look further than it does."""
        return Filter(self.text, (*self.terms, *terms))

    @property
    def widens(self) -> bool:
        """Whether it looks at leads that are in no section too: one may want to reopen one."""
        from leadqueue.domain.filters.terms import widens  # noqa: PLC0415 - as said above

        return any(widens(term) for term in self.terms)

    @property
    def of_the_moment(self) -> bool:
        """Whether other leads may pass it a minute later, though none of them changed."""
        from leadqueue.domain.filters.terms import of_the_moment  # noqa: PLC0415 - as said above

        return any(of_the_moment(term) for term in self.terms)


EVERYTHING = Filter()
