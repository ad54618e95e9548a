"""What needs somebody's attention: one list, for the front page and for Health. Nobody is named.
Works while nothing can be recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bellgate.console.dates import british, said_at
from bellgate.console.desk import Desk
from bellgate.console.roles import PAGES, Role
from bellgate.gateway import certificate
from bellgate.policy.walk import OBSERVING
from bellgate.review.cases import CaseBook, CasesDamaged
from bellgate.review.pack.phrases import count, long_day, long_time
from bellgate.schedules.problem import Problem
from bellgate.schedules.settings import GatewaySettings

LOOKS_BACK: Final = timedelta(days=28)
"""How far back a time without watching needs attention."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was checked, whether it is as it should be, and what to do if not."""

    name: str
    good: bool
    said: str
    to_do: str = ""
    page: str = "/health"
    """Where more of it stands."""
    technicians: str = ""
    """What is for the technician to do."""

    def wants(self, role: Role) -> str:
        """What a role is to do about it."""
        return self.technicians if role == "technician" else self.to_do

    def leads(self, role: Role) -> str | None:
        """That page, for whoever may open it."""
        return self.page if PAGES[self.page].may(role, "GET") else None


def checks(desk: Desk, role: Role) -> list[Check]:
    """Everything that is looked at, good or not, as far as it is a role's business."""
    school = desk.school
    now, status = school.now(), school.status()
    problems = school.folder.problems_on(school.today)
    return [
        *_gate(desk, status),
        *([Check("Observing", False, OBSERVING)] if school.policy.observe else []),
        _log(desk, status),
        _files(problems),
        _watch(desk),
        *_dates(desk),
        *(
            Check("Policy", False, said, _REVIEWED, technicians=_AGREED)
            for said in review_due(desk)
        ),
        _certificate(desk, now, status),
        _anchors(desk),
        *_open(desk, now),
        *(_cases(desk) if PAGES["/cases"].may(role, "GET") else ()),
    ]


def needs(desk: Desk, role: Role) -> list[Check]:
    """Those that are not as they should be."""
    return [check for check in checks(desk, role) if not check.good]


_REVIEWED: Final = (
    "Once it has been reviewed, give your IT technician the new date for the school’s files."
)
_AGREED: Final = "Once it has been reviewed, write the new date under “agreed” in school.yaml."


def review_due(desk: Desk) -> list[str]:
    """That the policy should have been reviewed, with the dates; nothing where it is not due."""
    school = desk.school.loaded.readable.school
    policy = school.form.policy if school else None
    if policy is None or policy.agreed is None or policy.review_every is None:
        return []
    due = policy.review_every.after(policy.agreed)
    if due >= desk.school.today:
        return []
    title = policy.title or "school’s policy"
    return [
        f"The {title} was due for review on {long_day(due)}. It was agreed on "
        f"{long_day(policy.agreed)}, to be reviewed every {policy.review_every.each}."
    ]


def _open(desk: Desk, now: datetime) -> Iterator[Check]:
    until = [e.until for e in desk.school.granted.read() if e.start <= now < e.until]
    if until:
        things, one = count(len(until), "thing"), len(until) == 1
        ends = f"{'' if one else 'the last '}until {said_at(max(until), desk.school.zone)}"
        said = f"{things} {'is' if one else 'are'} temporarily open, {ends}."
        if desk.school.status() is None:
            said = f"Once the gate is running again, {things} will be temporarily open, {ends}."
        yield Check("Temporary access", False, said, page="/exemptions")


def _cases(desk: Desk) -> Iterator[Check]:
    school = desk.school
    try:
        kept = CaseBook(school.base, school.zone).read()
    except CasesDamaged as error:
        yield Check("Cases", False, f"{error}.")
        return
    due = sum(1 for c in kept if c.closed is None and c.review <= school.today)
    if due:
        yield Check("Cases", False, f"{count(due, 'case')} to be looked at again.", page="/cases")


_CHOSEN: Final = "The school chose this."


def _without_the_gate(machine: GatewaySettings | None) -> str:
    """What can be reached while it is down, by what the school chose."""
    if machine is None:
        return "The sites that it closes cannot be reached."
    if machine.when_down == "closed":
        return f"Until it is back, nothing that has to go through it can be reached. {_CHOSEN}"
    if machine.kernel_path:
        return (
            "Ordinary sites still work, and what it closes stays closed; but old-style pages "
            f"(http://) will all open after half a minute. {_CHOSEN}"
        )
    return f"After half a minute every site can be reached, even a closed one. {_CHOSEN}"


def _not_answering(desk: Desk) -> str:
    """Since when, and whether it was shut down, by its own record."""
    now = desk.school.now()
    gaps = desk.index.watched(now - LOOKS_BACK, now).gaps
    if not gaps or gaps[-1].end < now:
        return "The gate is not answering."
    since = said_at(gaps[-1].start, desk.school.zone)
    if gaps[-1].stopped:
        return f"The gate is not running: it was shut down at {since}."
    return f"The gate is not answering. Its last sign of life on record was at {since}."


def _gate(desk: Desk, status: dict[str, Any] | None) -> list[Check]:
    down = f"While it is down, nothing is recorded. {_without_the_gate(desk.school.folder.gateway)}"
    if status is None:
        return [
            Check(
                "Gate",
                False,
                _not_answering(desk),
                f"Ask your IT technician to look at the gateway. {down}",
                technicians=f"“bellgate doctor” at the gateway says what is wrong. {down}",
            )
        ]
    clock, opened = status["clock"], count(status["connections"], "connection")
    return [
        Check("Gate", True, f"It is running, with {opened} open."),
        Check(
            "Clock",
            clock != "unsynchronised",
            {
                "synchronised": "The gateway’s clock is set by a time server.",
                "simulated": "The clock is simulated: this is a trial.",
            }.get(clock, "The gateway’s clock is not set by a time server."),
            "" if clock != "unsynchronised" else "Times in the record may be wrong. Ask your IT "
            "technician to connect the gateway to a time server.",
            technicians="" if clock != "unsynchronised" else "Times in the record may be wrong. "
            "Connect the gateway to a time server.",
        ),
    ]  # fmt: skip


def _is_sound(desk: Desk) -> bool:
    """Whether every record is what was signed."""
    state = desk.index.state()
    return not state.problems and not any(log.problem or log.unsound for log in state.logs)


def _log(desk: Desk, status: dict[str, Any] | None) -> Check:
    state = desk.index.state()
    broken = [log for log in state.logs if log.problem or log.unsound]
    if broken or state.problems:
        said = "; ".join([*(f"{b.log}: {b.problem or 'some lines are not what was signed'}"
                            for b in broken), *state.problems])  # fmt: skip
        return Check(
            "Record", False, f"The record is not what was signed: {said}.",
            "Do not use it as evidence before your IT technician has looked at it.",
            technicians="“bellgate audit verify” says which lines.",
        )  # fmt: skip
    problem = status["log"]["problem"] if status else None
    if problem:
        return Check(
            "Record", False, f"The record cannot be written: {problem}.",
            "Until it can, sites that would only be recorded are closed. Ask your IT technician.",
            technicians="Until it can, sites that would only be recorded are closed.",
        )  # fmt: skip
    size = sum(log.size for log in state.logs)
    said = f"{count(size, 'record')}, none changed since they were signed"
    if not desk.school.loaded.settings.anchors.lead_outside:
        said += (
            ". Whoever controls the gateway could have signed others in their place, as long as no "
            "checkpoint leaves the school: see “Checkpoints”"
        )
    return Check("Record", True, f"{said}.")


def _files(problems: Sequence[Problem]) -> Check:
    errors = sum(1 for p in problems if p.level == "error")
    if errors:
        return Check(
            "Files", False, f"The school’s timetable and rules have {count(errors, 'mistake')} in "
            "their files, so what was in force before stays in force.",
            "Ask your IT technician, who sees what is wrong on the page “Files”.",
            technicians="The page “Files” shows them.",
        )  # fmt: skip
    notes = count(len(problems), "note") if problems else ""
    return Check(
        "Files", True, "The school’s timetable and rules are in force.",
        technicians=f"{notes} on them: see below." if notes else "",
    )  # fmt: skip


def _watch(desk: Desk) -> Check:
    today = desk.school.today
    watch = desk.school.watch(desk.index, today - LOOKS_BACK, today)
    return Check("Watching", not watch.silent, watch.said)


_MORE_DATES: Final = "Ask your IT technician to enter the dates of the next terms."


def _dates(desk: Desk) -> list[Check]:
    ahead = desk.school.loaded.dates_ahead(desk.school.today)
    return [
        Check(
            "Dates", False, british(f"{p.message[:1].upper()}{p.message[1:]}."), _MORE_DATES,
            technicians=p.hint or "",
        )
        for p in ahead
    ]  # fmt: skip


def _certificate(desk: Desk, now: datetime, status: dict[str, Any] | None) -> Check:
    ends = datetime.fromisoformat(status["certificate_ends"]) if status is not None else None
    if ends is None:
        # No gate to ask; on a gateway its certificate is not for the pages to read.
        try:
            held = certificate.load(desk.school.state / "certificate")
        except certificate.CertificateError as error:
            return Check("Certificate", False, f"{error}.")
        ends = held.expires if held is not None else None
    if ends is None:
        return Check(
            "Certificate",
            False,
            "No certificate is installed: people see an error in place of the page that says why a "
            "site is closed.",
            "Ask your IT technician to make one.",
            technicians="“bellgate certificate create” makes one.",
        )
    left = ends - now
    good = left > timedelta(days=60)
    return Check(
        "Certificate",
        good,
        f"Good until {said_at(ends, desk.school.zone)}"
        + ("." if good else f": {long_time(left)} are left."),
        "" if good else "Ask your IT technician to renew it.",
        technicians="" if good else "“bellgate certificate renew” renews it.",
    )


def _anchors(desk: Desk) -> Check:
    if desk.school.loaded.settings.anchors.lead_outside:
        return Check("Checkpoints", True, "They leave the school, so that a change can be found.")
    return Check(
        "Checkpoints",
        False,
        "No record was changed after it was signed, as far as this gateway can tell; but no "
        "checkpoint of the record (a short signed summary) leaves the school, so nobody could "
        "prove to others that it was not altered and signed again."
        if _is_sound(desk)
        else "No checkpoint of the record (a short signed summary) leaves the school, so nobody "
        "could prove later what it was.",
        "Ask your IT technician to have checkpoints e-mailed to the head and the chair of "
        "governors.",
        technicians="“anchors” in school.yaml says to whom they are e-mailed.",
    )
