"""What a try is, as values: what the device does, and what must come of it. Does nothing itself."""

from dataclasses import dataclass
from typing import Final, Literal

Version = Literal[4, 6]
BOTH: Final[tuple[Version, ...]] = (4, 6)

PLACEHOLDER: Final = "{here}"
"""In what is said, for the address that is dialled."""


@dataclass(frozen=True, slots=True)
class Asks:
    """A question to a name server; the gateway itself must answer it."""

    name: str
    kind: int
    """The record's type (RFC 1035); 1 is an IPv4 address."""
    wants: Literal["no such name", "none", "an address"]
    foreign: bool = False
    """Asked of somebody else's name server; else of the gateway."""
    tcp: bool = False


@dataclass(frozen=True, slots=True)
class Sends:
    """A first packet to a port of the internet. It goes out, or it does not."""

    protocol: Literal["udp", "tcp"]
    port: int
    data: bytes = b""
    """What a datagram holds; a connection of TCP is only opened."""
    to: tuple[str, str] | None = None
    """The addresses of IPv4 and IPv6; else one that is nobody's."""


@dataclass(frozen=True, slots=True)
class Tunnels:
    """A packet of another protocol of IP."""

    protocol: int


@dataclass(frozen=True, slots=True)
class Says:
    """What a client says over TCP to a server on the internet that listens: twice, as browsers try
    again. All of it arrives there, or it does not."""

    pieces: tuple[bytes, ...]
    """Each a segment of its own."""
    port: int = 443
    by: str | None = None
    """A name that our DNS is asked for, and whose address is dialled."""
    within: str | None = None
    """A network whose address is dialled; else one that is nobody's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment that is made by hand."""

    data: bytes
    at: int = 0
    """The place of its first byte."""
    dies: bool = False
    """It passes the gateway, and dies before it is at the server."""
    good: bool = True
    """Its checksum is right."""
    known: bool = True
    """It has no option that the server does not know; for one it drops the packet (IPv6 alone)."""
    in_fragments: bool = False
    """It comes in several packets of IP."""


@dataclass(frozen=True, slots=True)
class Forges:
    """What a client says who makes each segment by hand, to a server on the internet that listens
    and says nothing."""

    pieces: tuple[Piece, ...]
    hears: bytes
    """All of this arrives there, or it does not."""
    by: str
    """A name that our DNS is asked for, and whose address is dialled."""


@dataclass(frozen=True, slots=True)
class Browses:
    """A request over HTTP to the open site, of some names on one connection; `tls` by its name."""

    hosts: tuple[str, ...]
    tls: bool
    wants: Literal["the site", "the page"]


@dataclass(frozen=True, slots=True)
class Dials:
    """A connection to the gateway itself."""

    port: int


Try = Asks | Sends | Tunnels | Says | Forges | Browses | Dials


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the table: a way round, or something that must stay open beside them."""

    name: str
    does: Try
    over: tuple[Version, ...] = BOTH
    opens: bool = False
    """It must go through; a way round must not."""
    to_do: str = ""
    """For whoever reads that it is not as it must be."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a way over one kind of address."""

    way: Way
    version: Version
    holds: bool
    seen: str

    @property
    def fields(self) -> dict[str, object]:
        """As `--json` shows it."""
        return {
            "way": self.way.name,
            "over": f"IPv{self.version}",
            "kind": "must work" if self.way.opens else "way round",
            "holds": self.holds,
            "said": self.said,
            "to_do": "" if self.holds else self.way.to_do,
        }

    @property
    def said(self) -> str:
        """In one sentence."""
        if self.way.opens:
            return f"It works: {self.seen}." if self.holds else f"It does not work: {self.seen}."
        return f"It is closed: {self.seen}." if self.holds else f"It is OPEN: {self.seen}."
