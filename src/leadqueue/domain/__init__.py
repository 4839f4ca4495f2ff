"""The rules about leads: pure functions over plain data, run alike by form, cache, command line and server."""
