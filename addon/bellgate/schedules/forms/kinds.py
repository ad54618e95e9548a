"""The kinds of value that the forms share: scalars typed from text, lists, groups of keys.

No key of any file is named here. A key with nothing after it arrives as None: an empty list or
group of keys is fine, an empty scalar is a slip. Hence `Maybe…`: `Text | None` would
let an empty scalar pass.
"""

from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bellgate.schedules import scalars
from bellgate.schedules.problem import Unclear, closest, quoted


class Form(BaseModel):
    """A group of keys. A key that is not in it is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def typed[T](parse: Callable[[str], T]) -> BeforeValidator:
    """A scalar, made of its text by `parse`."""

    def from_text(value: Any) -> T:
        if value is None or value == "":
            raise Unclear("has nothing after it", "write a value, or take the key out")
        if not isinstance(value, str):
            what = "a list" if isinstance(value, list) else "a group of keys"
            raise Unclear(f"is {what}, where one value belongs")
        return parse(value)

    return BeforeValidator(from_text)


def one_of(*words: str) -> BeforeValidator:
    """One of a few words."""

    def chosen(text: str) -> str:
        if text not in words:
            near = closest(text, words)
            hint = f"did you mean {near}?" if near else f"write {', '.join(words)}"
            raise Unclear(f"is {quoted(text)}, which is not known", hint)
        return text

    return typed(chosen)


def _keys(value: Any) -> Any:
    if value is None:
        return {}
    if not isinstance(value, dict):
        what = "a list" if isinstance(value, list) else f"{quoted(str(value))}"
        raise Unclear(f"is {what}, where keys with values belong")
    return value


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
            hint = scalars.nearest_weekday(str(text)) or "write it as Monday to Friday"
            raise Unclear(f"is {quoted(str(text))}, which names no days of the week", hint)
        days |= found
    return days


KEYS = BeforeValidator(_keys)
ITEMS = BeforeValidator(_items)
ONE_OR_MORE = BeforeValidator(_one_or_more)

Text = Annotated[str, typed(str.strip)]
Texts = Annotated[tuple[Text, ...], ONE_OR_MORE]
MaybeText = Annotated[str | None, typed(str.strip)]
Truth = Annotated[bool, typed(scalars.truth)]
MaybeTruth = Annotated[bool | None, typed(scalars.truth)]
Day = Annotated[date, typed(scalars.calendar_date)]
MaybeDay = Annotated[date | None, typed(scalars.calendar_date)]
Days = Annotated[scalars.Range[date], typed(scalars.date_range)]
MaybeDays = Annotated[scalars.Range[date] | None, typed(scalars.date_range)]
Hours = Annotated[scalars.Range[time], typed(scalars.time_range)]
Length = Annotated[scalars.Duration, typed(scalars.duration)]
MaybeLength = Annotated[scalars.Duration | None, typed(scalars.duration)]
Number = Annotated[int, typed(scalars.whole_number)]
Rate = Annotated[float, typed(scalars.rate)]
Mac = Annotated[str, typed(scalars.mac_address)]
Address = Annotated[str, typed(scalars.ip_address)]
AddressRange = Annotated[scalars.IPNetwork, typed(scalars.ip_network)]
Domain = Annotated[str, typed(scalars.domain)]
Weekdays = Annotated[frozenset[int], BeforeValidator(_days)]
HoursByName = Annotated[dict[str, Hours], KEYS]
