"""Names that lead to dead addresses, name servers that are dead or flooded, and the way inside."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.network import Lab
from tests.lab.school import wait_for
from tests.lab.visits import Visit, Way

FACEBOOK, BBC, GOV = "www.facebook.com", "www.bbc.co.uk", "www.gov.uk"
MORNING, LUNCH = "2026-11-23 10:15", "2026-11-23 12:30"
DEAD = {4: "198.51.100.250", 6: "2001:db8:51::fa"}


@pytest.fixture(autouse=True)
def as_before(lab: Lab) -> Iterator[None]:
    yield
    lab.stop_gates()
    lab.divert()


@contextmanager
def dead_addresses(lab: Lab, name: str) -> Iterator[None]:
    """One more address of each kind for a name, at which nobody answers."""
    for chain in ("output", "forward"):
        lab.apply(
            f"table inet dead {{\nchain {chain} {{\n"
            f"type filter hook {chain} priority 0;\n"
            f"ip daddr {DEAD[4]} drop\nip6 daddr {DEAD[6]} drop\n}}\n}}\n"
        )
    names = lab.folder / "names"
    before = names.read_text()
    names.write_text(f"{DEAD[4]} {name}\n{DEAD[6]} {name}\n{before}")
    lab.name_server.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    try:
        yield
    finally:
        names.write_text(before)
        lab.name_server.send_signal(signal.SIGHUP)
        lab.apply("table inet dead {}\ndelete table inet dead")


@contextmanager
def silent_name_server(lab: Lab) -> Iterator[None]:
    """It takes questions and says nothing, as one does whose own line is down."""
    lab.name_server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        lab.name_server.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("moment", [MORNING, LUNCH])
def test_a_site_with_one_dead_address_can_be_reached(lab: Lab, moment: str) -> None:
    """The gate accepts before it dials, so the client's own next try never comes."""
    with dead_addresses(lab, GOV):
        lab.gate(moment)
        for version in (4, 6):
            for tls in ("1.3", None):
                begun = time.monotonic()
                outcome = Visit(lab, lab.staff, GOV, Way(version, tls), address=DEAD[version]).make(
                    timeout=9
                )
                assert outcome.fate == "open", (version, tls, outcome.said)
                assert time.monotonic() - begun < 6


def test_with_a_dead_name_server_nothing_closed_opens(lab: Lab) -> None:
    """What the gate knows already stays open; a made-up name towards Facebook is refused."""
    gate = lab.gate(MORNING)
    assert Visit(lab, lab.staff, GOV).make().fate == "open"
    with silent_name_server(lab):
        assert Visit(lab, lab.staff, GOV).make().fate == "open"
        assert Visit(lab, lab.staff, FACEBOOK, Way(), [gate.authority]).make().fate == "page"
        before = len(gate.records())
        address = lab.address(FACEBOOK)
        made_up = Visit(lab, lab.pupil, "made-up.example", address=address).make(timeout=9)
        assert made_up.fate == "refused"
        [record] = gate.records(after=before)
        assert record["network"]["application"] == "no-name"
    wait_for(lambda: Visit(lab, lab.staff, BBC).make(timeout=9).fate == "open", "BBC", 5)


def test_the_first_connection_after_a_start_with_a_name_whose_server_is_broken(lab: Lab) -> None:
    """Before any name was answered, too."""
    lab.gate(MORNING)
    before = len(lab.contacts())
    for way in (Way(4, "1.3"), Way(6, None)):
        outcome = Visit(
            lab, lab.pupil, "www.broken.example", way, address=lab.address(FACEBOOK, way.ip)
        ).make(timeout=9)
        assert outcome.fate != "open", outcome.said
    assert lab.contacted(FACEBOOK, before) == []


def test_one_device_cannot_use_up_the_resolving_of_others(lab: Lab) -> None:
    lab.gate(MORNING)

    def flood() -> None:
        for n in range(120):
            try:
                with lab.pupil.namespace.connect(lab.address(BBC), 80, timeout=2) as connection:
                    connection.sendall(
                        f"GET / HTTP/1.1\r\nHost: n{n}.broken.example\r\n\r\n".encode()
                    )
            except OSError:
                return

    threads = [threading.Thread(target=flood) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            begun = time.monotonic()
            assert Visit(lab, lab.staff, BBC).make(timeout=9).fate == "open"
            assert time.monotonic() - begun < 4
    finally:
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("way", [Way(4, None), Way(6, None)], ids=str)
def test_the_gate_is_no_bridge_between_the_schools_networks(lab: Lab, way: Way) -> None:
    """A connection that is diverted all the same, inside: the gate does not dial it."""
    gate = lab.gate(MORNING)
    server = lab.staff
    with server.namespace.inside():
        import socket

        family = socket.AF_INET if way.ip == 4 else socket.AF_INET6
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((server.ip(way.ip), 80))
        listening.listen()
        listening.settimeout(0.5)
    try:
        with lab.pupil.namespace.connect(server.ip(way.ip), 80) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: www.bbc.co.uk\r\n\r\n")
            with pytest.raises(TimeoutError):
                accepted, peer = listening.accept()
                accepted.close()
                # Forwarded by the kernel it has the pupil's own address: the firewall's business.
                if peer[0] == lab.pupil.ip(way.ip):
                    raise TimeoutError
    finally:
        listening.close()
    assert gate.process.poll() is None
