"""A printed report: nothing stands over anything else, or runs off the page, however long it is."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from bellgate.audit.record.record import decision_record
from bellgate.review.pack.document import document
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.pdf import printed
from tests.audit.world import decision
from tests.review.afternoon import Week, at

HOST = "x" * 60 + "." + "y" * 60 + ".facebook.com"
RULE = "Nosocialmediainsessiontimeforanyreasonwhatsoever" * 2
DEVICE = "thelaptopofthereceptionclassnexttothewindow"

Box = tuple[float, float, float, float]


def boxes(findings: Findings) -> list[tuple[int, float, list[tuple[str, Box]]]]:
    """Page, its width, and each sign on it with its place: left, bottom, right, top."""
    pdf = pypdfium2.PdfDocument(printed(document(findings), findings.question.at))
    found = []
    for number, page in enumerate(pdf):
        text = page.get_textpage()
        signs = [
            (text.get_text_range(n, 1), text.get_charbox(n)) for n in range(text.count_chars())
        ]
        found.append(
            (number, page.get_width(), [(s, b) for s, b in signs if s.strip("\u200b\r\n ")])
        )
    return found


def overlapping(signs: list[tuple[str, Box]]) -> list[str]:
    """Signs that stand over each other by more than half of the narrower one. Neighbours may: the
    tail of a Q, the letters of a ligature."""
    cells: dict[tuple[int, int], list[tuple[int, str, Box]]] = defaultdict(list)
    wrong = []
    for n, (sign, (left, bottom, right, top)) in enumerate(signs):
        place = int(left // 12), int(bottom // 12)
        near = (
            other
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for other in cells[place[0] + dx, place[1] + dy]
        )
        for m, other, (l2, b2, r2, t2) in near:
            wide = min(right, r2) - max(left, l2)
            high = min(top, t2) - max(bottom, b2)
            narrow, low = min(right - left, r2 - l2), min(top - bottom, t2 - b2)
            if (
                n - m > 2  # ffi
                and wide > 0.5 * narrow
                and high > 0.5 * low
                and narrow > 0.5
                and low > 0.5
            ):
                wrong.append(f"{sign!r} over {other!r}")
        cells[place].append((n, sign, (left, bottom, right, top)))
    return wrong


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    week = Week(tmp_path).watched()
    for n in range(3):
        when = at(f"10:{n}5")
        record = decision_record(
            decision(HOST, when), "block", seen="connection", clock="synchronised", at=when
        )
        record["rule"]["name"] = RULE
        record["device"]["id"] = DEVICE
        record["network"]["application"] = "theservicewiththelongestnameofall"
        week.recorded(record)
    found = week.findings()
    return replace(found, school="Saint-Somebody-of-the-Holy-Something Primary School")


def test_long_names_are_printed_one_below_the_other(findings: Findings) -> None:
    for number, width, signs in boxes(findings):
        assert overlapping(signs) == [], f"page {number + 1}"
        outside = [s for s, (left, _, right, _) in signs if left < 40 or right > width - 40]
        assert outside == [], f"page {number + 1}"


def test_and_are_there_in_full(findings: Findings) -> None:
    text = "".join(s for _, _, signs in boxes(findings) for s, _ in signs)
    # Whoever copies it out gets no hyphen where a line ends with one.
    copied = "".join(c for c in text if c not in "\u200b\ufffe-")
    assert HOST.replace("-", "") in copied
