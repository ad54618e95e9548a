"""A list's bytes -> the names that it closes, each with its line. Four formats, one function each.

Whether a name may be closed is `verdict`'s question. What a format can say beyond closing a name (a
part of a page, a pattern) is passed over and counted; what is nothing of the format is a bad line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from bellgate.policy.facts import address, host_name
from bellgate.schedules.lists.marks import EXACT, IMPORTANT, bare

Kind = Literal["closed", "open", "bad", "other"]
"""`open`: an exception that the list itself makes. `other`: right in its format, and nothing that a
list of names can say. Names may have marks, as `marks` has them."""
Line = tuple[int, Kind, str]

Format = Literal["domains", "hosts", "adblock", "dnsmasq"]

# Almost every line of a long list is already in the form that `host_name` would give it.
_PLAIN = re.compile(r"(?:[a-z0-9_][a-z0-9_-]{0,62}\.)*[a-z][a-z0-9-]{0,62}\Z")
_LONGEST = 253
"""Characters of a host name (RFC 1035)."""
# What every hosts file says of its own machine.
_OWN_NAMES = frozenset(
    {
        *("localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"),
        *("ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix"),
        *("ip6-allnodes", "ip6-allrouters", "ip6-allhosts"),
    }
)
_ADBLOCK = re.compile(r"(@@)?(\|\|?)?([^/^$|:*]+|\*\.[^/^$|:*]+)(\^?\|?)(?:\$(.*))?\Z")
# With these a filter closes the whole site; with any other, only some part of some page.
_WHOLE_SITE = frozenset({"all", "important", "document", "doc", "popup", ""})
_COMMENT = re.compile(r"!|\[|#(?![#@?$%])")
_TO_NOWHERE = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})
_DNSMASQ = re.compile(r"(address|server|local)=/(.+)/([^/]*)\Z")


def lines_of(format: Format, raw: bytes) -> Iterator[Line]:
    """Every name with its line, as it is written; a name's own form is made plain."""
    lines = (line.rstrip("\r") for line in raw.decode("utf-8-sig", "replace").split("\n"))
    for number, kind, text in _READ[format](enumerate(lines, 1)):
        if kind in ("bad", "other"):
            yield number, kind, text
            continue
        plain = bare(text)
        name = _name(plain)
        if name is not None:
            yield number, kind, text[: len(text) - len(plain)] + name
        elif address(text) is None:  # an address is nobody's name, and no mistake in a list
            yield number, "bad", text


def _name(text: str) -> str | None:
    """`*.Example.ORG.` as `example.org`."""
    text = text.removeprefix("*.").removeprefix(".")
    if _PLAIN.match(text) and len(text) <= _LONGEST:
        return text
    return host_name(text)


def _uncommented(line: str) -> str:
    return line.partition("#")[0].strip()


def _domains(lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
    for number, line in lines:
        if text := _uncommented(line):
            yield number, "bad" if " " in text else "closed", text


def _hosts(lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
    for number, line in lines:
        first, *names = _uncommented(line).split() or [""]
        if first and (not names or address(first) is None):
            yield number, "bad", line.strip()
            continue
        for name in names:
            if name.lower() not in _OWN_NAMES:
                yield number, "closed", name


def _adblock(lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
    """AdGuard's syntax for DNS lists, and what a browser's filter list says of whole sites."""
    filters = [(number, text) for number, line in lines if (text := line.strip())]
    withdrawn = {_as_one(text) for _, text in filters if "badfilter" in text}
    for number, text in filters:
        if _COMMENT.match(text):
            continue
        if withdrawn and ("badfilter" in text or _as_one(text) in withdrawn):
            continue
        yield from _filter(number, text)


def _as_one(text: str) -> tuple[str, frozenset[str]]:
    """A filter and its options, as its `$badfilter` names them."""
    pattern, _, options = text.partition("$")
    return pattern, frozenset(options.split(",")) - {"badfilter", ""}


def _filter(number: int, text: str) -> Iterator[Line]:
    first, *names = text.split()
    if names and address(first) is not None:  # a line of a hosts file
        closes = first in _TO_NOWHERE
        yield from (
            (number, "closed" if closes else "other", EXACT + name)
            for name in names
            if name.lower() not in _OWN_NAMES
        )
        return
    found = _ADBLOCK.match(text)
    if found is None or " " in text:
        yield number, "other", text
        return
    exception, anchor, name, end, said = found.groups()
    options = {option.strip() for option in (said or "").lower().split(",")}
    alone = not anchor and not end  # a name by itself
    is_pattern = (anchor == "|" and not end) or (alone and not _PLAIN.match(name))
    if is_pattern or not options <= _WHOLE_SITE:
        yield number, "other", text
        return
    important = IMPORTANT if "important" in options else ""
    exact = EXACT if anchor == "|" or alone else ""
    yield number, "open" if exception else "closed", important + exact + name


def _dnsmasq(lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        found = _DNSMASQ.match(text.partition(" #")[0].strip())
        if found is None:
            yield number, "bad", text
            continue
        key, names, value = found.groups()
        if key != "address" and value:
            continue  # asked of another server: forwarded, not closed
        for name in names.split("/"):
            yield number, "closed", name


_READ: Mapping[Format, Callable[[Iterable[tuple[int, str]]], Iterator[Line]]] = {
    "domains": _domains,
    "hosts": _hosts,
    "adblock": _adblock,
    "dnsmasq": _dnsmasq,
}
