"""The shape of the house: which room may know which, and what the policy may touch.

The contracts are in pyproject.toml (import-linter, ruff). Each is also broken on purpose in a copy:
a contract that cannot fail says nothing.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "addon" / "bellgate"

# All that the policy may import from outside: values and arithmetic. `zoneinfo` is its one door to
# the machine, for the rules of the time zone; it is given zones, and opens none by itself.
FOR_POLICY = {
    "bisect", "collections", "dataclasses", "datetime", "enum", "functools", "ipaddress",
    "itertools", "operator", "re", "typing", "zoneinfo",
}  # fmt: skip
ROOMS = (
    "cli", "running", "console", "gate", "gateway", "review", "schedules", "wire", "outside",
    "audit/record", "audit/log", "audit/verify", "audit/delete", "sentry",
)  # fmt: skip
NOT_FOR_POLICY = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}


def imports(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports here are absolute"
            yield node.lineno, node.module or ""


def impurities(policy: Path) -> list[str]:
    """What in the policy's folder could reach outside."""
    found = []
    for file in sorted(policy.glob("**/*.py")):
        for line, name in imports(file):
            if name.partition(".")[0] not in FOR_POLICY and not name.startswith("bellgate.policy"):
                found.append(f"{file.name}:{line}: imports {name}")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in NOT_FOR_POLICY:
                    found.append(f"{file.name}:{node.lineno}: calls {name}")
                case ast.Global():
                    found.append(f"{file.name}:{node.lineno}: changes a global")
    return found


def lint_imports(top: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--config",
            "pyproject.toml",
            "--no-cache",
        ],
        cwd=top,
        env={"PYTHONPATH": str(top / "addon"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def ruff(top: Path) -> str:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--no-cache",
            "--output-format",
            "concise",
            "--select",
            "TID251,DTZ,T20",
            "addon",
        ],
        cwd=top,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.yaml")
    shutil.copytree(ROOT / "addon", tmp_path / "addon", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        (tmp_path / "addon" / "bellgate" / room / "__init__.py").touch()
        (tmp_path / "addon" / "bellgate" / room / "something.py").touch()
    return tmp_path


def plant(top: Path, file: str, line: str) -> None:
    with (top / "addon" / "bellgate" / file).open("a", encoding="utf-8") as opened:
        opened.write(f"\n{line}\n")


def test_imports_go_one_way() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("policy", "import bellgate.schedules.something", "Imports go one way"),
        ("policy", "import bellgate.wire.something", "Imports go one way"),
        ("wire", "import bellgate.audit.record.something", "Imports go one way"),
        ("wire", "import bellgate.disk", "Imports go one way"),
        ("schedules", "import bellgate.audit.log.something", "Imports go one way"),
        ("audit/log", "import bellgate.schedules.something", "Imports go one way"),
        ("audit/log", "import bellgate.gate.something", "Imports go one way"),
        ("gate", "import bellgate.gateway.something", "Imports go one way"),
        ("gateway", "import bellgate.gate.something", "Imports go one way"),
        ("review", "import bellgate.gate.something", "Imports go one way"),
        ("gateway", "import bellgate.review.something", "Imports go one way"),
        ("sentry", "import bellgate.gate.something", "Imports go one way"),
        ("sentry", "import bellgate.gateway.something", "Imports go one way"),
        ("gate", "import bellgate.sentry.something", "Imports go one way"),
        ("sentry", "import mitmproxy.ctx", "Only the gate knows mitmproxy"),
        ("gate", "import bellgate.running.something", "Imports go one way"),
        ("running", "import bellgate.cli.something", "Imports go one way"),
        ("running", "import bellgate.console.something", "Imports go one way"),
        ("console", "import bellgate.cli.something", "Imports go one way"),
        ("review", "import bellgate.schedules.something", "The review pages know the record"),
        ("audit/record", "import bellgate.audit.log.something", "The rooms of the audit trail"),
        ("audit/log", "import bellgate.audit.verify.something", "The rooms of the audit trail"),
        ("audit/verify", "import bellgate.audit.delete.something", "The rooms of the audit trail"),
        ("gateway", "import mitmproxy.certs", "Only the gate knows mitmproxy"),
        ("cli", "from mitmproxy import ctx", "Only the gate knows mitmproxy"),
        ("audit/log", "import click", "Only the commands know the terminal"),
        ("gate", "from rich import print", "Only the commands know the terminal"),
        ("running", "import flask", "Only the pages know the web's libraries"),
        ("cli", "import argon2", "Only the pages know the web's libraries"),
        ("console", "import sqlalchemy", "Only the index knows the database"),
        ("audit/log", "import sqlalchemy", "Only the index knows the database"),
    ],
)
def test_an_import_the_wrong_way_is_caught(copy: Path, room: str, line: str, contract: str) -> None:
    plant(copy, f"{room}/something.py" if room != "policy" else "policy/what.py", line)
    done = lint_imports(copy)
    assert done.returncode == 1, done.stdout
    broken = [said for said in done.stdout.splitlines() if " BROKEN" in said]
    assert len(broken) == 1 and broken[0].startswith(contract), done.stdout


def test_imports_the_right_way_are_kept(copy: Path) -> None:
    """The same copy with nothing planted, but for what each room is for."""
    plant(copy, "gate/something.py", "import mitmproxy.ctx, bellgate.audit.something")
    plant(copy, "cli/something.py", "import click, bellgate.gate.something, bellgate.review")
    plant(copy, "review/index/something.py", "import sqlalchemy, bellgate.audit.something")
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout


def test_a_room_without_a_place_is_caught(copy: Path) -> None:
    (copy / "addon" / "bellgate" / "attic").mkdir()
    (copy / "addon" / "bellgate" / "attic" / "__init__.py").touch()
    assert lint_imports(copy).returncode == 1


def test_the_policy_is_pure() -> None:
    assert impurities(PACKAGE / "policy") == []


@pytest.mark.parametrize(
    "line",
    ["import socket", "import os.path", "from pathlib import Path", "import subprocess",
     "import asyncio", "import mitmproxy", "import yaml", "import pydantic", "import time",
     "import random", "def _f() -> None:\n    import logging", "x = open('/etc/hosts')",
     "from bellgate.gate import clock"],
)  # fmt: skip
def test_what_reaches_outside_the_policy_is_caught(copy: Path, line: str) -> None:
    plant(copy, "policy/decide.py", line)
    assert len(impurities(copy / "addon" / "bellgate" / "policy")) == 1


def test_the_policy_reads_no_clock_and_only_one_file_prints(copy: Path) -> None:
    before = ruff(copy)
    assert "TID251" not in before and "T20" not in before
    plant(copy, "policy/when.py", "NOW = datetime.now(UTC)")
    plant(copy, "policy/who.py", "import time")
    plant(copy, "gate/something.py", "import time")
    plant(copy, "cli/output.py", "print('this is its work')")
    plant(copy, "cli/something.py", "print('no')")
    after = ruff(copy)
    told = {line.partition(":")[0] for line in after.splitlines() if "TID251" in line}
    assert told == {"addon/bellgate/policy/when.py", "addon/bellgate/policy/who.py"}
    told = {line.partition(":")[0] for line in after.splitlines() if "T201" in line}
    assert told == {"addon/bellgate/cli/something.py"}


def circles(package: str) -> list[str]:
    """Modules that import each other in a circle, imports inside functions included."""
    graph = grimp.build_graph(package)
    found = []
    for module in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            # A package is made of its modules: what they import of it is no circle of two rooms.
            if not imported.startswith(f"{module}.") and not module.startswith(f"{imported}."):
                way = graph.find_shortest_chain(imported, module)
                if way:
                    found.append(" -> ".join((module, *way)))
    return found


def test_nothing_of_ours_tells_the_machine_another_time() -> None:
    """The tests let weeks pass in minutes; no setting of an installed machine leads there."""
    named = [f for f in PACKAGE.rglob("*.py") if "go_by" in f.read_text(encoding="utf-8")]
    assert named == [PACKAGE / "machine_time.py"]


def test_no_two_files_need_each_other() -> None:
    assert circles("bellgate") == []


def constants_without_a_word(top: Path) -> list[str]:
    """Numbers at the top of a file that nothing says the unit or the sense of."""
    found = []
    for file in sorted(top.glob("**/*.py")):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for node, following in zip(body, [*body[1:], None], strict=True):
            match node:
                case ast.Assign(value=value, targets=[ast.Name(id=name)]):
                    pass
                case ast.AnnAssign(value=value, target=ast.Name(id=name)):
                    pass
                case _:
                    continue
            number = isinstance(value, ast.BinOp) or (
                isinstance(value, ast.Constant) and type(value.value) in (int, float)
            )
            match following:
                case ast.Expr(value=ast.Constant(value=str())):
                    said = True
                case _:
                    said = False
            told = name.endswith(("_SECONDS", "_BYTES", "_THREADS", "_CHARACTERS")) or said
            if number and name.strip("_").isupper() and not told:
                found.append(f"{file.relative_to(top)}:{node.lineno}: {name}")
    return found


def test_every_number_says_what_it_counts() -> None:
    assert constants_without_a_word(PACKAGE) == []
