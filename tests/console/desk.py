"""A school with its pages, for the tests: folders made by the product itself, and browsers that are
signed in. No test lives here."""

import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from bellgate.console.accounts import Accounts
from bellgate.console.assembly import index_of, pages_of
from bellgate.console.roles import Role
from bellgate.console.school import School
from bellgate.review.index import Index
from tests.cli import weeks

HERE = "https://localhost"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""As argon2 hashes, but quickly: hundreds of tests sign somebody in."""
PASSWORD = "four words that do not belong"


class _Compiled(BytecodeCache):
    """Each page's template is compiled once, and not once for each desk."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (known := self._known.get(bucket.key)) is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@dataclass
class Clock:
    """A machine's clock that a test moves on."""

    at: datetime = datetime(2026, 11, 28, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Desk:
    """One school, its pages, and whoever looks at them."""

    school: School
    index: Index
    app: Flask
    clock: Clock
    accounts: Accounts = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.school.state, QUICK)

    def known(self, name: str, role: Role) -> None:
        """An account with a password of its own."""
        self.accounts.add(name, role, self.clock())
        self.accounts.set_password(name, PASSWORD, self.clock())

    def browser(self, name: str | None = None, role: Role | None = None) -> "Browser":
        """A browser; with a role, signed in as somebody who has it."""
        found = Browser(self.app.test_client())
        if role is not None:
            name = name or f"the-{role}"
            if self.accounts.named(name) is None:
                self.known(name, role)
            assert found.sign_in(name).status_code == 303
        return found

    def records(self, action: str | None = None) -> list[dict[str, Any]]:
        """What the log says that reviewers did."""
        lines = weeks.lines_of(self.school.state)
        found = [r for r in lines if r.get("event", {}).get("dataset") == "bellgate.review"]
        return [r for r in found if action in (None, r["event"]["action"])]


@dataclass
class Browser:
    """A client that keeps its cookies and sends forms as a page has them."""

    client: FlaskClient

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=HERE, **more)

    def send(
        self, path: str, form: dict[str, Any] | None = None, page: str | None = None
    ) -> TestResponse:
        """Send a form from a page, with the token that stands there."""
        token = token_of(self.get(page or path).text)
        headers = {"Referer": f"{HERE}{page or path}"}
        data = {"csrf_token": token, **(form or {})}
        return self.client.post(path, data=data, base_url=HERE, headers=headers)

    def sign_in(self, name: str, password: str = PASSWORD, code: str = "") -> TestResponse:
        return self.send("/sign-in", {"name": name, "password": password, "code": code})


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


def text_of(page: str) -> str:
    """What stands on a page, without its tags."""
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    return re.sub(r" ([,.;:])", r"\1", words)


def made(week: Path, schedules: Path, place: Path, *, second_factor_needed: bool = False) -> Desk:
    """A desk over a copy of a week."""
    shutil.copytree(week, place / "state")
    shutil.copytree(schedules, place / "schedules")
    clock = Clock()
    school = School(place / "schedules", place / "state", machine_now=clock)
    index = index_of(school)
    index.follow(school.paths)
    app = pages_of(school, index, second_factor_needed=second_factor_needed)
    app.testing = False
    app.jinja_env.bytecode_cache = _COMPILED
    return Desk(school, index, app, clock)
