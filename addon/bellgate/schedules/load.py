"""A folder -> a policy, or every problem of every file. The only place that opens the folder."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bellgate.policy.decide import Edition, Policy
from bellgate.schedules import checks
from bellgate.schedules.changed_days import FILE as CHANGED_DAYS
from bellgate.schedules.compile import Files, compile_policy
from bellgate.schedules.fetched_copies import Copy, kept
from bellgate.schedules.fill import Filled, fill
from bellgate.schedules.forms.days_yaml import DaysForm
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.lists.subscription import Lists, look_at, on_shelf
from bellgate.schedules.origin import is_address, kept_as, wrong_place
from bellgate.schedules.problem import Problem, closest, in_order
from bellgate.schedules.rule_words import group_names, vocabulary
from bellgate.schedules.settings import (
    OUR_LEASES,
    AnchorSettings,
    GateSettings,
    GatewaySettings,
    RetentionSettings,
    anchor_settings,
    gate_settings,
    gateway_settings,
    retention_settings,
)
from bellgate.schedules.shipped import Catalogue, shipped
from bellgate.schedules.yaml_tree import LARGEST, Document, Node, read
from bellgate.schedules.year.school_year import given, usable

if TYPE_CHECKING:
    from bellgate.schedules.fetch import Refreshed

NEEDED = ("school.yaml", "rules.yaml", "devices.yaml")
OF_THE_MACHINE = "gateway.yaml"
"""The one file that belongs to a single machine."""
OPTIONAL = ("services.yaml", OF_THE_MACHINE)
NAMES = (*NEEDED, *OPTIONAL)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a folder. `policy` is None where any problem of the files or the calendar
    is an error: never half of one. A list with an error is used on as it last was."""

    policy: Policy | None
    problems: tuple[Problem, ...]
    gate: GateSettings
    gateway: GatewaySettings | None
    """None where there is no gateway.yaml, or no policy."""
    leases: tuple[str, ...]
    files: Mapping[str, bytes]
    """The bytes that were read, to keep as the last good copy: exactly these were judged."""
    readable: checks.Readable
    anchors: AnchorSettings
    retention: RetentionSettings
    lasting: tuple[Problem, ...]
    """The problems that do not hang on the day."""

    @property
    def calendar_is_set_aside(self) -> bool:
        """Whether the calendar has an error, so that its last good copy is in force."""
        return self.readable.year is not None and self.readable.year.set_aside

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "warning")

    def problems_on(self, today: date) -> tuple[Problem, ...]:
        """The problems as another day sees them: terms run out while a gate goes on running."""
        return in_order((*self.lasting, *checks.check_today(self.readable, today)))

    def dates_ahead(self, today: date) -> tuple[Problem, ...]:
        """Of these, what is to be told weeks before the dates run out, or the calendar is old."""
        return in_order(checks.check_today(self.readable, today, checks.OF_DATES_AHEAD))

    @property
    def copy(self) -> Copy | None:
        """The fetched calendar in use, with its age."""
        return self.readable.year.copy if self.readable.year else None

    @property
    def address(self) -> str | None:
        """The address that the calendar is fetched from, if it is."""
        school = self.readable.school
        place = school.form.term_dates if school else None
        return place if place and is_address(place) and wrong_place(place) is None else None

    def refresh(self, cache: Path, now: datetime) -> "Refreshed | None":
        """Fetch the calendar into the cache, if there is one to fetch. The only use of the network.

        A calendar that cannot be read, or tells nothing, never replaces the copy that is kept.
        """
        school, address = self.readable.school, self.address
        if school is None or address is None:
            return None
        # Imported here: the network's libraries would slow each quick command down.
        from bellgate.schedules.fetch import refresh

        form = school.form
        return refresh(
            cache, address, now, accept=lambda raw: usable(address, raw, form, now.date())
        )


def load(
    folder: Path,
    *,
    today: date | None = None,
    catalogue: Catalogue | None = None,
    cache: Path | None = None,
    shelf: Path | None = None,
    judge_lists: bool = True,
    last_good: Path | None = None,
    advise: bool = True,
) -> Loaded:
    """Read a folder. Never raises for what is in it. Without `today`, nothing is told of dates.

    `cache` is where fetched calendars are kept; without it the folder's own copy is used, which a
    last good copy has. `shelf` is where the lists' last good copies are; the gate goes by these
    alone (`judge_lists=False`), a command judges the lists' files as they are now. `last_good` has
    the files that were last in force. `advise=False` leaves out what the compiled policy shows:
    warnings, for whoever wants the policy alone.
    """
    files, problems = opened(folder, cache)
    services = files.get("services.yaml")
    lists = look_at(folder, shelf, services) if judge_lists else on_shelf(shelf, services)
    return load_files(
        files,
        today=today,
        catalogue=catalogue,
        problems=problems,
        cache=cache,
        lists=lists,
        last_calendar=last_calendar(files, last_good),
        advise=advise,
    )


def load_files(
    files: Mapping[str, bytes],
    *,
    today: date | None = None,
    catalogue: Catalogue | None = None,
    problems: tuple[Problem, ...] = (),
    cache: Path | None = None,
    lists: Lists | None = None,
    last_calendar: bytes | None = None,
    advise: bool = True,
) -> Loaded:
    """The same from bytes; `problems` are those met on the way to them.

    `last_calendar` is the calendar as it was last in force: where the present one has an error, it
    goes on being read, and the other files come into force all the same.

    The cache is asked for the age of a fetched calendar alone: its bytes are among the files.
    Of a subscribed list its card is; what is wrong with a list alone leaves the rest in force.
    """
    lists = lists or Lists()
    files = {**files, **lists.cards}
    catalogue = catalogue or shipped()
    found = list(problems)
    school = _filled(files, "school.yaml", SchoolForm, found)
    devices = _filled(files, "devices.yaml", DevicesForm, found)
    groups = group_names(devices.words if devices else None)
    readable = checks.Readable(
        school=school,
        rules=_filled(files, "rules.yaml", RulesForm, found),
        devices=devices,
        services=_filled(files, "services.yaml", ServicesForm, found),
        gateway=_filled(files, OF_THE_MACHINE, GatewayForm, found),
        days=_filled(files, CHANGED_DAYS, DaysForm, found) if CHANGED_DAYS in files else None,
        year=(
            given(school, files, cache, groups=groups, last_good=last_calendar, today=today)
            if school
            else None
        ),
    )
    known = vocabulary(
        readable.school.words if readable.school else None,
        readable.devices.words if readable.devices else None,
        readable.services.words if readable.services else None,
        [service.id for service in catalogue.services],
    )
    found += checks.check_files(readable, known, catalogue.services)
    whole = readable.whole
    policy = None
    aside = readable.year.problems if readable.year and readable.year.set_aside else ()
    if aside and last_calendar is not None and school is not None and school.form.term_dates:
        files[kept_as(school.form.term_dates)] = last_calendar
    if whole is not None and not any(p.level == "error" and p not in aside for p in found):
        edition = _edition(whole, files, catalogue)
        policy = compile_policy(whole, catalogue.services, edition, lists.names)
        found += checks.check_policy(whole, policy) if advise else ()
    found += lists.problems
    of_today = checks.check_today(readable, today) if today else ()
    form = readable.school.form if readable.school else None
    gateway = gateway_settings(readable.gateway.form) if policy and readable.gateway else None
    return Loaded(
        policy=policy,
        problems=in_order((*found, *of_today)),
        gate=gate_settings(form),
        gateway=gateway,
        anchors=anchor_settings(form),
        retention=retention_settings(form),
        leases=(
            *(readable.devices.form.leases if readable.devices else ()),
            *((OUR_LEASES,) if gateway and gateway.leased else ()),
        ),
        files=files,
        readable=readable,
        lasting=in_order(found),
    )


def fingerprint(files: Mapping[str, bytes]) -> str:
    """`sha256:…` over names and exact bytes; no two sets of files run together to the same."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return f"sha256:{digest.hexdigest()}"


def opened(folder: Path, cache: Path | None = None) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """The bytes of every file that makes the policy, the calendar's among them."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name in NAMES:
        _open(folder, name, files, problems)
    # A last good copy has its own.
    _open(folder if cache is None else cache, CHANGED_DAYS, files, problems)
    place = calendar_named(files["school.yaml"]) if "school.yaml" in files else None
    if place:
        name = kept_as(place)
        copy = kept(cache, place) if cache is not None and is_address(place) else None
        if copy is not None:
            files[name] = copy.content
        else:
            _open(folder, name, files, problems)
    problems += _strays(folder)
    return files, tuple(problems)


def _open(folder: Path, name: str, files: dict[str, bytes], problems: list[Problem]) -> None:
    path = folder / name
    try:
        if path.is_file():
            with path.open("rb") as file:
                files[name] = file.read(LARGEST + 1)
        elif name in NEEDED or path.exists() or path.is_symlink():
            message = "this is not a file" if path.exists() else "the file is missing"
            problems.append(Problem(name, 1, "error", message))
    except OSError as e:
        problems.append(Problem(name, 1, "error", f"the file cannot be read ({e.strerror})"))


def last_calendar(files: Mapping[str, bytes], last_good: Path | None) -> bytes | None:
    """The calendar that a school.yaml names, as it was last in force."""
    place = calendar_named(files["school.yaml"]) if "school.yaml" in files else None
    if place is None or last_good is None:
        return None
    try:
        return (last_good / kept_as(place)).read_bytes()
    except OSError:
        return None


@lru_cache(maxsize=4)
def calendar_named(school: bytes) -> str | None:
    """The calendar that a school.yaml names, before it is judged; the same bytes are read once."""
    if b"term_dates" not in school:
        return None
    root = read("school.yaml", school).root
    place = root.child("term_dates") if root else None
    text = place.value if place else None
    return text if isinstance(text, str) and wrong_place(text.strip()) is None else None


def _strays(folder: Path) -> Iterator[Problem]:
    """A file that somebody believes to be read, such as services.yml."""
    try:
        names = sorted(p.name for p in folder.iterdir())
    except OSError:
        return
    for name in names:
        real = name.lower().removesuffix(".txt")
        if real in NAMES and name != real:
            # An editor that hides endings has added its own.
            hint = f"rename it to {real}: an editor has added .txt to its name"
            yield Problem(name, 1, "warning", "this file is not read", hint)
        elif name not in NAMES and name.lower().endswith((".yaml", ".yml")):
            near = closest(name, NAMES)
            hint = (
                f"should it be {near}?"
                if near
                else f"the files that are read are {', '.join(NAMES)}"
            )
            yield Problem(name, 1, "warning", "this file is not read", hint)


def _filled[F: Form](
    files: Mapping[str, bytes], name: str, kind: type[F], found: list[Problem]
) -> Filled[F] | None:
    if name in files:
        document = read(name, files[name])
    elif name == "services.yaml" and not any(p.file == name for p in found):
        document = Document(name, Node(1, {}))
    else:
        return None
    filled, problems = fill(document, kind)
    found += document.problems
    found += problems
    return filled


def _edition(files: Files, raw: Mapping[str, bytes], catalogue: Catalogue) -> Edition:
    form = files.school.form
    lists = {f"catalogue/{name}": content for name, content in catalogue.files.items()}
    # The school's own services, and the cards of the lists that it subscribes to.
    lists |= {n: c for n, c in raw.items() if n == "services.yaml" or n.startswith("list-")}
    return Edition(
        school=form.school,
        title=form.policy.title if form.policy else "the school's policy",
        gateway=form.gateway or os.uname().nodename,
        timezone=form.timezone,
        contact=form.contact,
        hash=fingerprint(raw),
        list_version=fingerprint(lists),
        notice=form.policy.notice if form.policy else None,
    )
