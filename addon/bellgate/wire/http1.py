"""HTTP/1 messages as they come: their heads, and where their bodies end (RFC 9112).

Strict with what a client sends, for a request that can be read in two ways could smuggle a name
past us: it is refused. Lenient with what a server answers, as browsers are: nothing is decided by
it. No mitmproxy and no policy here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

LONGEST_HEAD_BYTES = 64 * 1024
"""Of a request; of a server's answer four times as much."""
_LONGEST_LINE_BYTES = 8 * 1024
"""Of a chunk's size or a trailer."""
_LONGEST_TRAILERS_BYTES = 64 * 1024

Field = tuple[bytes, bytes]
"""Name as written, and value without the space around it."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VERSION = re.compile(rb"HTTP/1\.([0-9])")
_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9])[ \t]+([1-9][0-9][0-9])(?:[ \t].*)?", re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SPACE_OR_CONTROL = re.compile(rb"[\x00-\x20\x7f]")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_STRICT_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")
_LENIENT_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?\n")
_CODINGS_BEFORE_CHUNKED = (b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress", b"identity")


class Malformed(ValueError):
    """A message that cannot be read for certain, in words for whoever sent it."""


class Incoming:
    """Bytes that have come and were not yet taken. A head is searched once, however it comes."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._searched = 0

    def __len__(self) -> int:
        return len(self.data)

    def take(self, size: int | None = None) -> bytes:
        """The first `size` bytes, or all."""
        taken = bytes(self.data if size is None else self.data[:size])
        del self.data[: len(taken)]
        self._searched = 0
        return taken

    def take_head(self) -> list[bytes] | None:
        """The lines of the head that the bytes begin with; None while it is not whole.

        Empty lines before it are passed over (RFC 9112, section 2.2).
        """
        if not self._searched:
            empty = len(self.data) - len(self.data.lstrip(b"\r\n"))
            del self.data[:empty]
        end = _HEAD_END.search(self.data, max(self._searched - 3, 0))
        if end is None:
            self._searched = len(self.data)
            return None
        head = self.take(end.end())[: end.start()]
        return [line.removesuffix(b"\r") for line in head.split(b"\n")]


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request's first line and its fields, of which each name and value is well formed."""

    method: str
    target: str
    minor: int
    """Of the version: HTTP/1.0 or 1.1."""
    fields: tuple[Field, ...]

    def values(self, name: bytes) -> list[str]:
        return [value.decode("latin-1") for n, value in self.fields if n.lower() == name]


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What a server's answer begins with. `raw` is it as passed on: mended only where broken."""

    status: int
    minor: int
    fields: tuple[Field, ...]
    """Names in lower case."""
    raw: bytes

    @property
    def is_interim(self) -> bool:
        """Whether the answer proper is still to come (RFC 9110, section 15.2)."""
        return 100 <= self.status < 200 and self.status != 101

    def says(self, name: bytes, token: bytes) -> bool:
        return token in _tokens(value for n, value in self.fields if n == name)

    @property
    def keeps_open(self) -> bool:
        """Whether the server means to answer more on the connection (RFC 9112, section 9.3)."""
        if self.says(b"connection", b"close"):
            return False
        return self.minor > 0 or self.says(b"connection", b"keep-alive")


def read_request(lines: Sequence[bytes]) -> RequestHead:
    """A request's head, its lines without their ends. Raises Malformed."""
    parts = lines[0].split(b" ")
    if len(parts) != 3:
        raise Malformed("The first line of this request cannot be read.")
    method, target, version = parts
    said = _VERSION.fullmatch(version)
    if not _TOKEN.fullmatch(method) or not target or _SPACE_OR_CONTROL.search(target) or not said:
        raise Malformed("The first line of this request cannot be read.")
    fields = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not _TOKEN.fullmatch(name) or _CONTROL.search(value):
            raise Malformed("A header of this request cannot be read.")
        fields.append((name, value))
    return RequestHead(
        method.decode("ascii"), target.decode("latin-1"), int(said[1]), tuple(_once(fields))
    )


def _once(fields: Iterable[Field]) -> Iterable[Field]:
    """One Content-Length in place of several that say the same (RFC 9110, section 8.6)."""
    length = None
    for name, value in fields:
        if name.lower() != b"content-length":
            yield name, value
            continue
        for each in value.split(b","):
            said = each.strip(b" \t")
            if not _LENGTH.fullmatch(said) or (length is not None and int(said) != int(length)):
                raise Malformed("The length of this request cannot be read.")
            if length is None:
                length = said
                yield name, said


def read_answer(lines: Sequence[bytes]) -> AnswerHead | None:
    """The head of a server's answer; None where it is no HTTP/1."""
    status = _STATUS_LINE.fullmatch(lines[0])
    if status is None:
        return None
    unfolded: list[bytes] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t"):
            if unfolded:  # RFC 9112, section 5.2
                unfolded[-1] += b" " + line.strip(b" \t")
        elif b":" in line:
            name, _, value = line.partition(b":")
            # A proxy removes a space before the colon (RFC 9112, section 5.1).
            unfolded.append(name.rstrip(b" \t") + b":" + value)
    chunked = any(_name(line) == b"transfer-encoding" for line in unfolded)
    kept, lengths = [lines[0]], set()
    for line in unfolded:
        if _name(line) == b"content-length":
            value = line.partition(b":")[2].strip(b" \t")
            # Of those that say the same, one; beside Transfer-Encoding none (section 6.3).
            if chunked or value in lengths:
                continue
            lengths.add(value)
        kept.append(line)
    fields = tuple((_name(line), line.partition(b":")[2].strip(b" \t")) for line in kept[1:])
    raw = b"\r\n".join((*kept, b"", b""))
    return AnswerHead(int(status[2]), int(status[1]), fields, raw)


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].lower()


def _tokens(values: Iterable[bytes]) -> list[bytes]:
    return [each.strip(b" \t").lower() for value in values for each in value.split(b",")]


class Body(Protocol):
    """Where a body ends: fed with what comes, it says how much of that is still part of it."""

    ended: bool

    def feed(self, data: bytes | bytearray) -> int:
        """How many of the bytes belong to the body. Raises Malformed."""


class Sized:
    """A body of so many bytes."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.ended = size == 0

    def feed(self, data: bytes | bytearray) -> int:
        taken = min(self._left, len(data))
        self._left -= taken
        self.ended = self._left == 0
        return taken


class UntilClosed:
    """A body that ends with the connection."""

    ended = False

    def feed(self, data: bytes | bytearray) -> int:
        return len(data)


class Chunked:
    """A body in chunks, with the trailers after them (RFC 9112, section 7.1)."""

    def __init__(self, *, strict: bool) -> None:
        self.ended = False
        self._strict = strict
        self._size = _STRICT_SIZE if strict else _LENIENT_SIZE
        self._left = 0
        self._line = bytearray()
        self._awaits = "size"
        self._trailers = 0

    def feed(self, data: bytes | bytearray) -> int:
        """Raises Malformed."""
        at = 0
        while at < len(data) and not self.ended:
            if self._left:
                taken = min(self._left, len(data) - at)
                self._left -= taken
                at += taken
                continue
            end = data.find(b"\n", at) + 1
            self._line += data[at : end or len(data)]
            at = end or len(data)
            if len(self._line) > _LONGEST_LINE_BYTES:
                raise Malformed("A chunk of this message cannot be read.")
            if end:
                line, self._line = bytes(self._line), bytearray()
                self._after(line)
        return at

    def _after(self, line: bytes) -> None:
        """Go on after a whole line."""
        if self._strict and not line.endswith(b"\r\n"):
            raise Malformed("A line of this message ends in the middle.")
        said = line.rstrip(b"\r\n")
        if self._awaits == "size":
            size = self._size.fullmatch(line)
            if size is None:
                raise Malformed("The size of a chunk cannot be read.")
            self._left = int(size[1], 16)
            self._awaits = "end of chunk" if self._left else "trailer"
        elif self._awaits == "end of chunk":
            if said:
                raise Malformed("A chunk of this message is longer than it says.")
            self._awaits = "size"
        elif not said:
            self.ended = True
        else:
            self._trailers += len(line)
            name = said.partition(b":")[0]
            if self._trailers > _LONGEST_TRAILERS_BYTES or (
                self._strict and not _TOKEN.fullmatch(name)
            ):
                raise Malformed("A trailer of this message cannot be read.")


def request_body(head: RequestHead) -> Body:
    """Where a request's body ends (RFC 9112, section 6.3). Raises Malformed."""
    codings = _tokens(v for name, v in head.fields if name.lower() == b"transfer-encoding")
    lengths = [v for name, v in head.fields if name.lower() == b"content-length"]
    if not codings:
        return Sized(int(lengths[0]) if lengths else 0)
    *before, last = codings
    if lengths or head.minor == 0 or last != b"chunked":
        raise Malformed("Where the body of this request ends cannot be told.")
    if any(coding not in _CODINGS_BEFORE_CHUNKED for coding in before):
        raise Malformed("Where the body of this request ends cannot be told.")
    return Chunked(strict=True)


def answer_body(head: AnswerHead, method: str) -> Body:
    """Where an answer's body ends (RFC 9112, section 6.3). Raises Malformed."""
    if method == "HEAD" or head.status in (204, 304) or head.status < 200:
        return Sized(0)
    codings = _tokens(v for name, v in head.fields if name == b"transfer-encoding")
    if codings:
        return Chunked(strict=False) if codings[-1] == b"chunked" else UntilClosed()
    lengths = set(_tokens(v for name, v in head.fields if name == b"content-length"))
    if not lengths:
        return UntilClosed()
    if len(lengths) > 1:
        raise Malformed("The site says two different lengths of its answer.")
    [length] = lengths
    return Sized(int(length)) if _LENGTH.fullmatch(length) else UntilClosed()


def written(first_line: str, fields: Iterable[Field]) -> bytes:
    """A head as bytes."""
    lines = [first_line.encode("latin-1"), *(name + b": " + value for name, value in fields)]
    return b"\r\n".join((*lines, b"", b""))
