"""README.md and deploy/README.md do what they say: their examples run, every command is in them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bellgate.cli.main import bellgate
from tests.lab.school import IN_SESSION, TOP, School

README = (TOP / "README.md").read_text("utf-8")
RUNNING = (TOP / "deploy" / "README.md").read_text("utf-8")
PAGES = ("README.md", "CHANGELOG.md", "schedules/README.md", "deploy/README.md",
         "addon/ARCHITECTURE.md")  # fmt: skip


def examples(text: str) -> list[tuple[str, list[str]]]:
    """Each command of the console blocks with the lines that it shows."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
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
    # In this order: what deploy/README.md hands out was recorded by the visits of README.md.
    assert len(examples(README)) >= 7
    assert len(examples(RUNNING)) >= 4
    for command, shown in (*examples(README), *examples(RUNNING)):
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
        if not isinstance(command, click.Group) or command.invoke_without_command:
            found.append((" ".join((*path, name)), command))
    return found


@pytest.mark.parametrize("name", [name for name, _ in commands(bellgate)])
def test_every_command_is_in_the_table(name: str) -> None:
    assert RUNNING.count(f"| `bellgate {name}` |") == 1


def test_no_other_command_is_in_the_table() -> None:
    listed = set(re.findall(r"(?m)^\| `bellgate ([a-z -]+)` \|", RUNNING))
    assert listed == {name for name, _ in commands(bellgate)}


@pytest.mark.parametrize(("name", "command"), commands(bellgate))
def test_every_command_and_option_explains_itself(name: str, command: click.Command) -> None:
    assert command.help, name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name}: {parameter.name}"
        else:
            assert str(parameter.name).upper() in command.help, f"{name}: {parameter.name}"


def test_a_stranger_reads_the_readme_in_one_go() -> None:
    assert len(README.encode()) < 8_000


def test_every_folder_of_the_source_has_its_line() -> None:
    places = README[README.index("## Where things are") :]
    for folder in sorted((TOP / "addon" / "bellgate").iterdir()):
        if (folder / "__init__.py").is_file():
            assert f"\n| `addon/bellgate/{folder.name}/` |" in places, folder.name


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """Within the repository: each file, and each heading of a page."""
    text = (TOP / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        path = (TOP / page).parent / file if file else TOP / page
        assert path.exists(), f"{page}: {target}"
        if heading:
            assert heading in headings(path.read_text("utf-8")), f"{page}: {target}"


def headings(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_cites_what_is_not_here(page: str) -> None:
    assert "DESIGN" not in (TOP / page).read_text("utf-8")
