"""Who looked at what, when and why. The head sees pseudonyms, the chair sees "a person"; nobody can
remove a line, since each is a record of the log."""

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, render_template, request, url_for

from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.periods import period_asked_for
from bellgate.review.index import Looked


@dataclass(frozen=True, slots=True)
class Line:
    """One look."""

    at: datetime
    who: str
    did: str
    about: str
    why: str
    number: int


def register(app: Flask, desk: Desk) -> None:
    @app.get("/looked")
    def looked() -> str:
        period = period_asked_for(desk)
        number = request.args.get("page", "1")
        page = int(number) if number.isdigit() and 0 < int(number) < 10**6 else 1
        named = signed_in().role == "head"
        # The chair sees no pseudonym, and so cannot ask after one either.
        asks = ("who", "about") if named else ("who",)
        given = {
            k: v.strip()[:200]
            for k, v in request.args.items()
            if k in ("first", "last", *asks) and v.strip()
        }
        found = desk.index.looked(
            period.first, period.last, page, user=given.get("who"), target=given.get("about")
        )
        return render_template(
            "looked.html",
            period=period,
            given=given,
            asks=asks,
            found=found,
            lines=[line_of(one, named=named) for one in found.rows],
            to=lambda n: url_for("looked", **{**given, "page": n}),
        )


def line_of(one: Looked, *, named: bool) -> Line:
    """A look as a line. Without `named`, whoever it is about is "a person", wherever it stands."""
    about = one.target or str(one.facts.get("device") or "")
    said, why = one.message, one.reason or ""
    if not named:
        for word in filter(None, (one.target, one.facts.get("device"))):
            whole = rf"(?<![\w-]){re.escape(str(word))}(?![\w-])"
            said, why = re.sub(whole, "a person", said), re.sub(whole, "a person", why)
        # The words of a search may name anybody.
        said = said.partition(":")[0] if one.action in ("searched", "exported") else said
        about = "a person" if one.target else "a device" if about else ""
    return Line(one.at, one.user or "unknown", said, about, why, one.number)
