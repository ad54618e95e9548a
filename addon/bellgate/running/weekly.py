"""The weekly report: made on Monday at seven for the week before, sent to each until it arrives.

Not for a week without session time, and never for a simulated gate. What was sent is kept in STATE:
if we crash after sending and before that is noted, it is sent once more.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.audit import Journal
from bellgate.disk import write_whole
from bellgate.gate.gate import Gate
from bellgate.outside.again import Again
from bellgate.outside.mail import Letter
from bellgate.running.alerts.sending import Post
from bellgate.running.jobs import Job
from bellgate.running.week_in_totals import WEEK, Report
from bellgate.running.weekly_run import apart
from bellgate.schedules.settings import Settings

EVERY: Final = 60.0
"""Seconds between two looks at whether a report is due."""
AT: Final = time(7)
"""On Mondays, by the school's clocks."""
FILE: Final = "reported"

Make = Callable[[date, datetime, Callable[[], bool]], Report]


def week_to_report(now: datetime, zone: ZoneInfo) -> date:
    """The Monday of the newest week whose report is due."""
    there = now.astimezone(zone).replace(tzinfo=None) - timedelta(hours=AT.hour)
    return there.date() - timedelta(days=there.weekday()) - WEEK


class Weekly:
    """Looks every minute, from entry to exit."""

    def __init__(
        self,
        schedules: Path,
        state: Path,
        *,
        gate: Gate,
        journal: Journal,
        settings: Callable[[], Settings],
        make: Make | None = None,
    ) -> None:
        self._state, self._gate, self._journal, self._settings = state, gate, journal, settings
        self._make = make or (
            lambda first, now, given_up: apart(schedules, state, first, now, given_up)
        )
        self._again = Again()
        self._made: Report | None = None
        self._job = Job(self.look, EVERY, "weekly", failed=self._failed)

    def __enter__(self) -> "Weekly":
        if self._gate.clock.state != "simulated":
            self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._job.stop()

    def look(self) -> None:
        """Send what is due to those who have not got it."""
        settings, now = self._settings(), self._gate.clock.now()
        first = week_to_report(now, self._gate.policy.year.zone)
        known, reached = self._reached()
        if known is None:
            # The first start of all: the school's weeks before it are nobody's business.
            self._remember(first, frozenset(settings.weekly_to))
            return
        if first < known or not settings.weekly_to:
            return
        reached = reached if first == known else frozenset()
        left = [who for who in settings.weekly_to if who not in reached]
        may = [who for who in left if self._again.may_be_tried(who, now)]
        if may:
            self._send(first, may, reached, now)

    def _send(self, first: date, to: list[str], reached: frozenset[str], now: datetime) -> None:
        if self._made is None or self._made.first != first:
            self._made = self._make(first, now, lambda: self._job.is_ending)
        report = self._made
        if not report.session_time:
            self._remember(first, frozenset(self._settings().weekly_to))
            return
        zone = self._gate.policy.year.zone
        letter = Letter(report.subject, report.text, now.astimezone(zone))
        sent = Post(self._settings(), self._state).mail(letter, to)
        for who in sent.reached:
            self._again.reached(who)
        for who in sent.failed:
            if not self._again.is_waiting(who):
                why = sent.failed[who]
                said = f"The weekly report did not reach everybody: {why}. It is tried again"
                self._journal.gate("error", said, reason=why)
            self._again.failed(who, now)
        if sent.reached:
            self._remember(first, reached | sent.reached)
            people = "1 person" if len(sent.reached) == 1 else f"{len(sent.reached)} people"
            self._journal.gate("alerted", f"Sent the weekly report to {people} by e-mail")

    def _reached(self) -> tuple[date | None, frozenset[str]]:
        """The newest week that was reported on, and to whom; None where there is none."""
        try:
            found = json.loads((self._state / FILE).read_text())
            return date.fromisoformat(found["week"]), frozenset(map(str, found["to"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None, frozenset()

    def _remember(self, first: date, to: frozenset[str]) -> None:
        text = json.dumps({"week": first.isoformat(), "to": sorted(to)})
        write_whole(self._state / FILE, text + "\n", 0o600)

    def _failed(self, error: Exception) -> None:
        said = f"The weekly report could not be made: {error}"
        self._journal.gate("error", said, reason=str(error))
