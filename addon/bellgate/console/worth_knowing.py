"""What the head and the leaders should know of some days, though nobody need do anything: when the
gate was not watching, a clock that was wrong, who was refused a page, who had something to
say. No pupil and no member of staff is named but whoever signed in to these pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from bellgate.console import doubtful_times, unwatched
from bellgate.console.dates import said_at
from bellgate.console.desk import Desk
from bellgate.console.roles import PAGES, SAID
from bellgate.review.index import Looked
from bellgate.review.pack.phrases import count
from bellgate.running.watched import Watch

NOBODY_REFUSED: Final = "Nobody was refused a page that is not for their role."
NOBODY_OBJECTED: Final = "Nobody’s comments on their own record were written down."
_MOST: Final = 5
"""Of each kind, told one by one."""


@dataclass(frozen=True, slots=True)
class People:
    """What was done about people's records, the newest first."""

    refused: tuple[str, ...]
    objections: tuple[str, ...]
    objectors: tuple[str, ...]
    """Whose objections they are: for links, for those who may follow them."""

    @property
    def said(self) -> list[str]:
        return [*self.refused, *self.objections]


def of_the_gate(desk: Desk, watch: Watch) -> list[str]:
    """When it was not watching, and when its clock was put right."""
    zone = desk.school.zone
    steps = [doubtful_times.put_right(step, zone) for step in watch.steps[:_MOST]]
    return [*unwatched.times(watch, zone, _MOST), *steps]


def of_people(desk: Desk, first: date, last: date) -> People:
    """Who was refused a page that is not for their role, and that somebody objects."""
    refused = desk.index.looked(first, last, action="refused").rows
    objected = desk.index.looked(first, last, action="objected").rows
    return People(
        tuple(_shortened([_refusal(desk, r) for r in refused if "page" in r.facts], "refusal")),
        tuple(_shortened([_objection(desk, o) for o in objected], "objection")),
        tuple(dict.fromkeys(o.target for o in objected if o.target)),
    )


def how_often(desk: Desk, first: date, last: date) -> tuple[str, str]:
    """The same of a term or a year, for the governors: how often, and nobody named."""
    refused = sum("page" in r.facts for r in _every(desk, first, last, "refused"))
    objected = desk.index.looked(first, last, action="objected").total
    return (
        f"{_often(refused)}, somebody was refused a page that is not for their role."
        if refused
        else NOBODY_REFUSED,
        f"{_often(objected)}, somebody’s comments on their own record were written down."
        if objected
        else NOBODY_OBJECTED,
    )


def _every(desk: Desk, first: date, last: date, action: str) -> Iterator[Looked]:
    number, pages = 1, 1
    while number <= pages:
        page = desk.index.looked(first, last, number, action=action)
        yield from page.rows
        number, pages = number + 1, page.pages


def _often(times: int) -> str:
    return {1: "Once", 2: "Twice"}.get(times, f"On {times:,} occasions")


def _refusal(desk: Desk, one: Looked) -> str:
    who, role, page = one.user or "Somebody", one.facts.get("role"), one.facts["page"]
    known = f" ({SAID.get(role, role)})" if role else ""
    called = PAGES[page].called if page in PAGES else "a page"
    return (
        f"{who}{known} tried to open {called} at {said_at(one.at, desk.school.zone)}. That is not "
        "for their role, and was refused."
    )


def _objection(desk: Desk, one: Looked) -> str:
    return (
        f"At {said_at(one.at, desk.school.zone)}, somebody’s comments on their own record were "
        "written down. They are shown on that person’s page, with each of their visits and in each "
        "case about them."
    )


def _shortened(said: list[str], noun: str) -> Iterator[str]:
    yield from said[:_MOST]
    if len(said) > _MOST:
        yield f"{count(len(said) - _MOST, f'more {noun}')}: see “Who looked”."
