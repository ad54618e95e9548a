"""`bellgate run`: starting, saying what it does, stopping, and starting wrongly."""

import json
import signal
import subprocess

import pytest

from tests.lab.school import AT_LUNCH, BBC, FACEBOOK, IN_SESSION, School


@pytest.fixture(autouse=True)
def stopped(school: School):  # type: ignore[no-untyped-def]
    yield
    school.stop_gates()


def command(school: School, *arguments: object) -> "subprocess.CompletedProcess[str]":
    process = school.start_python(
        "-m", "bellgate.cli.main", *map(str, arguments),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    said, complained = process.communicate(timeout=30)
    return subprocess.CompletedProcess(
        process.args, process.returncode, said.decode(), complained.decode()
    )


def test_it_says_what_is_in_force_and_what_to_try(school: School) -> None:
    gate = school.gate(IN_SESSION)
    for words in (
        "The clock is simulated",
        "pupils, staff, guests: morning session",
        "Monday 2026-11-23 12:15  staff: between sessions",
        "curl --cacert",
        "bellgate-ca.pem",
        "Ready on 127.0.0.1:8080",
    ):
        assert words in gate.greeting
    assert (
        gate.stop() == "The gate has stopped.\n" or "Made the school's certificate" in gate.stop()
    )
    assert gate.process.returncode == 0


# Under nohup, as it may be here, the end of a terminal is ignored, also by what is started.
_WITH_A_TERMINAL = (
    "import signal; from bellgate.cli.main import main; "
    "signal.signal(signal.SIGHUP, signal.SIG_DFL); main()"
)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_it_stops_in_order_when_the_system_or_the_terminal_ends(
    school: School, how: signal.Signals
) -> None:
    gate = school.gate(IN_SESSION, program=("-c", _WITH_A_TERMINAL))
    assert "The gate has stopped.\n" in gate.stop(how)
    assert gate.process.returncode == 0
    assert gate.records("bellgate.gate")[-1]["event"]["action"] == "stopped"


def test_under_nohup_it_outlives_the_terminal(school: School) -> None:
    ignoring = _WITH_A_TERMINAL.replace("SIG_DFL", "SIG_IGN")
    gate = school.gate(IN_SESSION, program=("-c", ignoring))
    gate.process.send_signal(signal.SIGHUP)
    asked = command(school, "status", "--simulated", "--json", "--state", gate.state)
    assert json.loads(asked.stdout)["ready"] is True


def test_status_answers_while_it_runs(school: School) -> None:
    gate = school.gate(AT_LUNCH)
    asked = command(school, "status", "--simulated", "--json", "--state", gate.state)
    status = json.loads(asked.stdout)
    assert status["ready"] is True
    assert status["now"].startswith("2026-11-23T12:30:")
    assert status["clock"] == "simulated"
    assert {"pupils", "staff"} <= set(status["session"])
    assert set(status["session"].values()) == {None}
    assert status["next_bell"] == "2026-11-23T13:00:00Z"
    assert status["policy"].startswith("sha256:")
    assert {"size", "root", "behind"} <= set(status["log"])
    assert status["memory"] > 0
    assert [p["file"] for p in status["problems"]] == ["school.yaml"]
    assert command(school, "status", "--state", gate.state).returncode == 1  # no real gate


def test_the_log_is_verified_and_shown(school: School) -> None:
    gate = school.gate(IN_SESSION)
    school.curl(f"https://{FACEBOOK}/", trust=gate.authority)
    gate.stop()
    verified = command(school, "audit", "verify", "--simulated", "--json", "--state", gate.state)
    result = json.loads(verified.stdout)
    assert (result["ok"], result["problems"]) == (True, [])
    shown = command(school, "audit", "show", "--simulated", "--state", gate.state)
    assert "Blocked Facebook on this-machine in Morning session (rule Staff)" in shown.stdout
    gate_too = command(school, "audit", "show", "--simulated", "--gate", "--state", gate.state)
    assert "started on 127.0.0.1:8080" in gate_too.stdout
    assert "The gate stopped" in gate_too.stdout

    [day] = gate.log.glob("*.jsonl")
    content = day.read_bytes()
    day.write_bytes(content.replace(b"facebook", b"fadebook", 1))
    refused = command(school, "audit", "verify", "--simulated", "--state", gate.state)
    assert refused.returncode == 1
    assert f"{day.name}:" in refused.stdout


def test_a_second_gate_is_refused_in_one_line(school: School) -> None:
    gate = school.gate(IN_SESSION)
    second = command(
        school, "run", "--schedules", school.folder / "schedules", "--state", gate.state,
        "--at", IN_SESSION, "--listen", "127.0.0.1:8082",
    )  # fmt: skip
    assert second.returncode == 1
    assert second.stderr.startswith("error: another bellgate is writing the log")


def test_an_address_in_use_is_said(school: School) -> None:
    gate = school.gate(IN_SESSION)
    other = command(
        school, "run", "--schedules", school.folder / "schedules",
        "--state", school.folder / "other", "--at", IN_SESSION,
    )  # fmt: skip
    assert other.returncode == 1
    assert "127.0.0.1:8080" in other.stderr
    assert "--listen" in other.stderr
    assert "Traceback" not in other.stderr
    assert gate.process.poll() is None


def test_wrong_files_start_from_the_last_good_copy_and_without_one_not_at_all(
    school: School,
) -> None:
    wrong = ("school.yaml", "morning: 08:50-12:00", "morning: 12:00-08:50")
    fresh = command(
        school, "run", "--schedules", school.schedules(wrong), "--state", school.folder / "fresh",
        "--at", IN_SESSION,
    )  # fmt: skip
    assert fresh.returncode == 1
    assert "school.yaml:" in fresh.stdout
    assert "no last good copy" in fresh.stderr

    school.gate(IN_SESSION).stop()
    gate = school.gate(IN_SESSION, wrong)
    assert school.curl(f"https://{FACEBOOK}/", trust=gate.authority).status == 403
    assert school.curl(f"http://{BBC}/").status == 200
    assert "the last good copy is in force" in gate.stop()


def test_it_listens_on_every_address_where_asked(school: School) -> None:
    gate = school.gate(IN_SESSION, arguments=("--listen", ":8080"))
    assert "Ready on 0.0.0.0:8080" in gate.greeting or "Ready on [::]:8080" in gate.greeting
    assert school.curl(f"http://{BBC}/").status == 200
