"""What each open connection of the kernel's asked for, by the number that its mark holds.

Kept over a restart: the marks stay in the kernel, and the numbers must still mean something. A
number stands in the file before any mark holds it. Time is an argument.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from bellgate.policy.decide import Decision
from bellgate.policy.facts import Connection, SignIn
from bellgate.sentry.kept_lines import KeptLines
from bellgate.wire.path_mark import HIGHEST


@dataclass(frozen=True, slots=True)
class Subject:
    """What was asked, when, and whether an exemption opened it. The destination is the
    connection's own, and not kept here."""

    connection: Connection
    instant: datetime
    exempted: bool


NUMBERS: Final = HIGHEST
"""How many there are."""
_Key = tuple[object, ...]


class Subjects:
    """Connections that asked the same in the same minute share a number."""

    def __init__(self, kept: KeptLines) -> None:
        self._kept = kept
        self._subjects: dict[int, Subject] = {}
        self._numbers: dict[_Key, int] = {}
        self._last = 0
        for line in kept.read():
            self._take_in(line)

    def __len__(self) -> int:
        return len(self._subjects)

    def number_of(self, decision: Decision) -> int:
        """The number for what was let through. Raises OSError where there is none left."""
        exempted = decision.exemption is not None
        number = self._numbers.get(_key(decision.connection, decision.instant, exempted))
        if number is None:
            number = self._free()
            asked = replace(decision.connection, destination_ip=None, destination_port=None)
            subject = Subject(asked, decision.instant, exempted)
            self._kept.add(_line(number, subject))
            self._put(number, subject)
        return number

    def get(self, number: int) -> Subject | None:
        return self._subjects.get(number)

    def keep_only(self, numbers: Collection[int], since: datetime) -> None:
        """Forget those that no connection holds any more; what was given out since then stays."""
        kept = {
            number: subject
            for number, subject in self._subjects.items()
            if number in numbers or subject.instant >= since
        }
        if len(kept) == len(self._subjects):
            return
        self._kept.replace([_line(number, subject) for number, subject in kept.items()])
        self._subjects, self._numbers = {}, {}
        for number, subject in kept.items():
            self._put(number, subject)

    def _free(self) -> int:
        number = self._last
        for _ in range(NUMBERS):
            number = number % NUMBERS + 1
            if number not in self._subjects:
                return number
        raise OSError("every number is taken")

    def _put(self, number: int, subject: Subject) -> None:
        before = self._subjects.get(number)
        if before is not None:  # of an old file that could not be written anew
            self._numbers.pop(_key(before.connection, before.instant, before.exempted), None)
        self._subjects[number] = subject
        self._numbers[_key(subject.connection, subject.instant, subject.exempted)] = number
        self._last = number

    def _take_in(self, line: Any) -> None:
        try:
            fields = dict(line["asked"])
            fields["names"], fields["interface"] = (
                tuple(fields["names"]),
                tuple(fields["interface"]),
            )
            if "sign_in" in fields:
                fields["sign_in"] = SignIn(**fields["sign_in"])
            instant = datetime.fromisoformat(line["instant"])
            subject = Subject(Connection(**fields), instant, bool(line["exempted"]))
            number = int(line["number"])
        except (TypeError, KeyError, ValueError):
            return
        if 0 < number <= NUMBERS:
            self._put(number, subject)


def _key(asked: Connection, instant: datetime, exempted: bool) -> _Key:
    """What makes two connections ask the same. Most are told apart by name and source."""
    return (
        asked.source_ip,
        asked.names,
        asked.protocol,
        asked.mac,
        asked.interface,
        asked.doubt,
        asked.duid_mac,
        asked.sign_in,
        int(instant.timestamp()) // 60,
        exempted,
    )


def _line(number: int, subject: Subject) -> dict[str, Any]:
    asked = {name: value for name, value in asdict(subject.connection).items() if value is not None}
    return {
        "number": number,
        "asked": asked,
        "instant": subject.instant.isoformat(),
        "exempted": subject.exempted,
    }
