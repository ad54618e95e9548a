"""What doctor says of others' rules and of the machine's cards, from real rules and real wires."""

import ipaddress
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from bellgate.gateway.connection_room import Table, opened_most, table
from bellgate.gateway.doctor import firewall, sign_ins, wires
from bellgate.gateway.doctor.services import Service
from bellgate.gateway.kernel_rules import Diversion, rules
from tests.lab.namespace import Namespace
from tests.lab.school import wait_for


@pytest.fixture
def machine() -> Iterator[Namespace]:
    namespace = Namespace("doctor")
    yield namespace
    namespace.remove()


@pytest.mark.parametrize(
    ("active", "restarts", "running", "well"),
    [
        (True, 0, 1, True),
        (True, 1, 599, False),  # it ended a moment ago
        (True, 1, 600, True),
        (True, 3, 90_000, True),
        (True, 4, 90_000, False),  # again and again
        (False, 0, 0, False),
    ],
)
def test_a_service_is_well_that_runs_and_has_not_just_ended_by_itself(
    active: bool, restarts: int, running: float, well: bool
) -> None:
    unit = "bellgate-gate.service"
    service = Service("gate", unit, active, "running", "Mon 10:15", restarts, running)
    assert service.is_well == well


def looked(machine: Namespace, text: str) -> list[firewall.Finding]:
    done = subprocess.run(
        machine.argv(["nft", "-f", "-"]), input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(firewall.foreign_chains(machine.run("nft", "--json", "list", "ruleset").stdout))


def test_our_own_rules_and_what_only_counts_are_no_trouble(machine: Namespace) -> None:
    ours = rules(Diversion(("lan",), wan="wan"))
    counting = (
        "table ip school {\n chain seen {\n type filter hook forward priority 0;\n counter\n}\n}\n"
    )
    [finding] = looked(machine, ours + counting)
    assert finding.good


FORWARD = "type filter hook forward priority 0;"
POLICY = f"table ip filter {{\n chain FORWARD {{\n {FORWARD} policy drop;\n}}\n}}\n"
JUMP = (
    "table ip filter {\n chain ufw-deny {\n drop\n}\n"
    f" chain FORWARD {{\n {FORWARD}\n jump ufw-deny\n}}\n}}\n"
)
RULE = f"table inet firewalld {{\n chain filter_FORWARD {{\n {FORWARD}\n reject\n}}\n}}\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [(POLICY, "table ip filter"), (JUMP, "table ip filter"), (RULE, "table inet firewalld")],
    ids=["policy", "jump", "rule"],
)
def test_somebody_elses_chain_that_refuses_is_named(
    machine: Namespace, text: str, named: str
) -> None:
    [finding] = looked(machine, text)
    assert not finding.good
    assert named in finding.said and finding.to_do


def test_forwarding_that_is_off_is_said() -> None:
    on = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": None}
    assert firewall.forwarding(on).good, "a machine without IPv6 has no such setting"
    off = firewall.forwarding({**on, "net.ipv4.ip_forward": "0"})
    assert not off.good and "net.ipv4.ip_forward" in off.said


IN_USE = """\
ipv4     2 tcp      6 431999 ESTABLISHED src=10.77.10.21 dst=198.51.100.1 sport=40000 dport=443 \
src=198.51.100.1 dst=203.0.113.1 sport=443 dport=40000 [ASSURED] mark=16 use=1
ipv6     10 udp      17 29 src=2001:0db8:0010:0000:0000:0000:0000:0021 dst=2001:db8::1 sport=9 \
dport=9 [UNREPLIED] src=2001:db8::1 dst=2001:0db8:0010:0000:0000:0000:0000:0021 sport=9 dport=9
ipv6     10 udp      17 29 src=2001:0db8:0010:0000:0000:0000:0000:0021 dst=2001:db8::1 sport=8 \
dport=9 [UNREPLIED] src=2001:db8::1 dst=2001:0db8:0010:0000:0000:0000:0000:0021 sport=9 dport=8
"""


@pytest.mark.parametrize(
    ("followed", "good", "said"),
    [
        (9_000, True, "The kernel follows 9,000 connections and has room for 262,144."),
        (235_000, False, "2001:db8:10::21 opened 2 of them. The table is nearly full."),
        (262_144, False, "The table is full: new ones are dropped."),
    ],
)
def test_a_table_of_connections_that_fills_is_told_with_who_fills_it(
    followed: int, good: bool, said: str
) -> None:
    found = firewall.room(Table(followed, 262_144), lambda: opened_most(IN_USE.splitlines()))
    assert found.good == good and found.said.endswith(said)
    assert ("nf_conntrack_max=524288" in found.to_do) != good


def test_the_table_of_connections_is_read_from_the_kernel(machine: Namespace) -> None:
    looked(machine, rules(Diversion(("lan",), wan="wan")))
    with machine.inside():
        before = table()
        for port in range(9_000, 9_050):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
                sending.sendto(b"x", ("127.0.0.1", port))
        after = table()
    assert before is not None and after is not None
    assert (before.followed, after.followed) == (0, 50) and after.room > 0


def test_a_network_on_no_card_of_the_schools_side_is_named() -> None:
    network = ipaddress.ip_network
    attached = {"lan0": [network("10.77.10.0/24")], "wan0": [network("10.77.20.0/24")]}
    school = [network("10.77.10.0/24"), network("10.77.20.0/24"), network("10.77.30.0/24")]
    said = [finding.said for finding in wires.networks(school, attached, ["lan0"])]
    assert said == [
        "10.77.20.0/24 in devices.yaml is on wan0, which `lan` in gateway.yaml does not name, so "
        "what comes from there is not filtered.",
        "10.77.30.0/24 in devices.yaml is on no card.",
    ]
    [good] = wires.networks(school[:1], attached, ["lan0"])
    assert good.good


def test_another_router_that_announces_itself_is_heard(machine: Namespace) -> None:
    """A second router on the school's side: here a dnsmasq that announces a prefix."""
    other = Namespace("router")
    try:
        for namespace in (machine, other):
            namespace.set(ipv6__conf__default__dad_transmits="0")
        machine.ip_batch(
            f"link add lan0 type veth peer name card netns {other.name}", "link set lan0 up"
        )
        other.ip_batch("link set card up", "addr add 2001:db8:66::1/64 dev card nodad")
        wait_for(
            lambda: (
                "tentative" not in machine.run("ip", "addr", "show", "lan0").stdout
                and "fe80::" in machine.run("ip", "addr", "show", "lan0").stdout
            ),
            "the card having an address",
        )
        with machine.inside():
            assert [f.good for f in wires.foreign_routers(["lan0"], [])] == [True]
        other.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
                    "--pid-file=", "--port=0", "--enable-ra", "--interface=card",
                    "--dhcp-range=2001:db8:66::,ra-only")  # fmt: skip
        heard: list[firewall.Finding] = []
        for _ in range(5):
            with machine.inside():
                heard = list(wires.foreign_routers(["lan0"], []))
            if not heard[0].good:
                break
        assert not heard[0].good and "fe80::" in heard[0].said
    finally:
        other.remove()


@pytest.mark.parametrize(
    ("more", "good", "said"),
    [
        (
            {"packets": {"taken": 9}},
            True,
            "3 sessions are open; 2 of them belong to people who are known.",
        ),
        (
            {"problem": "the secret is missing"},
            False,
            "No access point can be heard: the secret is missing.",
        ),
        ({"packets": {"not believed": 4}}, False, "4 packets were not believed"),
        ({"packets": {"taken": 4}, "ignored": {"old": 3}}, False, "3 reports were minutes old"),
        ({}, False, "No access point has sent anything"),
    ],
)
def test_whether_access_points_are_heard(more: dict[str, Any], good: bool, said: str) -> None:
    found = sign_ins.heard({
        "listen": "10.77.20.1:1813", "problem": None, "sessions": 3, "named": 2,
        "packets": {}, "ignored": {}, **more,
    })  # fmt: skip
    assert (found.good, said in found.said, bool(found.to_do)) == (good, True, not good)


def test_another_that_gives_out_addresses_is_heard(machine: Namespace) -> None:
    """A second router again; it may where the school says that somebody else does."""
    other = Namespace("router")
    try:
        machine.ip_batch(
            f"link add lan0 type veth peer name card netns {other.name}",
            "link set lan0 up", "addr add 192.168.1.1/24 dev lan0",
        )  # fmt: skip
        other.ip_batch("link set card up", "addr add 192.168.1.254/24 dev card")
        other.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
                    "--pid-file=", "--port=0", "--interface=card", "--no-ping",
                    "--dhcp-leasefile=/dev/null",
                    "--dhcp-range=192.168.1.50,192.168.1.60,1h")  # fmt: skip
        wait_for(lambda: ":67" in other.run("ss", "-lun").stdout, "the other router")
        with machine.inside():
            [heard] = wires.others_that_lease(["lan0"], ["192.168.1.1"], ours=True)
            [theirs] = wires.others_that_lease(["lan0"], ["192.168.1.1"], ours=False)
        assert not heard.good and "192.168.1.254 on lan0 gives out addresses" in heard.said
        assert theirs.good
    finally:
        other.remove()
