"""Days of school in minutes, on an installed gateway whose services go by a time that jumps from
one hour to the next: a day with a device on each of two networks and one behind a router, then a
week with 300. What the clients tried stands in the record, all of it and nothing else, and neither
the gate nor the sentry grows.

Started by `./tests/run machine`.
"""

import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.policy.action import is_open
from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.schedules.load import load
from tests.lab.fast_time import FastTime
from tests.lab.namespace import Namespace
from tests.lab.open_connection import OpenConnection
from tests.lab.school import TOP, wait_for
from tests.machine.site import FACEBOOK, OPEN, OTHERS, WIRES, Site

pytestmark = pytest.mark.timeout(3600)

FIRST_DAY = date(2026, 11, 30)
"""A Monday; the week that follows has no INSET day and no closure."""
# In a lesson, at playtime, at lunch, after lunch, and when pupils are at home.
HOURS = ((8, 56), (10, 35), (12, 25), (13, 30), (17, 0))
MANY = {"pupils": 150, "staff": 75}
BEHIND = 75
PAGES = 12
"""Of what nobody closes, beside each visit to what somebody does."""
MOST_GROWN_BYTES = 15 << 20
MOST_BYTES = 200 << 20
"""Of the gate, and of the sentry."""
SERVICES = ("rules", "gate", "sentry", "console")


@dataclass
class Devices:
    """What lives in one namespace, as `crowd.py` wants it: card, address, whom it asks."""

    namespace: Namespace
    each: list[tuple[str, str, str]]


@dataclass
class School:
    """A site whose services' time a test moves on, and what was tried there."""

    site: Site
    time: FastTime
    policy: Policy
    devices: list[Devices]
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of each address and host, the attempts that were closed."""
    connections: int = 0

    def jump(self, to: datetime) -> None:
        self.time.jump(to)
        wait_for(lambda: datetime.fromisoformat(self.status()["now"]) >= to, "the clock", 20)

    def status(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(
            self.site.machine.run("bellgate", "status", "--json").stdout
        )
        return said

    def browse(self) -> None:
        """Everybody, everywhere at once; what comes of it is what the files say of the moment."""
        now = self.time.now()
        hosts = [*[OPEN] * PAGES, FACEBOOK]
        running = [self._sent_out(some, hosts) for some in self.devices]
        for process in running:
            said, _ = process.communicate()
            for ip, host, fate in json.loads(said):
                self.connections += 1
                wanted = "open" if self._is_open(ip, host, now) else "closed"
                assert fate == wanted, (ip, host, now, fate)
                if fate == "closed":
                    self.tried[ip, host] += 1

    def _sent_out(self, some: Devices, hosts: list[str]) -> "subprocess.Popen[str]":
        order = self.site.folder / f"order-{some.namespace.name}"
        order.write_text(json.dumps({"devices": some.each, "hosts": hosts}) + "\n")
        words = [sys.executable, "-m", "tests.machine.crowd", self.site.authority]
        with order.open() as given:
            return subprocess.Popen(
                some.namespace.argv(words), stdin=given, stdout=subprocess.PIPE, text=True,
                cwd=TOP, env={**os.environ, "PYTHONPATH": f"{TOP / 'addon'}:{TOP}"},
            )  # fmt: skip

    def _is_open(self, ip: str, host: str, now: datetime) -> bool:
        return is_open(decide(self.policy, Connection(ip, "tls", (host,)), now).action)

    def recorded(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for record in self.site.records("block"):
            key = record["source"]["ip"], record["url"]["domain"]
            found[key] += record["bellgate"]["repeat"]
        return found

    def resident(self) -> dict[str, int]:
        """Bytes of memory of the gate and the sentry, as the kernel counts them."""
        found = {}
        for name in ("gate", "sentry"):
            shown = self.site.machine.run("systemctl", "show", "--property=MainPID", "--value",
                                          f"bellgate-{name}").stdout  # fmt: skip
            status = self.site.machine.run("cat", f"/proc/{shown.strip()}/status").stdout
            [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
            found[name] = int(line.split()[1]) * 1024
        return found

    def day(self, day: date) -> None:
        for hour, minute in HOURS:
            moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            self.jump(moment)
            self.browse()
        # What is due at night is done, and what waits is written.
        self.jump(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=27.5))

    def says(self, when: str) -> dict[str, int]:
        now = self.resident()
        shown = ", ".join(f"{name} {size / 2**20:.1f} MB" for name, size in now.items())
        print(f"{when}: {self.connections} connections, {shown}", flush=True)
        return now


@pytest.fixture(scope="module")
def school(site: Site) -> Iterator[School]:
    """Its services go by the time of a file; nothing sets a clock."""
    behind = site.behind_a_router("staff", 40)
    files = site.machine.root / "etc/bellgate/schedules"
    text = (files / "devices.yaml").read_text()
    networks = '  10.77.40.0/24: staff\n  "2001:db8:40::/64": staff\n'
    (files / "devices.yaml").write_text(
        text.replace("\nnetworks:\n", f"\nnetworks:\n{networks}").replace(
            "leases: /var/lib/misc/dnsmasq.leases\n", ""
        )
    )
    begun = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 7, tzinfo=UTC)
    time = FastTime.begun(site.folder / "others" / "time", begun)
    units = site.machine.root / "etc/systemd/system"
    for name in SERVICES:
        lines = (units / f"bellgate-{name}.service").read_text().splitlines()
        [start] = [line for line in lines if line.startswith("ExecStart=")]
        command, *words = shlex.split(start.removeprefix("ExecStart="))
        folder = units / f"bellgate-{name}.service.d"
        folder.mkdir()
        python = Path(command).parent / "python"
        (folder / "time.conf").write_text(
            "[Service]\nEnvironment=PYTHONPATH=/mnt/checkout\nExecStart=\n"
            f"ExecStart={python} -m tests.lab.fast_time {OTHERS}/time {' '.join(words)}\n"
        )
    site.machine.run("systemctl", "daemon-reload")
    site.machine.run("systemctl", "restart", *(f"bellgate-{name}" for name in SERVICES))
    policy = load(files, today=FIRST_DAY).policy
    assert policy is not None
    few = [
        Devices(d.namespace, [("card", d.ip(version), server) for version in (4, 6)])
        for d, server in (
            (site.pupil, "10.77.10.1"), (site.staff, "10.77.20.1"), (behind, "10.77.20.1"),
        )
    ]  # fmt: skip
    for some in few:
        some.each = [(card, ip, _server(ip, server)) for card, ip, server in some.each]
    made = School(site, time, policy, few)
    wait_for(lambda: datetime.fromisoformat(made.status()["now"]) >= begun, "the new time", 30)
    yield made


def _server(ip: str, server: str) -> str:
    """Our DNS, by the kind of address that a device has."""
    return server if ":" not in ip else f"2001:db8:{server.split('.')[2]}::1"


def test_a_day_of_school(school: School) -> None:
    school.says("in the morning")
    school.day(FIRST_DAY)
    school.says("at night")
    wait_for(lambda: school.recorded() == school.tried, "the records", 40)
    assert school.tried, "something was closed"


def test_what_is_open_at_lunch_is_cut_at_one_everywhere(school: School) -> None:
    """Staff are back in session then; a pupil had nothing open."""
    before = len(school.site.records("cut"))
    day = FIRST_DAY + timedelta(days=1)
    school.jump(datetime(day.year, day.month, day.day, 12, 25, tzinfo=UTC))
    _, staff, behind = school.devices
    addresses = {4: "198.51.100.3", 6: "2001:db8:51::3"}
    opened = [
        OpenConnection(school.site.authority, some.namespace, FACEBOOK, address)
        for some in (staff, behind)
        for address in addresses.values()
    ]
    assert all(one.is_there for one in opened)
    school.time.jump(datetime(day.year, day.month, day.day, 13, 0, tzinfo=UTC))
    assert [one.ended_within(3) for one in opened] == [True] * 4
    school.jump(datetime(day.year, day.month, day.day, 13, 5, tzinfo=UTC))
    cuts = lambda: school.site.records("cut")[before:]  # noqa: E731
    wait_for(lambda: sum(r["bellgate"]["repeat"] for r in cuts()) == 4, "the records", 20)
    assert all(r["bellgate"]["carried_over"] for r in cuts())
    at = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
    school.jump(at)


def many(site: Site, wire: str, number: int) -> Devices:
    """So many devices on one wire, each with a card of its own; every second has IPv6 alone."""
    carrier = site.device(wire, 99)
    namespace, network = carrier.namespace, WIRES[wire]
    namespace.set(
        ipv4__conf__all__arp_ignore="1", ipv4__conf__all__arp_announce="2",
        ipv6__conf__default__dad_transmits="0",
    )  # fmt: skip
    each, lines = [], []
    for n in range(number):
        card, host = f"m{n}", 100 + n
        mac = f"3c:22:fb:01:{network:02x}:{n:02x}"
        ip4, ip6 = f"10.77.{network}.{host}", f"2001:db8:{network}::{host:x}"
        lines += [
            f"link add link card name {card} address {mac} type macvlan mode bridge",
            f"link set {card} up",
        ]
        if n % 2:
            lines += [
                f"addr add {ip6}/64 dev {card} nodad",
                f"route add default via 2001:db8:{network}::1 dev {card} metric {2000 + n}",
            ]
            each.append((card, ip6, f"2001:db8:{network}::1"))
        else:
            lines += [
                f"addr add {ip4}/24 dev {card}",
                f"route add default via 10.77.{network}.1 dev {card} metric {2000 + n}",
            ]
            each.append((card, ip4, f"10.77.{network}.1"))
    namespace.ip_batch(*lines)
    return Devices(namespace, each)


def many_behind(behind: Devices, number: int) -> Devices:
    """So many addresses on the network behind the router."""
    lines, each = [], []
    for n in range(number):
        ip = f"2001:db8:40::{100 + n:x}" if n % 2 else f"10.77.40.{100 + n}"
        lines.append(f"addr add {ip}/{'64' if n % 2 else '24'} dev card")
        each.append(("card", ip, _server(ip, "10.77.20.1")))
    behind.namespace.ip_batch(*(f"{line} nodad" if ":" in line else line for line in lines))
    return Devices(behind.namespace, each)


def test_a_week_with_300_devices(school: School) -> None:
    site = school.site
    *_, behind = school.devices
    school.devices = [many(site, wire, number) for wire, number in MANY.items()]
    school.devices.append(many_behind(behind, BEHIND))
    assert sum(len(some.each) for some in school.devices) == 300
    school.says("on Sunday")
    sizes = []
    monday = FIRST_DAY + timedelta(days=7)
    for number in range(5):
        day = monday + timedelta(days=number)
        school.day(day)
        sizes.append(school.says(f"{day:%A}, at night"))
        wait_for(lambda: school.recorded() == school.tried, "the records", 60)
    print(f"300 devices, {school.connections} connections, "
          f"{sum(school.tried.values())} closed and recorded", flush=True)  # fmt: skip
    said = school.status()
    assert said["undecided"] == {"passed": 0, "refused": 0} and said["sentry"]["lost"] == 0
    assert said["refused"] == 0, "nobody had too many"
    for name in ("gate", "sentry"):
        # The first days fill the tables, which then have their size. What a night's work needed for
        # a while may stay with the process, so the highest of each half is compared.
        by_wednesday, since = (max(size[name] for size in some) for some in (sizes[:3], sizes[3:]))
        assert since - by_wednesday < MOST_GROWN_BYTES and since < MOST_BYTES, name
    assert '"ok": true' in site.machine.run("bellgate", "audit", "verify", "--json").stdout
