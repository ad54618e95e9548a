"""A teacher asks for YouTube on the page, gets it, and loses it when the time is up."""

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.lab.browser import Browser
from tests.lab.school import (
    FACEBOOK,
    IN_SESSION,
    PROXY,
    PUPIL,
    STAFF,
    TOP,
    YOUTUBE,
    Gate,
    Reply,
    School,
    wait_for,
)


@pytest.fixture(autouse=True)
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()
    for kept in school.folder.glob("state/simulated/granted/exemptions.json"):
        kept.unlink()


def form_on(page: str) -> dict[str, str]:
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    [action] = re.findall(r'<form method="post" action="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in fields.items()} | {"action": action}


def send(school: School, gate: Gate, form: dict[str, str], reason: str, who: str = STAFF) -> Reply:
    return school.curl(
        form["action"], "--data-urlencode", f"reason={reason}",
        "--data-urlencode", f"token={form.get('token', '')}",
        "--data-urlencode", f"to={form.get('to', '/')}",
        who=who, trust=gate.authority,
    )  # fmt: skip


def asked(school: School, gate: Gate, path: str = "/") -> dict[str, str]:
    reply = school.curl(f"https://{YOUTUBE}{path}", trust=gate.authority)
    assert reply.status == 403
    assert "What do you need it for?" in reply.body
    assert "will then open on this device for 45 minutes" in reply.body
    # When it opens by itself stands below the form: whoever reads on top waits for it in vain.
    assert reply.body.index("<form") < reply.body.index("Without an answer, it opens <strong>")
    assert "It opens again" not in reply.body
    assert "a record of the time, the device, the site’s name and your answer" in reply.body
    return form_on(reply.body)


def test_an_answer_opens_it_undecrypted_for_that_device_alone(school: School) -> None:
    gate = school.gate(IN_SESSION)
    form = asked(school, gate, "/watch?v=1")
    assert form["action"].startswith(f"https://{YOUTUBE}/"), "it needs no other host"
    school.forget_contacts()
    sent = send(school, gate, form, "Year 5: volcanoes")
    assert sent.status == 303
    assert school.contacts() == [], "nothing of the form reached the site"
    # YouTube's own certificate: nobody stands in between.
    assert school.curl(f"https://{YOUTUBE}/").body == f"origin of {YOUTUBE}\n"
    assert school.curl(f"https://{YOUTUBE}/", who=PUPIL, trust=gate.authority).status == 403

    answered = [r for r in gate.records() if r["event"]["action"] == "answered"]
    assert [r["bellgate"]["answer"] for r in answered] == ["Year 5: volcanoes"]
    assert answered[0]["device"]["id"] == "this-machine"
    # A program sent the form: that a page was asked for is not known.
    assert answered[0]["bellgate"]["seen"] == "connection"
    # For 45 minutes from a quarter past ten, not to the session's end.
    assert answered[0]["bellgate"]["until"].startswith("2026-11-23T11:00:")
    assert "watch" not in json.dumps(gate.records()), "where they were going is not recorded"


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("no token", {"token": ""}),
        ("a made-up token", {"token": "WyJ0aGlzLW1hY2hpbmUiLCJ5b3V0dWJlIl0.aaaa.bbbb"}),
    ],
)
def test_a_forged_answer_opens_nothing(school: School, what: str, change: dict[str, str]) -> None:
    gate = school.gate(IN_SESSION)
    form = asked(school, gate) | change
    assert send(school, gate, form, "anything").status == 403, what
    assert school.curl(f"https://{YOUTUBE}/", trust=gate.authority).status == 403


def test_an_answer_is_bound_to_its_device_and_may_not_be_empty(school: School) -> None:
    gate = school.gate(IN_SESSION, ("rules.yaml", "who: staff\n    what: youtube",
                                    "who: [staff, pupils]\n    what: youtube"),
                       ("rules.yaml", "what: [social-media, blog-writing]\n    when: school day",
                        "what: [facebook]\n    when: school day"))  # fmt: skip
    form = asked(school, gate)
    assert send(school, gate, form, "stolen", who=PUPIL).status == 403
    assert send(school, gate, form, "   ").status == 403
    assert school.curl(f"https://{YOUTUBE}/", trust=gate.authority).status == 403


def test_a_form_with_odd_fields_is_refused_and_no_failure_of_the_gate(school: School) -> None:
    gate = school.gate(IN_SESSION)
    form = asked(school, gate)
    more = [word for n in range(10) for word in ("--data-urlencode", f"f{n}=x")]
    sent = school.curl(form["action"], "--data", "reason=x", *more, trust=gate.authority)
    assert sent.status == 400
    assert "Go back, load the page again" in sent.body
    assert not [r for r in gate.records("bellgate.gate") if r["event"]["action"] == "error"]


def test_an_answer_leads_back_to_an_address_outside_ascii(school: School) -> None:
    gate = school.gate(IN_SESSION)
    form = asked(school, gate) | {"to": "/größe?x=日本"}
    head = school.folder / "head"
    sent = school.curl(
        form["action"], "--data-urlencode", "reason=x",
        "--data-urlencode", f"token={form['token']}", "--data-urlencode", f"to={form['to']}",
        "--dump-header", head, trust=gate.authority,
    )  # fmt: skip
    assert sent.status == 303
    assert "/gr%C3%B6%C3%9Fe?x=%E6%97%A5%E6%9C%AC" in head.read_text()


def test_a_form_in_chunks_with_a_trailer_is_taken(school: School) -> None:
    gate = school.gate(IN_SESSION)
    form = asked(school, gate)
    fields = urlencode({"reason": "x", "token": form["token"], "to": "/"})
    program = (
        "import socket, ssl, sys\n"
        "raw = socket.create_connection(('127.0.0.1', 8080), 5)\n"
        f"raw.sendall(b'CONNECT {YOUTUBE}:443 HTTP/1.1\\r\\nHost: {YOUTUBE}\\r\\n\\r\\n')\n"
        "raw.recv(1000)\n"
        f"context = ssl.create_default_context(cafile='{gate.authority}')\n"
        f"tls = context.wrap_socket(raw, server_hostname='{YOUTUBE}')\n"
        f"body = {fields!r}.encode()\n"
        "tls.sendall(b'POST /.well-known/bellgate/answer HTTP/1.1\\r\\n'\n"
        f"  b'Host: {YOUTUBE}\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n'\n"
        "  + b'%x\\r\\n%s\\r\\n0\\r\\nX-Sum: 1\\r\\n\\r\\n' % (len(body), body))\n"
        "print(tls.recv(12).decode())\n"
    )
    done = school.namespace.run(sys.executable, "-c", program)
    assert done.stdout.strip() == "HTTP/1.1 303", done.stderr


def test_no_page_can_be_framed_or_send_its_form_anywhere(school: School) -> None:
    gate = school.gate(IN_SESSION)
    head = school.folder / "head"
    for url, who in ((f"https://{YOUTUBE}/", STAFF), (f"http://{FACEBOOK}/", PUPIL)):
        school.curl(url, "--dump-header", head, who=who, trust=gate.authority)
        assert "frame-ancestors 'none'" in head.read_text()
        assert "form-action " in head.read_text()


def test_a_frame_says_that_it_opens_for_an_answer(school: School) -> None:
    gate = school.gate(IN_SESSION)
    frame = ("--header", "Sec-Fetch-Dest: iframe", "--header", "Sec-Fetch-Mode: navigate")
    page = school.curl(f"https://{YOUTUBE}/embed/1", *frame, trust=gate.authority).body
    assert "It opens once you say what it is for." in page
    assert ">Say what it is for</a>" in page and "opens again" not in page


def test_a_form_sends_nobody_elsewhere(school: School) -> None:
    gate = school.gate(IN_SESSION)
    form = asked(school, gate) | {"to": "//evil.example/"}
    url = form["action"]
    sent = school.curl(
        url, "--data-urlencode", "reason=x", "--data-urlencode", f"token={form['token']}",
        "--data-urlencode", f"to={form['to']}", "--dump-header", school.folder / "head",
        trust=gate.authority,
    )  # fmt: skip
    assert sent.status == 303
    assert f"location: https://{YOUTUBE}/\n" in (
        (school.folder / "head").read_text().lower().replace("\r", "")
    )


def download(school: School) -> "subprocess.Popen[bytes]":
    child = school.namespace.start(
        "curl", "--silent", "--proxy", "http://127.0.0.1:8080", "--cacert", school.authority,
        "--output", school.folder / "video", f"https://{YOUTUBE}/slow/1000",
    )  # fmt: skip
    wait_for((school.folder / "video").exists, "the video to begin")
    return child


def test_at_the_sessions_end_it_closes_mid_stream_and_is_no_breach(school: School) -> None:
    """It outlives a restart of the gate, and ends on time even so."""
    (school.folder / "video").unlink(missing_ok=True)
    no_lunch = ("school.yaml", "afternoon: 13:00-15:45", "afternoon: 12:15-15:45")
    gate = school.gate("2026-11-23 12:14:40", no_lunch)
    send(school, gate, asked(school, gate), "Year 5: volcanoes")
    gate.stop()
    again = school.gate("2026-11-23 12:14:52", no_lunch)
    video = download(school)
    wait_for(lambda: video.poll() is not None, "the cut at 12:15", 12)
    cut = [r for r in again.records() if r["event"]["action"] == "cut"]
    assert [r["@timestamp"][:16] for r in cut] == ["2026-11-23T12:15"]
    assert "carried_over" not in cut[0]["bellgate"]
    assert "has ended" in cut[0]["message"]


def command(school: School, *words: object) -> "subprocess.CompletedProcess[str]":
    process = school.start_python(
        "-m", "bellgate.cli.main", *map(str, words), "--simulated",
        "--state", school.folder / "state", "--schedules", school.folder / "schedules",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    said, complained = process.communicate(timeout=30)
    return subprocess.CompletedProcess([], process.returncode, said.decode(), complained.decode())


def test_the_heads_open_it_now_and_its_end(school: School) -> None:
    gate = school.gate(IN_SESSION)
    closed = school.curl(f"http://{YOUTUBE}/").status
    assert closed == 403
    allowed = command(school, "allow", "everyone", "social-media", "--until", "12:00")
    assert allowed.returncode == 0, allowed.stderr
    for who in (STAFF, PUPIL):
        wait_for(lambda who=who: school.curl(f"http://{YOUTUBE}/", who=who).status == 200, "it", 3)
    (school.folder / "video").unlink(missing_ok=True)
    video = download(school)
    [exemption] = json.loads(command(school, "exemptions", "--json").stdout)
    assert (exemption["who"], exemption["until"]) == (["everyone"], "2026-11-23T12:00:00Z")
    taken = command(school, "revoke", exemption["id"])
    assert taken.returncode == 0, taken.stderr
    wait_for(lambda: video.poll() is not None, "the cut", 4)
    assert school.curl(f"http://{YOUTUBE}/").status == 403
    told = [r["message"] for r in gate.records() if r["event"]["action"] == "exempted"]
    assert len(told) == 2
    assert "social-media is open for everyone until Monday 2026-11-23 12:00" in told[0]
    assert "was taken back" in told[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("allow", "stff", "youtube", "--until", "12:00"), "did you mean staff?"),
        (("allow", "staff", "youtub", "--until", "12:00"), "did you mean youtube?"),
        (("allow", "staff", "youtube", "--until", "09:00"), "is before the start"),
        (("allow", "staff", "youtube", "--until", "soon"), "is not a time"),
    ],
)
def test_a_slip_exempts_nobody(school: School, words: tuple[str, ...], said: str) -> None:
    school.gate(IN_SESSION)
    done = command(school, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert json.loads(command(school, "exemptions", "--json").stdout) == []


def test_the_end_of_the_session_is_a_time(school: School) -> None:
    school.gate(IN_SESSION)
    command(school, "allow", "staff", "youtube", "--until", "session", "--reason", "assembly")
    [exemption] = json.loads(command(school, "exemptions", "--json").stdout)
    assert (exemption["until"], exemption["reason"]) == ("2026-11-23T12:15:00Z", "assembly")


def test_a_teachers_browser_with_scripts_off_asks_and_gets_it(
    school: School, tmp_path: Path
) -> None:
    gate = school.gate(IN_SESSION)
    # It trusts the school's certificate for the page, and YouTube's own for YouTube.
    browser = Browser(school.namespace, tmp_path, gate.authority, school.authority)
    done = school.namespace.run(
        "env", f"PYTHONPATH={TOP}", sys.executable, "-m", "tests.lab.driver",
        browser.home, PROXY, f"https://{YOUTUBE}/watch", "Year 5: volcanoes", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "What do you need it for?" in seen["before"]
    assert f"origin of {YOUTUBE}" in seen["after"]
    assert seen["url"] == f"https://{YOUTUBE}/watch"
    assert seen["seconds"] < 1
    # Undecrypted: a browser without the lab's root would have refused YouTube's own certificate.
    assert f"tls {YOUTUBE}" in school.contacts()
    assert school.curl(f"https://{YOUTUBE}/", who=PUPIL, trust=gate.authority).status == 403
    [answered] = [r for r in gate.records() if r["event"]["action"] == "answered"]
    assert answered["bellgate"]["seen"] == "page"
