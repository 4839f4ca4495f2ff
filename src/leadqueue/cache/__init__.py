"""The rep's local store: an outbox that loses nothing and a cache that can be read again from the server.

Importing this package or its reading parts (`home`, `queue`, `outbox`, `store`, `desk`) loads neither
SQLModel, SQLAlchemy nor Alembic: the terminal's first frame waits for none of them.
"""
