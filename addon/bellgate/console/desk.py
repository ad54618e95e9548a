"""What every page is given, and who asks for it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import g, session

from bellgate.console.accounts import Account, Accounts
from bellgate.console.lockout import Lockout
from bellgate.console.records import Looks
from bellgate.console.school import School
from bellgate.console.sessions import Session, Sessions
from bellgate.review.index import Index


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page is given."""

    school: School
    accounts: Accounts
    looks: Looks
    sessions: Sessions
    lockout: Lockout
    index: Index
    second_factor_needed: bool
    """Whether nobody gets further than their account without one: wherever more than this machine
    can reach the pages."""

    @staticmethod
    def safe(following: str | None) -> str | None:
        """Where somebody wanted to go, if that is a page of ours."""
        if not following or not following.startswith("/") or following.startswith(("//", "/\\")):
            return None
        parts = urlsplit(following)
        if parts.scheme or parts.netloc or any(ord(c) < 32 or c == "\\" for c in following):
            return None
        return following


def browser() -> Session:
    """The session of the browser that asks."""
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, Session)
    return found


def signed_in() -> Account:
    """Who asks. Only behind the guard."""
    account: Account = g.account
    return account
