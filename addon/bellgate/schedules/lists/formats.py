"""A list's bytes -> the names that it closes, each with its line. Four formats, one function each.

Whether a name may be closed is `judging`'s question. What a format can say beyond closing a name
(a part of a page, a pattern) is passed over; what is nothing of the format is a bad line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from bellgate.policy.facts import address, host_name

Kind = Literal["closed", "open", "bad"]
"""`open`: an exception that the list itself makes."""
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
_ADBLOCK = re.compile(r"(@@)?\|\|([^/^$|:]+)\^?\|?(?:\$(.*))?\Z")
# With these a filter closes the whole site; with any other, only some part of some page.
_WHOLE_SITE = frozenset({"all", "important", "document", "doc", "popup", ""})
_DNSMASQ = re.compile(r"(address|server|local)=/(.+)/([^/]*)\Z")


def lines_of(format: Format, raw: bytes) -> Iterator[Line]:
    """Every name with its line, as it is written; a name's own form is made plain."""
    lines = (line.rstrip("\r") for line in raw.decode("utf-8-sig", "replace").split("\n"))
    for number, kind, text in _READ[format](enumerate(lines, 1)):
        if kind == "bad":
            yield number, kind, text
            continue
        name = _name(text)
        if name is not None:
            yield number, kind, name
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
    for number, line in lines:
        text = line.strip()
        found = _ADBLOCK.match(text)
        if found is None or "*" in found[2].removeprefix("*."):
            # Comments and filters of other kinds: a host by itself is one that was meant otherwise.
            if _PLAIN.match(text) and "." in text:
                yield number, "bad", text
            continue
        options = (found[3] or "").lower().split(",")
        if all(option.strip() in _WHOLE_SITE for option in options):
            yield number, "open" if found[1] else "closed", found[2]


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
