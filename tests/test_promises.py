"""The promises of the design, each tried as the people whom it is made to would try it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.audit import decision_record
from bellgate.audit.verify.one_log import verify_log
from bellgate.cli.explain import _fields
from bellgate.gate.page import answer_for
from bellgate.policy.action import is_open
from bellgate.policy.decide import decide
from bellgate.policy.facts import Connection
from bellgate.policy.walk import walk
from bellgate.schedules.load import load
from tests.lab.school import (
    AT_LUNCH,
    BANK,
    BBC,
    FACEBOOK,
    IN_SESSION,
    ON_SATURDAY,
    PUPIL,
    SAMPLE,
    STAFF,
    School,
    wait_for,
)


@pytest.fixture(autouse=True)
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()


def test_promise_1_only_session_time(school: School) -> None:
    """Where the rules name sessions, nothing is blocked or recorded outside them."""
    for moment, people in ((ON_SATURDAY, (STAFF, PUPIL)), (AT_LUNCH, (STAFF,))):
        gate = school.gate(moment)
        for who in people:
            assert school.curl(f"https://{FACEBOOK}/", who=who).status == 200
        assert gate.records() == []
        gate.stop()


def test_promise_2_only_what_is_named(school: School) -> None:
    """What passes is not decrypted; what is closed is not contacted; the key opens nothing else."""
    gate = school.gate(IN_SESSION)
    school.forget_contacts()
    # Believed under the lab's own root alone: nobody stood in between.
    assert school.curl(f"https://{BBC}/", trust=school.authority).status == 200
    assert school.curl(f"https://{BBC}/", trust=gate.authority).refused
    assert school.curl(f"https://{FACEBOOK}/", trust=gate.authority).status == 403
    assert not [contact for contact in school.contacts() if FACEBOOK in contact]
    text = subprocess.run(
        ["openssl", "x509", "-noout", "-text", "-in", gate.state / "certificate/mitmproxy-ca.pem"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    constraints = text[text.index("Name Constraints: critical") :]
    assert "DNS:facebook.com" in constraints
    assert BANK not in constraints
    assert "IP:0.0.0.0/0.0.0.0" in constraints[constraints.index("Excluded") :]


def test_promise_3_at_the_bell(school: School) -> None:
    """What staff opened in their own time is cut at the bell, and is no breach."""
    gate = school.gate("2026-11-23 08:29:57")
    download = school.namespace.start(
        "curl", "--silent", "--proxy", "http://127.0.0.1:8080", "--cacert", school.authority,
        "--output", school.folder / "download", "--write-out", "%{time_total}",
        f"https://{FACEBOOK}/slow/1000",
        stdout=subprocess.PIPE,
    )  # fmt: skip
    beside = school.namespace.start(
        "curl", "--silent", "--proxy", "http://127.0.0.1:8080", "--cacert", school.authority,
        "--output", school.folder / "beside", f"https://{BBC}/slow/1000",
    )  # fmt: skip
    download.wait(timeout=15)
    assert download.stdout is not None
    lasted = float(download.stdout.read().decode().splitlines()[-1])
    assert lasted < 4.5
    assert beside.poll() is None, "an allowed connection was cut beside it"
    [cut] = gate.records()
    assert cut["event"]["action"] == "cut"
    assert cut["bellgate"]["carried_over"] is True
    rung = datetime.fromisoformat(cut["@timestamp"])
    bell = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert bell <= rung < bell + timedelta(seconds=1)
    assert "bytes" not in cut["network"], "what people carried in their own time is their own"


def test_promise_4_nothing_lost_nothing_altered_unseen(school: School, tmp_path: Path) -> None:
    """A killed gate keeps what it acknowledged; a checkpoint that left shows any later change."""
    gate = school.gate(IN_SESSION)
    school.curl(f"https://{FACEBOOK}/", trust=gate.authority)
    assert [r["event"]["action"] for r in gate.records()] == ["block"]
    os.killpg(gate.process.pid, signal.SIGKILL)
    gate.process.wait()
    assert verify_log(gate.log).ok
    anchor = tmp_path / "mailed"
    shutil.copy(gate.log / "checkpoint", anchor)
    assert verify_log(gate.log, anchor).ok

    # Somebody with every right on the machine takes the record out and signs the rest anew.
    [day] = gate.log.glob("*.jsonl")
    kept = [line for line in day.read_bytes().splitlines(keepends=True) if b"facebook" not in line]
    shutil.rmtree(gate.log)
    program = (
        "import sys, json; from pathlib import Path; from datetime import datetime, UTC\n"
        "from bellgate.audit import Journal, LogPaths; from bellgate.schedules.load import load\n"
        f"edition = load(Path({str(SAMPLE)!r})).policy.edition\n"
        f"paths = LogPaths.of(Path({str(gate.state)!r}), simulated=True)\n"
        "paths.last_checkpoint.unlink(missing_ok=True)\n"
        "journal = Journal(paths, edition, lambda: datetime(2026, 11, 23, tzinfo=UTC))\n"
        "[journal.submit(json.loads(line)) for line in sys.stdin]\n"
        "journal.close()\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], input=b"".join(kept), check=True,
        env={**os.environ, "PYTHONPATH": str(SAMPLE.parent / "addon")},
    )  # fmt: skip
    assert verify_log(gate.log).ok, "it agrees with itself, as a re-made log does"
    assert not verify_log(gate.log, anchor).ok


def test_promise_5_a_device_is_not_a_person(school: School) -> None:
    """Each record says what was seen and on what ground a device is attributed to somebody."""
    policy = load(SAMPLE).policy
    assert policy is not None
    moment = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)

    def record(ip: str, mac: str | None) -> dict[str, object]:
        connection = Connection(ip, "tls", (FACEBOOK,), mac)
        made = decision_record(
            decide(policy, connection, moment), "block", seen="connection", clock="synchronised"
        )
        return {
            "person": made["user"].get("id"),
            "ground": made["bellgate"]["attribution"],
            "groups": made["user"]["roles"],
        }

    staff_laptop, shared_laptop = "3c:22:fb:00:00:31", "3c:22:fb:00:00:21"
    held = record("10.77.20.31", staff_laptop)
    assert held == {"person": "stf-0042", "ground": "held", "groups": ["staff"]}
    away = record("10.77.10.9", staff_laptop)
    assert away == {"person": None, "ground": "unknown", "groups": ["pupils"]}
    shared = record("10.77.10.7", shared_laptop)
    assert shared == {"person": None, "ground": "shared", "groups": ["year-5", "pupils"]}
    address = record("10.77.20.5", None)
    assert address == {"person": None, "ground": "address", "groups": ["staff"]}

    gate = school.gate(IN_SESSION)
    school.curl(f"https://{FACEBOOK}/", trust=gate.authority)
    [seen] = gate.records()
    assert seen["bellgate"]["seen"] == "connection", "curl is no browser that asked for a page"
    assert "id" not in seen["user"]


def test_promise_6_never_the_reason_the_school_is_offline(school: School) -> None:
    """Wrong files do not stop the gate, and a dead gate is back with its record whole."""
    school.gate(IN_SESSION).stop()
    gate = school.gate(IN_SESSION, ("rules.yaml", "do: block", "do: blok"))
    assert school.curl(f"http://{BBC}/").status == 200
    assert school.curl(f"http://{FACEBOOK}/").status == 403
    os.killpg(gate.process.pid, signal.SIGKILL)
    gate.process.wait()
    again = school.gate(IN_SESSION)
    wait_for(lambda: school.curl(f"http://{BBC}/").status == 200, "the gate to be back")
    assert again.process.poll() is None


SITES = ("www.facebook.com", "www.youtube.com", "www.blogger.com", "www.bbc.co.uk", "dns.google")
WHO = (
    ("10.77.20.31", "3c:22:fb:00:00:31"),
    ("10.77.10.7", "3c:22:fb:00:00:21"),
    ("10.77.20.5", None),
    ("10.77.10.99", None),
    ("198.51.100.7", None),
)
YEAR = st.datetimes(datetime(2026, 9, 1), datetime(2027, 8, 31))  # noqa: DTZ001 - UTC is added


@given(st.sampled_from(WHO), st.sampled_from(SITES), YEAR)
def test_promise_7_one_explanation(
    who: tuple[str, str | None], site: str, moment: datetime
) -> None:
    """`explain`, the page and the record show the same decision, rule, line and clause."""
    connection = Connection(who[0], "tls", (site,), who[1], server_name=site)
    decision = decide(POLICY, connection, moment.replace(tzinfo=UTC))
    told = _fields(site, decision)
    answer = walk(POLICY, decision)[-1].text
    assert str(told["reason"]) in answer
    if decision.rule is None:
        assert told["action"] == "allow"
        return
    if decision.action == "allow":
        return  # what a rule allows is not recorded
    record = decision_record(decision, decision.action, seen="connection", clock="synchronised")
    assert record["rule"]["id"] == told["rule_source"]
    assert record["rule"]["name"] == told["rule"]
    assert record["bellgate"]["clause"] == told["clause"]
    assert record["bellgate"].get("until") == told["until"]
    assert record["bellgate"].get("session") == told["session"]
    assert record["network"]["application"] == told["service"]
    assert record["user"]["roles"][0] == told["group"]
    if not is_open(decision.action):
        page = re.sub(r"&#39;", "'", answer_for(decision, {}, "https://x/").body.decode())
        assert f"{told['rule']} ({told['rule_source']})" in page
        assert str(told["clause"]) in page
        assert record["message"] == told["reason"]


POLICY = load(SAMPLE).policy
assert POLICY is not None
