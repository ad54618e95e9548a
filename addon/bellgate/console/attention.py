"""What needs somebody's attention: one list, for the front page and for Health. Nobody is named.
Works while nothing can be recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bellgate.console.desk import Desk
from bellgate.console.roles import PAGES, Role
from bellgate.gateway import certificate
from bellgate.policy.walk import OBSERVING, clock_time
from bellgate.review.cases import CaseBook, CasesDamaged
from bellgate.review.pack.phrases import count, long_time
from bellgate.schedules.problem import Problem
from bellgate.schedules.settings import GatewaySettings

LOOKS_BACK: Final = timedelta(days=28)
"""How far back a time without watching needs attention."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, whether it is as it should be, and what to do if not."""

    name: str
    good: bool
    said: str
    to_do: str = ""
    page: str = "/health"
    """Where more of it stands."""

    def leads(self, role: Role) -> str | None:
        """That page, for whoever may open it."""
        return self.page if PAGES[self.page].may(role, "GET") else None


def checks(desk: Desk, role: Role) -> list[Check]:
    """Everything that is looked at, good or not, as far as it is a role's business."""
    school = desk.school
    now, status = school.now(), school.status()
    problems = school.folder.problems_on(school.today)
    return [
        *_gate(status, desk.school.folder.gateway),
        *([Check("Observing", False, OBSERVING)] if school.policy.observe else []),
        _log(desk, status),
        _files(problems),
        _watch(desk, now),
        *_dates(desk),
        *(Check("Policy", False, _as_sentence(p)) for p in problems if _is_overdue(p)),
        _certificate(desk, now, status),
        _anchors(desk),
        *_open(desk, now),
        *(_cases(desk) if PAGES["/cases"].may(role, "GET") else ()),
    ]


def needs(desk: Desk, role: Role) -> list[Check]:
    """Those that are not as they should be."""
    return [check for check in checks(desk, role) if not check.good]


def _as_sentence(problem: Problem) -> str:
    return f"{problem.message[:1].upper()}{problem.message[1:]}."


def _is_overdue(problem: Problem) -> bool:
    return "review overdue" in problem.message


def _open(desk: Desk, now: datetime) -> Iterator[Check]:
    in_force = sum(1 for e in desk.school.granted.read() if e.start <= now < e.until)
    if in_force:
        said = f"{count(in_force, 'thing')} {'is' if in_force == 1 else 'are'} temporarily open."
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


def _without_the_gate(machine: GatewaySettings | None) -> str:
    """What can be reached while it is down, by what the school chose."""
    if machine is None:
        return "The sites that it closes cannot be reached."
    if machine.when_down == "closed":
        return "What would come to it cannot be reached until it is back, by the school’s choice."
    if machine.kernel_path:
        return (
            "Ordinary sites go on, and what it closes stays closed; but pages of the old kind, "
            "http://, all open after half a minute, by the school’s choice."
        )
    return "After half a minute every site can be reached, closed ones too, by the school’s choice."


def _gate(status: dict[str, Any] | None, machine: GatewaySettings | None) -> list[Check]:
    if status is None:
        return [
            Check(
                "Gate",
                False,
                "The gate does not answer: it has probably stopped.",
                "Ask your IT technician to look at the gateway. While it is down, nothing is "
                f"recorded. {_without_the_gate(machine)}",
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
        ),
    ]  # fmt: skip


def _log(desk: Desk, status: dict[str, Any] | None) -> Check:
    state = desk.index.state()
    broken = [log for log in state.logs if log.problem or log.unsound]
    if broken or state.problems:
        said = "; ".join([*(f"{b.log}: {b.problem or 'some lines are not what was signed'}"
                            for b in broken), *state.problems])  # fmt: skip
        return Check(
            "Record", False, f"The record is not what was signed: {said}.",
            "Do not use it as evidence before your IT technician has looked at it (bellgate "
            "audit verify).",
        )  # fmt: skip
    problem = status["log"]["problem"] if status else None
    if problem:
        return Check(
            "Record", False, f"The record cannot be written: {problem}.",
            "Until it can, sites that would only be recorded are closed. Ask your IT technician.",
        )  # fmt: skip
    size = sum(log.size for log in state.logs)
    return Check("Record", True, f"{count(size, 'record')}, none changed since they were signed.")


def _files(problems: Sequence[Problem]) -> Check:
    errors = sum(1 for p in problems if p.level == "error")
    if errors:
        return Check(
            "Files", False, f"The school’s files have {count(errors, 'mistake')} in them, so the "
            "last good ones stay in force.",
            "Your IT technician sees them on the page “Files”.",
        )  # fmt: skip
    warnings = len(problems)
    return Check(
        "Files", True, "The files are in force"
        + (f", with {count(warnings, 'warning')}." if warnings else "."),
    )  # fmt: skip


def _watch(desk: Desk, now: datetime) -> Check:
    watch = desk.school.watch(desk.index, now - LOOKS_BACK, now)
    return Check("Watching", not watch.silent, watch.said)


def _dates(desk: Desk) -> list[Check]:
    ahead = desk.school.loaded.dates_ahead(desk.school.today)
    return [Check("Dates", False, _as_sentence(p), p.hint or "") for p in ahead]


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
        )
    left = ends - now
    good = left > timedelta(days=60)
    zone = desk.school.zone
    return Check(
        "Certificate",
        good,
        f"Good until {clock_time(ends, zone)}"
        + ("." if good else f": {long_time(left)} are left."),
        "" if good else "Ask your IT technician to renew it.",
    )


def _anchors(desk: Desk) -> Check:
    if desk.school.loaded.settings.anchors.lead_outside:
        return Check("Checkpoints", True, "They leave the school, so that a change can be found.")
    return Check(
        "Checkpoints",
        False,
        "Nobody outside the school holds a copy of the record’s checkpoints, so it cannot be "
        "proved that the record is unaltered.",
        "Ask your IT technician to have them e-mailed to you and to the chair (anchors in "
        "school.yaml).",
    )
