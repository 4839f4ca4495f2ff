"""Faults of the program's own: kept for whoever runs the app, and never shown with somebody's data."""

from __future__ import annotations

import logging

from textual.app import App
from textual.worker import Worker, WorkerFailed, WorkerState

OWN_FAULT = "A fault of the program's own; it is in the log, in the folder that `leadqueue where` names."

_log = logging.getLogger(__name__)


class KeepsItsFault(App[None]):
    """An app that ends by a fault without a word. `fault` is what ended it, for the caller to tell.

    Textual would print the traceback with what every name stands for, leads among it. It has no public place
    to ask for less.
    """

    fault: BaseException | None = None

    def _handle_exception(self, error: Exception) -> None:
        if self.fault is None:
            self.fault = error.error if isinstance(error, WorkerFailed) else error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self.panic()


class WorksBeside:
    """A screen or an app with work in threads whose faults shall not end it: they are logged, and told."""

    def work_failed(self) -> None:
        """Say `OWN_FAULT`, and let the work begin anew with the next reason for it."""
        raise NotImplementedError

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            _log.error("work beside the screen failed: %s", event.worker.group, exc_info=event.worker.error)
            self.work_failed()
