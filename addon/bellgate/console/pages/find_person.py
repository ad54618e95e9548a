"""From a name to its pseudonym, after a reason: for a parent who asks what is held on their child.

The gate alone opens the names. The look-up is a record before the answer, found or not. The answer
says in which groups those are who have the name, and names nobody: who is chosen is shown after a
record of their own.
"""

from collections.abc import Mapping

from flask import Flask, render_template, request

from bellgate.console.desk import Desk, signed_in
from bellgate.review.pack.phrases import listed
from bellgate.review.people import Called
from bellgate.running.confided import Asked, CannotOpen

Problems = list[dict[str, str]]
Groups = Mapping[str, frozenset[str]]
"""Whose pseudonyms are in each group, the outer groups before those inside them."""


def register(app: Flask, desk: Desk) -> None:
    @app.get("/people")
    def people() -> str:
        return _page(desk, {}, [])

    @app.post("/people")
    def find_person() -> str | tuple[str, int]:
        given = {
            k: " ".join(request.form.get(k, "").split())[:200] for k in ("name", "reason", "group")
        }
        problems = _left_out(given)
        if problems:
            return _page(desk, given, problems), 400
        asked = Asked(given["name"], given["reason"], _groups(desk), given["group"] or None)
        try:
            return _page(desk, given, [], desk.looks.asked_whose(signed_in().name, asked))
        except CannotOpen as error:
            said = f"Names cannot be looked up now: {error}"
            return _page(desk, given, [{"href": "#name", "text": said}]), 503


def _left_out(given: dict[str, str]) -> Problems:
    asked = (
        ("name", "Give the person’s name"),
        ("reason", "Say why you are asking: it is recorded"),
    )
    return [{"href": f"#{field}", "text": said} for field, said in asked if not given[field]]


def _groups(desk: Desk) -> Groups:
    """By the devices that the files give to people, now or before."""
    policy, found = desk.school.policy, dict[str, set[str]]()
    for device in policy.directory.devices:
        for group in policy.groups[device.group].chain:
            found.setdefault(group, set()).update(h.person for h in device.holders)
    there = sorted(
        (g for g, ids in found.items() if ids), key=lambda g: policy.groups[g].chain[::-1]
    )
    return {group: frozenset(found[group]) for group in there}


def _in_groups(desk: Desk, found: Called) -> str:
    """`2 in pupils and 1 in staff`: by the outermost groups."""
    known = desk.school.policy.groups
    outer = [(g, n) for g, n in found.groups.items() if g in known and len(known[g].chain) == 1]
    said = [f"{number:,} in {group}" for group, number in outer]
    rest = (len(found.ids) or found.others) - sum(number for _, number in outer)
    if rest > 0:
        said.append(f"{rest:,} who {'holds' if rest == 1 else 'hold'} no device")
    return listed(said)


def _page(
    desk: Desk, given: dict[str, str], problems: Problems, found: Called | None = None
) -> str:
    groups = _groups(desk)
    return render_template(
        "people.html",
        given=given,
        problems=problems,
        found=found,
        in_groups=_in_groups(desk, found) if found else "",
        theirs={
            id: [group for group, ids in groups.items() if id in ids]
            for id in (found.ids if found else ())
        },
        groups=[{"value": "", "text": "any"}, *({"value": g, "text": g} for g in groups)],
    )
