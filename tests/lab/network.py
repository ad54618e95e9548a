"""The sample school as a real network: pupils and staff, the gateway, and an internet behind it.

    pupils 10.77.10.0/24 2001:db8:10::/64 ─┐
    staff  10.77.20.0/24 2001:db8:20::/64 ─┼─ gateway ── internet 198.51.100.0/24 2001:db8:51::/64
    guests 10.77.30.0/24 2001:db8:30::/64 ─┘

Each is a namespace with real kernel rules, a real name server on the gateway, and a server on the
internet that holds the real names, each at an address of its own.
"""

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bellgate.gateway.kernel_rules import Diversion, rules
from tests.lab.authority import make_authority
from tests.lab.namespace import Namespace, Process
from tests.lab.school import BELLGATE, SAMPLE, TOP, Gate

PORT = 8081
SILENT = "198.51.100.251"
"""A name server on the internet that never answers, once `silent_server` listens there."""
NETWORKS = {"pupils": 10, "staff": 20, "guests": 30}


@dataclass(frozen=True)
class Device:
    """A device of the school on its network: a namespace with one card."""

    namespace: Namespace
    mac: str
    ip4: str
    ip6: str

    def ip(self, version: int) -> str:
        return self.ip4 if version == 4 else self.ip6


class Lab:
    """Made in about a second. `names` are the real names that the internet holds."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder = folder
        self.names = {name: number for number, name in enumerate(names, start=1)}
        self.authority = make_authority(folder)
        self._namespaces: list[Namespace] = []
        self._gates: list[Gate] = []
        self.internet = self._add("internet")
        self.gateway = self._add("gateway")
        self._lay_the_cables()
        self.pupil = self.device("pupils", 21, mac="3c:22:fb:00:00:21")
        self.staff = self.device("staff", 31, mac="3c:22:fb:00:00:31")
        origin = self.start_python(
            self.internet, "-m", "tests.lab.origin", folder, "any", *names, stdout=subprocess.PIPE
        )
        self.start_name_server()
        assert origin.stdout is not None
        assert origin.stdout.readline() == b"listening\n", "the lab's internet did not start"

    def _add(self, label: str) -> Namespace:
        namespace = Namespace(label)
        # Nobody else is on these cables: without this, IPv6 is silent for its first two seconds.
        for which in ("default", "all"):
            namespace.set(**{f"ipv6__conf__{which}__dad_transmits": "0"})
        self._namespaces.append(namespace)
        return namespace

    def _lay_the_cables(self) -> None:
        wan, there = self.gateway, self.internet
        wan.set(ipv4__ip_forward="1", ipv6__conf__all__forwarding="1")
        wan.ip_batch(
            f"link add wan type veth peer name wan netns {there.name}",
            "addr add 203.0.113.1/24 dev wan",
            "addr add 2001:db8:99::1/64 dev wan nodad",
            "link set wan up",
            "route add default via 203.0.113.254",
            "route add default via 2001:db8:99::fe",
            *(
                line
                for name, number in NETWORKS.items()
                for line in (
                    # Its own address: else it takes the lowest of its ports', another one whenever
                    # a device comes, and those there before send into the void.
                    f"link add {name} address 02:00:00:00:{number:02x}:fe "
                    "type bridge forward_delay 0 mcast_snooping 0",
                    f"addr add 10.77.{number}.1/24 dev {name}",
                    f"addr add 2001:db8:{number}::1/64 dev {name} nodad",
                    f"link set {name} up",
                )
            ),
        )
        # `local`: every address of these ranges is the server's, without adding them one by one.
        there.ip_batch(
            "addr add 203.0.113.254/24 dev wan",
            "addr add 2001:db8:99::fe/64 dev wan nodad",
            "link set wan up",
            "route add local 198.51.100.0/24 dev lo",
            "route add local 2001:db8:51::/64 dev lo",
            "route add default via 203.0.113.1",
            "route add default via 2001:db8:99::1",
        )

    def device(self, network: str, host: int, mac: str | None = None) -> Device:
        """Another device on one of the networks, with an address of each kind ending in `host`."""
        number = NETWORKS[network]
        mac = mac or f"02:00:00:00:{number:02x}:{host:02x}"
        namespace = self._add(f"{network}{host}")
        cable = f"{network[:6]}{host}"
        self.gateway.ip_batch(
            f"link add {cable} type veth peer name card address {mac} netns {namespace.name}",
            f"link set {cable} master {network} up",
        )
        device = Device(namespace, mac, f"10.77.{number}.{host}", f"2001:db8:{number}::{host:x}")
        namespace.ip_batch(
            f"addr add {device.ip4}/24 dev card",
            f"addr add {device.ip6}/64 dev card nodad",
            "link set card up",
            f"route add default via 10.77.{number}.1",
            f"route add default via 2001:db8:{number}::1",
        )
        namespace.ask_for_names(f"10.77.{number}.1")
        return device

    def address(self, name: str, version: int = 4) -> str:
        """Where a name leads on the lab's internet."""
        number = self.names[name]
        return f"198.51.100.{number}" if version == 4 else f"2001:db8:51::{number:x}"

    @property
    def certificate(self) -> bytes:
        """The certificate of every name on the lab's internet, as it is sent."""
        text = (self.folder / f"{next(iter(self.names))}.pem").read_text()
        return ssl.PEM_cert_to_DER_cert(text)

    def start_name_server(self) -> None:
        names = self.folder / "names"
        names.write_text(
            "".join(
                f"{self.address(name)} {name}\n{self.address(name, 6)} {name}\n"
                for name in self.names
            )
        )
        self.gateway.ask_for_names("127.0.0.1")
        self.leases = self.folder / "leases"
        self.name_server = self.gateway.start(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
            "--pid-file=", "--no-resolv", "--no-hosts", "--local=/#/", f"--addn-hosts={names}",
            "--server=/broken.example/127.0.0.1#9",  # a name whose own server is not there
            f"--server=/silent.example/{SILENT}",  # and one whose server says nothing
            "--dhcp-range=10.77.10.100,10.77.10.150,1h", "--no-ping",
            "--dhcp-range=2001:db8:10::100,2001:db8:10::150,1h",
            f"--dhcp-leasefile={self.leases}",
        )  # fmt: skip

    def apply(self, text: str, where: Namespace | None = None) -> None:
        """Load kernel rules, on the gateway if nothing else is said."""
        done = subprocess.run(
            (where or self.gateway).argv(["nft", "-f", "-"]),
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def divert(self) -> None:
        """What the gateway is to do with web connections from inside: the product's own rules."""
        self.apply(rules(Diversion(tuple(NETWORKS), PORT, wan="wan")))

    def gate(
        self,
        at: str,
        *edits: tuple[str, str, str],
        modes: Sequence[str] = (f"transparent@:{PORT}",),
        before: Sequence[str] = (),
        state: str = "state",
        program: Sequence[str] = BELLGATE,
        folder: Path | None = None,
    ) -> Gate:
        """Start the gate at a moment, with the sample's own files; returns when it listens.
        `folder` stands for the sample."""
        process = self.start_python(
            self.gateway,
            *program, "run", "--schedules", folder or self.schedules(*edits),
            "--state", self.folder / state, "--at", at,
            *(word for mode in modes for word in ("--mode", mode)),
            before=before, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        gate = Gate.when_ready(process, self.folder / state)
        self._gates.append(gate)
        return gate

    def schedules(self, *edits: tuple[str, str, str]) -> Path:
        """The sample; with edits (file, old, new), a copy of it. Where the sample has no such file,
        it is made."""
        if not edits:
            return SAMPLE
        copy = self.folder / "schedules"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(SAMPLE, copy)
        for name, old, new in edits:
            path = copy / name
            text = path.read_text() if path.exists() else ""
            assert old in text, f"{name} does not hold {old!r}"
            (copy / name).write_text(text.replace(old, new))
        return copy

    def start_python(
        self,
        namespace: Namespace,
        *arguments: str | Path,
        before: Sequence[str] = (),
        **options: Any,
    ) -> Process:
        environment = {**os.environ, "PYTHONPATH": f"{TOP / 'addon'}:{TOP}"}
        if arguments[:2] == BELLGATE and not before:
            return namespace.start_bellgate(*arguments[2:], cwd=TOP, env=environment, **options)
        return namespace.start(
            *before, sys.executable, *arguments, cwd=TOP, env=environment, **options
        )

    def contacts(self, after: int = 0) -> list[str]:
        """What reached the internet, in order: `tcp ADDRESS PORT`, `tls NAME`, `http HOST …`."""
        path = self.folder / "contacts"
        return path.read_text().splitlines()[after:] if path.exists() else []

    def contacted(self, name: str, after: int = 0) -> list[str]:
        """What of that has to do with one name, or with the addresses it leads to."""
        addresses = {f"tcp {self.address(name, version)} {port}" for version in (4, 6)
                     for port in (80, 443)}  # fmt: skip
        return [line for line in self.contacts(after) if name in line.split() or line in addresses]

    def stop_gates(self) -> None:
        for gate in self._gates:
            gate.stop()
        self._gates.clear()

    def close(self) -> None:
        self.stop_gates()
        for namespace in reversed(self._namespaces):
            namespace.remove()


def open_lab(folder: Path, names: Sequence[str]) -> Iterator[Lab]:
    """For fixtures: a lab that is gone afterwards, whatever happened."""
    lab = Lab(folder, names)
    try:
        yield lab
    finally:
        lab.close()


# For what asks for more in seconds than a class does in an hour: an edit of the files.
A_LARGER_SHARE = (
    "school.yaml",
    "timezone:",
    "gate: {burst: 20000, new_connections: 9000 a second}\ntimezone:",
)
