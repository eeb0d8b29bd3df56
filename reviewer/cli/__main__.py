"""`python -m reviewer.cli` is the command `reviewer`."""

from reviewer.cli import main

main()
