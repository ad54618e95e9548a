"""The timetable desk: the four files with their problems, what saving would change, putting it in
force. Two people at once: the second is told, and keeps what they wrote."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bellgate.console import effect
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages import editions
from bellgate.disk import write_whole
from bellgate.policy.decide import Policy
from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.running.replayed import LIMITS, Tally, decided_again
from bellgate.schedules.difference import differences_of_files
from bellgate.schedules.lists.subscription import on_shelf
from bellgate.schedules.load import Loaded, load_files
from bellgate.schedules.opened import NAMES, opened
from bellgate.schedules.problem import Problem

FIRST: Final = "rules.yaml"
_TAKEN_UP: Final = "The gate brings them into force within two seconds."
_WEEK: Final = timedelta(days=6)
_SAVED: Final = "It is saved. The gate brings it into force within two seconds."
_BACK: Final = (
    "The files of the edition {} are back, and those that they replaced are kept as an edition of "
    "their own. {}"
)


@dataclass(frozen=True, slots=True)
class Edited:
    """A file as somebody typed it, what would come of it, and what would change."""

    name: str
    text: str
    base: str
    """The SHA-256 of what they began from."""
    loaded: Loaded | None = None
    changes: tuple[str, ...] = ()
    tally: Tally | None = None
    said: str = ""
    good: bool = False


def register(app: Flask, desk: Desk) -> None:
    @app.get("/timetable/files")
    def files() -> str:
        if short := request.args.get("edition"):
            return editions.page(desk, short)
        name = _named(request.args.get("file", FIRST))
        text = _text(desk, name)
        back = request.args.get("back")
        said = _BACK.format(back, effect.said(desk, _TAKEN_UP)) if back else ""
        return _page(desk, Edited(name, text, _hash(text), said=said, good=bool(back)))

    @app.post("/timetable/files")
    def change() -> str | tuple[str, int] | Response:
        if short := request.form.get("edition"):
            refused = editions.go_back(desk, short, request.form.get("base", ""))
            return refused or redirect(url_for("files", back=short), 303)
        name = _named(request.form.get("file", FIRST))
        # A browser sends a form's line ends as CRLF, whatever the file has.
        text = request.form.get("text", "").replace("\r\n", "\n")
        if not text.endswith("\n"):
            text += "\n"
        edited = _tried(desk, name, text, request.form.get("base", ""))
        if request.form.get("do") != "save":
            return _page(desk, edited)
        return _saved(desk, edited)


def _named(name: str) -> str:
    if name not in NAMES:
        raise NotFound
    return name


def _text(desk: Desk, name: str) -> str:
    try:
        return (
            (desk.school.schedules / name)
            .read_bytes()
            .decode("utf-8-sig", "replace")
            .replace("\r\n", "\n")
        )
    except FileNotFoundError:
        return ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tried(desk: Desk, name: str, text: str, base: str) -> Edited:
    """What would come of the folder with this file in place of its own."""
    school = desk.school
    found, problems = opened(school.schedules, calendars_folder(school.state))
    changed = {**found, name: text.encode()}
    lists = on_shelf(lists_folder(school.state), changed.get("services.yaml"))
    loaded = load_files(
        changed, today=school.today, problems=problems, cache=calendars_folder(school.state),
        lists=lists,
    )  # fmt: skip
    if loaded.policy is None:
        return Edited(name, text, base, loaded)
    return Edited(
        name, text, base, loaded, differences_of_files(school.loaded, loaded),
        _replayed(desk, loaded.policy),
    )  # fmt: skip


def _replayed(desk: Desk, policy: Policy) -> Tally:
    """The last seven days, decided again: totals by group, service and session."""
    today = desk.school.today
    return decided_again(policy, desk.school.paths.log, (today - _WEEK, today))


def _saved(desk: Desk, edited: Edited) -> str | tuple[str, int]:
    school, who = desk.school, signed_in().name
    assert edited.loaded is not None
    with school.still():
        there = _text(desk, edited.name)
        if _hash(there) != edited.base:
            said = (
                "Somebody else has changed this file since you opened it, so nothing was saved. "
                "What you wrote is still below. Press “See what changes” to compare your text with "
                "the file as it is now. If the result is right, bring yours into force."
            )
            return _page(desk, _with(edited, said, base=_hash(there))), 409
        if edited.loaded.policy is None:
            said = "Nothing was saved: a file with a mistake in it is never brought into force."
            return _page(desk, _with(edited, said)), 400
        changes = "; ".join(edited.changes) or "comments and layout only"
        left = desk.looks.leave(
            who, "edited", f"{who} changed {edited.name}: {changes}"[:1000], file=edited.name,
            sha256=_hash(edited.text),
        )  # fmt: skip
        with left.taking_effect():
            write_whole(school.schedules / edited.name, edited.text)
        school.look_again()
    said = effect.said(desk, _SAVED)
    return _page(desk, _with(edited, said, base=_hash(edited.text), good=True))


def _with(edited: Edited, said: str, *, base: str | None = None, good: bool = False) -> Edited:
    return Edited(
        edited.name, edited.text, base or edited.base, edited.loaded, edited.changes, edited.tally,
        said, good,
    )  # fmt: skip


def _page(desk: Desk, edited: Edited) -> str:
    loaded = edited.loaded or desk.school.folder
    problems = list(loaded.problems_on(desk.school.today))
    mine = [p for p in problems if p.file == edited.name]
    return render_template(
        "files.html",
        edited=edited,
        names=NAMES,
        editions=editions.listed(desk),
        problems=mine,
        others=[p for p in problems if p.file != edited.name],
        lines=_lines(edited.text, mine),
        errors=[p for p in problems if p.level == "error"],
        rows=list(edited.tally.differences()) if edited.tally else [],
        judged=sum(edited.tally.judged.values()) if edited.tally else 0,
        limits=" ".join(LIMITS),
        tried=edited.loaded is not None,
    )


def _lines(text: str, problems: list[Problem]) -> list[tuple[int, str, list[Problem]]]:
    """The lines that a problem is about, each with the lines around it."""
    lines = text.split("\n")
    near = {n for p in problems for n in range(p.line - 1, p.line + 2) if 1 <= n <= len(lines)}
    return [(n, lines[n - 1], [p for p in problems if p.line == n]) for n in sorted(near)]
