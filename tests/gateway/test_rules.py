"""The kernel's rules as text: what they say, and what cannot be said in them."""

import subprocess
from collections.abc import Iterator

import pytest

from bellgate.gateway.kernel_rules import TABLE, Diversion, rules
from tests.lab.namespace import Namespace

# It takes them away whether or not they were loaded.
REMOVAL = f"table inet {TABLE}\ndelete table inet {TABLE}\n"


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
    once = load(machine, rules(Diversion(("lan0", "wlan0.20"))))
    assert once == load(machine, rules(Diversion(("lan0", "wlan0.20"))))
    assert once.count("redirect to :8081") == 1
    changed = load(machine, rules(Diversion(("lan1",), port=9000)))
    assert "lan0" not in changed and "redirect to :9000" in changed
    assert load(machine, REMOVAL) == other
    assert load(machine, REMOVAL) == other


def test_what_is_brought_to_the_gate_is_what_the_promises_say() -> None:
    text = rules(Diversion(("lan",), port=8081))
    lines = [line.strip() for line in text.splitlines()]
    divert = lines[lines.index("chain divert {") : lines.index("chain guard {")]
    # In this order: only from inside, never what is meant for this machine, the web's two ports.
    assert [line for line in divert if line and line[0] not in "#}"][2:] == [
        'iifname != { "lan" } accept',
        "fib daddr type local accept",
        "tcp dport { 80, 443 } redirect to :8081",
    ]
    assert "tcp dport 8081 ct status & dnat == 0 reject with tcp reset" in lines
    assert 'iifname { "lan" } udp dport { 80, 443, 8443 } reject' in lines


@pytest.mark.parametrize(
    "name",
    ["", 'lan" accept; #', "lan\n", "a b", "x" * 16, "lan; flush ruleset", "{", "ethé"],
)
def test_a_name_that_is_no_interface_is_not_written(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a network interface"):
        rules(Diversion(("lan", name)))


def test_rules_that_would_divert_nothing_or_to_nowhere_are_not_written() -> None:
    with pytest.raises(ValueError, match="no inside interface"):
        rules(Diversion(()))
    for port in (0, 80, 443, 65536):
        with pytest.raises(ValueError, match=f"port {port}"):
            rules(Diversion(("lan",), port=port))
