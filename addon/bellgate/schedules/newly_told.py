"""What `check` says of a folder and did not say before: of many warnings, those of a save."""

from collections.abc import Iterable

from bellgate.schedules.problem import Problem, in_order


def newly_told(before: Iterable[Problem], after: Iterable[Problem]) -> tuple[str, ...]:
    """`new: rules.yaml:12: warning: …`, each once. A line that only moved is not new."""
    known = {(problem.file, problem.message) for problem in before}
    come = in_order(p for p in after if (p.file, p.message) not in known)
    return tuple(f"new: {problem}".split("\n")[0] for problem in come)
