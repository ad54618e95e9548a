"""The sets of our own nft table that the sentry keeps. Speaks to nf_tables; knows no policy.

Source: <linux/netfilter/nf_tables.h>.
"""

import socket
import struct
from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Final

from bellgate.sentry.netlink import (
    BODY_AT,
    Kernel,
    acknowledged,
    attribute,
    attributes_in,
    message,
    nest,
)

_BEGIN, _END = 0x10, 0x11
_TABLES: Final = 10
"""NFNL_SUBSYS_NFTABLES, also the resource of a transaction."""
_NEW, _DELETE, _GET_GENERATION, _DESTROY = 0xA0C, 0xA0E, 0xA10, 0xA1E
"""NFT_MSG_NEWSETELEM, DELSETELEM, GETGEN, DESTROYSETELEM (Linux 6.3: not there is no error)."""
_INET: Final = 1
"""NFPROTO_INET."""
_CREATE: Final = 0x400
"""NLM_F_CREATE."""
_TABLE, _SET, _ELEMENTS = 1, 2, 3
_ELEMENT, _KEY, _TIMEOUT, _VALUE = 1, 1, 4, 1
_IN_A_MESSAGE, _AT_ONCE = 200, 1_000
_TCP: Final = bytes((socket.IPPROTO_TCP,))
_GENERATION: Final = 1
"""NFTA_GEN_ID."""


class TableGone(FileNotFoundError):
    """Our table, or the set in it, is not there."""


class KernelSets:
    """Needs CAP_NET_ADMIN. Everything raises OSError, TableGone where the table is not there."""

    def __init__(self, table: str) -> None:
        self._table = table.encode() + b"\0"
        self._kernel = Kernel()

    def close(self) -> None:
        self._kernel.close()

    def generation(self) -> int:
        """A number that changes with every change of any rule or set of anybody's."""
        whole = self._kernel.ask(_GET_GENERATION)
        return int.from_bytes(attributes_in(whole[BODY_AT:]).get(_GENERATION, b""))

    def put_addresses(self, prefix: str, addresses: Iterable[bytes]) -> None:
        """Put packed addresses into the two sets of a prefix, those of IPv4 and those of IPv6."""
        self._addresses(_NEW, prefix, addresses)

    def take_addresses(self, prefix: str, addresses: Iterable[bytes]) -> None:
        """Take them out again; what is not there does not matter."""
        self._addresses(_DESTROY, prefix, addresses)

    def empty(self, *names: str) -> None:
        """Take everything out of some sets."""
        self._order([self._about(_DELETE, name, b"") for name in names])

    def renew_sign(self, name: str, milliseconds: int) -> None:
        """Put the one sign there is into a set, for so long from now."""
        self._order(
            [
                self._elements(_DESTROY, name, [_TCP]),
                self._elements(_NEW, name, [_TCP], milliseconds),
            ]
        )

    def put_sign(self, name: str, there: bool) -> None:
        """Put the one sign there is into a set, or take it out."""
        self._order([self._elements(_NEW if there else _DESTROY, name, [_TCP])])

    def _addresses(self, kind: int, prefix: str, addresses: Iterable[bytes]) -> None:
        sorted_out: dict[int, list[bytes]] = {4: [], 16: []}
        for address in addresses:
            sorted_out[len(address)].append(address)
        for size, name in ((4, f"{prefix}4"), (16, f"{prefix}6")):
            for some in batched(sorted_out[size], _AT_ONCE):
                self._order(
                    [self._elements(kind, name, few) for few in batched(some, _IN_A_MESSAGE)]
                )

    def _order(self, orders: Sequence[bytes]) -> None:
        try:
            self._kernel.all_or_none(
                message(_BEGIN, b"", resource=_TABLES),
                orders,
                message(_END, b"", resource=_TABLES),
            )
        except FileNotFoundError as error:
            name = self._table.rstrip(b"\0").decode()
            raise TableGone(error.errno, f"no table {name}, or not as it should be") from error

    def _elements(
        self, kind: int, name: str, keys: Iterable[bytes], milliseconds: int | None = None
    ) -> bytes:
        lasts = attribute(_TIMEOUT, struct.pack("!Q", milliseconds)) if milliseconds else b""
        held = (nest(_ELEMENT, nest(_KEY, attribute(_VALUE, key)), lasts) for key in keys)
        return self._about(kind, name, nest(_ELEMENTS, *held))

    def _about(self, kind: int, name: str, elements: bytes) -> bytes:
        body = attribute(_TABLE, self._table) + attribute(_SET, name.encode() + b"\0") + elements
        return acknowledged(kind, body, flags=_CREATE if kind == _NEW else 0, family=_INET)
