"""A log that was put back from a copy never passes for all that was recorded."""

from bellgate.audit.log.note import BadNote, Checkpoint, Signer
from bellgate.audit.log.paths import LogPaths, signed_checkpoint
from bellgate.disk import write_whole


def remember(paths: LogPaths, before: LogPaths) -> bool:
    """Whether the log that was here `before` went further than the one in its place; then its
    newest checkpoint goes along. Whoever opens the log next sets it aside and begins a new one,
    whose first record names the break. Raises OSError.
    """
    signer = Signer.at(paths.key)
    there, here = (_newest(each, signer) for each in (before, paths))
    if there is None or (here is not None and _place(there) <= _place(here)):
        return False
    write_whole(paths.last_checkpoint, before.last_checkpoint.read_text())
    return True


def _newest(paths: LogPaths, signer: Signer) -> Checkpoint | None:
    """None where there is none, or another gateway's."""
    try:
        return signed_checkpoint(paths.last_checkpoint, signer.verifier(""))
    except BadNote:
        return None


def _place(checkpoint: Checkpoint) -> tuple[int, int]:
    return checkpoint.generation, checkpoint.size
