"""A passphrase: from a file, or typed at the terminal."""

from pathlib import Path

import click

from bellgate.cli import output, prompt
from bellgate.gateway.certificate import SHORTEST_PASSPHRASE as SHORTEST

from_file = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="A file whose first line is the passphrase for the keys. Otherwise it is asked for.",
)
"""The option of every command that needs one."""
_NOBODY = "the passphrase must be typed at a terminal, or be in a file: --passphrase-file FILE"


def new(what: str, file: Path | None = None) -> str:
    """One that is long enough: from the file, or typed twice. One in a file that is too short ends
    the command."""
    if file is not None:
        text = _first_line(file)
        if len(text) < SHORTEST:
            output.fail(
                f"{file}: the passphrase is shorter than {SHORTEST} characters",
                "write a longer one as the file's first line",
            )
        return text
    while True:
        asking = f"{what} ({SHORTEST} characters or more)"
        text = prompt.asked(asking, _NOBODY, secret=True, twice=True)
        if len(text) >= SHORTEST:
            return text
        output.note(f"  That has {len(text)} characters.")


def known(what: str, file: Path | None = None) -> str:
    """One that was chosen before: from the file, or typed."""
    return prompt.asked(what, _NOBODY, secret=True) if file is None else _first_line(file)


def _first_line(file: Path) -> str:
    return file.read_text().partition("\n")[0].rstrip("\r")
