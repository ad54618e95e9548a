"""The rules of the kernel's path as text: what a real kernel takes, and what cannot be said."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bellgate.gateway.machine import has_own_queue
from bellgate.gateway.rules.kernel_path import (
    CHAIN,
    QUEUE_PROBE,
    TABLE,
    KernelPath,
    iptables,
    rules,
)
from tests.lab.kernel_path import put_in_place, take_away
from tests.lab.namespace import Namespace

PATH = KernelPath(("lan0", "wlan0.20"), "wan0")


@pytest.fixture(scope="module")
def machine() -> Iterator[Namespace]:
    namespace = Namespace("path")
    yield namespace
    namespace.remove()


def load(machine: Namespace, text: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        machine.argv(command or ["nft", "-f", "-"]),
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_kernel_takes_them_again_and_again_beside_others(machine: Namespace) -> None:
    other = "table inet school {\n\tchain theirs {\n\t}\n}\n"
    assert load(machine, other).returncode == 0
    for path in (PATH, PATH, KernelPath(("lan1",), "wan0", when_down="closed")):
        done = load(machine, rules(path, own_queue=False))
        assert done.returncode == 0, done.stderr
    listed = machine.run("nft", "list", "ruleset").stdout
    assert "chain theirs" in listed and '"lan0"' not in listed and '"lan1"' in listed
    assert load(machine, f"delete table inet {TABLE}").returncode == 0
    assert TABLE not in machine.run("nft", "list", "ruleset").stdout


def test_a_gate_that_stays_away_is_known_also_where_no_sentry_says_so(machine: Namespace) -> None:
    for away in (False, True):
        done = load(machine, rules(replace(PATH, gate_is_away=away), own_queue=False))
        assert done.returncode == 0, done.stderr
        held = machine.run("nft", "list", "set", "inet", TABLE, "gate_lost").stdout
        assert ("elements = { tcp }" in held) == away
        watched = machine.run("nft", "list", "set", "inet", TABLE, "watched").stdout
        assert f"tcp timeout {'5s' if away else '30s'}" in watched, "no second grace begins"


@pytest.mark.parametrize("command", ["iptables", "ip6tables"])
def test_the_queue_by_iptables_stands_once(machine: Namespace, command: str) -> None:
    for _ in range(2):
        done = load(machine, iptables(PATH), f"{command}-restore", "--noflush")
        assert done.returncode == 0, done.stderr
    said = machine.run(command, "-t", "mangle", "-S", CHAIN).stdout
    assert said.count("NFQUEUE") == 1 and "--queue-bypass" in said and "fail" not in said


def test_where_the_kernel_has_its_own_queue_nothing_else_is_needed(machine: Namespace) -> None:
    """Its text parses in either case; whether this kernel takes it is what the probe asks."""
    text = rules(PATH, own_queue=True)
    assert text.count("queue flags bypass to 7") == 1
    taken = load(machine, text, "nft", "--check", "-f", "-")
    probe = load(machine, QUEUE_PROBE, "nft", "--check", "-f", "-")
    assert taken.returncode == probe.returncode
    assert "syntax error" not in taken.stderr + probe.stderr


def test_they_are_put_in_place_and_taken_away_without_a_trace(machine: Namespace) -> None:
    theirs = machine.run("iptables", "-t", "mangle", "-A", "FORWARD", "-j", "ACCEPT")
    assert theirs.returncode == 0
    for command in ("iptables", "ip6tables"):
        machine.run(command, "-t", "mangle", "-X", CHAIN)
    with machine.inside():
        for _ in range(2):
            put_in_place(PATH)
        asks = machine.run("iptables", "-t", "mangle", "-S").stdout.count(f"-j {CHAIN}")
        assert asks == (0 if has_own_queue() else 1)
        for _ in range(2):
            take_away()
    after = machine.run("nft", "list", "ruleset").stdout
    assert TABLE not in after and CHAIN not in after and "NFQUEUE" not in after
    assert "-A FORWARD -j ACCEPT" in machine.run("iptables", "-t", "mangle", "-S").stdout


def test_what_the_school_chose_for_a_dead_sentry(machine: Namespace) -> None:
    opened = rules(PATH, own_queue=False)
    closed = rules(KernelPath(("lan0",), "wan0", when_down="closed"), own_queue=False)
    assert "unvetted accept" in opened and "unvetted accept" not in closed
    assert "@gate_lost accept" in opened and "@gate_lost accept" not in closed


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (KernelPath((), "wan0"), "no inside interface is named"),
        (KernelPath(('lan0" accept',), "wan0"), "is not the name of a network interface"),
        (KernelPath(("lan0",), "wan0; flush ruleset"), "is not the name of a network interface"),
        (KernelPath(("lan0", "wan0"), "wan0"), "wan0 cannot be on both sides"),
        (KernelPath(("lan0",), "wan0", gate_port=443), "cannot have port 443 to itself"),
    ],
)
def test_what_cannot_stand_in_them(path: KernelPath, said: str) -> None:
    for text in (lambda: rules(path, own_queue=True), lambda: iptables(path)):
        with pytest.raises(ValueError, match=said):
            text()
