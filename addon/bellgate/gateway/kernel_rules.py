"""The kernel's part, as text for `nft -f`: what is brought to the gate and what is refused.

Text only: nothing here is applied. Loading the text again replaces what was loaded before, in one
step; connections that were open before the first time go on as they were.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

TABLE = "bellgate"

# What the kernel takes as an interface's name, without what would end the text's quotation marks.
_INTERFACE = re.compile(r"[A-Za-z0-9_.:@-]{1,15}\Z")

_RULES = """\
# Made by Bellgate; written anew at each change.
table inet {table}
delete table inet {table}
table inet {table} {{
	# Web connections of the school's devices go to the gate, which asks the kernel where they were
	# going. What is meant for this machine itself stays with it.
	chain divert {{
		type nat hook prerouting priority dstnat; policy accept;
		iifname != {{ {inside} }} accept
		fib daddr type local accept
		tcp dport {{ 80, 443 }} redirect to :{port}
	}}

	# The gate's own port, dialled directly: the gate would take itself for where the connection was
	# going, and dial itself until no descriptor was left.
	chain guard {{
		type filter hook input priority filter; policy accept;
		tcp dport {port} ct status & dnat == 0 reject with tcp reset
	}}

	# QUIC hides its names from the gate. Refused with an answer, browsers fall back at once.
	chain onward {{
		type filter hook forward priority filter; policy accept;
		iifname {{ {inside} }} udp dport {{ 80, 443, 8443 }} reject
	}}
}}
"""


@dataclass(frozen=True, slots=True)
class Diversion:
    """Which devices' web connections come to the gate: those on the inside interfaces."""

    inside: Sequence[str]
    port: int = 8081
    """Where the gate listens in transparent mode, on every address of IPv4 and IPv6."""


def rules(diversion: Diversion) -> str:
    """The text. Raises ValueError for what cannot stand in it."""
    if not diversion.inside:
        raise ValueError("no inside interface is named, so nothing would be diverted")
    for name in diversion.inside:
        if not _INTERFACE.match(name):
            raise ValueError(f'"{name}" is no name of a network interface')
    if not 0 < diversion.port < 65536 or diversion.port in (80, 443):
        raise ValueError(f"the gate cannot have port {diversion.port} to itself")
    inside = ", ".join(f'"{name}"' for name in diversion.inside)
    return _RULES.format(table=TABLE, inside=inside, port=diversion.port)
