"""Whose a connection is, when somebody copies a card, shares one, or comes where none proves much.

One Monday morning in session. Every row is somebody who asks for Facebook; what follows is what
the record may say of them, and `explain --from` says the same.
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.network import TOP, Device, Lab
from tests.lab.school import Gate

FACEBOOK, REDDIT = "www.facebook.com", "www.reddit.com"
MORNING = "2026-11-23 10:15"
LEASES = """\
1900000000 3c:22:fb:00:00:31 10.77.20.31 staff-laptop-07 01:3c:22:fb:00:00:31
1900000000 7a:11:22:33:44:55 10.77.20.99 other-phone 01:7a:11:22:33:44:55
1900000000 5005051 2001:db8:20:5::32 staff-laptop-08 00:01:00:01:2a:bb:cc:dd:3c:22:fb:00:00:31
1900000000 3c:22:fb:00:00:32 10.77.20.32 staff-laptop-08 01:3c:22:fb:00:00:32
"""
TEACHERS_MAC = "3c:22:fb:00:00:31"


@dataclass(frozen=True)
class Whose:
    """What a record says of somebody."""

    groups: tuple[str, ...]
    attribution: str
    device: str | None = None
    claimed: str | None = None
    person: str | None = None
    ground: str | None = None

    @classmethod
    def of(cls, record: dict[str, Any]) -> "Whose":
        ours, user = record["bellgate"], record["user"]
        return cls(
            tuple(user["roles"]), ours["attribution"], record.get("device", {}).get("id"),
            ours.get("claimed"), user.get("id"), ours.get("ground"),
        )  # fmt: skip


TEACHER = Whose(("staff",), "held", "staff-laptop-07", person="stf-0042")
CLAIMED_BY_A_PUPIL = Whose(("pupils",), "unknown", claimed="staff-laptop-07")
CLAIMED_BY_A_GUEST = Whose(("guests",), "unknown", claimed="staff-laptop-07")


@pytest.fixture(scope="module")
def copied(lab: Lab) -> dict[str, Device]:
    """A pupil and a guest, each with the MAC of the teacher's laptop."""
    return {net: lab.device(net, 77, mac=TEACHERS_MAC) for net in ("pupils", "guests")}


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    leases = lab.folder / "kept-leases"
    leases.write_text(LEASES)
    edit = ("devices.yaml", "/var/lib/misc/dnsmasq.leases", str(leases))
    yield lab.gate(MORNING, edit)
    lab.stop_gates()


def ask(lab: Lab, device: Device, source: str, host: str = FACEBOOK, at: str = "") -> None:
    """Ask for a site from one of a device's addresses; it is closed for everybody here. `at`: the
    name whose server is dialled, if another."""
    version = 6 if ":" in source else 4
    with device.namespace.inside():
        zone = socket.if_nametoindex("card") if source.startswith("fe80") else 0
        with socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET) as client:
            client.settimeout(5)
            client.bind((source, 0, 0, zone) if version == 6 else (source, 0))
            client.connect((lab.address(at or host, version), 80))
            client.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 403")


def link_local(device: Device) -> str:
    """Made of the MAC, so that who copies the one has the other too."""
    said = device.namespace.run("ip", "-6", "addr", "show", "dev", "card", "scope", "link")
    [address] = re.findall(r"inet6 (fe80:\S+)/64", said.stdout)
    return str(address)


def explained(lab: Lab, source: str, *more: str) -> tuple[dict[str, Any], str]:
    """What `explain --from` says on the gateway, and what it says beside it."""
    done = subprocess.run(
        lab.gateway.argv([
            sys.executable, "-m", "bellgate.cli.main", "explain", "--from", source, *more,
            "--site", FACEBOOK, "--at", MORNING, "--json", "--state", lab.folder / "state",
            "--schedules", lab.folder / "schedules",
        ]),
        capture_output=True, text=True, check=True, cwd=TOP,
        env={**os.environ, "PYTHONPATH": f"{TOP / 'addon'}:{TOP}"},
    )  # fmt: skip
    return json.loads(done.stdout), done.stderr


def whose(lab: Lab, gate: Gate, device: Device, source: str, zone: str = "") -> Whose:
    """What comes on record of somebody, after it was seen that `explain` says the same."""
    before = len(gate.records())
    ask(lab, device, source)
    [record] = gate.records(after=before)
    assert record["source"]["ip"] == source
    found = Whose.of(record)
    said, beside = explained(lab, f"{source}%{zone}" if zone else source)
    assert beside == ""
    assert (said["group"], said["device"], said["attribution"], said["reason"]) == (
        found.groups[0], found.device, found.attribution, record["message"],
    )  # fmt: skip
    return found


@pytest.mark.parametrize("version", [4, 6])
def test_a_teacher_at_the_own_laptop_is_the_holder(lab: Lab, gate: Gate, version: int) -> None:
    assert whose(lab, gate, lab.staff, lab.staff.ip(version)) == TEACHER


@pytest.mark.parametrize("kind", ["IPv4", "IPv6", "link-local"])
def test_a_pupil_with_the_teachers_mac_is_a_pupil(
    lab: Lab, gate: Gate, copied: dict[str, Device], kind: str
) -> None:
    pupil = copied["pupils"]
    source = {"IPv4": pupil.ip4, "IPv6": pupil.ip6, "link-local": link_local(pupil)}[kind]
    zone = "pupils" if kind == "link-local" else ""
    assert whose(lab, gate, pupil, source, zone) == CLAIMED_BY_A_PUPIL


@pytest.mark.parametrize("kind", ["IPv4", "link-local"])
def test_away_from_home_it_is_a_guest_with_the_teachers_mac(
    lab: Lab, gate: Gate, copied: dict[str, Device], kind: str
) -> None:
    guest = copied["guests"]
    source = guest.ip4 if kind == "IPv4" else link_local(guest)
    zone = "guests" if kind == "link-local" else ""
    assert whose(lab, gate, guest, source, zone) == CLAIMED_BY_A_GUEST


def test_the_teachers_own_link_local_address_is_on_the_staffs_network(lab: Lab, gate: Gate) -> None:
    assert whose(lab, gate, lab.staff, link_local(lab.staff), "staff") == TEACHER


def test_a_repeater_in_the_staff_room_names_nobody(lab: Lab, gate: Gate) -> None:
    """The teacher's card answers for a phone too, to which the school leased an address."""
    lab.staff.namespace.ip("addr", "add", "10.77.20.99/24", "dev", "card")
    try:
        phone = whose(lab, gate, lab.staff, "10.77.20.99")
        assert phone == Whose(("staff",), "address", "staff-laptop-07", ground="lease-differs")
        ask(lab, lab.staff, lab.staff.ip4, REDDIT)
        laptop = Whose.of(gate.records()[-1])
        assert laptop == Whose(("staff",), "address", "staff-laptop-07", ground="shared-mac")
    finally:
        lab.staff.namespace.ip("addr", "del", "10.77.20.99/24", "dev", "card")


def test_the_mac_in_a_copied_duid_names_nobody_and_is_no_card(lab: Lab, gate: Gate) -> None:
    """Behind the annexe's router sits a laptop that was set up from another one's image."""
    annexe, laptop = lab.device("staff", 40), "2001:db8:20:5::32"
    annexe.namespace.ip("addr", "add", laptop, "dev", "lo")
    lab.gateway.ip("route", "add", laptop, "via", annexe.ip6)
    try:
        found = whose(lab, gate, annexe, laptop)
        assert (found.attribution, found.person, found.ground) == ("address", None, "duid")
        assert "mac" not in gate.records()[-1]["source"]
    finally:
        lab.gateway.ip("route", "del", laptop, "via", annexe.ip6)


def test_explain_takes_a_mac_and_says_when_no_gate_could_be_asked(lab: Lab, gate: Gate) -> None:
    said, _ = explained(lab, "10.77.20.7", "--mac", "3C-22-FB-00-00-31")
    assert (said["device"], said["attribution"]) == ("staff-laptop-07", "held")
    lab.stop_gates()
    said, beside = explained(lab, "10.77.20.31")
    assert (said["device"], said["group"]) == (None, "staff")
    assert "Nobody could be asked which MAC has 10.77.20.31: no gate is running" in beside
    assert "add --mac M" in beside
    said, beside = explained(lab, "10.77.20.31", "--mac", TEACHERS_MAC)
    assert said["device"] == "staff-laptop-07"
    assert "So this answer uses the address and the MAC that you gave." in beside
