"""What a connection's mark in the kernel says: one table for the kernel's rules and for the sentry.

The low byte is the state, the other 24 bits say more about it. Numbers only: nothing is set or read
here.
"""

from typing import Final

STATE: Final = 0xFF
"""The bits that hold the state."""
HIGHEST: Final = 0xFFFFFF
"""The largest number that fits into the other 24 bits."""

UNDECIDED: Final = 0x80
"""It began, and its hello is not read; the other bits: the end of the sequence number at which the
server waits for the client's first byte, by its own word."""
UNANSWERED: Final = 0x11
"""Let through, and the server has said nothing yet: nothing may take the hello's place. The other
bits: the number of what it asked for. The bit more than PASSED goes with the server's answer."""
PASSED: Final = 0x10
"""Let through; the other bits as above."""
CUT: Final = 0x30
"""Forbidden: whatever is said on it is answered with a reset."""
UNVETTED: Final = 0x40
"""Went by while no sentry was there, because the school chose so."""

# Marks of a packet on its way through the sentry; none of them is ever a connection's.
ASKS: Final = 0x80
"""Is this hello's sender let through? Like UNDECIDED, and with its other bits."""
ASKS_AGAIN: Final = 0x81
"""May this follow the hello that was let through?"""
ANSWERS: Final = 0x82
"""The server speaks before the client has."""
ASKING: Final = 0xFC
"""The bits in which these three are the same."""
REFUSE: Final = 0x20
"""The sentry's answer: no."""
GO_ON: Final = 0x50
"""The sentry's answer: this packet may go, and the next is asked about, too."""
POKE: Final = 0x60
"""A packet of the sentry's own, of which the kernel is to take no note."""


def marked(state: int, number: int) -> int:
    """The mark of a state with its number."""
    return state | number << 8


def number_in(mark: int) -> int:
    """What the other 24 bits hold."""
    return mark >> 8


def matches_first(number: int, sequence: int) -> bool:
    """Whether a sequence number is that of the client's first byte, as far as 24 bits tell."""
    return number == sequence & HIGHEST
