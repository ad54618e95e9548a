"""`--schedules`, `--state` and `--simulated`: where they stand, and what they lead to."""

import functools
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bellgate.cli import output
from bellgate.machine_time import machine_now
from bellgate.running import folders
from bellgate.running.folders import calendars_folder, last_good_folder, lists_folder
from bellgate.schedules.problem import Problem

if TYPE_CHECKING:
    from bellgate.policy.decide import Policy
    from bellgate.schedules.load import Loaded

# Who may not read it is told so in the same words as where no option names it.
_FOLDER = click.Path(path_type=Path, file_okay=False, readable=False)

SIMULATED = click.option(
    "--simulated",
    is_flag=True,
    help="Work with the gate that was started with --at (a trial run).",
)


@dataclass
class Folders:
    """The two folders that every command works with."""

    schedules: Path
    state: Path
    named: str = ""
    """The folders as they were given by option, to be given again."""

    def command(self, words: str, simulated: bool = False) -> str:
        """A command for the same folders and the same gate, as it can be typed."""
        return f"bellgate {words}{' --simulated' if simulated else ''}{self.named}"


def _both(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, meaning in (
        ("--state", "Where records, keys and the certificate are kept."),
        ("--schedules", "The folder with the timetable and the rules."),
    ):
        command = click.option(name, type=_FOLDER, metavar="DIR", help=meaning)(command)
    return command


_LONGEST_SENTENCE = 300
"""Signs of a command's first sentence."""


class Group(click.Group):
    """A group whose help has the whole first sentence of each of its commands."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(n, c.get_short_help_str(_LONGEST_SENTENCE)) for n, c in commands if c is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def for_group(group: Callable[..., Any]) -> Callable[..., Any]:
    """The two options where they stand before the command; the nearer one wins."""

    @click.pass_context
    @functools.wraps(group)
    def run(
        context: click.Context, /, schedules: Path | None, state: Path | None, **rest: Any
    ) -> None:
        before = context.find_object(tuple) or (None, None)
        context.obj = (schedules or before[0], state or before[1])
        group(**rest)

    return _both(run)


def with_folders(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command its Folders; what stands after the command wins."""

    @click.pass_context
    @functools.wraps(command)
    def run(
        context: click.Context, /, schedules: Path | None, state: Path | None, **rest: Any
    ) -> Any:
        before = context.find_object(tuple) or (None, None)
        given = (schedules or before[0], state or before[1])
        named = "".join(
            f" {option} {shlex.quote(str(folder))}"
            for option, folder in zip(("--schedules", "--state"), given, strict=True)
            if folder is not None
        )
        found = Folders(
            folders.schedules_folder(given[0]), folders.state_folder(given[1]), named=named
        )
        return command(found, **rest)

    return _both(run)


def loaded(folders: Folders, *, advise: bool = True) -> "Loaded":
    """What came of the schedules folder, problems and all (`advise`: as in `load`)."""
    # Loaded when it is needed: `--help` and `status` have no use for it.
    from bellgate.schedules.load import load

    if not folders.schedules.is_dir():
        where = "go to the folder that has `schedules` in it, or name one with --schedules DIR"
        if _in_json():
            missing = Problem(str(folders.schedules), 1, "error", "the folder is not there", where)
            _refuse([missing])
        output.fail(f"there is no folder {folders.schedules}", where)
    cache = calendars_folder(folders.state)
    shelf = lists_folder(folders.state)
    return load(
        folders.schedules,
        today=machine_now().date(),
        cache=cache,
        shelf=shelf,
        last_good=last_good_folder(folders.state),
        advise=advise,
    )


def loaded_policy(folders: Folders) -> "tuple[Policy, Loaded]":
    """The policy of the schedules folder; where it has problems, they are said and that is all."""
    read = loaded(folders, advise=False)
    if read.policy is None:
        _refuse(read.problems)
    return read.policy, read


@contextmanager
def policy_that_holds(folders: Folders) -> "Iterator[tuple[Policy, Loaded]]":
    """The folder's policy; while that has mistakes, the last good copy's, which the gate keeps.

    The mistakes are said first, on standard error, so that what a program reads stays whole; and
    the command then ends with the status for problems.
    """
    from bellgate.running.known_policy import known as found

    read = loaded(folders, advise=False)
    good = found(folders.schedules, folders.state, lambda: read)
    if good is None or good.policy is None:
        _refuse(read.problems)
    if good is not read:
        from bellgate.cli.kept import what_is_kept

        for line in (*read.errors, what_is_kept(folders.state, read, good.policy), ""):
            output.note(str(line))
    yield good.policy, good
    if good is not read:
        raise SystemExit(output.PROBLEMS_FOUND)


def _in_json() -> bool:
    """Whether the command that runs was asked to answer in JSON."""
    return bool(click.get_current_context().params.get("as_json"))


def _refuse(found: "Iterable[Problem]") -> NoReturn:
    """The folder's problems are the command's whole answer."""
    output.problems(found, as_json=_in_json())
    raise SystemExit(output.PROBLEMS_FOUND)


def known_policy(folders: Folders) -> "Policy":
    """The policy of `known`."""
    policy = known(folders).policy
    assert policy is not None
    return policy


def known(folders: Folders) -> "Loaded":
    """What came of the folder, a policy among it; while it has problems or is not to be found, of
    the copy that the gate keeps in force."""
    from bellgate.running.known_policy import known as found

    by_itself: list[Loaded] = []

    def read() -> "Loaded":
        by_itself.append(loaded(folders, advise=False))
        return by_itself[0]

    good = found(folders.schedules, folders.state, read)
    if good is None:
        _refuse((by_itself or [loaded(folders, advise=False)])[0].problems)
    return good
