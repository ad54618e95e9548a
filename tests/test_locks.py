"""The two locks: exact, hashed, in step with each other and with pyproject.toml, and placeless."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("deploy/requirements.txt", "tests/requirements.txt")


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s\\;]+)", text, re.MULTILINE))


def plain(requirement: str) -> str:
    """`PyYAML>=6` as `pyyaml`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_one_exact_version_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    for block in filter(None, lines):
        assert re.fullmatch(r"[a-z0-9-]+==\S+\s+(--hash=sha256:[0-9a-f]{64}\s*)+", block), block


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_place(lock: str) -> None:
    """Where packages come from is each machine's own setting."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|index-url|find-links|trusted-host|/tmp|^-", text, re.MULTILINE)


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    missing = {plain(line) for line in project["dependencies"]} - set(pins(LOCKS[0]))
    assert not missing, f"run deploy/lock: {missing}"


def test_the_tests_run_on_the_versions_that_a_school_gets() -> None:
    used, tested = pins(LOCKS[0]), pins(LOCKS[1])
    assert used.items() <= tested.items()
    wanted = (ROOT / "tests" / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert {plain(line) for line in wanted if not line.startswith("#")} <= set(tested)
