"""The PAC file: a browser's own rule for what to send to the gate. Text only, no hooks.

Only names of restricted services go to the gate; everything else goes straight out, so that
ordinary sites outlive a dead gate. It may name too much, as the gate decides what comes to it, but
never too little: what it leaves out is counted and told.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Edition, Policy
from bellgate.policy.what import Listed, Service

PATHS = ("/proxy.pac", "/wpad.dat")
"""Where the gate serves it: the name that people write, and the one that browsers look for."""
MOST_BYTES = 1_000_000
"""Of the file. Chromium 150 took one of 1,048,000 bytes and refused one of 1,049,000, and reads
what this allows in a tenth of a second."""

# No `DIRECT` after the proxy: what was diverted to a dead gate is refused. Source:
# addon/ARCHITECTURE.md, "The gate".
_SCRIPT = """\
// %(school)s: names that the timetable speaks of go to the gate, all others straight out.
var under = %(under)s;
var exactly = %(exactly)s;
var open = %(open)s;
function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/\\.$/, "");
  if (exactly.hasOwnProperty(host)) return %(gate)s;
  for (var rest = host; ; rest = rest.substring(dot + 1)) {
    if (under.hasOwnProperty(rest)) return %(gate)s;
    if (open.hasOwnProperty(rest)) return "DIRECT";
    var dot = rest.indexOf(".");
    if (dot < 0) return "DIRECT";
  }
}
"""
_GATE = "%(gate)s"
_NAME_BYTES = len('"":1,')
"""Of each name, beside its letters."""


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of a restricted list the file carries."""

    listed: Listed
    names: int
    carried: int


@dataclass(frozen=True, slots=True)
class PacFile:
    """The file for a policy, and what it had no room for."""

    lists: tuple[Carried, ...]
    _script: str

    def text(self, gate: str) -> str:
        """The file for clients that reach the gate at `gate` (`address:port`)."""
        return self._script.replace(_GATE, json.dumps(f"PROXY {gate}"))

    @property
    def cut_short(self) -> tuple[Carried, ...]:
        """The lists of which it leaves names out."""
        return tuple(one for one in self.lists if one.carried < one.names)


class PacFiles:
    """Makes the file once for each edition of the policy: it may take a tenth of a second."""

    def __init__(self) -> None:
        self._last: tuple[Edition, PacFile] | None = None

    def of(self, policy: Policy) -> PacFile:
        """The file for the policy in force."""
        last = self._last
        if last is None or last[0] != policy.edition:
            last = self._last = (policy.edition, pac_file(policy))
        return last[1]


def pac_file(policy: Policy) -> PacFile:
    """The catalogue's and the school's own names, then the lists', the shortest list first, for as
    long as there is room."""
    services = [s for s in policy.index.services.values() if named_by_a_rule(policy, s)]
    under = {n for s in services for n in (*s.domains, *s.embeds, *s.background)}
    under |= policy.index.rule_domains
    exactly = {n for s in services for n in s.hosts}
    opened = {n for s in services for n in s.stays_open}
    room = MOST_BYTES - len(_written(policy, under, exactly, opened))
    restricted = [one for one in policy.index.lists if named_by_a_rule(policy, one.service)]
    lists = []
    for listed in sorted(restricted, key=lambda one: len(one.names)):
        carried = 0
        for name, is_exact in listed.names.each():
            into = exactly if is_exact else under
            if name not in into:
                room -= len(name) + _NAME_BYTES
                if room < 0:
                    break
                into.add(name)
            carried += 1
        lists.append(Carried(listed, len(listed.names), carried))
    return PacFile(tuple(lists), _written(policy, under, exactly, opened))


def named_by_a_rule(policy: Policy, service: Service) -> bool:
    """Whether any rule does more than allow a service."""
    return any(
        ACTIONS[rule.action].recorded and rule.names_service(service) for rule in policy.rules
    )


def _written(
    policy: Policy, under: Iterable[str], exactly: Iterable[str], opened: Iterable[str]
) -> str:
    return _SCRIPT % {
        # As JSON has it: no character in it ends the line of a comment.
        "school": json.dumps(policy.edition.school)[1:-1],
        "gate": _GATE,
        "under": _set_of(under),
        "exactly": _set_of(exactly),
        "open": _set_of(opened),
    }


def _set_of(names: Iterable[str]) -> str:
    return json.dumps(dict.fromkeys(sorted(names), 1), separators=(",", ":"))
