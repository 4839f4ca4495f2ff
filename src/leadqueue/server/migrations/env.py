"""Runs the server's migrations on the connection that the program hands in."""

from __future__ import annotations

from alembic import context

from leadqueue.server.tables import REGISTRY

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=REGISTRY.metadata, render_as_batch=True)
context.run_migrations()
