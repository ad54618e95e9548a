"""Earlier editions on the timetable desk: what each said, what going back to it would change, and
going back. The second of two people is told, as everywhere on the desk."""

from dataclasses import dataclass

from flask import render_template
from werkzeug.exceptions import NotFound

from bellgate.console.desk import Desk, signed_in
from bellgate.running import editions, editions_back
from bellgate.running.editions import Edition
from bellgate.schedules.load import fingerprint


@dataclass(frozen=True, slots=True)
class Line:
    """One edition of the list."""

    edition: Edition
    short: str
    """The beginning of its hash: what an address calls it."""
    changed: tuple[str, ...]
    in_force: bool
    """Whether the running gate goes by it."""


_SHORT = 12
"""Digits of a hash that an address names an edition by."""


def listed(desk: Desk) -> list[Line]:
    """Every edition that is kept, the newest first."""
    status = desk.school.status()
    now = status["policy"] if status else None
    return [
        Line(edition, _short(edition), changed, edition.hash == now)
        for edition, _, changed in editions_back.listed(desk.school.state)
    ]


def _short(edition: Edition) -> str:
    return edition.hash.removeprefix("sha256:")[:_SHORT]


def _called(desk: Desk, short: str) -> Edition:
    found = (e for e in editions.listed(desk.school.state) if _short(e) == short)
    edition = next(found, None)
    if edition is None:
        raise NotFound
    return edition


def page(desk: Desk, short: str, said: str = "") -> str:
    """One edition: what going back would change, and its files."""
    school, edition = desk.school, _called(desk, short)
    files = editions_back.files_of(school.state, edition)
    then = editions_back.put_back_today(school.state, edition)
    return render_template(
        "edition.html",
        edition=edition,
        short=short,
        said=said,
        changes=editions_back.going_back(school.folder, then, school.today),
        readable=then is not None,
        files={name: content.decode("utf-8-sig", "replace") for name, content in files.items()},
        base=_folder(desk, edition),
    )


def go_back(desk: Desk, short: str, base: str) -> tuple[str, int] | None:
    """The record, then the files. Otherwise the page that says why not, and its status."""
    school, edition, who = desk.school, _called(desk, short), signed_in().name
    with school.still():
        if _folder(desk, edition) != base:
            said = (
                "Somebody else has changed the files since you opened this page, so nothing was "
                "put back. What going back would change is shown as it is now."
            )
            return page(desk, short, said), 409
        then = editions_back.put_back_today(school.state, edition)
        if then is None:
            said = "Nothing was put back: this version of Bellgate cannot read that edition."
            return page(desk, short, said), 400
        changes = "; ".join(editions_back.going_back(school.folder, then, school.today))
        said = f"{who} went back to the edition {short}: {changes}"
        left = desk.looks.leave(who, "edited", said[:1000], sha256=edition.hash)
        with left.taking_effect():
            files = editions_back.files_of(school.state, edition)
            editions_back.put_back(school.schedules, school.state, files)
        school.look_again()
    return None


def _folder(desk: Desk, edition: Edition) -> str:
    """What stands in the folder now, so that a change in between is noticed."""
    files = editions_back.files_of(desk.school.state, edition)
    return fingerprint(editions_back.folder_files(desk.school.schedules, files))
