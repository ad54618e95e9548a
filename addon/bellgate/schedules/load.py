"""A folder -> a policy, or every problem of every file. The only place that opens the folder."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bellgate.policy.decide import Edition, Policy
from bellgate.schedules import checks
from bellgate.schedules.compile import Files, compile_policy
from bellgate.schedules.fetched_copies import Copy, kept
from bellgate.schedules.fill import Filled, fill
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import KEPT_FOR, SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.lists.subscription import Lists, look_at, on_shelf
from bellgate.schedules.problem import Problem, closest, in_order
from bellgate.schedules.rule_words import vocabulary
from bellgate.schedules.scalars import Duration, IPNetwork
from bellgate.schedules.school_year import given, is_address, kept_as, usable, wrong_place
from bellgate.schedules.shipped import Catalogue, shipped
from bellgate.schedules.yaml_tree import LARGEST, Document, Node, read

if TYPE_CHECKING:
    from bellgate.schedules.fetch import Refreshed

NEEDED = ("school.yaml", "rules.yaml", "devices.yaml")
OPTIONAL = ("services.yaml",)
NAMES = (*NEEDED, *OPTIONAL)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What school.yaml says to the gate itself."""

    reachable: tuple[IPNetwork, ...] = ()
    new_connections: float = 50.0
    """Each device's share, a second."""
    burst: int = 500
    when_down: str = "open"


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Where checkpoints of the log are to go; nothing is set where none are."""

    to: tuple[str, ...] = ()
    sender: str = ""
    server: str = ""
    folder: str | None = None

    @property
    def lead_outside(self) -> bool:
        """Whether any checkpoint leaves the machine."""
        return bool(self.to or self.folder)


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long records are kept: by group, and for `reviewers` and `gate`."""

    periods: Mapping[str, Duration] = field(default_factory=lambda: dict(KEPT_FOR))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a folder. `policy` is None where any problem of the four files or the calendar
    is an error: never half of one. A list with an error is used on as it last was."""

    policy: Policy | None
    problems: tuple[Problem, ...]
    gate: GateSettings
    leases: str | None
    files: Mapping[str, bytes]
    """The bytes that were read, to keep as the last good copy: exactly these were judged."""
    readable: checks.Readable
    anchors: AnchorSettings = AnchorSettings()
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    lasting: tuple[Problem, ...] = ()
    """The problems that do not hang on the day."""

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
        return refresh(cache, address, now, accept=lambda raw: usable(address, raw, form))


def load(
    folder: Path,
    *,
    today: date | None = None,
    catalogue: Catalogue | None = None,
    cache: Path | None = None,
    shelf: Path | None = None,
    judge_lists: bool = True,
) -> Loaded:
    """Read a folder. Never raises for what is in it. Without `today`, nothing is told of dates.

    `cache` is where fetched calendars are kept; without it the folder's own copy is used, which a
    last good copy has. `shelf` is where the lists' last good copies are; the gate goes by these
    alone (`judge_lists=False`), a command judges the lists' files as they are now.
    """
    files, problems = opened(folder, cache)
    services = files.get("services.yaml")
    lists = look_at(folder, shelf, services) if judge_lists else on_shelf(shelf, services)
    return load_files(
        files, today=today, catalogue=catalogue, problems=problems, cache=cache, lists=lists
    )


def load_files(
    files: Mapping[str, bytes],
    *,
    today: date | None = None,
    catalogue: Catalogue | None = None,
    problems: tuple[Problem, ...] = (),
    cache: Path | None = None,
    lists: Lists | None = None,
) -> Loaded:
    """The same from bytes; `problems` are those met on the way to them.

    The cache is asked for the age of a fetched calendar alone: its bytes are among the files.
    Of a subscribed list its card is; what is wrong with a list alone leaves the rest in force.
    """
    lists = lists or Lists()
    files = {**files, **lists.cards}
    catalogue = catalogue or shipped()
    found = list(problems)
    school = _filled(files, "school.yaml", SchoolForm, found)
    readable = checks.Readable(
        school=school,
        rules=_filled(files, "rules.yaml", RulesForm, found),
        devices=_filled(files, "devices.yaml", DevicesForm, found),
        services=_filled(files, "services.yaml", ServicesForm, found),
        year=given(school, files, cache) if school else None,
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
    if whole is not None and not any(p.level == "error" for p in found):
        edition = _edition(whole, files, catalogue)
        policy = compile_policy(whole, catalogue.services, edition, lists.names)
        found += checks.check_policy(whole, policy)
    found += lists.problems
    of_today = checks.check_today(readable, today) if today else ()
    return Loaded(
        policy=policy,
        problems=in_order((*found, *of_today)),
        gate=_gate_settings(readable.school),
        anchors=_anchor_settings(readable.school),
        retention=_retention_settings(readable.school),
        leases=readable.devices.form.leases if readable.devices else None,
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
        if name not in NAMES and name.lower().endswith((".yaml", ".yml")):
            near = closest(name, NAMES)
            hint = f"should it be {near}?" if near else f"read are {', '.join(NAMES)}"
            yield Problem(name, 1, "warning", "this file is not read", hint)


def _filled[F: Form](
    files: Mapping[str, bytes], name: str, kind: type[F], found: list[Problem]
) -> Filled[F] | None:
    if name in files:
        document = read(name, files[name])
    elif name in OPTIONAL and not any(p.file == name for p in found):
        document = Document(name, Node(1, {}))
    else:
        return None
    filled, problems = fill(document, kind)
    found += document.problems
    found += problems
    return filled


def _gate_settings(school: Filled[SchoolForm] | None) -> GateSettings:
    if school is None:
        return GateSettings()
    gate = school.form.gate
    return GateSettings(gate.reachable, gate.new_connections, gate.burst, gate.when_down or "open")


def _anchor_settings(school: Filled[SchoolForm] | None) -> AnchorSettings:
    anchors = school.form.anchors if school is not None else None
    if anchors is None:
        return AnchorSettings()
    mail = anchors.email
    if mail is None:
        return AnchorSettings(folder=anchors.folder)
    return AnchorSettings(mail.to, mail.sender, mail.server, anchors.folder)


def _retention_settings(school: Filled[SchoolForm] | None) -> RetentionSettings:
    return RetentionSettings(school.form.kept_for) if school is not None else RetentionSettings()


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
