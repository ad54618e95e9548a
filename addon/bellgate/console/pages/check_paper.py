"""A report, a pack or a mailed checkpoint is given, and judged: was it made here, and is the log
still what it was then?"""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

from flask import Flask, render_template, request

from bellgate.audit import verify_log
from bellgate.audit.log.note import notes_in
from bellgate.console.dates import said_at
from bellgate.console.desk import Desk, signed_in
from bellgate.review.pack.made_here import handed_out

_MADE_HERE: Final = b"Typst"
"""What the program that makes the gate's reports writes into each."""
_BY_A_BROWSER: Final = (
    "A page that was printed or saved, such as the weekly report, is a file that the browser made: "
    "a different one each time, and the gate has never seen it. To check it, open the same page "
    "for the same days again and compare them."
)
_A_PART: Final = (
    "The gate recognises a pack by the whole zip file or by its report.pdf. It does not recognise "
    "single files from a pack, such as records.csv, or a table that a page made: upload the zip "
    "file as it was handed out, or its report.pdf. The gate does recognise exports of the log. If "
    "this is one, it is not as it was handed out."
)


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
    return {"good": good, "title": "Yes" if good else "No", "said": said, "found": []}


def _of_a_pack(desk: Desk, content: bytes) -> dict[str, object]:
    paths = desk.school.paths
    found = handed_out([paths.log, *paths.aside], content)
    good = any(one.took_effect for one in found)
    alone = "" if found else _cannot_be_judged(content)
    if alone:
        said = [alone, "That counts neither for it nor against it."]
    elif not found:
        said = [
            "The gate has no record of issuing this file as it is.",
            "It was made elsewhere, or it has been changed since, or its record was deleted when "
            "due.",
        ]
    elif all(one.what == "report" for one in found):
        said = [
            "The report in this file is as it was handed out.",
            "The zip around it is not: it was packed again, and may contain other files.",
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
    title = "This file cannot be judged here" if alone else "Yes" if good else "No"
    return {"good": good, "title": title, "said": said, "found": lines}


def _cannot_be_judged(content: bytes) -> str:
    """Why a file cannot be judged by its bytes, though it may well come from here; empty for one
    that can: a zip, and a PDF as the gate makes them."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith(b"%pdf"):
        return "" if _MADE_HERE in content else _BY_A_BROWSER
    if start.startswith((b"<!doctype html", b"<html")):
        return _BY_A_BROWSER
    return "" if start.startswith(b"pk") else _A_PART
