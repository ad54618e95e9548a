"""Who may hand over what: users of the machine at a real socket, each trying what is not theirs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import GateSocket, Journal, LogPaths, decision_record, entries, event_record
from bellgate.audit.log.peers import RIGHTS, Role
from bellgate.audit.record.event_kinds import EVENTS
from bellgate.audit.record.record import Record
from bellgate.policy.action import OUTCOMES
from tests.audit.world import EDITION, QUARTER_PAST_TEN, decision, journal

CONSOLE, SENTRY, NOBODY = 61_001, 61_002, 61_003
"""Numbers of users that this machine need not have."""
ROLES: dict[int, Role] = {0: "gate", os.geteuid(): "gate", CONSOLE: "console", SENTRY: "sentry"}

_ASK = """
import os, socket, sys
os.setuid(int(sys.argv[2]))  # in the socket's group, as the gateway's services are
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
peer.sendall(sys.stdin.buffer.read() + b"\\n")
answer = b""
while more := peer.recv(65536): answer += more
sys.stdout.buffer.write(answer)
"""


class Gate:
    """A log with its socket, in a folder that everybody may enter."""

    def __init__(self, folder: Path) -> None:
        self.log: Journal = journal(folder)
        self.refused: list[float] = []
        self.retried = False
        self.paths = LogPaths.of(folder)
        self.socket = GateSocket(
            self.paths.socket,
            self.log.promise,
            lambda: {"ready": True},
            {
                "address": lambda asked: {"ip": asked["ip"]},
                "whose": lambda asked: {"ids": [asked["name"]]},
            },
            roles=ROLES,
            followed=self._followed,
        )

    def _followed(self, source: str | None, host: str | None, refused: float) -> bool:
        self.refused.append(refused)
        return self.retried and (source, host) == ("10.77.20.31", "www.facebook.com")

    def asked_by(self, user: int, question: object) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-c", _ASK, self.paths.socket, str(user)],
            input=json.dumps(question).encode(), capture_output=True, check=True,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def takes(self, user: int, record: Record, **more: object) -> bool:
        return bool(self.asked_by(user, {"kind": "record", "record": record, **more}).get("ok"))

    def close(self) -> None:
        self.socket.close()
        self.log.close()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o755)
    made = Gate(tmp_path)
    yield made
    made.close()


def decided(outcome: str = "block") -> Record:
    return decision_record(
        decision(),
        outcome,
        seen="connection",
        clock="synchronised",  # type: ignore[arg-type]
    )


def event(dataset: str, action: str) -> Record:
    return event_record(
        dataset, action, "Something", edition=EDITION, at=QUARTER_PAST_TEN,  # type: ignore[arg-type]
        clock="synchronised", user="head", target="stf-0042",
    )  # fmt: skip


def test_a_consoles_user_can_forge_no_decision(gate: Gate) -> None:
    for outcome in OUTCOMES:
        assert not gate.takes(CONSOLE, decided(outcome)), outcome
    # Nor what looks like one under an exemption's name.
    assert not gate.takes(
        CONSOLE, decided() | {"event": event("bellgate.decision", "exempted")["event"]}
    )
    assert not gate.takes(
        CONSOLE, event("bellgate.review", "viewed") | {"device": {"id": "staff-laptop-07"}}
    )
    assert not gate.takes(CONSOLE, event("bellgate.gate", "sentry-back"))
    assert list(entries(gate.paths.log)) == []


def test_each_hands_over_what_is_its_own(gate: Gate) -> None:
    assert gate.takes(CONSOLE, event("bellgate.review", "viewed"))
    assert gate.takes(CONSOLE, event("bellgate.decision", "exempted"))
    assert gate.takes(SENTRY, decided("block"))
    assert gate.takes(SENTRY, decided("cut"))
    assert gate.takes(SENTRY, event("bellgate.gate", "sentry-lost"))
    assert len(list(entries(gate.paths.log))) == 5


def test_the_sentry_says_nothing_in_a_reviewers_name(gate: Gate) -> None:
    for dataset, action in EVENTS:
        if dataset == "bellgate.review" or action == "exempted":
            assert not gate.takes(SENTRY, event(dataset, action)), action
    # What it decides opens nothing that is on record.
    for outcome in ("log", "answered", "exempted", "closed"):
        assert not gate.takes(SENTRY, decided(outcome)), outcome


def test_nobody_else_says_anything(gate: Gate) -> None:
    for question in (
        {"kind": "record", "record": event("bellgate.review", "viewed")},
        {"kind": "record", "record": decided()},
        {"kind": "status"}, {"kind": "here"}, {"kind": "address", "ip": "10.77.20.31"},
        {"kind": "whose", "name": "Mason", "record": event("bellgate.review", "searched")},
    ):  # fmt: skip
        assert gate.asked_by(NOBODY, question)["ok"] is False


def test_each_asks_what_it_needs(gate: Gate) -> None:
    questions: dict[str, dict[str, Any]] = {
        "status": {"kind": "status"},
        "here": {"kind": "here"},
        "address": {"kind": "address", "ip": "10.77.20.31"},
        "whose": {
            "kind": "whose", "name": "Alex Mason", "record": event("bellgate.review", "searched"),
        },
    }  # fmt: skip
    users: dict[int, Role] = {0: "gate", CONSOLE: "console", SENTRY: "sentry"}
    for user, role in users.items():
        for kind, question in questions.items():
            asked = gate.asked_by(user, question)["ok"]
            assert asked == (kind in RIGHTS[role].questions), (role, kind)


def test_every_kind_of_record_is_somebodys(gate: Gate) -> None:
    known = RIGHTS["gate"].records
    assert known == set(EVENTS) | {("bellgate.decision", outcome) for outcome in OUTCOMES}
    for rights in RIGHTS.values():
        assert rights.records <= known
    assert not RIGHTS["console"].records & RIGHTS["sentry"].records


def test_a_refusal_whose_retry_stands_on_record_is_not_written_again(gate: Gate) -> None:
    gate.retried = True
    answer = gate.asked_by(SENTRY, {"kind": "record", "record": decided(), "refused": 1234.5})
    assert answer == {"ok": True, "merged": True} and gate.refused == [1234.5]
    assert list(entries(gate.paths.log)) == []
    gate.retried = False
    assert gate.takes(SENTRY, decided(), refused=1234.5)
    assert len(list(entries(gate.paths.log))) == 1


def test_what_is_refused_for_good_says_so(gate: Gate) -> None:
    answer = gate.asked_by(SENTRY, {"kind": "record", "record": decided("closed")})
    assert answer["never"] is True


def test_the_sockets_group_may_knock_only_where_others_have_a_role(tmp_path: Path) -> None:
    log = journal(tmp_path)
    alone = GateSocket(LogPaths.of(tmp_path).socket, log.promise, dict)
    assert LogPaths.of(tmp_path).socket.stat().st_mode & 0o777 == 0o600
    alone.close()
    log.close()
