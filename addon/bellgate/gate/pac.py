"""The proxy.pac file: a browser's own rule for what to send to the gate. Text only, no hooks.

Only names of restricted services go to the gate; everything else goes straight out, so that
ordinary sites outlive a dead gate.
"""

import json
from collections.abc import Iterable

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Policy
from bellgate.policy.what import Service

# No `DIRECT` after the proxy: what was diverted to a dead gate is refused. Source:
# addon/ARCHITECTURE.md, "The gate".
_SCRIPT = """\
// %(school)s: names that the timetable speaks of go to the gate, all others straight out.
var under = %(under)s;
var exactly = %(exactly)s;
var open = %(open)s;
function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/\\.$/, "");
  if (exactly.hasOwnProperty(host)) return "PROXY %(gate)s";
  for (var rest = host; ; rest = rest.substring(dot + 1)) {
    if (under.hasOwnProperty(rest)) return "PROXY %(gate)s";
    if (open.hasOwnProperty(rest)) return "DIRECT";
    var dot = rest.indexOf(".");
    if (dot < 0) return "DIRECT";
  }
}
"""


def proxy_pac(policy: Policy, gate: str) -> str:
    """The file for clients of the gate at `gate` (`address:port`, as the client wrote it)."""
    services = [s for s in policy.index.services.values() if named_by_a_rule(policy, s)]
    under = {n for s in services for n in (*s.domains, *s.embeds, *s.background)}
    return _SCRIPT % {
        "school": policy.edition.school.replace("\n", " "),
        "gate": gate,
        "under": _set_of(under | policy.index.rule_domains),
        "exactly": _set_of(n for s in services for n in s.hosts),
        "open": _set_of(n for s in services for n in s.stays_open),
    }


def named_by_a_rule(policy: Policy, service: Service) -> bool:
    """Whether any rule does more than allow a service."""
    return any(
        ACTIONS[rule.action].recorded and rule.names_service(service) for rule in policy.rules
    )


def _set_of(names: Iterable[str]) -> str:
    return json.dumps(dict.fromkeys(sorted(names), 1), separators=(",", ":"))
