"""Addresses -> devices, groups, holders: a device is not a person."""

from datetime import UTC, datetime

import pytest

from bellgate.policy.facts import Connection, Doubt, SignIn
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
        # away: the group of the network, the device and the person of nobody
        ("10.77.10.31", STAFF, (None, "pupils", "unknown", None)),
        ("10.77.20.21", SHARED, (None, "staff", "unknown", None)),
        ("10.77.99.31", STAFF, (None, "guests", "unknown", None)),
        # on no network of the school a MAC proves nothing
        ("192.0.2.31", STAFF, (None, "guests", "unknown", None)),
        ("fe80::31", STAFF, (None, "guests", "unknown", None)),
        ("169.254.7.31", STAFF, (None, "guests", "unknown", None)),
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
    ("ip", "claimed"),
    [
        ("10.77.10.31", "staff-laptop"),
        ("192.0.2.31", "staff-laptop"),
        ("fe80::31", "staff-laptop"),
        ("10.77.20.31", None),
    ],
)
def test_a_mac_away_from_its_network_is_a_claim_and_no_device(ip: str, claimed: str | None) -> None:
    """A pupil copies the teacher's MAC: what acts for a device finds none to act for."""
    who = DIRECTORY.identify(ip, STAFF, NOVEMBER)
    assert (who.claimed.name if who.claimed else None) == claimed
    assert (who.device is None) is (claimed is not None)
    if claimed:
        assert who.trusts_certificate == who.group.trusts_certificate


PUPILS_CARD = ("10.77.10.1", "fe80::1")
STAFF_CARD = ("10.77.20.1", "2001:db8:20::1")


@pytest.mark.parametrize(
    ("ip", "interface", "found"),
    [
        # a link-local source is on the network of the interface that it came in by
        ("fe80::31", PUPILS_CARD, ("pupils", None)),
        ("fe80::31", STAFF_CARD, ("staff", "stf-1")),
        ("169.254.7.31", PUPILS_CARD, ("pupils", None)),
        # and so is any other that no network of the school holds
        ("2001:db8:99::31", PUPILS_CARD, ("pupils", None)),
        # its own network goes before the interface's
        ("10.77.20.31", PUPILS_CARD, ("staff", "stf-1")),
        # an interface on no network of the school, or on two with different groups, tells nothing
        ("fe80::31", ("192.0.2.1",), ("guests", None)),
        ("fe80::31", ("10.77.10.1", "10.77.20.1"), ("guests", None)),
    ],
)
def test_a_source_belongs_to_the_network_of_the_interface_it_came_in_by(
    ip: str, interface: tuple[str, ...], found: tuple[str, str | None]
) -> None:
    who = DIRECTORY.identify(ip, STAFF, NOVEMBER, interface=interface)
    assert (who.group.name, who.person) == found


@pytest.mark.parametrize("doubt", ["shared-mac", "lease-differs"])
def test_held_falls_to_address_where_the_evidence_contradicts_itself(doubt: Doubt) -> None:
    who = DIRECTORY.identify("10.77.20.31", STAFF, NOVEMBER, doubt=doubt)
    assert who.device is not None and who.device.name == "staff-laptop"
    assert (who.attribution, who.person, who.ground) == ("address", None, doubt)


def test_a_mac_out_of_a_duid_is_never_held() -> None:
    who = DIRECTORY.identify("2001:db8:20::5", None, NOVEMBER, doubt="duid", duid_mac=STAFF)
    assert (who.attribution, who.person, who.ground) == ("address", None, "duid")


def test_doubt_about_a_device_that_names_nobody_anyway_is_not_told() -> None:
    who = DIRECTORY.identify("10.77.10.21", SHARED, NOVEMBER, doubt="shared-mac")
    assert (who.attribution, who.ground) == ("shared", None)


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


SIGNED_IN = SignIn("stf-9", "5F3A")


@pytest.mark.parametrize(
    ("ip", "mac", "sign_in", "doubt", "found"),
    [
        # whoever is signed in, whatever the device
        ("10.77.20.31", STAFF, SIGNED_IN, None, ("signed-in", "stf-9", None)),
        ("10.77.10.21", SHARED, SIGNED_IN, None, ("signed-in", "stf-9", None)),
        ("10.77.20.99", STRANGE, SIGNED_IN, None, ("signed-in", "stf-9", None)),
        # a doubt about either names nobody, the holder included
        ("10.77.20.31", STAFF, SIGNED_IN, "shared-mac", ("address", None, "shared-mac")),
        ("10.77.20.31", STAFF, SignIn(doubt="sign-in-unnamed"), None,
         ("address", None, "sign-in-unnamed")),
        ("10.77.20.99", STRANGE, SignIn(doubt="sign-ins-differ"), None,
         ("address", None, "sign-ins-differ")),
        # away from the device's own network nothing is proven
        ("10.77.10.31", STAFF, SIGNED_IN, None, ("unknown", None, None)),
    ],
)  # fmt: skip
def test_a_sign_in_goes_before_the_holder_and_a_doubtful_one_names_nobody(
    ip: str, mac: str, sign_in: SignIn, doubt: Doubt | None,
    found: tuple[str, str | None, str | None],
) -> None:  # fmt: skip
    who = DIRECTORY.identify(ip, mac, NOVEMBER, doubt=doubt, sign_in=sign_in)
    assert (who.attribution, who.person, who.ground) == found
    assert who.accounting == ("5F3A" if who.person else None)


def test_a_connection_is_its_openers_only_while_the_session_lasts() -> None:
    opened = Connection("10.77.20.31", "tls", sign_in=SIGNED_IN)
    assert opened.later(SIGNED_IN) is opened
    for then in (None, SignIn("stf-8", "5F3B"), SignIn(doubt="sign-ins-differ")):
        assert opened.later(then).sign_in == SignIn(doubt="sign-in-over")
    before_anybody = Connection("10.77.20.31", "tls")
    assert before_anybody.later(SIGNED_IN) is before_anybody
