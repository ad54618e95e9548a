"""What a school needs of the web and beside it works on a gateway that closes every way round.

Real packets of a pupil's device, over IPv4 and IPv6, in the middle of a lesson. On the far side
whoever is asked says the same again.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.kernel_path import ask_name_server
from tests.lab.namespace import Namespace
from tests.lab.network import Device, Lab, open_lab
from tests.lab.scenarios import SITES
from tests.lab.school import TOP
from tests.lab.visits import Visit, Way
from tests.lab.whole_gateway import whole_gateway

MORNING = "2026-11-23 10:15"
BBC, GOV = "www.bbc.co.uk", "www.gov.uk"
ECHO = 7

TO_THE_INTERNET = """
    video calls (STUN, TURN)            udp 3478
    Teams' sound                        udp 3479
    Teams' picture                      udp 3480
    Teams' shared screen                udp 3481
    Meet                                udp 19305
    Zoom                                udp 8801
    Zoom over TCP                       tcp 8801
    FaceTime                            udp 16393
    TURN over TLS                       tcp 5349
    the time                            udp 123
    Apple's push                        tcp 5223
    Android's push                      tcp 5228
    Android's push, second port         tcp 5229
    Windows' push and activation        tcp 1688
    telephones (SIP)                    udp 5060
    telephones over TLS                 tcp 5061
    telephones' sound (RTP)             udp 16384
    telephones' sound, upper end        udp 20000
    mail (IMAP)                         tcp 993
    mail (POP)                          tcp 995
    mail that is sent                   tcp 587
    mail that is sent, over TLS         tcp 465
    an alarm panel (Contact ID)         tcp 5093
    an alarm panel over UDP             udp 5093
    sensors (MQTT over TLS)             tcp 8883
    sensors (MQTT)                      tcp 1883
    a router's remote support           tcp 8291
    remote help (TeamViewer)            tcp 5938
    files by SSH                        tcp 22
    files by FTP, control               tcp 21
    Windows' updates among themselves   tcp 7680
    payments at the till                tcp 9443
    cameras (RTSP)                      tcp 554
    the library's catalogue (Z39.50)    tcp 210
    a directory in the cloud (LDAPS)    tcp 636
    management of iPads (SCEP)          tcp 8080
    the council's database              tcp 1433
    a game for arithmetic (WebSocket)   tcp 4433
"""
INSIDE = """
    a printer                           tcp 9100
    a printer (IPP)                     tcp 631
    a printer (LPD)                     tcp 515
    a shared folder                     tcp 445
    a server's page                     tcp 80
    a server's page over TLS            tcp 443
    a screen on the wall                tcp 7000
    a screen on the wall over UDP       udp 7000
    a card reader on the door           tcp 4370
    the telephone exchange              udp 5060
    the name server of a laboratory     udp 5353
    a VPN of the caretaker's, inside    udp 51820
"""


@dataclass(frozen=True)
class Need:
    what: str
    protocol: str
    port: int


def needs(table: str) -> list[Need]:
    found = []
    for line in table.strip().splitlines():
        what, protocol, port = line.strip().rsplit(maxsplit=2)
        found.append(Need(what.strip(), protocol, int(port)))
    return found


# As deploy/README.md has it: each edit is a file, what stands there, and what comes before it.
PANELS_MAC = "3c:22:fb:00:00:41"
EQUIPMENT = (
    ("devices.yaml", "  guests: {}\n", "  equipment: {}\n"),
    ("devices.yaml", "  - name: y5-laptop-03\n", f"""\
  - name: alarm-panel
    group: [staff, equipment]
    mac: {PANELS_MAC}
"""),
    ("rules.yaml", "  - name: School accounts\n", """\
  - name: Equipment
    who: equipment
    what: no-name
    when: always
    do: allow
    clause: School's own rule
"""),
)  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    edits = [(file, old, f"{new}{old}") for file, old, new in EQUIPMENT]
    for lab in open_lab(tmp_path_factory.mktemp("needs"), [s.host for s in SITES]):
        with whole_gateway(lab, MORNING, "", *edits) as gate:
            yield lab
        # What was let by for need is nobody's attempt.
        assert [r for r in gate.records() if r.get("device", {}).get("id") == "alarm-panel"] == []


def answers(device: Device, need: Need, to: str) -> bool:
    """Whether what the device says comes back."""
    kind = socket.SOCK_STREAM if need.protocol == "tcp" else socket.SOCK_DGRAM
    with device.namespace.inside():
        client = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, kind)
    with client, suppress(OSError):
        client.settimeout(3)
        client.connect((to, need.port))
        client.send(b"Good morning")
        return client.recv(100) == b"Good morning"
    return False


@contextmanager
def says_the_same_again(there: Namespace, untouched: str) -> Iterator[None]:
    """Every port but the untouched ones (nft's words for a set) answers with what it hears."""
    rules = (
        "table inet echo { chain pre { type nat hook prerouting priority dstnat;"
        f" tcp dport != {untouched} redirect to :{ECHO};"
        f" udp dport != 53 redirect to :{ECHO}; }}; }}"
    )
    there.run("sh", "-c", f"echo '{rules}' | nft -f -")
    with there.inside():
        stream = socket.create_server(("::", ECHO), family=socket.AF_INET6, dualstack_ipv6=True)
        datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        datagrams.bind(("::", ECHO))

    def answer_streams() -> None:
        with suppress(OSError):
            while True:
                connection, _ = stream.accept()
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    connection.sendall(connection.recv(100))

    def answer_datagrams() -> None:
        with suppress(OSError):
            while True:
                said, whom = datagrams.recvfrom(100)
                if not said:
                    return
                datagrams.sendto(said, whom)

    for work in (answer_streams, answer_datagrams):
        threading.Thread(target=work, daemon=True).start()
    try:
        yield
    finally:
        stream.close()
        datagrams.close()
        there.run("nft", "delete", "table", "inet", "echo")


def unanswered(device: Device, wanted: list[Need], to: tuple[str, str]) -> list[str]:
    tried = [(need, there) for need in wanted for there in to]
    with ThreadPoolExecutor(16) as pool:
        came = list(pool.map(lambda one: answers(device, *one), tried))
    both = zip(tried, came, strict=True)
    return [f"{need.what} to {there}" for (need, there), ok in both if not ok]


def test_what_a_school_needs_of_the_internet_works(lab: Lab) -> None:
    wanted = needs(TO_THE_INTERNET)
    assert len(wanted) >= 30
    with says_the_same_again(lab.internet, "{ 80, 443 }"):
        assert unanswered(lab.pupil, wanted, (lab.address(BBC), lab.address(BBC, 6))) == []


def test_what_a_school_needs_inside_works(lab: Lab) -> None:
    server = lab.device("staff", 50)
    with says_the_same_again(server.namespace, "0"):
        assert unanswered(lab.pupil, needs(INSIDE), (server.ip4, server.ip6)) == []


def answers_without_a_name(lab: Lab, device: Device, version: int) -> bool:
    """Whether a server answers to whoever dials its address over TLS and shows no name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            device.namespace.connect(lab.address(GOV, version), 443) as plain,
            context.wrap_socket(plain) as tls,
        ):
            tls.sendall(b"GET / HTTP/1.1\r\nHost: panel\r\n\r\n")
            return b"200" in tls.recv(100)
    except OSError:
        return False


def test_an_alarm_panel_that_hides_its_name_works_as_the_guide_says(lab: Lab) -> None:
    guide = (TOP / "deploy" / "README.md").read_text()
    assert all(new in guide for _, _, new in EQUIPMENT)
    panel = lab.device("staff", 41, mac=PANELS_MAC)
    for version in (4, 6):
        assert answers_without_a_name(lab, panel, version)
        assert not answers_without_a_name(lab, lab.staff, version), "nobody else may"


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(
    "how",
    [{}, {"longer": 1_300}, {"longer": 6_000}],
    ids=["a hello", "a post-quantum one's length", "a very long one"],
)
def test_the_web_that_nobody_closes_works(lab: Lab, version: Any, how: dict[str, Any]) -> None:
    ask_name_server(lab.pupil, BBC, GOV)
    for tls in ("1.2", "1.3", None):
        for host in (BBC, GOV):
            way = Way(version, tls)  # type: ignore[arg-type]
            visit = Visit(lab, lab.pupil, host, way, **(how if tls else {}))
            assert visit.make().fate == "open", (host, tls)
