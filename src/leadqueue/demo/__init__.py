"""The demo: realistic leads with a history, an embedded server, and a network that can be cut."""
