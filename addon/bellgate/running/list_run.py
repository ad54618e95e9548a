"""A list brought up to date in a process of its own: reading one takes seconds and much memory."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bellgate.running.jobs import ChildFailed, answer_parent, ask_child
from bellgate.schedules.lists.subscription import (
    SECONDS,
    Outcome,
    Subscription,
    bring_up_to_date,
)


def apart(
    one: Subscription,
    folder: Path,
    shelf: Path,
    now: datetime,
    *,
    given_up: Callable[[], bool] = lambda: False,
) -> Outcome:
    """`bring_up_to_date` in a child process. Raises OSError where that fails, or is given up."""
    asked = {
        "origin": one.origin, "format": one.format, "category": one.category, "line": one.line,
        "needed": sorted(one.needed), "folder": str(folder), "shelf": str(shelf),
        "now": now.isoformat(),
    }  # fmt: skip
    until = time.monotonic() + SECONDS * 10
    outcomes: dict[str, Outcome] = {"new": "new", "same": "same", "refused": "refused"}
    try:
        said = ask_child(
            "bellgate.running.list_run",
            json.dumps(asked),
            lambda: given_up() or time.monotonic() > until,
        )
    except ChildFailed as error:
        raise OSError(f"reading {one.shown} failed ({error})") from None
    return outcomes[said]


def _answer(question: str) -> str:
    asked = json.loads(question)
    one = Subscription(
        asked["origin"], asked["format"], asked["category"], asked["line"],
        frozenset(asked["needed"]),
    )  # fmt: skip
    now = datetime.fromisoformat(asked["now"]).astimezone(UTC)
    return bring_up_to_date(one, Path(asked["folder"]), Path(asked["shelf"]), now)


if __name__ == "__main__":
    answer_parent(_answer)
