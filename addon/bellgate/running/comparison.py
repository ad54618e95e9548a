"""What a folder and the running gate have to do with each other, in words: for `check`.

`check` judges the folder, the gate goes by what it took up last: whoever saved a file wants to know
whether the two are the same by now, and what the change comes to.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bellgate.policy.noticed import noticed
from bellgate.running import editions
from bellgate.running.folders import lists_folder
from bellgate.schedules.difference import differences_of_files
from bellgate.schedules.lists.subscription import on_shelf
from bellgate.schedules.load import Loaded, load_files
from bellgate.schedules.newly_over import newly_over
from bellgate.schedules.newly_told import newly_told


def beside_the_gate(
    read: Loaded, status: Mapping[str, Any], *, schedules: Path, state: Path, today: date
) -> Iterator[str]:
    """Lines that say what of the folder is in force, by the running gate's own `status`."""
    own = str(schedules.resolve()) == status["schedules"]
    if read.policy is None:
        yield "The running gate goes on by the last policy that was right."
        return
    if read.policy.edition.hash == status["policy"]:
        yield from _in_force(status, "these files" + _but(read))
        return
    if own and status["not_taken_up"]:
        yield f"NOT in force yet, and tried again by the gate: {status['not_taken_up']}"
    elif own:
        yield "Not in force yet: the gate takes up a saved file within two seconds. It changes:"
    else:
        yield f"The running gate uses {status['schedules']}. This folder would change:"
    yield from _changes(read, status["policy"], state, today)


def _but(read: Loaded) -> str:
    names = ", ".join(held.shown for held in read.held_back)
    return f", but not {names} as it is now," if names else ""


def _in_force(status: Mapping[str, Any], what: str) -> Iterator[str]:
    change = status["changed"]
    if change is None:
        yield f"The running gate has {what} in force."
        return
    yield f"The running gate has {what} in force since {change['at']}. What changed:"
    yield from (f"  {what}" for what in change["what"] or ("comments and layout only",))


def _changes(read: Loaded, edition: str, state: Path, today: date) -> Iterator[str]:
    """What is different from an edition that the gate has in force."""
    files = editions.kept(state, edition)
    lists = on_shelf(lists_folder(state), files.get("services.yaml"))
    before = load_files(files, lists=lists, today=today) if files else None
    if before is None or before.policy is None or read.policy is None:
        yield "  (what is in force cannot be read back, so it cannot be compared)"
        return
    found = (
        *newly_told(before.problems, read.problems),
        *newly_over(before, read, today),
        *noticed(before.policy, read.policy, today),
        *differences_of_files(before, read),
    )
    yield from (f"  {what}" for what in found or ("comments and layout only",))
