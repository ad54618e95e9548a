"""`--schedules` and `--state`, before or after the command, and what they lead to."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bellgate.cli import moments, output, places
from bellgate.cli.places import calendars_folder, last_good_folder, lists_folder

if TYPE_CHECKING:
    from bellgate.policy.decide import Policy
    from bellgate.schedules.loading import Loaded

_FOLDER = click.Path(path_type=Path, file_okay=False)


@dataclass
class Places:
    """The two folders that every command works with."""

    schedules: Path
    state: Path


def _both(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, meaning in (
        ("--state", "Where records, keys and the certificate are kept."),
        ("--schedules", "The folder with the timetable and the rules."),
    ):
        command = click.option(name, type=_FOLDER, metavar="DIR", help=meaning)(command)
    return command


def for_group(group: Callable[..., Any]) -> Callable[..., Any]:
    """The two options where they stand before the command."""

    @click.pass_context
    @functools.wraps(group)
    def run(context: click.Context, schedules: Path | None, state: Path | None) -> None:
        context.obj = (schedules, state)
        group()

    return _both(run)


def with_places(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command its `places`; what stands after the command wins."""

    @click.pass_context
    @functools.wraps(command)
    def run(
        context: click.Context, /, schedules: Path | None, state: Path | None, **rest: Any
    ) -> Any:
        before = context.find_object(tuple) or (None, None)
        found = Places(
            places.schedules_folder(schedules or before[0]),
            places.state_folder(state or before[1]),
        )
        return command(found, **rest)

    return _both(run)


def loaded(found: Places) -> "Loaded":
    """What came of the schedules folder, problems and all."""
    # Loaded when it is needed: `--help` and `status` have no use for it.
    from bellgate.schedules.loading import load

    if not found.schedules.is_dir():
        output.fail(f"the folder {found.schedules} is not there", "name another by --schedules DIR")
    cache = calendars_folder(found.state)
    shelf = lists_folder(found.state)
    return load(found.schedules, today=moments.now().date(), cache=cache, shelf=shelf)


def loaded_policy(found: Places) -> "tuple[Policy, Loaded]":
    """The policy of the schedules folder; where it has problems, they are said and that is all."""
    read = loaded(found)
    if read.policy is None:
        output.problems(read.problems)
        raise SystemExit(output.PROBLEMS_FOUND)
    return read.policy, read


def known_policy(found: Places) -> "Policy":
    """The folder's policy; while it has problems, the one that the gate keeps in force. For what
    only looks back: a slip of the pen in a file is no reason to withhold a record."""
    from bellgate.schedules.loading import load

    read = loaded(found)
    kept = last_good_folder(found.state)
    policy = read.policy or (load(kept).policy if kept.is_dir() else None)
    if policy is None:
        output.problems(read.problems)
        raise SystemExit(output.PROBLEMS_FOUND)
    return policy
