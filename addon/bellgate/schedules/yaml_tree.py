"""Bytes -> a tree of text that knows its lines. YAML, with what trips people taken out.

Only the form of the text is judged here; what a key means is not known. Every scalar stays text:
`12:00` is not seven hundred and twenty, and `no` is not a truth until a form asks for one.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bellgate.schedules.problem import Problem, quoted

LARGEST = 2_000_000
"""Bytes of a file at most."""
_DEEPEST = 20
"""Levels of nesting at most."""
_CURLY = {
    "“": "an opening curly quote", "”": "a closing curly quote", "„": "a low curly quote",
    "‘": "an opening single curly quote", "’": "a closing single curly quote",
    "‚": "a low single curly quote", "«": "a guillemet", "»": "a guillemet",
}  # fmt: skip
_SPACES = {"\t": "a tab", "\u00a0": "a no-break space", "\u2003": "a wide space"}
_BREAKS = "\x7f\x85\u2028\u2029"  # YAML counts some of these as line ends; no editor shows them so
_BEFORE_COMMENT = re.compile(r"^[^#]*")

Data = str | None | list["Data"] | dict[str, "Data"]
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Node:
    """A value and the line of the key that names it (of an item in a list: its own).

    None is a key with nothing after it.
    """

    line: int
    value: "str | list[Node] | dict[str, Node] | None"
    hurt: bool = False
    """Whether something in it did not fit and was taken out: what is left is not all there was."""

    def data(self) -> Data:
        """The same without lines."""
        if isinstance(self.value, dict):
            return {key: node.data() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.data() for node in self.value]
        return self.value

    def child(self, step: str | int) -> "Node | None":
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None


@dataclass(slots=True)
class Document:
    """One file as read. `root` is None where its text could not be read at all."""

    file: str
    root: Node | None
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of what stands at a path, or of the nearest that holds it."""
        return self._down(path)[-1].line if path and self.root else 1

    def hurt(self, path: Path) -> bool:
        """Whether something was taken out of what stands at a path."""
        return self._down(path)[-1].hurt if self.root else True

    def text(self, path: Path) -> str | None:
        """The text of a single value, as it is written; None where there is none at that path."""
        nodes = self._down(path) if self.root else []
        found = nodes[-1].value if len(nodes) == len(path) + 1 else None
        return found if isinstance(found, str) else None

    def _down(self, path: Path) -> list[Node]:
        """The nodes from the root towards a path, as far as they are there."""
        assert self.root is not None
        nodes = [self.root]
        for step in path:
            below = nodes[-1].child(step)
            if below is None:
                break
            nodes.append(below)
        return nodes


_TEXT = "save it as plain text, from an editor such as Notepad"
_KEYS = "each line is a key, such as name: value, or a - below its key"


def _commas(bracket: str) -> str:
    return f"put a comma between two entries, and {bracket} after the last one"


class _NotReadable(Exception):
    def __init__(self, line: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


def read(file: str, raw: bytes) -> Document:
    """Never raises: what cannot be read becomes the document's only problem."""
    try:
        text = _text(raw)
        _refuse_odd_spaces(text)
        composer = _Composer(file, text)
        root = composer.document()
    except _NotReadable as e:
        return Document(file, None, [Problem(file, e.line, "error", e.message, e.hint)])
    except yaml.YAMLError as e:
        line, message, hint = _explained(e, text)
        return Document(file, None, [Problem(file, line, "error", message, hint)])
    return Document(file, root, composer.problems)


def _text(raw: bytes) -> str:
    if len(raw) > LARGEST:
        raise _NotReadable(1, f"the file is larger than {LARGEST // 1_000_000} MB", _TEXT)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _NotReadable(1, "the file is saved as UTF-16", "save it as UTF-8")
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise _NotReadable(line, "a character here is not UTF-8", "save the file as UTF-8") from e
    # Otherwise a file of old Mac line ends, or a mixture, would number its lines in its own way.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, written in enumerate(text.split("\n"), 1):
        if any((c < " " and c != "\t") or c in _BREAKS for c in written):
            raise _NotReadable(number, "a control character: this is not a text file", _TEXT)
    return text


def _refuse_odd_spaces(text: str) -> None:
    found: list[tuple[int, str]] = []
    for number, written in enumerate(text.split("\n"), 1):
        before_comment = _BEFORE_COMMENT.match(written)
        assert before_comment is not None
        found += [(number, _SPACES[c]) for c in before_comment[0] if c in _SPACES][:1]
    if not found:
        return
    first, what = found[0]
    others = [str(number) for number, _ in found[1:11]]
    more = f" (and on line {', '.join(others)})" if others else ""
    raise _NotReadable(first, f"{what}, where only ordinary spaces work{more}", "use spaces")


class _Composer:
    """Builds the tree from the parser's events: bounded in depth, without anchors or tags."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)

    def document(self) -> Node:
        next(self._events)  # the stream's start
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise _NotReadable(1, "the file is empty", "write its keys, or copy the sample file")
        root = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise _NotReadable(_line(event), "a second document starts here", "take out the ---")
        if root.value is None:
            raise _NotReadable(1, "the file is empty", "write its keys, or copy the sample file")
        if not isinstance(root.value, dict):
            what = "a list" if isinstance(root.value, list) else "plain text"
            raise _NotReadable(root.line, f"the file is {what}, not keys with values", _KEYS)
        return root

    def _node(self, event: Any, depth: int, line: int | None = None) -> Node:
        if depth > _DEEPEST:
            raise _NotReadable(_line(event), "too many levels of brackets or indentation", _KEYS)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            mark = "*" if isinstance(event, yaml.AliasEvent) else "&"
            text = f"{mark}{event.anchor}"
            raise _NotReadable(
                _line(event),
                f"{quoted(text)} is YAML shorthand that is not used here",
                "write the value out, or put it in quotes",
            )
        if event.tag is not None:
            raise _NotReadable(
                _line(event), f"{quoted(event.tag)} is a type tag; none are used here"
            )
        line = line or _line(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(line, self._items(depth))
        if isinstance(event, yaml.MappingStartEvent):
            return Node(line, self._entries(event, depth))
        return Node(line, self._scalar(event))

    def _scalar(self, event: Any) -> str | None:
        text: str = event.value
        if event.style is None or event.style == "":
            if text == "":
                return None
            if text[0] in _CURLY:
                self._wrong(
                    _line(event),
                    f"curly quotes in {quoted(text)}",
                    f'{text[0]} is {_CURLY[text[0]]}: use straight ones, "…"',
                )
        return text

    def _items(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _entries(self, start: Any, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while True:
            event = next(self._events)
            if isinstance(event, yaml.MappingEndEvent):
                end: Any = event
                break
            line = _line(event)
            key = self._node(event, depth + 1).value
            value = next(self._events)
            alone = start.flow_style and ":" not in self._between(event, value)
            node = self._node(value, depth + 1, line)
            if not isinstance(key, str):
                self._wrong(line, "a key is missing, or is not plain text", "write key: value")
            elif alone and node.value is None:
                self._wrong(
                    line,
                    f"stray comma: {quoted(key)} is alone between commas",
                    "put text with a comma in it in quotes, and several names in [ ]",
                )
            elif key in entries:
                first = entries[key].line
                self._wrong(
                    line,
                    f"{quoted(key)} is given twice (first on line {first})",
                    _instead_of_twice(key, entries[key]),
                )
            else:
                entries[key] = node
        if start.flow_style:
            before = self.text[start.end_mark.index : end.end_mark.index - 1].rstrip()
            if before.endswith(","):
                self._wrong(_line(end), "stray comma before the closing }", "take it out")
        return entries

    def _between(self, key: Any, value: Any) -> str:
        return self.text[key.end_mark.index : max(value.start_mark.index, key.end_mark.index + 1)]

    def _wrong(self, line: int, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(self.file, line, "error", message, hint))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _first_content(text: str) -> int:
    """The first line (from 1) that is neither empty nor a comment."""
    lines = enumerate(text.split("\n"), 1)
    return next((n for n, t in lines if t.strip() and not t.lstrip().startswith("#")), 1)


_NO_SPACE_AFTER_DASH = re.compile(r"\s*-(\w[^:]*):( .*)?")
_CLOSED_BY_AN_APOSTROPHE = re.compile(r".*[:\[,-]\s+'[^']*'(\w[^']*'?)\s*\]?\s*")


def _misfit(text: str, line: int) -> tuple[int, str, str]:
    """Of a line that does not fit the ones above; the slip may be on the line before it."""
    lines = text.split("\n")
    for number in (line, line - 1):
        here = lines[number - 1] if 0 < number <= len(lines) else ""
        if dash := _NO_SPACE_AFTER_DASH.fullmatch(here):
            return number, "a space is missing after the -", f"write - {dash[1]}:"
        if _CLOSED_BY_AN_APOSTROPHE.fullmatch(here):
            right = 'put the text in double quotes: "School\'s own rule"'
            return number, "an apostrophe ends the text in single quotes", right
    hint = "look at its indentation and quotes, and at those of the line above"
    return line, "this line does not fit the ones above", hint


_NO_SPACE = re.compile(r"[ -]*([a-z_]+):([^ :/].*)")
"""A key and its value run together: YAML takes the line for text."""


def _colon_explained(before: str, line: int) -> tuple[int, str, str]:
    """Of a colon that does not fit on a line; `before` is the line before it."""
    if together := _NO_SPACE.fullmatch(before):
        key, value = together.groups()
        right = f"write {key}: {value}"
        return line - 1, f"a space is missing after {quoted(f'{key}:')}", right
    hint = "text with a colon and a space in it needs quotes; otherwise, look at the indentation"
    return line, "this colon does not fit here", hint


def _instead_of_twice(key: str, first: Node) -> str:
    """What to write in place of a key for the second time: of a group's day that holds for a time,
    the other time has no room in the first."""
    if isinstance(first.value, dict) and {"from", "until"} & first.value.keys():
        return (
            f"for another time write it below weekdays:, with day: Monday to Friday, for: {key} "
            "and from or until"
        )
    return f"write all of it at line {first.line}, and take this one out"


def _explained(error: yaml.YAMLError, text: str) -> tuple[int, str, str | None]:
    """The parser's own words in plain English, at the line where the slip probably is."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return 1, "the text holds characters that YAML does not allow", _TEXT
    context_mark = getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    last = text.rstrip("\n").count("\n") + 1  # the parser may stop on the line after it
    line, opened = min(mark.line + 1, last), min((context_mark or mark).line + 1, last)
    here = "".join(text.split("\n")[mark.line : mark.line + 1])[mark.column : mark.column + 1]
    if "expected ',' or" in problem:
        bracket = problem.rstrip("'")[-1]
        opening = {"}": "{", "]": "["}[bracket]
        if line == opened:
            return line, f"a comma or the closing {bracket} is missing", _commas(bracket)
        said = f"a comma or the closing {bracket} is missing after this {opening}"
        return opened, said, _commas(bracket)
    if "expected node content" in problem and here == ",":
        return line, "stray comma: nothing comes before it", "take one comma out"
    if "expected node content" in problem and mark.line + 1 >= last and not here:
        return line, "the file ends inside brackets", "close each { with } and each [ with ]"
    if "scanning an alias" in context:
        return (
            line,
            "a value starts with *",
            "for a domain, leave the * out: example.org means that name and everything under it",
        )
    if "quoted scalar" in context:
        return opened, "the quote that opens here is never closed", "close it on its line"
    if "cannot start any token" in problem:
        return line, f"a value cannot start with {here}", "put the value in quotes"
    if "mapping values are not allowed" in problem:
        return _colon_explained(text.split("\n")[max(mark.line - 1, 0)], line)
    if "could not find expected ':'" in problem:
        return opened, "a colon is missing after the key", "write key: value, with a space"
    start = _first_content(text)
    if mark.column == 0 and text.split("\n")[start - 1].lstrip().startswith("- ") and line > start:
        return (
            start,
            "a list begins here, and the key that it belongs to is missing above it",
            "write it on a line of its own, such as services: or rules:",
        )
    if "block" in context or "document start" in problem:
        return _misfit(text, line)
    return line, f"not readable as YAML ({problem})", "compare it with the lines around it"
