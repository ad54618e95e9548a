"""The only file that prints. Answers go to standard output, everything about the run itself
(`error:`, `hint:`) to standard error.

No command decides how something looks, and nothing here decides what is said.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, NoReturn

import orjson

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bellgate.policy.academic_year import Tone
    from bellgate.policy.walk import Step
    from bellgate.schedules.problem import Problem

PROBLEMS_FOUND = 1
"""Exit status: the command ran and found problems."""
WRONG_USAGE = 2
"""Exit status: the command was called wrongly."""

_UNFOLDED = 160
"""Columns of a table that is written to a file or a pipe."""

_LOOKS: "Mapping[Tone, str]" = {"plain": "", "closed": "dim", "special": "yellow"}


def say(*lines: object) -> None:
    """Plain lines of an answer; nothing where there are none."""
    if not lines:
        return
    with _reader():
        print(*lines, sep="\n", flush=True)


def json_lines(objects: Iterable[Mapping[str, object]]) -> None:
    """One object a line, written as they come."""
    out = sys.stdout.buffer
    with _reader():
        for each in objects:
            out.write(orjson.dumps(each) + b"\n")
        out.flush()


def json_whole(value: object) -> None:
    """One JSON value, indented for people, parsed as a whole by programs."""
    say(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def document(content: bytes) -> None:
    """A file's bytes as they are, for a pipe."""
    stream([content])


def stream(parts: Iterable[bytes]) -> int:
    """Bytes for a pipe, written as they come; how many parts there were."""
    out, count = sys.stdout.buffer, 0
    with _reader():
        for part in parts:
            out.write(part)
            count += 1
        out.flush()
    return count


@contextmanager
def _reader() -> Iterator[None]:
    """Whoever reads standard output may have seen enough, or be a disk that is full."""
    try:
        yield
    except BrokenPipeError:
        # `bellgate … | head`. Without this, Python complains at exit.
        sys.stdout = None
        raise SystemExit(0) from None
    except OSError as refused:
        if refused.filename is not None:
            raise
        sys.stdout = None
        fail(f"standard output cannot be written: {refused.strerror}")


def error(message: str, hint: str | None = None) -> None:
    """One line on standard error that begins with `error:`."""
    print(f"error: {message}", file=sys.stderr, flush=True)
    if hint:
        print(f"hint: {hint}", file=sys.stderr, flush=True)


def note(message: str) -> None:
    """Something about the run that is no answer: said, but not where a program would read it."""
    print(message, file=sys.stderr, flush=True)


def fail(message: str, hint: str | None = None, status: int = PROBLEMS_FOUND) -> NoReturn:
    """End the command with one clear line."""
    error(message, hint)
    raise SystemExit(status)


def refused(by_machine: OSError) -> NoReturn:
    """End the command on what the machine refused."""
    where = f"{by_machine.filename}: " if by_machine.filename is not None else ""
    hint = None
    if isinstance(by_machine, PermissionError):
        hint = "this is for the gate's own user and for root: try it with sudo"
    fail(f"{where}{by_machine.strerror or by_machine}", hint)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, with what it means; how that looks is decided here alone."""

    cells: Sequence[str]
    tone: "Tone" = "plain"
    starts: bool = False
    """Whether a new part of the table begins with it."""


def table(title: str, columns: Sequence[str], rows: Iterable[Row | Sequence[str]]) -> None:
    """A table for people. A narrow terminal folds its cells between words; where there is no room
    for the words either, it becomes a list."""
    from rich.measure import Measurement

    console, kept = _console(), _as_rows(rows)
    drawn = _drawn(title, columns, kept)
    words = Measurement.get(console, console.options.update(width=10_000), drawn).minimum
    _shown(console, drawn if words <= console.width else _as_list(title, columns, kept))


def days(title: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """A table of dates, each row said once: what a terminal has no room for becomes a list."""
    from rich.measure import Measurement

    console, kept = _console(), _as_rows(rows)
    drawn = _drawn(title, columns, kept)
    fits = Measurement.get(console, console.options.update(width=10_000), drawn).maximum
    # A few folded cells are better read than a list; a column folded throughout is not.
    _shown(console, drawn if fits <= console.width * 1.2 else _listed(title, kept))


def _as_rows(rows: Iterable[Row | Sequence[str]]) -> list[Row]:
    return [row if isinstance(row, Row) else Row(row) for row in rows]


def _console() -> "Console":
    # Imported here: the drawing of tables costs a fifth of the time of a quick command.
    from rich.console import Console

    # Into a file or a pipe there is no terminal to fit.
    given = os.environ.get("COLUMNS", "")
    width = int(given) if given.isdigit() and int(given) > 0 else _UNFOLDED
    seen = sys.stdout.isatty()
    return Console(highlight=False, force_terminal=seen, width=None if seen else width)


def _shown(console: "Console", what: "Table | Text") -> None:
    drawn = StringIO()
    console.file = drawn
    console.print(what)
    with _reader():
        sys.stdout.write(drawn.getvalue())
        sys.stdout.flush()


def _drawn(title: str, columns: Sequence[str], rows: Iterable[Row]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for number, row in enumerate(rows):
        if row.starts and number:
            drawn.add_section()
        drawn.add_row(*(Text(cell) for cell in row.cells), style=_LOOKS[row.tone])
    return drawn


def _as_list(title: str, columns: Sequence[str], rows: Iterable[Row]) -> "Text":
    """Each row as lines of its own, a cell a line with the name of its column."""
    from rich.text import Text

    lines = [Text(title, style="bold")]
    for row in rows:
        lines.append(Text(f"\n{row.cells[0]}", style="bold"))
        cells = zip(columns[1:], row.cells[1:], strict=True)
        lines += [Text(f"  {name}: {cell}", style=_LOOKS[row.tone]) for name, cell in cells if cell]
    return Text("\n").join(lines)


def _listed(title: str, rows: Iterable[Row]) -> "Text":
    """The date as a heading where it changes; below it who, and what holds for them."""
    from rich.text import Text

    lines = [Text(title, style="bold")]
    for row in rows:
        date, who, what, *others = row.cells
        if date:
            lines.append(Text(f"\n{date}", style="bold"))
        more = " · ".join(cell for cell in others if cell)
        lines.append(Text(f"  {who}: {what}\n    {more}", style=_LOOKS[row.tone]))
    return Text("\n").join(lines)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error where somebody watches; the function takes done and all."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def steps(walked: "Iterable[Step]") -> None:
    """A decision's walk: what was asked in each step, and what came of it."""
    marks = {"yes": "✓", "no": "·", "–": " "}
    for step in walked:
        say(f"  {marks[step.mark]} {step.title}: {step.text}")
    say("")


def problems(found: "Iterable[Problem]", *, as_json: bool = False) -> None:
    """Every problem as editors read it: `file:line: message`, the hint on the next line."""
    if as_json:
        json_whole([problem.fields for problem in found])
        return
    for problem in found:
        say(problem)


def utc(moment: datetime | None) -> str | None:
    """`2026-11-23T12:15:00Z`, or nothing."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
