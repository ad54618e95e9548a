"""A week of the log decided again: what an edited folder would have closed or opened."""

import json
import os
import pty
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from bellgate.audit.record.decided_again import fate_under, recorded
from bellgate.audit.record.record import decision_record, event_record
from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.schedules.load import load
from tests.cli.test_commands import bellgate
from tests.lab.school import SAMPLE, TOP

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 11, 16)
PEOPLE = (
    ("10.77.20.31", "3c:22:fb:00:00:31"),
    ("10.77.10.21", "3c:22:fb:00:00:21"),
    ("10.77.20.99", None),
    ("10.77.10.99", None),
)
HOSTS = ("www.facebook.com", "www.reddit.com", "twitter.com", "www.youtube.com", "www.blogger.com")
WHOLE = 200_000
TIMES = 10


def policy_of(folder: Path) -> Policy:
    policy = load(folder).policy
    assert policy is not None
    return policy


def attempts(count: int) -> list[tuple[datetime, Connection]]:
    source = random.Random(6)
    made = []
    for _ in range(count):
        day = MONDAY + timedelta(days=source.randrange(5))
        second = timedelta(seconds=source.randrange(8 * 3600, 16 * 3600))
        at = datetime(day.year, day.month, day.day, tzinfo=LONDON) + second
        host = source.choice(HOSTS)
        ip, mac = source.choice(PEOPLE)
        made.append((at.astimezone(UTC), Connection(
            ip, "tls", (host,), mac, server_name=host, destination_ip="203.0.113.9",
            destination_port=443,
        )))  # fmt: skip
    return made


def write_week(log: Path, policy: Policy, count: int) -> None:
    """The week as a gate under the policy would have recorded it, `count` records in all."""
    log.mkdir(parents=True)
    days: dict[str, list[tuple[datetime, bytes]]] = {}
    left = count
    for at, connection in attempts(count * 2):
        decision = decide(policy, connection, at)
        if decision.action == "allow" or not left:
            continue
        left -= 1
        record = decision_record(decision, decision.action, seen="connection", clock="simulated")
        days.setdefault(str(at.astimezone(LONDON).date()), []).append((at, orjson.dumps(record)))
    assert not left
    for day, lines in days.items():
        in_order = [line for _, line in sorted(lines, key=lambda each: each[0])]
        (log / f"{day}.jsonl").write_bytes(b"\n".join(in_order) + b"\n")
        (log / f"{day}.leaves").write_bytes(b"\0" * 32 * len(lines))


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    write_week(state / "log", policy_of(SAMPLE), WHOLE // TIMES)
    return state


@pytest.fixture(scope="module")
def whole_week(week: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with every line ten times: as long as a busy week's."""
    state = tmp_path_factory.mktemp("whole")
    (state / "log").mkdir()
    for file in (week / "log").iterdir():
        content = file.read_bytes()
        if file.suffix == ".leaves":
            (state / "log" / file.name).write_bytes(content * TIMES)
        else:
            lines = [line * TIMES for line in content.splitlines(keepends=True)]
            (state / "log" / file.name).write_bytes(b"".join(lines))
    return state


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    copy = folder / "edited"
    shutil.copytree(SAMPLE, copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))
    return copy


def on_record(state: Path) -> list[dict]:  # type: ignore[type-arg]
    files = sorted((state / "log").glob("*.jsonl"))
    return [orjson.loads(line) for f in files for line in f.read_bytes().splitlines()]


def answer(state: Path, folder: Path, *more: str) -> dict:  # type: ignore[type-arg]
    done = bellgate("replay", "--with", folder, "--state", state, "--json", *more)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict = json.loads(done.stdout)  # type: ignore[type-arg]
    return found


def test_the_same_folder_changes_nothing(whole_week: Path) -> None:
    found = answer(whole_week, SAMPLE)
    assert (found["judged"], found["differences"]) == (WHOLE, [])
    assert (found["from"], found["to"]) == ("2026-11-14", "2026-11-20")


def test_a_session_that_ends_earlier_opens_what_lay_after_it(
    week: Path, whole_week: Path, tmp_path: Path
) -> None:
    folder = edited(tmp_path, "school.yaml", "morning: 08:30-12:15", "morning: 08:30-12:00")
    expected: Counter[tuple[str, str, str]] = Counter()
    for record in on_record(week):
        local = datetime.fromisoformat(record["@timestamp"]).astimezone(LONDON)
        late = (12, 0) <= (local.hour, local.minute) < (12, 15)
        if late and "staff" in record["user"]["roles"] and record["event"]["action"] != "log":
            key = (record["network"]["application"], record["bellgate"]["session"])
            expected[record["user"]["roles"][0], *key] += TIMES
    began = time.monotonic()
    found = answer(whole_week, folder)
    assert time.monotonic() - began < 20
    assert sum(expected.values()) > 500
    assert {
        (d["group"], d["service"], d["session"]): d["would_be_open"] for d in found["differences"]
    } == expected
    assert found["would_be_closed"] == 0
    assert found["would_be_open"] == sum(expected.values())


def test_what_was_logged_is_closed_where_the_folder_says_so(week: Path, tmp_path: Path) -> None:
    folder = edited(tmp_path, "rules.yaml", "do: log", "do: block")
    logged = [r for r in on_record(week) if r["event"]["action"] == "log"]
    found = answer(week, folder)
    assert found["would_be_closed"] == len(logged) > 50
    assert {d["service"] for d in found["differences"]} == {
        r["network"]["application"] for r in logged
    }
    one_day = answer(week, folder, "--from", "2026-11-17", "--to", "2026-11-17")
    on_tuesday = [r for r in logged if r["@timestamp"].startswith("2026-11-17")]
    assert one_day["would_be_closed"] == len(on_tuesday)
    shown = bellgate("replay", "--with", folder, "--state", week).stdout
    assert "Would be closed" in shown
    assert "This judges what was recorded" in shown


def test_somebody_who_watches_sees_how_far_it_is(whole_week: Path) -> None:
    watching, terminal = pty.openpty()
    done = subprocess.Popen(
        [
            *(sys.executable, "-m", "bellgate.cli.main", "replay"),
            *("--with", SAMPLE, "--state", whole_week),
        ],
        cwd=TOP, stdout=subprocess.PIPE, stderr=terminal,
        env={**os.environ, "PYTHONPATH": str(TOP / "addon"), "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(terminal)
    seen = b""
    try:
        while part := os.read(watching, 65_536):
            seen += part
    except OSError:  # the other end is closed
        pass
    os.close(watching)
    answered, _ = done.communicate(timeout=30)
    assert b"Deciding again" in seen and b"%" in seen
    assert b"Deciding again" not in answered and b"200,000 recorded attempts" in answered


def test_a_folder_with_a_problem_is_told_and_nothing_judged(week: Path, tmp_path: Path) -> None:
    folder = edited(tmp_path, "rules.yaml", "do: log", "do: lock")
    done = bellgate("replay", "--with", folder, "--state", week)
    assert done.returncode == 1
    assert "rules.yaml:" in done.stdout and "recorded attempts" not in done.stdout


def test_wrong_use_is_said(week: Path, tmp_path: Path) -> None:
    assert bellgate("replay", "--state", week).returncode == 2
    assert bellgate("replay", "--with", tmp_path / "none", "--state", week).returncode == 2
    backwards = ("--from", "2026-11-20", "--to", "2026-11-17")
    assert bellgate("replay", "--with", SAMPLE, "--state", week, *backwards).returncode == 2
    empty = bellgate("replay", "--with", SAMPLE, "--state", tmp_path)
    assert empty.returncode == 1 and "--simulated" in empty.stderr


AT = datetime(2026, 11, 17, 10, 15, tzinfo=UTC)
STAFF = Connection("10.77.20.31", "tls", ("www.facebook.com",), "3c:22:fb:00:00:31")


def test_each_kind_of_record() -> None:
    policy = policy_of(SAMPLE)
    decision = decide(policy, STAFF, AT)
    for action, fate in (
        ("block", "closed"), ("ask", "closed"), ("cut", "closed"), ("log", "open"),
    ):  # fmt: skip
        what = recorded(decision_record(decision, action, seen="connection", clock="simulated"))
        assert what is not None and what.fate == fate and what.group == "staff"
        assert what.connection.mac == "3c:22:fb:00:00:31"
        assert fate_under(policy, what) == "closed"
    for action in ("answered", "exempted", "closed"):
        made = decision_record(decision, action, seen="connection", clock="simulated")
        assert recorded(made) is None
    gate = event_record("bellgate.gate", "bell", "A bell", edition=policy.edition, at=AT,
                        clock="simulated")  # fmt: skip
    assert recorded(gate) is None
    for damage in (
        {},
        {"event": 3},
        {"event": {"action": "block", "dataset": "bellgate.decision"}},
    ):
        assert recorded(damage) is None


def test_many_names_counted_together_are_judged_by_their_service() -> None:
    policy = policy_of(SAMPLE)
    record = decision_record(
        decide(policy, STAFF, AT), "block", seen="connection", clock="simulated", repeat=40,
        named=False,
    )  # fmt: skip
    what = recorded(record)
    assert what is not None and what.times == 40 and what.connection.names == ()
    assert fate_under(policy, what) == "closed"
    record["network"]["application"] = "some-service-that-is-gone"
    gone = recorded(record)
    assert gone is not None and fate_under(policy, gone) == "open"


def test_a_hidden_name_is_judged_as_one() -> None:
    policy = policy_of(SAMPLE)
    hidden = Connection("10.77.20.31", "tls", (), "3c:22:fb:00:00:31",
                        destination_ip="203.0.113.9", destination_port=443)  # fmt: skip
    decision = decide(policy, hidden, AT)
    assert decision.action == "block"
    what = recorded(decision_record(decision, "block", seen="connection", clock="simulated"))
    assert what is not None and what.service == "no-name"
    assert fate_under(policy, what) == "closed"
