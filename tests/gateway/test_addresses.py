"""Who has which address, asked of a real kernel and of a lease file that changes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bellgate.gateway.addresses import AddressTable
from bellgate.gateway.neighbour import neighbour as ask_the_kernel
from tests.lab.namespace import Namespace

ONE, TWO = "02:00:00:00:00:01", "02:00:00:00:00:02"


@pytest.fixture(scope="module")
def machine() -> Iterator[Namespace]:
    namespace = Namespace("addresses")
    namespace.ip_batch(
        "link add lan type veth peer name other",
        "addr add 10.77.10.1/24 dev lan",
        "addr add 2001:db8:10::1/64 dev lan nodad",
        "link set lan up",
        "link set other up",
    )
    yield namespace
    namespace.remove()


@contextmanager
def table_in(machine: Namespace, leases: Path | None = None) -> Iterator[AddressTable]:
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
    while table.mac_of(ip) != mac:
        assert time.monotonic() < end, f"{ip} is {table.mac_of(ip)}, not {mac}"
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
        assert table.mac_of(ip) == ONE, "what is there at the start is known at the start"
        neighbour("replace", ip, "lladdr", TWO, "nud", "stale")
        within_a_second(table, ip, TWO)
        neighbour("del", ip)
        within_a_second(table, ip, None)
        neighbour("replace", ip, "lladdr", ONE, "nud", "stale")
        within_a_second(table, ip, ONE)
        assert table.mac_of("10.77.10.22") is None


@pytest.mark.parametrize("ip", ["10.77.10.23", "2001:db8:10::23"])
def test_the_kernel_is_asked_of_a_neighbour_that_was_not_heard_of(
    machine: Namespace, neighbour: Callable[..., None], ip: str
) -> None:
    table = AddressTable()  # never started: it hears of nothing
    with machine.inside():
        assert table.mac_of(ip) is None
        neighbour("replace", ip, "lladdr", ONE, "nud", "reachable")
        assert table.mac_of(ip) is None, "one question a second"
        time.sleep(1)
        assert [table.mac_of(ip) for _ in range(3)] == [ONE] * 3


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "203.0.113.9", "10.77.10.1", "nonsense", ""])
def test_what_is_no_neighbour_has_no_card(machine: Namespace, ip: str) -> None:
    machine.ip("route", "replace", "203.0.113.0/24", "via", "10.77.10.254")
    machine.ip("neigh", "replace", "10.77.10.254", "lladdr", TWO, "dev", "lan")
    with machine.inside():
        assert ask_the_kernel(ip) is None


def test_an_address_is_found_however_a_socket_writes_it(
    machine: Namespace, neighbour: Callable[..., None]
) -> None:
    neighbour("replace", "fe80::21", "lladdr", ONE, "nud", "stale")
    with table_in(machine) as table:
        assert table.mac_of("fe80::21%lan") == ONE
        assert table.mac_of("FE80::21") == ONE


def test_leases_come_change_and_end(machine: Namespace, tmp_path: Path) -> None:
    file = tmp_path / "leases"
    with table_in(machine, file) as table:
        assert table.mac_of("10.77.10.50") is None
        file.write_text(f"0 {ONE} 10.77.10.50 * *\n0 5 2001:db8:10::50 * 00:03:00:01:{ONE}\n")
        within_a_second(table, "10.77.10.50", ONE)
        assert table.mac_of("2001:db8:10::50") == ONE
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
        assert table.mac_of("10.77.10.51") == ONE
        neighbour("replace", "10.77.10.51", "lladdr", TWO, "nud", "stale")
        within_a_second(table, "10.77.10.51", TWO)


def test_a_lease_file_that_cannot_be_read_costs_only_the_leases(
    machine: Namespace, neighbour: Callable[..., None], tmp_path: Path
) -> None:
    neighbour("replace", "10.77.10.52", "lladdr", ONE, "nud", "stale")
    folder = tmp_path / "leases"
    folder.mkdir()
    with table_in(machine, folder) as table:
        assert table.mac_of("10.77.10.52") == ONE
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
        assert table.mac_of("10.77.10.2") == "02:00:00:00:13:02"
    machine.ip("neigh", "flush", "dev", "lan", "nud", "all")


def test_closed_it_holds_no_descriptor(machine: Namespace) -> None:
    def held() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    with table_in(machine) as table:
        assert held() > before
        table.close()
        assert held() == before
