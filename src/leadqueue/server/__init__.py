"""The shared native CRM API."""
