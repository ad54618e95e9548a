"""A folder -> a policy, or every problem of every file. The only place that opens the folder."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bellgate.policy.decide import Edition, Policy
from bellgate.schedules import checks
from bellgate.schedules.compiling import Files, compile_policy
from bellgate.schedules.english import Filled, fill
from bellgate.schedules.forms.devices import DevicesForm
from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.forms.rules import RulesForm
from bellgate.schedules.forms.school import SchoolForm
from bellgate.schedules.forms.services import ServicesForm
from bellgate.schedules.problem import Problem, closest, in_order
from bellgate.schedules.reading import LARGEST, Document, Node, read
from bellgate.schedules.scalars import IPNetwork
from bellgate.schedules.shipped import Catalogue, shipped
from bellgate.schedules.words import vocabulary

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
class Loaded:
    """What came of a folder. `policy` is None where any problem is an error: never half of one."""

    policy: Policy | None
    problems: tuple[Problem, ...]
    gate: GateSettings
    leases: str | None
    files: Mapping[str, bytes]
    """The bytes that were read, to keep as the last good copy: exactly these were judged."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "warning")


def load(folder: Path, *, today: date | None = None, catalogue: Catalogue | None = None) -> Loaded:
    """Read a folder. Never raises for what is in it. Without `today`, nothing is told of dates."""
    files, problems = opened(folder)
    return load_files(files, today=today, catalogue=catalogue, problems=problems)


def load_files(
    files: Mapping[str, bytes],
    *,
    today: date | None = None,
    catalogue: Catalogue | None = None,
    problems: tuple[Problem, ...] = (),
) -> Loaded:
    """The same from bytes; `problems` are those met on the way to them."""
    catalogue = catalogue or shipped()
    found = list(problems)
    readable = checks.Readable(
        school=_filled(files, "school.yaml", SchoolForm, found),
        rules=_filled(files, "rules.yaml", RulesForm, found),
        devices=_filled(files, "devices.yaml", DevicesForm, found),
        services=_filled(files, "services.yaml", ServicesForm, found),
    )
    known = vocabulary(
        readable.school.words if readable.school else None,
        readable.devices.words if readable.devices else None,
        readable.services.words if readable.services else None,
        [service.id for service in catalogue.services],
    )
    found += checks.check_files(readable, known, catalogue.services, today)
    whole = readable.whole
    policy = None
    if whole is not None and not any(p.level == "error" for p in found):
        policy = compile_policy(whole, catalogue.services, _edition(whole, files, catalogue))
        found += checks.check_policy(whole, policy)
    return Loaded(
        policy=policy,
        problems=in_order(found),
        gate=_gate_settings(readable.school),
        leases=readable.devices.form.leases if readable.devices else None,
        files=files,
    )


def fingerprint(files: Mapping[str, bytes]) -> str:
    """`sha256:…` over names and exact bytes; no two sets of files run together to the same."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return f"sha256:{digest.hexdigest()}"


def opened(folder: Path) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name in NAMES:
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
    problems += _strays(folder)
    return files, tuple(problems)


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


def _edition(files: Files, raw: Mapping[str, bytes], catalogue: Catalogue) -> Edition:
    form = files.school.form
    lists = {f"catalogue/{name}": content for name, content in catalogue.files.items()}
    if "services.yaml" in raw:
        lists["services.yaml"] = raw["services.yaml"]
    return Edition(
        school=form.school,
        title=form.policy.title if form.policy else "the school's policy",
        gateway=form.gateway or os.uname().nodename,
        timezone=form.timezone,
        contact=form.contact,
        hash=fingerprint({name: raw[name] for name in NAMES if name in raw}),
        list_version=fingerprint(lists),
        notice=form.policy.notice if form.policy else None,
    )
