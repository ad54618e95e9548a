"""All papers of a school as files. Their text stands in `deploy/papers/`; none is written here."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import bellgate
from bellgate.policy.wall_clock import dates_in_words
from bellgate.running.papers.browser_files import browser_files, certificate_files
from bellgate.running.papers.filling import Filling

TEMPLATES: Final = Path(bellgate.__file__).parents[2] / "deploy" / "papers"
"""The papers' own text, with a place for each of the school's words."""
INDEX: Final = "index.html"
PAPERS: Final = (
    "notice-to-staff.html",
    "notice-to-parents.html",
    "dpia.html",
    "certificate.html",
    "browsers.html",
    "replacing-a-device.html",
    INDEX,
)


def paper_set(filled: Filling, root_pem: str | None) -> dict[str, bytes]:
    """Each file by its name. Without a certificate the papers say that there is none yet.

    Raises OSError or jinja2's TemplateNotFound (an OSError) where the texts are not there.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["day"] = dates_in_words
    files = {name: environment.get_template(name).render(f=filled).encode() for name in PAPERS}
    files |= browser_files(proxy=filled.proxy)
    if root_pem is not None:
        files |= certificate_files(root_pem, filled.school)
    return files
