"""Ways of hiding what is asked for, tried by a member of staff in session: none gets Facebook."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.lab.network import A_LARGER_SHARE, Lab
from tests.lab.school import Gate
from tests.lab.visits import (
    Send,
    Visit,
    Way,
    cut_at,
    every_way,
    in_records_of,
    in_segments_of,
)

FACEBOOK, BBC = "www.facebook.com", "www.bbc.co.uk"

CUTS: dict[str, Send] = {
    **{f"cut after {n}": cut_at(n) for n in (*range(1, 17), 43, 100, 517)},
    "cut at each of the first six": cut_at(1, 2, 3, 4, 5, 6),
    "in single bytes": in_segments_of(1),
    "in single bytes with pauses": in_segments_of(1, pause=0.001),
    "in records of 1": in_records_of(1),
    "in records of 7": in_records_of(7),
    "in records of 100": in_records_of(100),
    "in records of 1, byte by byte": in_records_of(1, then=in_segments_of(1)),
    "in records of 100, cut within a header": in_records_of(100, then=cut_at(2, 107)),
    "with a pause of a second": cut_at(60, pause=1),
}


@pytest.fixture(scope="module")
def in_session(lab: Lab) -> Iterator[Gate]:
    """Many connections a second from one device are what is tried here: its share is larger."""
    gate = lab.gate("2026-11-23 10:15", A_LARGER_SHARE)
    yield gate
    gate.stop()


@pytest.fixture(autouse=True)
def never_contacted(lab: Lab) -> Iterator[None]:
    before = len(lab.contacts())
    yield
    assert lab.contacted(FACEBOOK, before) == []


@pytest.mark.parametrize("how", CUTS)
def test_a_hello_in_pieces(lab: Lab, in_session: Gate, how: str) -> None:
    for tls in ("1.2", "1.3"):
        # Long enough that 517 octets lie within it.
        for host, fate in ((FACEBOOK, "page"), (BBC, "open")):
            visit = Visit(lab, lab.staff, host, Way(4, tls), [in_session.authority],
                          hello=CUTS[how], longer=600)  # fmt: skip
            outcome = visit.make()
            assert (outcome.fate, outcome.issuer) == (
                fate,
                "Lab root" if host == BBC else outcome.issuer,
            ), (host, tls, outcome.said)


def test_a_hello_that_never_ends_is_cut(lab: Lab, in_session: Gate) -> None:
    with lab.staff.namespace.connect(lab.address(FACEBOOK), 443, timeout=15) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        begun = time.monotonic()
        with pytest.raises(ConnectionError):
            assert connection.recv(1) == b""
            raise ConnectionError
        assert 5 < time.monotonic() - begun < 13


def say(lab: Lab, text: str, host: str = BBC, version: int = 4) -> str:
    """What is answered to bytes that no ordinary client would send, on port 80 of a host."""
    with lab.staff.namespace.connect(lab.address(host, version), 80) as connection:
        connection.sendall(text.encode("latin-1"))
        connection.settimeout(0.7)
        answer = b""
        try:
            while more := connection.recv(65536):
                answer += more
        except OSError:
            pass
        return answer.decode("latin-1")


GET = "GET / HTTP/1.1\r\n"
PLAIN = {
    "in capitals": GET + "Host: WWW.FACEBOOK.COM\r\n\r\n",
    "with a dot": GET + "Host: www.facebook.com.\r\n\r\n",
    "with a port": GET + "Host: www.facebook.com:80\r\n\r\n",
    "with a dot and a port": GET + "Host: www.facebook.com.:80\r\n\r\n",
    "the header in capitals": GET + "HOST: www.facebook.com\r\n\r\n",
    "spaces around it": GET + "Host:  \t www.facebook.com  \r\n\r\n",
    "a space before the colon": GET + "Host : www.facebook.com\r\n\r\n",
    "an absolute URI": "GET http://www.facebook.com/ HTTP/1.1\r\nHost: www.bbc.co.uk\r\n\r\n",
    "an absolute URI under the host": (
        "GET http://www.bbc.co.uk/ HTTP/1.1\r\nHost: www.facebook.com\r\n\r\n"
    ),
    "an absolute URI in capitals": (
        "GET HTTP://WWW.FACEBOOK.COM/ HTTP/1.1\r\nHost: www.bbc.co.uk\r\n\r\n"
    ),
    "an absolute URI with a user": (
        "GET http://www.bbc.co.uk@www.facebook.com/ HTTP/1.1\r\nHost: www.bbc.co.uk\r\n\r\n"
    ),
    "folded": GET + "Host: www.bbc\r\n .co.uk\r\nHost: www\r\n .facebook.com\r\n\r\n",
    "folded, first": GET + "Host:\r\n www.facebook.com\r\n\r\n",
    "doubled": GET + "Host: www.bbc.co.uk\r\nHost: www.facebook.com\r\n\r\n",
    "doubled, the other way": GET + "Host: www.facebook.com\r\nHost: www.bbc.co.uk\r\n\r\n",
    "two in one": GET + "Host: www.bbc.co.uk, www.facebook.com\r\n\r\n",
    "second on the connection": (
        GET + "Host: www.bbc.co.uk\r\n\r\n" + GET + "Host: www.facebook.com\r\n\r\n"
    ),
    "after a body": (
        "POST / HTTP/1.1\r\nHost: www.bbc.co.uk\r\nContent-Length: 5\r\n\r\nhello"
        + GET + "Host: www.facebook.com\r\n\r\n"
    ),
    "two lengths": (
        "POST / HTTP/1.1\r\nHost: www.bbc.co.uk\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n"
        + GET + "Host: www.facebook.com\r\n\r\n"
    ),
    "CONNECT": "CONNECT www.facebook.com:443 HTTP/1.1\r\nHost: www.bbc.co.uk\r\n\r\n",
    "no host": "GET http://www.facebook.com/ HTTP/1.0\r\n\r\n",
    "HTTP/1.0": "GET / HTTP/1.0\r\nHost: www.facebook.com\r\n\r\n",
    "HTTP/0.9": "GET /\r\n",
    "HTTP/2 without TLS": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "an upgrade to HTTP/2": (
        GET + "Host: www.facebook.com\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    ),
    "line ends without a return": "GET / HTTP/1.1\nHost: www.facebook.com\n\n",
    "an empty line before": "\r\n" + GET + "Host: www.facebook.com\r\n\r\n",
    "a null in the name": GET + "Host: www.facebook.com\0.bbc.co.uk\r\n\r\n",
    "X-Forwarded-Host": GET + "Host: www.facebook.com\r\nX-Forwarded-Host: www.bbc.co.uk\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("how", PLAIN)
def test_plain_http_asked_in_another_way(lab: Lab, in_session: Gate, how: str) -> None:
    before = len(lab.contacts())
    for version in (4, 6):
        # Whether it is sent to Facebook's own address or to another's.
        for host in (FACEBOOK, BBC):
            answer = say(lab, PLAIN[how], host, version)
            assert "origin of www.facebook.com" not in answer.lower(), (host, answer)
    # Nothing that names Facebook reached anybody, a proxy on the internet included.
    assert not [line for line in lab.contacts(before) if "facebook" in line.lower()]


def test_bbc_beside_it_stays_open_with_its_own_certificate(lab: Lab, in_session: Gate) -> None:
    certificates = set()
    for way in every_way():
        outcome = Visit(lab, lab.staff, BBC, way, [in_session.authority]).make()
        assert outcome.fate == "open", (str(way), outcome.said)
        if way.tls:
            certificates.add(outcome.certificate)
    [certificate] = certificates
    assert certificate == lab.certificate


def test_a_false_name_towards_facebooks_own_address(lab: Lab, in_session: Gate) -> None:
    """What BBC is asked for comes from BBC, wherever the client dialled."""
    for version in (4, 6):
        for tls in ("1.2", "1.3", None):
            address = lab.address(FACEBOOK, version)
            outcome = Visit(lab, lab.staff, BBC, Way(version, tls), address=address).make()
            assert outcome.fate == "open", outcome.said
            assert outcome.said.endswith(f"origin of {BBC}\n")


@pytest.mark.parametrize("name", ["no.such.name.example", "www.broken.example", "x" * 63 + ".uk"])
def test_a_name_that_leads_nowhere_towards_facebooks_own_address(
    lab: Lab, in_session: Gate, name: str
) -> None:
    """It hides where the connection goes as well as no name does."""
    # Somebody else's: the same device's next refusal within a minute would only be counted.
    device = lab.device("pupils", 100 + len(name))
    Visit(lab, lab.staff, BBC).make()  # a name server that has answered before is not dead
    before = len(in_session.records())
    for way in (Way(4, "1.3"), Way(6, "1.2"), Way(4, None)):
        address = lab.address(FACEBOOK, way.ip)
        outcome = Visit(lab, device, name, way, address=address).make(timeout=15)
        assert outcome.fate == "page" if way.tls is None else "refused", outcome.said
    found = in_session.records(after=before)
    assert {r["network"]["application"] for r in found} == {"no-name"}
    assert {r["rule"]["name"] for r in found} == {"Hidden names"}


def test_no_name_at_all(lab: Lab, in_session: Gate) -> None:
    """What is no web page is closed to pupils alone; what hides a name, to everybody."""
    tried = [(lab.pupil, b"SSH-2.0-x\r\n"), (lab.pupil, b"\0" * 64)]
    tried += [(lab.staff, b"\x16\x03\x01"), (lab.staff, b"\x80\x2e\x01\x03\x01")]
    tried += [(lab.staff, b" GET / HTTP/1.1\r\nHost: www.facebook.com\r\n\r\n")]
    for device, text in tried:
        for port in (80, 443):
            with device.namespace.connect(lab.address(FACEBOOK), port) as connection:
                connection.sendall(text)
                connection.settimeout(0.5)
                try:
                    answer = connection.recv(100)
                except (TimeoutError, ConnectionError):
                    answer = b""
            assert answer in (b"", b"\x15\x03\x03\x00\x02\x02\x70"), text


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("port", [80, 443, 8443])
def test_quic_is_refused_with_an_answer(
    lab: Lab, in_session: Gate, version: int, port: int
) -> None:
    """At once, so that browsers fall back; and a server that speaks it never hears of them."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    with lab.internet.inside():
        server = socket.socket(family, socket.SOCK_DGRAM)
        server.bind(("", port))
        server.setblocking(False)
    with lab.staff.namespace.inside():
        client = socket.socket(family, socket.SOCK_DGRAM)
        client.connect((lab.address(FACEBOOK, version), port))
        client.settimeout(2)
    with server, client:
        client.send(b"\xc0" + b"x" * 1199)
        with pytest.raises(ConnectionRefusedError):
            client.recv(10)
        with pytest.raises(BlockingIOError):
            server.recv(10)
