"""Runs the migrations of the outbox file on the connection that the program hands in."""

from __future__ import annotations

from alembic import context

from leadqueue.cache.tables import OUTBOX_REGISTRY

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=OUTBOX_REGISTRY.metadata,
    render_as_batch=True,
)
context.run_migrations()
