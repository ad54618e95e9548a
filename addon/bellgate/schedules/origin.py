"""Where a calendar or a list comes from: a file beside school.yaml, or an address. Text only."""

from bellgate.schedules.fetched_copies import web_address
from bellgate.schedules.problem import Unclear, quoted

# Beside the files of a last good copy, so that the copy is whole without the cache.
FETCHED = "term-dates.fetched.ics"
_LONGEST_NAME = 50
"""Characters of an address that are shown in a problem."""


def is_address(text: str) -> bool:
    return "://" in text


def kept_as(text: str) -> str:
    """The name of a calendar's bytes among the files of the folder."""
    return FETCHED if is_address(text) else text


def shown_as(text: str) -> str:
    """How a calendar is named in problems: a file by its name, an address without its trimmings."""
    if not is_address(text):
        return text
    short = text.partition("://")[2].partition("?")[0].partition("#")[0]
    return short if len(short) <= _LONGEST_NAME else f"{short[:_LONGEST_NAME]}…"


def wrong_place(text: str) -> Unclear | None:
    """What is wrong with `term_dates` itself, if anything."""
    if is_address(text):
        scheme = web_address(text).partition(":")[0].lower()
        if scheme not in ("https", "http"):
            return Unclear(f"is {quoted(text)}, which cannot be fetched", "write an https address")
        return None
    if "/" in text or "\\" in text or text in ("", ".", ".."):
        return Unclear(f"is {quoted(text)}, outside this folder", "put the file beside school.yaml")
    if not text.lower().endswith(".ics"):
        return Unclear(f"is {quoted(text)}, which is not a calendar", "its name must end in .ics")
    return None
