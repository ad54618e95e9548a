"""rsyslog, as deploy/rsyslog sets it up, brings every record over, however the other side fails.

Two real rsyslogd on loopback, with folders of their own; what is sent is what the journal writes.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bellgate.audit import expired_line
from bellgate.audit.log.day_files import leaf_of
from tests.audit.world import Clock, decision, fill, journal
from tests.lab.school import TOP

EXAMPLE = TOP / "deploy/rsyslog/bellgate.conf"
RECEIVER = """
global(workDirectory="{top}/receiver" maxMessageSize="128k")
module(load="imrelp")
template(name="line" type="string" string="%rawmsg%\\n")
ruleset(name="in") {{ action(type="omfile" file="{top}/received.jsonl" template="line") }}
input(type="imrelp" address="127.0.0.1" port="{port}" ruleset="in" maxDataSize="128k")
"""


class Road:
    """The log, the shipper and the receiver. Either may be stopped and started again."""

    def __init__(self, top: Path) -> None:
        self.top, self.state = top, top / "state"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (top / "receiver").mkdir()
        (top / "receiver.conf").write_text(RECEIVER.format(top=top, port=port))
        text = EXAMPLE.read_text()
        for shown, ours in (
            ("/run/bellgate-ship", f"{top}/shipper"),
            ("/var/lib/bellgate/log", f"{self.state}/log"),
            ('target="192.0.2.10"', 'target="127.0.0.1"'),
            ('port="2514"', f'port="{port}"'),
            ('resumeInterval="5"', 'resumeInterval="1"'),
        ):
            assert text.count(shown) == 1, shown
            text = text.replace(shown, ours)
        (top / "shipper.conf").write_text(text)

    def start(self, who: str) -> None:
        if who == "shipper":
            # The unit's RuntimeDirectory: new at each start.
            shutil.rmtree(self.top / who, ignore_errors=True)
            (self.top / who).mkdir()
        words = ["rsyslogd", "-n", "-i", "NONE", "-f", str(self.top / f"{who}.conf")]
        with (self.top / f"{who}.out").open("ab") as said:
            self.running[who] = subprocess.Popen(words, stdout=said, stderr=said)

    def stop(self, who: str, how: signal.Signals = signal.SIGTERM) -> None:
        self.running[who].send_signal(how)
        self.running.pop(who).wait(20)

    def received(self) -> list[bytes]:
        path = self.top / "received.jsonl"
        return path.read_bytes().splitlines(keepends=True) if path.exists() else []

    def written(self) -> list[bytes]:
        return [
            line for path in sorted((self.state / "log").glob("*.jsonl"))
            for line in path.read_bytes().splitlines(keepends=True)
        ]  # fmt: skip


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    made = Road(tmp_path)
    (made.state / "log").mkdir(parents=True)
    yield made
    for each in made.running.values():
        each.kill()
        each.wait()


def eventually(true: Callable[[], bool], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.1)


def identity(line: bytes) -> tuple[str, int]:
    record = json.loads(line)
    return record["observer"]["name"], record["event"]["sequence"]


def untorn(line: bytes) -> bytes:
    """The record at a line's end. Inside of a record no quotation mark goes without a backslash."""
    return line[line.rindex(b'{"@timestamp":') :]


def write(road: Road, many: int) -> None:
    fill(road.state, many, datetime.now(UTC) - timedelta(minutes=1), each=0.001)


def test_rsyslog_finds_nothing_wrong_with_the_example(road: Road) -> None:
    (road.top / "shipper").mkdir()
    checked = subprocess.run(
        ["rsyslogd", "-N1", "-f", road.top / "shipper.conf"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0
    assert len(checked.stderr.splitlines()) == 2, checked.stderr


def test_each_record_arrives_once_though_the_receiver_was_away(road: Road) -> None:
    road.start("receiver")
    road.start("shipper")
    write(road, 50)
    # As long as a record from outside may be, and beyond ASCII.
    log = journal(road.state, Clock(datetime.now(UTC)))
    log.gate("heartbeat", "é – " * 12_000)
    log.decision(decision(at=datetime.now(UTC)), "answered", "page", answer="für „den“ Unterricht")
    log.close()
    eventually(lambda: len(road.received()) == 52)
    road.stop("receiver", signal.SIGKILL)
    write(road, 500)
    time.sleep(2)
    road.start("receiver")
    write(road, 10)
    eventually(lambda: len(road.received()) >= 562)
    time.sleep(0.5)
    assert road.received() == road.written()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_lost_where_the_shipper_stops_too(road: Road, how: signal.Signals) -> None:
    road.start("receiver")
    road.start("shipper")
    write(road, 20)
    eventually(lambda: len(road.received()) == 20)
    write(road, 1500)
    eventually(lambda: len(road.received()) > 20)
    road.stop("receiver", signal.SIGKILL)
    write(road, 300)
    time.sleep(1)
    road.stop("shipper", how)
    write(road, 5)
    road.start("shipper")
    time.sleep(1)
    road.start("receiver")
    wanted = {identity(line): line for line in road.written()}
    eventually(lambda: set(road.received()) >= set(wanted.values()))
    # A receiver that is killed may have torn off its last line; the next one goes on behind it.
    whole = [untorn(line) for line in road.received() if line.endswith(b"}\n")]
    assert {identity(line): line for line in whole} == wanted
    # What came twice is the same to the byte.
    assert set(whole) == set(wanted.values())


def test_a_file_that_retention_wrote_anew_is_not_sent_again(road: Road) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=31)
    road.start("receiver")
    road.start("shipper")
    fill(road.state, 30, long_ago)
    write(road, 30)
    fresh = road.written()[30:]
    eventually(lambda: len(road.received()) == 30)
    assert road.received() == fresh
    for path in sorted((road.state / "log").glob("*.jsonl")):
        # Every second line's time was up; the new file takes the old one's name.
        lines = path.read_bytes().splitlines()
        lines[::2] = [expired_line(leaf_of(line)) for line in lines[::2]]
        draft = path.with_suffix(".new")
        draft.write_bytes(b"\n".join(lines) + b"\n")
        os.replace(draft, path)  # noqa: PTH105
    write(road, 1)
    last = road.written()[-1]
    eventually(lambda: last in road.received())
    time.sleep(1)
    every = road.received()
    assert not any(line.startswith(b'{"leaf"') for line in every)
    # Of an old day nothing came; of a young one, what was left came as what it was.
    assert {identity(line): line for line in every} == {
        identity(line): line for line in [*fresh, last]
    }
