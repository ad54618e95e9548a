"""Where the gate may connect to for a client: nothing inside, however its address is written."""

import ipaddress

import pytest

from bellgate.gate.dial import Destinations

SCHOOL = (ipaddress.ip_network("203.0.113.0/24"), ipaddress.ip_network("2001:db8:20::/64"))
"""The school's own networks may well have addresses of the internet."""
ATTACHED = "198.51.100.7"

BY_WHAT = {
    "as it is": "{}",
    "as IPv4 in IPv6": "::ffff:{}",
    "as a translator has it": "64:ff9b::{}",
    "as a translator of the school's own has it": "64:ff9b:1::{}",
    "as an old translator has it": "::ffff:0:{}",
    "as the oldest tunnels have it": "::{}",
}


def destinations(*reachable: str) -> Destinations:
    return Destinations(map(ipaddress.ip_network, reachable), SCHOOL, lambda ip: ip == ATTACHED)


@pytest.mark.parametrize("how", BY_WHAT)
@pytest.mark.parametrize(
    "inside", ["10.77.20.5", "127.0.0.1", "169.254.1.1", "203.0.113.5", ATTACHED]
)
def test_no_spelling_of_an_inside_address_is_dialled(how: str, inside: str) -> None:
    assert not destinations().permits(BY_WHAT[how].format(inside))
    assert destinations("::/0", "0.0.0.0/0").permits(BY_WHAT[how].format(inside))


@pytest.mark.parametrize("how", BY_WHAT)
def test_the_internet_is_dialled_by_any_of_them(how: str) -> None:
    assert destinations().permits(BY_WHAT[how].format("198.51.100.8"))


def by_6to4(ip: str) -> str:
    return str(ipaddress.IPv6Address((0x2002 << 112) | int(ipaddress.IPv4Address(ip)) << 80 | 1))


def by_teredo(ip: str) -> str:
    client = int(ipaddress.IPv4Address(ip)) ^ 0xFFFFFFFF
    return str(ipaddress.IPv6Address((0x20010000 << 96) | 1 << 64 | client))


def test_no_tunnel_leads_inside() -> None:
    for tunnel in (by_6to4, by_teredo):
        assert not destinations().permits(tunnel("10.77.20.5"))
        assert not destinations().permits(tunnel("203.0.113.5"))
        assert destinations().permits(tunnel("198.51.100.8"))


@pytest.mark.parametrize("ip", ["::", "::1", "fe80::1%2", "fd00::1", "2001:db8:20::9", "ff02::1"])
def test_what_is_inside_by_ipv6_is_not_dialled(ip: str) -> None:
    assert not destinations().permits(ip)
