"""The application of one of several processes that serve the same database."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import FastAPI

from leadqueue.server.app import create_app
from leadqueue.server.database import Database, Limits


@dataclass(frozen=True, slots=True)
class Serving:
    """Makes the application where it runs: it travels to the process, connections do not.

    The tables were looked at before; a process that is started anew while the database is away serves 503
    until it is back.
    """

    url: str = field(repr=False)
    limits: Limits

    def __call__(self) -> FastAPI:
        return create_app(Database.attach(self.url, self.limits))
