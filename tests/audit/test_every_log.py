"""`audit verify` speaks of every log of the gateway, those that were set aside too."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import LogPaths, expire
from bellgate.audit.verify.one_log import verify_log
from bellgate.running.nightly import limits_on
from bellgate.schedules.settings import RetentionSettings
from tests.audit.keeping import Holding
from tests.audit.test_tampering import change, flip_in_line_5
from tests.audit.world import LONDON, QUARTER_PAST_TEN, Clock, decision, fill, journal
from tests.cli.test_commands import bellgate

DAY = "2026-11-23.jsonl"


def verified(state: Path, *words: str | Path) -> tuple[int, str, str]:
    done = bellgate("audit", "verify", "--state", state, *words)
    return done.returncode, done.stdout, done.stderr


def as_json(state: Path, *words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(verified(state, "--json", *words)[1])
    return found


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A state whose log was changed, and set aside by the next start of the gate."""
    log = fill(tmp_path / "state", 6)
    shutil.copy(log / "checkpoint", tmp_path / "mailed")
    change(log / DAY, flip_in_line_5)
    assert verified(tmp_path / "state")[0] == 1
    journal(tmp_path / "state").close()
    return tmp_path / "state"


@pytest.fixture
def rolled_back(tmp_path: Path) -> Path:
    """A state whose log was put back to how it was five records ago."""
    state = tmp_path / "state"
    log = fill(state, 5)
    shutil.copytree(log, tmp_path / "older")
    fill(state, 5, QUARTER_PAST_TEN + timedelta(minutes=1))
    shutil.copy(log / "checkpoint", tmp_path / "mailed")
    shutil.rmtree(log)
    shutil.copytree(tmp_path / "older", log)
    return state


def test_a_change_is_not_forgotten_when_the_gate_set_the_log_aside(broken: Path) -> None:
    code, said, hint = verified(broken)
    assert code == 1
    lines = said.splitlines()
    assert lines[0] == "1 record verified: not one was changed, left out or put in."
    assert lines[2] == "log.1/2026-11-23.jsonl:5: it was changed"
    assert lines[-3:] == [
        "Set aside in log.1: 6 records, NOT what was signed. It was set aside because "
        "the first 6 records are not those that were signed.",
        "Still as they were signed: 5 records (0-3, 5).",
        "`bellgate pack --log log.1 --damaged …` makes a pack of these, and says that it is "
        "damaged.",
    ]
    assert f"move {broken}/log.1 away" in hint
    found = as_json(broken)
    assert (found["ok"], found["size"], found["problems"]) == (False, 1, [])
    [aside] = found["set_aside"]
    assert (aside["folder"], aside["ok"], aside["size"]) == ("log.1", False, 6)
    assert aside["problems"][0] == {
        "file": "log.1/2026-11-23.jsonl", "line": 5, "message": "it was changed"
    }  # fmt: skip

    (broken / "log.1").rename(broken.with_name("evidence"))
    assert verified(broken)[0] == 0
    assert as_json(broken)["set_aside"] == []


def test_a_log_that_was_put_back_is_named_and_is_no_fault_once_it_is_set_aside(
    rolled_back: Path,
) -> None:
    journal(rolled_back).close()
    code, said, hint = verified(rolled_back)
    assert code == 0
    assert said.splitlines()[-1] == (
        "Set aside in log.1: 5 records verified: not one was changed, left out or put in. "
        "It was set aside because the log ends after 5 records, 10 were signed."
    )
    assert "hint" not in hint
    [aside] = as_json(rolled_back)["set_aside"]
    assert (aside["ok"], aside["size"], aside["problems"]) == (True, 5, [])


def test_a_checkpoint_is_checked_against_the_log_whose_name_it_bears(rolled_back: Path) -> None:
    mailed = rolled_back.with_name("mailed")
    journal(rolled_back).close()
    # Of the ten records that it speaks of, the log that was put back has five.
    code, said, _ = verified(rolled_back, "--checkpoint", mailed)
    assert code == 1
    assert f"{mailed}:2: it covers 10 records, but the log has 5" in said
    older = rolled_back.with_name("older") / "checkpoint"
    code, said, _ = verified(rolled_back, "--checkpoint", older)
    assert code == 0
    assert said.splitlines()[-1] == (
        "The checkpoint given is for log.1: it covers the first 5 of them: all."
    )
    found = as_json(rolled_back, "--checkpoint", older)
    assert (found["covers"], found["set_aside"][0]["covers"]) == (None, 5)
    # One of the log that is written now says nothing of the old one.
    found = as_json(rolled_back, "--checkpoint", rolled_back / "log" / "checkpoint")
    assert (found["covers"], found["set_aside"][0]["covers"]) == (1, None)


def test_a_log_put_back_to_an_older_state_is_found_by_the_checkpoint_beside_it(
    rolled_back: Path,
) -> None:
    result = verify_log(rolled_back / "log")
    assert [str(p) for p in result.problems] == [
        f"{DAY}:6: the log ends here, before record 9",
        "last-checkpoint:2: it covers 10 records, but the log has 5",
    ]
    assert verified(rolled_back)[0] == 1


def test_a_log_taken_away_whole_is_found_by_the_checkpoint_beside_it(tmp_path: Path) -> None:
    log = fill(tmp_path, 4)
    shutil.rmtree(log)
    log.mkdir()
    assert "last-checkpoint:2: it covers 4 records, but the log has 0" in verified(tmp_path)[1]


def test_the_checkpoint_of_a_log_that_was_set_aside_convicts_nothing(broken: Path) -> None:
    """As after a crash, before the new log's first batch was signed for."""
    shutil.copy(broken / "log.1" / "checkpoint", broken / "last-checkpoint")
    assert verify_log(broken / "log").ok


def test_an_older_log_in_the_place_of_the_new_one_is_found(rolled_back: Path) -> None:
    journal(rolled_back).close()
    shutil.rmtree(rolled_back / "log")
    shutil.copytree(rolled_back / "log.1", rolled_back / "log")
    [problem] = verify_log(rolled_back / "log").problems
    assert str(problem) == (
        "last-checkpoint:1: it is of the log bellgate/gateway/2, which replaced this one"
    )


def test_what_was_emptied_is_said_and_no_longer_called_unchanged(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    log = journal(tmp_path)
    for days in range(1, 5):
        at = QUARTER_PAST_TEN + timedelta(days=10 * days)
        log.decision(decision(f"d{days}.facebook.com", at), "block", "page")
    log.close()
    now = QUARTER_PAST_TEN + timedelta(days=100)

    def tell(deletion: Any) -> None:
        gate = journal(tmp_path, Clock(now))
        gate.gate("deleted", deletion.message, **deletion.facts)
        gate.close()

    limits = limits_on(RetentionSettings(), date(2027, 2, 22), LONDON)
    assert expire(LogPaths.of(tmp_path), limits, Holding(), tell).emptied == 2
    code, said, _ = verified(tmp_path)
    assert code == 0
    assert said.splitlines()[:2] == [
        "7 records verified: 5 as they were written, 2 emptied when due; none was otherwise "
        "changed, left out or put in.",
        "Emptied: 2 from 2026-11-23 (staff: 90 days)",
    ]
    assert as_json(tmp_path)["emptied"] == 2
