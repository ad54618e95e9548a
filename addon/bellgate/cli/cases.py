"""`bellgate case`: what is kept beyond its normal date, and why."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

import click

from bellgate.audit import LogPaths, Query, find
from bellgate.cli import moments, output, recorded
from bellgate.cli.options import SIMULATED, Folders, Group, for_group, known_policy, with_folders
from bellgate.policy.decide import Policy
from bellgate.policy.walk import clock_time
from bellgate.review.cases import REVIEWED_AFTER, Case, CaseBook, CasesDamaged, Hold, hold_fields
from bellgate.running.folders import log_base
from bellgate.schedules.problem import suggestion


@click.group("case", cls=Group)
@for_group
def case() -> None:
    """Keep records beyond their normal date while somebody is looking into them."""


_REVIEW = click.option(
    "--review",
    metavar="DATE",
    help="When somebody is to check whether it is still needed; if left out, in three months.",
)


def _what_it_holds(command: click.decorators.FC) -> click.decorators.FC:
    for name, field, metavar, meaning in (
        ("--to", "last", "DATE", "The last day of what is held. Default: no end."),
        ("--from", "first", "DATE", "The first day of what is held."),
        ("--device", "device", "D", "Hold this device's records."),
        ("--person", "person", "ID", "Hold the records of this pseudonym."),
    ):
        command = click.option(name, field, metavar=metavar, help=meaning)(command)
    everybody = "Hold everybody's records of these days."
    return click.option("--everybody", is_flag=True, help=everybody)(command)


@case.command("open")
@with_folders
@click.option("--reason", required=True, metavar="R", help="Why; the log records it.")
@_what_it_holds
@_REVIEW
@SIMULATED
def open_case(
    folders: Folders,
    *,
    reason: str,
    person: str | None,
    device: str | None,
    everybody: bool,
    first: str | None,
    last: str | None,
    review: str | None,
    simulated: bool,
) -> None:
    """Open a case: what it holds is kept until it is closed and six months have passed."""
    reason = recorded.given_reason(reason)
    policy = known_policy(folders)
    book = _book(folders, policy, simulated)
    _read(book)
    now = recorded.now_for(folders, simulated)
    hold = _hold(folders, simulated, policy, _Asked(person, device, everybody, first, last))
    on = _review(review, policy.year.zone, now) or _today(now, policy.year.zone) + REVIEWED_AFTER
    holds = (hold,) if hold else ()
    opened = Case(secrets.token_hex(3), now, recorded.user(), reason, on, holds)
    said = f"Case {opened.id} was opened by {opened.by}: {opened.reason}"
    acting = recorded.Acting(folders, policy, now, simulated)
    with _recorded(acting, opened, hold, said).taking_effect():
        book.add(opened)
    output.say(f"{said}.", f"It holds {hold.said}." if hold else "It holds nothing yet.")
    output.say(f"It is to be looked at again on {on}.")
    more = f"case add {opened.id} --person ID --from DATE --to DATE"
    output.say(f"To hold more: {folders.command(more, simulated)}")


@case.command("add")
@with_folders
@click.argument("case")
@_what_it_holds
@_REVIEW
@SIMULATED
def add_to_case(
    folders: Folders,
    *,
    case: str,
    person: str | None,
    device: str | None,
    everybody: bool,
    first: str | None,
    last: str | None,
    review: str | None,
    simulated: bool,
) -> None:
    """Make the open case CASE hold more, or put off its review."""
    policy = known_policy(folders)
    book = _book(folders, policy, simulated)
    known = _found(book, case)
    hold = _hold(folders, simulated, policy, _Asked(person, device, everybody, first, last))
    now = recorded.now_for(folders, simulated)
    on = _review(review, policy.year.zone, now)
    if hold is None and on is None:
        raise click.UsageError(
            "say what it should hold: --person, --device, or --everybody with --from and --to;"
            " or when it is to be looked at again: --review"
        )
    later = [f"now also holds {hold.said}"] if hold else []
    later += [f"is to be looked at again on {on}"] if on else []
    said = f"Case {case} {' and '.join(later)}"
    acting = recorded.Acting(folders, policy, now, simulated)
    with _recorded(acting, known, hold, said).taking_effect():
        if hold is not None:
            book.hold(case, hold, now)
        if on is not None:
            book.review(case, on, now)
    output.say(f"{said}.")


@case.command("close")
@with_folders
@click.argument("case")
@click.option("--reason", metavar="R", help="How it ended; the log records it.")
@SIMULATED
def close_case(folders: Folders, *, case: str, reason: str | None, simulated: bool) -> None:
    """Close the case CASE. What it holds is kept for another six months."""
    policy = known_policy(folders)
    book = _book(folders, policy, simulated)
    known = _found(book, case)
    now = recorded.now_for(folders, simulated)
    left = recorded.Acting(folders, policy, now, simulated).leave(
        "released",
        f"Case {case} was closed by {recorded.user()}",
        reason=recorded.one_line(reason) if reason else known.reason,
        facts={"case": case},
    )
    with left.taking_effect():
        book.close(case, now)
    [closed] = [c for c in book.read() if c.id == case]
    output.say(f"Case {case} is closed. What it holds is kept {_end(closed, policy.year.zone)}.")


@case.command("list")
@with_folders
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@SIMULATED
def list_cases(folders: Folders, *, as_json: bool, simulated: bool) -> None:
    """Show the cases that keep something beyond its normal date."""
    policy = known_policy(folders)
    zone = policy.year.zone
    today = recorded.now_for(folders, simulated).astimezone(zone).date()
    cases = [c for c in _read(_book(folders, policy, simulated)) if not c.is_over(today, zone)]
    if as_json:
        output.json_whole([_fields(each, zone) for each in cases])
    elif not cases:
        output.say("No case is open: every record is deleted when due.")
    else:
        output.table(
            "Kept beyond the normal date",
            ["Id", "Opened", "By", "Why", "Holds", "Look again", "Kept"],
            [
                [c.id, clock_time(c.opened, zone), c.by, c.reason,
                 "; ".join(hold.said for hold in c.holds) or "nothing yet",
                 _due(c, today), _end(c, zone)]
                for c in cases
            ],
        )  # fmt: skip


def _book(folders: Folders, policy: Policy, simulated: bool) -> CaseBook:
    return CaseBook(log_base(folders.state, simulated=simulated), policy.year.zone)


def _read(book: CaseBook) -> tuple[Case, ...]:
    try:
        return book.read()
    except CasesDamaged as error:
        _damaged(error)


def _damaged(error: CasesDamaged) -> NoReturn:
    output.fail(str(error), "no record is deleted until it can be read")


def _found(book: CaseBook, id: str) -> Case:
    """The open case of that id."""
    cases = {c.id: c for c in _read(book) if c.closed is None}
    if id not in cases:
        hint = suggestion(id, cases) if cases else "`bellgate case open` opens one"
        output.fail(f'no case "{id}" is open', hint)
    return cases[id]


@dataclass(frozen=True)
class _Asked:
    """What a case shall hold, as it was given."""

    person: str | None
    device: str | None
    everybody: bool
    first: str | None
    last: str | None


def _hold(folders: Folders, simulated: bool, policy: Policy, asked: _Asked) -> Hold | None:
    person, device, first, last = asked.person, asked.device, asked.first, asked.last
    if not any((person, device, asked.everybody, first, last)):
        return None
    if asked.everybody and (person or device):
        raise click.UsageError("--everybody is more than a person or a device: give one of them")
    if not (asked.everybody or person or device):
        raise click.UsageError(
            "this would hold the records of everybody who did nothing: name --person or --device,"
            " or say --everybody"
        )
    if person and device:
        raise click.UsageError(
            "give --person or --device, not both; `case add` can then hold the other"
        )
    since, until = moments.days_back(first, last, policy.year.zone)
    if not person and not device and not (since and until):
        raise click.UsageError("to hold everybody's records, name the days: --from and --to")
    devices = policy.directory.devices
    if person:
        holders = [h.person for d in devices for h in d.holders]
        be_known(folders, simulated, "person", person, holders)
    if device:
        be_known(folders, simulated, "device", device, [d.name for d in devices])
    theirs = [d.name for d in devices if person in {h.person for h in d.holders}]
    return Hold(person, device, since, until, tuple(theirs))


def be_known(folders: Folders, simulated: bool, what: str, word: str, known: list[str]) -> None:
    """A device may have left the school before the case was opened: then the log knows it. What is
    misspelt would hold nothing, and what was meant would be deleted."""
    if word in known:
        return
    query = Query(person=word) if what == "person" else Query(device=word)
    logs = LogPaths.of(folders.state, simulated=simulated)
    if not any(any(find(log, query)) for log in (*logs.aside, logs.log)):
        output.fail(
            f'there is no {what} "{word}" in the log or in devices.yaml', suggestion(word, known)
        )


def _recorded(
    acting: recorded.Acting, case: Case, hold: Hold | None, message: str
) -> recorded.Left:
    held = hold_fields(hold) if hold else {}
    held.pop("person", None)
    return acting.leave(
        "held",
        message,
        target=hold.person if hold else None,
        reason=case.reason,
        facts={"case": case.id, **held},
    )


def _today(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def _review(given: str | None, zone: ZoneInfo, now: datetime) -> date | None:
    on = moments.day(given, zone) if given is not None else None
    if on is not None and on < _today(now, zone):
        raise click.BadParameter(f"{on} is over", param_hint="--review")
    return on


def _due(case: Case, today: date) -> str:
    return (
        f"{case.review} (due)"
        if case.closed is None and case.review <= today
        else (str(case.review) if case.closed is None else "closed")
    )


def _end(case: Case, zone: ZoneInfo) -> str:
    until = case.holds_until(zone)
    return f"until {until}" if until else "until it is closed"


def _fields(case: Case, zone: ZoneInfo) -> dict[str, object]:
    until: date | None = case.holds_until(zone)
    return {
        "id": case.id,
        "opened": output.utc(case.opened),
        "by": case.by,
        "reason": case.reason,
        "holds": [hold_fields(hold) for hold in case.holds],
        "review": case.review.isoformat(),
        "closed": output.utc(case.closed),
        "until": until.isoformat() if until else None,
    }
