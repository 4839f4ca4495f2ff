"""`python -m leadqueue` is `leadqueue`."""

from leadqueue.cli.main import main

main()
