"""The files of the small school of the corpus, for tests that change one of them. No test lives
here."""

from pathlib import Path

SMALL = Path(__file__).parent.parent / "corpus" / "good" / "small"
FILES = {p.name: p.read_bytes() for p in SMALL.glob("*.yaml")}
