"""`bellgate editions`: a technician looks at what was in force before, and goes back to it."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bellgate.audit import GateSocket, LogPaths
from bellgate.cli.main import bellgate
from bellgate.machine_time import machine_now
from bellgate.running import editions, editions_back
from bellgate.schedules.load import load
from tests.audit.world import journal

SAMPLE = Path(__file__).parent.parent.parent / "schedules"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder whose afternoon was moved twice, and the editions that the gate kept."""
    folder = tmp_path / "schedules"
    shutil.copytree(SAMPLE, folder)
    for hour, end in ((10, "15:15"), (11, "15:20"), (12, "15:30")):
        path = folder / "school.yaml"
        text = (SAMPLE / "school.yaml").read_text()
        path.write_text(text.replace("afternoon: 13:00-15:15", f"afternoon: 13:00-{end}"))
        loaded = load(folder)
        assert loaded.policy is not None
        edition = loaded.policy.edition.hash
        editions.keep(tmp_path / "state", edition, loaded.files)
        editions.seen(tmp_path / "state", edition, datetime(2026, 11, 23, hour, tzinfo=UTC))
    return tmp_path


def run(world: Path, *words: str, said: str | None = None) -> Result:
    folders = ["--schedules", str(world / "schedules"), "--state", str(world / "state")]
    command = [*folders, "editions", *words]
    return CliRunner().invoke(bellgate, command, env={"COLUMNS": "200"}, input=said)


def afternoon(world: Path) -> str:
    return (world / "schedules" / "school.yaml").read_text().split("afternoon: ")[1].split()[0]


def test_the_newest_first_with_what_each_changed(world: Path) -> None:
    found = json.loads(run(world, "--json").stdout)
    assert [edition["number"] for edition in found] == [1, 2, 3]
    assert found[0]["last_in_force"] == "2026-11-23T12:00:00Z"
    assert found[0]["changed"] == ["afternoon now ends 15:30, was 15:20"]
    assert "afternoon now ends 15:20, was 15:15" in run(world).stdout


def test_the_one_that_a_running_gate_goes_by_is_marked(world: Path) -> None:
    _, before, _ = editions.listed(world / "state")
    log = journal(world / "state")
    socket = LogPaths.of(world / "state").socket
    gate = GateSocket(socket, log.promise, lambda: {"policy": before.hash})
    try:
        rows = run(world).stdout.splitlines()
        found = json.loads(run(world, "--json").stdout)
    finally:
        gate.close()
        log.close()
    assert [edition["in_force"] for edition in found] == [False, True, False]
    assert ["in force now" in row for row in rows if "afternoon" in row] == [False, True]
    # Without a gate, none is.
    assert not any(edition["in_force"] for edition in json.loads(run(world, "--json").stdout))


def test_one_is_shown_after_what_putting_it_back_would_change(world: Path) -> None:
    said = run(world, "show", "2").stdout
    assert said.startswith("Putting it back would change:\n")
    assert "pupils, guests afternoon now ends 15:20, was 15:30" in said
    assert said.index("would change") < said.index("── school.yaml ──")
    assert "afternoon: 13:00-15:20" in said


@pytest.mark.parametrize(("number", "end"), [("2", "15:20"), ("previous", "15:20"), ("3", "15:15")])
def test_it_is_put_back_and_what_it_replaced_is_kept(world: Path, number: str, end: str) -> None:
    done = run(world, "restore", number, "--yes")
    assert done.exit_code == 0, done.output
    assert "Putting it back would change:" in done.stdout
    assert afternoon(world) == f"13:00-{end}"
    kept = [editions.kept(world / "state", e.hash) for e in editions.listed(world / "state")]
    assert any(b"afternoon: 13:00-15:30" in files["school.yaml"] for files in kept)


def test_nothing_is_put_back_before_somebody_says_so(world: Path) -> None:
    done = run(world, "restore", "2")
    assert done.exit_code != 0
    assert afternoon(world) == "13:00-15:30"


def test_a_file_that_the_edition_did_not_have_goes(world: Path) -> None:
    files = {p.name: p.read_bytes() for p in (world / "schedules").glob("*.yaml")}
    del files["services.yaml"]
    editions.keep(world / "state", "sha256:without", files)
    os.utime(world / "state" / "editions" / "without")
    assert run(world, "restore", "1", "--yes").exit_code == 0
    assert not (world / "schedules" / "services.yaml").exists()


@pytest.mark.parametrize("number", ["0", "4", "last"])
def test_a_number_that_is_none(world: Path, number: str) -> None:
    done = run(world, "restore", number, "--yes")
    assert done.exit_code == 2
    assert "is not an edition: the ones kept are 1 to 3" in done.output


def test_without_any_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "schedules").mkdir()
    done = run(tmp_path)
    assert done.exit_code == 1
    assert "no edition is kept yet" in done.stderr


def test_after_a_mistake_the_previous_files_are_those_in_force(world: Path) -> None:
    """They never went out of force: whoever undoes the mistake keeps the good changes before it."""
    school = world / "schedules" / "school.yaml"
    good = school.read_text()
    school.write_text(good.replace("timezone: Europe/London", "timezone: Europe/Londn"))
    done = run(world, "restore", "previous", "--yes")
    assert done.exit_code == 0, done.stderr
    assert (school.read_text(), afternoon(world)) == (good, "13:00-15:30")


def test_after_an_undo_by_hand_the_one_before_it_is_the_previous(world: Path) -> None:
    newest, before, _ = editions.listed(world / "state")
    files = editions_back.files_of(world / "state", before)
    (world / "schedules" / "school.yaml").write_bytes(files["school.yaml"])
    # As the gate does where the files are those of an edition that it knows.
    for _ in range(20):
        editions.seen(world / "state", newest.hash, machine_now())
        editions.keep(world / "state", before.hash, files)
        assert editions.listed(world / "state")[0].hash == before.hash
    done = run(world, "restore", "previous", "--yes")
    assert done.exit_code == 0, done.output
    assert afternoon(world) == "13:00-15:30"
    assert "The files from before the last change are back" in done.stdout
