"""What gate and sentry say alike of the folder they start with. Nothing is started here."""

from collections.abc import Callable
from pathlib import Path

from bellgate.cli import output
from bellgate.cli.options import Folders
from bellgate.running.choosing import Chosen, NoPolicy


def policy_to_start(part: str, choose: Callable[[Path, Path], Chosen], folders: Folders) -> Chosen:
    """The policy to run by; what is wrong with the folder is said. Without one, it ends here."""
    try:
        chosen = choose(folders.schedules, folders.state)
    except NoPolicy as error:
        output.problems(error.loaded.problems)
        output.fail(
            f"the {part} cannot start: {folders.schedules} has problems,"
            " and no last good copy is kept",
            "correct the lines above, then run `bellgate check`",
        )
    if chosen.last_good:
        output.problems(chosen.loaded.problems)
        output.note(f"{folders.schedules} has problems: the last good copy is in force.")
    elif chosen.loaded.calendar_is_set_aside:
        output.problems(chosen.loaded.problems)
        output.note("The calendar has errors: the dates of its last good copy are in force.")
    for said in chosen.loaded.lists_aside:
        output.note(f"{said}. See `bellgate check`.")
    return chosen
