"""One service over a term, day by day; then one day of it, and who: three clicks, and nobody
ranked."""

from datetime import date
from typing import Final

from flask import Flask, abort, render_template, request, url_for

from bellgate.console import pictures
from bellgate.console.dates import british, short_day
from bellgate.console.desk import Desk, signed_in
from bellgate.console.known import is_service
from bellgate.console.pages.periods import period_asked_for
from bellgate.console.service_words import category_said, service_name
from bellgate.console.visit_rows import rows_of
from bellgate.review.index import Search, Split

MOST_OF_A_DAY: Final = 200
"""Visits of one day that are listed; all of them are found by a search."""


def register(app: Flask, desk: Desk) -> None:
    @app.get("/services/<id>")
    def service(id: str) -> str:
        period, name, who = period_asked_for(desk), service_name(desk, id), signed_in().name
        if not is_service(desk, id):
            abort(404)
        day = _day(request.args.get("day"))
        asked = british(f"{day or f'{period.first} to {period.last}'}")
        desk.looks.leave(
            who, "viewed", f"{who} looked at {name}, {asked}", page="/services", service=id
        )
        days = desk.index.service(id, period.first, period.last)
        whole = sum((d.visits for d in days), Split())
        policy = desk.school.policy
        known = policy.index.services.get(id)
        return render_template(
            "service.html",
            id=id,
            name=name,
            category=category_said(known.category) if known else None,
            period=period,
            days=days,
            whole=whole,
            counts=desk.index.count(Search(service=id, first=period.first, last=period.last)),
            own=[d.own_time for d in days],
            kinds=[(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(whole, k)],
            bars=pictures.bars([(short_day(d.day), "", d.visits) for d in days]),
            table=[
                (
                    short_day(d.day),
                    url_for("service", id=id, first=period.first, last=period.last, day=d.day),
                    d.visits,
                )
                for d in days
            ],
            day=day,
            watch=desk.school.watch(desk.index, day or period.first, day or period.last),
            rows=rows_of(desk, desk.index.who(id, day, MOST_OF_A_DAY)) if day else [],
            most=MOST_OF_A_DAY,
            of_day=desk.index.count(Search(service=id, first=day, last=day)) if day else None,
        )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        abort(404)
