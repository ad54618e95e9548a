"""Connections that the kernel forwards once the sentry has passed them, and those that it refuses.

Real kernel rules, a real name server, a real gate beside it; IPv4 is translated, IPv6 routed.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from bellgate.audit import LogPaths
from bellgate.running.acting import Actor
from bellgate.running.passing import EVERY, begin_to_look, look
from tests.audit.world import EDITION
from tests.lab.dhcp import lease4, lease6
from tests.lab.kernel_path import (
    a_sentry,
    ask_name_server,
    counter,
    elements,
    lay_kernel_path,
    marks,
    start_sentry,
    take_away,
    take_kernel_path_away,
)
from tests.lab.network import Device, Lab, open_lab
from tests.lab.open_connection import OpenConnection
from tests.lab.scenarios import SITES
from tests.lab.school import SAMPLE, TOP, Gate, wait_for
from tests.lab.visits import Visit, Way, cut_at, in_records_of, in_segments_of
from tests.wire.test_opening import hello

FACEBOOK, REDDIT, BBC, GOV = "www.facebook.com", "www.reddit.com", "www.bbc.co.uk", "www.gov.uk"
VPN, BLOGGER = "nordvpn.com", "www.blogger.com"
MORNING, LUNCH = "2026-11-23 10:15", "2026-11-23 12:30"
BEFORE_THE_BELL = "2026-11-23 12:59:55"
"""Staff are back in session at one o'clock."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from open_lab(tmp_path_factory.mktemp("lab"), [s.host for s in SITES])


@pytest.fixture(autouse=True)
def rules(lab: Lab) -> Iterator[None]:
    """Each test begins with rules just loaded, and no connection and no state of another's."""
    lay_kernel_path(lab)
    yield
    lab.stop_gates()
    take_kernel_path_away(lab)
    shutil.rmtree(lab.folder / "state" / "simulated", ignore_errors=True)


def visit(
    lab: Lab,
    gate: Gate | None,
    host: str,
    version: int = 4,
    device: Device | None = None,
    **more: Any,
) -> str:
    way = Way(version, "1.3")  # type: ignore[arg-type]
    trust = [gate.authority] if gate else []
    outcome = Visit(lab, device or lab.staff, host, way, trust, **more).make()
    print(host, version, outcome.fate, outcome.said[:200])  # for whoever reads a failed run
    return outcome.fate


def ask_for_what_is_restricted(lab: Lab, *hosts: str) -> None:
    """The device asks our name server; on a busy machine the sentry may hear of it later than a
    test connects, which a person cannot."""
    ask_name_server(lab.staff, *hosts)
    for host in hosts:
        for version in (4, 6):
            wait_for(
                lambda host=host, version=version: (  # type: ignore[misc]
                    lab.address(host, version) in elements(lab, f"named{version}")
                ),
                "the set of addresses",
                5,
            )


class Open(OpenConnection):
    """A device's, to one of the lab's names."""

    def __init__(self, lab: Lab, device: Device, host: str, version: int = 4) -> None:
        super().__init__(lab.authority, device.namespace, host, lab.address(host, version))


def test_an_open_site_goes_by_the_kernel_and_needs_no_gate(lab: Lab) -> None:
    with a_sentry(lab, MORNING):
        ask_name_server(lab.staff, BBC)
        before = len(lab.contacts())
        for version in (4, 6):
            outcome = Visit(lab, lab.staff, BBC, Way(version, "1.3")).make()
            assert (outcome.fate, outcome.issuer) == ("open", "Lab root")
            assert outcome.certificate == lab.certificate
        assert counter(lab, "passed") == 2
        assert lab.contacted(BBC, before)


def test_what_is_restricted_gets_the_page_at_the_first_attempt(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        ask_for_what_is_restricted(lab, FACEBOOK)
        before = len(lab.contacts())
        assert [visit(lab, gate, FACEBOOK, version) for version in (4, 6)] == ["page", "page"]
        assert not lab.contacted(FACEBOOK, before)
        assert lab.address(FACEBOOK) in elements(lab, "named4")
        assert lab.address(FACEBOOK, 6) in elements(lab, "named6")
    assert counter(lab, "asked") == 0


def test_status_says_how_the_sentry_is(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        ask_name_server(lab.staff, BBC)
        assert visit(lab, gate, BBC) == "open"
        assert visit(lab, gate, REDDIT) == "refused"
        wait_for(lambda: "1 connections passed, 1 refused" in status(gate), "the sentry's word", 3)
    wait_for(lambda: "Sentry" not in status(gate), "its silence", 8)


def test_what_passes_by_the_kernel_is_seen_while_somebody_looks_at_the_device(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    paths = LogPaths.of(gate.state, simulated=True)
    head = Actor(paths, EDITION, "head", datetime.now(UTC), "simulated")
    with a_sentry(lab, MORNING):
        ask_name_server(lab.staff, BBC, GOV)
        assert visit(lab, gate, GOV) == "open"
        begin_to_look(head, "staff-laptop-07", "A site does not work")
        time.sleep(EVERY)
        assert visit(lab, gate, BBC) == "open"
        wait_for(lambda: [h for h, _, _ in seen_of(paths)] == [BBC], "what passed", 5)


def seen_of(paths: LogPaths) -> tuple[tuple[str, datetime, int], ...]:
    found = look(paths, "staff-laptop-07")
    assert found is not None
    return found.sites


def status(gate: Gate) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bellgate.cli.main", "status", "--simulated", "--state", gate.state],
        env={**os.environ, "PYTHONPATH": str(TOP / "addon")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("version", [4, 6])
def test_else_its_retry_gets_the_page_and_both_are_one_attempt(lab: Lab, version: int) -> None:
    """A device remembers where the name leads, from a time before the gateway was ours."""
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        before = len(lab.contacts())
        assert [visit(lab, gate, REDDIT, version) for _ in range(2)] == ["refused", "page"]
        assert not [line for line in lab.contacted(REDDIT, before) if "tcp" not in line]
    # A sentry that is stopped hands over what it holds.
    [record] = gate.records()
    assert record["event"]["action"] == "block"
    assert record["destination"]["ip"] == lab.address(REDDIT, version)


def test_what_is_let_through_and_recorded_goes_through_the_gate(lab: Lab) -> None:
    """A rule with `log` counts bytes, which only the gate can."""
    gate = lab.gate(LUNCH)
    with a_sentry(lab, LUNCH):
        ask_for_what_is_restricted(lab, BLOGGER)
        assert visit(lab, gate, BLOGGER) == "open"
        wait_for(lambda: len(gate.records()) == 2, "opening and closing")
        assert [r["event"]["action"] for r in gate.records()] == ["log", "closed"]


def test_a_name_that_was_never_asked_for_goes_through_the_gate(lab: Lab) -> None:
    """And so does one that leads elsewhere: the gate dials where the name leads."""
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        assert [visit(lab, gate, BBC) for _ in range(2)] == ["refused", "open"]
        ask_name_server(lab.staff, GOV)
        elsewhere = lab.address(FACEBOOK)
        before = len(lab.contacts())
        fates = [visit(lab, gate, GOV, address=elsewhere) for _ in range(2)]
        assert fates == ["refused", "open"]
        assert f"tls {FACEBOOK}" not in lab.contacts(before)
        assert any(lab.address(GOV, v) in line for v in (4, 6) for line in lab.contacts(before))
        assert counter(lab, "passed") == 0


def test_port_80_and_quic_are_not_the_kernels(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        plain = Visit(lab, lab.staff, FACEBOOK, Way(4, None), [gate.authority]).make()
        assert plain.fate == "page"
        with lab.staff.namespace.inside():
            quic = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with quic:
            quic.settimeout(2)
            quic.connect((lab.address(BBC), 443))
            quic.send(b"\xc0" + bytes(1199))
            with pytest.raises(ConnectionRefusedError):
                quic.recv(100)


def test_four_hundred_hellos_of_five_names_at_one_address(lab: Lab) -> None:
    """All connected before the first says a word, so that none is diverted: every one is read."""
    names = (BBC, GOV, VPN, "ttrockstars.com", "www.youtubeeducation.com")
    lay_kernel_path(lab, new_connections=1000, burst=1000)
    with a_sentry(lab, LUNCH), ExitStack() as opened:
        address = lab.address(BBC)
        each = [
            (name, opened.enter_context(lab.staff.namespace.connect(address, 443)))
            for name in names * 80
        ]
        for name, connection in each:
            connection.sendall(hello(name))
        fates: dict[str, list[bool]] = {name: [] for name in names}
        for name, connection in each:
            try:
                fates[name].append(bool(connection.recv(100)))
            except OSError:
                fates[name].append(False)
    assert {name: all(fate) for name, fate in fates.items()} == {n: n != VPN for n in names}
    assert not any(fates[VPN])
    assert counter(lab, "refused") == 80


@pytest.mark.parametrize(
    "how",
    [cut_at(1), cut_at(5, 6, 90), in_segments_of(1), in_segments_of(20), in_records_of(100),
     in_records_of(9, in_segments_of(7))],
    ids=["first byte", "some pieces", "bytes", "20s", "records", "records in pieces"],
)  # fmt: skip
def test_a_hello_in_pieces_is_read_all_the_same(lab: Lab, how: Any) -> None:
    with a_sentry(lab, MORNING):
        ask_name_server(lab.staff, BBC)
        assert visit(lab, None, BBC, hello=how) == "open"
        assert visit(lab, None, REDDIT, hello=how) == "refused"
        assert visit(lab, None, REDDIT, 6, hello=how) == "refused"
    assert (counter(lab, "passed"), counter(lab, "refused")) == (1, 2)


def test_a_long_hello_is_read_to_its_end(lab: Lab) -> None:
    with a_sentry(lab, MORNING):
        ask_name_server(lab.staff, BBC)
        assert visit(lab, None, BBC, longer=6_000) == "open"
        assert visit(lab, None, REDDIT, longer=6_000) == "refused"


def test_a_server_that_wants_another_hello_goes_through_the_gate(lab: Lab) -> None:
    """That second hello would go unread in the kernel (HelloRetryRequest)."""
    gate = lab.gate(LUNCH)
    here = lab.address(BBC)
    serves = lab.internet.start(
        "openssl", "s_server", "-accept", "4433", "-groups", "P-384", "-quiet", "-www",
        "-cert", lab.folder / f"{FACEBOOK}.pem", "-key", lab.folder / f"{FACEBOOK}.key",
    )  # fmt: skip
    # Only towards this port, so that the lab's own server is not in the way.
    lab.internet.run(
        "sh", "-c",
        "echo 'table ip other { chain pre { type nat hook prerouting priority -100;"
        f" ip daddr {here} tcp dport 443 redirect to :4433; }}; }}' | nft -f -",
    )  # fmt: skip
    try:
        with a_sentry(lab, LUNCH):
            said = []
            for _ in range(2):
                asked = lab.staff.namespace.run(
                    "openssl", "s_client", "-connect", f"{here}:443", "-servername", BBC,
                    "-groups", "X25519:P-384", "-CAfile", lab.authority,
                )  # fmt: skip
                said.append("Server Temp Key: ECDH, secp384r1" in asked.stdout)
            assert said == [False, True]
            assert counter(lab, "refused") == 1
    finally:
        serves.kill()
        lab.internet.run("nft", "delete", "table", "ip", "other")
    assert gate.process.poll() is None


def test_the_bell_cuts_what_the_kernel_has_open_and_what_the_gate_has(lab: Lab) -> None:
    gate = lab.gate(BEFORE_THE_BELL)
    with a_sentry(lab, BEFORE_THE_BELL):
        ask_name_server(lab.staff, BBC)
        forbidden = [Open(lab, lab.staff, FACEBOOK, version) for version in (4, 6)]
        allowed = [Open(lab, lab.staff, BBC, version) for version in (4, 6)]
        with lab.staff.namespace.connect(lab.address(REDDIT), 80) as by_the_gate:
            by_the_gate.sendall(f"GET /slow/1 HTTP/1.1\r\nHost: {REDDIT}\r\n\r\n".encode())
            assert by_the_gate.recv(100).startswith(b"HTTP/1.1 200")
            assert sorted(m for m in marks(lab) if m == "10") == ["10"] * 4
            # Nobody says anything: the end comes by itself.
            assert all(each.ended_within(8) for each in forbidden)
            by_the_gate.settimeout(5)
            with pytest.raises(ConnectionResetError):
                while by_the_gate.recv(100):
                    pass
        assert all(each.is_there for each in allowed)
        assert lab.address(FACEBOOK) not in elements(lab, "named4")
        ask_for_what_is_restricted(lab, FACEBOOK)
        assert visit(lab, gate, FACEBOOK) == "page"
        wait_for(lambda: len(cuts(gate)) == 2, "the record of what was cut")
    found = cuts(gate)
    assert {r["url"]["domain"] for r in found} == {FACEBOOK, REDDIT}
    assert all(r["bellgate"]["carried_over"] for r in found)
    assert {r["device"]["id"] for r in found} == {"staff-laptop-07"}


def cuts(gate: Gate) -> list[dict[str, Any]]:
    return [r for r in gate.records() if r["event"]["action"] == "cut"]


def test_what_was_closed_before_the_bell_is_on_no_record(lab: Lab) -> None:
    """A visit at lunch that was over at lunch, which the kernel remembers for two minutes."""
    gate = lab.gate(BEFORE_THE_BELL)
    with a_sentry(lab, BEFORE_THE_BELL):
        for version in (4, 6):
            here = Open(lab, lab.staff, FACEBOOK, version)
            assert here.is_there
            here.socket.close()
        stays = Open(lab, lab.staff, REDDIT)
        assert stays.ended_within(8)
        wait_for(lambda: len(cuts(gate)) > 0, "the record of what was cut")
    assert [r["url"]["domain"] for r in cuts(gate)] == [REDDIT]


def test_the_servers_end_is_cut_as_well(lab: Lab) -> None:
    with a_sentry(lab, BEFORE_THE_BELL):
        here = Open(lab, lab.staff, FACEBOOK)
        port = here.socket.getsockname()[1]
        assert at_the_server(lab, port)
        assert here.ended_within(8)
        wait_for(lambda: not at_the_server(lab, port), "the server's end")


def at_the_server(lab: Lab, port: int) -> bool:
    said = lab.internet.run("ss", "-tnH", "state", "established", f"dport = :{port}").stdout
    return bool(said.strip())


def test_a_sentry_that_was_killed_forgets_nothing(lab: Lab) -> None:
    """Neither where names lead, nor what each open connection asked for, nor a refusal it held."""
    gate = lab.gate(BEFORE_THE_BELL)
    first = start_sentry(lab, BEFORE_THE_BELL)
    ask_name_server(lab.staff, BBC)
    forbidden, allowed = Open(lab, lab.staff, FACEBOOK), Open(lab, lab.staff, BBC, 6)
    assert visit(lab, gate, VPN) == "refused"
    first.kill()
    with a_sentry(lab, BEFORE_THE_BELL):
        assert allowed.is_there
        assert forbidden.ended_within(8)
        assert allowed.is_there
        # In session names must lead where they go: nobody asked the name server again.
        passed = counter(lab, "passed")
        assert visit(lab, None, BBC) == "open"
        assert counter(lab, "passed") == passed + 1
        wait_for(lambda: bool(cuts(gate)), "what was cut", 5)
    # What the first one held, the second hands over when it stops.
    by_action = {r["event"]["action"]: r for r in gate.records()}
    assert by_action["cut"]["url"]["domain"] == FACEBOOK
    assert by_action["cut"]["device"] == {"id": "staff-laptop-07"}
    assert by_action["cut"]["bellgate"]["carried_over"]
    assert by_action["block"]["url"]["domain"] == VPN
    told = [r["event"]["action"] for r in gate.records("bellgate.gate")]
    assert [a for a in told if a.startswith("sentry")] == ["sentry-lost", "sentry-back"]


def told(gate: Gate, action: str) -> list[dict[str, Any]]:
    return [r for r in gate.records("bellgate.gate") if r["event"]["action"] == action]


def test_a_stopped_sentry_lets_nothing_by_and_goes_on(lab: Lab) -> None:
    """Stopped as by a debugger, for a second: whoever asks waits, and is answered."""
    with a_sentry(lab, MORNING) as sentry:
        ask_name_server(lab.staff, BBC)
        sentry.kill(signal.SIGSTOP)
        with lab.staff.namespace.connect(lab.address(REDDIT), 443) as closed:
            closed.sendall(hello(REDDIT))
            closed.settimeout(1)
            with pytest.raises(TimeoutError):
                closed.recv(100)
            sentry.kill(signal.SIGCONT)
            with pytest.raises(ConnectionResetError):
                closed.recv(100)
        assert visit(lab, None, BBC) == "open"


@pytest.mark.parametrize(("host", "name"), [(BBC, "passed"), (REDDIT, "refused")])
def test_a_connection_counts_once_however_often_its_hello_was_sent(
    lab: Lab, host: str, name: str
) -> None:
    """While the sentry is held up, a client sends again what nobody answered."""
    with a_sentry(lab, MORNING) as sentry:
        ask_name_server(lab.staff, BBC)
        before = counter(lab, name)
        with lab.staff.namespace.connect(lab.address(host), 443) as client:
            sentry.kill(signal.SIGSTOP)
            asked = counter(lab, "asked")
            client.sendall(hello(host))
            wait_for(lambda: counter(lab, "asked") >= asked + 3, "the segment being sent again", 5)
            sentry.kill(signal.SIGCONT)
            client.settimeout(5)
            with suppress(ConnectionResetError):
                client.recv(100)
        assert counter(lab, name) == before + 1


def test_a_flood_of_one_device_is_not_the_others(lab: Lab) -> None:
    lay_kernel_path(lab, new_connections=20, burst=50)
    ask_name_server(lab.pupil, BBC)
    with a_sentry(lab, MORNING):
        ask_name_server(lab.pupil, BBC)
        flood = lab.start_python(
            lab.staff.namespace, "-m", "tests.lab.knocking", lab.address(GOV), "443"
        )
        try:
            wait_for(lambda: counter(lab, "too_many") > 1000, "the flood")
            assert [visit(lab, None, BBC, device=lab.pupil) for _ in range(20)] == ["open"] * 20
        finally:
            flood.kill()


def test_saved_rules_and_exemptions_are_in_force_within_two_seconds(lab: Lab) -> None:
    edit = ("rules.yaml", "name: Ways round", "name: Ways around")
    gate = lab.gate(LUNCH, edit)
    folder = lab.folder / "schedules"
    with a_sentry(lab, LUNCH, schedules=folder):
        ask_name_server(lab.staff, FACEBOOK, BBC)
        opened = Open(lab, lab.staff, FACEBOOK)
        text = (folder / "rules.yaml").read_text()
        rule = (
            "rules:\n  - name: Now\n    who: staff\n    what: facebook\n    when: always\n"
            "    do: block\n    clause: School's own rule\n"
        )
        (folder / "rules.yaml").write_text(text.replace("rules:\n", rule, 1))
        assert opened.ended_within(2.5)
        wait_for(lambda: lab.address(FACEBOOK) in elements(lab, "named4"), "the set", 2)
        assert visit(lab, gate, FACEBOOK) == "page"
        wait_for(lambda: bool(cuts(gate)), "the cut")
        [cut] = cuts(gate)
        assert cut["rule"]["name"] == "Now" and not cut["bellgate"].get("carried_over", False)


def test_rules_that_are_loaded_anew_get_their_sets_back(lab: Lab) -> None:
    gate = lab.gate(MORNING)
    with a_sentry(lab, MORNING):
        ask_for_what_is_restricted(lab, FACEBOOK)
        ask_name_server(lab.staff, BBC)
        opened = Open(lab, lab.staff, BBC)
        lay_kernel_path(lab)
        wait_for(lambda: lab.address(FACEBOOK) in elements(lab, "named4"), "the set", 2)
        assert visit(lab, gate, FACEBOOK) == "page"
        assert opened.is_there


def test_rules_that_are_taken_away_are_a_line_when_they_go_and_one_when_they_are_back(
    lab: Lab,
) -> None:
    """Not one each second, and meanwhile a device asks for what is restricted."""
    gate = lab.gate(MORNING)
    sentry = start_sentry(lab, MORNING)
    with lab.gateway.inside():
        take_away()
    ask_name_server(lab.staff, FACEBOOK, REDDIT)
    time.sleep(3)
    lay_kernel_path(lab)
    ask_for_what_is_restricted(lab, FACEBOOK)
    time.sleep(1)
    said = sentry.stop().splitlines()
    assert [line for line in said if "rules" in line or "Traceback" in line] == [
        "The kernel's rules for the sentry are not there "
        "([Errno 2] no table bellgate_path, or not as it should be)",
        "The kernel's rules for the sentry are there again",
    ]
    assert len(told(gate, "error")) == 1


def test_a_device_behind_another_router_is_found_by_its_lease(lab: Lab) -> None:
    """The packet's card is the router's, and says nothing."""
    leased = {4: lease4(lab.pupil), 6: lease6(lab.pupil)}
    edit = ("devices.yaml", "/var/lib/misc/dnsmasq.leases", str(lab.leases))
    gate = lab.gate(MORNING, edit)
    annexe = lab.device("pupils", 41)
    annexe.namespace.set(ipv4__conf__all__arp_announce="2")
    with a_sentry(lab, MORNING, schedules=lab.folder / "schedules"):
        for version, ip in leased.items():
            annexe.namespace.ip("addr", "add", ip, "dev", "lo")
            lab.gateway.ip("route", "add", ip, "via", annexe.ip(version))
            with annexe.namespace.connect(lab.address(REDDIT, version), 443, ip) as connection:
                connection.sendall(hello(REDDIT))
                with pytest.raises(ConnectionResetError):
                    connection.recv(100)
            lab.gateway.ip("route", "del", ip, "via", annexe.ip(version))
    assert {r["source"]["ip"] for r in gate.records()} == set(leased.values())
    assert {r["device"]["id"] for r in gate.records()} == {"y5-laptop-03"}


def test_without_the_gate_what_is_restricted_stays_closed(lab: Lab) -> None:
    """And what was refused meanwhile is on record once it is there."""
    with a_sentry(lab, MORNING):
        ask_for_what_is_restricted(lab, FACEBOOK)
        ask_name_server(lab.staff, BBC)
        assert visit(lab, None, BBC) == "open"
        assert visit(lab, None, FACEBOOK) == "refused"
        assert visit(lab, None, REDDIT) == "refused"
        gate = lab.gate(MORNING)
        time.sleep(1.5)
    assert [r["url"]["domain"] for r in gate.records()] == [REDDIT]


def test_two_sentries_are_one_too_many(lab: Lab) -> None:
    with a_sentry(lab, MORNING):
        second = lab.gateway.run(
            "env", f"PYTHONPATH={TOP / 'addon'}", sys.executable, "-m", "bellgate.cli.main",
            "sentry", "--schedules", SAMPLE, "--state", lab.folder / "other",
        )  # fmt: skip
        assert second.returncode == 1
        assert "is a sentry running?" in second.stderr
