"""The shared native CRM API."""

DEFAULT_URL = "sqlite:///leadqueue.db"
"""The database of a server that is told none; here, where the command line reads it without SQLAlchemy."""
