"""A pack's document -> a PDF by typst: archivable (PDF/A-2a) and tagged (PDF/UA-1).

The only file that knows typst. Everything that is said comes from `packs.py`.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
import typst

from bellgate.review.pack.document import Document
from bellgate.review.pack.phrases import breakable

_LAYOUT: Final = Path(__file__).with_name("pack.typ")


_LONGEST: Final = 20
"""Signs: what the columns of most tables, and any paragraph, hold without a break."""
_LONGEST_IN_VISITS: Final = 11
"""The same of the table with the most columns."""


def _with_breaks(document: Document) -> Document:
    visits = breakable(document["visits"], _LONGEST_IN_VISITS)
    return {**breakable(document, _LONGEST), "visits": visits}


def printed(document: Document, made: datetime) -> bytes:
    """The document as a PDF. The same document made at the same moment gives the same bytes."""
    return typst.compile(
        _LAYOUT.read_bytes(),
        sys_inputs={"pack": orjson.dumps(_with_breaks(document)).decode()},
        format="pdf",
        # Archivable, and tagged for people who have it read out by a screen reader.
        pdf_standards=["a-2a", "ua-1"],
        # The fonts that come with typst: the same pages on every machine.
        ignore_system_fonts=True,
        timestamp=int(made.timestamp()),
    )
