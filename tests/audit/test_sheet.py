"""The rows for a spreadsheet: whole, in plain words, and with nothing in them that runs."""

import csv
import io
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bellgate.audit.record.record import decision_record, event_record
from bellgate.audit.record.spreadsheet import COLUMNS, inert, line_of_cells, row_of
from tests.audit.kinds import as_written, records
from tests.audit.world import EDITION, LONDON, QUARTER_PAST_TEN, decision

SIGNS = "=+-@＝＋－＠"


def runs(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula, as one that is generous with blanks."""
    for char in cell:
        if char in "\t\r\n" or unicodedata.normalize("NFKC", char) in "=+-@":
            return True
        if not (char.isspace() or unicodedata.category(char)[0] in "CZ"):
            return False
    return False


def read(line: bytes, separator: str = ",") -> list[str]:
    [row] = csv.reader(io.StringIO(line.decode(), newline=""), delimiter=separator)
    return row


@settings(max_examples=200)
@given(records, st.sampled_from(["Europe/London", "Asia/Kathmandu", "America/St_Johns"]))
def test_every_record_is_one_line_that_another_reader_reads_and_none_runs(
    record: dict[str, Any], zone: str
) -> None:
    cells = row_of(record, ZoneInfo(zone))
    line = line_of_cells(cells)
    assert read(line) == cells
    assert len(cells) == len(COLUMNS)
    assert line.endswith(b"\r\n") and line.count(b"\n") == line.count(b"\r") == 1
    assert not any(runs(cell) for cell in cells)
    # A spreadsheet that separates by another sign cuts elsewhere.
    assert not any(runs(cell) for cell in read(line, ";"))


anything = st.text(
    alphabet=st.one_of(st.sampled_from(SIGNS + " \t\r\n;\"',"), st.characters(codec="utf-8"))
)


@settings(max_examples=500)
@given(anything)
@example("=cmd|' /C calc'!A0")
@example("\u200b=1")
@example("a;=1")
@example(";=1")
@example("a;\t\u00a0＝1")
@example("\ufeff=1")
def test_no_text_runs(text: str) -> None:
    line = line_of_cells(["before", inert(text), "after"])
    assert len(read(line)) == 3
    for cell in [*read(line), *read(line, ";")]:
        assert not runs(cell), line


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x.example","open")', '\'=HYPERLINK("http://x.example","open")'),
        ("+44 161 000 000", "'+44 161 000 000"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "' =1"),
        ("two\r\nlines", "two lines"),
        ("a-b = c; and d", "a-b = c; and d"),
        (None, ""),
    ],
)
def test_what_is_put_before_a_formula(text: object, cell: str) -> None:
    assert inert(text) == cell


def test_a_person_is_whom_it_is_about_and_not_who_did_it() -> None:
    def row(**facts: Any) -> tuple[str, str]:
        record = event_record(
            "bellgate.review", "revealed", "…", edition=EDITION, at=QUARTER_PAST_TEN,
            clock="synchronised", user="head", **facts,
        )  # fmt: skip
        cells = dict(zip(COLUMNS, row_of(as_written(record), LONDON), strict=True))
        return cells["Person"], cells["Done by"]

    assert row(target="stf-0042") == ("stf-0042", "head")
    assert row(facts={"who": ["staff", "office-pc"]}) == ("staff, office-pc", "head")
    assert row() == ("", "head")


def test_the_time_is_the_schools_and_the_words_are_plain() -> None:
    summer = decision(at=QUARTER_PAST_TEN.replace(month=10, day=5))
    record = as_written(
        decision_record(summer, "answered", seen="page", clock="synchronised", answer="=1+1")
    )
    row = dict(zip(COLUMNS, row_of(record, LONDON), strict=True))
    assert (row["Date"], row["Time"], row["Time zone"]) == (
        "2026-10-05", "11:15:03", "BST (UTC+01:00)",
    )  # fmt: skip
    assert row["What was seen"] == "page asked for"
    assert row["Reason or answer"] == "'=1+1"
    assert row["Person"] == "stf-0042"
