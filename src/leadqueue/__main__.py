"""`python -m leadqueue` is `leadqueue`."""

from leadqueue.cli.start import main

main()
