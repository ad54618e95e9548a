"""What is open for a time: in force and over; opening something now, and taking it back."""

import secrets
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bellgate.audit.record.event_kinds import DECISION
from bellgate.console import effect
from bellgate.console.dates import said_at
from bellgate.console.desk import Desk, signed_in
from bellgate.console.service_words import category_said
from bellgate.policy.decide import Policy
from bellgate.policy.exemptions import Exemption
from bellgate.policy.overridden import overridden, said_of
from bellgate.policy.what import CATEGORIES, SOCIAL_MEDIA
from bellgate.policy.who import EVERYONE
from bellgate.review.index import GateEvent
from bellgate.running.acting import Left
from bellgate.running.typed import NotUnderstood, moment_ahead

LONGEST = timedelta(days=31)
"""How long something may be opened for at most, from a page: what lasts belongs in the rules."""

Problems = list[dict[str, str]]
CHOOSE = {"value": "", "text": "choose"}


def register(app: Flask, desk: Desk) -> None:
    filters = app.jinja_env.filters
    filters["what_said"] = lambda word: what_said(desk.school.policy, word)
    filters["opened_said"] = lambda event: _opened_said(desk.school.policy, event)

    @app.get("/exemptions")
    def exemptions() -> str:
        # Whoever comes from the page of a person, a device or a service has chosen already.
        return _page(desk, {k: request.args.get(k, "") for k in ("who", "what")}, [])

    @app.post("/exemptions")
    def open_for_a_time() -> Response | tuple[str, int]:
        given = {k: " ".join(v.split()) for k, v in request.form.items()}
        asked, problems = _asked(desk, given)
        if asked is None:
            return _page(desk, given, problems), 400
        if given.get("sure") != "yes":
            return _page(desk, given, [], asked), 200
        grant(desk, asked)
        return redirect(url_for("exemptions", done=asked.id), 303)

    @app.post("/exemptions/<id>/revoke")
    def revoke(id: str) -> Response:
        now = desk.school.now()
        found = next((e for e in desk.school.granted.read() if e.id == id and now < e.until), None)
        if found is None:
            abort(404)
        to_come = _is_to_come(desk, found)
        take_back(desk, found)
        return redirect(url_for("exemptions", taken="to-come" if to_come else id), 303)


def grant(desk: Desk, exemption: Exemption) -> None:
    """Open it. The record first: what is open without one would be open without a reason."""
    said = (
        f"{_named(desk, exemption)} {_opens(desk, exemption)} for {', '.join(exemption.who)}"
        f"{_since(desk, exemption)} until {said_at(exemption.until, desk.school.zone)}, by "
        f"{exemption.by}: {exemption.reason}"
    )
    with _recorded(desk, exemption, said, exemption.reason).taking_effect():
        desk.school.granted.add(exemption, desk.school.now())


def take_back(desk: Desk, exemption: Exemption) -> None:
    """Close what it opened. The record first."""
    by, whom = signed_in().name, ", ".join(exemption.who)
    if _is_to_come(desk, exemption):
        said = f"{_named(desk, exemption)} for {whom} was cancelled by {by} before it opened"
    else:
        said = f"{_named(desk, exemption)} was closed early for {whom} by {by}"
    with _recorded(desk, exemption, said, None, revoked=True).taking_effect():
        desk.school.granted.revoke(exemption.id, desk.school.now())


def _is_to_come(desk: Desk, exemption: Exemption) -> bool:
    return exemption.start > desk.school.now()


def _opens(desk: Desk, exemption: Exemption) -> str:
    return "will be open" if _is_to_come(desk, exemption) else "is open"


def _since(desk: Desk, exemption: Exemption) -> str:
    """From when, where that is still to come."""
    if not _is_to_come(desk, exemption):
        return ""
    return f" from {_from(exemption, desk.school.zone)}"


def _named(desk: Desk, exemption: Exemption) -> str:
    return ", ".join(what_said(desk.school.policy, word) for word in exemption.what)


def _recorded(
    desk: Desk, exemption: Exemption, said: str, reason: str | None, *, revoked: bool = False
) -> Left:
    facts = {
        "exemption": exemption.id,
        "who": list(exemption.who),
        "what": list(exemption.what),
        "from": _utc(exemption.start) if _is_to_come(desk, exemption) else None,
        "until": _utc(exemption.until),
        "revoked": revoked or None,
    }
    actor = desk.school.acting(signed_in().name)
    return actor.leave("exempted", said, dataset=DECISION, reason=reason, facts=facts)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def whom(policy: Policy) -> list[tuple[str, str]]:
    """Whom something can be opened for: the word, and what it is called."""
    groups = [(g, f"Group {g}") for g in policy.groups]
    devices = [(d.name, f"Device {d.name}") for d in policy.directory.devices]
    persons = sorted({h.person for d in policy.directory.devices for h in d.holders})
    return [
        (EVERYONE, "Everyone"), *groups, *((p, f"Person {p}") for p in persons), *devices,
    ]  # fmt: skip


def what_said(policy: Policy, word: str) -> str:
    """What is opened, as people call it; a site stands for itself."""
    return dict(what(policy)).get(word, word)


def what(policy: Policy) -> list[tuple[str, str]]:
    """What can be opened: the word, and what it is called."""
    services = sorted(policy.index.services.values(), key=lambda s: s.name.lower())
    return [
        (SOCIAL_MEDIA, "All social media"),
        *((c, f"Category: {category_said(c)}") for c in CATEGORIES),
        *((s.id, s.name) for s in services),
    ]


def _from(asked: Exemption, zone: ZoneInfo) -> str:
    """When it begins; without the day where it ends on the same."""
    there, ends = asked.start.astimezone(zone), asked.until.astimezone(zone)
    return f"{there:%H:%M}" if there.date() == ends.date() else said_at(asked.start, zone)


def _opened_said(policy: Policy, event: GateEvent) -> str:
    """What a record says was opened or closed again, with the names of what it was."""
    words = [str(word) for word in event.facts.get("what", ())]
    named = ", ".join(what_said(policy, word) for word in words)
    return event.message.replace(", ".join(words), named, 1) if words else event.message


def _asked(desk: Desk, given: dict[str, str]) -> tuple[Exemption | None, Problems]:
    policy, now, problems = desk.school.policy, desk.school.now(), []

    def wrong(field: str, said: str) -> None:
        problems.append({"href": f"#{field}", "text": said})

    if given.get("who") not in dict(whom(policy)):
        wrong("who", "Choose whom it is for")
    if given.get("what") not in dict(what(policy)):
        wrong("what", "Choose what is to be opened")
    start = until = now
    try:
        if given.get("from"):
            start = moment_ahead(given["from"], policy, given.get("who", ""), now)
            # This very minute is now, not past.
            if start < now.replace(second=0, microsecond=0):
                wrong("from", f"It is {said_at(now, policy.year.zone)}: that time has passed "
                              "already and cannot be changed. Leave this blank to start "
                              "now")  # fmt: skip
            start = max(start, now)
    except NotUnderstood as error:
        wrong("from", str(error))
    try:
        until = moment_ahead(given.get("until", ""), policy, given.get("who", ""), start)
        if until <= start:
            wrong("until", f"That is not after the start, {said_at(start, policy.year.zone)}")
        elif until - start > LONGEST:
            wrong("until", "Nothing is opened here for more than a month: that belongs in a rule")
    except NotUnderstood as error:
        wrong("until", str(error))
    if not given.get("reason"):
        wrong("reason", "Say why: it is recorded, and others can read it")
    if problems:
        return None, problems
    return Exemption(
        id=secrets.token_hex(3),
        who=(given["who"],),
        what=(given["what"],),
        start=start,
        until=until,
        by=signed_in().name,
        reason=given["reason"][:200],
    ), []


def _page(
    desk: Desk, given: dict[str, str], problems: Problems, asked: Exemption | None = None
) -> str:
    policy, now = desk.school.policy, desk.school.now()
    kept = sorted(desk.school.granted.read(), key=lambda e: e.until)
    since = now - timedelta(days=90)
    events = desk.index.gate_events(since.date(), now.astimezone(policy.year.zone).date())
    return render_template(
        "exemptions.html",
        given=given,
        problems=problems,
        asked=asked,
        until_said=said_at(asked.until, policy.year.zone) if asked else "",
        from_said=_from(asked, policy.year.zone) if asked else "",
        overrides=[said_of(rule) for rule in overridden(policy, asked)] if asked else [],
        whom=[CHOOSE, *({"value": v, "text": t} for v, t in whom(policy))],
        what=[CHOOSE, *({"value": v, "text": t} for v, t in what(policy))],
        in_force=[e for e in kept if e.start <= now < e.until],
        to_come=[e for e in kept if now < e.start],
        over=[e for e in reversed(events) if e.action == "exempted"][:50],
        now=now,
        done=next((e for e in kept if e.id == request.args.get("done")), None),
        in_force_now=effect.in_force(desk),
        not_yet=effect.NOT_YET,
        taken=request.args.get("taken"),
    )
