"""A table of devices, as people export it from a spreadsheet -> entries of devices.yaml. Text only.

What is wrong is collected and said once for each thing that is wrong, not once for each row.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from io import StringIO

from bellgate.schedules import scalars
from bellgate.schedules.problem import Problem, Unclear, quoted, suggestion
from bellgate.schedules.rule_words import or_a_new_group

COLUMNS = ("name", "group", "mac", "ip", "shared", "person", "from", "trusts_certificate")
_OTHERWISE = {
    "asset": "name", "asset tag": "name", "device name": "name", "computer name": "name",
    "device": "name", "hostname": "name", "computer": "name", "class": "group", "year": "group",
    "mac address": "mac", "mac_address": "mac", "ip address": "ip", "ip_address": "ip",
    "holder": "person", "certificate": "trusts_certificate",
    "trusts certificate": "trusts_certificate", "certificate installed": "trusts_certificate",
}  # fmt: skip
_HARDWARE = r"(?:wi-?fi|wlan|wireless|ethernet|physical|hardware) (?:address|addr|id)"
"""Headings of a MAC that do not say so."""
_MOST_TOLD = 10
"""Rows with a problem of their own that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device of a table; what is empty was not given."""

    line: int
    name: str
    group: str
    mac: str = ""
    ip: str = ""
    shared: bool = False
    person: str = ""
    since: str = ""
    trusts_certificate: bool | None = None

    def entry(self, indent: str) -> str:
        """The lines that devices.yaml gets for it."""
        lines = [f"{indent}- name: {_scalar(self.name)}", f"{indent}  group: {_scalar(self.group)}"]
        if self.mac:
            lines.append(f"{indent}  mac: {self.mac}")
        if self.ip:
            lines.append(
                f"{indent}  ip: {self.ip}" if "." in self.ip else f'{indent}  ip: "{self.ip}"'
            )
        if self.shared:
            lines.append(f"{indent}  shared: true")
        if self.trusts_certificate is not None:
            lines.append(f"{indent}  trusts_certificate: {str(self.trusts_certificate).lower()}")
        if self.person:
            lines += [f"{indent}  holders:", f"{indent}    - person: {_scalar(self.person)}"]
            lines += [f"{indent}      from: {self.since}"] if self.since else []
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Table:
    """What came of a table: with an error among its problems nothing of it is to be used."""

    rows: tuple[DeviceRow, ...] = ()
    problems: tuple[Problem, ...] = ()
    known: int = 0
    """Rows whose device is in devices.yaml already."""
    unread: tuple[str, ...] = ()
    """Headings that mean none of the columns."""


def read_table(
    file: str,
    text: str,
    *,
    groups: Iterable[str],
    names: set[str],
    macs: set[str],
    group: str = "",
    shared: bool = False,
) -> Table:
    """`names` and `macs` are those of devices.yaml; `group` is for rows that name none, and
    `shared` makes those a class set that have no holder."""
    text = text.lstrip("\ufeff")
    mark = _separator(text)
    header = next(csv.reader(StringIO(text), delimiter=mark), [])
    columns = _columns(header)
    if missing := _missing({*columns.values()}):
        hint = f"the columns are {', '.join(COLUMNS)}; name and mac (or ip) are needed"
        message = f"the first line has no column {missing}: {quoted(', '.join(header))}"
        return Table(problems=(Problem(file, 1, "error", message, hint),))
    found = list(csv.DictReader(StringIO(text), delimiter=mark, skipinitialspace=True))
    rows: list[DeviceRow] = []
    wrong: list[Problem] = []
    known = 0
    for line, fields in enumerate(found, 2):
        cells = {columns[h]: (v or "").strip() for h, v in fields.items() if h in columns}
        if not any(cells.values()):
            continue
        try:
            row = _row(line, cells, group)
        except Unclear as unclear:
            wrong.append(Problem(file, line, "error", unclear.message, unclear.hint))
            continue
        if row.name in names or (row.mac and row.mac in macs):
            known += 1
            continue
        rows.append(replace(row, shared=row.shared or (shared and not row.person)))
    problems = (*_some(wrong), *_unknown_groups(file, rows, sorted(groups)), *_twice(file, rows))
    return Table(
        tuple(rows), problems, known, tuple(h for h in header if h.strip() and h not in columns)
    )


def _separator(text: str) -> str:
    """What stands most often between the words of the first line: spreadsheets of half of Europe
    write a semicolon, and a table that was copied has tabs."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Each heading that is understood, with the column that it is. Of several that may be one, the
    plainest counts, and a MAC for the Wi-Fi before one for the cable."""
    found: dict[str, str] = {}
    for head in sorted(header, key=lambda head: (_column(head)[1], header.index(head))):
        column, _ = _column(head)
        if column in COLUMNS and column not in found.values():
            found[head] = column
    return found


def _column(head: str) -> tuple[str, int]:
    """What a heading means, and how far it is from saying so: `WiFi MAC` is a mac."""
    said = head.strip().lower()
    word = _OTHERWISE.get(said, said)
    if word in COLUMNS:
        return word, 0
    words = ["mac"] if re.fullmatch(_HARDWARE, said) else re.findall(r"[a-z]+", said)
    address = next((each for each in ("mac", "ip") if each in words), word)
    return address, 1 if re.search(r"wi-?fi|wlan|wireless", said) else 2


def _missing(columns: Set[str]) -> str:
    """Which columns a table cannot do without."""
    name = "" if "name" in columns else "name"
    address = "" if columns & {"mac", "ip"} else "mac"
    return " and no column ".join(filter(None, (name, address)))


def _row(line: int, cells: Mapping[str, str], group: str) -> DeviceRow:
    """One row. Raises Unclear."""
    name, mac, ip = cells.get("name", ""), cells.get("mac", ""), cells.get("ip", "")
    if not name:
        raise Unclear("a device without a name")
    if not mac and not ip:
        raise Unclear(f"{name} has no mac and no ip: it could never be recognised")
    return DeviceRow(
        line,
        name,
        cells.get("group") or group,
        _of("mac", mac, scalars.mac_address),
        _of("ip", ip, scalars.ip_address),
        _truth(cells, "shared") or False,
        cells.get("person", ""),
        str(scalars.calendar_date(cells["from"])) if cells.get("from") else "",
        _truth(cells, "trusts_certificate"),
    )


def _truth(cells: Mapping[str, str], column: str) -> bool | None:
    """What a column of yes and no says; None where it says nothing. Raises Unclear."""
    said = cells.get(column)
    try:
        return scalars.truth(said) if said else None
    except Unclear as unclear:
        raise Unclear(f"{column} {unclear.message}", unclear.hint) from None


def _of(what: str, text: str, parse: Callable[[str], str]) -> str:
    try:
        return parse(text) if text else ""
    except Unclear as unclear:
        raise Unclear(f"{what} {unclear.message}", unclear.hint) from None


def _unknown_groups(
    file: str, rows: Sequence[DeviceRow], groups: Sequence[str]
) -> Iterator[Problem]:
    """A group that is mistyped once is mistyped in every row: one problem."""
    by_group: dict[str, list[DeviceRow]] = {}
    for row in rows:
        if row.group not in groups:
            by_group.setdefault(row.group, []).append(row)
    for group, theirs in by_group.items():
        if group:
            message = f"{quoted(group)} is not a group"
            hint = or_a_new_group(group, suggestion(group, groups))
        else:
            message, hint = "no group is given", "add a column group, or say --group GROUP"
        yield Problem(file, theirs[0].line, "error", f"{message} ({_rows(len(theirs))})", hint)


def _twice(file: str, rows: Sequence[DeviceRow]) -> Iterator[Problem]:
    for what in ("name", "mac"):
        first: dict[str, int] = {}
        for row in rows:
            value = str(getattr(row, what))
            if value and value in first:
                message = f"{what} {value} is given twice (first on line {first[value]})"
                yield Problem(file, row.line, "error", message)
            first.setdefault(value, row.line)


def _some(problems: Sequence[Problem]) -> Iterator[Problem]:
    yield from problems[:_MOST_TOLD]
    if len(problems) > _MOST_TOLD:
        last = problems[_MOST_TOLD]
        more = f"{len(problems) - _MOST_TOLD} more rows like this from here on"
        yield Problem(last.file, last.line, "error", more)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _scalar(text: str) -> str:
    """Text as YAML takes it for nothing else."""
    plain = text.replace("-", "").replace("_", "").replace(" ", "").isalnum() and text[0].isalpha()
    return text if plain else f'"{text}"'


def appended(devices: str, entries: Iterable[str], *, last_line: int) -> str:
    """devices.yaml with further entries after the line that its list of devices ends on."""
    lines = devices.splitlines(keepends=True)
    while last_line > 0 and (
        not lines[last_line - 1].strip() or lines[last_line - 1].lstrip().startswith("#")
    ):
        last_line -= 1  # what stands below the list is said of what follows
    if not lines[last_line - 1].endswith("\n"):
        lines[last_line - 1] += "\n"
    return "".join((*lines[:last_line], *(f"\n{entry}" for entry in entries), *lines[last_line:]))
