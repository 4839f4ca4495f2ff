"""The application of one of several processes that serve the same database."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import FastAPI

from leadqueue.server import logs
from leadqueue.server.app import create_app
from leadqueue.server.database import Database
from leadqueue.server.database import Limits as DatabaseLimits
from leadqueue.server.limits import Limits
from leadqueue.server.logs import LogFormat


@dataclass(frozen=True, slots=True)
class Serving:
    """Makes the application where it runs: it travels to the process, connections do not.

    The tables were looked at before; a process that is started anew while the database is away serves 503
    until it is back.
    """

    url: str = field(repr=False)
    database: DatabaseLimits
    limits: Limits
    log_level: str
    log_format: LogFormat

    def __call__(self) -> FastAPI:
        logs.configure(self.log_level, self.log_format)
        return create_app(Database.attach(self.url, self.database), limits=self.limits)
