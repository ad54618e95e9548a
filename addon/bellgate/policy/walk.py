"""A decision, step by step: who, what, when, each rule from the top, the answer.

Only words about a Decision. Nothing is decided here: the last step is the Decision itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision, Policy, Rule, Verdict
from bellgate.policy.facts import Doubt, SignInDoubt
from bellgate.policy.source import Source
from bellgate.policy.timetable import Timetable
from bellgate.policy.wall_clock import WEEKDAYS, length_in_words
from bellgate.policy.when import Weekly, hours_of, intervals_of
from bellgate.policy.who import NOWHERE, Claim, Device, Who

_GROUNDS = {
    "signed-in": "somebody signed in to it",
    "held": "known by its MAC, on its own network, and issued to",
    "shared": "a shared device: attributed to nobody",
    "address": "known only by its IP address, which proves no person",
    "unknown": "attributed to nobody",
}
_DOUBTS: Mapping[Doubt | SignInDoubt, str] = {
    "shared-mac": "its MAC sends from several IPv4 addresses at once, so it names no person",
    "lease-differs": "its address is leased to another MAC, so its own names no person",
    "duid": "known by the MAC in a DUID, which proves no person",
    "sign-in-unnamed": "somebody signed in to it under a name that `people` does not know: "
    "attributed to nobody",
    "sign-ins-differ": "sign-ins to it contradict each other: attributed to nobody",
    "sign-in-unsure": "whether somebody is still signed in to it is unknown: attributed to nobody",
    "sign-in-over": "whoever was signed in to it has signed out: attributed to nobody",
}


OBSERVING = "The gate only observes: nothing is refused, and no device is recorded."


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the walk. `mark` is `yes` or `no` for a rule, `–` for anything else."""

    title: str
    text: str
    mark: str = "–"


def walk(policy: Policy, decision: Decision) -> tuple[Step, ...]:
    """How the policy came to the decision."""
    return (
        Step("Who", _who(policy, decision)),
        Step("What", _what(decision)),
        Step("When", _when(policy, decision)),
        *(_exemption(decision) if decision.exemption else _rules(policy, decision)),
        Step("Answer", _answer(policy, decision)),
    )


def _who(policy: Policy, decision: Decision) -> str:
    who = decision.who
    groups = ", in ".join(who.group.chain)
    if who.device is None:
        ip, group = decision.connection.source_ip, f"in the group {groups}"
        put = (
            f"its network puts it {group}"
            if who.known
            else f"it is on none of the school's networks, so it is {group}"
        )
        where = put if ip == NOWHERE else f"{ip}: {put}"
        if who.claimed is not None:
            return f"{where}. {_claimed(policy, who.claimed)}"
        if ip == NOWHERE:
            return f"a device with neither mac nor ip: {where}"
        return f"{ip}: it is not a device in the files; {put}{_by_a_sign_in(who)}"
    ground = _of_several(who.device, decision.instant) or _ground(who)
    more = sorted(who.device.others.difference(who.group.chain))
    also = f", also in {', '.join(more)}" if more else ""
    return f"{who.device.name}{_at(who.device.source)}: {groups}{also}; {ground}"


def _claimed(policy: Policy, claim: Claim) -> str:
    """Why a MAC of the files proves no device here."""
    claimed = f"{claim.name}{_at(claim.source)}"
    (device,) = (d for d in policy.directory.devices if d.name == claim.name)
    if policy.directory.homes(device):
        return (
            f"Its MAC is that of {claimed}, which belongs on another network: here the MAC proves "
            "nothing"
        )
    return (
        f"Its MAC is that of {claimed}, which is recognised nowhere: its group {device.group} has "
        "no network in devices.yaml"
    )


def _of_several(device: Device, instant: datetime) -> str | None:
    """That so many have it at the moment, which is another thing than a class set."""
    persons = [holder.person for holder in device.holders if holder.holds(instant)]
    if device.shared or len(persons) < 2:
        return None
    neither = "neither" if len(persons) == 2 else "none of them"
    return f"issued to {' and '.join(persons)} at the same time: attributed to {neither}"


def _ground(who: Who) -> str:
    if who.ground:
        return _DOUBTS[who.ground]
    said = _GROUNDS[who.attribution]
    if who.attribution == "held":
        return f"{said} {who.person}"
    return f"{said} ({who.person}, accounting session {who.accounting})" if who.accounting else said


def _by_a_sign_in(who: Who) -> str:
    """What a sign-in says of a device that the files do not know."""
    return f"; {_ground(who)}" if who.ground or who.accounting else ""


def _at(source: Source | None) -> str:
    return f" ({source})" if source else ""


def _what(decision: Decision) -> str:
    what, host = decision.what, decision.host or "no name"
    if what.service is None:
        named = f"; named by the rules as {min(what.domains)}" if what.domains else ""
        return f"{host}: not a service in the catalogue{named}"
    source = f" ({what.service.source})" if what.service.source else ""
    by = f" by {what.matched}" if what.matched and what.matched != host else ""
    return f"{host}: {what.service.name}, {what.service.category}{source}{by}"


def _when(policy: Policy, decision: Decision) -> str:
    there = decision.instant.astimezone(policy.year.zone)
    day = policy.year.day(decision.who.group.chain, there.date())
    source = f" ({day.source})" if day.source else ""
    moment = f"{WEEKDAYS[there.weekday()]} {there:%Y-%m-%d %H:%M}"
    if not day.open:
        return f"{moment}: no school for {decision.group}: {day.why}{source}"
    return f"{moment}: {day.why}{source}, {_part_of_the_day(policy, decision)}"


def _part_of_the_day(policy: Policy, decision: Decision) -> str:
    """The session, and the break or the lunch in it or beside it: rules may be about each."""
    table = policy.timetable(decision.who.group)
    session = f"{decision.session} session" if decision.session else "no session"
    if pause := table.break_at(decision.instant):
        within = f"part of the {session}" if decision.session else session
        return f"{pause.name} ({within})"
    return f"lunch ({session})" if decision.instant in table.lunch else session


def _exemption(decision: Decision) -> Iterator[Step]:
    granted = decision.exemption
    assert granted is not None
    text = f"opens it for {', '.join(granted.who)}: {granted.reason} ({granted.by})"
    yield Step(f"Exemption {granted.id}", text, "yes")


def _rules(policy: Policy, decision: Decision) -> Iterator[Step]:
    table = policy.timetable(decision.who.group)
    for rule in policy.rules:
        title = f"Rule {rule.name} ({rule.source})"
        if rule is decision.rule:
            yield Step(title, f"matches: {rule.action}{_for_how_long(rule)}", "yes")
            return
        yield Step(
            title,
            _why_not(rule, decision, table),
            "no",
        )


def _for_how_long(rule: Rule) -> str:
    return f", for {length_in_words(rule.ask_for)} after an answer" if rule.ask_for else ""


def _why_not(rule: Rule, decision: Decision, table: Timetable) -> str:
    reasons = []
    if not rule.about_whom(decision.who):
        reasons.append(f"is for {', '.join(rule.who)}")
    if not rule.about_what(decision.what):
        reasons.append(f"is about {', '.join(rule.what)}")
    if decision.instant not in intervals_of(rule.when, table):
        times = ", ".join(map(str, rule.when))
        reasons.append(f"holds at other times ({times}){_without_school(rule, decision, table)}")
    return "; ".join(reasons)


def _without_school(rule: Rule, decision: Decision, table: Timetable) -> str:
    """That there is no school, where that alone keeps hours from holding."""
    day = decision.instant.astimezone(table.year.zone).date()
    hours = map(hours_of, rule.when)
    of_school = any(isinstance(when, Weekly) and not when.any_day for when in hours)
    if of_school and not table.year.day(decision.who.group.chain, day).sessions:
        return ": there is no school on this day"
    return ""


def _answer(policy: Policy, decision: Decision) -> str:
    changes = _changes(policy, decision)
    clause = f" Clause: {decision.clause}." if decision.clause else ""
    only = f" {OBSERVING}" if policy.observe else ""
    return f"{decision.sentence}, {changes}.{_asked(decision)}{clause}{only}"


def _asked(decision: Decision) -> str:
    """What an answer on the page does, and for whom there is no page."""
    rule = decision.rule
    if rule is None or is_open(decision.action):
        return ""
    if not decision.who.trusts_certificate:
        page = "page to answer on" if decision.action == "ask" else "page that says why"
        return f" The device does not trust the school's certificate, so it sees no {page}."
    if rule.ask_for is None or decision.action != "ask":
        return ""
    session = ", or until the session ends if that is sooner" if decision.session else ""
    return f" An answer on the page opens it for {length_in_words(rule.ask_for)}{session}."


def _changes(policy: Policy, decision: Decision) -> str:
    """Until when it is so. What another rule leaves as it is does not read as if it ended, and what
    an answer opens does not read as if it stayed closed."""
    until, zone = decision.until, policy.year.zone
    answers = decision.action == "ask" and decision.who.trusts_certificate
    stays = "open" if is_open(decision.action) else "as it is" if answers else "closed"
    if until is None:
        return f"and it stays {stays}"
    following = policy.verdict(decision.who, decision.what, until)
    if is_open(decision.action):
        return _open_until(decision, until, following, zone)
    if answers and following.action == "block":
        closed = f"it is closed{_by(following.rule)}"
        return f"until {clock_time(until, zone)}; then {closed}, and no answer opens it"
    opens = decision.opens
    asked = "; then the page asks what it is for" if decision.asks else ""
    if opens == until:
        return f"until {clock_time(until, zone)}{asked}"
    by = _by(following.rule)
    if opens is None:
        return f"and it stays {stays} (from {clock_time(until, zone)}{by})"
    same_day = until.astimezone(zone).date() == opens.astimezone(zone).date()
    then = f"{until.astimezone(zone):%H:%M}" if same_day else clock_time(until, zone)
    return f"until {clock_time(opens, zone)} (from {then}{by}){asked}"


def _open_until(decision: Decision, until: datetime, following: Verdict, zone: ZoneInfo) -> str:
    """When what is open closes, or that only the rule ends by which it is."""
    at, closes = clock_time(until, zone), decision.verdict.closes
    if closes == until:
        return f"until {at}"
    by = " by this rule" if decision.rule else ""
    recorded = f", recorded{_by(following.rule)}" if following.action == "log" else ""
    last = f"{',' if recorded else ''} until {clock_time(closes, zone)}" if closes else ""
    return f"until {at}{by}; it then stays open{recorded}{last}"


def _by(rule: Rule | None) -> str:
    return f" by the rule {rule.name}" if rule else ""


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """A moment by the school's clock: `Monday 2026-11-23 12:15`."""
    there = moment.astimezone(zone)
    return f"{WEEKDAYS[there.weekday()]} {there:%Y-%m-%d %H:%M}"
