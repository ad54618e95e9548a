"""One device: its holders by date, its visits split at each handover, its addresses, and what
contradicts it. A holder who is not its present one is "another holder" here as in every report."""

from datetime import datetime

from flask import Flask, abort, render_template

from bellgate.console import pictures
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.periods import period_asked_for
from bellgate.console.visit_rows import rows_of
from bellgate.policy.who import Device
from bellgate.review.index import HeldOnRecord, Search
from bellgate.review.pack import report_words


def register(app: Flask, desk: Desk) -> None:
    @app.get("/devices/<name>")
    def device(name: str) -> str:
        period, who, school = period_asked_for(desk), signed_in().name, desk.school
        found = desk.index.device(name, period.first, period.last)
        known = next((d for d in school.policy.directory.devices if d.name == name), None)
        if known is None and not (found.held or found.claimed):
            abort(404)
        desk.looks.leave(
            who, "viewed", f"{who} looked at the device {name}", page="/devices", device=name
        )
        holder = _present(known, desk.school.now())
        search = Search(device=name, first=period.first, last=period.last)
        return render_template(
            "device.html",
            name=name,
            known=known,
            group=known.group if known else None,
            groups=school.policy.groups[known.group].chain if known else None,
            period=period,
            found=found,
            kinds=[(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(found.visits, k)],
            bars=pictures.bars([(_span(h), "", h.visits) for h in found.held]),
            table=[(f"{_span(h)}: {_said(h, holder)}", None, h.visits) for h in found.held],
            holder=holder,
            rows=rows_of(desk, desk.index.visits(search).rows),
            counts=desk.index.count(search),
            watch=school.watch(desk.index, period.first, period.last),
            nobodys=report_words.NOBODYS,
            doubts=report_words.DOUBTS,
        )


def _present(known: Device | None, now: datetime) -> str:
    """Who holds it now, by the files; nobody where that is not known."""
    holders = known.holders if known else ()
    return next((h.person for h in holders if h.holds(now)), "")


def _said(held: HeldOnRecord, holder: str) -> str:
    if held.person is None:
        return "attributed to nobody"
    return held.person if held.person == holder else "another holder"


def _span(held: HeldOnRecord) -> str:
    first, last = held.first, held.last
    return f"{first.day} {first:%b}" + (f" to {last.day} {last:%b}" if last != first else "")
