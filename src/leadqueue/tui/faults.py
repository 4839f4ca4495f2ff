"""Faults of the program's own: kept for whoever runs the app, and never shown with somebody's data."""

from __future__ import annotations

from textual.app import App
from textual.worker import WorkerFailed


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
