"""What `check` says of a folder and did not say before: of many warnings, those of a save."""

import re
from collections.abc import Iterable

from bellgate.schedules.checks.ways_round import BUT_FOR
from bellgate.schedules.problem import Problem, in_order

_LINE = re.compile(r"\bline [0-9]+")


def newly_told(before: Iterable[Problem], after: Iterable[Problem]) -> tuple[str, ...]:
    """`new: rules.yaml:12: warning: …`, each once. A line that only moved is not new."""
    known = set(map(_gist, before))
    come = in_order(p for p in after if _gist(p) not in known)
    return tuple(f"new: {problem}".split("\n")[0] for problem in come)


def _gist(problem: Problem) -> tuple[str, str]:
    """What stays the same where only something else was written: a line further up, or a rule by
    which a warning holds at fewer times."""
    return problem.file, _LINE.sub("line", problem.message.partition(BUT_FOR)[0])
