"""A report, a pack or a mailed checkpoint is given, and judged: was it made here, and is the log
still what it was then?"""

import tempfile
from datetime import datetime
from pathlib import Path

from flask import Flask, render_template, request

from bellgate.audit import verify_log
from bellgate.audit.log.note import notes_in
from bellgate.console.dates import said_at
from bellgate.console.desk import Desk, signed_in
from bellgate.review.pack.made_here import handed_out


def register(app: Flask, desk: Desk) -> None:
    @app.get("/check")
    def check() -> str:
        return render_template("check.html", answer=None, problem="")

    @app.post("/check")
    def judge() -> str | tuple[str, int]:
        given = request.files.get("file")
        content = given.read() if given else b""
        if not content:
            return render_template("check.html", answer=None, problem="Choose a file"), 400
        who = signed_in().name
        # It may wait: a log that is broken is just what somebody may want to learn of.
        said = f"{who} had a document checked"
        desk.looks.leave_when_possible(who, "viewed", said, page="/check")
        answer = (
            _of_a_checkpoint(desk, content) if _holds_note(content) else _of_a_pack(desk, content)
        )
        return render_template("check.html", answer=answer, problem="")


def _holds_note(content: bytes) -> bool:
    return len(content) < 1 << 20 and bool(notes_in(content))


def _of_a_checkpoint(desk: Desk, content: bytes) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "checkpoint"
        file.write_bytes(content)
        result = verify_log(desk.school.paths.log, file)
    said = []
    if result.ok and result.covers is not None:
        good = True
        said.append(
            "The log is still what it was when this checkpoint was made: its first "
            f"{result.covers:,} records are unchanged, and none of them is missing."
        )
        if result.size > result.covers:
            said.append(f"{result.size - result.covers:,} records have been added since.")
    else:
        good = False
        said.append("The log is not what this checkpoint says.")
        said += [p.message for p in result.problems[:5]]
    return {"good": good, "kind": "a checkpoint", "said": said, "found": []}


def _of_a_pack(desk: Desk, content: bytes) -> dict[str, object]:
    paths = desk.school.paths
    found = handed_out([paths.log, *paths.aside], content)
    good = any(one.took_effect for one in found)
    if not found:
        said = [
            "This gate did not issue this file in this form, as far as its record says.",
            "It was made elsewhere, or it has been changed since, or its record was deleted when "
            "due.",
        ]
    elif all(one.what == "report" for one in found):
        said = [
            "The report in this file is as it was handed out.",
            "The zip around it is not: it was packed anew, and may hold other files.",
        ]
    else:
        said = ["This file is, byte for byte, as it was handed out."]
    # The chair learns that it was, and when; whom it is about stands in the paper itself.
    named = signed_in().role == "head"
    lines = [
        (
            said_at(datetime.fromisoformat(one.record["@timestamp"]), desk.school.zone),
            one.number,
            one.record["message"] if named else "",
            one.took_effect,
        )
        for one in found
    ]
    return {"good": good, "kind": "a pack or a report", "said": said, "found": lines}
