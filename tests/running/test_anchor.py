"""The anchors of a running gate: what the settings lead to, when, and never for a simulated one."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import Journal, LogPaths, entries
from bellgate.audit.log.anchors import Folder, Mail
from bellgate.gate.clock import MachineClock, SimulatedClock
from bellgate.policy.decide import Policy
from bellgate.running.anchor import Anchors, last_session_end, places_of
from bellgate.running.assembly import open_journal
from bellgate.running.choosing import choose_policy
from bellgate.schedules.load import load
from bellgate.schedules.settings import AnchorSettings, Settings
from tests.audit.world import POLICY, Clock, decision, journal
from tests.lab.school import SAMPLE
from tests.schedules.test_corpus import CORPUS, TODAY, small_catalogue

# The staff's morning session ends at 12:15.
AFTER = datetime(2026, 11, 23, 12, 16, tzinfo=UTC)


@dataclass
class FakeClock(Clock):
    at: datetime = AFTER
    state: str = "synchronised"

    def now(self) -> datetime:
        return self.at


@dataclass
class FakeGate:
    """What the anchors ask of a gate."""

    policy: Policy
    clock: Any


@pytest.fixture
def log(tmp_path: Path) -> Journal:
    log = journal(tmp_path / "state")
    log.decision(decision(), "block", "page")
    assert log.flush()
    return log


def to_folder(folder: Path) -> Settings:
    return Settings(anchors=AnchorSettings(folder=str(folder)))


def anchors_of(
    log: Journal, tmp_path: Path, settings: Settings | None = None, clock: Any = None
) -> Anchors:
    return Anchors(
        tmp_path / "state",
        gate=FakeGate(POLICY, clock or FakeClock()),  # type: ignore[arg-type]
        journal=log,
        settings=lambda: settings or to_folder(tmp_path / "elsewhere"),
    )


def test_the_settings_lead_to_places(tmp_path: Path) -> None:
    folder_of_files = CORPUS / "good" / "worth-a-look"
    settings = load(folder_of_files, today=TODAY, catalogue=small_catalogue()).settings
    mail, folder = places_of(settings, tmp_path)
    assert isinstance(mail, Mail) and isinstance(folder, Folder)
    assert (mail.to, mail.by.sender) == (("head@example.sch.uk",), "bellgate@example.sch.uk")
    assert (mail.by.server, folder.path) == ("mail.example.sch.uk:587", Path("/mnt/backup"))
    assert places_of(Settings(), tmp_path) == []


def test_a_session_is_over_at_its_end(tmp_path: Path) -> None:
    end = datetime(2026, 11, 23, 12, 15, tzinfo=UTC)
    assert last_session_end(POLICY, end) == end
    assert last_session_end(POLICY, end - timedelta(seconds=1)) == datetime(
        2026, 11, 20, 15, 45, tzinfo=UTC
    )
    assert last_session_end(POLICY, datetime(2026, 9, 1, tzinfo=UTC)) is None


def test_a_running_gate_leaves_its_checkpoint_and_says_where_it_cannot(
    log: Journal, tmp_path: Path
) -> None:
    anchors = anchors_of(log, tmp_path)
    anchors.look()
    assert log.flush()
    said = [e.record for e in entries(log.paths.log) if e.record][-1]
    assert (said["event"]["dataset"], said["event"]["action"]) == ("bellgate.gate", "error")
    assert said["message"].startswith(f"The checkpoint could not leave by the folder {tmp_path}")

    (tmp_path / "elsewhere").mkdir()
    anchors_of(log, tmp_path).look()
    log.close()
    [left] = Folder(tmp_path / "elsewhere").anchored()
    assert left.read_text() == (LogPaths.of(tmp_path / "state").log / "checkpoint").read_text()


def test_changed_settings_come_into_force(log: Journal, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    anchors_of(log, tmp_path, to_folder(tmp_path / "other")).look()
    log.close()
    assert len(list((tmp_path / "other").iterdir())) == 1


def test_a_simulated_gate_leaves_nothing(log: Journal, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    anchors_of(log, tmp_path, clock=SimulatedClock(AFTER)).look()
    assert not list((tmp_path / "elsewhere").iterdir())
    log.close()


def test_a_machine_restored_as_a_whole_is_found_by_what_had_left_it(tmp_path: Path) -> None:
    """As the gate starts: the state folder is as it was yesterday, the anchors' folder is not."""
    schedules, state, elsewhere = tmp_path / "schedules", tmp_path / "state", tmp_path / "elsewhere"
    shutil.copytree(SAMPLE, schedules)
    with (schedules / "school.yaml").open("a") as file:
        file.write(f"\nanchors:\n  folder: {elsewhere}\n")
    elsewhere.mkdir()

    def recorded(many: int) -> Journal:
        log = open_journal(choose_policy(schedules, state), state, MachineClock())
        for _ in range(many):
            log.decision(decision(), "block", "page")
        assert log.flush()
        return log

    recorded(1).close()
    shutil.copytree(state, tmp_path / "backup")
    today = recorded(5)
    anchors_of(today, tmp_path).look()
    today.close()
    shutil.rmtree(state)
    (tmp_path / "backup").rename(state)

    recorded(1).close()
    first, second = [e.record for e in entries(state / "log") if e.record]
    assert first["message"] == (
        "A new log starts here, the old one is kept in log.1: the log ends after 1 record, "
        "6 were signed"
    )
    assert second["event"]["sequence"] == 1
