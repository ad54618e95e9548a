"""The kernel's rules as text: what they say, and what cannot be said in them."""

import socket
import subprocess
from collections.abc import Iterator

import pytest

from bellgate.gateway.connection_room import table
from bellgate.gateway.kernel_rules import (
    MOST_OF_ONE,
    REMOVAL,
    Accounting,
    ClosedPorts,
    Diversion,
    Network,
    rules,
)
from bellgate.gateway.machine import loaded_rules
from bellgate.gateway.places import NFTABLES
from tests.lab.namespace import Namespace


@pytest.fixture(scope="module")
def machine() -> Iterator[Namespace]:
    namespace = Namespace("rules")
    yield namespace
    namespace.remove()


def load(machine: Namespace, text: str) -> str:
    """Load it into a real kernel; the rules that are in force afterwards."""
    done = subprocess.run(
        machine.argv(["nft", "-f", "-"]), input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return machine.run("nft", "list", "ruleset").stdout


def test_the_kernel_takes_them_again_and_again_and_lets_them_go(machine: Namespace) -> None:
    other = "table inet school {\n\tchain theirs {\n\t}\n}\n"
    load(machine, other)
    once = load(machine, rules(Diversion(("lan0", "wlan0.20"), wan="wan")))
    assert once == load(machine, rules(Diversion(("lan0", "wlan0.20"), wan="wan")))
    assert once.count("redirect to :8081") == 1
    changed = load(machine, rules(Diversion(("lan1",), port=9000, wan="wan")))
    assert "lan0" not in changed and "redirect to :9000" in changed
    assert load(machine, REMOVAL) == other
    assert load(machine, REMOVAL) == other


def test_one_device_fills_the_kernels_table_for_nobody(machine: Namespace) -> None:
    """It sends to one port after the other, as who looks for an open one does."""
    device, server = Namespace("device"), Namespace("server")
    try:
        for place, name, number in ((device, "lan", 10), (server, "wan", 51)):
            machine.ip_batch(
                f"link add {name} type veth peer name card netns {place.name}",
                f"addr add 10.77.{number}.1/24 dev {name}", f"link set {name} up",
            )  # fmt: skip
            place.ip_batch(
                f"addr add 10.77.{number}.2/24 dev card", f"addr add 10.77.{number}.3/24 dev card",
                "link set card up", f"route add default via 10.77.{number}.1",
            )  # fmt: skip
        machine.set(ipv4__ip_forward="1")
        load(machine, rules(Diversion(("lan",), wan="wan")))
        with machine.inside():
            loaded = loaded_rules(NFTABLES)
        heard = fills(device, server)
        with machine.inside():
            found = table()
            # What the kernel has is still what was loaded, for whoever compares the two.
            assert loaded == loaded_rules(NFTABLES)
        assert found is not None and found.followed < MOST_OF_ONE + 1_000
        assert heard, "another device's goes on"
    finally:
        load(machine, REMOVAL)
        device.remove()
        server.remove()


def fills(device: Namespace, server: Namespace) -> bytes:
    """What the server hears of another device, once the first has sent to 40,000 ports."""
    with server.inside():
        hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        hears.bind(("10.77.51.2", 60_000))
    with device.inside():
        first, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    first.bind(("10.77.10.2", 0))
    other.bind(("10.77.10.3", 0))
    with hears, first, other:
        for port in range(10_000, 50_000):
            first.sendto(b"x", ("10.77.51.2", port))
        other.sendto(b"good morning", ("10.77.51.2", 60_000))
        hears.settimeout(3)
        return hears.recv(100)


def test_what_is_brought_to_the_gate_is_what_the_promises_say() -> None:
    text = rules(Diversion(("lan",), port=8081, wan="wan"))
    lines = [line.strip() for line in text.splitlines()]
    divert = lines[lines.index("chain divert {") : lines.index("chain guard {")]
    # In this order: only from inside, never what is meant for this machine or stays inside, then
    # the web's two ports, and names.
    assert [line for line in divert if line and line[0] not in "#}"][2:] == [
        'iifname != { "lan", "bellgate-probe" } accept',
        "fib daddr type local accept",
        'iifname != "bellgate-probe" fib daddr oifname != "wan" accept',
        "tcp dport { 80, 443 } redirect to :8081",
        "udp dport 53 redirect to :53",
        "tcp dport 53 redirect to :53",
    ]
    assert "tcp dport 8081 ct status & dnat == 0 reject with tcp reset" in lines
    onward = [line for line in lines[lines.index("chain onward {") :] if line[:1] not in "#}"]
    assert onward[1:10] == [
        "type filter hook forward priority filter; policy accept;",
        'iifname != { "lan", "bellgate-probe" } accept',
        'oifname != { "wan", "bellgate-away" } accept',
        "ct state new meta nfproto ipv4 "
        f"add @held4 {{ ip saddr ct count over {MOST_OF_ONE} }} drop",
        "ct state new meta nfproto ipv6 add @held6 { ether saddr . ip6 saddr & "
        f"ffff:ffff:ffff:ffff:: ct count over {MOST_OF_ONE} }} drop",
        "udp dport { 80, 443, 8443 } reject",
        "udp dport 853 reject",
        "tcp dport 853 reject with tcp reset",
        "tcp dport { 80, 443 } reject with tcp reset",
    ]


def test_while_the_gate_is_away_and_the_school_chose_open_the_web_goes_by(
    machine: Namespace,
) -> None:
    away = load(machine, rules(Diversion(("lan",), wan="wan", gate_is_away=True)))
    assert "redirect to :8081" not in away
    assert "tcp dport { 80, 443 } reject" not in away
    assert "udp dport { 80, 443, 8443 } reject" in away
    load(machine, REMOVAL)


def test_the_kernel_takes_all_that_a_gateway_may_want(machine: Namespace) -> None:
    ports = ClosedPorts(
        (500, 4500),
        (1723,),
        (Network("10.77.10.0/25", True), Network("10.77.10.0/24", False),
         Network("2001:db8:10::/64", True)),
        elsewhere=True,
    )  # fmt: skip
    whole = Diversion(
        ("lan",), wan="wan", masquerade=True, forward_to=("192.0.2.53", "2001:db8::53"),
        closed_ports=ports,
    )  # fmt: skip
    found = load(machine, rules(whole))
    assert "masquerade" in found
    assert "ip saddr 192.0.2.53 accept" in found
    assert found.index("10.77.10.0/25 goto closed_ports") < found.index("10.77.10.0/24 return")
    load(machine, REMOVAL)


@pytest.mark.parametrize(
    "name",
    ["", 'lan" accept; #', "lan\n", "a b", "x" * 16, "lan; flush ruleset", "{", "ethé"],
)
def test_a_name_that_is_no_interface_is_not_written(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a network interface"):
        rules(Diversion(("lan", name), wan="wan"))
    with pytest.raises(ValueError, match="is not the name of a network interface"):
        rules(Diversion(("lan",), wan=name))


def test_rules_that_would_divert_nothing_or_to_nowhere_are_not_written() -> None:
    with pytest.raises(ValueError, match="no inside interface"):
        rules(Diversion((), wan="wan"))
    for port in (0, 80, 443, 65536):
        with pytest.raises(ValueError, match=f"port {port}"):
            rules(Diversion(("lan",), port=port, wan="wan"))


@pytest.mark.parametrize(
    ("address", "client"), [("10.77.20.1", "10.77.20.2"), ("2001:db8:20::1", "2001:db8:20::2")]
)
def test_only_access_points_reach_the_port_that_they_report_to(
    machine: Namespace, address: str, client: str
) -> None:
    accounting = Accounting(address, 1813, [client])
    text = rules(Diversion(("lan",), wan="wan", accounting=accounting))
    family = "ip6" if ":" in address else "ip"
    there = f"{family} daddr {address} udp dport 1813"
    loaded = load(machine, text)
    assert f'iifname != "lan" {there} drop' in loaded
    assert f"{there} {family} saddr != {client} drop" in loaded
    load(machine, REMOVAL)
    with pytest.raises(ValueError, match="neither an address nor a network"):
        rules(Diversion(("lan",), wan="wan", accounting=Accounting(address, 1813, ["; drop"])))
