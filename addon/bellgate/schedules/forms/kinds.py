"""The kinds of value that the forms share: scalars typed from text, lists, groups of keys.

No key of any file is named here. A key with nothing after it arrives as None: an empty list or
group of keys is fine, an empty scalar is a slip. Hence `Maybe…`: `Text | None` would
let an empty scalar pass.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from bellgate.schedules import scalars
from bellgate.schedules.problem import Unclear, closest, quoted


class Form(BaseModel):
    """A group of keys. A key that is not in it is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


Shape = dict[str, Any]
"""A piece of JSON Schema: what an editor is told of a value, before our own reading judges it."""


@dataclass(frozen=True, slots=True)
class Taken(BeforeValidator):
    """A validator that also says how a value looks to an editor, given how its inside looks."""

    shape: Callable[[Callable[[], Shape]], Shape] = lambda inside: inside()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Shape:
        return self.shape(lambda: handler(schema))


# Editors read YAML's own types: a name may look like a number to them.
ANY_TEXT: Shape = {"type": ["string", "number", "boolean"]}


def typed[T](parse: Callable[[str], T], shape: Shape = ANY_TEXT) -> Taken:
    """A scalar, made of its text by `parse`. Raises Unclear."""

    def from_text(value: Any) -> T:
        if value is None or value == "":
            raise Unclear("has nothing after it", "write a value, or take the key out")
        if not isinstance(value, str):
            what = "a list" if isinstance(value, list) else "a group of keys"
            raise Unclear(
                f"is {what}, where one value belongs", "write one, without - and brackets"
            )
        return parse(value)

    return Taken(from_text, shape=lambda _: dict(shape))


def one_of(*words: str, also_called: Mapping[str, str] | None = None) -> Taken:
    """One of a few words; the hint for what people call it otherwise is one of them. Raises
    Unclear."""

    def chosen(text: str) -> str:
        if text not in words:
            near = (also_called or {}).get(text.lower()) or closest(text, words)
            some = f"{', '.join(words[:-1])} or {words[-1]}"
            hint = f"did you mean {near}?" if near else f"write {some}"
            raise Unclear(f"is {quoted(text)}, which is not known", hint)
        return text

    return typed(chosen, {"enum": list(words)})


def _keys(value: Any) -> Any:
    if value is None:
        return {}
    if not isinstance(value, dict):
        what = "a list" if isinstance(value, list) else f"{quoted(str(value))}"
        hint = "write each on a line of its own below, further to the right, as key: value"
        raise Unclear(f"is {what}, where keys with values belong", hint)
    return value


def _named_hours(value: Any) -> Any:
    if isinstance(value, str):
        hint = "write each on a line of its own below, further to the right: evening: 16:00-20:00"
        raise Unclear(f"is {quoted(value)}, where names with their hours belong", hint)
    return _keys(value)


def _items(value: Any) -> Any:
    if value is None:
        return []
    if not isinstance(value, list):
        what = "a group of keys" if isinstance(value, dict) else f"{quoted(str(value))}"
        raise Unclear(f"is {what}, where a list belongs", "start each item with - on its own line")
    return value


def _one_or_more(value: Any) -> Any:
    if value is None:
        raise Unclear("has nothing after it", "write a value, or take the key out")
    return [value] if isinstance(value, str) else _items(value)


def _days(value: Any) -> frozenset[int]:
    days: frozenset[int] = frozenset()
    for text in _one_or_more(value):
        found = scalars.weekdays(text) if isinstance(text, str) else None
        if found is None:
            several = [part.strip() for part in re.split(r",|&|\band\b", str(text))]
            hint = scalars.nearest_weekday(str(text)) or "write it as Monday to Friday"
            if len(several) > 1 and all(scalars.weekdays(part) for part in several):
                hint = f"write several in brackets: [{', '.join(several)}]"
            raise Unclear(f"is {quoted(str(text))}, which names no days of the week", hint)
        days |= found
    return days


def _or_nothing(inside: Callable[[], Shape]) -> Shape:
    return {"anyOf": [inside(), {"type": "null"}]}


def _or_one(inside: Callable[[], Shape]) -> Shape:
    several = inside()
    return {"anyOf": [several.get("items", {}), several]}


def _pattern(pattern: str) -> Shape:
    return {"type": "string", "pattern": f"^{pattern}$"}


_TIME = "[0-9]{1,2}:[0-9]{2}"
_DATE = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"
_LENGTH = "[0-9]{1,4} *(second|minute|hour|day|week|month|year)s?"
_TRUTH: Shape = {"enum": [True, False, "yes", "no"]}
_DAYS: Shape = _pattern(f"{_DATE}( to {_DATE})?")
_A_WEEKDAY = {"type": "string", "pattern": "^[A-Za-z]{3,}"}

KEYS = Taken(_keys, shape=_or_nothing)
ITEMS = Taken(_items, shape=_or_nothing)
ONE_OR_MORE = Taken(_one_or_more, shape=_or_one)

Text = Annotated[str, typed(str.strip)]
Texts = Annotated[tuple[Text, ...], ONE_OR_MORE]
MaybeText = Annotated[str | None, typed(str.strip)]
Truth = Annotated[bool, typed(scalars.truth, _TRUTH)]
MaybeTruth = Annotated[bool | None, typed(scalars.truth, _TRUTH)]
Day = Annotated[date, typed(scalars.calendar_date, _pattern(_DATE))]
MaybeDay = Annotated[date | None, typed(scalars.calendar_date, _pattern(_DATE))]
Days = Annotated[scalars.Range[date], typed(scalars.date_range, _DAYS)]
MaybeDays = Annotated[scalars.Range[date] | None, typed(scalars.date_range, _DAYS)]
Hours = Annotated[
    scalars.Range[time],
    typed(scalars.time_range, _pattern(f"{_TIME} *(-|–|to) *{_TIME}")),
]
Length = Annotated[scalars.Duration, typed(scalars.duration, _pattern(_LENGTH))]
MaybeLength = Annotated[scalars.Duration | None, typed(scalars.duration, _pattern(_LENGTH))]
Port = Annotated[int, typed(scalars.port, {"type": "integer", "minimum": 1, "maximum": 65535})]
MaybeNumber = Annotated[int | None, typed(scalars.whole_number, {"type": "integer", "minimum": 1})]
Number = Annotated[int, typed(scalars.whole_number, {"type": "integer", "minimum": 1})]
Rate = Annotated[
    float, typed(scalars.rate, _pattern("[0-9]{1,6} *(an?|per|/) *(second|minute|hour)"))
]
Mac = Annotated[str, typed(scalars.mac_address)]
Address = Annotated[str, typed(scalars.ip_address, {"type": "string"})]
AddressRange = Annotated[scalars.IPNetwork, typed(scalars.ip_network, {"type": "string"})]
Interface = Annotated[
    str, typed(scalars.interface, {"type": "string", "pattern": scalars.INTERFACE.pattern})
]
SocketAddress = Annotated[scalars.Endpoint, typed(scalars.endpoint, {"type": "string"})]
MaybeSocketAddress = Annotated[scalars.Endpoint | None, typed(scalars.endpoint, {"type": "string"})]
MaybeProxy = Annotated[scalars.Endpoint | None, typed(scalars.proxy_address, {"type": "string"})]
Leasing = Annotated[
    scalars.Range[scalars.IPAddress] | Literal["announce"],
    typed(scalars.leasing, {"type": "string"}),
]
Domain = Annotated[str, typed(scalars.domain, {"type": "string"})]
Weekdays = Annotated[
    frozenset[int],
    Taken(_days, shape=lambda _: {"anyOf": [_A_WEEKDAY, {"type": "array", "items": _A_WEEKDAY}]}),
]
MaybeClock = Annotated[time | None, typed(scalars.clock_time, _pattern(_TIME))]
HoursByName = Annotated[dict[str, Hours], Taken(_named_hours, shape=_or_nothing)]
