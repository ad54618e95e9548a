"""Cases: what is kept past its time, why, and who looks into it. The head opens and closes them;
the chair sees those about the head; an investigator sees the one that was handed to them."""

import secrets
from collections.abc import Callable
from datetime import date

from flask import Flask, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bellgate.console.accounts import Account
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.people import held_by
from bellgate.console.pages.periods import BACKWARDS
from bellgate.console.says import says
from bellgate.console.service_words import service_name
from bellgate.console.visit_rows import rows_of
from bellgate.review.cases import (
    REVIEWED_AFTER,
    Case,
    CaseBook,
    CasesDamaged,
    Hold,
    Note,
    hold_fields,
)
from bellgate.review.index import Counts, Looked, Search, VisitRow
from bellgate.running.typed import NotUnderstood, day_near, last_day_near, moment_ahead
from bellgate.running.watched import Watch

Problems = list[dict[str, str]]


def register(app: Flask, desk: Desk) -> None:
    @app.get("/cases")
    def cases() -> str:
        return _list(desk, dict(request.args.items()), [])

    @app.post("/cases")
    def open_case() -> Response | tuple[str, int]:
        given = {k: " ".join(v.split())[:300] for k, v in request.form.items()}
        opened, problems = _opened(desk, given)
        if opened is None:
            return _list(desk, given, problems), 400
        _open(desk, opened)
        return redirect(url_for("case", id=opened.id), 303)

    @app.get("/cases/<id>")
    def case(id: str) -> str:
        return _page(desk, case_of(desk, id))

    @app.post("/cases/<id>")
    def add_to_case(id: str) -> Response | tuple[str, int]:
        found = case_of(desk, id)
        text = request.form.get("note", "").strip()[:5_000]
        if text:
            _write_down(desk, id, text)
        elif problem := _handed(desk, id, request.form.get("to", "").strip().lower()):
            return _page(desk, found, problem), 400
        return redirect(url_for("case", id=id), 303)

    @app.post("/cases/<id>/close")
    def close_case(id: str) -> Response | tuple[str, int]:
        found, who = case_of(desk, id), signed_in().name
        reason = " ".join(request.form.get("reason", "").split())[:300]
        if not reason:
            return _page(desk, found, "Say how it ended: it is recorded"), 400
        left = desk.looks.leave(
            who, "released", f"Case {id} was closed by {who}", reason=reason, case=id
        )
        with left.taking_effect():
            _book(desk).close(id, desk.school.now())
        return redirect(url_for("case", id=id), 303)


def _open(desk: Desk, case: Case) -> None:
    hold, who = case.holds[0] if case.holds else None, signed_in().name
    facts = hold_fields(hold) if hold else {}
    left = desk.looks.leave(
        who, "held", f"Case {case.id} was opened by {who}: {case.reason}",
        target=hold.person if hold else None, reason=case.reason, case=case.id,
        **{k: v for k, v in facts.items() if k != "person"},
    )  # fmt: skip
    with left.taking_effect():
        _book(desk).add(case)


def _write_down(desk: Desk, id: str, text: str) -> None:
    who = signed_in().name
    left = desk.looks.leave(who, "edited", f"{who} added a note to case {id}", case=id)
    with left.taking_effect():
        _book(desk).note(id, Note(desk.school.now(), who, text))


def _handed(desk: Desk, id: str, to: str) -> str | None:
    """Hand a case to an investigator; what is wrong where that cannot be."""
    who = signed_in()
    if who.role != "head":
        return "Write the note down"
    account = desk.accounts.named(to) if to else None
    if account is None or account.role != "investigator":
        return "Write a note, or give the name of an investigator"
    said = f"{who.name} handed case {id} to {to}"
    with desk.looks.leave(who.name, "edited", said, case=id).taking_effect():
        _book(desk).hand_to(id, to, desk.school.now())
    return None


def may_see(desk: Desk, who: Account, visit: VisitRow) -> bool:
    """Whether somebody may open a visit: the head any, an investigator those of their cases."""
    if who.role == "head":
        return True
    if who.role != "investigator":
        return False
    return any(_holds(hold, visit) for case in _seen_by(desk, who) for hold in case.holds)


def _holds(hold: Hold, visit: VisitRow) -> bool:
    if (hold.first and visit.day < hold.first) or (hold.last and visit.day > hold.last):
        return False
    if hold.person is not None:
        return visit.person == hold.person or (
            visit.person is None and visit.device in hold.devices
        )
    return hold.device is None or hold.device in (visit.device, visit.claimed)


def _seen_by(desk: Desk, who: Account) -> list[Case]:
    """The cases that somebody may see, the open ones first. Raises CasesDamaged."""
    found = [
        c
        for c in _book(desk).read()
        if who.role == "head"
        or (who.role == "chair" and c.about_head)
        or (who.role == "investigator" and who.name in c.investigators and c.closed is None)
    ]
    return sorted(found, key=lambda c: (c.closed is not None, c.review))


def case_of(desk: Desk, id: str) -> Case:
    """The case, if whoever asks may see it; else there is none."""
    found = next((c for c in _seen_by(desk, signed_in()) if c.id == id), None)
    if found is None:
        abort(404)
    return found


def _book(desk: Desk) -> CaseBook:
    return CaseBook(desk.school.base, desk.school.zone)


def _opened(desk: Desk, given: dict[str, str]) -> tuple[Case | None, Problems]:
    school, problems = desk.school, []
    today, now = school.today, school.now()

    def wrong(field: str, said: str) -> None:
        problems.append({"href": f"#{field}", "text": said})

    def day(field: str, read: Callable[[str], date]) -> date | None:
        try:
            return read(given[field]) if given.get(field) else None
        except NotUnderstood as error:
            wrong(field, str(error))
            return None

    if not given.get("reason"):
        wrong("reason", "Say why: it is recorded")
    # What a case keeps may be still to come.
    first = day("first", lambda text: day_near(text, today))
    last = day("last", lambda text: last_day_near(text, today, first))
    if first and last and first > last:
        wrong("first", BACKWARDS)
    person, device = given.get("person") or None, given.get("device") or None
    if person and device:
        wrong("device", "Name a person or a device, not both: a second can be added later")
    if not (person or device) and not (first and last):
        wrong("person", "Name a person or a device, or both dates to keep everybody’s records")
    review = today + REVIEWED_AFTER
    if given.get("review"):
        try:
            review = moment_ahead(
                given["review"] + " 12:00", school.policy, "", now
            ).astimezone(school.zone).date()  # fmt: skip
            if review < today:
                wrong("review", "That day is over")
        except NotUnderstood as error:
            wrong(
                "review",
                str(error).replace("a time: write 11:30, Friday 15:00", "a day: write 23/11/2026"),
            )
    if person and not desk.index.count(Search(person=person)).shown and not held_by(desk, person):
        wrong("person", f"There is nobody called “{person}” in the record or in the files")
    if problems:
        return None, problems
    devices = tuple(h.device for h in held_by(desk, person)) if person else ()
    hold = Hold(person, device, first, last, devices)
    return Case(
        secrets.token_hex(3), now, signed_in().name, given["reason"], review, (hold,),
        about_head=given.get("about_head") == "yes",
    ), []  # fmt: skip


def _list(desk: Desk, given: dict[str, str], problems: Problems) -> str:
    try:
        found, trouble = _seen_by(desk, signed_in()), ""
    except CasesDamaged as error:
        found, trouble = [], str(error)
    return render_template(
        "cases.html",
        found=found,
        trouble=trouble,
        given=given,
        problems=problems,
        today=desk.school.today,
        until={c.id: c.holds_until(desk.school.zone) for c in found},
    )


def _page(desk: Desk, found: Case, problem: str = "") -> str:
    who = signed_in()
    desk.looks.leave(
        who.name,
        "viewed",
        f"{who.name} looked at case {found.id}",
        page="/cases",
        case=found.id,
        target=next((h.person for h in found.holds if h.person), None),
    )
    known = desk.index.on_record(date.min, date.max).services
    service = asked if (asked := request.args.get("service")) in known else None
    searches = [_search(hold, service) for hold in found.holds]
    rows = rows_of(desk, (v for s in searches for v in desk.index.visits(s).rows))
    counts = sum((desk.index.count(s) for s in searches), Counts())
    every = (desk.index.count(_search(hold, None)) for hold in found.holds)
    return render_template(
        "case.html",
        case=found,
        problem=problem,
        rows=rows if who.role != "chair" or found.about_head else [],
        counts=counts,
        says=[says(desk, id) for id in _persons(found)] if who.role != "chair" else [],
        whole=sum(every, Counts()) if service else counts,
        watch=_watch(desk, found),
        service=service,
        only=service_name(desk, service) if service else "",
        services=[
            {"value": "", "text": "any"},
            *sorted(
                ({"value": s, "text": service_name(desk, s)} for s in known),
                key=lambda item: item["text"].lower(),
            ),
        ],
        packs=_packs(desk, found) if who.role != "chair" else (),
        investigators=[a.name for a in desk.accounts.all() if a.role == "investigator"],
        until=found.holds_until(desk.school.zone),
        today=desk.school.today,
        anchored=desk.school.loaded.settings.anchors.lead_outside,
        packed=any(h.person or h.device for h in found.holds),
    )


def _persons(case: Case) -> list[str]:
    """Those whom it keeps records of by name."""
    return list(dict.fromkeys(h.person for h in case.holds if h.person))


def _packs(desk: Desk, case: Case) -> list[Looked]:
    """The evidence packs that were made from it, and others about those whom it is about, the
    newest first: a panel asks how many there are."""
    about = {word for h in case.holds for word in (h.person, h.device) if word}
    found: list[Looked] = []
    number, pages = 1, 1
    while number <= pages:
        page = desk.index.looked(None, None, number, action="exported")
        found += [
            each
            for each in page.rows
            if each.facts.get("case") == case.id
            or ("report_sha256" in each.facts and about & {each.target, each.facts.get("device")})
        ]
        number, pages = number + 1, page.pages
    return found


def _watch(desk: Desk, case: Case) -> Watch:
    """What was watched of the days whose records it keeps, from the first to the last of them."""
    begins, today = desk.school.record_begins or desk.school.today, desk.school.today
    first = min((h.first or begins for h in case.holds), default=today)
    last = max((h.last or max(today, first) for h in case.holds), default=today)
    return desk.school.watch(desk.index, first, last)


def _search(hold: Hold, service: str | None) -> Search:
    return Search(
        person=hold.person, device=hold.device, first=hold.first, last=hold.last, service=service
    )
