"""Groups that no device and no network is in: what is said of such a group changes nothing yet.

A group alone is kept for later, perhaps; a rule or a date for it is worth a look.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from bellgate.policy.who import EVERYONE
from bellgate.schedules.checks.place import warning
from bellgate.schedules.checks.school import changes
from bellgate.schedules.compile import chain_of
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.devices_yaml import DeviceForm, DevicesForm
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import DateForm, SchoolForm
from bellgate.schedules.problem import Problem
from bellgate.schedules.yaml_tree import Path

Found = Iterator[Problem]
Mention = tuple[str, Path]
"""A group, and where it is named."""

_NOTHING: Final = (
    "has no device and no network: this changes nothing for it until devices.yaml gives it one"
)
_NOT_FIRST: Final = (
    "is not the first group of any device, and a device has the days of its first: this changes "
    "nothing"
)


def rules_reach_somebody(rules: Filled[RulesForm], devices: Filled[DevicesForm]) -> Found:
    mentions = (
        (word, ("rules", i, "who")) for i, rule in enumerate(rules.form.rules) for word in rule.who
    )
    empty = dict.fromkeys(_without(devices, _every_group), _NOTHING)
    hint = "write group: {0} at its devices, or [their group, {0}] where they are in one"
    yield from _of_empty_groups(rules, mentions, empty, hint)


def days_reach_somebody(
    school: Filled[SchoolForm], devices: Filled[DevicesForm], today: date
) -> Found:
    """A device has the days of its first group alone. Of days that are over nothing is said."""
    mentions: list[Mention] = [(name, ("days_for", name)) for name in school.form.days_for]
    for path, day in changes(school.form):
        if not (isinstance(day, DateForm) and day.date.last < today):
            for key, groups in (
                ("closed_to", day.closed_to),
                ("open_to", day.open_to),
                ("for", day.for_groups),
            ):
                mentions += [(group, (*path, key)) for group in groups]
    empty = dict.fromkeys(_without(devices, _first_group), _NOT_FIRST)
    empty |= dict.fromkeys(_without(devices, _every_group), _NOTHING)
    hint = (
        "write group: {0} at its devices; of several groups it comes first: "
        "[{0}, their other group]"
    )
    yield from _of_empty_groups(school, mentions, empty, hint)


def _of_empty_groups(
    filled: Filled[RulesForm] | Filled[SchoolForm],
    mentions: Iterable[Mention],
    empty: Mapping[str, str],
    hint: str,
) -> Found:
    """One warning a group and file, at the first line that names it; `empty` says in what way each
    such group is empty."""
    places: dict[str, list[Path]] = {}
    for group, path in mentions:
        if group in empty:
            places.setdefault(group, []).append(path)
    for group, (first, *others) in places.items():
        lines = sorted({filled.document.line(path) for path in others})
        also = f" (as on line {', '.join(map(str, lines))})" if lines else ""
        yield warning(
            filled,
            first,
            f"{group} {empty[group]}{also}",
            hint.format(group),
        )


def _every_group(device: DeviceForm) -> tuple[str, ...]:
    return device.groups


def _first_group(device: DeviceForm) -> tuple[str, ...]:
    return device.groups[:1]


def _without(
    devices: Filled[DevicesForm], groups_of: Callable[[DeviceForm], tuple[str, ...]]
) -> frozenset[str]:
    """The groups that nothing is in. None, where that cannot be told: an entry has a mistake, or
    nothing at all is written down yet."""
    form, document = devices.form, devices.document
    inside = {form.unknown_devices, *form.networks.values()}
    inside |= {group for device in form.devices for group in groups_of(device)}
    wrong = document.hurt(("devices",)) or document.hurt(("networks",))
    if wrong or not (form.devices or form.networks) or inside - form.groups.keys():
        return frozenset()
    reached = {outer for group in inside for outer in chain_of(group, form.groups)}
    return frozenset(form.groups.keys() - reached - {EVERYONE})
