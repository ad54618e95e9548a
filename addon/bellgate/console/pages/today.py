"""Today, or a day to come: closed, finished early, or as usual again. The difference is shown
before, and it is a record after. A closed day opens what the rules close in sessions: the page says
so."""

from datetime import date, timedelta
from typing import Final

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bellgate.console import effect
from bellgate.console.desk import Desk, signed_in
from bellgate.policy.academic_year import alike, groups_apart
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.what import SOCIAL_MEDIA_CATEGORIES, Service, What
from bellgate.policy.who import Who
from bellgate.review.pack.phrases import long_day
from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.running.typed import NotUnderstood, day_ahead, wall_clock
from bellgate.schedules.changed_days import FILE, ChangedDay, ChangedDays
from bellgate.schedules.lists.subscription import on_shelf
from bellgate.schedules.load import load_files
from bellgate.schedules.opened import opened

AHEAD = timedelta(days=28)
"""How far ahead a day may be changed from here: what is known for longer belongs in the files."""

_CHANGED: Final = "it is changed. The gate applies that within two seconds."
Problems = list[dict[str, str]]


def register(app: Flask, desk: Desk) -> None:
    @app.get("/today")
    def today() -> str:
        return _page(desk, {}, [])

    @app.post("/today")
    def change_today() -> Response | tuple[str, int]:
        given = {k: " ".join(v.split())[:200] for k, v in request.form.items()}
        asked, problems = _asked(desk, given)
        if asked is None:
            return _page(desk, given, problems), 400
        if given.get("sure") != "yes":
            return _page(desk, given, [], asked), 200
        _change(desk, asked, as_usual=given["what"] == "usual")
        return redirect(url_for("today", done=asked.day.isoformat()), 303)


def _days(desk: Desk) -> ChangedDays:
    return ChangedDays(calendars_folder(desk.school.state))


def _change(desk: Desk, asked: ChangedDay, *, as_usual: bool) -> None:
    who, today = signed_in().name, desk.school.today
    day = long_day(asked.day)
    if as_usual:
        did = f"{who} undid the change to {day}"
    elif asked.ends is None:
        did = f"{who} closed {day}"
    else:
        did = f"{who} set school to end at {asked.ends:%H:%M} on {day}"
    left = desk.looks.leave(
        who, "day-changed", did, reason=asked.reason, day=asked.day.isoformat(),
        ends=f"{asked.ends:%H:%M}" if asked.ends else None, as_usual=as_usual or None,
    )  # fmt: skip
    with left.taking_effect():
        if as_usual:
            _days(desk).take_back(asked.day, today)
        else:
            _days(desk).put(asked, today)
    desk.school.look_again()


def _asked(desk: Desk, given: dict[str, str]) -> tuple[ChangedDay | None, Problems]:
    school, problems = desk.school, []
    now, today = school.now(), school.today
    there = now.astimezone(school.zone)

    def wrong(field: str, said: str) -> None:
        problems.append({"href": f"#{field}", "text": said})

    if school.simulated:
        wrong("what", "This is a trial: a day that is changed here would be changed at the school")
    day, ends = today, None
    try:
        day = day_ahead(given.get("day", ""), today) if given.get("day") else today
        if not today <= day <= today + AHEAD:
            wrong("day", "Choose today or a day in the next four weeks")
    except NotUnderstood as error:
        wrong("day", str(error))
    what = given.get("what", "")
    if what not in ("closed", "ends", "usual"):
        wrong("what", "Choose what should happen that day")
    if what == "ends":
        ends = wall_clock(given.get("ends", ""))
        if ends is None:
            wrong("ends", "Say when school ends, for example 14:00")
        elif day == today and ends < there.time():
            wrong(
                "ends", f"It is {there:%H:%M}: that time has passed already and cannot be changed"
            )
    if what == "usual" and day not in {d.day for d in _days(desk).read()}:
        wrong("what", "Nothing has been changed on that day")
    if not given.get("reason"):
        wrong("reason", "Say why: it is recorded")
    if problems:
        return None, problems
    return ChangedDay(day, ends, signed_in().name, given["reason"]), []


def _as_it_would_be(desk: Desk, asked: ChangedDay, *, as_usual: bool) -> Policy | None:
    """The policy with this day changed; None where the files have a mistake."""
    school = desk.school
    calendars = calendars_folder(school.state)
    files, problems = opened(school.schedules, calendars)
    kept = [d for d in _days(desk).read() if d.day != asked.day]
    files[FILE] = ChangedDays.text([*kept, *([] if as_usual else [asked])]).encode()
    lists = on_shelf(lists_folder(school.state), files.get("services.yaml"))
    return load_files(
        files, today=school.today, problems=problems, cache=calendars, lists=lists, advise=False
    ).policy


def _hours(policy: Policy, day: date) -> list[tuple[str, str]]:
    """What a day holds, for each lot of groups."""
    return [
        (
            ", ".join(names),
            ", ".join(f"{w.name} {w.start:%H:%M} to {w.end:%H:%M}" for w in found.sessions)
            or f"no school: {(found.why or '').removeprefix('Closed: ')}",
        )
        for found, names in alike(policy, groups_apart(policy), day)
    ]


def _social_media(before: Policy, then: Policy, asked: ChangedDay) -> dict[str, list[str]]:
    """For whom a day that is changed opens social media, once there is no school any more, and for
    whom the rules go on closing or recording some: by these rules, at that time."""
    found: dict[str, list[str]] = {"open": [], "closed": []}
    services = _one_of_each_kind(then)
    for group in groups_apart(then):
        usual = before.year.day(group.chain, asked.day).sessions
        ends = asked.ends or (usual[0].start if usual else None)
        if not usual or ends is None or ends >= usual[-1].end:
            continue  # nothing of this group's day goes
        at = instant_of(asked.day, ends, then.year.zone) + timedelta(minutes=5)
        who = Who(group, None, "unknown")
        answers = {then.verdict(who, What(service), at).action for service in services}
        found["open" if answers == {"allow"} else "closed"].append(group.name)
    return found


def _one_of_each_kind(policy: Policy) -> list[Service]:
    every = policy.index.services.values()
    kinds = {s.category: s for s in every if s.category in SOCIAL_MEDIA_CATEGORIES}
    return list(kinds.values())


def _said(desk: Desk, day: str) -> str:
    """What is said once a day has been changed: of which day, too."""
    try:
        changed = date.fromisoformat(day)
    except ValueError:
        return ""
    return f"{long_day(changed)}: {effect.said(desk, _CHANGED)}"


def _page(
    desk: Desk, given: dict[str, str], problems: Problems, asked: ChangedDay | None = None
) -> str:
    school = desk.school
    today = school.today
    then = _as_it_would_be(desk, asked, as_usual=given["what"] == "usual") if asked else None
    return render_template(
        "today.html",
        given=given,
        problems=problems,
        asked=asked,
        before=_hours(school.policy, asked.day) if asked else [],
        after=_hours(then, asked.day) if asked and then else [],
        opened=_social_media(school.policy, then, asked) if asked and then else None,
        today=today,
        hours_today=_hours(school.policy, today),
        changed=[d for d in _days(desk).read() if d.day >= today],
        earlier=[d for d in reversed(_days(desk).read()) if d.day < today][:20],
        said=_said(desk, request.args.get("done", "")),
        in_force=effect.in_force(desk),
    )
