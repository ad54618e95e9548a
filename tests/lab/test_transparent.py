"""The gate as the kernel brings connections to it: who is known by what, and what it withstands."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from bellgate.gateway.kernel_rules import Diversion, rules
from tests.lab.dhcp import lease4, lease6
from tests.lab.network import NETWORKS, PORT, Device, Lab
from tests.lab.school import Gate, wait_for
from tests.lab.visits import Visit, Way

FACEBOOK, BBC, GOV = "www.facebook.com", "www.bbc.co.uk", "www.gov.uk"
MORNING, LUNCH = "2026-11-23 10:15", "2026-11-23 12:30"


@pytest.fixture(autouse=True)
def as_before(lab: Lab) -> Iterator[None]:
    """Each test has a gate of its own, and leaves the product's rules in force."""
    yield
    lab.stop_gates()
    lab.divert()


def is_open(lab: Lab, device: Device, host: str = BBC, way: Way | None = None) -> bool:
    return Visit(lab, device, host, way or Way()).make().fate == "open"


def descriptors(gate: Gate) -> int:
    return len(list(Path(f"/proc/{gate.process.pid}/fd").iterdir()))


def memory(gate: Gate) -> float:
    """Resident, in MB."""
    pages = int(Path(f"/proc/{gate.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_several_modes_and_both_kinds_of_address_at_once(lab: Lab) -> None:
    gate = lab.gate(
        MORNING,
        modes=(f"transparent@:{PORT}", "regular@10.77.20.1:8080", "regular@[2001:db8:20::1]:8080"),
    )
    curl = ("curl", "--silent", "--show-error", "--max-time", "10", "--cacert", gate.authority,
            "--write-out", "%{http_code}", f"https://{FACEBOOK}/")  # fmt: skip
    for more in (
        ["-4"],
        ["-6"],
        ["--proxy", "http://10.77.20.1:8080"],
        ["--proxy", "http://[2001:db8:20::1]:8080"],
    ):
        answer = lab.staff.namespace.run(*curl, *more)
        assert answer.stdout.endswith("403"), (more, answer.stderr)
        assert "Facebook is closed" in answer.stdout
    addresses = {record["source"]["ip"] for record in gate.records()}
    assert lab.staff.ip4 in addresses
    said = lab.gateway.run("ss", "-ltnH").stdout
    for listens in ("0.0.0.0:8081", "[::]:8081", "10.77.20.1:8080", "[2001:db8:20::1]:8080"):
        assert listens in said


def test_the_record_holds_where_the_device_was_going(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    for version, device in ((4, lab.staff), (6, lab.pupil)):
        Visit(lab, device, FACEBOOK, Way(version, "1.3"), [gate.authority]).make()
    staff, pupil = gate.records()
    assert staff["destination"] == {"ip": lab.address(FACEBOOK, 4), "port": 443}
    assert pupil["destination"] == {"ip": lab.address(FACEBOOK, 6), "port": 443}
    assert pupil["source"]["ip"] == lab.pupil.ip6


def test_the_leaf_names_no_address(lab: Lab) -> None:
    """The certificate excludes addresses: one in the leaf, and no device would believe it."""
    gate = lab.gate(MORNING)
    for version in ("-4", "-6"):
        asked = lab.staff.namespace.run(
            "openssl", "s_client", version, "-connect", f"{FACEBOOK}:443",
            "-servername", FACEBOOK, "-CAfile", gate.authority, "-verify_return_error",
        )  # fmt: skip
        assert "Verify return code: 0 (ok)" in asked.stdout, asked.stderr
        leaf = subprocess.run(
            ["openssl", "x509", "-noout", "-ext", "subjectAltName"],
            input=asked.stdout, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert f"DNS:{FACEBOOK}" in leaf.stdout
        assert "IP Address" not in leaf.stdout


def test_a_device_is_found_by_its_mac_whatever_address_it_takes(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    laptop = lab.staff.namespace
    laptop.ip("addr", "add", "10.77.20.99/24", "dev", "card")
    laptop.ip("addr", "add", "2001:db8:20::abcd/64", "dev", "card", "nodad")
    try:
        check_that_both_addresses_are_the_laptops(lab, gate)
    finally:
        laptop.ip("addr", "del", "10.77.20.99/24", "dev", "card")
        laptop.ip("addr", "del", "2001:db8:20::abcd/64", "dev", "card")


def check_that_both_addresses_are_the_laptops(lab: Lab, gate: Gate) -> None:
    for name, source, version in (
        (FACEBOOK, "10.77.20.99", 4),
        ("www.reddit.com", "2001:db8:20::abcd", 6),
    ):
        with lab.staff.namespace.connect(lab.address(name, version), 80, source) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 403")
    found = gate.records()
    assert {r["source"]["ip"] for r in found} == {"10.77.20.99", "2001:db8:20::abcd"}
    for record in found:
        assert record["device"] == {"id": "staff-laptop-07"}
        assert record["source"]["mac"] == "3C-22-FB-00-00-31"
        assert record["user"]["id"] == "stf-0042"
        assert record["bellgate"]["attribution"] == "held"


def test_a_device_behind_another_router_is_found_by_its_lease(lab: Lab) -> None:
    """The gateway never sees its card; it knows which card it gave the address to."""
    leased = {4: lease4(lab.pupil), 6: lease6(lab.pupil)}
    edit = ("devices.yaml", "/var/lib/misc/dnsmasq.leases", str(lab.leases))
    gate = lab.gate(MORNING, edit)
    annexe = lab.device("pupils", 40)
    # As a router does: it asks for the gateway in its own name, not in its clients'.
    annexe.namespace.set(ipv4__conf__all__arp_announce="2")
    for version, ip in leased.items():
        annexe.namespace.ip("addr", "add", ip, "dev", "lo")
        via = annexe.ip(version)
        lab.gateway.ip("route", "add", ip, "via", via)
        site = (FACEBOOK, "www.reddit.com")[version == 6]
        with annexe.namespace.connect(lab.address(site, version), 80, ip) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {site}\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 403")
        lab.gateway.ip("route", "del", ip, "via", via)
    found = gate.records()
    assert {record["source"]["ip"] for record in found} == set(leased.values())
    assert {record["device"]["id"] for record in found} == {"y5-laptop-03"}


def test_a_strange_card_on_a_known_address_is_nobodys(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    stranger = lab.device("staff", 66)
    Visit(lab, stranger, FACEBOOK, Way(4, None)).make()
    [record] = gate.records()
    assert "device" not in record and "id" not in record["user"]
    assert record["source"]["mac"] == "02-00-00-00-14-42"


@pytest.mark.parametrize("guard", ["kernel", "gate"])
@pytest.mark.parametrize("version", [4, 6])
def test_dialling_the_gates_own_port_harms_nothing(lab: Lab, guard: str, version: int) -> None:
    """From inside, from outside, from the gateway itself; with and without the kernel's rule."""
    if guard == "gate":
        text, removed = re.subn(r"\ttcp dport \d+ ct .* reject with tcp reset\n", "", diversion())
        assert removed == 1
        lab.apply(text)
    gate = lab.gate(MORNING)
    assert is_open(lab, lab.staff)
    before = descriptors(gate)
    own = {
        lab.staff.namespace: ("10.77.20.1", "2001:db8:20::1"),
        lab.internet: ("203.0.113.1", "2001:db8:99::1"),
        lab.gateway: ("127.0.0.1", "::1"),
    }
    for namespace, addresses in own.items():
        for _ in range(3):
            try:
                connection = namespace.connect(addresses[version == 6], PORT)
            except ConnectionRefusedError:
                assert guard == "kernel"
                continue
            assert guard == "gate", "the kernel let it through"
            with connection:
                answer = b"?"
                try:
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: www.bbc.co.uk\r\n\r\n")
                    answer = connection.recv(100)
                except ConnectionError:
                    answer = b""
                assert answer == b""
    time.sleep(0.3)
    assert descriptors(gate) <= before + 2
    assert is_open(lab, lab.staff)


def diversion() -> str:
    return rules(Diversion(tuple(NETWORKS), PORT, wan="wan"))


def test_a_dead_gate_refuses_what_is_diverted_and_nothing_else(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    assert is_open(lab, lab.staff)
    os.killpg(gate.process.pid, signal.SIGKILL)
    gate.process.wait()
    for version in (4, 6):
        with pytest.raises(ConnectionRefusedError):
            lab.staff.namespace.connect(lab.address(BBC, version), 443)
        with (
            lab.staff.namespace.inside(),
            socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6) as other,
        ):
            other.settimeout(3)
            # Nobody listens there: the answer comes from the internet, not from the gateway.
            with pytest.raises(ConnectionRefusedError):
                other.connect((lab.address(BBC, version), 8443))


def test_a_crowd_at_once_is_all_served(lab: Lab) -> None:
    """While the gate is busy, the kernel keeps a whole school's connections for it."""
    gate = lab.gate(MORNING)
    assert is_open(lab, lab.staff)
    with ExitStack() as stack:
        os.kill(gate.process.pid, signal.SIGSTOP)
        try:
            waiting = [
                stack.enter_context(lab.staff.namespace.connect(lab.address(BBC), 80, timeout=20))
                for _ in range(400)
            ]
        finally:
            os.kill(gate.process.pid, signal.SIGCONT)
        for connection in waiting:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {BBC}\r\n\r\n".encode())
        for connection in waiting:
            assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_one_device_cannot_take_all_descriptors(lab: Lab) -> None:
    lab.gate(MORNING, before=("prlimit", "--nofile=512:512"))
    assert is_open(lab, lab.staff)
    with ExitStack() as stack:
        held = [
            stack.enter_context(lab.pupil.namespace.connect(lab.address(BBC), 443))
            for _ in range(300)
        ]
        for connection in held:
            connection.setblocking(False)
        wait_for(lambda: sum(map(is_closed, held)) >= 300 - 64, "all but 64 of 512/8 being closed")
        assert not is_open(lab, lab.pupil)
        assert is_open(lab, lab.staff)
        assert is_open(lab, lab.staff, way=Way(6, None))
        # Who says nothing is sent away in the end.
        wait_for(lambda: all(map(is_closed, held)), "the silent ones being closed", 14)
        assert is_open(lab, lab.pupil)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_clients_that_never_read_cost_the_others_nothing(lab: Lab) -> None:
    gate = lab.gate(MORNING)

    def slowest() -> float:
        times = []
        for _ in range(5):
            begun = time.monotonic()
            assert is_open(lab, lab.staff)
            times.append(time.monotonic() - begun)
        return sorted(times)[2]

    usual, before = slowest(), memory(gate)
    with ExitStack() as stack:
        for path in ("/bytes/8000000",) * 30:
            connection = stack.enter_context(
                closing(lab.pupil.namespace.connect(lab.address(BBC), 80))
            )
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {BBC}\r\n\r\n".encode())
        for _ in range(30):  # the page, never fetched
            connection = stack.enter_context(
                closing(lab.pupil.namespace.connect(lab.address(FACEBOOK), 80))
            )
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {FACEBOOK}\r\n\r\n".encode())
        time.sleep(1)
        assert memory(gate) < before + 30, "it keeps what they do not read"
        assert slowest() < usual * 5 + 0.05
    wait_for(lambda: descriptors(gate) < 60, "the gate letting go of them")


def test_at_the_bell_open_connections_are_cut_and_told(lab: Lab) -> None:
    gate = lab.gate("2026-11-23 12:59:55")
    open_before = []
    for version in (4, 6):
        connection = lab.staff.namespace.connect(lab.address(FACEBOOK, version), 80, timeout=10)
        connection.sendall(f"GET /slow/10 HTTP/1.1\r\nHost: {FACEBOOK}\r\n\r\n".encode())
        open_before.append(connection)
    beside = lab.staff.namespace.connect(lab.address(BBC), 80, timeout=10)
    beside.sendall(f"GET /slow/10 HTTP/1.1\r\nHost: {BBC}\r\n\r\n".encode())
    with ExitStack() as stack:
        for connection in (*open_before, beside):
            stack.enter_context(connection)
        for connection in open_before:
            with pytest.raises(ConnectionResetError):
                while connection.recv(100):
                    pass
        assert beside.recv(100)
    gate.stop()  # which writes the counts of the minute
    cut = [r for r in gate.records() if r["event"]["action"] == "cut"]
    assert {r["source"]["ip"] for r in cut} <= {lab.staff.ip4, lab.staff.ip6}
    assert sum(r["bellgate"]["repeat"] for r in cut) == 2
    assert all(r["bellgate"]["carried_over"] for r in cut)


def test_in_their_own_time_people_dial_what_they_like(lab: Lab) -> None:
    lab.gate(LUNCH)
    before = len(lab.contacts())
    outcome = Visit(lab, lab.staff, "no.such.name.example", Way(4, None),
                    address=lab.address(GOV)).make()  # fmt: skip
    assert outcome.fate == "open"
    assert lab.contacted(GOV, before)


def test_without_an_address_it_listens_on_every_one_and_offers_no_proxy_to_try(lab: Lab) -> None:
    gate = lab.gate(MORNING, modes=("transparent",))
    assert is_open(lab, lab.staff)
    assert is_open(lab, lab.staff, way=Way(6, None))
    assert " -x http://" not in gate.greeting
