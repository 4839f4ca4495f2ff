"""Pull, push and replay between the local store and the shared CRM."""
