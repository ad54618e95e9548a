"""A folder -> a policy, or every problem of every file."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bellgate.policy.decide import Edition, Policy
from bellgate.schedules import checks
from bellgate.schedules.changed_days import FILE as CHANGED_DAYS
from bellgate.schedules.compile import Files, compile_policy
from bellgate.schedules.fetched_copies import Copy
from bellgate.schedules.fill import Filled, fill
from bellgate.schedules.forms.days_yaml import DaysForm
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.lists.subscription import HeldBack, Lists, look_at, on_shelf
from bellgate.schedules.opened import OF_THE_MACHINE, half_saved, opened
from bellgate.schedules.opened import last_calendar as last_calendar_in
from bellgate.schedules.origin import is_address, kept_as, wrong_place
from bellgate.schedules.problem import Problem, in_order
from bellgate.schedules.rule_words import Vocabulary, group_names, vocabulary
from bellgate.schedules.settings import (
    OUR_LEASES,
    GatewaySettings,
    Settings,
    gateway_settings,
    settings_of,
)
from bellgate.schedules.shipped import Catalogue, shipped
from bellgate.schedules.updated_catalogue import FILE as CATALOGUE
from bellgate.schedules.updated_catalogue import NotReadable, catalogue_in
from bellgate.schedules.yaml_tree import Document, Node, read
from bellgate.schedules.year.school_year import given, usable

if TYPE_CHECKING:
    from bellgate.schedules.fetch import Refreshed


_DAYS_KEPT = 3
"""The machine's own day, a simulated gate's, and one more about midnight."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a folder. `policy` is None where any problem of the files or the calendar
    is an error: never half of one. A list with an error is used on as it last was."""

    policy: Policy | None
    problems: tuple[Problem, ...]
    settings: Settings
    gateway: GatewaySettings | None
    """None where there is no gateway.yaml, or no policy."""
    leases: tuple[str, ...]
    files: Mapping[str, bytes]
    """The bytes that were read, to keep as the last good copy: exactly these were judged."""
    readable: checks.Readable
    lasting: tuple[Problem, ...]
    """The problems that do not hang on the day."""
    held_back: tuple[HeldBack, ...] = ()
    """The lists that are not in force as they are now, where the rest is."""
    of_day: dict[date, tuple[Problem, ...]] = field(default_factory=dict, compare=False, repr=False)
    """What a day sees, for the last few that were asked about: a gate is asked many times a day."""

    @property
    def calendar_is_set_aside(self) -> bool:
        """Whether the calendar has an error, so that its last good copy is in force."""
        return self.readable.year is not None and self.readable.year.set_aside

    @property
    def lists_aside(self) -> tuple[str, ...]:
        """What is in force of each list that is held back, where the rest comes into force."""
        if self.policy is None:
            return ()
        return tuple(held.said(self.policy.year.zone) for held in self.held_back)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "warning")

    def advised(self, today: date) -> "Loaded":
        """The same with what the compiled policy shows, for a folder that was read without."""
        whole, policy = self.readable.whole, self.policy
        if whole is None or policy is None:
            return self
        advice = tuple(checks.check_policy(whole, policy))
        lasting = in_order((*self.lasting, *advice))
        advised = replace(self, lasting=lasting, of_day={})
        return replace(advised, problems=advised.problems_on(today))

    def problems_on(self, today: date) -> tuple[Problem, ...]:
        """The problems as another day sees them: terms run out while a gate goes on running."""
        # Any thread may ask: what one has found, another may find once more and never misses.
        seen = self.of_day.get(today)
        if seen is None:
            seen = in_order((*self.lasting, *checks.check_today(self.readable, today, self.policy)))
            if len(self.of_day) >= _DAYS_KEPT:
                self.of_day.clear()
            self.of_day[today] = seen
        return seen

    def dates_ahead(self, today: date) -> tuple[Problem, ...]:
        """Of these, what is to be told weeks before the dates run out, or the calendar is old."""
        return in_order(checks.check_dates_ahead(self.readable, today))

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
    problems += half_saved(files, last_good)
    services = files.get("services.yaml")
    lists = look_at(folder, shelf, services) if judge_lists else on_shelf(shelf, services)
    return load_files(
        files,
        today=today,
        catalogue=catalogue,
        problems=problems,
        cache=cache,
        lists=lists,
        last_calendar=last_calendar_in(files, last_good),
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
    files, found = {**files, **lists.cards}, list(problems)
    catalogue = catalogue or _catalogue(files, found)
    readable = _readable(files, cache, last_calendar, today, found)
    found += checks.check_files(readable, _words_known(readable, catalogue), catalogue.services)
    _set_aside_calendar(readable, files, last_calendar)
    policy, advice = _compiled(readable, found, files, catalogue, lists)
    found += advice if advise else ()
    found += lists.problems
    shown = policy if advise else None
    of_today = tuple(checks.check_today(readable, today, shown)) if today else ()
    all_found = in_order((*found, *of_today))
    gateway = gateway_settings(readable.gateway.form) if policy and readable.gateway else None
    return Loaded(
        policy=policy,
        problems=all_found,
        settings=settings_of(readable.school.form if readable.school else None),
        gateway=gateway,
        leases=(
            *(readable.devices.form.leases if readable.devices else ()),
            *((OUR_LEASES,) if gateway and gateway.leased else ()),
        ),
        files=files,
        readable=readable,
        lasting=in_order(found),
        held_back=lists.held_back,
        of_day={today: all_found} if today and advise else {},
    )


def _catalogue(files: Mapping[str, bytes], found: list[Problem]) -> Catalogue:
    """The one among the files, which is newer than the program or was in force with them; else the
    one that the program came with."""
    archive = files.get(CATALOGUE)
    if archive is None:
        return shipped()
    try:
        return catalogue_in(archive)
    except NotReadable as error:
        said = f"the catalogue that was brought up to date cannot be used: {error}"
        hint = "the one that came with Bellgate is in force; run `bellgate catalogue update` again"
        found.append(Problem(CATALOGUE, 1, "warning", said, hint))
        return shipped()


def _readable(
    files: Mapping[str, bytes],
    cache: Path | None,
    last_calendar: bytes | None,
    today: date | None,
    found: list[Problem],
) -> checks.Readable:
    """The files, each filled in as far as it can be; what is wrong with their form is `found`."""
    school = _filled(files, "school.yaml", SchoolForm, found)
    devices = _filled(files, "devices.yaml", DevicesForm, found)
    groups = group_names(devices.words if devices else None)
    return checks.Readable(
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


def _words_known(readable: checks.Readable, catalogue: Catalogue) -> Vocabulary:
    return vocabulary(
        readable.school.words if readable.school else None,
        readable.devices.words if readable.devices else None,
        readable.services.words if readable.services else None,
        [service.id for service in catalogue.services],
    )


def _set_aside_calendar(
    readable: checks.Readable, files: dict[str, bytes], last_calendar: bytes | None
) -> None:
    """Where the last good calendar is read in place of the present one, it is the edition's."""
    school, year = readable.school, readable.year
    if school is None or year is None or not year.set_aside or not year.problems:
        return
    if last_calendar is not None and school.form.term_dates:
        files[kept_as(school.form.term_dates)] = last_calendar


def _compiled(
    readable: checks.Readable,
    found: Sequence[Problem],
    files: Mapping[str, bytes],
    catalogue: Catalogue,
    lists: Lists,
) -> tuple[Policy | None, Iterator[Problem]]:
    """The policy, and what only it can show; none where anything but a calendar that was set aside
    has an error."""
    year, whole = readable.year, readable.whole
    aside = year.problems if year and year.set_aside else ()
    if whole is None or any(p.level == "error" and p not in aside for p in found):
        return None, iter(())
    edition = _edition(whole, files, catalogue)
    policy = compile_policy(whole, catalogue.services, edition, lists.names)
    return policy, checks.check_policy(whole, policy)


def fingerprint(files: Mapping[str, bytes]) -> str:
    """`sha256:…` over names and exact bytes; no two sets of files run together to the same."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return f"sha256:{digest.hexdigest()}"


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
        catalogue=catalogue.edition,
    )
