"""`bellgate case`: what is kept past its time, and why."""

import secrets
from datetime import date, datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

import click

from bellgate.audit import Places as LogPlaces
from bellgate.audit import Query, event_record, find
from bellgate.cli import handing, moments, output, places
from bellgate.cli.options import Places, for_group, known_policy, with_places
from bellgate.policy.decide import Policy
from bellgate.policy.walk import clock_time
from bellgate.review.cases import Case, CaseBook, CasesDamaged, Hold, hold_fields
from bellgate.schedules.problem import suggestion


@click.group("case")
@for_group
def case() -> None:
    """What is kept past its time because somebody is looking into it."""


def _what_it_holds(command: click.decorators.FC) -> click.decorators.FC:
    for name, field, metavar, meaning in (
        ("--to", "last", "DATE", "The last day of what is held; without end, if left out."),
        ("--from", "first", "DATE", "The first day of what is held."),
        ("--device", "device", "D", "Hold this device's records."),
        ("--person", "person", "ID", "Hold the records of this pseudonym."),
    ):
        command = click.option(name, field, metavar=metavar, help=meaning)(command)
    return command


@case.command("open")
@with_places
@click.option("--reason", required=True, metavar="R", help="Why; it is recorded.")
@_what_it_holds
@handing.SIMULATED
def open_case(
    found: Places,
    *,
    reason: str,
    person: str | None,
    device: str | None,
    first: str | None,
    last: str | None,
    simulated: bool,
) -> None:
    """Open a case: what it holds is kept until it is closed and six months have passed."""
    reason = handing.given_reason(reason)
    policy = known_policy(found)
    book = _book(found, policy, simulated)
    _read(book)
    now = handing.now_for(found, simulated)
    hold = _hold(found, simulated, policy, person, device, first, last)
    opened = Case(secrets.token_hex(3), now, handing.user(), reason, (hold,) if hold else ())
    said = f"Case {opened.id} was opened by {opened.by}: {opened.reason}"
    _recorded(found, policy, opened, hold, said, now, simulated=simulated)
    book.add(opened)
    output.say(f"{said}.", f"It holds {hold.said}." if hold else "It holds nothing yet.")
    more = f"case add {opened.id} --person ID --from DATE --to DATE"
    output.say(f"To hold more: {found.command(more, simulated)}")


@case.command("add")
@with_places
@click.argument("case")
@_what_it_holds
@handing.SIMULATED
def add_to_case(
    found: Places,
    *,
    case: str,
    person: str | None,
    device: str | None,
    first: str | None,
    last: str | None,
    simulated: bool,
) -> None:
    """Let the open case CASE hold more."""
    policy = known_policy(found)
    book = _book(found, policy, simulated)
    known = _found(book, case)
    hold = _hold(found, simulated, policy, person, device, first, last)
    if hold is None:
        raise click.UsageError("say what it shall hold: --person, --device, or --from and --to")
    now = handing.now_for(found, simulated)
    said = f"Case {case} now also holds {hold.said}"
    _recorded(found, policy, known, hold, said, now, simulated=simulated)
    book.hold(case, hold, now)
    output.say(f"{said}.")


@case.command("close")
@with_places
@click.argument("case")
@click.option("--reason", metavar="R", help="How it ended; it is recorded.")
@handing.SIMULATED
def close_case(found: Places, *, case: str, reason: str | None, simulated: bool) -> None:
    """Close the case CASE. What it holds is kept for six months more."""
    policy = known_policy(found)
    book = _book(found, policy, simulated)
    known = _found(book, case)
    now = handing.now_for(found, simulated)
    record = event_record(
        "bellgate.review",
        "released",
        f"Case {case} was closed by {handing.user()}",
        edition=policy.edition,
        at=now,
        clock=handing.clock_of(simulated),
        user=handing.user(),
        reason=handing.one_line(reason) if reason else known.reason,
        facts={"case": case},
    )
    handing.recorded(found, policy, record, now, simulated=simulated)
    book.close(case, now)
    [closed] = [c for c in book.read() if c.id == case]
    output.say(f"Case {case} is closed. What it holds is kept {_end(closed, policy.year.zone)}.")


@case.command("list")
@with_places
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
@handing.SIMULATED
def list_cases(found: Places, *, as_json: bool, simulated: bool) -> None:
    """Show the cases that hold something past its time."""
    policy = known_policy(found)
    zone = policy.year.zone
    today = handing.now_for(found, simulated).astimezone(zone).date()
    cases = [c for c in _read(_book(found, policy, simulated)) if not c.is_over(today, zone)]
    if as_json:
        output.json_whole([_fields(each, zone) for each in cases])
    elif not cases:
        output.say("No case is open: every record goes when its time is up.")
    else:
        output.table(
            "Kept past its time",
            ["Id", "Opened", "By", "Why", "Holds", "Kept"],
            [
                [c.id, clock_time(c.opened, zone), c.by, c.reason,
                 "; ".join(hold.said for hold in c.holds) or "nothing yet", _end(c, zone)]
                for c in cases
            ],
        )  # fmt: skip


def _book(found: Places, policy: Policy, simulated: bool) -> CaseBook:
    return CaseBook(places.log_base(found.state, simulated=simulated), policy.year.zone)


def _read(book: CaseBook) -> tuple[Case, ...]:
    try:
        return book.read()
    except CasesDamaged as error:
        _damaged(error)


def _damaged(error: CasesDamaged) -> NoReturn:
    output.fail(str(error), "until it can be read, no record is deleted")


def _found(book: CaseBook, id: str) -> Case:
    """The open case of that id."""
    cases = {c.id: c for c in _read(book) if c.closed is None}
    if id not in cases:
        hint = suggestion(id, cases) if cases else "`bellgate case open` opens one"
        output.fail(f'no case "{id}" is open', hint)
    return cases[id]


def _hold(  # noqa: PLR0917 - what was given, and where to look it up
    found: Places,
    simulated: bool,
    policy: Policy,
    person: str | None,
    device: str | None,
    first: str | None,
    last: str | None,
) -> Hold | None:
    if not any((person, device, first, last)):
        return None
    if person and device:
        raise click.UsageError("--person or --device: one at a time, `case add` holds the other")
    since, until = moments.days_back(first, last, policy.year.zone)
    if not person and not device and not (since and until):
        raise click.UsageError("everybody's records are held for named days only: --from and --to")
    devices = policy.directory.devices
    if person:
        holders = [h.person for d in devices for h in d.holders]
        _be_known(found, simulated, "person", person, holders)
    if device:
        _be_known(found, simulated, "device", device, [d.name for d in devices])
    theirs = [d.name for d in devices if person in {h.person for h in d.holders}]
    return Hold(person, device, since, until, tuple(theirs))


def _be_known(found: Places, simulated: bool, what: str, word: str, known: list[str]) -> None:
    """A device may have left the school before the case was opened: then the log knows it. What is
    misspelt would hold nothing, and what was meant would be deleted."""
    if word in known:
        return
    query = Query(person=word) if what == "person" else Query(device=word)
    logs = LogPlaces.of(found.state, simulated=simulated)
    if not any(any(find(log, query)) for log in (*logs.aside, logs.log)):
        output.fail(
            f'neither the log nor devices.yaml knows a {what} "{word}"', suggestion(word, known)
        )


def _recorded(  # noqa: PLR0917 - each is one part of the record
    found: Places,
    policy: Policy,
    case: Case,
    hold: Hold | None,
    message: str,
    now: datetime,
    *,
    simulated: bool,
) -> None:
    held = hold_fields(hold) if hold else {}
    held.pop("person", None)
    record = event_record(
        "bellgate.review",
        "held",
        message,
        edition=policy.edition,
        at=now,
        clock=handing.clock_of(simulated),
        user=handing.user(),
        target=hold.person if hold else None,
        reason=case.reason,
        facts={"case": case.id, **held},
    )
    handing.recorded(found, policy, record, now, simulated=simulated)


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
        "closed": output.utc(case.closed),
        "until": until.isoformat() if until else None,
    }
