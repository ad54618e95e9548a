"""`bellgate allow`, `exemptions` and `revoke`: what is open for a time, for whom, and why."""

import re
import secrets
from datetime import datetime

import click

from bellgate.audit.record.event_kinds import DECISION
from bellgate.cli import moments, output, recorded
from bellgate.cli.options import SIMULATED, Folders, known_policy, with_folders
from bellgate.policy.decide import Policy
from bellgate.policy.exemptions import Exemption
from bellgate.policy.walk import clock_time
from bellgate.policy.what import CATEGORIES, SOCIAL_MEDIA
from bellgate.policy.who import EVERYONE
from bellgate.running.folders import log_base
from bellgate.schedules.granted import Granted
from bellgate.schedules.problem import Unclear, suggestion
from bellgate.schedules.scalars import duration

_SHORT = re.compile(r"^(\d{1,4}) *(m|min|mins|h|hr|hrs)\.?$")


@click.command()
@with_folders
@click.argument("who")
@click.argument("what")
@click.option(
    "--until",
    required=True,
    metavar="T",
    help='"12:00", "Fri 15:00", "45 minutes", or "session": the end of the present one.',
)
@click.option("--reason", metavar="R", help="Why; the log records it.")
@SIMULATED
def allow(
    folders: Folders, *, who: str, what: str, until: str, reason: str | None, simulated: bool
) -> None:
    """Open WHAT for WHO until a time: a group, device, person or everyone; a service or category.

    `bellgate allow everyone social-media --until 12:00` is the head's "open it now".
    """
    reason = recorded.given_reason(reason) if reason is not None else ""
    policy = known_policy(folders)
    _known(who, _whom(policy), "WHO")
    _known(what, (SOCIAL_MEDIA, *CATEGORIES, *policy.index.services), "WHAT")
    now = recorded.now_for(folders, simulated)
    exemption = Exemption(
        id=secrets.token_hex(3),
        who=(who,),
        what=(what,),
        start=now,
        until=_until(policy, who, until, now),
        by=recorded.user(),
        reason=reason,
    )
    end = clock_time(exemption.until, policy.year.zone)
    why = f": {reason}" if reason else ""
    said = f"{what} is open for {who} until {end}, by {exemption.by}{why}"
    # The record first: what is open without one would be open without a reason.
    acting = recorded.Acting(folders, policy, now, simulated)
    with _recorded(acting, exemption, said).taking_effect():
        Granted(log_base(folders.state, simulated=simulated)).add(exemption)
    output.say(
        f"{said}.", f"To take it back: {folders.command(f'revoke {exemption.id}', simulated)}"
    )


@click.command("exemptions")
@with_folders
@SIMULATED
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def list_exemptions(folders: Folders, *, simulated: bool, as_json: bool) -> None:
    """Show what is open for a time."""
    policy = known_policy(folders)
    now = recorded.now_for(folders, simulated)
    granted = Granted(log_base(folders.state, simulated=simulated)).read()
    current = [e for e in granted if now < e.until]
    if as_json:
        output.json_whole([_fields(e) for e in current])
    elif not current:
        output.say("There are no exemptions: the rules alone decide.")
    else:
        output.table(
            "Open for a time",
            ["Id", "Who", "What", "Until", "By", "Why"],
            [
                [e.id, ", ".join(e.who), ", ".join(e.what),
                 clock_time(e.until, policy.year.zone), e.by, e.reason]
                for e in current
            ],
        )  # fmt: skip


@click.command()
@with_folders
@click.argument("id")
@SIMULATED
def revoke(folders: Folders, *, id: str, simulated: bool) -> None:
    """Take the exemption ID back. Connections that only it opened are cut."""
    policy = known_policy(folders)
    now = recorded.now_for(folders, simulated)
    store = Granted(log_base(folders.state, simulated=simulated))
    current = {e.id: e for e in store.read() if now < e.until}
    if id not in current:
        output.fail(
            f'no exemption "{id}" is in force', "`bellgate exemptions` shows those that are"
        )
    taken = current[id]
    said = f"The exemption of {', '.join(taken.what)} for {', '.join(taken.who)} was taken back"
    by = f"{said} by {recorded.user()}"
    acting = recorded.Acting(folders, policy, now, simulated)
    with _recorded(acting, taken, by, revoked=True).taking_effect():
        store.revoke(id, now)
    output.say(f"{said}.")


def _known(word: str, valid: tuple[str, ...], where: str) -> None:
    if word not in valid:
        raise click.BadParameter(
            f'"{word}" is not known: {suggestion(word, valid)}', param_hint=where
        )


def _whom(policy: Policy) -> tuple[str, ...]:
    devices = policy.directory.devices
    persons = dict.fromkeys(h.person for d in devices for h in d.holders)
    return (EVERYONE, *policy.groups, *(d.name for d in devices), *persons)


def _until(policy: Policy, who: str, text: str, now: datetime) -> datetime:
    if text.strip() == "session":
        return _end_of_session(policy, who, now)
    try:
        until = now + duration(_SHORT.sub(_in_full, text.strip().lower())).delta
    except (Unclear, OverflowError):
        try:
            until = moments.moment(text, policy.year.zone, now)
        except click.BadParameter as error:
            or_how_long = f'{error.message}; or for how long: "30m", "45 minutes", "session"'
            raise click.BadParameter(or_how_long, param_hint="--until") from None
    if until <= now:
        raise click.BadParameter(
            f'"{text}" is past: it is {clock_time(now, policy.year.zone)}', param_hint="--until"
        )
    return until


def _in_full(short: re.Match[str]) -> str:
    """`30m`, `2h` as the files have it: `30 minutes`, `2 hours`."""
    unit = "hour" if short[2].startswith("h") else "minute"
    return f"{short[1]} {unit}{'' if int(short[1]) == 1 else 's'}"


def _end_of_session(policy: Policy, who: str, now: datetime) -> datetime:
    """The end of the session that is on; for several groups, of the one that lasts longest."""
    groups = [policy.groups[who]] if who in policy.groups else list(policy.groups.values())
    spans = [policy.timetable(group).session_at(now) for group in groups]
    ends = [span.end for span in spans if span is not None]
    if not ends:
        raise click.BadParameter("no session is on at the moment", param_hint="--until")
    return max(ends)


def _recorded(
    acting: recorded.Acting, exemption: Exemption, message: str, *, revoked: bool = False
) -> recorded.Left:
    return acting.leave(
        "exempted",
        message,
        dataset=DECISION,
        # Why it was granted is not why it was taken back.
        reason=None if revoked else exemption.reason or None,
        facts={
            "exemption": exemption.id,
            "who": list(exemption.who),
            "what": list(exemption.what),
            "until": output.utc(exemption.until),
            "revoked": revoked or None,
        },
    )


def _fields(exemption: Exemption) -> dict[str, object]:
    return {
        "id": exemption.id,
        "who": list(exemption.who),
        "what": list(exemption.what),
        "start": output.utc(exemption.start),
        "until": output.utc(exemption.until),
        "by": exemption.by,
        "reason": exemption.reason,
    }
