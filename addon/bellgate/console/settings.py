"""`console.yaml` of the state folder: what a teacher may open, and single sign-on.

    lessons:                       # what a teacher may open, and for which groups
      - teachers: [mrs-green]
        groups: [year-5]
        services: [youtube]
    sso:                           # the school's accounts; the secret is in STATE/console-keys/sso
      issuer: https://accounts.google.com
      client_id: 1234.apps.googleusercontent.com
      hosted_domain: example.sch.uk          # Google's; Microsoft's is `tenant`
      people:                                # beside `console add-user --sso SUBJECT`
        - {subject: "1093…", name: mrs-green, role: teacher}

A file that makes no sense gives nobody anything, and says why.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bellgate.console.roles import Role

FILE: Final = "console.yaml"


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lent(_Form):
    """What some teachers may open for some groups, for a lesson."""

    teachers: tuple[str, ...]
    groups: tuple[str, ...]
    services: tuple[str, ...]


class Named(_Form):
    """Somebody of the school's own accounts, and what they come for."""

    subject: str
    name: str
    role: Role


class SingleSignOn(_Form):
    """Where the school's own accounts are."""

    issuer: str
    client_id: str
    hosted_domain: str | None = None
    tenant: str | None = None
    people: tuple[Named, ...] = ()


class Settings(_Form):
    lessons: tuple[Lent, ...] = ()
    sso: SingleSignOn | None = None

    def lent_to(self, teacher: str) -> tuple[Lent, ...]:
        return tuple(each for each in self.lessons if teacher in each.teachers)


@dataclass(frozen=True, slots=True)
class Read:
    """The settings, and what is wrong with the file, in one line; empty where nothing is."""

    settings: Settings
    problem: str = ""


def read(state: Path) -> Read:
    """What `console.yaml` says. No file says nothing."""
    file = state / FILE
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Read(Settings())
    except (OSError, ValueError, yaml.YAMLError) as error:
        return Read(Settings(), f"{file}: {' '.join(str(error).split())}")
    try:
        return Read(Settings.model_validate(content or {}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Read(Settings(), f"{file}: {where}: {first['msg']}")
