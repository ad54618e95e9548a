"""Who looked at what, when and why. The head sees pseudonyms, the chair "person 1"; nobody can
remove a line, since each is a record of the log."""

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, render_template, request, url_for

from bellgate.console.dates import british
from bellgate.console.desk import Desk, signed_in
from bellgate.console.known import is_known, nobody_called
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
    def looked() -> str | tuple[str, int]:
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
        masks = None if named else Masks()
        found = desk.index.looked(
            period.first, period.last, page, user=given.get("who"), target=given.get("about")
        )
        problems = _unknown(desk, given)
        page_of_it = render_template(
            "looked.html",
            problems=problems,
            period=period,
            given=given,
            asks=asks,
            found=found,
            lines=[line_of(one, masks) for one in found.rows],
            to=lambda n: url_for("looked", **{**given, "page": n}),
        )
        return (page_of_it, 400) if problems else page_of_it


def _unknown(desk: Desk, given: dict[str, str]) -> list[dict[str, str]]:
    """What was typed for somebody who has no account and never looked, or nobody is called."""
    problems = []
    looked, who, about = desk.index.looked, given.get("who"), given.get("about")
    if who and desk.accounts.named(who) is None and not looked(None, None, user=who).rows:
        problems.append({"text": f"Nobody signs in as “{who}”.", "href": "#who"})
    if about and not is_known(desk, about) and not looked(None, None, target=about).rows:
        problems.append(nobody_called(about, "about"))
    return problems


class Masks:
    """What the chair reads in place of pseudonyms and devices: "person 1", "device 2", the same for
    the same one, and on one page only."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def of(self, kind: str, word: str) -> str:
        known = [w for k, w in self._numbers if k == kind]
        number = self._numbers.setdefault((kind, word), len(known) + 1)
        return f"{kind} {number}"


def line_of(one: Looked, masks: Masks | None) -> Line:
    """A look as a line. With `masks`, whoever or whatever it is about is a number, wherever it
    stands: in the name of a file, too."""
    device = str(one.facts.get("device") or "")
    about = one.target or device
    said, why = british(one.message), one.reason or ""
    if masks is not None:
        about = ""
        for kind, word in (("device", device), ("person", one.target)):
            if word:
                about = masks.of(kind, word)
                said, why = (_masked(text, word, about) for text in (said, why))
        # The words of a search may name anybody.
        said = said.partition(":")[0] if one.action in ("searched", "exported") else said
    unasked = "none needed" if one.action in ("viewed", "searched", "exported") else "–"
    return Line(one.at, one.user or "unknown", said, about, why or unasked, one.number)


def _masked(text: str, word: str, kind: str) -> str:
    """A text without a word that names somebody."""
    named = re.escape(word)
    text = re.sub(rf"[\w.-]*{named}[\w.-]*\.[a-z]+(?!\w)", "a file", text)
    return re.sub(rf"(?:the device )?(?<![\w-]){named}(?![\w-])", kind, text)
