"""Who may open which page: one table. A path that is not in it is open to nobody.

`app.py` asks it before each request, and a test holds it against the app's own map of addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal["head", "chair", "technician", "teacher", "investigator"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

SAID: Final[Mapping[Role, str]] = {
    "head": "Head teacher",
    "chair": "Chair of governors",
    "technician": "IT technician",
    "teacher": "Teacher",
    "investigator": "Investigator",
}
"""What each role is called on a page. The head's deputy and the safeguarding lead have the head's.
"""

FIRST: Final[Mapping[Role, str]] = {
    "head": "/",
    "chair": "/",
    "technician": "/timetable/files",
    "teacher": "/lesson",
    "investigator": "/cases",
}
"""The page that each role comes to first."""

_Roles = frozenset[Role]
_ALL: Final[_Roles] = frozenset(ROLES)
_H: Final[_Roles] = frozenset(["head"])
_HC: Final[_Roles] = frozenset(["head", "chair"])
_HT: Final[_Roles] = frozenset(["head", "technician"])
_HI: Final[_Roles] = frozenset(["head", "investigator"])
_HL: Final[_Roles] = frozenset(["head", "teacher"])
_HCI: Final[_Roles] = frozenset(["head", "chair", "investigator"])
_HCT: Final[_Roles] = frozenset(["head", "chair", "technician"])
_T: Final[_Roles] = frozenset(["technician"])
_NOBODY: Final[_Roles] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """Who may read a page, and who may send its form. `title` is its word in the navigation; empty
    where nothing leads there from every page. `called` is what it is called in a sentence."""

    reads: _Roles
    sends: _Roles = _NOBODY
    title: str = ""
    called: str = "a page"

    def may(self, role: Role, method: str) -> bool:
        return role in (self.reads if method in ("GET", "HEAD") else self.sends)


# In the order of the navigation.
PAGES: Final[Mapping[str, Page]] = {
    "/": Page(_ALL, title="This week"),  # a role whose first page is another is sent there
    "/visits": Page(_H, title="Visits", called="the search for visits"),
    "/visits.csv": Page(_H, called="a table of visits"),
    "/visits/<day>/<int(signed=True):number>": Page(_HI, called="a visit"),
    "/services/<id>": Page(_H, called="a service’s page"),
    "/devices/<name>": Page(_H, called="a device’s page"),
    "/people": Page(_H, sends=_H, title="People", called="the search for a person by name"),
    "/people/<id>": Page(_H, called="a person’s page"),
    "/people/<id>/name": Page(_NOBODY, sends=_H, called="a person’s name"),
    "/people/<id>/objection": Page(_NOBODY, sends=_H, called="what a person says"),
    "/cases": Page(_HCI, sends=_H, title="Cases", called="the cases"),
    "/cases/<id>": Page(_HCI, sends=_HI, called="a case"),
    "/cases/<id>/close": Page(_NOBODY, sends=_H, called="a case"),
    "/cases/<id>/pack": Page(_NOBODY, sends=_H, called="an evidence pack"),
    "/exemptions": Page(_H, sends=_H, title="Temporary access", called="temporary access"),
    "/exemptions/<id>/revoke": Page(_NOBODY, sends=_H, called="temporary access"),
    "/lesson": Page(_HL, sends=_HL, title="My lesson", called="the page for a lesson"),
    "/lesson/<id>/close": Page(_NOBODY, sends=_HL, called="the page for a lesson"),
    "/today": Page(_H, sends=_H, title="Today", called="the page to change a day"),
    "/timetable": Page(_HT, title="Timetable", called="the timetable"),
    "/timetable/try": Page(_HT, title="Why is it shut?", called="why a site is shut"),
    "/timetable/files": Page(_T, sends=_T, title="Files", called="the school’s files"),
    "/now": Page(_HT, sends=_HT, title="Now", called="what is being recorded now"),
    "/health": Page(_HCT, title="Health", called="the page on health"),
    "/looked": Page(_HC, title="Who looked", called="the list of who looked"),
    "/check": Page(_HC, sends=_HC, title="Check a document", called="the page to check a document"),
    "/reports/week": Page(_HC, title="Reports", called="a report"),
    "/reports/term": Page(_HC, called="a report"),
    "/reports/year": Page(_HC, called="a report"),
    "/account": Page(_ALL, sends=_ALL),
    "/account/second-factor": Page(_ALL, sends=_ALL),
    "/sign-out": Page(_NOBODY, sends=_ALL),
}

OPEN: Final = frozenset({"/sign-in", "/sign-in/sso", "/sign-in/back", "/static/<path:filename>"})
"""What is open to whoever has not signed in."""


def navigation(role: Role) -> list[tuple[str, str]]:
    """Address and word of each page that leads from every page, for one role."""
    return [
        (path, page.title)
        for path, page in PAGES.items()
        if page.title and role in page.reads and (path != "/" or FIRST[role] == "/")
    ]
