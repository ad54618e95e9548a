"""What becomes of real connections through a running gate: passed, shown the page, refused."""

import json
import ssl
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.test_commands import bellgate
from tests.lab.school import (
    BBC,
    FACEBOOK,
    GUEST,
    IN_SESSION,
    PROXY,
    PUPIL,
    STAFF,
    TOP,
    Gate,
    School,
    wait_for,
)


@pytest.fixture(scope="module")
def in_session(school: School) -> Iterator[Gate]:
    """One gate for the whole file: it is in session for as long as the file takes."""
    yield school.gate(IN_SESSION)
    school.stop_gates()


def test_staff_in_session_see_the_page_and_facebook_is_not_contacted(
    school: School, in_session: Gate
) -> None:
    school.forget_contacts()
    reply = school.curl(f"https://{FACEBOOK}/", trust=in_session.authority)
    assert (reply.status, reply.error) == (403, "")
    assert "Facebook is closed" in reply.body
    assert "Staff should only access social media sites in their own time" in reply.body
    assert "rules.yaml:" in reply.body
    assert "at 12:15" in reply.body
    assert school.contacts() == []


def test_a_pupil_sees_the_pupils_page(school: School, in_session: Gate) -> None:
    reply = school.curl(f"https://{FACEBOOK}/", who=PUPIL, trust=in_session.authority)
    assert reply.status == 403
    assert "does not mean that you have done anything wrong" in reply.body
    assert "at 15:15" in reply.body


def test_an_allowed_site_shows_its_own_certificate(school: School, in_session: Gate) -> None:
    def certificate(*through: str) -> str:
        asked = school.namespace.run(
            "openssl", "s_client", "-connect", f"{BBC}:443", "-servername", BBC, *through
        )
        assert "BEGIN CERTIFICATE" in asked.stdout, asked.stderr
        return ssl.PEM_cert_to_DER_cert(
            asked.stdout[
                asked.stdout.index("-----BEGIN") : asked.stdout.index("-----END CERTIFICATE-----")
                + len("-----END CERTIFICATE-----\n")
            ]
        ).hex()

    assert certificate("-proxy", PROXY) == certificate()


def test_plain_http_gets_the_page(school: School, in_session: Gate) -> None:
    school.forget_contacts()
    assert school.curl(f"http://{FACEBOOK}/").status == 403
    assert "Facebook is closed" in school.curl(f"http://{FACEBOOK}/").body
    assert school.contacts() == []
    assert school.curl(f"http://{BBC}/").body == f"origin of {BBC}\n"


@pytest.mark.parametrize(
    "host",
    ["WWW.FACEBOOK.COM", "www.facebook.com.", "www.facebook.com:80", "www.facebook.com.:80"],
)
def test_another_spelling_of_the_host_makes_no_difference(
    school: School, in_session: Gate, host: str
) -> None:
    assert school.curl(f"http://{BBC}/", "--header", f"Host: {host}").status == 403


def raw(school: School, text: str, who: str = STAFF) -> str:
    """What the gate answers to bytes that no ordinary client would send."""
    program = (
        "import socket,sys\n"
        f"s=socket.create_connection(('127.0.0.1',8080),5,('{who}',0))\n"
        "s.sendall(sys.argv[1].encode('latin-1').decode('unicode_escape').encode('latin-1'))\n"
        "s.settimeout(3)\n"
        "out=b''\n"
        "try:\n"
        "  while (d:=s.recv(65536)): out+=d\n"
        "except OSError: pass\n"
        "sys.stdout.write(out.decode('latin-1'))\n"
    )
    return school.namespace.run("python3", "-c", program, text).stdout


@pytest.mark.parametrize(
    ("what", "request_text"),
    [
        (
            "a second Host",
            "GET http://{bbc}/ HTTP/1.1\\r\\nHost: {bbc}\\r\\nHost: {fb}\\r\\n\\r\\n",
        ),
        ("an absolute URI", "GET http://{fb}/ HTTP/1.1\\r\\nHost: {bbc}\\r\\n\\r\\n"),
        (
            "a folded Host",
            "GET http://{bbc}/ HTTP/1.1\\r\\nHost: www\\r\\n .facebook.com\\r\\n\\r\\n",
        ),
        (
            "the second request",
            "GET http://{bbc}/ HTTP/1.1\\r\\nHost: {bbc}\\r\\n\\r\\n"
            "GET http://{fb}/ HTTP/1.1\\r\\nHost: {fb}\\r\\n\\r\\n",
        ),
        ("https asked of the proxy", "GET https://{fb}/ HTTP/1.1\\r\\nHost: {fb}\\r\\n\\r\\n"),
        ("HTTP/2 without TLS", "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n"),
    ],
)
def test_no_way_of_asking_gets_facebook(
    school: School, in_session: Gate, what: str, request_text: str
) -> None:
    school.forget_contacts()
    answer = raw(school, request_text.format(bbc=BBC, fb=FACEBOOK))
    assert "origin of www.facebook.com" not in answer, what
    assert not [c for c in school.contacts() if "facebook" in c], what


def test_sni_that_differs_from_the_connect_target_is_refused(
    school: School, in_session: Gate
) -> None:
    school.forget_contacts()
    asked = school.namespace.run(
        "openssl", "s_client", "-connect", f"{BBC}:443", "-proxy", PROXY, "-servername", FACEBOOK
    )
    assert "Bury C of E" in asked.stdout + asked.stderr or "alert" in asked.stderr
    assert school.contacts() == []


def test_a_hello_too_long_to_be_read_hides_its_name(school: School, in_session: Gate) -> None:
    """CONNECT names an allowed site; what stands behind sixteen kilobytes nobody can say."""
    before = len(in_session.records())
    hello = "\\x16\\x03\\x01\\x3f\\xff\\x01\\x00\\xff\\xff" + "a" * 17_000
    answer = raw(school, f"CONNECT {BBC}:443 HTTP/1.1\\r\\nHost: {BBC}\\r\\n\\r\\n{hello}")
    assert answer.endswith("\x15\x03\x03\x00\x02\x02\x70")
    [record] = in_session.records(after=before)
    assert record["network"]["application"] == "no-name"


def test_what_is_on_no_network_is_an_unknown_device_as_explain_says(
    school: School, in_session: Gate
) -> None:
    before = len(in_session.records())
    assert school.curl(f"http://{BBC}/", who=GUEST).status == 200
    assert school.curl(f"http://{FACEBOOK}/", who=GUEST).status == 403
    [record] = in_session.records(after=before)
    assert record["user"]["roles"] == ["guests"]
    said = explained(in_session, GUEST)
    assert (
        f"{GUEST}: it is not a device in the files; it is on none of the school's networks, so it "
        "is in the group guests" in said
    )
    assert "Regular mode" not in said


def test_an_address_of_the_internet_on_no_network_is_told_why_it_is_not_served(
    school: School, in_session: Gate
) -> None:
    stranger = "8.8.4.4"
    school.namespace.ip("address", "add", f"{stranger}/32", "dev", "lo")
    before = status(in_session)["strangers"]
    answer = school.curl(f"http://{BBC}/", who=stranger)
    assert (answer.status, answer.body) == (403, (
        f"{stranger} is not an address on any of the school’s networks, so this proxy will not "
        "serve it.\nIf this is a school device, please tell the school office that its network is "
        "missing from\ndevices.yaml (under “networks”).\n"
    ))  # fmt: skip
    # Also over TLS, for a site that is open and for one that is closed.
    for site in (BBC, FACEBOOK):
        refused = school.curl(f"https://{site}/", who=stranger)
        assert "CONNECT tunnel failed, response 403" in refused.error
    assert status(in_session)["strangers"] == before + 3
    said = explained(in_session, stranger)
    assert f"{stranger} is out on the internet and on none of the school's networks" in said


def status(gate: Gate) -> dict[str, Any]:
    done = bellgate("status", "--simulated", "--json", "--state", gate.state)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def explained(gate: Gate, ip: str) -> str:
    return bellgate("explain", "--from", ip, "--site", BBC, "--state", gate.state).stdout


def test_a_websocket_over_plain_http_passes_and_is_relayed(
    school: School, in_session: Gate
) -> None:
    answer = raw(
        school,
        f"GET http://{BBC}/socket HTTP/1.1\\r\\nHost: {BBC}\\r\\nConnection: Upgrade\\r\\n"
        "Upgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n\\x81\\x03abc",
    )
    assert "101 Switching Protocols" in answer
    assert answer.endswith("\x81\x03abc")


def test_parts_of_other_pages_get_an_empty_answer_and_frames_a_small_page(
    school: School, in_session: Gate
) -> None:
    before = len(in_session.records())

    def asked(dest: str, mode: str) -> str:
        return school.curl(
            f"https://{FACEBOOK}/like.js",
            "--header", f"Sec-Fetch-Dest: {dest}",
            "--header", f"Sec-Fetch-Mode: {mode}",
            "--header", "Sec-Fetch-Site: cross-site",
            trust=in_session.authority,
        ).body  # fmt: skip

    assert asked("script", "no-cors") == ""
    assert "Why this is closed" in asked("iframe", "navigate")
    assert "<details" in asked("document", "navigate")
    seen = [r["bellgate"]["seen"] for r in in_session.records(after=before)]
    assert seen == ["embedded", "page"]  # the frame is the script's repeat within a minute


def test_an_upload_gets_the_page_too(school: School, in_session: Gate) -> None:
    for url in (f"http://{FACEBOOK}/", f"https://{FACEBOOK}/"):
        reply = school.curl(url, "--data", "x" * 20_000, trust=in_session.authority)
        assert reply.status == 403, url


def test_the_gate_serves_a_proxy_pac_that_names_itself(school: School, in_session: Gate) -> None:
    pac = school.namespace.run("curl", "--silent", f"http://{PROXY}/proxy.pac")
    assert "function FindProxyForURL" in pac.stdout
    assert '"facebook.com":1' in pac.stdout
    assert f"PROXY {PROXY}" in pac.stdout


# A browser that closes a connection in the middle of its handshake, as one does with those that it
# opened ahead and needs no more.
LEAVES = """
import socket
from tests.lab.hostile import hello
client = socket.create_connection(("127.0.0.1", 8080), 5)
client.sendall(b"CONNECT %(host)s:443 HTTP/1.1\\r\\nHost: %(host)s\\r\\n\\r\\n")
assert b" 200 " in client.recv(4096)
client.sendall(hello("%(host)s"))
assert client.recv(4096)[:1] == bytes([22])
"""


def test_who_leaves_in_the_middle_of_a_handshake_is_shown_the_page_next_time(
    school: School, in_session: Gate
) -> None:
    host = "m.facebook.com"
    for _ in range(3):
        left = school.namespace.run(
            "env", f"PYTHONPATH={TOP}", sys.executable, "-c", LEAVES % {"host": host}
        )
        assert left.returncode == 0, left.stderr
    assert school.curl(f"https://{host}/", trust=in_session.authority).status == 403


def test_who_does_not_know_the_certificate_is_refused_without_it_the_next_time(
    school: School, in_session: Gate
) -> None:
    """curl without the school's certificate says so in an alert; then no page is tried."""
    host = "touch.facebook.com"
    assert "unrecognized name" not in school.curl(f"https://{host}/").error
    wait_for(
        lambda: "unrecognized name" in school.curl(f"https://{host}/").error,
        "the alert to be understood",
    )
