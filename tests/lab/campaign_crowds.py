"""One device's share, whoever it is: invented cards and addresses gain nothing, new phones browse.

A listed laptop that asks as fast as it can is the measure.
"""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.network import TOP, Device, Lab
from tests.lab.school import Gate

BBC = "www.bbc.co.uk"
SECONDS, ROUTED_SECONDS = 24.0, 8.0
INVENTED, INVENTED_EVERY = 20, 3.0
"""Cards; in seconds: twenty a minute."""
PHONES, PAGES, PARTS = 60, 2, 5


IN_SESSION = "2026-11-23 10:15"
A_SMALLER_SHARE = (
    "school.yaml",
    "timezone:",
    "gate: {burst: 100, new_connections: 20 a second}\ntimezone:",
)
"""So that also a slow machine asks for more than it."""


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    yield lab.gate(IN_SESSION)
    lab.stop_gates()


@pytest.fixture
def sparing_gate(lab: Lab) -> Iterator[Gate]:
    yield lab.gate(IN_SESSION, A_SMALLER_SHARE)
    lab.stop_gates()


def add_card(device: Device, lab: Lab, host: int) -> str:
    """One more card for a machine on the guests' network; its address, which sends by it alone."""
    card, cable = f"card{host}", f"spare{host}"
    address, table = f"10.77.30.{host}", str(host)
    lab.gateway.ip_batch(
        f"link add {cable} type veth peer name {card} address 02:00:00:77:00:{host:02x} "
        f"netns {device.namespace.name}",
        f"link set {cable} master guests up",
    )
    device.namespace.ip_batch(
        f"addr add {address}/32 dev {card}",
        f"link set {card} up",
        f"rule add from {address} lookup {table}",
        f"route add 10.77.30.1 dev {card} table {table}",
        f"route add default via 10.77.30.1 dev {card} table {table}",
    )
    return address


@pytest.fixture(scope="module")
def crowded(lab: Lab) -> Device:
    """A machine that answers for each of its cards by that card alone."""
    machine = lab.device("guests", 9)
    machine.namespace.set(ipv4__conf__all__arp_ignore="1", ipv4__conf__all__arp_announce="2")
    return machine


def greedy(
    device: Device, server: str, seconds: float, addresses: list[str], every: float = 60
) -> "subprocess.Popen[bytes]":
    return device.namespace.start(
        "env", f"PYTHONPATH={TOP}", "python", "-m", "tests.lab.greedy",
        BBC, server, str(seconds), str(every), *addresses,
        cwd=TOP, stdout=subprocess.PIPE,
    )  # fmt: skip


def served(asker: "subprocess.Popen[bytes]") -> int:
    said, _ = asker.communicate(timeout=60)
    made, got = map(int, said.split())
    assert made > 1.1 * got, "it did not ask for more than it got"
    return got


def browse(lab: Lab, phone: Device, address: str, after: float) -> int:
    """Two pages with their parts, a while after each other; how many came."""
    time.sleep(after)
    came = 0
    for _ in range(PAGES):
        for _ in range(PARTS):
            where = lab.address(BBC), 80
            try:
                with phone.namespace.connect(*where, source=address) as connection:
                    connection.sendall(f"GET / HTTP/1.1\r\nHost: {BBC}\r\n\r\n".encode())
                    came += connection.recv(100).startswith(b"HTTP/1.1 200")
            except OSError:
                continue
        time.sleep(1)
    return came


def test_invented_cards_gain_nothing_and_sixty_new_phones_browse_beside_them(
    lab: Lab, gate: Gate, crowded: Device
) -> None:
    """The phones come within less than half a minute, and the inventor was there first."""
    invented = [add_card(crowded, lab, 20 + n) for n in range(INVENTED)]
    phones = [add_card(crowded, lab, 100 + n) for n in range(PHONES)]
    measure = greedy(lab.pupil, lab.address(BBC), SECONDS, [lab.pupil.ip4])
    inventor = greedy(crowded, lab.address(BBC), SECONDS, invented, INVENTED_EVERY)
    with ThreadPoolExecutor(PHONES) as pool:
        times = [1 + n * (SECONDS - 5) / PHONES for n in range(PHONES)]
        came = list(pool.map(lambda p, t: browse(lab, crowded, p, t), phones, times))
    one, many = served(measure), served(inventor)
    print(f"one laptop {one}, invented cards {many}, phones {sum(came)}")
    assert came == [PAGES * PARTS] * PHONES
    assert many <= 2 * one


def test_five_hundred_addresses_of_a_routed_network_gain_nothing(
    lab: Lab, sparing_gate: Gate
) -> None:
    annexe, prefix = lab.device("pupils", 40), "2001:db8:10:5::"
    annexe.namespace.ip("route", "add", "local", f"{prefix}/64", "dev", "lo")
    annexe.namespace.set(ipv6__ip_nonlocal_bind="1")
    lab.gateway.ip("route", "add", f"{prefix}/64", "via", annexe.ip6)
    addresses = [f"{prefix}{n:x}" for n in range(1, 501)]
    measure = greedy(lab.staff, lab.address(BBC, 6), ROUTED_SECONDS, [lab.staff.ip6])
    router = greedy(annexe, lab.address(BBC, 6), ROUTED_SECONDS, addresses, every=0.01)
    one, many = served(measure), served(router)
    print(f"one laptop {one}, 500 addresses {many}")
    assert one / 2 <= many <= 2 * one
