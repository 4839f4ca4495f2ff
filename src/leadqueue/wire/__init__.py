"""What travels between client and CRM API, version 1. Server and client read these same models."""
