"""What a command was refused never stands as done: the disk fails at each step of a batch, and
whoever asked was told so."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import GateSocket, LogPaths, Refused, entries, event_record, hand_over
from bellgate.audit.log import gate_socket, store
from bellgate.audit.log.store import Store
from bellgate.audit.record.record import Record
from bellgate.audit.verify.one_log import verify_log
from tests.audit.test_full_disk import wait_until
from tests.audit.world import EDITION, QUARTER_PAST_TEN, Clock, decision, journal

STEPS = ("_write_lines", "_write_leaves", "checkpoint", "last-checkpoint")


def allowed() -> Record:
    """The head opened everything for everyone."""
    return event_record(
        "bellgate.decision", "exempted", "social-media is open for everyone until 12:00, by head",
        edition=EDITION, at=QUARTER_PAST_TEN, clock="synchronised", user="head",
        facts={"exemption": "a1b2c3", "who": ["everyone"], "what": ["social-media"],
               "until": "2026-11-23T12:00:00Z"},
    )  # fmt: skip


def actions(state: Path) -> list[tuple[str, object]]:
    return [
        (e.record["event"]["action"], e.record["bellgate"].get("record"))
        for e in entries(state / "log")
        if e.record
    ]


class Disk:
    """Refuses one step of every batch while it is `full`."""

    def __init__(self, patch: pytest.MonkeyPatch, step: str) -> None:
        self.full = False
        if step.startswith("_"):
            patch.setattr(Store, step, self._failing(getattr(Store, step)))
            return
        written = store.write_whole

        def write_whole(path: Path, *rest: Any, **more: Any) -> None:
            if path.name == step:
                self._refuse()
            written(path, *rest, **more)

        patch.setattr(store, "write_whole", write_whole)

    def _failing(self, works: Callable[..., None]) -> Callable[..., None]:
        def method(*arguments: object) -> None:
            self._refuse()
            works(*arguments)

        return method

    def _refuse(self) -> None:
        if self.full:
            raise OSError(28, "No space left on device")


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_socket, "PATIENCE", 0.5)


@contextmanager
def gate(state: Path) -> Iterator[Any]:
    log = journal(state)
    listening = GateSocket(LogPaths.of(state).socket, log.promise, dict)
    yield log
    listening.close()
    log.close()


def stands_as_done(state: Path) -> bool:
    """An exemption is on record, and no record after it says that it did not take effect."""
    found = actions(state)
    done = [n for n, (action, _) in enumerate(found) if action == "exempted"]
    return any(("refused", n) not in found[n:] for n in done)


@pytest.mark.parametrize("step", STEPS)
def test_a_running_gate_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    disk = Disk(monkeypatch, step)
    with gate(tmp_path) as log:
        log.decision(decision(), "block", "page")
        assert log.flush()
        disk.full = True
        with pytest.raises(Refused, match="cannot be written"):
            hand_over(LogPaths.of(tmp_path), allowed(), EDITION, Clock())
        log.decision(decision("later.facebook.com"), "block", "page")
        disk.full = False
        wait_until(log, True)
        assert log.flush()
    assert not stands_as_done(tmp_path)
    assert verify_log(tmp_path / "log").ok
    # Nothing else is lost on the way.
    assert [action for action, _ in actions(tmp_path)].count("block") == 2


@pytest.mark.parametrize("step", STEPS)
def test_a_command_that_writes_alone_on_a_full_disk_and_a_gate_that_starts_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    disk = Disk(monkeypatch, step)
    log = journal(tmp_path)
    log.decision(decision(), "block", "page")
    log.close()
    disk.full = True
    try:
        hand_over(LogPaths.of(tmp_path), allowed(), EDITION, Clock())
        told = "done"
    except Refused:
        told = "refused"
    disk.full = False
    journal(tmp_path).close()
    assert stands_as_done(tmp_path) is (told == "done")
    assert verify_log(tmp_path / "log").ok


def test_it_says_what_did_not_take_effect_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, "last-checkpoint")
    with gate(tmp_path) as log:
        assert log.flush()
        disk.full = True
        with pytest.raises(Refused):
            hand_over(LogPaths.of(tmp_path), allowed(), EDITION, Clock())
        disk.full = False
        wait_until(log, True)
        assert log.flush()
    [refused] = [
        e.record for e in entries(tmp_path / "log")
        if e.record and e.record["event"]["action"] == "refused"
    ]  # fmt: skip
    assert refused["message"] == (
        "Record 0 did not take effect, for the command failed: social-media is open for everyone "
        "until 12:00, by head"
    )
    assert refused["user"] == {"id": "head"}
    assert refused["bellgate"]["exemption"] == "a1b2c3"
    assert refused["event"]["outcome"] == "failure"


@pytest.mark.parametrize("written", [True, False])
def test_a_gate_that_ends_before_it_answers_has_written_it_once_or_not_at_all(
    tmp_path: Path, written: bool
) -> None:
    """The command looks what became of it, and its answer is true."""
    paths = LogPaths.of(tmp_path)
    log = journal(tmp_path)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(paths.socket))
    server.listen()

    def end() -> None:
        client, _ = server.accept()
        client.recv(65536)
        if written:
            log.promise(allowed()).result(5)
        log.close()
        paths.socket.unlink()
        server.close()
        client.close()

    gate = threading.Thread(target=end)
    gate.start()
    number = hand_over(paths, allowed(), EDITION, Clock())
    gate.join()
    assert (number, actions(tmp_path)) == (0, [("exempted", None)])
