"""Filled-in, checked forms -> the policy's own values. Nothing is judged here any more."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bellgate.policy.day_shape import DayShape, Window
from bellgate.policy.decide import Edition, Policy, Rule
from bellgate.policy.intervals import DAWN
from bellgate.policy.source import Source
from bellgate.policy.wall_clock import WEEKDAYS, instant_of
from bellgate.policy.what import Index, Listed, NameSet, Service
from bellgate.policy.when import When
from bellgate.policy.who import Device, Directory, Group, Holder, Network
from bellgate.policy.year import EVER, Limits, SchoolYear, SpecialDay, WeekDay
from bellgate.schedules import scalars
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.days_yaml import DaysForm
from bellgate.schedules.forms.devices_yaml import (
    DAYS_A_YEAR,
    SESSIONS_A_YEAR,
    DeviceForm,
    DevicesForm,
    GroupForm,
    HolderForm,
)
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import ChangeForm, SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.lists.subscription import subscribed
from bellgate.schedules.problem import Unclear
from bellgate.schedules.rule_times import when_of
from bellgate.schedules.yaml_tree import Document
from bellgate.schedules.year.school_year import Given


@dataclass(frozen=True, slots=True)
class Files:
    """The four files, all of them filled in without a problem, and the year that they give."""

    school: Filled[SchoolForm]
    rules: Filled[RulesForm]
    devices: Filled[DevicesForm]
    services: Filled[ServicesForm]
    year: Given
    days: Filled[DaysForm] | None = None
    """Days that somebody changed from a page."""


def compile_policy(
    files: Files,
    shipped: Iterable[Service],
    edition: Edition,
    names: Mapping[str, NameSet] | None = None,
) -> Policy:
    """`names` are those of the subscribed lists, by the list's key; a list without is not there."""
    zone = ZoneInfo(files.school.form.timezone)
    rules = tuple(_rules(files.rules))
    return Policy(
        edition=edition,
        year=_year(files, zone),
        directory=_directory(files.devices, zone),
        index=_index(files.services, shipped, rules, names or {}),
        rules=rules,
        observe=files.school.form.gate.observe,
    )


def chain_of(name: str, groups: Mapping[str, GroupForm]) -> tuple[str, ...]:
    """A group and all that hold it, innermost first; a loop ends where it closes."""
    chain = [name]
    while (outer := groups[chain[-1]].part_of) and outer in groups and outer not in chain:
        chain.append(outer)
    return tuple(chain)


def _source(document: Document, *path: str | int) -> Source:
    return Source(document.file, document.line(path))


def _windows(hours: Mapping[str, scalars.Range[time]] | None) -> tuple[Window, ...] | None:
    if hours is None:
        return None
    return tuple(Window(name, span.first, span.last) for name, span in hours.items())


def _year(files: Files, zone: ZoneInfo) -> SchoolYear:
    school, dates, form = files.school, files.year, files.school.form
    # The later one holds: whoever changes a day from a page means to change what was written.
    changed = _special_days(files.days) if files.days else ()
    return SchoolYear(
        zone=zone,
        terms=dates.terms,
        open_days=form.open_days,
        shape=DayShape(_windows(form.sessions), _windows(form.breaks)),
        shapes_for={
            group: DayShape(_windows(shape.sessions), _windows(shape.breaks))
            for group, shape in form.days_for.items()
        },
        limits_for={
            group: replace(limits, source=_source(school.document, "days_for", group))
            for group, shape in form.days_for.items()
            if (limits := Limits(shape.first_day, shape.last_day)) != EVER
        },
        dates=(*dates.dates, *_special_days(school), *changed),
        weekdays=tuple(_weekdays(school)),
        open_days_source=(
            _source(school.document, "open_days") if "open_days" in form.model_fields_set else None
        ),
    )


def _weekdays(school: Filled[SchoolForm]) -> Iterator[WeekDay]:
    for i, day in enumerate(school.form.weekdays):
        yield WeekDay(
            name=day.name or named_days(day.day),
            days=day.day,
            limits=Limits(day.first_day, day.last_day) if day.first_day or day.last_day else EVER,
            **_change(day),
            source=_source(school.document, "weekdays", i),
        )


def named_days(days: Iterable[int]) -> str:
    return ", ".join(WEEKDAYS[day] for day in sorted(days))


def _change(day: ChangeForm) -> dict[str, Any]:
    """The fields of a DayChange; no shape where an entry leaves each group its own."""
    same = day.sessions is None and day.breaks is None
    return {
        "closed_to": frozenset(day.closed_to),
        "open_to": frozenset(day.open_to),
        "for_groups": frozenset(day.for_groups),
        "shape": None if same else DayShape(_windows(day.sessions), _windows(day.breaks)),
        "starts": day.starts,
        "ends": day.ends,
        "extra": _windows(day.extra) or (),
    }


def _special_days(
    file: Filled[SchoolForm] | Filled[DaysForm],
) -> Iterator[SpecialDay]:
    for i, day in enumerate(file.form.dates):
        yield SpecialDay(
            name=day.name,
            first=day.date.first,
            last=day.date.last,
            **_change(day),
            source=_source(file.document, "dates", i),
        )


def _directory(devices: Filled[DevicesForm], zone: ZoneInfo) -> Directory:
    form, document = devices.form, devices.document
    groups = {
        name: _group(name, form.groups, _source(document, "groups", name)) for name in form.groups
    }
    return Directory(
        groups=groups,
        networks=tuple(
            Network(ipaddress.ip_network(text), group, _source(document, "networks", text))
            for text, group in form.networks.items()
        ),
        devices=tuple(
            _device(d, groups, zone, _source(document, "devices", i))
            for i, d in enumerate(form.devices)
        ),
        unknown_devices=form.unknown_devices,
    )


def _group(name: str, groups: Mapping[str, GroupForm], source: Source) -> Group:
    chain = chain_of(name, groups)
    forms = [groups[g] for g in chain]
    trusts = next((f.trusts_certificate for f in forms if f.trusts_certificate is not None), False)
    wording = next((f.wording for f in forms if f.wording is not None), None)
    return Group(
        name,
        chain,
        trusts_certificate=trusts,
        wording=wording or "staff",
        days_a_year=_of_year([f.days_a_year for f in forms], chain, DAYS_A_YEAR),
        sessions_a_year=_of_year([f.sessions_a_year for f in forms], chain, SESSIONS_A_YEAR),
        source=source,
    )


def _of_year(
    written: Sequence[int | None], chain: tuple[str, ...], usual: Mapping[str, int]
) -> int | None:
    """What the innermost group says; where none does, what is usual for a group of that name."""
    said = next((number for number in written if number is not None), None)
    return said or next((usual[name] for name in chain if name in usual), None)


def _device(
    form: DeviceForm, groups: Mapping[str, Group], zone: ZoneInfo, source: Source
) -> Device:
    group, trusts = groups[form.home], form.trusts_certificate
    return Device(
        name=form.name,
        group=form.home,
        macs=form.mac,
        ips=form.ip,
        shared=form.shared,
        trusts_certificate=group.trusts_certificate if trusts is None else trusts,
        holders=tuple(_holder(h, zone) for h in form.holders),
        source=source,
        others=frozenset(g for other in form.groups[1:] for g in groups[other].chain),
    )


def _holder(form: HolderForm, zone: ZoneInfo) -> Holder:
    return Holder(
        form.person,
        _midnight(form.first_day, zone) if form.first_day else DAWN,
        _midnight(form.last_day + timedelta(days=1), zone) if form.last_day else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant_of(day, time(), zone).astimezone(UTC)


def _rules(rules: Filled[RulesForm]) -> Iterator[Rule]:
    for i, form in enumerate(rules.form.rules):
        yield Rule(
            name=form.name,
            who=form.who,
            what=tuple(scalars.domain(w) if "." in w else w for w in form.what),
            when=tuple(_when(word) for word in form.when),
            action=form.do,
            clause=form.clause,
            source=_source(rules.document, "rules", i),
            ask_for=form.ask_for.delta if form.ask_for else None,
        )


def _when(word: str) -> When:
    found = when_of(word)
    if isinstance(found, Unclear):
        raise AssertionError("a word that was never checked") from found
    return found


def _index(
    services: Filled[ServicesForm],
    shipped: Iterable[Service],
    rules: Iterable[Rule],
    names: Mapping[str, NameSet],
) -> Index:
    own = tuple(_own(services))
    needed = frozenset(services.form.needed)
    kept = tuple(keeping_open(service, needed) for service in shipped)
    domains = frozenset(word for rule in rules for word in rule.what if "." in word)
    lists = tuple(
        Listed(
            listed_as(one.category, one.id, Source("services.yaml", one.line)),
            one.origin,
            names[one.key],
            one.format,
        )
        for one in subscribed(services)
        if one.key in names
    )
    return Index({s.id: s for s in (*kept, *own)}, domains, lists, needed)


def list_id(category: str, id: str | None) -> str:
    return id or f"list-{category}"


def listed_as(category: str, id: str | None, source: Source) -> Service:
    """What a name is that only a list knows: a list tells no service from another."""
    called = f"a site on the list {id}" if id else f"a site listed as {category.replace('-', ' ')}"
    return Service(list_id(category, id), called, category, source=source)


def _own(services: Filled[ServicesForm]) -> Iterator[Service]:
    for i, form in enumerate(services.form.services):
        yield Service(
            id=form.id,
            name=form.name,
            category=form.category,
            domains=form.domains,
            hosts=form.hosts,
            embeds=form.embeds,
            background=form.background,
            stays_open=form.stays_open,
            source=_source(services.document, "services", i),
            own=True,
        )


def keeping_open(service: Service, needed: Set[str]) -> Service:
    """A shipped service without the names that the school needs: no list can block those."""
    names = frozenset(service.names)
    inside = sorted(name for name in needed if _is_under_any(name, names))
    covered = {name for name in names if _is_under_any(name, needed)}
    if not inside and not covered:
        return service

    def left(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in covered)

    return replace(
        service,
        domains=left(service.domains),
        hosts=left(service.hosts),
        embeds=left(service.embeds),
        background=left(service.background),
        stays_open=(*service.stays_open, *inside),
    )


def _is_under_any(name: str, domains: Set[str]) -> bool:
    while name not in domains:
        _, dot, name = name.partition(".")
        if not dot:
            return False
    return True


def is_under(name: str, domain: str) -> bool:
    """Whether a name is a domain or under it, on label boundaries."""
    return name == domain or name.endswith(f".{domain}")
