"""The rules about leads: pure functions over plain data, run alike by every part of the program."""
