"""A policy and its settings -> what a paper says of them, in words for people who read no files.

Pure: values in, one value out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bellgate.policy.decide import Policy
from bellgate.policy.plain_words import RuleInWords, rule_in_words
from bellgate.policy.who import EVERYONE, Group, Wording
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.load import Loaded

_LOOKED_AT: Final = timedelta(days=120)
"""An ordinary day is the commonest of so many to come: a half-term is shorter than that."""


@dataclass(frozen=True, slots=True)
class KeptFor:
    """How long the records of a group are kept, or those of the gate or of reviewers."""

    whose: str
    length: str


@dataclass(frozen=True, slots=True)
class OrdinaryDay:
    """The sessions that a group has on most days: `morning 08:50–12:00`."""

    group: str
    sessions: str


@dataclass(frozen=True, slots=True)
class Root:
    """The school's certificate, as devices show it."""

    file: str
    fingerprint: str
    """SHA-256: `AB:CD:…`."""
    expires: date


@dataclass(frozen=True, slots=True)
class Filling:
    """What the papers are filled with. `root` is None where no certificate was made yet."""

    school: str
    contact: str
    gateway: str
    title: str
    agreed: date | None
    notice: str | None
    today: date
    rules_for_staff: tuple[RuleInWords, ...]
    rules_for_pupils: tuple[RuleInWords, ...]
    kept: tuple[KeptFor, ...]
    days: tuple[OrdinaryDay, ...]
    proxy: bool
    leaves_the_machine: bool
    """Whether checkpoints of the log are sent outside the gateway."""
    root: Root | None


def filling(policy: Policy, loaded: Loaded, root: Root | None, today: date) -> Filling:
    """Of a policy that was loaded without an error."""
    school = loaded.readable.school
    written = school.form.policy if school is not None else None
    assert school is not None and written is not None, "a policy that loaded has both"
    gateway = loaded.gateway
    return Filling(
        school=policy.edition.school,
        contact=policy.edition.contact,
        gateway=policy.edition.gateway,
        title=policy.edition.title,
        agreed=written.agreed,
        notice=policy.edition.notice,
        today=today,
        rules_for_staff=tuple(_rules(policy, "staff")),
        rules_for_pupils=tuple(_rules(policy, "pupils")),
        kept=tuple(_kept(school.form)),
        days=tuple(_days(policy, today)),
        proxy=gateway is not None and gateway.proxy,
        leaves_the_machine=loaded.settings.anchors.lead_outside,
        root=root,
    )


def _rules(policy: Policy, wording: Wording) -> Iterator[RuleInWords]:
    """Those that are about somebody to whom the page speaks in these words. Strangers' devices have
    a group too, and whatever its wording, no notice is given to them."""
    groups = {name for name, group in policy.groups.items() if group.wording == wording}
    groups.discard(policy.directory.unknown_devices)
    devices = {d.name for d in policy.directory.devices if d.group in groups}
    for rule in policy.rules:
        if EVERYONE in rule.who or groups & set(rule.who) or devices & set(rule.who):
            yield rule_in_words(rule, policy.index.services)


def _kept(school: SchoolForm) -> Iterator[KeptFor]:
    of_ours = {"gate": "the system itself", "reviewers": "who looked at records"}
    for whose, period in school.kept_for.items():
        yield KeptFor(of_ours.get(whose, whose), str(period))


def _days(policy: Policy, today: date) -> Iterator[OrdinaryDay]:
    """A group inside another has a line of its own only where its day differs."""
    ordinary: dict[str, str] = {}
    for name, group in policy.groups.items():
        said = _ordinary(policy, group, today)
        ordinary[name] = said
        around = [ordinary.get(outer) for outer in group.chain[1:]]
        if said and said not in around:
            yield OrdinaryDay(name, said)


def _ordinary(policy: Policy, group: Group, today: date) -> str:
    days = (policy.year.day(group.chain, day) for day in _coming(today))
    said = Counter(
        ", ".join(f"{s.name} {s.start:%H:%M}–{s.end:%H:%M}" for s in day.sessions)
        for day in days
        if day.sessions
    )
    return said.most_common(1)[0][0] if said else ""


def _coming(today: date) -> Iterable[date]:
    return (today + timedelta(days=n) for n in range(_LOOKED_AT.days))
