"""The export as CSV in a real spreadsheet, Gnumeric: what people wrote stays text there."""

import gzip
import subprocess
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bellgate.audit.log.entries import Entry
from bellgate.audit.log.export_formats import FORMS
from bellgate.audit.record.record import decision_record
from bellgate.audit.record.spreadsheet import COLUMNS
from tests.audit.kinds import as_written
from tests.audit.world import LONDON, decision

GNUMERIC = "{http://www.gnumeric.org/v10.dtd}"
# What may stand before a formula, and what begins one.
BEFORE = ("", " ", "\t", "\u00a0", "\u200b", "_", ";", "a;", '"', "'", "\r\n", "=")
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://x.example","open")', "＝1+1")


def opened(folder: Path, text: bytes) -> tuple[list[str], list[str]]:
    """What Gnumeric makes of a file: its formulas, and its texts."""
    source, made = folder / "export.csv", folder / "export.gnumeric"
    source.write_bytes(text)
    subprocess.run(["ssconvert", source, made], check=True, capture_output=True, timeout=120)
    cells = list(ElementTree.fromstring(gzip.decompress(made.read_bytes())).iter(f"{GNUMERIC}Cell"))
    formulas = [c.text or "" for c in cells if "ValueType" not in c.attrib]
    return formulas, [c.text or "" for c in cells if c.get("ValueType") == "60"]


def answered(answer: str) -> dict[str, Any]:
    return as_written(
        decision_record(decision(), "answered", seen="page", clock="synchronised", answer=answer)
    )


def exported(answers: list[str]) -> bytes:
    entries = [Entry("2026-11-23.jsonl", n, answered(a), b"") for n, a in enumerate(answers)]
    return b"".join(FORMS["csv"](entries, LONDON, print, ()))


def test_nothing_that_somebody_wrote_runs(tmp_path: Path) -> None:
    formulas, texts = opened(tmp_path, exported(list(map("".join, product(BEFORE, FORMULAS)))))
    assert formulas == []
    assert sum("1+1" in text for text in texts) == 4 * len(BEFORE)
    assert tuple(texts[: len(COLUMNS)]) == COLUMNS


def test_letters_of_every_script_arrive(tmp_path: Path) -> None:
    words = "Zoë’s café, 10 °C, Łódź, 学校"
    assert words in opened(tmp_path, exported([words]))[1]


@pytest.mark.parametrize("formula", ["=1+1", '=HYPERLINK("http://x.example","open")'])
def test_gnumeric_would_run_a_formula(tmp_path: Path, formula: str) -> None:
    """Else the test above would say nothing."""
    quoted = formula.replace('"', '""')
    assert opened(tmp_path, f'"Answer"\r\n"{quoted}"\r\n'.encode())[0] != []
