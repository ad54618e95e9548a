"""Each fact stands in one place: change it there, and everything that rests on it follows."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from bellgate.audit.record.event_kinds import EVENTS, GATE, REVIEW, GateAction, ReviewAction
from bellgate.policy.action import ACTIONS, OUTCOMES, Action, Outcome
from bellgate.policy.facts import Doubt, SignInDoubt
from bellgate.policy.who import Attribution
from bellgate.review.pack import report_words
from bellgate.review.pack.phrases import length
from bellgate.review.visits.visits import GAP
from tests.lab.school import TOP

PACKAGE = TOP / "addon" / "bellgate"


def test_every_action_and_outcome_has_its_row() -> None:
    assert set(ACTIONS) == set(get_args(Action))
    assert set(OUTCOMES) == set(get_args(Outcome))
    told = {action for action, kind in ACTIONS.items() if kind.recorded}
    assert told <= set(OUTCOMES), "what a rule can do and is recorded can be a record's outcome"


def test_every_event_has_its_row() -> None:
    for dataset, actions in ((GATE, GateAction), (REVIEW, ReviewAction)):
        assert {action for ours, action in EVENTS if ours == dataset} == set(get_args(actions))


def test_every_ground_and_every_doubt_has_its_words() -> None:
    assert set(report_words.GROUNDS) == set(get_args(Attribution))
    assert set(report_words.DOUBTS) == {*get_args(Doubt), *get_args(SignInDoubt)}


def tables_of_actions(file: Path) -> list[int]:
    """The lines on which a table or a set names more than one action: a second place for a fact."""
    words = set(get_args(Action)) | set(get_args(Outcome))
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        keys: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            keys = list(node.keys)
        elif isinstance(node, ast.Set | ast.Tuple):
            keys = list(node.elts)
        named = {k.value for k in keys if isinstance(k, ast.Constant)}
        if len(named & words) > 1 and named <= words:
            found.append(node.lineno)
    return found


def test_nobody_else_keeps_a_table_of_actions() -> None:
    others = [f for f in PACKAGE.rglob("*.py") if f.name != "action.py"]
    found = {str(f.relative_to(PACKAGE)): lines for f in others if (lines := tables_of_actions(f))}
    assert found == {}


def test_a_table_of_actions_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "second.py").write_text('FATES = {"block": "closed", "log": "open"}\n')
    assert tables_of_actions(tmp_path / "second.py") == [1]


def changed(script: str) -> str:
    """What a script prints that changes a fact in its own process."""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=TOP,
        env={"PYTHONPATH": f"{TOP / 'addon'}:{TOP}", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_a_slower_heartbeat_is_no_silence() -> None:
    """Else every pack would say that nobody was watching."""
    assert changed("""
from datetime import UTC, datetime, timedelta
from bellgate.audit.record import event_kinds
event_kinds.HEARTBEAT = timedelta(minutes=7)
from bellgate.review.visits.gaps import Sign, gaps
start = datetime(2026, 11, 23, 9, tzinfo=UTC)
beats = [Sign(start + n * event_kinds.HEARTBEAT, "heartbeat", "") for n in range(9)]
print(gaps(beats, start, beats[-1].at), len(gaps(beats[:2] + beats[6:], start, beats[-1].at)))
""") == "[] 1"  # fmt: skip


def test_another_gap_is_the_one_that_a_report_prints() -> None:
    assert changed("""
import tempfile, pathlib
from datetime import timedelta
from bellgate.review.visits import visits
visits.GAP = timedelta(minutes=7)
from bellgate.review.pack.document import document
from tests.review.afternoon import Week, at, question
week = Week(pathlib.Path(tempfile.mkdtemp()))
said = document(week.findings(question()))
print(said["visits"]["gap"])
""") == "7 minutes"  # fmt: skip


@pytest.mark.parametrize("page", ["deploy/README.md", "addon/ARCHITECTURE.md"])
def test_the_pages_say_the_gap_that_is(page: str) -> None:
    assert f"no pause of more than {length(GAP)}" in (TOP / page).read_text() or (
        f"without a pause of more than {length(GAP)}" in (TOP / page).read_text()
    )
