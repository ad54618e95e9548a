"""What becomes of the root's key when the school's certificate is made: asked of whoever sits at a
terminal, and said where nobody does."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bellgate.cli import output, passphrase, prompt
from bellgate.cli.options import Folders

DESTROY = "destroy"
_CHOICES = (
    "The school's certificate is made now. What should happen to its root's key?",
    "  Kept: it goes, encrypted, to a file that you take away, such as on a USB stick.",
    "    With it, sites that the school adds later are covered without touching the",
    "    devices (bellgate certificate renew); once a year that is needed anyway.",
    "    Whoever has the file and its passphrase could read what the devices send.",
    "  Destroyed: nothing to keep safe and nothing to renew for ten years. Sites that",
    "    are added later are refused without a page, or the devices need a new root.",
)


@dataclass(frozen=True, slots=True)
class RootKey:
    """Where the root's key is to go, encrypted; nowhere: it is destroyed."""

    file: Path | None = None
    passphrase: str | None = None
    was_asked: bool = False
    """Whether somebody chose that."""


def asked_for(folders: Folders) -> RootKey:
    """What whoever sits at the terminal wants. Where nobody does, the key is destroyed."""
    if not prompt.somebody_answers():
        return RootKey()
    for line in _CHOICES:
        output.note(line)
    while True:
        said = prompt.asked(f'File to keep it in, or "{DESTROY}"', "", default=DESTROY).strip()
        if said.lower() == DESTROY:
            return RootKey(was_asked=True)
        file = Path(said).expanduser()
        wrong = _wrong_with(file, folders.state)
        if wrong is None:
            return RootKey(file, passphrase.new("Passphrase for it"), was_asked=True)
        output.note(f"  {file}: {wrong}.")


def said_of(kept: RootKey, folders: Folders) -> Iterator[str]:
    """Lines that say what became of it, and how to do the other."""
    if kept.file is not None:
        yield f"  The root's key: {kept.file} (encrypted). Take it away from this machine."
        return
    if kept.was_asked:
        yield "  Its root's key has been destroyed: what the gate holds can open only the named"
        yield "  services, and nobody can sign with the root again."
        return
    yield "  Nobody sat at a terminal to be asked, so its root's key has been destroyed: what the"
    yield "  gate holds can open only the named services, and needs no renewal for ten years."
    yield "  To keep the key instead, so that sites that are added later are covered without"
    yield "  touching the devices, do this before any device has the certificate:"
    yield f"  {folders.command('certificate create --force --keep-root FILE')}"


def _wrong_with(file: Path, state: Path) -> str | None:
    """Why a file is no place to keep the key in."""
    try:
        if file.exists():
            return "it is there already, and nothing is written over"
        if not file.parent.is_dir():
            return f"there is no folder {file.parent}"
        if file.resolve().is_relative_to(state.resolve()):
            return "that is inside the gate's own folder; take a disk that you take away"
    except OSError as error:
        return error.strerror or str(error)
    return None
