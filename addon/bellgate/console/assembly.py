"""The pages put together out of a school's folders. No printing here."""

from flask import Flask

from bellgate.console.accounts import Accounts
from bellgate.console.app import make_app
from bellgate.console.desk import Desk
from bellgate.console.lockout import Lockout
from bellgate.console.pages import REGISTERS
from bellgate.console.records import Looks
from bellgate.console.school import School
from bellgate.console.sessions import Sessions
from bellgate.review.index import Index
from bellgate.running.folders import index_file


def index_of(school: School, place: str | None = None) -> Index:
    """The index beside the log, or at an address. Raises OSError."""
    return Index.open(place or index_file(school.base), school.zone, school.machine_now)


def pages_of(school: School, index: Index, *, second_factor_needed: bool) -> Flask:
    """The application over one school."""
    desk = Desk(
        school=school,
        accounts=Accounts(school.state),
        looks=Looks(school),
        sessions=Sessions(school.machine_now),
        lockout=Lockout(),
        index=index,
        second_factor_needed=second_factor_needed,
    )
    return make_app(desk, REGISTERS)
