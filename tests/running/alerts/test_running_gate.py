"""A real gate: it is killed and its technician hears of it; a trial goes out by the gate itself."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bellgate.running.alerts import standing
from tests.cli.test_commands import bellgate
from tests.lab.post_box import PostBox, address, read, serving
from tests.lab.school import SAMPLE, TOP, Gate, wait_for
from tests.lab.told_server import Told, told_server

QUICKLY = (
    "from bellgate.running.alerts import standing; standing.LOOK = 0.5; standing.SEND = 0.2; "
    "from bellgate.cli.main import main; main()"
)
# Told at the first look, and over at the first look without: to see that a look finds it at all.
AT_ONCE = """
from dataclasses import replace
from datetime import timedelta
from bellgate.running.alerts import told, trouble
told.QUIET = timedelta()
for name, kind in trouble.KINDS.items():
    at_once = replace(kind, after=timedelta())
    trouble.KINDS[name] = at_once
    setattr(trouble, name.upper(), at_once)
"""


@pytest.fixture
def box() -> PostBox:
    return PostBox()


@pytest.fixture
def web() -> Iterator[Told]:
    with told_server() as told:
        yield told


@pytest.fixture
def folder(tmp_path: Path, box: PostBox, web: Told) -> Iterator[Path]:
    """The sample, with somebody to tell."""
    controller = serving(box)
    copy = tmp_path / "schedules"
    copy.mkdir()
    for file in SAMPLE.glob("*.yaml"):
        (copy / file.name).write_bytes(file.read_bytes())
    with (copy / "school.yaml").open("a") as school:
        school.write(
            f"\nmail:\n  from: bellgate@example.sch.uk\n  server: {address(controller)}\n"
            f"alerts:\n  mail_to: it@example.sch.uk\n  webhook: {web.address}/hook\n"
            f"  ping: {web.address}/alive\n"
            "reports:\n  weekly_to: head@example.sch.uk\n"
        )
    yield copy
    controller.stop()


class Gates:
    """Real ones, by the machine's own clock, on a port of their own."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder, self.state = folder, state
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, before: str = "") -> Gate:
        process = subprocess.Popen(
            [sys.executable, "-c", f"{before}\n{QUICKLY}", "run", "--schedules", self.folder,
             "--state", self.state, "--listen", "127.0.0.1:18099"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(TOP / "addon")}, start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return Gate.when_ready(process, self.state)


@pytest.fixture
def gates(folder: Path, tmp_path: Path) -> Iterator[Gates]:
    gates = Gates(folder, tmp_path / "state")
    yield gates
    for process in gates.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def subjects(box: PostBox) -> list[str]:
    return [str(read(each)["Subject"]).partition(": ")[2] for each in box.letters]


def told_in(state: Path) -> list[str]:
    """What the log says was told."""
    lines = [line for f in sorted((state / "log").glob("*.jsonl")) for line in f.open()]
    records = [json.loads(line) for line in lines if line.endswith("\n")]
    return [r["message"] for r in records if r["event"]["action"] == "alerted"]


def test_a_gate_that_is_killed_is_heard_of_once(gates: Gates, box: PostBox, web: Told) -> None:
    gate = gates.start()
    wait_for(lambda: ("GET", "/alive", None) in web.requests, "the first call of alerts.ping")
    gate.stop()
    gates.start().process.kill()
    gates.started[-1].wait()
    gates.start()
    said = "The gate stopped by itself, and was started again"
    wait_for(lambda: said in subjects(box), "the alert")
    message = f"Told 1 person by e-mail and the webhook: {said}"
    wait_for(lambda: message in told_in(gates.state), "the record of it")
    gates.started[-1].kill()
    gates.started[-1].wait()
    gates.start()
    status = json.loads(bellgate("status", "--json", "--state", gates.state).stdout)
    assert "restarted" in {wrong["alert"] for wrong in status["alerts"]}
    said_of_it = bellgate("status", "--state", gates.state).stdout
    assert "The gate stopped by itself, and was started again" in said_of_it
    assert subjects(box).count(said) == 1
    assert told_in(gates.state).count(message) == 1


def test_a_look_at_a_real_gate_finds_what_is_wrong_and_that_it_is_mended(
    gates: Gates, web: Told, tmp_path: Path
) -> None:
    """A mistake, a folder for checkpoints that is not there, a list that nobody serves."""
    school, services = gates.folder / "school.yaml", gates.folder / "services.yaml"
    elsewhere, good = tmp_path / "elsewhere", services.read_text()
    with school.open("a") as file:
        file.write(f"anchors:\n  folder: {elsewhere}\n")
    lists = "lists:\n  - category: circumvention\n    from: {}\n    format: hosts\n"
    services.write_text(good + lists.format("http://127.0.0.1:1/list"))
    gates.start(AT_ONCE)
    rules = gates.folder / "rules.yaml"
    right = rules.read_text()
    rules.write_text(right.replace("who: office-pc", "who: ofice-pc"))

    def alerts(state: str) -> dict[str, str]:
        posted = [what for method, _, what in web.requests if method == "POST"]
        return {what["alert"]: what["what"] for what in posted if what["state"] == state}

    expected = {"files", "anchors", "copy"}
    wait_for(lambda: expected <= alerts("wrong").keys(), "the alerts", 30)
    wrong = alerts("wrong")
    assert 'rules.yaml:20: rules: who has "ofice-pc"' in wrong["files"]
    assert wrong["anchors"].startswith(f"By the folder {elsewhere}: it is not there")
    assert "the list was not fetched: the server cannot be reached" in wrong["copy"]
    elsewhere.mkdir()
    rules.write_text(right)
    services.write_text(good)
    # What waits a minute before it is tried again is over later.
    wait_for(lambda: {"files", "copy"} <= alerts("over").keys(), "their end", 30)


def test_a_trial_is_sent_by_the_gate_that_has_the_password(
    gates: Gates, box: PostBox, web: Told
) -> None:
    command = ("alerts", "test", "--schedules", gates.folder, "--state", gates.state)
    alone = bellgate(*command)
    assert (alone.returncode, len(box.letters)) == (0, 1)
    assert "No gate is running, so this command sends the test message itself." in alone.stderr
    gates.start()
    done = bellgate(*command)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "it@example.sch.uk: sent",
        "head@example.sch.uk: sent",
        "alerts.webhook: sent",
        "alerts.ping: sent",
    ]
    web.status = 500
    failed = bellgate(*command, "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)[-1] == {
        "to": "alerts.ping",
        "sent": False,
        "why": "the server answers 500 Internal Server Error",
    }


def test_without_anybody_to_tell_a_trial_says_what_to_write(tmp_path: Path) -> None:
    done = bellgate("alerts", "test", "--state", tmp_path)
    assert done.returncode == 1
    assert "nobody is told anything" in done.stderr
    assert "add alerts: with mail_to, webhook or ping" in done.stderr


def test_the_first_look_comes_after_the_jobs_had_their_turn() -> None:
    assert standing.LOOK >= 60
