"""From a name to its pseudonym, after a reason: for a parent who asks what is held on their child.

The gate alone opens the names. The look-up is a record before the answer, found or not; whoever is
found is shown after a record of their own.
"""

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.people import show_the_name
from bellgate.review.people import Called
from bellgate.running.confided import CannotOpen

Problems = list[dict[str, str]]


def register(app: Flask, desk: Desk) -> None:
    @app.get("/people")
    def people() -> str:
        return _page({}, [])

    @app.post("/people")
    def find_person() -> Response | str | tuple[str, int]:
        given = {k: " ".join(request.form.get(k, "").split())[:200] for k in ("name", "reason")}
        problems = _left_out(given)
        if problems:
            return _page(given, problems), 400
        try:
            found = desk.looks.asked_whose(signed_in().name, given["name"], given["reason"])
            if len(found.ids) != 1:
                return _page(given, [], found)
            show_the_name(desk, found.ids[0], given["reason"])
        except CannotOpen as error:
            said = f"Names cannot be looked up now: {error}"
            return _page(given, [{"href": "#name", "text": said}]), 503
        return redirect(url_for("person", id=found.ids[0]), 303)


def _left_out(given: dict[str, str]) -> Problems:
    asked = (
        ("name", "Give the person’s name"),
        ("reason", "Say why you ask: it is recorded"),
    )
    return [{"href": f"#{field}", "text": said} for field, said in asked if not given[field]]


def _page(given: dict[str, str], problems: Problems, found: Called | None = None) -> str:
    return render_template("people.html", given=given, problems=problems, found=found)
