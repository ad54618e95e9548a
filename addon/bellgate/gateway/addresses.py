"""Who has which address: the kernel's neighbour tables and the DHCP server's lease file.

Kept current by a thread of its own, so that whoever asks never waits; of an address that it has
not heard of, the kernel is asked directly, at most once a second. What the wire shows (a neighbour)
goes before what was once given out (a lease).
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from bellgate.gateway.leases import Lease, read_leases
from bellgate.gateway.neighbour import KNOWN_STATES, neighbour

logger = logging.getLogger(__name__)

_LOOK_AT_LEASES_EVERY_SECONDS = 0.5
_READ_ALL_EVERY_SECONDS = 30.0
_TRY_AGAIN_AFTER_SECONDS = 0.2
_ASK_AGAIN_AFTER_SECONDS = 1.0
_MOST_UNHEARD_OF = 10_000
"""Addresses remembered of which the kernel said nothing."""
_LARGEST_BYTES = 4 * 1024 * 1024

_PROXY = 0x08
"""NTF_PROXY: an address that this machine answers for."""
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")


class _Message(Protocol):
    """What is used of a netlink message."""

    def __getitem__(self, key: str) -> Any: ...
    def get(self, key: str) -> Any: ...


class AddressTable:
    """Ask `mac_of`; between `start` and `close` the answers are less than a second old."""

    def __init__(self, leases: Path | None = None) -> None:
        self._lease_file = leases
        self._neighbours: dict[str, str] = {}
        self._heard: dict[str, str | None] = {}
        self._leases: Mapping[str, Lease] = {}
        self._unheard_of: dict[str, float] = {}
        self._leases_as_of: tuple[int, int, int] | None = None
        self._filled = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="addresses", daemon=True)

    def mac_of(self, ip: str) -> str | None:
        """The MAC (lower case, colons) that has an address now; None where nothing shows one."""
        ip = ip.partition("%")[0].lower()
        found = self._neighbours.get(ip) or self._ask_for(ip)
        if found is not None:
            return found
        lease = self._leases.get(ip)
        return lease.mac if lease is not None and lease.holds(time.time()) else None

    def _ask_for(self, ip: str) -> str | None:
        now = time.monotonic()
        if now < self._unheard_of.get(ip, 0):
            return None
        found = neighbour(ip)
        if found is not None:
            self._neighbours[ip] = self._heard[ip] = found
            return found
        if len(self._unheard_of) >= _MOST_UNHEARD_OF:
            self._unheard_of.clear()
        self._unheard_of[ip] = now + _ASK_AGAIN_AFTER_SECONDS
        return None

    def start(self, patience: float = 5.0) -> None:
        """Fill the table, as far as that is done within `patience` seconds, and keep it current."""
        self._thread.start()
        self._filled.wait(patience)

    def close(self) -> None:
        """Stop keeping it current."""
        if self._loop is not None and self._task is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(5)

    def _run(self) -> None:
        try:
            asyncio.run(self._keep())
        except asyncio.CancelledError:
            return

    async def _keep(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_leases())
            group.create_task(self._keep_neighbours())

    async def _keep_leases(self) -> None:
        while True:
            try:
                self._read_leases()
            except Exception:
                logger.exception("The lease file %s cannot be read", self._lease_file)
            await asyncio.sleep(_LOOK_AT_LEASES_EVERY_SECONDS)

    def _read_leases(self) -> None:
        """Read the file where it is another than the last time. A missing one has no leases."""
        if self._lease_file is None:
            return
        try:
            there = self._lease_file.stat()
            as_of = there.st_ino, there.st_mtime_ns, there.st_size
            if as_of == self._leases_as_of:
                return
            with self._lease_file.open(encoding="utf-8", errors="replace") as file:
                leases = read_leases(file.read(_LARGEST_BYTES))
        except FileNotFoundError:
            self._leases, self._leases_as_of = {}, None
            return
        self._leases = {lease.ip: lease for lease in leases}
        self._leases_as_of = as_of

    async def _keep_neighbours(self) -> None:
        # Here, because loading it takes a third of a second, and only a running gate needs it.
        from pyroute2 import AsyncIPRoute
        from pyroute2.netlink.rtnl import RTMGRP_NEIGH

        while True:
            try:
                async with AsyncIPRoute() as changes, AsyncIPRoute() as questions:
                    # Heard from first, read second: no change falls between the two.
                    await changes.bind(RTMGRP_NEIGH)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._read_all(questions))
                        group.create_task(self._hear(changes))
            except* OSError as lost:
                # More changes at once than the kernel keeps for us (ENOBUFS): read all anew.
                logger.warning("The neighbour tables are read anew: %s", lost.exceptions)
            except* Exception:
                logger.exception("The neighbour tables cannot be read; trying again")
            self._filled.set()
            await asyncio.sleep(_TRY_AGAIN_AFTER_SECONDS)

    async def _read_all(self, route: Any) -> None:
        """Now and then the whole table, for what no change told: it forgets who is gone."""
        while True:
            self._heard = {}
            found: dict[str, str | None] = {}
            async for message in await route.get_neighbours():
                ip, mac = _neighbour_in(message)
                if ip is not None:
                    found[ip] = mac
            # What was heard while reading is newer than what was read.
            found |= self._heard
            self._neighbours = {ip: mac for ip, mac in found.items() if mac is not None}
            self._filled.set()
            await asyncio.sleep(_READ_ALL_EVERY_SECONDS)

    async def _hear(self, route: Any) -> None:
        while True:
            async for message in route.get():
                ip, mac = _neighbour_in(message)
                if ip is None:
                    continue
                self._heard[ip] = mac
                if mac is None:
                    self._neighbours.pop(ip, None)
                else:
                    self._neighbours[ip] = mac


def _neighbour_in(message: _Message) -> tuple[str | None, str | None]:
    """Which address a message is about, and the MAC that has it; None where nobody has."""
    if message.get("event") not in ("RTM_NEWNEIGH", "RTM_DELNEIGH") or message["flags"] & _PROXY:
        return None, None
    attributes = dict(message["attrs"])
    ip, mac = attributes.get("NDA_DST"), attributes.get("NDA_LLADDR")
    gone = message["event"] == "RTM_DELNEIGH" or not message["state"] & KNOWN_STATES
    if gone or not mac or not _MAC.match(mac):
        mac = None
    return ip, mac
