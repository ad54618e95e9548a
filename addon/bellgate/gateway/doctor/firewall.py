"""The kernel's rules: ours, and what others have there that could refuse what we let pass.

nft: `drop` and `reject` are final, whoever says them; `accept` ends only its own chain. So what a
chain of somebody else's drops cannot be let through by us, only named.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bellgate.gateway.connection_room import NEARLY_FULL, Table
from bellgate.gateway.doctor.finding import Finding
from bellgate.gateway.kernel_rules import TABLE
from bellgate.gateway.kernel_settings import FORWARDING, ROOM
from bellgate.gateway.rules import kernel_path

_OWNERS: Mapping[str, str] = {
    "ufw": "ufw: `ufw route allow in on CARD out on CARD` lets the school's side through",
    "firewalld": "firewalld: put the school's cards into a zone that forwards",
    "DOCKER": 'Docker: {"ip-forward-no-drop": true} in /etc/docker/daemon.json',
}
_HOOKS = ("forward", "prerouting")


def our_rules(loaded: bool) -> Finding:
    if loaded:
        return Finding("Rules", True, "Bellgate's rules are loaded in the kernel.")
    return Finding(
        "Rules", False, "Bellgate's rules are not in the kernel, so nothing is closed.",
        "systemctl restart bellgate-rules; `journalctl -u bellgate-rules -e` says why",
    )  # fmt: skip


def forwarding(setting: Mapping[str, str | None]) -> Finding:
    """`setting`: the kernel's, by name."""
    off = [name for name in FORWARDING if setting.get(name) not in ("1", None)]
    if not off:
        return Finding("Forwarding", True, "The machine carries traffic between its sides.")
    return Finding(
        "Forwarding", False, f"The machine carries nothing: {', '.join(off)} is 0.",
        "systemctl restart bellgate-rules sets it; what else on the machine sets it to 0?",
    )  # fmt: skip


def room(table: Table, most: Callable[[], tuple[str, int] | None]) -> Finding:
    """Whether the kernel has room for more connections. `most`: the address that opened most."""
    if table.used < NEARLY_FULL:
        return Finding("Connections", True, table.said)
    by_one = most()
    whose = f" {by_one[0]} opened {by_one[1]:,} of them." if by_one is not None else ""
    full = "is full: new ones are dropped" if table.used >= 1 else "is nearly full"
    return Finding(
        "Connections", False, f"{table.said}{whose} The table {full}.",
        f"if one device opened most of them, look at that device; if not, `sysctl -w {ROOM}="
        f"{2 * table.room}` makes room. To keep it, put that line into a file in /etc/sysctl.d and "
        "the word nf_conntrack into one in /etc/modules-load.d",
    )  # fmt: skip


def foreign_chains(ruleset: str) -> Iterator[Finding]:
    """Others' chains that refuse what is forwarded. `ruleset`: `nft --json list ruleset`."""
    found = list(_refusing(json.loads(ruleset).get("nftables", [])))
    if not found:
        yield Finding("Firewall", True, "No other rules refuse what the machine carries.")
    for family, table, chain in found:
        owner = next((hint for word, hint in _OWNERS.items() if word in f"{table} {chain}"), None)
        yield Finding(
            "Firewall", False,
            f"The chain {chain} of the table {family} {table} refuses some of what is carried; "
            "Bellgate cannot let that pass.",
            owner or f"`nft list table {family} {table}` shows it: does the school need what it "
            "refuses?",
        )  # fmt: skip


def _refusing(entries: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Base chains of others on the way of what is forwarded that refuse, themselves or by a chain
    that they lead to."""
    ours = {("inet", TABLE), ("inet", kernel_path.TABLE)}
    chains: dict[tuple[str, str, str], dict[str, Any]] = {}
    rules: dict[tuple[str, str, str], list[Any]] = {}
    for entry in entries:
        if chain := entry.get("chain"):
            chains[chain["family"], chain["table"], chain["name"]] = chain
        if rule := entry.get("rule"):
            rules.setdefault((rule["family"], rule["table"], rule["chain"]), []).append(rule)
    for key, chain in chains.items():
        if key[:2] in ours or chain.get("hook") not in _HOOKS:
            continue
        if chain.get("policy") == "drop" or _refuses(key, rules, set()):
            yield key


def _refuses(
    key: tuple[str, str, str],
    rules: Mapping[tuple[str, str, str], list[Any]],
    seen: set[tuple[str, str, str]],
) -> bool:
    if key in seen:
        return False
    seen.add(key)
    for rule in rules.get(key, []):
        for statement in rule.get("expr", []):
            if "drop" in statement or "reject" in statement:
                return True
            for way in ("jump", "goto"):
                target = statement.get(way, {}).get("target") if way in statement else None
                if target and _refuses((*key[:2], target), rules, seen):
                    return True
    return False
