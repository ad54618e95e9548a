"""The table of ways round, each with what is tried, and of what must stay open beside them.

Values alone: a way is added here, and nowhere else. The same table is tried in the lab. No real
site is in it: the names that are shown lead nowhere, or belong to the catalogue's ways round.
"""

from collections.abc import Iterator
from dataclasses import replace

from bellgate.gateway.dns import CANARIES, KEYS, RELAYS
from bellgate.gateway.probe_wire import TRANSLATED
from bellgate.gateway.ways import openings as said
from bellgate.gateway.ways.openings import hello, key_share, named
from bellgate.gateway.ways.tries import (
    BOTH,
    PLACEHOLDER,
    Asks,
    Browses,
    Dials,
    Forges,
    Piece,
    Says,
    Sends,
    Tunnels,
    Version,
    Way,
)
from bellgate.policy.probe import CLOSED, DECOYS, KNOWN_WAYS, OPEN

_A, _AAAA, _SVCB, _HTTPS, _ANY = 1, 28, 64, 65, 255
_V6: tuple[Version, ...] = (6,)
_DROPPED = "a closed hello behind one with an option that the server does not know"
_GATES_PORT = 8081
"""Where it listens in transparent mode."""
_RESOLVERS = {
    "Google": ("8.8.8.8", "2001:4860:4860::8888"),
    "Cloudflare": ("1.1.1.1", "2606:4700:4700::1111"),
    "Quad9": ("9.9.9.9", "2620:fe::fe"),
    "OpenDNS": ("208.67.222.222", "2620:119:35::35"),
    "AdGuard": ("94.140.14.14", "2a10:50c0::ad1:ff"),
}
_OUR_DNS = "our DNS does not answer as its file says: systemctl restart bellgate-rules bellgate-dns"
_OUR_RULES = (
    "a rule is missing, or another comes before it: systemctl restart bellgate-rules; "
    "`bellgate doctor` names others' firewall chains"
)
_PORTS = f"see that `close_ports` in gateway.yaml names the port; else {_OUR_RULES}"
_DECIDED = (
    "`bellgate status` says whether the gate and the sentry are running; `bellgate explain` says "
    "how the files treat a name"
)
_SERVICES = "`bellgate status` says which service is down, `bellgate doctor` what else is wrong"


def _names() -> Iterator[Way]:
    for name in CANARIES:
        yield Way(f"the canary {name}", Asks(name, _A, "no such name"))
        yield Way(f"the canary {name}, HTTPS", Asks(name, _HTTPS, "no such name"))
    for name in RELAYS:
        yield Way(f"the relay {name}", Asks(name, _AAAA, "no such name"))
    yield Way("the canary in capitals", Asks(CANARIES[0].upper(), _A, "no such name"))
    yield Way("keys to hide a name by (HTTPS)", Asks(KEYS, _HTTPS, "none"))
    yield Way("keys to hide a name by (SVCB)", Asks(KEYS, _SVCB, "none"))
    yield Way("keys to hide a name by (ANY)", Asks(KEYS, _ANY, "none"))
    yield Way("keys to hide a name by, over TCP", Asks(KEYS, _HTTPS, "none", tcp=True))
    foreign = "another name server"
    yield Way(foreign, Asks(CANARIES[0], _A, "no such name", foreign=True))
    yield Way(f"{foreign}, over TCP", Asks(CANARIES[0], _A, "no such name", foreign=True, tcp=True))
    yield Way(f"{foreign}, for keys", Asks(KEYS, _HTTPS, "none", foreign=True))


def _other_ways_to_names() -> Iterator[Way]:
    yield Way("DNS over TLS", Sends("tcp", 853))
    yield Way("DNS over QUIC", Sends("udp", 853, said.QUIC))
    for whose, addresses in _RESOLVERS.items():
        yield Way(f"{whose}'s resolver by its address", Sends("tcp", 443, to=addresses))


def _other_ports() -> Iterator[Way]:
    for port in (443, 80, 8443):
        yield Way(f"QUIC to port {port}", Sends("udp", port, said.QUIC))
    yield Way("WireGuard", Sends("udp", 51820, said.WIREGUARD))
    yield Way("WireGuard on port 443", Sends("udp", 443, said.WIREGUARD))
    yield Way("OpenVPN", Sends("udp", 1194, said.OPENVPN))
    yield Way("OpenVPN over TCP", Sends("tcp", 1194))
    yield Way("IPsec's key exchange", Sends("udp", 500, said.IKE))
    yield Way("IPsec's key exchange behind NAT", Sends("udp", 4500, said.IKE_BEHIND_NAT))
    yield Way("PPTP", Sends("tcp", 1723))
    yield Way("Teredo", Sends("udp", 3544, said.TEREDO))
    yield Way("IPv6 inside IP (6to4, 6in4)", Tunnels(41))
    yield Way("IPv4 inside IP", Tunnels(4))
    yield Way("GRE", Tunnels(47))
    yield Way("IPsec itself", Tunnels(50))


def _hellos() -> Iterator[Way]:
    closed = hello(named(CLOSED), said.TLS_1_3, key_share())
    yield Way("a closed site", Says((closed,)))
    yield Way("a closed name in single bytes", Says(said.in_pieces(closed, 1)))
    yield Way("a closed name in pieces of 20 bytes", Says(said.in_pieces(closed, 20)))
    yield Way("a closed site's hello in records of 9 bytes", Says((said.in_records(closed, 9),)))
    yield Way("a closed name in capitals", Says((hello(named(CLOSED.upper())),)))
    yield Way("a closed name with a dot", Says((hello(named(f"{CLOSED}.")),)))
    quantum = hello(key_share(post_quantum=True), said.TLS_1_3, named(CLOSED))
    yield Way("a closed name behind a post-quantum key", Says((quantum,)))
    yield Way("a post-quantum hello in pieces of 600 bytes", Says(said.in_pieces(quantum, 600)))
    yield Way("a closed name behind an open one", Says((hello(named(OPEN, CLOSED)),)))
    yield Way("two extensions with a name each", Says((hello(named(OPEN), named(CLOSED)),)))
    warned = b"\x15\x03\x01\0\x02\x01\x5a" + closed
    yield Way("a closed site's hello behind a warning", Says((warned,)))
    hidden = hello(named(OPEN), said.encrypted_hello(), said.TLS_1_3, key_share())
    yield Way("an open name towards another's address", Says((hello(named(OPEN)),)))
    yield Way("an open name with another hidden inside (ECH)", Says((hidden,)))
    yield Way("no name", Says((hello(),)))
    yield Way("a name of 300 letters", Says((hello(named("x" * 300)),)))
    yield Way("a hello of SSL 2", Says((said.as_ssl_2(),)))
    for what, name in KNOWN_WAYS.items():
        yield Way(what, Says((hello(named(name), said.TLS_1_3, key_share()),), by=name))
    by_nat64, by_6to4 = TRANSLATED
    yield Way("a closed site by NAT64", Says((closed,), within=by_nat64), _V6)
    yield Way("a closed site by 6to4", Says((closed,), within=by_6to4), _V6)


def _forged() -> Iterator[Way]:
    """The server hears the closed name, the gateway another: for a gateway that decides by what
    does not arrive there, or by bytes that are not those that the server takes."""
    real = hello(named(CLOSED))
    at = real.index(CLOSED.encode())
    _, *decoys = DECOYS
    short, in_pieces, wrong, before, behind, *_, unknown = (hello(named(n)) for n in decoys)
    ways: dict[str, tuple[Piece, ...]] = {
        "a closed hello behind one that dies on the way": (Piece(short, dies=True), Piece(real)),
        "the same in pieces": (
            Piece(in_pieces[:at], dies=True),
            Piece(in_pieces[at:], at, dies=True),
            Piece(real[:at]),
            Piece(real[at:], at),
        ),
        "a closed hello behind one with a wrong checksum": (Piece(wrong, good=False), Piece(real)),
        "overlapping segments, the closed name first": (
            Piece(real[:-1]),
            Piece(before[at:], at),
        ),
        "overlapping segments, the closed name last": (
            Piece(behind[at:], at),
            Piece(real[:-1]),
        ),
        "segments in the wrong order": (Piece(real[at:], at), Piece(real[:at]), Piece(real)),
        "a closed hello in fragments of IP": (Piece(real, in_fragments=True),),
        _DROPPED: (Piece(unknown, known=False), Piece(real)),
    }
    for (name, pieces), decoy in zip(ways.items(), decoys, strict=True):
        yield Way(name, Forges(pieces, real, decoy), _V6 if name == _DROPPED else BOTH)


def _what_is_no_hello() -> Iterator[Way]:
    for port in (443, 80):
        yield Way(f"SSH on port {port}", Says((said.SSH,), port))
        yield Way(f"SOCKS 5 on port {port}", Says((said.SOCKS_5,), port))
        yield Way(f"SOCKS 4 on port {port}", Says((said.SOCKS_4,), port))
        yield Way(f"OpenVPN on port {port}", Says((said.OPENVPN_TCP,), port))
        yield Way(f"a proxy on port {port}", Says((said.connect(f"{CLOSED}:443"),), port))
    yield Way("plain HTTP on port 443", Says((said.get(CLOSED),)))


def _plain_http() -> Iterator[Way]:
    yield Way("a closed site by plain HTTP", Says((said.get(CLOSED),), 80))
    in_bytes = said.in_pieces(said.get(CLOSED), 1)
    yield Way("a closed site by plain HTTP in single bytes", Says(in_bytes, 80))
    other = said.get(OPEN, f"http://{CLOSED}/")
    yield Way("a closed address under an open host", Says((other,), 80))
    yield Way("an open host towards another's address", Says((said.get(OPEN),), 80))
    yield Way("an address for a host", Says((said.get(PLACEHOLDER),), 80))
    yield Way("no host", Says((b"GET / HTTP/1.0\r\n\r\n",), 80))
    yield Way("a request behind a space", Says((b" " + said.get(CLOSED),), 80))
    yield Way("HTTP/2 without TLS", Says((said.HTTP_2,), 80))
    yield Way("a second request on an open connection", Browses((OPEN, CLOSED), False, "the page"))


def _the_gateway() -> Iterator[Way]:
    yield Way("the gate's own port", Dials(_GATES_PORT))


def _what_must_work() -> Iterator[Way]:
    yield Way("our DNS", Asks(OPEN, _A, "an address"), opens=True)
    yield Way("our DNS over TCP", Asks(OPEN, _AAAA, "an address", tcp=True), opens=True)
    yield Way("an open site", Browses((OPEN,), True, "the site"), opens=True)
    yield Way("an open site by plain HTTP", Browses((OPEN,), False, "the site"), opens=True)
    by_hand = hello(named(DECOYS[0]))
    yield Way(
        "a connection made by hand", Forges((Piece(by_hand),), by_hand, DECOYS[0]), opens=True
    )
    yield Way("a video call's UDP", Sends("udp", 3478, said.STUN), opens=True)
    yield Way("the time", Sends("udp", 123, said.NTP), opens=True)
    yield Way("Apple's push", Sends("tcp", 5223), opens=True)
    yield Way("mail", Sends("tcp", 993), opens=True)


_TABLE = (
    # First what shows that the wire is as it should be.
    (_what_must_work, _SERVICES),
    (_names, _OUR_DNS),
    (_other_ways_to_names, _OUR_RULES),
    (_other_ports, _PORTS),
    (_hellos, _DECIDED),
    (_forged, _DECIDED),
    (_what_is_no_hello, _DECIDED),
    (_plain_http, _DECIDED),
    (_the_gateway, _OUR_RULES),
)
"""Each part, and what to do where a way of it is not as it must be."""
WAYS: tuple[Way, ...] = tuple(replace(way, to_do=to_do) for part, to_do in _TABLE for way in part())
