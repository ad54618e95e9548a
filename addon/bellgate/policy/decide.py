"""The rules, first match wins. `decide` is the one place where an answer is made.

Everything that shows an answer (the page, the record, `explain`, the console) renders the Decision
made here; none works it out again.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from bellgate.policy.action import ACTIONS, Action, is_open
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import Connection, is_inside
from bellgate.policy.intervals import DAWN, Intervals
from bellgate.policy.source import Source
from bellgate.policy.timetable import Span, Timetable
from bellgate.policy.what import HIDDEN, NOTHING, OTHER, Index, Service, What, categories_meant
from bellgate.policy.when import When, intervals_of
from bellgate.policy.who import EVERYONE, NOWHERE, Directory, Group, Who
from bellgate.policy.year import SchoolYear, SpecialDay, WeekDay

# Elsewhere bytes that cannot be read are nobody's secret: other ports are the firewall's business.
WEB_PORTS = (80, 443)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of rules.yaml. `who` and `what` are words of the files, checked when loaded."""

    name: str
    who: tuple[str, ...]
    what: tuple[str, ...]
    when: tuple[When, ...]
    action: Action
    clause: str
    source: Source
    ask_for: timedelta | None = None

    def about_whom(self, who: Who) -> bool:
        words = self.who
        if EVERYONE in words or any(g in words for g in who.groups):
            return True
        return who.device is not None and who.device.name in words

    def about_what(self, what: What) -> bool:
        if what.domains and any(word in what.domains for word in self.what):
            return True
        return what.service is not None and self.names_service(what.service)

    def names_service(self, service: Service) -> bool:
        """Whether `what` holds the service, by its id or by its category."""
        return any(
            word == service.id or service.category in categories_meant(word) for word in self.what
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one stretch of time: constant from its start to its end."""

    action: Action
    rule: Rule | None
    session: Span | None
    until: datetime | None
    """The first later instant at which the action or the rule differs."""
    opens: datetime | None = None
    """For `block` and `ask`: the first later instant at which it is neither."""
    asks: datetime | None = None
    """For `block`: the first later instant at which an answer opens it, where that is sooner."""
    closes: datetime | None = None
    """For `allow` and `log`: the first later instant at which it is neither."""
    named: bool = False
    """Whether some rule names both the person and the subject, in force at the time or not."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Which policy decided: what a record needs to name it for good."""

    school: str
    title: str
    gateway: str
    timezone: str
    contact: str
    hash: str
    list_version: str
    notice: str | None = None
    catalogue: str = ""
    """Of which day the catalogue of services is."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one connection at one instant, with its reasons."""

    connection: Connection
    instant: datetime
    who: Who
    what: What
    verdict: Verdict
    edition: Edition
    host: str | None
    """The name that decided: the strictest of those shown."""
    exemption: Exemption | None = None
    """What opened it, where no rule was asked."""

    @property
    def action(self) -> Action:
        return self.verdict.action

    @property
    def rule(self) -> Rule | None:
        return self.verdict.rule

    @property
    def clause(self) -> str | None:
        return self.verdict.rule.clause if self.verdict.rule else None

    @property
    def service(self) -> str | None:
        return self.what.service.id if self.what.service else None

    @property
    def service_name(self) -> str:
        """The service as people call it; for what is no service, the host itself."""
        if self.what.service is not None:
            return self.what.service.name
        return self.host or "an unnamed site"

    @property
    def category(self) -> str | None:
        return self.what.service.category if self.what.service else None

    @property
    def device(self) -> str | None:
        return self.who.device.name if self.who.device else None

    @property
    def group(self) -> str:
        return self.who.group.name

    @property
    def session(self) -> str | None:
        return self.verdict.session.name if self.verdict.session else None

    @property
    def until(self) -> datetime | None:
        return self.verdict.until

    @property
    def opens(self) -> datetime | None:
        """Until when the person cannot have it, by an answer either; None where that never ends."""
        return self.asks or self.verdict.opens

    @property
    def asks(self) -> datetime | None:
        """When what is blocked can be opened by an answer; None where it opens sooner of itself, or
        where the person would see no page to answer on."""
        return self.verdict.asks if self.who.trusts_certificate else None

    @property
    def whose(self) -> str:
        """The device by name, else the group and the address.

        As in `a device in the guests group (10.0.0.9)`."""
        ip = self.connection.source_ip
        at = "" if ip == NOWHERE else f" ({ip})"
        return self.device or f"a device in the {self.group} group{at}"

    @property
    def sentence(self) -> str:
        """One sentence that a head teacher understands: the record's `message`."""
        if self.exemption is not None:
            why = self.exemption.reason or "no reason given"
            granted = f"opened by {self.exemption.by}: {why}"
            return f"Allowed {self.service_name} on {self.whose} ({granted})"
        session = f" in {self.session.capitalize()} session" if self.session else ""
        verb = ACTIONS[self.action].verb
        return f"{verb} {self.service_name} on {self.whose}{session} ({self.by_which_rule})"

    @property
    def by_which_rule(self) -> str:
        """`rule Staff`; without one, whether none ever names it or none is in force just then."""
        if self.rule is not None:
            return f"rule {self.rule.name}"
        return "no rule applies then" if self.verdict.named else "no rule names it"


@dataclass(frozen=True)
class _Timeline:
    """The answers that one list of rules gives one timetable, stretch by stretch."""

    starts: tuple[datetime, ...]
    verdicts: tuple[Verdict, ...]

    def at(self, instant: datetime) -> Verdict:
        return self.verdicts[bisect_right(self.starts, instant) - 1]


@dataclass(frozen=True)
class Policy:
    """Everything that deciding needs, compiled and immutable.

    Timetables and timelines are worked out at first use and kept: they depend on nothing but the
    policy, and there are few (groups times the distinct lists of rules).
    """

    edition: Edition
    year: SchoolYear
    directory: Directory
    index: Index
    rules: tuple[Rule, ...]
    observe: bool = False
    """Everything is decided as ever, and nothing of it carried out: the first week."""
    _timetables: dict[tuple[str, ...], Timetable] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )
    _rules_for: dict[tuple[object, ...], _Timeline] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )
    _timelines: dict[tuple[object, ...], _Timeline] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    @property
    def groups(self) -> Mapping[str, Group]:
        return self.directory.groups

    def timetable(self, group: Group) -> Timetable:
        """The school year of a group; groups that nothing tells apart share one."""
        told_apart = tuple(g for g in group.chain if g in self._groups_of_the_year)
        table = self._timetables.get(told_apart)
        if table is None:
            table = self._timetables[told_apart] = Timetable(self.year, told_apart)
        return table

    def rules_about(self, who: Who, what: What) -> tuple[Rule, ...]:
        """The rules that name both, in their order; which of them holds is a matter of time."""
        return tuple(r for r in self.rules if r.about_whom(who) and r.about_what(what))

    def verdict(self, who: Who, what: What, instant: datetime) -> Verdict:
        """What the rules say of one person and one subject at one instant."""
        device = who.device
        named = device.name if device and device.name in self._named_devices else None
        others = device.others if device else None
        key = (who.group.name, named, others, what.subject)
        timeline = self._rules_for.get(key)
        if timeline is None:
            timeline = self._rules_for[key] = self._timeline(who, what)
        return timeline.at(instant)

    @cached_property
    def bells(self) -> tuple[datetime, ...]:
        """Every instant at which the answer for somebody may change, in order."""
        found: set[datetime] = set()
        for table in {id(t): t for t in map(self.timetable, self.groups.values())}.values():
            found.update(table.in_session.bounds, (s.start for s in table.sessions))
            for whens in {rule.when for rule in self.rules}:
                found.update(intervals_of(whens, table).bounds)
        found.discard(DAWN)
        return tuple(sorted(found))

    def next_bell(self, instant: datetime) -> datetime | None:
        """The first bell after an instant, where the timetable still has one."""
        position = bisect_right(self.bells, instant)
        return self.bells[position] if position < len(self.bells) else None

    def near(self, instant: datetime, days: int) -> "Policy":
        """The same policy, compiled only for some days around an instant: for whoever asks about
        now, and not for the years ahead."""
        day = instant.astimezone(self.year.zone).date()
        span = (day - timedelta(days=1), day + timedelta(days=days))
        return replace(self, year=replace(self.year, only=span))

    @cached_property
    def _groups_of_the_year(self) -> frozenset[str]:
        year = self.year
        named = set(year.shapes_for)
        changes: tuple[SpecialDay | WeekDay, ...] = (*year.dates, *year.weekdays)
        for day in changes:
            named |= day.closed_to | day.open_to | day.for_groups
        return frozenset(named)

    @cached_property
    def _named_devices(self) -> frozenset[str]:
        return frozenset(word for rule in self.rules for word in rule.who)

    def _timeline(self, who: Who, what: What) -> _Timeline:
        rules = self.rules_about(who, what)
        table = self.timetable(who.group)
        key = (table.chain, tuple(r.source for r in rules))
        timeline = self._timelines.get(key)
        if timeline is None:
            timeline = self._timelines[key] = _compile(rules, table)
        return timeline


def decide(
    policy: Policy,
    connection: Connection,
    instant: datetime,
    exemptions: tuple[Exemption, ...] = (),
) -> Decision:
    """What happens to a connection at an instant (aware, UTC). Never raises for what a wire shows.

    Every name that the connection showed is decided, and the strictest answer holds; among equals
    the name shown first. A connection that hides its name is `no-name`, and one that is no web page
    `not-web`, unless it stays inside.
    `exemptions` are asked before the rules, name by name.
    """
    who = policy.directory.identify(
        connection.source_ip,
        connection.mac,
        instant,
        interface=connection.interface,
        doubt=connection.doubt,
        duid_mac=connection.duid_mac,
        sign_in=connection.sign_in,
    )
    strictest: tuple[str | None, What, Verdict, Exemption | None] | None = None
    for host, what in _subjects(policy, connection):
        verdict = policy.verdict(who, what, instant)
        exemption = None
        if exemptions and verdict.action != "allow":
            exemption = _exempting(exemptions, who, connection.source_ip, what, instant)
            if exemption is not None:
                later = policy.verdict(who, what, exemption.until)
                closes = later.closes if is_open(later.action) else exemption.until
                verdict = Verdict("allow", None, verdict.session, exemption.until, closes=closes)
        if strictest is None or _strictness(verdict) > _strictness(strictest[2]):
            strictest = (host, what, verdict, exemption)
    assert strictest is not None
    host, what, verdict, exemption = strictest
    return Decision(connection, instant, who, what, verdict, policy.edition, host, exemption)


def _strictness(verdict: Verdict) -> int:
    return ACTIONS[verdict.action].strictness


def _exempting(
    exemptions: tuple[Exemption, ...], who: Who, source_ip: str, what: What, instant: datetime
) -> Exemption | None:
    """The exemption that opens a subject now: of several, the one that lasts longest."""
    about = [e for e in exemptions if e.holds(instant) and e.about(who, source_ip, what)]
    return max(about, key=lambda e: e.until, default=None)


def is_internal(policy: Policy, connection: Connection) -> bool:
    """Whether a connection stays inside: to a private address, to one of the school's networks, or
    to what is attached to the gateway on the school's side."""
    to = connection.destination_ip
    return to is not None and (
        connection.destination_connected
        or is_inside(to)
        or policy.directory.network_of(to) is not None
    )


def without_its_names(policy: Policy, connection: Connection) -> Connection | None:
    """The same connection, had it shown no name; None where its names need not lead anywhere.

    A name shown towards somebody else's address hides where the connection goes: wherever this
    nameless one is closed, the name must lead to the address that was dialled. In their own time
    people dial what they like.
    """
    if not connection.names or connection.destination_ip is None:
        return None
    if is_internal(policy, connection):
        return None
    return replace(connection, names=(), server_name=None)


def _subjects(policy: Policy, connection: Connection) -> list[tuple[str | None, What]]:
    """All that a connection says it is about; never empty."""
    subjects: list[tuple[str | None, What]] = [
        (n, policy.index.look_up(n)) for n in connection.names
    ]
    # A name shown before bytes that are neither TLS nor HTTP says nothing of what they carry.
    opaque = connection.protocol in ("other", "not-web")
    if (opaque and connection.destination_port in WEB_PORTS) or not subjects:
        unnamed = OTHER if connection.protocol == "not-web" else HIDDEN
        stays = is_internal(policy, connection)
        subjects.append((connection.host, NOTHING if stays else unnamed))
    return subjects


def _compile(rules: Iterable[Rule], table: Timetable) -> _Timeline:
    """Cut time at every bound of every rule and session, and answer each stretch once."""
    timed: list[tuple[Rule, Intervals]] = [(r, intervals_of(r.when, table)) for r in rules]
    bounds = {DAWN, *table.in_session.bounds, *(s.start for s in table.sessions)}
    bounds.update(*(intervals.bounds for _, intervals in timed))
    starts = tuple(sorted(bounds))
    answers = [
        (next((rule for rule, times in timed if start in times), None), table.session_at(start))
        for start in starts
    ]
    verdicts: list[Verdict] = []
    until: datetime | None = None
    opens: datetime | None = None
    asks: datetime | None = None
    closes: datetime | None = None
    after: datetime | None = None
    later: Rule | None = answers[-1][0]
    # From the last stretch back to the first, so that what comes after is already known.
    for start, (rule, session) in zip(reversed(starts), reversed(answers), strict=True):
        if rule is not later:
            until = after
            if later is None or is_open(later.action):
                opens, asks = after, None
            else:
                closes = after
                asks = after if later.action == "ask" else asks
            later = rule
        action = rule.action if rule else "allow"
        verdicts.append(
            Verdict(
                action,
                rule,
                session,
                until,
                opens=None if is_open(action) else opens,
                asks=asks if action == "block" else None,
                closes=closes if is_open(action) else None,
                named=bool(timed),
            )
        )
        after = start
    return _Timeline(starts, tuple(reversed(verdicts)))


def carried_out(policy: Policy, decision: Decision) -> Decision:
    """What is done by a decision: while the gate only observes, whatever it is goes through."""
    if not policy.observe:
        return decision
    return replace(decision, verdict=replace(decision.verdict, action="allow"))
