"""Files that are made from something else: compared here, and written anew with RENEW=1."""

import os
from pathlib import Path


def same_as_kept(kept: Path, made: str) -> None:
    """Fails where a kept file is not what would be made now."""
    if os.environ.get("RENEW"):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(made, "utf-8")
    there = kept.read_text("utf-8") if kept.exists() else ""
    assert made == there, f"{kept.name} is not up to date: run the test once with RENEW=1"
