"""Other commands hand their records to the one writer, and no client can hurt it."""

import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import (
    GateSocket,
    LogInUse,
    LogPaths,
    Refused,
    ask,
    entries,
    event_record,
    hand_over,
)
from bellgate.audit.log import gate_socket
from bellgate.audit.record.record import Record
from bellgate.audit.verify.one_log import verify_log
from tests.audit.world import EDITION, QUARTER_PAST_TEN, Clock, journal


def a_review(**changes: Any) -> Record:
    record = event_record(
        "bellgate.review",
        "revealed",
        "Name revealed",
        edition=EDITION,
        at=QUARTER_PAST_TEN,
        clock="synchronised",
        user="head",
        reason="complaint",
    )
    return {**record, **changes}


def hand(state: Path, record: Record | None = None) -> int:
    return hand_over(LogPaths.of(state), record or a_review(), EDITION, Clock())


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A gate in a process of its own."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.audit.worker", str(tmp_path), "serve"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "addon:."},
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    yield worker
    worker.kill()
    worker.wait()
    worker.stdout.close()


def test_a_running_gate_takes_records_and_tells_their_numbers(
    tmp_path: Path, gate: subprocess.Popen[bytes]
) -> None:
    assert [hand(tmp_path) for _ in range(3)] == [0, 1, 2]
    # Told is safe: the gate dies, the records stay.
    gate.kill()
    gate.wait()
    assert (verify_log(tmp_path / "log").ok, verify_log(tmp_path / "log").size) == (True, 3)


def test_a_running_gate_tells_how_it_is(tmp_path: Path, gate: subprocess.Popen[bytes]) -> None:
    hand(tmp_path)
    answer = ask(LogPaths.of(tmp_path), {"kind": "status"})
    assert answer == {"ok": True, "status": {"ready": True, "size": 1}}
    assert gate.poll() is None


def test_without_a_gate_the_command_writes_the_record_itself(tmp_path: Path) -> None:
    assert ask(LogPaths.of(tmp_path), {"kind": "status"}) is None
    assert [hand(tmp_path), hand(tmp_path)] == [0, 1]
    assert verify_log(tmp_path / "log").ok


def test_a_socket_file_left_by_a_killed_gate_is_in_nobodys_way(
    tmp_path: Path, gate: subprocess.Popen[bytes]
) -> None:
    gate.kill()
    gate.wait()
    assert LogPaths.of(tmp_path).socket.exists()
    assert hand(tmp_path) == 0
    log = journal(tmp_path)
    listening = GateSocket(LogPaths.of(tmp_path).socket, log.promise, dict)
    assert hand(tmp_path) == 1
    listening.close()
    log.close()
    assert not LogPaths.of(tmp_path).socket.exists()


def test_a_log_in_use_without_a_socket_is_waited_for_and_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_socket, "PATIENCE", 0.2)
    log = journal(tmp_path)
    with pytest.raises(LogInUse):
        hand(tmp_path)
    log.close()


def test_without_a_gate_and_without_room_the_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_socket, "PATIENCE", 0.3)
    (tmp_path / "log").write_text("in the way")
    with pytest.raises(Refused, match="the log cannot be written"):
        hand(tmp_path)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Path]:
    log = journal(tmp_path)
    listening = GateSocket(LogPaths.of(tmp_path).socket, log.promise, lambda: {"ready": True})
    yield tmp_path
    listening.close()
    log.close()


def raw(state: Path, data: bytes, *, end: bool = True) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(LogPaths.of(state).socket))
        client.sendall(data)
        if end:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        while part := client.recv(4096):
            answer += part
        return answer


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"", "it ended before its line did"),
        (b"\0\xff\xfe\n", "not one line of JSON"),
        (b"[" * 20_000 + b"\n", "not one line of JSON"),
        (b"17\n", "neither a record nor"),
        (b'{"kind":"poem"}\n', "neither a record nor"),
        (b'{"kind":"record","record":[]}\n', "neither a record nor"),
        (b'{"kind":"record","record":{}}\n', "`event` and `bellgate`"),
    ],
)
def test_garbage_is_answered_and_written_nowhere(counter: Path, sent: bytes, error: str) -> None:
    answer = json.loads(raw(counter, sent))
    assert answer["ok"] is False
    assert error in answer["error"]
    assert hand(counter) == 0


@pytest.mark.parametrize(
    "record",
    [
        a_review(event={"dataset": "bellgate.decision", "action": "allow"}),
        a_review(event={"dataset": ["x"], "action": {}}),
        a_review(event="revealed"),
        a_review(bellgate=None),
        a_review(message=None),
        a_review(method_name="x"),
        a_review(**{"@timestamp": "2026-11-23"}),
        a_review(**{"@timestamp": "tomorrow"}),
        a_review(**{"@timestamp": 7}),
        a_review(**{"@timestamp": "9999-12-31T10:15:03.123456Z"}),
    ],
)
def test_a_record_of_another_shape_is_refused_on_both_sides(counter: Path, record: Record) -> None:
    with pytest.raises(Refused):
        hand(counter, record)
    line = json.dumps({"kind": "record", "record": record}).encode() + b"\n"
    assert json.loads(raw(counter, line))["ok"] is False
    assert list(entries(counter / "log")) == []


def test_a_line_without_end_is_bounded(counter: Path) -> None:
    try:
        answer = raw(counter, b"x" * 200_000, end=False)
        assert b"longer than" in answer
    except (BrokenPipeError, ConnectionResetError):
        pass  # cut off before it had sent it all: as bounded
    assert hand(counter) == 0


def test_clients_that_stand_still_do_not_hold_up_the_others(
    counter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = []
    for _ in range(gate_socket.CLIENTS - 1):
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(LogPaths.of(counter).socket))
        client.sendall(b'{"kind":')
        standing.append(client)
    began = time.monotonic()
    assert hand(counter) == 0
    assert time.monotonic() - began < 1
    for client in standing:
        client.close()


def test_a_client_that_dies_before_its_answer_leaves_the_record(counter: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(LogPaths.of(counter).socket))
        line = json.dumps({"kind": "record", "record": a_review()})
        client.sendall(line.encode() + b"\n")
    # Another client may be attended to before it.
    give_up = time.monotonic() + 5
    while not list(entries(LogPaths.of(counter).log)):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    assert hand(counter) == 1


def test_only_the_gates_own_user_and_root_may_use_the_socket(
    counter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = LogPaths.of(counter).socket
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # The file's mode keeps others out already; the peer is checked all the same. Open the mode,
    # and come as somebody else.
    for folder in (counter, *counter.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o755)
    path.chmod(0o666)
    program = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534)\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        's.sendall(b\'{"kind":"status"}\\n\'); print(s.recv(4096).decode())'
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["error"] == "only the gate's own user may use this socket"
