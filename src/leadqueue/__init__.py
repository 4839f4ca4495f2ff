"""leadqueue: lead triage in the terminal, offline first, with one rule book on both sides."""

__version__ = "0.1.0"
