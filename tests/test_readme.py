"""README.md does what it says: its examples run, and every command, key and setting is in it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bellgate.cli.main import bellgate
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from tests.lab.school import IN_SESSION, TOP, School

README = (TOP / "README.md").read_text()


def examples() -> list[tuple[str, list[str]]]:
    """Each command of the console blocks with the lines that it shows."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def as_pattern(lines: list[str]) -> str:
    """Lines as a pattern: `…` alone is any number of lines, in a line any text."""
    parts = []
    for line in lines:
        parts.append(r"(.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\s*\n")
    return "".join(parts)


def test_the_examples_run_and_show_what_is_shown(school: School, tmp_path: Path) -> None:
    gate = school.gate(IN_SESSION)
    # As in a checkout, but what the examples leave behind is not left in this one.
    (tmp_path / "schedules").symlink_to(TOP / "schedules")
    environment = {
        **os.environ,
        "STATE_DIRECTORY": str(gate.state),
        "PYTHONPATH": str(TOP / "addon"),
        "COLUMNS": "200",
    }
    assert len(examples()) >= 8
    for command, shown in examples():
        words = shlex.split(command.replace("STATE", str(gate.state)))
        if words[0] == "curl":
            words.append("--silent")
        if words[0] == ".venv/bin/bellgate":
            words[:1] = [sys.executable, "-m", "bellgate.cli.main"]
        ran = subprocess.run(
            school.namespace.argv(words), cwd=tmp_path, env=environment, capture_output=True,
            text=True, timeout=30, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        assert re.fullmatch(as_pattern(shown) + r"(.*\n)*", ran.stdout), f"{command}\n{ran.stdout}"


def commands(group: click.Group, *path: str) -> list[tuple[str, click.Command]]:
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += commands(command, *path, name)
        else:
            found.append((" ".join((*path, name)), command))
    return found


@pytest.mark.parametrize("name", [name for name, _ in commands(bellgate)])
def test_every_command_is_in_the_table(name: str) -> None:
    assert f"| `bellgate {name}` |" in README


@pytest.mark.parametrize(("name", "command"), commands(bellgate))
def test_every_command_and_option_explains_itself(name: str, command: click.Command) -> None:
    assert command.help, name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name}: {parameter.name}"
        else:
            assert str(parameter.name).upper() in command.help, f"{name}: {parameter.name}"


def keys(form: type[Form], seen: set[type] | None = None) -> set[str]:
    """Every key that a file may hold, those of the entries inside it too."""
    found: set[str] = set()
    for name, field in form.model_fields.items():
        found.add(field.alias or name)
        for inner in _forms_in(field.annotation):
            if inner not in (seen or set()):
                found |= keys(inner, {*(seen or set()), form})
    return found


def _forms_in(annotation: object) -> list[type[Form]]:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return [annotation]
    return [form for inner in getattr(annotation, "__args__", ()) for form in _forms_in(inner)]


@pytest.mark.parametrize("form", [SchoolForm, RulesForm, DevicesForm, ServicesForm])
def test_every_key_is_in_the_settings(form: type[Form]) -> None:
    settings = README[README.index("## Settings") :]
    missing = {key for key in keys(form) if f"`{key}`" not in settings}
    assert not missing
