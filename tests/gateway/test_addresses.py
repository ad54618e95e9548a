"""Who has which address, asked of a real kernel and of a lease file that changes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bellgate.gateway.addresses import AddressTable
from tests.lab.namespace import Namespace

ONE, TWO = "02:00:00:00:00:01", "02:00:00:00:00:02"


@pytest.fixture(scope="module")
def machine() -> Iterator[Namespace]:
    namespace = Namespace("addresses")
    namespace.ip_batch(
        "link add lan type veth peer name other",
        "link add staff type veth peer name staff-end",
        "link add wan type veth peer name wan-end",
        "addr add 10.77.10.1/24 dev lan",
        "addr add 2001:db8:10::1/64 dev lan nodad",
        "addr add 10.77.20.1/24 dev staff",
        "addr add 192.0.2.1/24 dev wan",
        "link set lan up",
        "link set other up",
        "link set staff up",
        "link set staff-end up",
        "link set wan up",
        "link set wan-end up",
        "route add default via 192.0.2.254",
    )
    yield namespace
    namespace.remove()


@contextmanager
def table_in(machine: Namespace, *leases: Path) -> Iterator[AddressTable]:
    """A table whose thread lives in the namespace."""
    table = AddressTable(leases)
    with machine.inside():
        table.start()  # threads begin where the one that starts them is
    try:
        yield table
    finally:
        table.close()
        assert not [t for t in threading.enumerate() if t.name == "addresses"]


def within_a_second(table: AddressTable, ip: str, mac: str | None) -> None:
    end = time.monotonic() + 1
    while table.sighting(ip).mac != mac:
        assert time.monotonic() < end, f"{ip} is {table.sighting(ip).mac}, not {mac}"
        time.sleep(0.01)


@pytest.fixture
def neighbour(machine: Namespace) -> Iterator[Callable[..., None]]:
    """Change the kernel's table as the network would."""

    def change(what: str, ip: str, *more: str) -> None:
        machine.ip("neigh", what, ip, "dev", "lan", *more)

    yield change
    machine.ip("neigh", "flush", "dev", "lan", "nud", "all")


@pytest.mark.parametrize("ip", ["10.77.10.21", "2001:db8:10::21"])
def test_neighbours_come_change_and_go(
    machine: Namespace, neighbour: Callable[..., None], ip: str
) -> None:
    neighbour("replace", ip, "lladdr", ONE, "nud", "stale")
    with table_in(machine) as table:
        assert table.sighting(ip).mac == ONE, "what is there at the start is known at the start"
        neighbour("replace", ip, "lladdr", TWO, "nud", "stale")
        within_a_second(table, ip, TWO)
        neighbour("del", ip)
        within_a_second(table, ip, None)
        neighbour("replace", ip, "lladdr", ONE, "nud", "stale")
        within_a_second(table, ip, ONE)
        assert table.sighting("10.77.10.22").mac is None


@pytest.mark.parametrize("ip", ["10.77.10.23", "2001:db8:10::23"])
def test_the_kernel_is_asked_of_a_neighbour_that_was_not_heard_of(
    machine: Namespace, neighbour: Callable[..., None], ip: str
) -> None:
    table = AddressTable()  # never started: it hears of nothing
    with machine.inside():
        assert table.sighting(ip).mac is None
        neighbour("replace", ip, "lladdr", ONE, "nud", "reachable")
        assert table.sighting(ip).mac is None, "one question a second"
        time.sleep(1)
        assert [table.sighting(ip).mac for _ in range(3)] == [ONE] * 3


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "203.0.113.9", "10.77.10.1", "nonsense", ""])
def test_what_is_no_neighbour_has_no_card(machine: Namespace, ip: str) -> None:
    machine.ip("route", "replace", "203.0.113.0/24", "via", "10.77.10.254")
    machine.ip("neigh", "replace", "10.77.10.254", "lladdr", TWO, "dev", "lan")
    with machine.inside():
        assert AddressTable().sighting(ip).mac is None


def test_an_address_is_found_however_a_socket_writes_it(
    machine: Namespace, neighbour: Callable[..., None]
) -> None:
    neighbour("replace", "fe80::21", "lladdr", ONE, "nud", "stale")
    with table_in(machine) as table:
        assert table.sighting("fe80::21%lan").mac == ONE
        assert table.sighting("FE80::21").mac == ONE
        assert table.sighting("::ffff:10.77.10.21").mac is None
        neighbour("replace", "10.77.10.21", "lladdr", TWO, "nud", "stale")
        within_a_second(table, "::ffff:10.77.10.21", TWO)


def test_leases_come_change_and_end(machine: Namespace, tmp_path: Path) -> None:
    file = tmp_path / "leases"
    with table_in(machine, file) as table:
        assert table.sighting("10.77.10.50").mac is None
        file.write_text(f"0 {ONE} 10.77.10.50 * *\n0 5 2001:db8:10::50 * 00:03:00:01:{ONE}\n")
        within_a_second(table, "10.77.10.50", ONE)
        assert table.sighting("2001:db8:10::50").duid_mac == ONE
        file.write_text(f"{int(time.time()) + 2} {TWO} 10.77.10.50 * *\n")
        within_a_second(table, "10.77.10.50", TWO)
        time.sleep(1.5)
        within_a_second(table, "10.77.10.50", None)
        file.write_text(f"0 {ONE} 10.77.10.50 * *\n")
        within_a_second(table, "10.77.10.50", ONE)
        file.unlink()
        within_a_second(table, "10.77.10.50", None)


def test_what_the_wire_shows_goes_before_what_was_given_out(
    machine: Namespace, neighbour: Callable[..., None], tmp_path: Path
) -> None:
    """An address that somebody took by hand is not attributed to the device it was leased to."""
    file = tmp_path / "leases"
    file.write_text(f"0 {ONE} 10.77.10.51 * *\n")
    with table_in(machine, file) as table:
        assert table.sighting("10.77.10.51").mac == ONE
        neighbour("replace", "10.77.10.51", "lladdr", TWO, "nud", "stale")
        within_a_second(table, "10.77.10.51", TWO)


def test_a_current_lease_to_another_card_contradicts_what_the_wire_shows(
    machine: Namespace, neighbour: Callable[..., None], tmp_path: Path
) -> None:
    file = tmp_path / "leases"
    later = int(time.time()) + 60
    file.write_text(f"{later} {ONE} 10.77.10.53 * *\n1 {ONE} 10.77.10.54 * *\n")
    for ip in ("10.77.10.53", "10.77.10.54"):
        neighbour("replace", ip, "lladdr", TWO, "nud", "stale")
    with table_in(machine, file) as table:
        assert table.sighting("10.77.10.53").doubt == "lease-differs"
        assert table.sighting("10.77.10.54").doubt is None, "that lease is over"
        neighbour("replace", "10.77.10.53", "lladdr", ONE, "nud", "stale")
        within_a_second(table, "10.77.10.53", ONE)
        assert table.sighting("10.77.10.53").doubt is None


def test_a_card_that_sends_from_two_addresses_at_once_is_doubted(
    machine: Namespace, neighbour: Callable[..., None]
) -> None:
    """Looking somebody up is no sign that anybody sends."""
    for ip in ("10.77.10.55", "10.77.10.56"):
        neighbour("replace", ip, "lladdr", ONE, "nud", "stale")
    with table_in(machine) as table:
        assert table.seen("10.77.10.55").doubt is None
        assert table.sighting("10.77.10.56").doubt is None
        assert table.seen("10.77.10.56").doubt == "shared-mac"
        assert table.sighting("10.77.10.55").doubt == "shared-mac"


def test_a_mac_in_a_duid_is_told_as_a_hint_and_never_as_the_card(
    machine: Namespace, neighbour: Callable[..., None], tmp_path: Path
) -> None:
    file = tmp_path / "leases"
    file.write_text(f"0 5 2001:db8:10::57 * 00:03:00:01:{ONE}\n")
    with table_in(machine, file) as table:
        hint = table.sighting("2001:db8:10::57")
        assert (hint.mac, hint.duid_mac, hint.doubt) == (None, ONE, "duid")
        neighbour("replace", "2001:db8:10::57", "lladdr", TWO, "nud", "stale")
        within_a_second(table, "2001:db8:10::57", TWO)
        seen = table.sighting("2001:db8:10::57")
        assert (seen.duid_mac, seen.doubt) == (None, None)


def test_a_source_outside_of_its_interfaces_prefixes_came_through_another_router(
    machine: Namespace, neighbour: Callable[..., None], tmp_path: Path
) -> None:
    """A router that answers for what lies behind it lends its own card to all of them."""
    machine.ip("route", "replace", "10.99.0.0/24", "dev", "lan")
    neighbour("replace", "10.99.0.7", "lladdr", TWO, "nud", "reachable")
    file = tmp_path / "leases"
    file.write_text(f"0 {ONE} 10.99.0.8 * *\n")
    with table_in(machine, file) as table, machine.inside():
        routed = table.sighting("10.99.0.7")
        assert routed.mac is None
        assert "10.77.10.1" in routed.interface, "the interface that leads back to it is known"
        assert table.sighting("10.99.0.8").mac == ONE, "its lease tells whose it is"
    machine.ip("route", "del", "10.99.0.0/24", "dev", "lan")


def test_the_same_link_local_address_on_two_segments_is_two_devices(
    machine: Namespace, neighbour: Callable[..., None]
) -> None:
    neighbour("replace", "fe80::31", "lladdr", ONE, "nud", "stale")
    machine.ip("neigh", "replace", "fe80::31", "dev", "staff", "lladdr", TWO, "nud", "stale")
    with table_in(machine) as table:
        pupil, teacher = table.sighting("fe80::31%lan"), table.sighting("fe80::31%staff")
        assert (pupil.mac, teacher.mac) == (ONE, TWO)
        assert "10.77.10.1" in pupil.interface and "10.77.20.1" not in pupil.interface
        assert "10.77.20.1" in teacher.interface
        assert table.sighting("fe80::31").mac is None, "without its zone it is either's"
    machine.ip("neigh", "flush", "dev", "staff", "nud", "all")


def test_what_is_attached_on_the_schools_side_is_told_from_the_internets(
    machine: Namespace,
) -> None:
    with table_in(machine) as table, machine.inside():
        assert table.is_connected("10.77.10.9")
        assert table.is_connected("2001:db8:10::9")
        assert not table.is_connected("192.0.2.9"), "that is where the provider's router is"
        assert not table.is_connected("203.0.113.9")
        machine.ip("addr", "add", "198.51.100.7/32", "dev", "lo")
        assert not table.is_connected("198.51.100.7"), "an address alone is no segment"
        assert "2001:db8:10::/64" in table.connected
        assert "192.0.2.0/24" not in table.connected
        machine.ip("addr", "add", "2001:db8:77::1/64", "dev", "staff", "nodad")
        end = time.monotonic() + 1
        while not table.is_connected("2001:db8:77::9"):
            assert time.monotonic() < end, "a prefix that was added is not known"
            time.sleep(0.01)
    machine.ip("addr", "del", "2001:db8:77::1/64", "dev", "staff")


def test_leases_of_several_servers_are_read_together(machine: Namespace, tmp_path: Path) -> None:
    dnsmasq, kea = tmp_path / "dnsmasq.leases", tmp_path / "kea-leases4.csv"
    dnsmasq.write_text(f"0 {ONE} 10.77.10.58 * *\n")
    kea.write_text(
        f"address,hwaddr,valid_lifetime,expire,state\n10.77.10.59,{TWO},4294967295,1,0\n"
    )
    with table_in(machine, dnsmasq, kea) as table:
        within_a_second(table, "10.77.10.58", ONE)
        within_a_second(table, "10.77.10.59", TWO)


def test_a_lease_file_that_cannot_be_read_costs_only_the_leases(
    machine: Namespace, neighbour: Callable[..., None], tmp_path: Path
) -> None:
    neighbour("replace", "10.77.10.52", "lladdr", ONE, "nud", "stale")
    folder = tmp_path / "leases"
    folder.mkdir()
    with table_in(machine, folder) as table:
        assert table.sighting("10.77.10.52").mac == ONE
        neighbour("replace", "10.77.10.52", "lladdr", TWO, "nud", "stale")
        within_a_second(table, "10.77.10.52", TWO)


def test_a_flood_of_neighbours_is_followed(machine: Namespace) -> None:
    """More changes at once than the kernel keeps for us: still right within a second."""
    lines = [
        f"neigh replace 10.77.10.{n} lladdr 02:00:00:00:{i:02x}:{n:02x} dev lan nud stale"
        for i in range(20)
        for n in range(2, 250)
    ]
    with table_in(machine) as table:
        machine.ip_batch(*lines)
        within_a_second(table, "10.77.10.249", "02:00:00:00:13:f9")
        assert table.sighting("10.77.10.2").mac == "02:00:00:00:13:02"
    machine.ip("neigh", "flush", "dev", "lan", "nud", "all")


def test_closed_it_holds_no_descriptor(machine: Namespace) -> None:
    def held() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    with table_in(machine) as table:
        assert held() > before
        table.close()
        assert held() == before
