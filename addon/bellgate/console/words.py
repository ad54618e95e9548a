"""How things are written on a page: dates, times, counts. Everything else is the page's own.

British dates in the school's zone; GMT or BST is named where an hour could be taken for another.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g, request

from bellgate.console import doubtful_times, service_words, unwatched
from bellgate.console.dates import british, said_at, said_from_to, short_day
from bellgate.console.desk import Desk
from bellgate.console.roles import PAGES, SAID, navigation
from bellgate.console.school import NoPolicy
from bellgate.review.pack.phrases import count, length, long_day, long_time
from bellgate.running import counted
from bellgate.running.wrong_clock import briefly, clock_was, wrong_by


def teach(app: Flask, desk: Desk) -> None:
    """Give the templates their words."""

    def local(moment: datetime) -> datetime:
        return moment.astimezone(desk.school.zone)

    filters = {
        "day": long_day,
        "short_day": short_day,
        "at": lambda moment: said_at(moment, desk.school.zone),
        "to": lambda start, end: said_from_to(start, end, desk.school.zone),
        "time": lambda moment: f"{local(moment):%H:%M}",
        "seconds": lambda moment: f"{local(moment):%H:%M:%S}",
        "local_day": lambda moment: local(moment).date(),
        # The day before, where a stretch ends with a midnight.
        "last_day": lambda moment: local(moment - timedelta(microseconds=1)).date(),
        "number": lambda number: f"{number:,}",
        "many": count,
        "how_long": long_time,
        "hours": length,
        "put_right": lambda step: doubtful_times.put_right(step, desk.school.zone),
        "wrong_by": wrong_by,
        "briefly": briefly,
        "clock_was": clock_was,
        "unwatched": lambda watch: unwatched.times(watch, desk.school.zone),
        "of_an_empty_page": unwatched.of_an_empty_page,
        "beside": counted.beside,
        "unsound": counted.unsound,
        "british": british,
        "category_said": service_words.category_said,
        "role_said": lambda role: SAID.get(role, role),
        "page_called": lambda path: PAGES[path].called if path in PAGES else "a page",
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
            "ways_round_are": service_words.WAYS_ROUND,
            "outside_sessions": counted.OUTSIDE,
            "exempted_is": counted.EXEMPTED,
        }


def _school_name(desk: Desk) -> str:
    try:
        return desk.school.policy.edition.school
    except NoPolicy:
        return "Bellgate"
