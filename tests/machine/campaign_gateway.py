"""A machine becomes the gateway, and stays it whatever happens to it.

The tests go on from each other's machine, in their order; each leaves the network as it found it.
It takes minutes: `./tests/run machine` runs it with the others of its kind.
"""

import json
import threading
import time
from typing import Any

import pytest

from tests.lab.school import wait_for
from tests.machine.site import CLOSED, OPEN, Device, Site, asked, fetched

# The first time, a whole Debian is fetched.
pytestmark = pytest.mark.timeout(600)

SERVICES = (
    "bellgate-rules",
    "bellgate-gate",
    "bellgate-sentry",
    "bellgate-dns",
    "bellgate-console",
)


def is_as_promised(site: Site) -> None:
    """Everybody reaches an open site, and nobody the closed one, over IPv4 and IPv6."""
    before = len(site.contacts())
    for device in site.devices.values():
        for version in (4, 6):
            assert fetched(device, OPEN, version) == "open", (device, version)
            assert is_closed(device, version), (device, version)
    assert site.leaked(before) == []


def is_closed(device: Device, version: int = 4) -> bool:
    """The page, or a refusal: with a TLS alert or a reset (curl's 35); by a gate that is not there
    (7)."""
    return fetched(device, CLOSED, version) in ("page", "none (35)", "none (7)")


def test_the_network_is_as_promised(site: Site) -> None:
    is_as_promised(site)
    listed = site.machine.run("systemctl", "is-active", *SERVICES).stdout.split()
    assert listed == ["active"] * len(SERVICES)


def test_what_nobody_forbids_goes_by_the_kernel_and_never_comes_to_the_gate(site: Site) -> None:
    def passed() -> tuple[int, int]:
        said = json.loads(site.machine.run("bellgate", "status", "--json").stdout)
        return said["sentry"]["passed"], said["passed"]

    before, gates_before = passed()
    for version in (4, 6):
        assert fetched(site.pupil, OPEN, version) == "open"
    wait_for(lambda: passed()[0] >= before + 2, "the sentry's word")
    assert passed()[1] == gates_before


def test_the_machines_own_test_left_no_record(site: Site) -> None:
    said = site.machine.run("bellgate", "gateway", "test").stdout
    assert "NOT GOOD" not in said and said.count("good:") == 10
    hosts = {record.get("url", {}).get("domain") for record in site.records()}
    assert not [host for host in hosts if host and "bellgate" in host]
    assert site.machine.run("ip", "netns", "list").stdout == "", "it leaves nothing behind"


def test_every_way_round_is_tried_and_nothing_of_it_is_anybodys_attempt(site: Site) -> None:
    before, reached = site.records(), len(site.contacts())
    status, found = every_way(site)
    assert (status, [f for f in found if not f["holds"]]) == (0, [])
    assert sum(f["kind"] == "way round" for f in found) >= 120
    assert site.machine.run("ip", "netns", "list").stdout == "", "it leaves nothing behind"
    site.machine.run("systemctl", "restart", "bellgate-sentry")  # what it holds it hands over
    theirs = {device.ip(version) for device in site.devices.values() for version in (4, 6)}
    new = [r for r in site.records()[len(before) :] if "source" in r]
    assert [r for r in new if r["source"]["ip"] not in theirs] == []
    assert not [r for r in new if "bellgate" in r["url"]["domain"]]
    assert site.contacts()[reached:] == []
    for address in ("198.18.", "fd42:6265:"):
        assert address not in site.machine.run("bellgate", "devices", "seen", "--json").stdout


def test_ways_that_were_opened_on_purpose_are_found(site: Site) -> None:
    """Ports that are closed no more, a name that the school takes for something else, and a line
    that somebody took out of our DNS."""
    etc = site.machine.root / "etc/bellgate/schedules/services.yaml"
    services = etc.read_text()
    hobby = "services:\n  - {id: hobby, name: Hobby, category: forum, domains: [nordvpn.com]}\n"
    etc.write_text(services.replace("services:\n", hobby, 1))
    site.say("close_ports: {udp: [500, 1194, 4500], tcp: [853, 1194, 1723]}")
    run = site.machine.run
    made = "/run/bellgate-rules"
    wait_for(lambda: "51820" not in run("cat", f"{made}/rules.nft").stdout, "the other ports")
    wait_for(lambda: fetched(site.pupil, CLOSED) == "open", "the school's own services")
    run("sed", "--in-place", "/^filter-rr=/d", f"{made}/dnsmasq.conf")
    run("systemctl", "restart", "bellgate-dns")
    status, found = every_way(site)
    etc.write_text(services)
    site.say()
    wait_for(lambda: "51820" in run("cat", f"{made}/rules.nft").stdout, "the ports again")
    run("systemctl", "restart", "bellgate-rules", "bellgate-dns")
    assert status == 1
    opened = {f["way"] for f in found if not f["holds"]}
    assert {way for way in opened if "keys" not in way} == {"WireGuard", "a VPN by its name"}
    assert len(opened) == 7, "and whatever asks for keys"
    assert all(f["to_do"] for f in found if not f["holds"])
    wait_for(lambda: asked(site.pupil, OPEN) == (0, 1), "our DNS again")
    is_as_promised(site)


def every_way(site: Site) -> tuple[int, list[dict[str, Any]]]:
    """The exit status of `doctor --ways`, and what it says of each."""
    done = site.machine.run("bellgate", "doctor", "--ways", "--json", check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_names_are_not_hidden_from_the_gateway(site: Site) -> None:
    for device in site.devices.values():
        assert asked(device, OPEN) == (0, 1)
        assert asked(device, OPEN, 65) == (0, 0), "no keys to hide a name by"
        assert asked(device, "use-application-dns.net") == (3, 0)
        assert asked(device, "mask.icloud.com", 28) == (3, 0)
        # Whoever asks somebody else is answered by the gateway all the same.
        assert asked(device, "mask.icloud.com", server="198.51.100.53") == (3, 0)
    with site.pupil.namespace.inside(), pytest.raises(ConnectionRefusedError):
        import socket

        socket.create_connection(("198.51.100.1", 853), timeout=5)


def test_each_service_is_its_own_user_and_nobody_reads_what_is_secret(site: Site) -> None:
    run = site.machine.run
    for service in SERVICES:
        score = run("systemd-analyze", "security", "--no-pager", f"{service}.service").stdout
        said = score.strip().splitlines()[-1]
        assert float(said.split(": ")[1].split()[0]) <= 2.0, said
    state = "/var/lib/bellgate"
    for path in ("secrets", "people", "keys", "certificate/mitmproxy-ca.pem"):
        for user in ("bellgate-dns", "bellgate-ship", "bellgate-sentry", "bellgate-console"):
            tool = "cat" if "." in path else "ls"
            denied = run("setpriv", f"--reuid={user}", "--init-groups", f"--regid={user}",
                         tool, f"{state}/{path}", check=False)  # fmt: skip
            assert "Permission denied" in denied.stderr
    read = run("setpriv", "--reuid=bellgate-ship", "--regid=bellgate-ship", "--init-groups",
               "sh", "-c", f"wc -l {state}/log/*.jsonl")  # fmt: skip
    assert int(read.stdout.split()[0]) > 0, "whoever ships the log reads it"


ASKING = """\
import ctypes, sys
room = ctypes.create_string_buffer(400)
sys.exit(0 if ctypes.CDLL(None).adjtimex(room) >= 0 else "the clock cannot be asked")
"""


@pytest.mark.parametrize("service", ["bellgate-gate", "bellgate-console", "bellgate-rules"])
def test_a_sandboxed_service_can_ask_whether_the_clock_is_synchronised(
    site: Site, service: str
) -> None:
    """Else no clock would ever be, and nothing would be deleted when due."""
    text = (site.machine.root / f"etc/systemd/system/{service}.service").read_text()
    sandbox = [line for line in text.splitlines() if line.startswith(("SystemCall", "Protect"))]
    options = [word for line in sandbox for word in ("--property", line)]
    site.machine.run("systemd-run", "--quiet", "--pipe", "--wait", "--collect", *options,
                     "python3", "-c", ASKING)  # fmt: skip


def test_the_gate_sees_how_full_the_kernels_table_is_and_doctor_says_so(site: Site) -> None:
    text = (site.machine.root / "etc/systemd/system/bellgate-gate.service").read_text()
    sandbox = [line for line in text.splitlines() if line.startswith(("Proc", "Protect"))]
    options = [word for line in sandbox for word in ("--property", line)]
    seen = site.machine.run(
        "systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--uid=bellgate-gate", *options,
        "cat", "/proc/sys/net/netfilter/nf_conntrack_count",
    ).stdout  # fmt: skip
    assert int(seen) > 0
    looked = json.loads(site.machine.run("bellgate", "doctor", "--json", check=False).stdout)
    [room] = [finding for finding in looked if finding["what"] == "Connections"]
    assert room["good"] and "has room for 262,144" in room["said"]
    silent = "net.netfilter.nf_conntrack_tcp_timeout_established"
    assert site.machine.run("sysctl", "-n", silent).stdout == "7440\n"


def test_a_record_names_the_card_and_the_address_of_the_device(site: Site) -> None:
    for version in (4, 6):
        fetched(site.pupil, CLOSED, version)
    wait_for(lambda: len({r["source"]["ip"] for r in site.records("block")}) > 1, "the records")
    mine = [r for r in site.records("block") if r["source"]["ip"].startswith(("10.77.10.", "2001"))]
    assert mine
    for record in mine:
        assert record["source"]["ip"] in {site.pupil.ip(4), site.pupil.ip(6), site.staff.ip(6)}
        if record["source"]["ip"] != site.staff.ip(6):
            assert record["source"]["mac"] == site.pupil.mac.upper().replace(":", "-")
            assert record["user"]["roles"][-1] == "pupils"


def test_rules_that_somebody_flushes_are_back_and_on_record(site: Site) -> None:
    table = "inet bellgate"
    path = "inet bellgate_path"

    def are_there() -> bool:
        found = [site.machine.run("nft", "list", "table", *name.split(), check=False).stdout
                 for name in (table, path)]  # fmt: skip
        return all("redirect to :" in text for text in found)

    for what in ("flush ruleset", f"delete table {table}", f"flush chain {table} divert",
                 f"delete table {path}", f"flush chain {path} divert"):  # fmt: skip
        before = len(site.records("rules-restored"))
        site.machine.run("nft", *what.split())
        flushed = time.monotonic()
        wait_for(are_there, "the rules being back")
        assert time.monotonic() - flushed < 2
        wait_for(lambda n=before: len(site.records("rules-restored")) > n, "its record")
    is_as_promised(site)


def test_other_peoples_tables_are_left_alone(site: Site) -> None:
    site.machine.run("nft", "add", "table", "inet", "school")
    site.machine.run("systemctl", "restart", "bellgate-rules")
    assert "table inet school" in site.machine.run("nft", "list", "tables").stdout
    site.machine.run("nft", "delete", "table", "inet", "school")


@pytest.mark.parametrize(
    "service", ["bellgate-gate", "bellgate-sentry", "bellgate-dns", "bellgate-rules"]
)
def test_a_service_that_is_killed_is_back_and_nothing_goes_by(site: Site, service: str) -> None:
    before = len(site.contacts())
    site.machine.run("systemctl", "kill", "--signal=KILL", service)
    for _ in range(10):
        fetched(site.pupil, CLOSED)
    wait_for(lambda: fetched(site.pupil, OPEN) == "open", f"{service} being back", 15)
    assert site.leaked(before) == []
    is_as_promised(site)


def test_it_comes_back_after_a_restart_and_nothing_goes_by_meanwhile(site: Site) -> None:
    before = len(site.contacts())
    ended = threading.Event()

    def insist() -> None:
        while not ended.is_set():
            fetched(site.pupil, CLOSED, 4, "--connect-timeout", "1", "--resolve",
                    f"{CLOSED}:443:198.51.100.2")  # fmt: skip

    pupil = threading.Thread(target=insist)
    pupil.start()
    try:
        site.machine.restart()
        wait_for(lambda: fetched(site.staff, OPEN) == "open", "the site being reached", 30)
    finally:
        ended.set()
        pupil.join()
    assert site.leaked(before) == []
    is_as_promised(site)


def test_a_command_of_roots_leaves_the_gate_able_to_go_on(site: Site) -> None:
    """Commands are typed with sudo; the gate is another user."""
    run = site.machine.run
    run("bellgate", "allow", "everyone", "circumvention", "--until", "30m", "--reason", "A test")
    wait_for(lambda: fetched(site.pupil, CLOSED) == "open", "the exemption being in force")
    shown = run("bellgate", "exemptions", "--json").stdout
    number = shown.split('"id": "')[1].split('"')[0]
    run("bellgate", "revoke", number)
    wait_for(lambda: is_closed(site.pupil), "its end")
    roots = run("find", "/var/lib/bellgate", "-user", "root").stdout
    assert roots == "", "what a command of root's wrote is the gate's"


def test_a_log_that_went_on_after_the_back_up_names_the_break(site: Site) -> None:
    machine = site.machine
    machine.run("sh", "-c", "echo correct horse battery staple > /var/tmp/words")
    words = ("--passphrase-file", "/var/tmp/words")
    machine.run("bellgate", "gateway", "back-up", "/var/tmp/monday.tgz", *words)
    reveal = ("bellgate", "people", "reveal", "stf-0042", "--reason", "A complaint")
    machine.run("bellgate", "people", "add", "stf-0042", "--name", "A. Khan")
    machine.run(*reveal)
    restore = ("bellgate", "gateway", "restore", "/var/tmp/monday.tgz", "--yes", *words)
    assert "went on after the back-up was made" in machine.run(*restore, seconds=100).stdout
    assert (machine.root / "var/lib/bellgate/log.1").is_dir()
    assert "were signed" in site.records()[0]["message"]
    assert machine.run("find", "/var/lib/bellgate", "-user", "root").stdout == ""
    is_as_promised(site)


def test_taken_off_the_machine_is_as_it_was(site: Site) -> None:
    run = site.machine.run
    run("bellgate", "gateway", "uninstall", "--yes")
    assert "bellgate" not in run("nft", "list", "ruleset").stdout.lower()
    for name in ("ipv4.ip_forward", "ipv6.conf.all.forwarding"):
        assert run("sysctl", "-n", f"net.{name}").stdout.strip() == "0", "it carried nothing before"
    silent = "net.netfilter.nf_conntrack_tcp_timeout_established"
    assert run("sysctl", "-n", silent).stdout.strip() == "432000", "the kernel's own"
    for place in ("/etc/systemd/system/bellgate*", "/opt/bellgate", "/usr/local/bin/bellgate"):
        assert run("sh", "-c", f"ls -d {place}", check=False).stdout == ""
    assert fetched(site.pupil, OPEN, 4, "--resolve", f"{OPEN}:443:198.51.100.1") != "open"
    kept = run("sh", "-c", "ls /var/lib/bellgate/log/*.jsonl /etc/bellgate/schedules/school.yaml")
    assert len(kept.stdout.split()) >= 2
