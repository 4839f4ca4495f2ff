"""Forms made ahead: a decision's key finds its form mounted, and has only to open it.

To make a form takes longer than to show it. So while nobody is at the keys one of each kind is mounted out of
sight, also while another is open: the next lead may ask for the same. Each is opened once and never again, so
that nothing typed can stay in it; one that would not begin as a new one does is put away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widget import Widget

    from leadqueue.definitions.model import DecisionKind
    from leadqueue.tui.widgets.decision_form import DecisionForm
    from leadqueue.tui.widgets.form_fields.subject import FormSubject


MOST_CLOSED = 3
"""Closed forms that may wait for a rest."""


class ReadyForms:
    """At most one form of each kind, in `side`, behind whatever else is in it."""

    def __init__(self, side: Widget) -> None:
        self._side = side
        self._forms: dict[DecisionKind, DecisionForm] = {}
        self._closed: list[DecisionForm] = []

    async def make_one(self, subjects: Iterable[FormSubject]) -> bool:
        """Make a form ready for the first of `subjects` that has none, or one that would begin otherwise.

        False where all have theirs."""
        from leadqueue.tui.widgets.decision_form import DecisionForm

        for subject in subjects:
            ready = self._forms.get(subject.kind)
            if ready is None or not ready.takes(subject) or not ready.looks_like(subject):
                self._put_away(subject.kind)
                self._forms[subject.kind] = form = DecisionForm(subject)
                await self._side.mount(form)
                return True
        return False

    def begin(self, subject: FormSubject) -> DecisionForm | None:
        """The form that is ready for the subject, begun over its leads and not in sight yet."""
        ready = self._forms.get(subject.kind)
        if ready is None or not ready.takes(subject):
            return None
        del self._forms[subject.kind]
        ready.begin(subject)
        return ready

    async def open(self, subject: FormSubject, begun: DecisionForm | None) -> DecisionForm:
        """The form over the subject, as the first in `side`: the one that has begun, or a new one."""
        from leadqueue.tui.widgets.decision_form import DecisionForm

        if len(self._closed) >= MOST_CLOSED:
            await self.take_down()
        for form in self._forms.values():  # one that is still being drawn would be laid out with it
            form.display = False
        if begun is not None:
            self._side.move_child(begun, before=0)
            begun.open()
            return begun
        self._put_away(subject.kind)
        form = DecisionForm(subject)
        await self._side.mount(form, before=0)
        return form

    def close(self, form: DecisionForm) -> None:
        """Hide a form that was open. To take it down takes as long as all else that its closing brings, so
        that waits for a rest."""
        form.close()
        self._closed.append(form)

    async def take_down(self) -> None:
        """Remove the forms that were closed."""
        while self._closed:
            await self._closed.pop().remove()

    def _put_away(self, kind: DecisionKind) -> None:
        if (form := self._forms.pop(kind, None)) is not None:
            form.remove()
