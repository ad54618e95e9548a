"""The evidence pack of a case, made here and sent to whoever asked: recorded first, as by the
command."""

import hashlib
import io

from flask import Flask, Response, abort, render_template

from bellgate.audit import verify_log
from bellgate.audit.verify.proof import CannotPack, write_zip
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.cases import case_of
from bellgate.review.cases import Case, Hold
from bellgate.review.pack.material import gather
from bellgate.review.pack.question import Question
from bellgate.running.pack_files import held_of, names_of, parts_of_pack


def register(app: Flask, desk: Desk) -> None:
    @app.post("/cases/<id>/pack")
    def pack(id: str) -> Response | tuple[str, int]:
        case = case_of(desk, id)
        hold = next((h for h in case.holds if h.person or h.device), None)
        if hold is None:
            abort(404)
        log = desk.school.paths.log
        result = verify_log(log)
        if not result.ok:
            return _refused(f"the log is not what was signed ({result.problems[0]})")
        try:
            return _made(desk, case, hold)
        except CannotPack as error:
            return _refused(str(error))


def _made(desk: Desk, case: Case, hold: Hold) -> Response:
    school, who = desk.school, signed_in().name
    policy, paths = school.policy, school.paths
    now = school.now()
    today = now.astimezone(school.zone).date()
    first = hold.first or case.opened.astimezone(school.zone).date()
    if first > today:
        raise CannotPack("the days whose records the case keeps are still to come")
    question = Question(
        person=hold.person,
        device=hold.device,
        first=first,
        last=min(hold.last or today, today),
        reason=case.reason,
        by=who,
        at=now,
        zone=school.zone,
        simulated=school.simulated,
        names=names_of(policy, hold.person, hold.device),
        held=held_of(policy, hold.person, hold.device),
    )
    material = gather(paths.log, question, None, paths.aside)
    parts = parts_of_pack(
        school.confided, policy, question, material, paths.log,
        anchored=school.loaded.settings.anchors.lead_outside,
    )  # fmt: skip
    name = f"pack-{question.subject}-{question.first}-to-{question.last}"
    file = io.BytesIO()
    write_zip(parts, name, file)
    content = file.getvalue()
    said = f"{question.subject}, {question.first} to {question.last}"
    desk.looks.leave(
        who,
        "exported",
        f"{who} made the pack {name}.zip about {said}",
        target=hold.person,
        reason=case.reason,
        device=hold.device,
        format="pack",
        file=f"{name}.zip",
        records=len(material.sequences),
        query=question.words,
        case=case.id,
        sha256=hashlib.sha256(content).hexdigest(),
        report_sha256=hashlib.sha256(parts["report.pdf"]).hexdigest(),
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return Response(content, mimetype="application/zip", headers=headers)


def _refused(why: str) -> tuple[str, int]:
    said = (
        f"No pack has been made: {why}.",
        "Your IT technician can see every problem with `bellgate audit verify`, and can make a "
        "pack of what is still proven, which says on its first page that the log is damaged.",
    )
    return render_template("said.html", title="No pack can be made", said=said), 409
