"""The kernel's table of connections (conntrack): how full it is, and who has most of it.

Where it is full, each new connection is dropped without a word, whoever's it is. Source:
nf_conntrack-sysctl in the kernel's documentation.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bellgate.gateway import machine
from bellgate.gateway.kernel_settings import ROOM

_FOLLOWED: Final = "net.netfilter.nf_conntrack_count"
NEARLY_FULL: Final = 0.80
"""Of the table: a morning's rush may fill the rest."""
_TABLE = Path("/proc/net/nf_conntrack")
_SOURCE = " src="


@dataclass(frozen=True, slots=True)
class Table:
    """How many connections the kernel follows, and for how many it has room."""

    followed: int
    room: int

    @property
    def used(self) -> float:
        """0 to 1."""
        return self.followed / self.room if self.room else 0.0

    @property
    def said(self) -> str:
        return f"The kernel follows {self.followed:,} connections and has room for {self.room:,}."


def table() -> Table | None:
    """As it is now; None where the kernel follows no connections, or this process may not see."""
    followed, room = machine.setting(_FOLLOWED), machine.setting(ROOM)
    if followed is None or room is None:
        return None
    return Table(int(followed), int(room))


def most_of_one() -> tuple[str, int] | None:
    """The address that opened most of them, and how many; None where nobody did, or the kernel does
    not list them. By root; takes a second for a full table."""
    try:
        with _TABLE.open() as lines:
            return opened_most(lines)
    except OSError:
        return None


def opened_most(lines: Iterable[str]) -> tuple[str, int] | None:
    """`lines`: the kernel's list, one connection each, the way of whoever opened it first."""
    opened = Counter(
        line.partition(_SOURCE)[2].partition(" ")[0] for line in lines if _SOURCE in line
    )
    if not opened:
        return None
    [(address, number)] = opened.most_common(1)
    return str(ipaddress.ip_address(address)), number
