"""The weekly report made in a process of its own: reading the log on, and the index's library, are
not for the gate's time and memory."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.running.jobs import ChildFailed, answer_parent, ask_child
from bellgate.running.known_policy import known
from bellgate.running.week_in_totals import Report
from bellgate.schedules.load import Loaded, load


def apart(
    schedules: Path, state: Path, first: date, now: datetime, given_up: Callable[[], bool]
) -> Report:
    """`report_on` in a child process. Raises ChildFailed."""
    asked = {
        "schedules": str(schedules), "state": str(state), "first": first.isoformat(),
        "now": now.isoformat(),
    }  # fmt: skip
    said = json.loads(ask_child("bellgate.running.weekly_run", json.dumps(asked), given_up))
    span = timedelta(seconds=said["session_time"])
    return Report(said["school"], first, said["text"], span)


def _answer(question: str) -> str:
    # Imported here, in the child: the index's library is not for the gate.
    from bellgate.running.weekly_report import report_on

    asked = json.loads(question)
    schedules, state = Path(asked["schedules"]), Path(asked["state"])

    def read() -> Loaded:
        cache, shelf = calendars_folder(state), lists_folder(state)
        return load(schedules, cache=cache, shelf=shelf, judge_lists=False, advise=False)

    good = known(schedules, state, read)
    if good is None or good.policy is None:
        raise ChildFailed("the files have problems, and there is no last good copy")
    now = datetime.fromisoformat(asked["now"])
    report = report_on(good.policy, state, date.fromisoformat(asked["first"]), now)
    return json.dumps(
        {
            "school": report.school,
            "text": report.text,
            "session_time": report.session_time.total_seconds(),
        }
    )


if __name__ == "__main__":
    answer_parent(_answer)
