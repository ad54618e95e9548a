"""Addresses -> devices, groups, holders: a device is not a person."""

from datetime import UTC, datetime

import pytest

from bellgate.policy.who import Directory
from tests.policy.schools import DEVICES, GROUPS, NETWORKS

DIRECTORY = Directory(GROUPS, NETWORKS, DEVICES, "guests")
NOVEMBER = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
SHARED, STAFF, SERVER = "3c:00:00:00:00:21", "3c:00:00:00:00:31", "3c:00:00:00:00:41"
STRANGE = "3c:00:00:00:00:99"


@pytest.mark.parametrize(
    ("ip", "mac", "found"),
    [
        # a MAC on its own network
        ("10.77.20.31", STAFF, ("staff-laptop", "staff", "held", "stf-1")),
        ("10.77.10.21", SHARED, ("shared-laptop", "year-5", "shared", None)),
        ("2001:db8:20::7", STAFF, ("staff-laptop", "staff", "held", "stf-1")),
        ("10.77.20.40", SERVER, ("server", "staff", "unknown", None)),
        # away: the group of the network, the person of nobody
        ("10.77.10.31", STAFF, ("staff-laptop", "pupils", "unknown", None)),
        ("10.77.20.21", SHARED, ("shared-laptop", "staff", "unknown", None)),
        ("10.77.99.31", STAFF, ("staff-laptop", "guests", "unknown", None)),
        # an address alone is never more than an address
        ("10.77.20.5", None, ("office-pc", "staff", "address", None)),
        ("10.77.20.5", STRANGE, ("office-pc", "staff", "address", None)),
        ("10.77.20.6", None, ("server", "staff", "address", None)),
        # somebody else's MAC at the address of a device whose MAC is known
        ("10.77.20.6", STRANGE, (None, "staff", "unknown", None)),
        ("10.77.20.5", STAFF, ("staff-laptop", "staff", "held", "stf-1")),
        # IPv4 as a socket for both kinds of address writes it
        ("::ffff:10.77.20.5", None, ("office-pc", "staff", "address", None)),
        ("::ffff:10.77.10.9", None, (None, "pupils", "unknown", None)),
        # the longest network, else unknown_devices
        ("10.77.10.200", None, (None, "pupils", "unknown", None)),
        ("10.77.30.200", STRANGE, (None, "guests", "unknown", None)),
        ("192.0.2.1", None, (None, "guests", "unknown", None)),
        ("2001:db8:99::1", None, (None, "guests", "unknown", None)),
        ("fe80::1%eth0", None, (None, "guests", "unknown", None)),
    ],
)
def test_device_group_attribution_and_person(
    ip: str, mac: str | None, found: tuple[str | None, str, str, str | None]
) -> None:
    who = DIRECTORY.identify(ip, mac, NOVEMBER)
    name = who.device.name if who.device else None
    assert (name, who.group.name, who.attribution, who.person) == found


@pytest.mark.parametrize(
    ("at", "attribution", "person"),
    [
        (datetime(2026, 8, 31, 23, 59, 59, tzinfo=UTC), "unknown", None),
        (datetime(2026, 9, 1, tzinfo=UTC), "held", "stf-1"),
        (datetime(2026, 11, 30, tzinfo=UTC), "shared", None),  # both: so neither
        (datetime(2026, 12, 1, tzinfo=UTC), "held", "stf-2"),
        (datetime(2030, 1, 1, tzinfo=UTC), "held", "stf-2"),
    ],
)
def test_holders_take_turns(at: datetime, attribution: str, person: str | None) -> None:
    who = DIRECTORY.identify("10.77.20.31", STAFF, at)
    assert (who.attribution, who.person) == (attribution, person)


def test_what_is_remembered_of_addresses_is_bounded() -> None:
    directory = Directory(GROUPS, NETWORKS, DEVICES, "guests")
    for number in range(70_000):
        directory.identify(f"2001:db8::{number >> 8:x}:{number & 255:x}", None, NOVEMBER)
    assert len(directory._seen) <= 65_536


@pytest.mark.parametrize(
    ("device", "address"),
    [
        ("office-pc", "10.77.20.5"),
        ("staff-laptop", "10.77.20.1"),
        ("shared-laptop", "10.77.10.1"),  # its own group has no network: the one around it
    ],
)
def test_where_a_device_is_thought_of(device: str, address: str) -> None:
    found = next(d for d in DEVICES if d.name == device)
    assert DIRECTORY.own_address(found) == address
