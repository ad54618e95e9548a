"""A school's site around one machine: pupils and staff on a wire each, and an internet behind it.

pupils 10.77.10.0/24 2001:db8:10::/64 ─┐
                                       ├─ machine ── internet 198.51.100.0/24 2001:db8:51::/64
staff  10.77.20.0/24 2001:db8:20::/64 ─┘
"""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.authority import make_authority
from tests.lab.namespace import Namespace
from tests.lab.school import TOP
from tests.machine.base import wheels
from tests.machine.machine import Machine

CLOSED = "www.nordvpn.com"
"""Closed by the sample's rules to everybody, at every hour."""
OPEN = "www.bbc.co.uk"
FACEBOOK = "www.facebook.com"
"""Closed to pupils for the school day, to staff in sessions."""
WIRES = {"pupils": 10, "staff": 20}
CARDS = ("--lan", "mv-pupils", "--lan", "mv-staff", "--wan", "mv-wan", "--yes")
"""What a first installation is told."""
CHECKOUT, OTHERS, WHEELS = "/mnt/checkout", "/mnt/others", "/mnt/wheels"
"""Where the machine sees this checkout, others that a test makes of it, and Python's packages."""
_OF_A_CHECKOUT = ("addon", "deploy", "schedules", "pyproject.toml", "README.md", "CHANGELOG.md",
                  "LICENSE")  # fmt: skip


@dataclass(frozen=True)
class Device:
    """Somebody's device on one of the wires, or on a network behind another router."""

    namespace: Namespace
    number: int
    """Of its network."""
    host: int = 21

    @property
    def mac(self) -> str:
        return f"3c:22:fb:00:{self.number:02x}:{self.host:02}"

    def ip(self, version: int) -> str:
        return f"10.77.{self.number}.{self.host}" if version == 4 else self.ip6

    @property
    def ip6(self) -> str:
        return f"2001:db8:{self.number}::{self.host}"

    @property
    def ip4(self) -> str:
        return self.ip(4)


class Site:
    """Made in a second or two, but for the machine, which is not started yet."""

    def __init__(self, folder: Path, *, on_an_image: bool = False) -> None:
        self.folder = folder
        self.authority = make_authority(folder)
        self._namespaces: list[Namespace] = []
        self.wires, self.internet = self._add("wires"), self._add("internet")
        self._lay_the_wires()
        self.devices = {name: self.device(name) for name in WIRES}
        self._lay_to_the_internet()
        self._others = folder / "others"
        self._others.mkdir()
        shown = {TOP: CHECKOUT, self._others: OTHERS, wheels(): WHEELS}
        self.machine = Machine(self.wires, ("pupils", "staff", "wan"), shown,
                               on_an_image=on_an_image)  # fmt: skip
        self._set_the_machine_up()
        self._start_internet()

    @property
    def pupil(self) -> Device:
        return self.devices["pupils"]

    @property
    def staff(self) -> Device:
        return self.devices["staff"]

    def _add(self, label: str) -> Namespace:
        namespace = Namespace(label)
        for which in ("default", "all"):
            namespace.set(**{f"ipv6__conf__{which}__dad_transmits": "0"})
        self._namespaces.append(namespace)
        return namespace

    def _lay_the_wires(self) -> None:
        """A switch each; its own address, or it takes its ports', another one with each device. No
        rule of the machine sees a packet for having passed it: it is no part of the machine."""
        self.wires.set(
            **{f"bridge__bridge-nf-call-{tool}": "0" for tool in ("iptables", "ip6tables")}
        )
        self.wires.ip_batch(
            *(
                line
                for name, number in WIRES.items()
                for line in (
                    f"link add {name} address 02:00:00:00:{number:02x}:fe "
                    "type bridge forward_delay 0 mcast_snooping 0",
                    f"link set {name} up",
                )
            )
        )

    def device(self, wire: str, host: int = 21) -> Device:
        """Another device on a wire; its addresses end in `host`, from 2 to 99."""
        device = Device(self._add(f"{wire}{host}"), WIRES[wire], host)
        cable = f"{wire}-{host}"
        self.wires.ip_batch(
            f"link add {cable} type veth peer name card "
            f"netns {device.namespace.name} address {device.mac}",
            f"link set {cable} master {wire} up",
        )
        self._set_up(device, "card")
        return device

    def behind_a_router(self, wire: str, number: int, host: int = 40) -> Device:
        """A device on a network of its own, behind a router that is a device of a wire."""
        router = self.device(wire, host)
        router.namespace.set(ipv4__ip_forward="1", ipv6__conf__all__forwarding="1")
        device = Device(self._add(f"behind{number}"), number)
        router.namespace.ip_batch(
            f"link add inner type veth peer name card "
            f"netns {device.namespace.name} address {device.mac}",
            "link set inner up",
            f"addr add 10.77.{number}.1/24 dev inner",
            f"addr add 2001:db8:{number}::1/64 dev inner nodad",
        )
        self._set_up(device, "card")
        device.namespace.ask_for_names(f"10.77.{WIRES[wire]}.1")
        for version, network in ((4, f"10.77.{number}.0/24"), (6, f"2001:db8:{number}::/64")):
            self.machine.run("ip", "route", "add", network, "via", router.ip(version))
        return device

    def _set_up(self, device: Device, card: str) -> None:
        number = device.number
        device.namespace.ip_batch(
            f"addr add {device.ip(4)}/24 dev {card}",
            f"addr add {device.ip(6)}/64 dev {card} nodad",
            f"link set {card} up",
            f"route add default via 10.77.{number}.1",
            f"route add default via 2001:db8:{number}::1",
        )
        device.namespace.ask_for_names(f"10.77.{number}.1")

    def _lay_to_the_internet(self) -> None:
        there = self.internet
        self.wires.ip_batch(
            f"link add wan type veth peer name wan netns {there.name}", "link set wan up"
        )
        there.ip_batch(
            "addr add 203.0.113.254/24 dev wan",
            "addr add 2001:db8:99::fe/64 dev wan nodad",
            "link set wan up",
            "route add local 198.51.100.0/24 dev lo",
            "route add local 2001:db8:51::/64 dev lo",
            "route add default via 203.0.113.1",
            "route add default via 2001:db8:99::1",
        )

    def _set_the_machine_up(self) -> None:
        """Its own cards and name server: what a technician has done before Bellgate comes."""
        etc = self.machine.root / "etc"
        cards = {
            "mv-wan": ("203.0.113.1/24", "2001:db8:99::1/64", "203.0.113.254", "2001:db8:99::fe"),
            **{
                f"mv-{name}": (f"10.77.{number}.1/24", f"2001:db8:{number}::1/64")
                for name, number in WIRES.items()
            },
        }
        for name, (ip4, ip6, *gateways) in cards.items():
            lines = ["[Match]", f"Name={name}", "[Network]", f"Address={ip4}", f"Address={ip6}",
                     "IPv6DuplicateAddressDetection=0", "IPv6AcceptRA=no",
                     *(f"Gateway={gateway}" for gateway in gateways)]  # fmt: skip
            (etc / f"systemd/network/10-{name}.network").write_text("\n".join(lines) + "\n")
        resolv = etc / "resolv.conf"
        resolv.unlink(missing_ok=True)
        resolv.write_text("nameserver 203.0.113.254\n")

    def _start_internet(self) -> None:
        names = (OPEN, CLOSED, FACEBOOK)
        hosts = self.folder / "names"
        hosts.write_text(
            "".join(
                f"198.51.100.{n} {name}\n2001:db8:51::{n:x} {name}\n"
                for n, name in enumerate(names, start=1)
            )
        )
        environment = {**os.environ, "PYTHONPATH": f"{TOP / 'addon'}:{TOP}"}
        origin = self.internet.start(
            sys.executable, "-m", "tests.lab.origin", self.folder, "any", *names,
            cwd=TOP, env=environment, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.internet.start(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
            "--pid-file=", "--no-resolv", "--no-hosts", "--local=/#/", f"--addn-hosts={hosts}",
        )  # fmt: skip
        assert origin.stdout is not None
        assert origin.stdout.readline() == b"listening\n"

    def install(self, *words: str, checkout: str = CHECKOUT) -> subprocess.CompletedProcess[str]:
        """`./deploy/install` in the machine, as the technician types it."""
        words = words or CARDS
        return self.machine.run(
            f"{checkout}/deploy/install", *words, check=False, seconds=400,
            PIP_NO_INDEX="1", PIP_FIND_LINKS=WHEELS, PIP_DISABLE_PIP_VERSION_CHECK="1",
        )  # fmt: skip

    def say(self, *lines: str) -> None:
        """Lines at the end of gateway.yaml, in place of what this said before."""
        file = self.machine.root / "etc/bellgate/schedules/gateway.yaml"
        head, _, _ = file.read_text().partition("# --\n")
        file.write_text(head + "# --\n" + "".join(f"{line}\n" for line in lines))

    def another_checkout(self, name: str, *edits: tuple[str, str, str]) -> str:
        """A copy of this one with edits (file, old, new); where the machine sees it."""
        copy = self._others / name
        copy.mkdir()
        for part in _OF_A_CHECKOUT:
            source = TOP / part
            if source.is_dir():
                shutil.copytree(
                    source, copy / part, ignore=shutil.ignore_patterns("__pycache__", "pictures")
                )
            else:
                shutil.copy(source, copy / part)
        for file, old, new in edits:
            text = (copy / file).read_text()
            assert old in text, f"{file} does not hold {old!r}"
            (copy / file).write_text(text.replace(old, new))
        return f"{OTHERS}/{name}"

    def records(self, action: str | None = None) -> list[dict[str, Any]]:
        """What stands in the machine's log."""
        files = sorted((self.machine.root / "var/lib/bellgate/log").glob("*.jsonl"))
        found = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [r for r in found if action in (None, r["event"]["action"])]

    def contacts(self) -> list[str]:
        """What reached the internet: `tcp ADDRESS PORT`, `tls NAME`, `http HOST …`."""
        path = self.folder / "contacts"
        return path.read_text().splitlines() if path.exists() else []

    def leaked(self, after: int = 0) -> list[str]:
        """What of that said the closed site's name. A handshake of TCP that says nothing may reach
        it: the kernel forwards that before anybody can know what it is for."""
        return [line for line in self.contacts()[after:] if CLOSED in line.split()]

    def close(self) -> None:
        self.machine.remove()
        for namespace in reversed(self._namespaces):
            namespace.remove()


def fetched(device: Device, host: str, version: int = 4, *more: str) -> str:
    """What a browser on the device gets from a site over TLS, in one word."""
    asked = device.namespace.run(
        "curl", f"-{version}", "--insecure", "--silent", "--max-time", "6", "--output", "/dev/null",
        "--write-out", "%{http_code} %{exitcode}", *more, f"https://{host}/",
    )  # fmt: skip
    code, _, exit_code = asked.stdout.partition(" ")
    return {"200": "open", "403": "page"}.get(code, f"none ({exit_code})")


NO_ANSWER = (-1, 0)


def asked(device: Device, name: str, kind: int = 1, server: str = "") -> tuple[int, int]:
    """The answer of a name server to a device: its code (3: no such name), and how many answers.

    `kind`: 1 is an address, 65 the record with the keys that hide a site's name (RFC 9460).
    """
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, kind, 1)
    server = server or f"10.77.{device.number}.1"
    with device.namespace.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(2)
        try:
            asking.sendto(question, (server, 53))
            answer = asking.recv(512)
        except OSError:
            return NO_ANSWER
    _, flags, _, count, _, _ = struct.unpack_from("!6H", answer)
    return flags & 0xF, count


@contextmanager
def open_site(folder: Path, *, on_an_image: bool = False) -> Iterator[Site]:
    """`on_an_image`: its machine can lose power as machines do."""
    site = Site(folder, on_an_image=on_an_image)
    try:
        yield site
    finally:
        site.close()
