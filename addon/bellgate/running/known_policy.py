"""The policy to go by when somebody asks: the folder's; while that has problems, the last good
copy.

A slip of the pen in a file is no reason to withhold a record, or what the head opens.
"""

from collections.abc import Callable
from pathlib import Path

from bellgate.running.folders import last_good_folder, lists_folder
from bellgate.schedules.load import Loaded, load


def known(schedules: Path, state: Path, read: Callable[[], Loaded]) -> Loaded | None:
    """What came of the folder that counts, a policy among it; None where there is none.

    `read` reads the schedules folder; it is asked only where the folder is there.
    """
    now = read() if schedules.is_dir() else None
    if now is not None and now.policy is not None:
        return now
    kept = last_good_folder(state)
    last_good = None
    if kept.is_dir():
        last_good = load(kept, shelf=lists_folder(state), judge_lists=False, advise=False)
    return last_good if last_good is not None and last_good.policy is not None else None
