"""The fate of a connection is chosen in one room, for every action that a rule may name."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from bellgate.gate.fate import fate_of
from bellgate.policy.action import ACTIONS, Action

PACKAGE = Path(__file__).resolve().parents[2] / "addon" / "bellgate"


@pytest.mark.parametrize(
    ("action", "with_a_page", "without"),
    [
        ("allow", "passed", "passed"),
        ("log", "passed", "passed"),
        ("ask", "page", "refused"),
        ("block", "page", "refused"),
    ],
)
def test_what_each_action_means_for_a_connection(
    action: Action, with_a_page: str, without: str
) -> None:
    assert fate_of(action, lambda: True) == with_a_page
    assert fate_of(action, lambda: False) == without


def test_the_table_of_actions_and_the_fates_agree_on_what_passes() -> None:
    for action in get_args(Action):
        passes = fate_of(action, lambda: False) == "passed"
        assert passes == (ACTIONS[action].fate == "open"), action


def test_a_connection_that_passes_spends_nobodys_share_of_pages() -> None:
    def shown() -> bool:
        raise AssertionError("nobody asked for a page")

    assert fate_of("allow", shown) == "passed"


def test_a_new_action_without_a_fate_breaks_the_type_check(tmp_path: Path) -> None:
    """Somebody adds `delay` to the table of actions and forgets what it means for a connection."""
    table, room = (PACKAGE / name for name in ("policy/action.py", "gate/fate.py"))
    planted = tmp_path / "bellgate" / "policy" / "action.py"
    planted.parent.mkdir(parents=True)
    known = 'Literal["allow", "log", "ask", "block"]'
    text = table.read_text("utf-8")
    assert known in text
    planted.write_text(text.replace(known, known.replace("]", ', "delay"]')), "utf-8")
    fate = tmp_path / "bellgate" / "gate" / "fate.py"
    fate.parent.mkdir()
    fate.write_text(room.read_text("utf-8"), "utf-8")

    said = subprocess.run(
        [
            sys.executable, "-m", "mypy", "--follow-imports=skip", "--ignore-missing-imports",
            "--config-file=", "--explicit-package-bases", f"--cache-dir={tmp_path / 'cache'}",
            "bellgate/policy/action.py", "bellgate/gate/fate.py",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert said.returncode == 1, said.stdout + said.stderr
    assert "delay" in said.stdout
    assert "fate.py" in said.stdout
