"""A tree of text -> a filled-in form, and what did not fit in plain English.

What pydantic says is translated here and nowhere else. Where something does not fit, it is taken
out and the rest is filled in, so that one slip does not hide the others.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.problem import Problem, Unclear, closest, quoted, suggestion
from bellgate.schedules.yaml_tree import Data, Document, Node, Path


@dataclass(frozen=True, slots=True)
class Filled[F: Form]:
    """A file's form, as far as it could be filled in. `document` has the places of what is in it.

    `words` is the file as it was written, before anything was taken out of it, and `written` the
    same with the places.
    """

    document: Document
    form: F
    words: Data
    written: Document


def fill[F: Form](document: Document, kind: type[F]) -> tuple[Filled[F] | None, list[Problem]]:
    """The form and its problems; no form where what is left makes none."""
    if document.root is None:
        return None, []
    words = document.root.data()
    problems: list[Problem] = []
    written = document
    # Each round takes out what does not fit; taking out a needed key takes out what needs it.
    for _ in range(8):
        try:
            form = kind.model_validate(document.root.data())
        except ValidationError as e:
            errors = e.errors(include_url=False, include_input=False)
            # Only the first round speaks of what somebody wrote: later ones of what we took out.
            problems = problems or _problems(document, kind, errors)
            if written is document:
                written = deepcopy(document)
            if not _take_out(document.root, errors):
                break
        else:
            return Filled(document, form, words, written), problems
    return None, problems


def _take_out(root: Node, errors: list[ErrorDetails]) -> bool:
    """Remove what does not fit; False where the file itself is what does not."""
    doomed: dict[int, tuple[Node, set[str | int]]] = {}
    for error in errors:
        path = _written(error["loc"])
        if error["type"] == "missing":
            path = path[:-1]
        holders = [root]
        for step in path:
            below = holders[-1].child(step)
            if below is None:  # a single value, which its form sees as a list of one
                break
            holders.append(below)
        if len(holders) < 2:
            return False
        holders.pop()
        for holder in holders:
            holder.hurt = True
        doomed.setdefault(id(holder), (holder, set()))[1].add(path[len(holders) - 1])
    for holder, steps in doomed.values():
        if isinstance(holder.value, dict):
            holder.value = {k: n for k, n in holder.value.items() if k not in steps}
        elif isinstance(holder.value, list):
            holder.value = [n for i, n in enumerate(holder.value) if i not in steps]
    return True


def _problems(document: Document, kind: type[Form], errors: list[ErrorDetails]) -> list[Problem]:
    """One for each slip: a needed key that is there under a mistyped name is not missing too."""
    mistyped = {
        (*path[:-1], closest(str(path[-1]), _keys_at(kind, path[:-1])))
        for path in (_written(e["loc"]) for e in errors if e["type"] == "extra_forbidden")
    }
    return [
        _problem(document, kind, error)
        for error in errors
        if error["type"] != "missing" or _written(error["loc"]) not in mistyped
    ]


_NOT_THERE: Mapping[Path, str] = {
    **{
        (section, key): f"write {right}"
        for section in ("weekdays", "days_for")
        for right, keys in (
            ("from: 2027-01-05, the first day", ("first_day", "start", "since")),
            ("until: 2027-03-24, the last day", ("last_day", "end", "to", "till")),
        )
        for key in keys
    },
    **{
        ("dates", key): "write both days after date: 2027-01-05 to 2027-03-24"
        for key in ("from", "until", "to", "first_day", "last_day")
    },
    **{
        ("rules", key): "write it after when: Monday 15:45-16:45 from 2027-01-11 until 2027-03-24"
        for key in ("from", "until", "to", "first_day", "last_day")
    },
}
_IF_MISSING = {"clause": "write the policy's own words, or: School's own rule"}


def _problem(document: Document, kind: type[Form], error: ErrorDetails) -> Problem:
    path = _written(error["loc"])
    key = str(next((step for step in reversed(path) if isinstance(step, str)), document.file))
    hint = None
    match error["type"]:
        case "missing":
            message, hint = f"{key} is missing", _IF_MISSING.get(key, f"add {key}:")
        case "extra_forbidden":
            message = f"unknown key {quoted(key)}"
            hint = _NOT_THERE.get((path[0], key)) or suggestion(key, _keys_at(kind, path[:-1]))
        case _:
            reason = error.get("ctx", {}).get("error")
            if isinstance(reason, Unclear):
                message, hint = f"{key} {reason.message}", reason.hint
            else:
                message = f"{key} does not fit ({error['msg']})"
                hint = "see the table of keys in README.md"
    line = document.line(path[:-1] if error["type"] == "missing" else path)
    if isinstance(path[0], str) and path != (key,):
        message = f"{path[0]}: {message}" if path[0] != key else message
    return Problem(document.file, line, "error", message, hint)


def _written(loc: tuple[str | int, ...]) -> Path:
    """pydantic's path without its own marks: what is left are the file's keys and positions."""
    return tuple(step for step in loc if step != "[key]")


def _keys_at(kind: type[Form], path: Path) -> list[str]:
    place: Any = kind
    for step in path:
        place = _inside(place, step)
    form = _bare(place)
    if isinstance(form, type) and issubclass(form, Form):
        return [field.alias or name for name, field in form.model_fields.items()]
    return []


def _inside(place: Any, step: str | int) -> Any:
    place = _bare(place)
    if isinstance(place, type) and issubclass(place, Form):
        for name, field in place.model_fields.items():
            if (field.alias or name) == step:
                return field.annotation
        return None
    arguments = get_args(place)
    if get_origin(place) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _bare(place: Any) -> Any:
    """A type without its notes and without `| None`."""
    while get_origin(place) in (Annotated, Union, UnionType):
        place = next(a for a in get_args(place) if a is not type(None))
    return place
