"""Runs the migrations of the cache file on the connection that the program hands in."""

from __future__ import annotations

from alembic import context

from leadqueue.cache.tables import CACHE_REGISTRY

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=CACHE_REGISTRY.metadata,
    render_as_batch=True,
)
context.run_migrations()
