"""Who has which address: the kernel's neighbour tables and the DHCP servers' lease files.

Kept current by a thread of its own, so that whoever asks never waits; of an address that it has
not heard of, the kernel is asked directly, at most once a second. What the wire shows (a neighbour)
goes before what was once given out (a lease); where the two differ, it says so.
"""

import asyncio
import ipaddress
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from bellgate.complaints import Lasting, NowAndThen, is_ours
from bellgate.gateway.kernel_questions import (
    KNOWN_STATES,
    Interface,
    Network,
    interfaces,
    neighbour,
    way_to,
)
from bellgate.gateway.kernel_rules import AWAY, PROBE
from bellgate.gateway.leases import LARGEST_BYTES, Lease, read_leases
from bellgate.gateway.senders import Senders
from bellgate.gateway.sign_ins.sessions import Session, Sessions
from bellgate.machine_time import elapsed, machine_now
from bellgate.policy.facts import NOT_SEEN, Doubt, Sighting, SignIn, address

logger = logging.getLogger(__name__)

_LOOK_AT_LEASES_SECONDS = 0.5
_READ_ALL_SECONDS = 30.0
_TRY_AGAIN_SECONDS = 0.2
_ASK_AGAIN_SECONDS = 1.0
_MOST_UNHEARD_OF = 10_000
"""Addresses: a hostile network can show any number of them."""

# Addresses of the internet, only to ask which way leads there: nothing is sent to them.
_ELSEWHERE = ("1.1.1.1", "2606:4700::1111")

_PROXY = 0x08
"""NTF_PROXY: an address that this machine answers for."""
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")

_Place = tuple[str, int]
"""An address on the segment of one interface: each has its own fe80::1."""


class _Message(Protocol):
    """What is used of a netlink message."""

    def __getitem__(self, key: str) -> Any: ...
    def get(self, key: str) -> Any: ...


class _LeaseFile:
    """One lease file, read where it is another than the last time. A missing one has no leases."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._trouble = Lasting(
            f"The lease file {path} cannot be read", f"The lease file {path} is read again"
        )
        self._as_of: tuple[int, int, int] | None = None
        self.leases: tuple[Lease, ...] = ()

    def look(self) -> bool:
        """Whether the leases are others now. A file that cannot be read keeps those it had."""
        try:
            there = self.path.stat()
            as_of = there.st_ino, there.st_mtime_ns, there.st_size
            if as_of == self._as_of:
                return False
            with self.path.open(encoding="utf-8", errors="replace") as file:
                self.leases = read_leases(file.read(LARGEST_BYTES))
        except FileNotFoundError:
            gone = bool(self.leases)
            self.leases, self._as_of = (), None
            return gone
        except OSError as error:
            _log(self._trouble.failed(error), error)
            return False
        _log(self._trouble.went_well())
        self._as_of = as_of
        return True


class AddressTable:
    """Ask `sighting`, or `seen` of who connects. Between `start` and `close` its answers are less
    than a second old."""

    def __init__(self, leases: Sequence[Path] = ()) -> None:
        self._files = [_LeaseFile(path) for path in leases]
        self._failures = NowAndThen()
        self._own_unknown = Lasting(
            "The machine's own addresses cannot be read", "The machine's own addresses are read"
        )
        self._neighbours: dict[_Place, str] = {}
        self._heard: dict[_Place, str | None] = {}
        self._leases: Mapping[str, Lease] = {}
        self._unheard_of: dict[_Place, float] = {}
        self._interfaces: Mapping[int, Interface] | None = None
        self._names: Mapping[str, int] = {}
        self._of_trials: set[int] = set()
        """The cards of the gateway's own trials, also those that are over."""
        self._segments: dict[str, Interface | None] = {}
        self._ways: dict[str, tuple[float, Interface | None]] = {}
        self._senders = Senders()
        self.sessions = Sessions()
        """Who is signed in. May be replaced whole."""
        self._filled = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="addresses", daemon=True)

    def read_leases_from(self, files: Sequence[Path]) -> None:
        """Read these lease files from now on. The same ones are not read again."""
        if list(files) != [file.path for file in self._files]:
            self._files = [_LeaseFile(path) for path in files]

    def seen(self, source: str, card: str | None = None) -> Sighting:
        """What is known of a source that sends just now. That it sends is remembered.

        `card`: the MAC that its packet came from on its last cable, where that was seen. It goes
        before what the neighbour table says of an address that has a neighbour; of any other, it is
        a router's, and says nothing.
        """
        return self._look(source, sends=True, card=card)

    def sighting(self, source: str) -> Sighting:
        """What is known of a source: an address, a link-local one with its zone (`fe80::21%3`)."""
        return self._look(source, sends=False)

    def signed_in(self, ip: str, sighting: Sighting) -> SignIn | None:
        """Who is signed in at an address, of which so much is known; None where no access point
        says that anybody is."""

        def is_there(session: Session) -> bool:
            return self._is_where(session, ip, sighting)

        return self.sessions.at(ip, sighting.mac, is_there, elapsed())

    def _is_where(self, session: Session, ip: str, sighting: Sighting) -> bool:
        """Whether a source is on the segment of the session's device. A MAC that was copied may be
        seen on another one."""
        if ip in session.addresses:
            return True
        segments = [self._segment(address, None) for address in session.addresses]
        if not segments:
            # No address was reported yet: then the one segment on which somebody has the card.
            numbers = {n for (_, n), mac in list(self._neighbours.items()) if mac == session.mac}
            if not numbers:
                lease = self._leases.get(ip)
                return lease is not None and lease.mac == session.mac
            if len(numbers) > 1:
                return False
            segments = [self._all_interfaces().get(number) for number in numbers]
        return any(each is not None and each.addresses == sighting.interface for each in segments)

    def present(self) -> Iterator[tuple[str, str, str]]:
        """Who is on the school's side now: MAC, address, and the name that it gave for a lease."""
        now, leases = machine_now().timestamp(), dict(self._leases)
        others = self._outward() | self._of_trials
        for (ip, segment), mac in list(self._neighbours.items()):
            if segment not in others and not ipaddress.ip_address(ip).is_link_local:
                lease = leases.pop(ip, None)
                yield mac, ip, lease.name if lease is not None and lease.mac == mac else ""
        for ip, lease in leases.items():
            if lease.holds(now) and not lease.from_duid:
                yield lease.mac, ip, lease.name

    def is_connected(self, ip: str) -> bool:
        """Whether an address lies on a segment of this machine on another side than the internet's.

        An interface that has one address and no segment, as of a tunnel or on `lo`, is none.
        """
        parsed = ipaddress.ip_address(ip)
        return any(parsed in n for n in self._connected() if n.version == parsed.version)

    @property
    def connected(self) -> tuple[str, ...]:
        """The prefixes of these segments."""
        return tuple(map(str, self._connected()))

    def _connected(self) -> Iterator[Network]:
        outward = self._outward()
        for interface in self._all_interfaces().values():
            if interface.index not in outward:
                yield from (n for n in interface.networks if n.num_addresses > 1)

    def _look(self, source: str, *, sends: bool, card: str | None = None) -> Sighting:
        zone = source.partition("%")[2]
        ip = address(source)
        if ip is None:
            return NOT_SEEN
        segment = self._segment(ip, zone or None)
        wire = self._card_at(ip, segment) if segment else None
        if wire is not None and card is not None:
            wire = card
        lease = self._leases.get(ip)
        if lease is not None and not lease.holds(machine_now().timestamp()):
            lease = None
        interface = segment or self._way_in(ip)
        addresses = interface.addresses if interface else ()
        if wire is None:
            if lease is None:
                return Sighting(None, addresses)
            if lease.from_duid:
                return Sighting(None, addresses, "duid", lease.mac)
            return Sighting(lease.mac, addresses)
        if sends:
            self._senders.sends(wire, ip, time.monotonic())
        doubt: Doubt | None = None
        if lease is not None and not lease.from_duid and lease.mac != wire:
            doubt = "lease-differs"
        elif self._senders.is_shared(wire, time.monotonic()):
            doubt = "shared-mac"
        return Sighting(wire, addresses, doubt)

    def _segment(self, ip: str, zone: str | None) -> Interface | None:
        """The attached segment that an address is on. What lies outside of an interface's prefixes
        came through another router, whose card says nothing of it."""
        if ip.startswith("fe") and ipaddress.ip_address(ip).is_link_local:
            number = int(zone) if zone and zone.isdecimal() else self._names.get(zone or "")
            return self._all_interfaces().get(number) if number else self._only_one_with(ip)
        segments = self._segments
        if ip in segments:
            return segments[ip]
        parsed = ipaddress.ip_address(ip)
        segment = next(
            (
                interface
                for interface in self._all_interfaces().values()
                if any(parsed in n for n in interface.networks if n.version == parsed.version)
            ),
            None,
        )
        if len(segments) >= _MOST_UNHEARD_OF:
            segments.clear()
        segments[ip] = segment
        return segment

    def _only_one_with(self, ip: str) -> Interface | None:
        """For a link-local address without its zone: the one segment on which somebody has it."""
        numbers = [number for there, number in list(self._neighbours) if there == ip]
        return self._all_interfaces().get(numbers[0]) if len(numbers) == 1 else None

    def _way_in(self, ip: str) -> Interface | None:
        """The interface that leads back to a source behind another router."""
        now = time.monotonic()
        until, interface = self._ways.get(ip, (0.0, None))
        if now < until:
            return interface
        with suppress(OSError):
            way = way_to(ip)
            interface = self._all_interfaces().get(way.interface) if way else None
        if len(self._ways) >= _MOST_UNHEARD_OF:
            self._ways.clear()
        self._ways[ip] = now + _ASK_AGAIN_SECONDS, interface
        return interface

    def _outward(self) -> set[int]:
        """The interfaces to the internet: where what has no address of the school's goes."""
        ways = (self._way_in(ip) for ip in _ELSEWHERE)
        return {interface.index for interface in ways if interface is not None}

    def _all_interfaces(self) -> Mapping[int, Interface]:
        if self._interfaces is None:
            self._read_interfaces()
        return self._interfaces or {}

    def _read_interfaces(self) -> None:
        try:
            self._names = {name: index for index, name in socket.if_nameindex()}
            self._of_trials |= {self._names[card] for card in (PROBE, AWAY) if card in self._names}
            self._interfaces = interfaces()
            _log(self._own_unknown.went_well())
        except OSError as error:
            _log(self._own_unknown.failed(error), error)
        # Others in their place: whoever asks in another thread may still hold the old ones.
        self._segments, self._ways = {}, {}

    def _card_at(self, ip: str, segment: Interface) -> str | None:
        """The card that has an address on its segment; of one not heard of, the kernel is asked."""
        place = ip, segment.index
        card = self._neighbours.get(place)
        if card is not None:
            return card
        now = time.monotonic()
        if now < self._unheard_of.get(place, 0):
            return None
        with suppress(OSError):
            card = neighbour(ip, segment.index)
        if card is not None:
            self._neighbours[place] = self._heard[place] = card
            return card
        if len(self._unheard_of) >= _MOST_UNHEARD_OF:
            self._unheard_of.clear()
        self._unheard_of[place] = now + _ASK_AGAIN_SECONDS
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
        trouble = Lasting("The lease files cannot be read", "The lease files are read again")
        joined: list[_LeaseFile] = []
        while True:
            try:
                files = self._files
                changed = [file.look() for file in files]
                if files is not joined or any(changed):
                    # Where two servers know an address, the later file's word holds.
                    self._leases = {x.ip: x for file in files for x in file.leases}
                    joined = files
                _log(trouble.went_well())
            except Exception as error:  # noqa: BLE001 - the next look comes all the same
                _log(trouble.failed(error), error)
            await asyncio.sleep(_LOOK_AT_LEASES_SECONDS)

    async def _keep_neighbours(self) -> None:
        # Here, because loading it takes a third of a second, and only a running gate needs it.
        from pyroute2 import AsyncIPRoute
        from pyroute2.netlink.rtnl import RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR, RTMGRP_NEIGH

        while True:
            try:
                async with AsyncIPRoute() as changes, AsyncIPRoute() as questions:
                    # Heard from first, read second: no change falls between the two.
                    await changes.bind(RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._read_all(questions))
                        group.create_task(self._hear(changes))
            except* Exception as lost:  # noqa: BLE001 - whatever it is, it is tried again
                # Mostly more changes at once than the kernel keeps for us (ENOBUFS).
                self._say_what_was_lost(lost)
            self._filled.set()
            await asyncio.sleep(_TRY_AGAIN_SECONDS)

    def _say_what_was_lost(self, lost: ExceptionGroup[Exception]) -> None:
        for error in lost.exceptions:
            said = f"The neighbour tables are read anew ({error})"
            _log(said if self._failures.is_due(said, time.monotonic()) else None, error)

    async def _read_all(self, route: Any) -> None:
        """Now and then the whole table, for what no change told: it forgets who is gone."""
        while True:
            self._heard = {}
            self._read_interfaces()
            read: dict[_Place, str | None] = {}
            async for message in await route.get_neighbours():
                place, mac = _neighbour_in(message)
                if place is not None:
                    read[place] = mac
            # What was heard while reading is newer than what was read.
            read |= self._heard
            self._neighbours = {place: mac for place, mac in read.items() if mac is not None}
            self._filled.set()
            await asyncio.sleep(_READ_ALL_SECONDS)

    async def _hear(self, route: Any) -> None:
        while True:
            async for message in route.get():
                if message.get("event") in ("RTM_NEWADDR", "RTM_DELADDR"):
                    self._read_interfaces()
                place, mac = _neighbour_in(message)
                if place is None:
                    continue
                self._heard[place] = mac
                if mac is None:
                    self._neighbours.pop(place, None)
                else:
                    self._neighbours[place] = mac


def _log(said: str | None, error: Exception | None = None) -> None:
    if said is not None:
        logger.warning(said, exc_info=error if error is not None and is_ours(error) else None)


def _neighbour_in(message: _Message) -> tuple[_Place | None, str | None]:
    """Which address a message is about, and the MAC that has it; None where nobody has."""
    if message.get("event") not in ("RTM_NEWNEIGH", "RTM_DELNEIGH") or message["flags"] & _PROXY:
        return None, None
    attributes = dict(message["attrs"])
    ip, mac = attributes.get("NDA_DST"), attributes.get("NDA_LLADDR")
    gone = message["event"] == "RTM_DELNEIGH" or not message["state"] & KNOWN_STATES
    if gone or not mac or not _MAC.match(mac):
        mac = None
    return (ip, message["ifindex"]) if ip else None, mac
