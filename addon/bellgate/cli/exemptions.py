"""`bellgate allow`, `exemptions` and `revoke`: what is open for a time, for whom, and why."""

import secrets
from collections.abc import Iterable, Iterator

import click

from bellgate.audit.record.event_kinds import DECISION
from bellgate.cli import output, recorded
from bellgate.cli.exemption_times import end_of, start_of
from bellgate.cli.options import SIMULATED, Folders, known_policy, with_folders
from bellgate.policy.decide import Policy
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import address
from bellgate.policy.overridden import overridden, said_of
from bellgate.policy.walk import clock_time
from bellgate.policy.what import CATEGORIES, SOCIAL_MEDIA
from bellgate.policy.who import EVERYONE
from bellgate.running.folders import log_base
from bellgate.schedules import scalars
from bellgate.schedules.granted import Granted
from bellgate.schedules.problem import Unclear, suggestion


@click.command()
@with_folders
@click.argument("who")
@click.argument("what")
@click.option("--from", "first", metavar="T", help='"13:00" or "Thu 10:00". Default: now.')
@click.option(
    "--until",
    required=True,
    metavar="T",
    help='"12:00", "Fri 15:00"; for "30m", "1 hour"; to the end of the "session" or "lesson".',
)
@click.option("--reason", metavar="R", help="Why; the log records it.")
@SIMULATED
def allow(
    folders: Folders,
    *,
    who: str,
    what: str,
    first: str | None,
    until: str,
    reason: str | None,
    simulated: bool,
) -> None:
    """Open WHAT (a service or a category) for WHO (a group, a device, a person or everyone).

    `bellgate allow everyone social-media --until 12:00` is the head's "open it now".
    """
    reason = recorded.given_reason(reason) if reason is not None else ""
    policy = known_policy(folders)
    whom, sites = _whom(policy), (SOCIAL_MEDIA, *CATEGORIES, *policy.index.services)
    _known(who, whom, "WHO", sites)
    _known(what, sites, "WHAT", whom)
    now = recorded.now_for(folders, simulated)
    start = start_of(policy, first, now)
    exemption = Exemption(
        id=secrets.token_hex(3),
        who=(who,),
        what=(what,),
        start=start,
        until=end_of(policy, who, until, start),
        by=recorded.user(),
        reason=reason,
    )
    end = clock_time(exemption.until, policy.year.zone)
    why = f": {reason}" if reason else ""
    opens, since = "is open", ""
    if start > now:
        opens, since = "will be open", f" from {clock_time(start, policy.year.zone)}"
    said = f"{what} {opens} for {who}{since} until {end}, by {exemption.by}{why}"
    # The record first: what is open without one would be open without a reason.
    acting = recorded.Acting(folders, policy, now, simulated)
    with _recorded(acting, exemption, said).taking_effect():
        Granted(log_base(folders.state, simulated=simulated)).add(exemption, now)
    output.say(
        f"{said}.",
        *(said_of(rule) for rule in overridden(policy, exemption)),
        f"To take it back: {folders.command(f'revoke {exemption.id}', simulated)}",
    )


@click.command("exemptions")
@with_folders
@SIMULATED
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
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
            ["Id", "Who", "What", "From", "Until", "By", "Why"],
            [
                [e.id, ", ".join(e.who), ", ".join(e.what), clock_time(e.start, policy.year.zone),
                 clock_time(e.until, policy.year.zone), e.by, e.reason]
                for e in current
            ],
        )  # fmt: skip
        output.say(*(f"warning: {message}" for message in gone(current, policy)))


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
    by = f"{said} by {recorded.user()}{', before it opened' if now < taken.start else ''}"
    acting = recorded.Acting(folders, policy, now, simulated)
    with _recorded(acting, taken, by, revoked=True).taking_effect():
        store.revoke(id, now)
    output.say(f"{said}.")


def _known(word: str, valid: tuple[str, ...], where: str, others: tuple[str, ...]) -> None:
    if word not in valid:
        hint = suggestion(word, valid)
        if word in others:
            hint = "write whom it is for first, and then what it opens"
        elif where == "WHO" and (address(word) is not None or _is_mac(word)):
            hint = "add the device to devices.yaml first, or open it for its whole group"
        raise click.BadParameter(f'"{word}" is not known: {hint}', param_hint=where)


def _is_mac(word: str) -> bool:
    try:
        scalars.mac_address(word)
    except Unclear:
        return False
    return True


def _whom(policy: Policy) -> tuple[str, ...]:
    devices = policy.directory.devices
    persons = dict.fromkeys(h.person for d in devices for h in d.holders)
    return (EVERYONE, *policy.groups, *(d.name for d in devices), *persons)


def gone(exemptions: Iterable[Exemption], policy: Policy) -> Iterator[str]:
    """What is open for somebody whom the files do not know any more."""
    known = frozenset(_whom(policy))
    for exemption in exemptions:
        for word in exemption.who:
            if word not in known and address(word) is None:
                yield (
                    f"exemption {exemption.id} is for {word}, which is not in the files any more: "
                    f"it opens nothing (bellgate revoke {exemption.id})"
                )


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
            "from": output.utc(exemption.start) if exemption.start > acting.now else None,
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
