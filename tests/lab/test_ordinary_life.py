"""Ordinary life, with and without the gate: the same bytes, the same status, the same end.

Each kind of traffic is lived directly, from a place that nothing is diverted from, and then through
the gate: transparent and as a proxy, over IPv4 and IPv6. What must differ says so in the table, and
why.
"""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.authority import issue
from tests.lab.network import A_LARGER_SHARE, PORT, Lab, open_lab
from tests.lab.school import Gate, wait_for

SITE, FIRST, LATE, NOBODY, FACEBOOK = (
    "ordinary.example", "first.example", "late.example", "nobody.example", "www.facebook.com",
)  # fmt: skip
AT_LUNCH = "2026-11-23 12:30"
PROXY = {4: ("10.77.20.1", 8080), 6: ("2001:db8:20::1", 8080)}


@dataclass(frozen=True)
class Way:
    """How a client gets there."""

    ip: int
    through: str = ""

    def __str__(self) -> str:
        return f"{self.through or 'direct'}, IPv{self.ip}"


THROUGH = [Way(ip, through) for through in ("transparent", "proxy") for ip in (4, 6)]


class Until(bytes):
    """Read until this has come."""


@dataclass(frozen=True)
class Wait:
    """Say nothing for so long."""

    seconds: float


class EndOfSending:
    """Close the client's half."""


END = EndOfSending()
Step = bytes | Wait | EndOfSending


@dataclass(frozen=True)
class Talk:
    """What a client says on a socket, step by step. Then it listens: to the end, or for `listens`.

    `TO` in it stands for what comes before a path: nothing, or the site where a proxy is asked.
    """

    steps: tuple[Step, ...]
    host: str = SITE
    listens: float = 3


def talk(*steps: Step, host: str = SITE, listens: float = 3) -> Talk:
    return Talk(steps, host, listens)


def ask(path: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = (f"{method} TO{path} HTTP/{version}", f"Host: {SITE}", *fields, "", "")
    return "\r\n".join(lines).encode("latin-1")


@dataclass(frozen=True)
class Curl:
    """What curl is asked; its output, status and exit code are compared."""

    arguments: tuple[str, ...]


def curl(*arguments: str) -> Curl:
    return Curl(arguments)


@dataclass(frozen=True)
class Kind:
    """One kind of ordinary traffic. `but` says why it must differ, and `then` what comes of it."""

    what: str
    done: Talk | Curl
    but: str = ""
    then: str = ""
    unless: tuple[str, ...] = ()
    """Ways in which it is not to be had: `proxy`, where none is asked to."""


def odd(name: str, *fields: str, method: str = "GET", listens: float = 0.6) -> Talk:
    """One request for an odd answer on a connection that stays open."""
    return talk(ask(f"/odd/{name}", *fields, method=method), listens=listens)


CHUNKS = b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n"
CLOSE = "Connection: close"
KINDS = (
    Kind("a page", curl(f"http://{SITE}/")),
    Kind("a page over TLS", curl(f"https://{SITE}/")),
    Kind("a page over TLS 1.2", curl("--tls-max", "1.2", "--http1.1", f"https://{SITE}/")),
    Kind("a page over HTTP/2", curl("--http2", f"https://{SITE}/")),
    Kind("two pages on one connection", curl(f"http://{SITE}/odd/empty", f"http://{SITE}/")),
    Kind("a page by HTTP/1.0", curl("--http1.0", f"http://{SITE}/")),
    Kind("only the head of a page", curl("--head", f"http://{SITE}/odd/head")),
    Kind("a client certificate", curl("--http1.1", "--cert", "CERT", "--key", "KEY", f"https://{SITE}/whoami")),
    Kind("a part of a file", curl("--range", "2-5", f"http://{SITE}/odd/part")),
    Kind("a download of three megabytes", curl(f"http://{SITE}/odd/much")),
    Kind("such a download over TLS", curl("--http1.1", f"https://{SITE}/odd/much")),
    Kind("an upload", curl("--upload-file", "FILE", f"http://{SITE}/odd/counted")),
    Kind("an upload over TLS", curl("--http1.1", "--upload-file", "FILE", f"https://{SITE}/odd/counted")),
    Kind("a form with a file", curl("--header", "Content-Type: multipart/form-data; boundary=a",
         "--data-binary", "@FILE", f"http://{SITE}/odd/counted")),
    Kind("an upload that waits to be asked for it", curl("--expect100-timeout", "5", "--header",
         "Expect: 100-continue", "--data", "abc", f"http://{SITE}/odd/expects")),
    Kind("an upload that is refused before it is sent", curl("--expect100-timeout", "5", "--header",
         "Expect: 100-continue", "--data", "abc", f"http://{SITE}/odd/expects-not")),
    Kind("an upload that is refused on its way",
         curl("--upload-file", "FILE", f"http://{SITE}/odd/refuses-early")),
    Kind("an upload without a body", talk(ask("/odd/mirror", "Content-Length: 0", method="POST"),
                                          listens=0.6)),
    Kind("an upload in chunks with a trailer", talk(
        ask("/odd/mirror", "Transfer-Encoding: chunked", "Trailer: X-Sum", method="POST"),
        CHUNKS, Wait(0.1), b"X-Sum: 7\r\n\r\n", listens=0.6)),
    Kind("an upload whose length is said twice", talk(
        ask("/odd/empty", "Content-Length: 3", "Content-Length: 3", method="POST"), b"abc",
        listens=0.6)),
    Kind("a slow upload", talk(ask("/odd/mirror", "Content-Length: 6", method="POST"), b"ab",
                               Wait(0.3), b"cd", Wait(0.3), b"ef", listens=0.6)),
    Kind("events, one by one", talk(ask("/odd/events"))),
    Kind("a WebSocket", talk(ask("/socket", "Connection: Upgrade", "Upgrade: websocket",
         "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
         Until(b"\r\n\r\n"), b"\x81\x85\0\0\0\0hello", Until(b"hello"), END)),
    Kind("another protocol, the client's half closed", talk(
        ask("/odd/upgrade", "Connection: Upgrade", "Upgrade: lab"), Until(b"speak\n"), b"listen",
        END)),
    Kind("a half closed after the request", talk(ask("/odd/after-the-client-ends"), END)),
    Kind("a half closed before a slow answer", talk(ask("/odd/102"), END)),
    Kind("a server that speaks first", talk(Until(b"asks\r\n"), b"HELO\r\n", Until(b"HELO\r\n"),
         END, host=FIRST, listens=6), unless=("proxy",)),
    Kind("a server that speaks late", talk(Until(b"asks\r\n"), b"\0binary", Until(b"binary"), END,
         host=LATE, listens=9), unless=("proxy",)),
    Kind("a client that speaks late", talk(Wait(4), ask("/odd/empty"), listens=0.6)),
    Kind("SSH on a web port", talk(b"SSH-2.0-lab\r\n", Until(b"lab"), END, host=FIRST),
         unless=("proxy",)),
    Kind("an unasked 100 first", odd("100")),
    Kind("102 first", odd("102", listens=1.5)),
    Kind("103 first", odd("103")),
    Kind("several interim answers", odd("several-interim")),
    Kind("an answer in chunks with a trailer", odd("trailers")),
    Kind("chunks with extensions", odd("chunk-extensions")),
    Kind("chunks with spaces", odd("chunks-with-spaces")),
    Kind("an answer without a length", odd("until-closed")),
    Kind("an answer without a length, broken off", odd("until-reset", listens=3)),
    Kind("an answer cut short", odd("sized-cut", listens=3)),
    Kind("an answer broken off", odd("sized-reset", listens=3)),
    Kind("an answer in chunks cut short", odd("chunks-cut", listens=3)),
    Kind("an answer in chunks broken off", odd("chunks-reset", listens=3)),
    Kind("a head cut short", odd("head-cut", listens=3)),
    Kind("no answer at all", odd("nothing", listens=3)),
    Kind("a reset for an answer", odd("nothing-but-a-reset", listens=3)),
    Kind("an answer over TLS, broken off", curl("--http1.1", f"https://{SITE}/odd/until-reset")),
    Kind("a length said twice", odd("length-twice"),
         "of two lengths that say the same, one goes on", "Content-Length: 6\r\n\r\nfinal\n"),
    Kind("a length beside chunks", odd("length-and-chunks"),
         "a proxy must not pass on the length (RFC 9112, 6.3)", "OK\r\nTransfer-Encoding: chunked"),
    Kind("a space before the colon", odd("space-before-colon"),
         "a proxy must remove it (RFC 9112, 5.1)", "Content-Length: 6\r\nX-A: b\r\n\r\nfinal\n"),
    Kind("a folded field", odd("folded"),
         "a proxy must unfold it (RFC 9112, 5.2)", "X-A: one two\r\n"),
    Kind("line ends without a return", odd("bare-line-ends"),
         "a proxy ends its lines as the standard has it", "Content-Length: 6\r\n\r\nfinal"),
    Kind("a status without a reason", odd("no-reason")),
    Kind("a status of nobody's", odd("odd-status")),
    Kind("an answer by HTTP/1.0", odd("http-1.0")),
    Kind("the same, kept open", odd("http-1.0-kept", "Connection: keep-alive")),
    Kind("a radio station", odd("radio")),
    Kind("an answer without a head", odd("older-than-1.0")),
    Kind("a head of 100 kB", odd("long-head")),
    Kind("no content", odd("no-content")),
    Kind("not modified", odd("not-modified", "If-None-Match: \"a\"")),
    Kind("two cookies", odd("cookies")),
    Kind("a zipped answer", odd("zipped", "Accept-Encoding: gzip")),
    Kind("an address outside ASCII", odd("moved?caf\xe9")),
    Kind("an address of eight thousand letters", odd("mirror?" + "x" * 8000)),
    Kind("a connection left idle, and used again",
         talk(ask("/odd/empty"), Wait(4), ask("/odd/cookies"), listens=0.6)),
    Kind("a connection that the site closes, and curl uses again",
         curl("--rate", "2/s", f"http://{SITE}/odd/closed-before-the-second", f"http://{SITE}/")),
    Kind("one that the site closes when it is asked again", curl(
        f"http://{SITE}/odd/closed-at-the-second", f"http://{SITE}/odd/cookies")),
    Kind("several requests at once, as apt does",
         talk(b"".join(ask(f"/odd/{n}", "User-Agent: apt") for n in ("empty", "cookies", "mirror")),
              listens=1)),
    Kind("git's question and answer", curl("--header", "Transfer-Encoding: chunked", "--header",
         "Content-Type: application/x-git-upload-pack-request", "--data", "0032want 0000",
         f"http://{SITE}/odd/mirror")),
    Kind("a portal check, Android's", curl(f"http://{SITE}/odd/generate_204")),
    Kind("a portal check, Apple's", curl(f"http://{SITE}/odd/hotspot-detect.html")),
    Kind("methods of WebDAV", odd("mirror", "Depth: 1", method="PROPFIND")),
    Kind("a search by UPnP", odd("mirror", method="M-SEARCH")),
    Kind("an update of Windows", odd("mirror", "BITS-Packet-Type: Ping", method="BITS_POST")),
    Kind("a method to see what is allowed", odd("mirror", method="OPTIONS")),
    Kind("an upgrade to what hides every later name", odd("mirror", "Connection: Upgrade",
         "Upgrade: h2c, lab, TLS/1.0"),
         "the gate could not read what is asked for next", "\r\nUpgrade: lab\r\n"),
    Kind("nobody at the address", talk(
        b"GET TO/ HTTP/1.1\r\nHost: nobody.example\r\nConnection: close\r\n\r\n", host=NOBODY,
        listens=14),
         "the gate has accepted before it dials", "HTTP/1.1 502 Bad Gateway"),
    Kind("a request of two lengths", odd("empty", "Content-Length: 3", "Content-Length: 4"),
         "what can be read in two ways could hide a name", "HTTP/1.1 400 Bad Request"),
    Kind("a length beside chunks, asked", odd("empty", "Content-Length: 3",
         "Transfer-Encoding: chunked"),
         "what can be read in two ways could hide a name", "HTTP/1.1 400 Bad Request"),
    Kind("a space before the colon, asked", odd("empty", "X-A : b"),
         "what can be read in two ways could hide a name", "HTTP/1.1 400 Bad Request"),
)  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    for lab in open_lab(tmp_path_factory.mktemp("life"), [SITE, FIRST, LATE, NOBODY, FACEBOOK]):
        for ip in (4, 6):
            lab.internet.ip(
                "route", "add", "unreachable", lab.address(NOBODY, ip), "table", "local"
            )
        lab.divert()
        issue(lab.folder, ["laptop.example"])
        (lab.folder / "upload").write_bytes(bytes(range(256)) * 8000)
        yield lab


MODES = (f"transparent@:{PORT}", "regular@10.77.20.1:8080", "regular@[2001:db8:20::1]:8080")


@pytest.fixture(scope="module")
def gate(lab: Lab) -> Iterator[Gate]:
    yield lab.gate(AT_LUNCH, A_LARGER_SHARE, modes=MODES)
    lab.stop_gates()


def lived(lab: Lab, kind: Kind, way: Way) -> str:
    """What a client saw: all that it was sent, and how that ended."""
    if isinstance(kind.done, Curl):
        return _by_curl(lab, kind.done, way)
    try:
        return _by_socket(lab, kind.done, way)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"nothing: {error}"


def _by_curl(lab: Lab, asked: Curl, way: Way) -> str:
    place = lab.staff.namespace if way.through else lab.gateway
    files = {"CERT": "laptop.example.pem", "KEY": "laptop.example.key", "FILE": "upload"}
    words = [
        word if word.startswith("http") else _with_files(word, files, lab.folder)
        for word in asked.arguments
    ]
    if way.through == "proxy":
        address, port = PROXY[way.ip]
        where = f"[{address}]" if way.ip == 6 else address
        words = ["--proxy", f"http://{where}:{port}", *words]
    done = place.run(
        "curl", "--silent", "--include", "--suppress-connect-headers", f"-{way.ip}",
        "--max-time", "10", "--cacert", lab.authority, "--write-out", "|%{http_code}", *words,
    )  # fmt: skip
    # A proxy's client says so itself.
    return f"{done.stdout.replace('Proxy-Connection: Keep-Alive\n', '')}|curl {done.returncode}"


def _with_files(word: str, files: dict[str, str], folder: Path) -> str:
    for name, file in files.items():
        word = word.replace(name, str(folder / file))
    return word


def _by_socket(lab: Lab, talk: Talk, way: Way) -> str:
    address = lab.address(talk.host, way.ip)
    where, before = (address, 80), b""
    if way.through == "proxy":
        where, before = PROXY[way.ip], f"http://{talk.host}".encode()
    place = lab.staff.namespace if way.through else lab.gateway
    with place.connect(*where, timeout=10) as connection:
        said, end = b"", ""
        for step in talk.steps:
            if isinstance(step, Wait):
                time.sleep(step.seconds)
            elif isinstance(step, EndOfSending):
                connection.shutdown(1)
            elif isinstance(step, Until):
                connection.settimeout(10)
                while step not in said and (more := connection.recv(65536)):
                    said += more
            else:
                connection.sendall(step.replace(b"TO/", before + b"/"))
        connection.settimeout(talk.listens)
        try:
            while more := connection.recv(65536):
                said += more
            end = "closed"
        except TimeoutError:
            end = "left open"
        except ConnectionResetError:
            end = "reset"
    return f"{said.decode('latin-1')}|{end}"


@pytest.fixture(scope="module")
def everything(lab: Lab, gate: Gate) -> dict[tuple[str, Way], str]:
    """Every kind in every way, several at the same time."""
    ways = [Way(4), Way(6), *THROUGH]
    every = [(kind, way) for kind in KINDS for way in ways if way.through not in kind.unless]
    with ThreadPoolExecutor(16) as pool:
        outcomes = pool.map(lambda each: lived(lab, *each), every)
        return {(kind.what, way): said for (kind, way), said in zip(every, outcomes, strict=True)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.what)
def test_it_is_the_same_through_the_gate(
    everything: dict[tuple[str, Way], str], kind: Kind
) -> None:
    for way in THROUGH:
        if way.through in kind.unless:
            continue
        direct, through = everything[kind.what, Way(way.ip)], everything[kind.what, way]
        if kind.but:
            assert kind.then in through, (str(way), kind.but)
        else:
            assert through == direct, str(way)


def reading(lab: Lab, path: str, host: str = SITE, port: int = 80) -> "subprocess.Popen[bytes]":
    """A download that is on its way."""
    scheme = {80: "http", 443: "https"}[port]
    child = lab.staff.namespace.start(
        "curl", "--silent", "-4", "--http1.1", "--cacert", lab.authority,
        "--output", lab.folder / f"got{port}", f"{scheme}://{host}{path}",
    )  # fmt: skip
    wait_for((lab.folder / f"got{port}").exists, "the download to begin")
    return child


RECV_ERROR = 56
"""curl's exit status for a connection that was reset."""


@pytest.mark.parametrize("port", [80, 443])
def test_a_gate_that_stops_does_not_make_a_part_look_whole(lab: Lab, port: int) -> None:
    """An answer without a length: only its end says that it is all."""
    lab.stop_gates()
    gate = lab.gate(AT_LUNCH, modes=MODES)
    (lab.folder / f"got{port}").unlink(missing_ok=True)
    download = reading(lab, "/slow/1000", port=port)
    begun = time.monotonic()
    gate.stop()
    assert time.monotonic() - begun < 1, "it takes its time"
    assert download.wait(5) == RECV_ERROR


@pytest.mark.parametrize("port", [80, 443])
def test_a_download_outlives_a_bell_and_a_reload_that_leave_it_open(lab: Lab, port: int) -> None:
    lab.stop_gates()
    edit = ("school.yaml", "timezone:", "timezone:")
    gate = lab.gate("2026-11-23 12:59:57", edit, modes=MODES)
    (lab.folder / f"got{port}").unlink(missing_ok=True)
    download = reading(lab, "/paced/400000/5", port=port)
    (lab.folder / "schedules" / "school.yaml").touch()
    assert download.wait(15) == 0
    assert (lab.folder / f"got{port}").stat().st_size == 400_000
    assert "bell" in {r["event"]["action"] for r in gate.records("bellgate.gate")}


def test_who_waits_for_a_closed_service_to_speak_first_is_refused_and_recorded(lab: Lab) -> None:
    lab.stop_gates()
    gate = lab.gate("2026-11-23 10:15", modes=MODES)
    with lab.pupil.namespace.connect(lab.address(FIRST), 80, timeout=8) as connection:
        begun = time.monotonic()
        assert connection.recv(100) == b""
        assert 2 < time.monotonic() - begun < 5
    [record] = gate.records()
    assert record["network"]["application"] == "not-web"
    assert record["event"]["action"] == "block"


def test_a_browsers_spare_connection_is_not_recorded(lab: Lab) -> None:
    """It opens two to a server that it reads from, and may have no use for one of them."""
    lab.stop_gates()
    gate = lab.gate("2026-11-23 10:15", modes=MODES)
    where = lab.address(SITE)
    with lab.pupil.namespace.connect(where, 80, timeout=15) as spare:
        with lab.pupil.namespace.connect(where, 80, timeout=8) as used:
            used.sendall(f"GET / HTTP/1.1\r\nHost: {SITE}\r\n\r\n".encode())
            assert used.recv(100).startswith(b"HTTP/1.1 ")
        with pytest.raises(ConnectionResetError):
            spare.recv(100)
    assert gate.records() == []


def test_silence_first_is_no_way_round(lab: Lab) -> None:
    """Where hidden and odd things are open: what is said in the end is read all the same."""
    lab.stop_gates()
    lab.gate("2026-11-23 10:15", modes=MODES)
    before = len(lab.contacts())
    with lab.staff.namespace.connect(lab.address(FACEBOOK), 80, timeout=8) as connection:
        time.sleep(4)
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {FACEBOOK}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 403")
    assert not [line for line in lab.contacts(before) if line.startswith("http")]
