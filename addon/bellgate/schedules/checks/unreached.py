"""rules.yaml: rules that decide nothing: others above them do, they never hold, or what they open
is open already.

The first rule that matches decides. Whom and what a rule is about is gone through word by word:
several rules above it may cover it only together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bellgate.policy.decide import Policy, Rule
from bellgate.policy.intervals import Intervals
from bellgate.policy.what import Service, categories_meant
from bellgate.policy.when import Dates, When, intervals_of
from bellgate.policy.who import EVERYONE, Group
from bellgate.schedules.checks.place import warning
from bellgate.schedules.compile import Files, is_under
from bellgate.schedules.problem import Problem

Found = Iterator[Problem]
Times = tuple[When, ...]


@dataclass(frozen=True, slots=True)
class _Whom:
    """A group, or one device: the words of `who` that it goes by, and whose timetable it has."""

    word: str
    """The word of the rule by which it is meant."""
    names: frozenset[str]
    group: Group

    def is_of(self, rule: Rule) -> bool:
        return EVERYONE in rule.who or bool(self.names & {*rule.who})


@dataclass(frozen=True, slots=True)
class _Part:
    """Whom and what of a rule, one of each, and when it is left to the rule to decide."""

    whom: _Whom
    what: str
    above: tuple[Rule, ...]
    """The rules above that cover it, at some of its times."""
    held: Intervals
    left: Intervals


def every_rule_can_match(files: Files, policy: Policy) -> Found:
    known = _Known(policy)
    directory = policy.directory
    nowhere = {d.name for d in directory.devices if directory.is_never_recognised(d)}
    for i, rule in enumerate(policy.rules):
        if rule.who and {*rule.who} <= nowhere:
            continue  # told at the device, with another cure
        parts = list(_parts(rule, policy.rules[:i], known))
        # Without any terms no session ever comes, which is told once and not for each rule.
        if policy.year.terms and parts and not any(part.held.bounds for part in parts):
            whens = ", ".join(map(str, rule.when))
            message = f"{rule.name} never matches: {whens} never happens for {', '.join(rule.who)}"
            hint = (
                "correct the days or dates, or take it out; a time that begins with any also "
                "applies when there is no school: any Saturday 9:00-12:00"
            )
            yield warning(files.rules, ("rules", i), message, hint)
            continue
        parts = [part for part in parts if part.held.bounds]
        if parts and (said := _said(i, parts, known)):
            yield warning(files.rules, ("rules", i), *said)


def _said(i: int, parts: Sequence[_Part], known: "_Known") -> tuple[str, str] | None:
    """What is to be told of the i-th rule, which holds at some time, with the hint."""
    rule, rules = known.policy.rules[i], known.policy.rules
    if all(part.above and not part.left.bounds for part in parts):
        return (
            f"{rule.name} can never match: {_first_come(_above(parts), 'always ')}",
            "move it up, or take it out",
        )
    if rule.action != "allow":
        return None
    # An exception is written for each of its words: where one is never reached, somebody waits.
    for words in (rule.who, rule.what):
        for word in words if len(words) > 1 else ():
            mine = [part for part in parts if word in (part.whom.word, part.what)]
            if mine and all(part.above and not part.left.bounds for part in mine):
                above = _above(mine)
                message = f"{rule.name} is never reached for {word}: {_first_come(above)}"
                return message, f"move it above line {above[0].source.line}, or take {word} out"
    if any(_opens(part, rules[i + 1 :], known) for part in parts):
        return None
    touched = [r for r in rules[:i] if any(_touches(r, rule, part, known) for part in parts)]
    if touched:
        return (
            f"{rule.name} opens nothing: {_first_come(touched)}, and nothing else closes it",
            f"move it above line {touched[0].source.line}, or take it out",
        )
    if why := _on_days_off(known.policy, rule, parts):
        return (
            f"{rule.name} opens nothing: no rule closes {_listed(rule.what)} to "
            f"{_listed(rule.who)} then, as {why}",
            "correct the date; on a day without school it is open already",
        )
    return (
        f"{rule.name} opens nothing: no rule closes {_listed(rule.what)} to "
        f"{_listed(rule.who)} then ({_listed(rule.when)})",
        "what no rule closes is open already: take it out, or write do: log to have it recorded",
    )


def _on_days_off(policy: Policy, rule: Rule, parts: Sequence[_Part]) -> str | None:
    """That a rule of dates holds on days without school alone, and why there is none."""
    dates = [when for when in rule.when if isinstance(when, Dates)]
    chains = {part.whom.group.chain for part in parts}
    days = [
        policy.year.day(chain, each.first + timedelta(days=step))
        for chain in chains
        for each in dates
        for step in range((each.last - each.first).days + 1)
    ]
    if len(dates) < len(rule.when) or not days or any(day.sessions for day in days):
        return None
    return f"nobody that it is for is in school on {days[0].date} ({days[0].why})"


def _listed(words: Sequence[object]) -> str:
    return ", ".join(map(str, words))


def _above(parts: Sequence[_Part]) -> list[Rule]:
    rules = dict.fromkeys(rule for part in parts for rule in part.above)
    return sorted(rules, key=lambda rule: rule.source.line)


def _first_come(rules: Sequence[Rule], always: str = "") -> str:
    """That the rules come first, each with its line."""
    named = ", ".join(f"{rule.name} (line {rule.source.line})" for rule in rules)
    return f"{named} {always}{'come' if len(rules) > 1 else 'comes'} first"


class _Known:
    """What is asked again and again of one policy, worked out once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        # By the timetable, which many groups share, and the times, which many rules do.
        self._held: dict[tuple[int, Times], Intervals] = {}
        self._left: dict[tuple[int, Times, tuple[Times, ...]], Intervals] = {}
        self._overlaps: dict[tuple[int, Times, Times], bool] = {}
        self._about: dict[str, list[Service]] = {}

    def held(self, rule: Rule, group: Group) -> Intervals:
        """When a rule holds for a group."""
        table = self.policy.timetable(group)
        key = (id(table), rule.when)
        if key not in self._held:
            self._held[key] = intervals_of(rule.when, table)
        return self._held[key]

    def overlap(self, one: Rule, other: Rule, group: Group) -> bool:
        """Whether both hold at some time for a group."""
        key = (id(self.policy.timetable(group)), one.when, other.when)
        if key not in self._overlaps:
            self._overlaps[key] = self.held(one, group).meets(self.held(other, group))
        return self._overlaps[key]

    def left(self, rule: Rule, above: Sequence[Rule], group: Group) -> Intervals:
        """When a rule holds and none of those above it does."""
        table = self.policy.timetable(group)
        key = (id(table), rule.when, tuple(earlier.when for earlier in above))
        if key not in self._left:
            left = self.held(rule, group)
            for earlier in above:
                left = left.minus(self.held(earlier, group)) if left.bounds else left
            self._left[key] = left
        return self._left[key]

    def services_about(self, word: str) -> list[Service]:
        """The services of which a word of `what` may mean something."""
        if word not in self._about:
            meant, domain = categories_meant(word), "." in word
            self._about[word] = [
                service
                for service in (
                    *self.policy.index.services.values(),
                    *(listed.service for listed in self.policy.index.lists),
                )
                if service.id == word
                or service.category in meant
                or (domain and any(is_under(n, word) or is_under(word, n) for n in service.names))
            ]
        return self._about[word]

    def whole_service(self, domain: str) -> Service | None:
        """The service that a domain and all under it belong to, as far as the catalogue knows."""
        service = self.policy.index.look_up(f"any.{domain}").service
        others = [s for s in self.services_about(domain) if s is not service]
        opened = service is not None and any(is_under(n, domain) for n in service.stays_open)
        under = any(is_under(name, domain) for other in others for name in other.names)
        return None if opened or under else service


def _parts(rule: Rule, above: Sequence[Rule], known: _Known) -> Iterator[_Part]:
    covered: dict[str, list[Rule]] = {
        word: [r for r in above if _covers(known, r, word)] for word in rule.what
    }
    for whom in _whom(known.policy, rule):
        held = known.held(rule, whom.group)
        for what, rules in covered.items():
            mine = tuple(r for r in rules if whom.is_of(r) and known.overlap(rule, r, whom.group))
            yield _Part(whom, what, mine, held, known.left(rule, mine, whom.group))


def _whom(policy: Policy, rule: Rule) -> Iterator[_Whom]:
    """Every group and device that a rule is about, by the word that means it."""
    for word in rule.who:
        for group in policy.groups.values():
            if word == EVERYONE or word in group.chain:
                yield _Whom(word, frozenset(group.chain), group)
        for device in policy.directory.devices:
            if word == device.name or word in device.others:
                group = policy.groups[device.group]
                yield _Whom(word, frozenset((device.name, *group.chain, *device.others)), group)


def _touches(earlier: Rule, rule: Rule, part: _Part, known: _Known) -> bool:
    """Whether a rule above closes or records some of it at some time."""
    about = earlier.action != "allow" and part.whom.is_of(earlier)
    return (
        about
        and _meets(known, earlier, part.what)
        and known.overlap(rule, earlier, part.whom.group)
    )


def _opens(part: _Part, below: Sequence[Rule], known: _Known) -> bool:
    """Whether anything would be closed or recorded there, if the rule were not: perhaps is yes."""
    policy = known.policy
    inside = {g.name for g in policy.groups.values() if part.whom.group.name in g.chain}
    inside |= {d.name for d in policy.directory.devices if {d.group, *d.others} & inside}
    names = part.whom.names | inside
    for rule in below:
        concerned = EVERYONE in rule.who or names & {*rule.who}
        if concerned and rule.action != "allow" and _may_meet(known, rule, part.what):
            held = known.held(rule, part.whom.group)
            if part.left.minus(held) != part.left:
                return True
    return False


def _covers(known: "_Known", rule: Rule, word: str) -> bool:
    """Whether a rule is about everything that a word of `what` means."""
    if word in rule.what:
        return True
    domains = [w for w in rule.what if "." in w]
    if "." in word:
        service = known.whole_service(word)
        named = service is not None and rule.names_service(service)
        return named or any(is_under(word, w) for w in domains)
    service = next((s for s in known.services_about(word) if s.id == word), None)
    if service is None:
        if not categories_meant(word):
            return False  # a list that there is no copy of yet
        meant = {c for w in rule.what for c in categories_meant(w)}
        return {*categories_meant(word)} <= meant
    by_name = [any(is_under(name, w) for w in domains) for name in service.names]
    return rule.names_service(service) or (bool(by_name) and all(by_name))


def _may_meet(known: "_Known", rule: Rule, word: str) -> bool:
    """Whether a rule may be about something that a word of `what` means: only a list knows what it
    holds, and it changes by the day."""
    listed = any(rule.names_service(listed.service) for listed in known.policy.index.lists)
    unread = not ("." in word or known.services_about(word) or categories_meant(word))
    return ("." in word and listed) or unread or _meets(known, rule, word)


def _meets(known: "_Known", rule: Rule, word: str) -> bool:
    """Whether a rule is about something that a word of `what` means, the lists apart."""
    mine = known.services_about(word)
    if any(rule.names_service(service) for service in mine):
        return True
    if {*categories_meant(word)} & {c for w in rule.what for c in categories_meant(w)}:
        return True
    domains = [w for w in rule.what if "." in w]
    if "." in word:
        return any(is_under(word, w) or is_under(w, word) for w in domains)
    return any(service in mine for w in domains for service in known.services_about(w))
