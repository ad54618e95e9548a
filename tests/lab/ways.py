"""Ways round the gate, one function each: what somebody does, and what they get.

The table of `test_no_way_round.py` says who tries them and what must come of it. A way returns one
of these words: the name of the site that answered; `the page`; `a refusal` in words of the gate's
own; `nothing`, which is an alert, a reset, an end or silence.
"""

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.lab.network import Device, Lab
from tests.lab.odd_answers import BANNER
from tests.lab.visits import Outcome, Send, Visit, Way, at_once, in_segments_of

BBC, FACEBOOK, REDDIT, YOUTUBE, FIRST = (
    "www.bbc.co.uk", "www.facebook.com", "www.reddit.com", "www.youtube.com", "first.example",
)  # fmt: skip
SITES = {BBC: "BBC", FACEBOOK: "Facebook", REDDIT: "Reddit", YOUTUBE: "YouTube"}
PROXY_PORT = 8080
NO_SUCH_NAME, BROKEN_NAME, SILENT_NAME = (
    "made-up.example",
    "www.broken.example",
    "{}.silent.example",
)


@dataclass(frozen=True)
class Attempt:
    """Somebody at a device, who goes by IPv4 or IPv6."""

    lab: Lab
    device: Device
    ip: int
    trusts: Path
    """The school's certificate, which their devices believe."""

    def at(self, name: str) -> str:
        """The address that a name leads to."""
        return self.lab.address(name, self.ip)

    def says(self, *parts: bytes, to: str, port: int = 80, patience: float = 4.0) -> str:
        """What comes of bytes on a socket; of several parts, each waits for an answer."""
        try:
            with self.device.namespace.connect(to, port, timeout=patience) as connection:
                return _word_for(_talk(connection, parts, patience))
        except OSError:
            return "nothing"

    def visits(self, name: str, to: str, *, tls: str | None = "1.3", send: Send = at_once) -> str:
        """What comes of a real client's visit to a name, dialled at somebody's address."""
        way = Way(self.ip, tls)  # type: ignore[arg-type]
        visit = Visit(self.lab, self.device, name, way, [self.trusts], address=to, hello=send)
        return _word_of(visit.make(timeout=12))

    def visits_behind_connect(self, target: str, name: str) -> str:
        """The same through the proxy, where one host is named to it and another in the hello."""
        way = Way(self.ip)  # type: ignore[arg-type]
        visit = Visit(self.lab, self.device, name, way, [self.trusts])
        try:
            with self.device.namespace.connect(*self._proxy, timeout=12) as connection:
                connection.sendall(connect(target))
                if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    return "a refusal"
                return _word_of(visit.talk(connection))
        except OSError:
            return "nothing"

    def asks_the_proxy(self, *parts: bytes) -> str:
        to, port = self._proxy
        return self.says(*parts, to=to, port=port)

    @property
    def _proxy(self) -> tuple[str, int]:
        number = self.device.ip4.split(".")[2]
        return f"10.77.{number}.1" if self.ip == 4 else f"2001:db8:{number}::1", PROXY_PORT


def _talk(connection: socket.socket, parts: tuple[bytes, ...], patience: float) -> bytes:
    """The last answer to any of the parts."""
    last = b""
    for part in parts:
        heard = b""
        with suppress(OSError):
            connection.sendall(part)
            connection.settimeout(patience)
            while more := connection.recv(65536):
                heard += more
                connection.settimeout(0.4)
        last = heard or last
    return last


def _word_for(answer: bytes) -> str:
    if BANNER in answer:
        return "its greeting"
    if answer.startswith(b"\x16\x03"):
        return "a server's hello"
    text = answer.decode("latin-1").rpartition("HTTP/1.1 ")[2]
    site = next((word for host, word in SITES.items() if f"origin of {host}" in text), None)
    if site is not None:
        return site
    if text.startswith("403") and "Bury C of E" in text:
        return "the page"
    return "a refusal" if text.startswith("4") else "nothing"


def _word_of(outcome: Outcome) -> str:
    said = f"HTTP/1.1 {outcome.said}".encode()
    return "nothing" if outcome.fate == "refused" else _word_for(said)


def get(host: str, *fields: str, target: str = "/", method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {target} HTTP/1.1", f"Host: {host}", *fields, "", "")).encode()


def connect(to: str) -> bytes:
    return f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode()


def in_brackets(address: str) -> str:
    return f"[{address}]" if ":" in address else address


# Names that lead nowhere, or elsewhere.


def made_up_name_in_the_hello(a: Attempt) -> str:
    return a.visits(NO_SUCH_NAME, a.at(FACEBOOK))


def made_up_host(a: Attempt) -> str:
    return a.visits(NO_SUCH_NAME, a.at(FACEBOOK), tls=None)


def name_whose_own_server_is_broken(a: Attempt) -> str:
    return a.visits(BROKEN_NAME, a.at(FACEBOOK))


def name_whose_own_server_says_nothing(a: Attempt) -> str:
    return a.visits(SILENT_NAME.format("www"), a.at(FACEBOOK))


def bbcs_name_to_facebooks_address(a: Attempt) -> str:
    return a.visits(BBC, a.at(FACEBOOK))


def bbc_as_host_to_facebooks_address(a: Attempt) -> str:
    return a.visits(BBC, a.at(FACEBOOK), tls=None)


def facebooks_name_to_bbcs_address(a: Attempt) -> str:
    return a.visits(FACEBOOK, a.at(BBC))


def facebook_itself(a: Attempt) -> str:
    return a.visits(FACEBOOK, a.at(FACEBOOK))


def facebook_by_plain_http(a: Attempt) -> str:
    return a.visits(FACEBOOK, a.at(FACEBOOK), tls=None)


def address_written_as_a_name(a: Attempt) -> str:
    return a.visits(f"{a.lab.address(FACEBOOK).replace('.', '-')}.nip.io", a.at(FACEBOOK))


def bbc(a: Attempt) -> str:
    return a.visits(BBC, a.at(BBC))


def bbc_by_plain_http(a: Attempt) -> str:
    return a.visits(BBC, a.at(BBC), tls=None)


# Names that are hidden, doubled or cut.


def no_name_in_the_hello(a: Attempt) -> str:
    return a.says(_hello(), to=a.at(FACEBOOK), port=443)


def two_names_in_one_hello(a: Attempt) -> str:
    return a.says(_hello(_sni(BBC, FACEBOOK)), to=a.at(BBC), port=443)


def the_name_twice_over(a: Attempt) -> str:
    return a.says(_hello(_sni(BBC), _sni(FACEBOOK)), to=a.at(BBC), port=443)


def another_name_in_the_second_hello(a: Attempt) -> str:
    """The server asks for a hello with another key, as the first one has none."""
    first = _hello(_sni(BBC), *_ask_for_tls_1_3(b""))
    second = _hello(_sni(FACEBOOK), *_ask_for_tls_1_3(b"\0\x1d\0\x20" + b"k" * 32))
    return a.says(first, second, to=a.at(BBC), port=443)


def name_of_three_hundred_letters(a: Attempt) -> str:
    return a.says(_hello(_sni("x" * 300)), to=a.at(FACEBOOK), port=443)


def hello_in_single_bytes(a: Attempt) -> str:
    return a.visits(FACEBOOK, a.at(FACEBOOK), send=in_segments_of(1))


def hello_behind_a_warning(a: Attempt) -> str:
    warning = b"\x15\x03\x01\x00\x02\x01\x5a"
    return a.visits(FACEBOOK, a.at(FACEBOOK), tls="1.2", send=_behind(warning))


def hello_in_the_form_of_ssl_2(a: Attempt) -> str:
    ciphers = b"".join(b"\x00" + struct.pack("!H", number) for number in range(0xC001, 0xC080))
    body = b"\x01\x03\x03" + struct.pack("!HHH", len(ciphers), 0, 32) + ciphers + b"r" * 32
    return a.says(struct.pack("!H", 0x8000 | len(body)) + body, to=a.at(FACEBOOK), port=443)


def an_address_for_a_host(a: Attempt) -> str:
    return a.says(get(in_brackets(a.at(FACEBOOK))), to=a.at(FACEBOOK))


def no_host(a: Attempt) -> str:
    return a.says(b"GET / HTTP/1.0\r\n\r\n", to=a.at(FACEBOOK))


def request_behind_a_space(a: Attempt) -> str:
    return a.says(b" " + get(FACEBOOK), to=a.at(FACEBOOK))


def request_behind_a_null(a: Attempt) -> str:
    return a.says(b"\0" + get(FACEBOOK), to=a.at(FACEBOOK))


def odd_method(a: Attempt) -> str:
    return a.says(get(FACEBOOK, method="G!T"), to=a.at(FACEBOOK))


def method_of_forty_letters_and_a_sign(a: Attempt) -> str:
    return a.says(get(FACEBOOK, method="GET" * 13 + "~"), to=a.at(FACEBOOK))


def http_2_without_tls(a: Attempt) -> str:
    return a.says(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", to=a.at(FACEBOOK))


def absolute_uri_under_bbcs_host(a: Attempt) -> str:
    return a.says(get(BBC, target=f"http://{FACEBOOK}/"), to=a.at(FACEBOOK))


def bbc_as_the_user_of_facebook(a: Attempt) -> str:
    return a.says(get(BBC, target=f"http://{BBC}@{FACEBOOK}/"), to=a.at(FACEBOOK))


def a_dot_a_port_and_capitals(a: Attempt) -> str:
    return a.says(get("WWW.FaceBook.COM.:80"), to=a.at(FACEBOOK))


def two_hosts(a: Attempt) -> str:
    return a.says(get(BBC, f"Host: {FACEBOOK}"), to=a.at(BBC))


def second_request_on_bbcs_connection(a: Attempt) -> str:
    return a.says(get(BBC), get(FACEBOOK), to=a.at(BBC))


def request_pipelined_behind_bbcs(a: Attempt) -> str:
    return a.says(get(BBC) + get(FACEBOOK), to=a.at(BBC))


def request_smuggled_behind_two_lengths(a: Attempt) -> str:
    inside = get(FACEBOOK)
    fields = ("Content-Length: 0", f"Content-Length: {len(inside)}")
    return a.says(get(BBC, *fields, method="POST") + inside, to=a.at(BBC))


def request_smuggled_behind_chunks(a: Attempt) -> str:
    inside = b"0\r\n\r\n" + get(FACEBOOK)
    fields = (f"Content-Length: {len(inside)}", "Transfer-Encoding: chunked")
    return a.says(get(BBC, *fields, method="POST") + inside, to=a.at(BBC))


# What is no web page.


def ssh_on_a_web_port(a: Attempt) -> str:
    return a.says(b"SSH-2.0-lab\r\n", to=a.at(FIRST))


def silence_until_the_server_speaks(a: Attempt) -> str:
    return a.says(b"", to=a.at(FIRST), patience=6)


def hello_after_the_servers_greeting(a: Attempt) -> str:
    return a.says(b"", _hello(_sni(FACEBOOK)), to=a.at(FIRST), patience=6)


def request_after_ssh(a: Attempt) -> str:
    return a.says(b"SSH-2.0-lab\r\n", get(FACEBOOK), to=a.at(FIRST))


# The gate as a bridge into the school.


def staff_machine_as_a_page(a: Attempt) -> str:
    return a.says(get(in_brackets(_inside(a))), to=_inside(a))


def staff_machine_by_tls(a: Attempt) -> str:
    return a.says(_hello(), to=_inside(a), port=443)


def staff_machine_by_connect(a: Attempt) -> str:
    return a.asks_the_proxy(connect(f"{in_brackets(_inside(a))}:443"))


def staff_machine_in_another_address(a: Attempt) -> str:
    staff = a.lab.staff.ip4
    by_6to4 = "2002:{:02x}{:02x}:{:02x}{:02x}::1".format(*map(int, staff.split(".")))
    spellings = (f"::ffff:{staff}", f"64:ff9b::{staff}", by_6to4)
    outcomes = {a.asks_the_proxy(connect(f"[{each}]:443")) for each in spellings}
    return " and ".join(sorted(outcomes))


def a_mail_server(a: Attempt) -> str:
    return a.asks_the_proxy(connect(f"{BBC}:25"))


def a_vpns_port(a: Attempt) -> str:
    return a.asks_the_proxy(connect(f"{BBC}:1194"))


# The proxy that a browser names.


def connect_to_facebook_with_bbcs_hello(a: Attempt) -> str:
    return a.visits_behind_connect(f"{FACEBOOK}:443", BBC)


def connect_to_bbc_with_facebooks_hello(a: Attempt) -> str:
    return a.visits_behind_connect(f"{BBC}:443", FACEBOOK)


def connect_to_an_address_without_a_name(a: Attempt) -> str:
    return a.asks_the_proxy(connect(f"{in_brackets(a.at(FACEBOOK))}:443"), _hello())


def connect_to_a_number(a: Attempt) -> str:
    number = int.from_bytes(socket.inet_aton(a.lab.address(FACEBOOK)))
    return a.asks_the_proxy(connect(f"{number}:443"), _hello())


def connect_to_a_made_up_name(a: Attempt) -> str:
    return a.visits_behind_connect(f"{NO_SUCH_NAME}:443", NO_SUCH_NAME)


def absolute_uri_behind_connect(a: Attempt) -> str:
    return a.asks_the_proxy(connect(f"{BBC}:80"), get(BBC, target=f"http://{FACEBOOK}/"))


def page_of_an_address_under_bbcs_host(a: Attempt) -> str:
    return a.asks_the_proxy(get(BBC, target=f"http://{in_brackets(a.at(FACEBOOK))}/"))


def page_of_facebook_under_bbcs_host(a: Attempt) -> str:
    return a.asks_the_proxy(get(BBC, target=f"http://{FACEBOOK}/"))


def page_of_bbc_by_the_proxy(a: Attempt) -> str:
    return a.asks_the_proxy(get(BBC, target=f"http://{BBC}/"))


def _inside(a: Attempt) -> str:
    return a.lab.staff.ip(a.ip)


def _behind(prefix: bytes) -> Send:
    def send(connection: socket.socket, data: bytes) -> None:
        connection.sendall(prefix + data)

    return send


def _hello(*extensions: tuple[int, bytes]) -> bytes:
    """A ClientHello of TLS 1.2 with these extensions and what a server needs beside them."""
    more = (
        *extensions,
        (10, b"\0\x04\0\x17\0\x1d"),
        (11, b"\x01\0"),
        (13, b"\0\x04\x04\x03\x08\x04"),
    )
    written = b"".join(struct.pack("!HH", kind, len(body)) + body for kind, body in more)
    body = b"\x03\x03" + b"r" * 32 + b"\0" + b"\0\x06\x13\x01\xc0\x2b\xc0\x2f" + b"\x01\0"
    body += struct.pack("!H", len(written)) + written
    message = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def _ask_for_tls_1_3(share: bytes) -> tuple[tuple[int, bytes], ...]:
    """Extensions for TLS 1.3, with the share of a key, or none (RFC 8446, section 4.2.8)."""
    return (43, b"\x02\x03\x04"), (51, struct.pack("!H", len(share)) + share)


def _sni(*names: str) -> tuple[int, bytes]:
    entries = b"".join(b"\0" + struct.pack("!H", len(n)) + n.encode() for n in names)
    return 0, struct.pack("!H", len(entries)) + entries


WAYS: dict[str, Callable[[Attempt], str]] = {
    name.replace("_", " "): way
    for name, way in list(globals().items())
    if not name.startswith("_") and getattr(way, "__annotations__", {}).get("a") is Attempt
}
"""By their names as the table writes them."""
