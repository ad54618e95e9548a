"""How things are written on a page: dates, times, counts. Everything else is the page's own.

British dates in the school's zone; GMT or BST is named where an hour could be taken for another.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, request

from bellgate.console.desk import Desk
from bellgate.console.roles import SAID, navigation
from bellgate.console.school import NoPolicy
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.review.pack.phrases import count, long_day, long_time


def teach(app: Flask, desk: Desk) -> None:
    """Give the templates their words."""

    def local(moment: datetime) -> datetime:
        return moment.astimezone(desk.school.zone)

    filters = {
        "day": long_day,
        "short_day": short_day,
        "at": lambda moment: said_at(moment, desk.school.zone),
        "time": lambda moment: f"{local(moment):%H:%M}",
        "seconds": lambda moment: f"{local(moment):%H:%M:%S}",
        "local_day": lambda moment: local(moment).date(),
        # The day before, where a stretch ends with a midnight.
        "last_day": lambda moment: local(moment - timedelta(microseconds=1)).date(),
        "number": lambda number: f"{number:,}",
        "many": count,
        "how_long": long_time,
        "abs": abs,
    }
    app.jinja_env.filters.update(filters)

    @app.context_processor
    def _everywhere() -> dict[str, Any]:
        account = g.get("account")
        return {
            "account": account,
            "role_said": SAID[account.role] if account else "",
            "navigation": navigation(account.role) if account else [],
            "here": request.path,
            "simulated": desk.school.simulated,
            "school_name": _school_name(desk),
        }


def _school_name(desk: Desk) -> str:
    try:
        return desk.school.policy.edition.school
    except NoPolicy:
        return "Bellgate"


def short_day(day: date) -> str:
    """`Mon 23 Nov`."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {day:%b}"


def said_at(moment: datetime, zone: ZoneInfo) -> str:
    """`10:15 on Monday 23 November 2026`; GMT or BST is named in the hour that comes twice."""
    there = moment.astimezone(zone)
    twice = there.utcoffset() != (there + timedelta(hours=1)).utcoffset() or (
        there.utcoffset() != (there - timedelta(hours=1)).utcoffset()
    )
    named = f" {there:%Z}" if twice else ""
    return f"{there:%H:%M}{named} on {long_day(there.date())}"
