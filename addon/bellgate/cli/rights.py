"""Whether whoever types a command may do what it does to the machine."""

import os

from bellgate.cli import output


def as_root() -> None:
    """The command goes on only for root."""
    if os.geteuid() != 0:
        output.fail("this changes the machine, so it is for root", "try it with sudo")
