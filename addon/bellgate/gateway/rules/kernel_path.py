"""The kernel's path, as text: which connections it forwards once the sentry has passed them.

    divert (prerouting) → before (forward −160) → the sentry's queue (−150) → after (−140)

Text only: nothing here is applied. Loading it again replaces what was loaded before, in one step;
what is open goes on, for its state stands in the connection's own mark (`wire/path_mark.py`). The
numbers that stand for states here are those of that file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bellgate.gateway.kernel_rules import AWAY, PROBE
from bellgate.wire import path_mark as mark

TABLE: Final = "bellgate_path"
CHAIN: Final = "BELLGATE-SENTRY"
"""The chain of iptables, where the kernel's own `queue` is not to be had."""
GRACE_SECONDS: Final = 30
"""How long what would come to the sentry is reset once it is gone, before `when_down` holds."""
GRACE_LEFT_SECONDS: Final = 5
"""The same where the gate has been away for as long already: rules that are loaded then begin no
second grace. The sentry says each second that it is there."""
DIVERTED_SECONDS: Final = 30
"""How long a device's connections to an address that was refused come to the gate."""

QUEUE: Final = 7
"""The number of the sentry's queue, if no other is given."""
LOG_GROUP: Final = 7
"""The number of the group in which the sentry hears our name server's answers."""

_INTERFACE = re.compile(r"[A-Za-z0-9_.:@-]{1,15}\Z")

# The 32 bytes of a ServerHello's random that make it a HelloRetryRequest, in two halves of the
# longest that a rule compares (RFC 8446, section 4.1.3). They stand after 5 bytes of record, 4 of
# handshake and 2 of version.
_TRY_AGAIN: Final = (
    "@ih,88,128 0xcf21ad74e59a6111be1d8c021e65b891 @ih,216,128 0xc2a211167abb8c5e079e09e2c8a8339c"
)


@dataclass(frozen=True, slots=True)
class KernelPath:
    """What the rules are made from."""

    inside: Sequence[str]
    """The interfaces on the school's side."""
    wan: str
    """The interface on the internet's side."""
    gate_port: int = 8081
    """Where the gate listens in transparent mode."""
    when_down: Literal["open", "closed"] = "open"
    new_connections: int = 50
    """Each device's share of new connections, a second."""
    burst: int = 500
    gate_is_away: bool = False
    """The gate has been away for so long that `when_down` holds: also where no sentry is there to
    say so."""
    queue: int = QUEUE
    log_group: int = LOG_GROUP


_RULES = """\
# Made by Bellgate; written anew at each change.
table inet {table}
delete table inet {table}
table inet {table} {{
	# Filled by a refused packet itself: so the retry of that device gets the page.
	set diverted4 {{
		type ipv4_addr . ipv4_addr; size 65535; flags dynamic,timeout; timeout {diverted}s;
	}}
	set diverted6 {{
		type ipv6_addr . ipv6_addr; size 65535; flags dynamic,timeout; timeout {diverted}s;
	}}
	# Kept by the sentry: where names lead that are restricted now.
	set named4 {{ type ipv4_addr; size 262144; }}
	set named6 {{ type ipv6_addr; size 262144; }}
	# There while the sentry is, and {grace} seconds longer.
	set watched {{ type inet_proto; flags timeout; elements = {{ tcp timeout {grace_left}s }}; }}
	# There once the gate has been away for so long.
	set gate_lost {{ type inet_proto; {gate_lost}}}
	set shares4 {{ type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m; }}
	set shares6 {{ type ether_addr . ipv6_addr; size 65535; flags dynamic,timeout; timeout 1m; }}
	counter asked {{ }}
	counter passed {{ }}
	counter refused {{ }}
	counter cut {{ }}
	counter unvetted {{ }}
	counter too_many {{ }}

	# What comes to the gate at once. Inside to inside is never ours, nor is this machine itself.
	chain divert {{
		type nat hook prerouting priority dstnat; policy accept;
		iifname != {{ {inside} }} accept
		fib daddr type local accept
		iifname != "{probe}" fib daddr oifname != "{wan}" accept
{without_gate}		tcp dport 80 redirect to :{port}
		tcp dport 443 ip daddr @named4 redirect to :{port}
		tcp dport 443 ip6 daddr @named6 redirect to :{port}
		tcp dport 443 ip saddr . ip daddr @diverted4 redirect to :{port}
		tcp dport 443 ip6 saddr . ip6 daddr @diverted6 redirect to :{port}
	}}

	# The gate's own port, dialled directly: the gate would take itself for where the connection was
	# going, and dial itself until no descriptor was left.
	chain guard {{
		type filter hook input priority filter; policy accept;
		tcp dport {port} ct status & dnat == 0 reject with tcp reset
	}}

	# The answers of our own name server, copied for the sentry.
	chain answers {{
		type filter hook output priority filter; policy accept;
		oifname {{ {inside} }} udp sport 53 log group {group} queue-threshold 1
		oifname {{ {inside} }} tcp sport 53 log group {group} queue-threshold 1
	}}

	# What the sentry itself says in a connection's name is no connection's.
	chain poke {{
		type filter hook output priority raw; policy accept;
		meta mark & {state} == {poke} notrack
	}}

	chain before {{
		type filter hook forward priority -160; policy accept;
		ct mark & {state} == {passed} tcp flags & syn == 0 accept
		iifname {{ {outside} }} tcp sport 443 tcp flags & (syn | ack) == syn | ack jump agreed
		iifname {{ {inside} }} oifname {{ {outside} }} tcp dport 443 \
			tcp flags & (syn | ack) == syn jump begins
		meta l4proto tcp ct mark & {state} == {cut} counter name cut reject with tcp reset
		iifname {{ {outside} }} ct mark & {state} == {unanswered} jump answered
		iifname {{ {inside} }} oifname {{ {outside} }} tcp dport 443 jump select
		iifname {{ {outside} }} ct direction reply tcp sport 443 \
			ct mark & {state} == {undecided} jump early
		iifname {{ {inside} }} oifname {{ {outside} }} udp dport {{ 80, 443, 8443 }} reject
	}}

	# The server speaks: from now on nothing can take the hello's place, unless it asks for another
	# hello. That one would go unread: so it meets a reset, and its retry comes to the gate.
	chain answered {{
		ct direction != reply return
		{try_again} jump divert_next
		ct mark & {state} == {cut} accept
		tcp flags & psh == psh ct mark set ct mark & {answered}
		accept
	}}

	chain select {{
		ct mark & {state} == {unvetted} return
		ct state invalid drop
		jump empty
		ct mark & {state} == {undecided} meta mark set ct mark counter name asked return
		ct mark & {state} == {unanswered} meta mark set {asks_again} counter name asked return
		counter name cut reject with tcp reset
	}}

	# A first segment that holds data would be read by the server before anybody else read it; the
	# sentry drops it, and the client sends it again without.
	chain begins {{
		ct state invalid drop
		ct state new meta nfproto ipv4 add @shares4 {{ ip saddr {share} }} \
			counter name too_many drop
		ct state new meta nfproto ipv6 add @shares6 \
			{{ ether saddr . ip6 saddr & {network} {share} }} \
			counter name too_many drop
		ct mark 0 ct mark set {undecided}
		jump empty
		meta mark set {asks} counter name asked accept
	}}

	# Where the server waits for the client's first byte, it says itself: the client could say
	# anything. Whatever was let through on these ports before was another connection.
	chain agreed {{
		ct direction != reply return
		ct mark set tcp ackseq << 8 | {undecided}
		jump empty
		jump early
		accept
	}}

	# Segments of a handshake that hold nothing, by exact lengths: anything else is asked about.
	chain empty {{
		ip hdrlength 5 tcp doff 5 ip length 40 accept
		ip hdrlength 5 tcp doff 8 ip length 52 accept
		ip hdrlength 5 tcp doff 10 ip length 60 accept
		ip hdrlength 5 tcp doff 11 ip length 64 accept
		ip6 nexthdr tcp tcp doff 5 ip6 length 20 accept
		ip6 nexthdr tcp tcp doff 8 ip6 length 32 accept
		ip6 nexthdr tcp tcp doff 10 ip6 length 40 accept
		ip6 nexthdr tcp tcp doff 11 ip6 length 44 accept
	}}

	# A server that speaks before its client has: no web page, which is for the gate to look at.
	chain early {{
		jump empty
		meta mark set {answers} counter name asked
	}}

	chain divert_next {{
		meta nfproto ipv4 update @diverted4 {{ ct original ip saddr . ct original ip daddr }}
		meta nfproto ipv6 update @diverted6 {{ ct original ip6 saddr . ct original ip6 daddr }}
		ct mark & {state} != {cut} counter name refused
		ct mark set {cut}
	}}
{queue}
	chain after {{
		type filter hook forward priority -140; policy accept;
		meta mark 0 accept
		meta mark & {state} == {unanswered} jump let_through
		meta mark & {state} == {go_on} accept
		meta mark & {state} == {refused} jump divert_next
		meta mark & {state} == {refused} reject with tcp reset
		meta mark & {asking} == {asks} jump unasked
	}}

	# Only the first answer changes anything: a hello that was sent again meanwhile is no further
	# connection, and a connection that was cut since stays cut.
	chain let_through {{
		ct mark & {state} == {undecided} counter name passed ct mark set meta mark accept
		ct mark & {state} == {cut} counter name cut reject with tcp reset
		accept
	}}

	# Nobody answered: the sentry is not there.
	chain unasked {{
		# Said twice, for nft does not gather from a set that it is TCP.
		meta l4proto @watched meta l4proto tcp counter name cut reject with tcp reset
{when_down}
	}}
}}
"""

_OWN_QUEUE = """
	chain sentry {{
		type filter hook forward priority -150; policy accept;
		meta mark & {asking} == {asks} queue flags bypass to {queue}
	}}
"""

_WHEN_DOWN: Final = {
    "open": f"\t\tct mark set {mark.UNVETTED:#x} counter name unvetted accept",
    "closed": "\t\tcounter name cut reject with tcp reset",
}


def rules(path: KernelPath, *, own_queue: bool) -> str:
    """The text for `nft -f`. `own_queue`: the kernel has nft's own `queue`; else load `iptables`,
    too. Raises ValueError for what cannot stand in it."""
    _check(path)
    asking, asks = f"{mark.ASKING:#x}", f"{mark.ASKS:#x}"
    queue = _OWN_QUEUE.format(asking=asking, asks=asks, queue=path.queue) if own_queue else ""
    lost = "\t\tmeta l4proto @gate_lost accept\n" if path.when_down == "open" else ""
    return _RULES.format(
        table=TABLE,
        inside=_names((*path.inside, PROBE)),
        outside=_names((path.wan, AWAY)),
        wan=path.wan,
        probe=PROBE,
        port=path.gate_port,
        group=path.log_group,
        diverted=DIVERTED_SECONDS,
        grace=GRACE_SECONDS,
        grace_left=GRACE_LEFT_SECONDS if path.gate_is_away else GRACE_SECONDS,
        share=f"limit rate over {path.new_connections}/second burst {path.burst} packets",
        # Of IPv6 a device has as many addresses as it likes: its card counts, or its network
        # behind another router.
        network="ffff:ffff:ffff:ffff::",
        without_gate=lost,
        gate_lost="elements = { tcp }; " if path.gate_is_away else "",
        when_down=_WHEN_DOWN[path.when_down],
        queue=queue,
        try_again=_TRY_AGAIN,
        state=f"{mark.STATE:#010x}",
        answered=f"{~(mark.UNANSWERED ^ mark.PASSED) & 0xFFFFFFFF:#010x}",
        undecided=f"{mark.UNDECIDED:#x}",
        unanswered=f"{mark.UNANSWERED:#x}",
        passed=f"{mark.PASSED:#x}",
        cut=f"{mark.CUT:#x}",
        unvetted=f"{mark.UNVETTED:#x}",
        asks=asks,
        asks_again=f"{mark.ASKS_AGAIN:#x}",
        answers=f"{mark.ANSWERS:#x}",
        asking=asking,
        refused=f"{mark.REFUSE:#x}",
        go_on=f"{mark.GO_ON:#x}",
        poke=f"{mark.POKE:#x}",
    )


def _names(interfaces: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in interfaces)


def iptables(path: KernelPath) -> str:
    """The queue for `iptables-restore --noflush` and `ip6tables-restore --noflush`, for kernels
    that have no `queue` of nft's own. Our chain alone; `HOOK` has the line that leads to it."""
    _check(path)
    return (
        "*mangle\n"
        f":{CHAIN} - [0:0]\n"
        f"-A {CHAIN} -m mark --mark {mark.ASKS:#x}/{mark.ASKING:#x}"
        f" -j NFQUEUE --queue-num {path.queue} --queue-bypass\n"
        "COMMIT\n"
    )


HOOK: Final = ("-t", "mangle", "{}", "FORWARD", "-j", CHAIN)
"""The arguments of iptables for the rule that leads to our chain; `{}` is -C, -A or -D."""
QUEUE_PROBE: Final = (
    "table inet bellgate_probe { chain probe { type filter hook forward priority 0;"
    " queue flags bypass to 7; }; }"
)
"""What `nft --check` takes where the kernel has nft's own `queue`."""


def _check(path: KernelPath) -> None:
    if not path.inside:
        raise ValueError("no inside interface is named, so nothing would be diverted")
    for name in (*path.inside, path.wan):
        if not _INTERFACE.match(name):
            raise ValueError(f'"{name}" is not the name of a network interface')
    if path.wan in path.inside:
        raise ValueError(f"{path.wan} cannot be on both sides")
    if not 0 < path.gate_port < 65536 or path.gate_port in (80, 443):
        raise ValueError(f"the gate cannot have port {path.gate_port} to itself")
