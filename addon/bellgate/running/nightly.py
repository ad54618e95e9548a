"""Retention joined to a running gate: from the settings in force to limits, and when to run.

Each night after three, and soon after a start where that was missed. Never for a simulated gate,
and not while the clock is not synchronised: a clock that is years ahead would empty the whole log.
What fails is recorded, deletes nothing further, and is tried again the next night.
"""

import json
from bisect import bisect_left
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bellgate.audit import Journal, Limit, Limits
from bellgate.audit.log.day_files import days_of
from bellgate.audit.record.record import timestamp
from bellgate.disk import write_whole
from bellgate.gate.gate import Gate
from bellgate.policy.wall_clock import instant_of
from bellgate.running.deletion_run import Asked, apart
from bellgate.running.jobs import ChildFailed, Job
from bellgate.schedules.settings import RetentionSettings

EVERY = 60
"""Seconds between two looks at whether a run is due."""
NIGHT_ENDS = timedelta(hours=3)
"""A run is due once after this time of each night: nobody is at school, and the days are even."""
MARK = "retention"
_DAWN = date(2000, 1, 1)


def limits_on(settings: RetentionSettings, today: date, zone: ZoneInfo) -> Limits:
    """The periods as they end on a day: what is of a date that, with the period, is not after that
    day is gone. So with 30 days a record of 1 November is emptied on 1 December."""
    days = range(_DAWN.toordinal(), today.toordinal() + 1)

    def limit(whose: str) -> Limit:
        length = settings.periods[whose]

        def is_kept(ordinal: int) -> bool:
            return length.after(date.fromordinal(ordinal)) > today

        first_kept = date.fromordinal(days.start + bisect_left(days, True, key=is_kept))
        before = timestamp(instant_of(first_kept, time(), zone))
        return Limit(str(length), before, first_kept.isoformat())

    return Limits({whose: limit(whose) for whose in settings.periods})


def night_of(now: datetime, zone: ZoneInfo) -> date:
    """The date whose night's run is the newest that was due."""
    return (now.astimezone(zone).replace(tzinfo=None) - NIGHT_ENDS).date()


class Retention:
    """Looks every minute whether a run is due, from entry to exit."""

    def __init__(
        self,
        state: Path,
        *,
        gate: Gate,
        journal: Journal,
        settings: Callable[[], RetentionSettings],
        run: Callable[[Asked, Callable[[], bool]], int] = apart,
    ) -> None:
        self._state, self._gate, self._journal = state, gate, journal
        self._settings, self._run = settings, run
        self._tried: date | None = None
        self._waited = 0
        self._job = Job(
            self.look, EVERY, "retention", failed=lambda e: self._fail(str(e)), patience=2
        )

    def __enter__(self) -> "Retention":
        self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A run that is at work is broken off; the next one finishes it.
        self._job.stop()

    def look(self) -> None:
        """Run if it is due, and once only: what failed waits for the next night."""
        if self._gate.clock.state == "simulated":
            return
        now, zone = self._gate.clock.now(), self._gate.policy.year.zone
        night = night_of(now, zone)
        if night in (self._tried, self._done(zone)):
            return
        if self._gate.clock.state != "synchronised":
            self._wait_for_the_clock()
            return
        self._tried = night
        self._warn_of_a_day_ahead(now.astimezone(zone).date())
        limits = limits_on(self._settings(), now.astimezone(zone).date(), zone)
        asked = Asked(self._state, limits, self._journal.edition, now)
        try:
            self._run(asked, lambda: self._job.is_ending)
            mark = json.dumps({"ran": now.isoformat()})
            write_whole(self._state / MARK, mark + "\n")
        except (ChildFailed, OSError) as error:
            if not self._job.is_ending:
                self._fail(str(error))

    def _warn_of_a_day_ahead(self, today: date) -> None:
        """The log's days never go back: after one record of a clock that was years ahead, all that
        follows lies in that day's file, and the newest file is never emptied."""
        newest = next(reversed(days_of(self._journal.paths.log)), None)
        if newest is None or newest.day <= (today + timedelta(days=1)).isoformat():
            return
        log = self._journal.paths.log
        self._journal.gate(
            "error",
            f"The log's newest file is {newest.lines.name}, and today is {today}: the clock was"
            " ahead once. All records go into that file until then, and none of them is deleted"
            f" when its time is up. Stop the gate, move {log} away and start the gate: the new log"
            " names the break",
            reason="the log's newest file is dated in the future",
        )

    def _wait_for_the_clock(self) -> None:
        """After a start it takes a while; that it takes an hour is to be told, once."""
        self._waited += 1
        if self._waited == 3600 // EVERY:
            self._fail("the machine's clock is not synchronised")

    def _done(self, zone: ZoneInfo) -> date | None:
        """The night of the last run that came to its end."""
        try:
            mark = json.loads((self._state / MARK).read_text())
            return night_of(datetime.fromisoformat(mark["ran"]), zone)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _fail(self, why: str) -> None:
        self._journal.gate(
            "error",
            f"Records whose time is up are not all deleted yet: {why}",
            reason=why,
        )
