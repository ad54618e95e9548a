"""What is said where no record matches: an empty answer to a misspelt name would clear somebody."""

from collections.abc import Iterable, Iterator

from bellgate.cli import output
from bellgate.cli.log_options import Wanted
from bellgate.cli.options import Folders, loaded
from bellgate.policy.decide import Policy
from bellgate.schedules.problem import suggestion


def say_no_record_matches(folders: Folders, wanted: Wanted) -> None:
    """Say so, and name what the files do not know of the options that were given."""
    output.note("No record matches.")
    policy = loaded(folders).policy if folders.schedules.is_dir() else None
    for what, name, known in _names(wanted, policy) if policy else ():
        names = list(known)
        if name is not None and name not in names:
            output.note(f'The files have no {what} "{name}": {suggestion(name, names)}')


def _names(wanted: Wanted, policy: Policy) -> Iterator[tuple[str, str | None, Iterable[str]]]:
    devices = policy.directory.devices
    yield "device", wanted.device, [d.name for d in devices]
    yield "person", wanted.person, [h.person for d in devices for h in d.holders]
    yield "group", wanted.group, policy.groups
    yield "service", wanted.service, policy.index.services
