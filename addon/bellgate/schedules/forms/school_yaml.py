"""school.yaml: the school, its policy, its year and its day."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from bellgate.schedules.forms.kinds import (
    ITEMS,
    KEYS,
    ONE_OR_MORE,
    AddressRange,
    Day,
    Days,
    Form,
    HoursByName,
    Length,
    MaybeClock,
    MaybeDay,
    MaybeDays,
    MaybeLength,
    MaybeText,
    Number,
    Port,
    Rate,
    Text,
    Texts,
    Truth,
    Weekdays,
    one_of,
)
from bellgate.schedules.scalars import Duration

Nation = Literal["England", "Wales", "Scotland", "Northern Ireland"]

# How long records are kept where the file does not say: as the law's own guidance has it.
KEPT_FOR: Mapping[str, Duration] = {
    "pupils": Duration(30, "day"),
    "staff": Duration(90, "day"),
    "guests": Duration(30, "day"),
    "reviewers": Duration(1, "year"),
    "gate": Duration(1, "year"),
}

# What an event of a calendar may be said to be.
KINDS = (
    "term",
    "first day of term",
    "last day of term",
    "half-term",
    "INSET day",
    "bank holiday",
    "closure",
    "nothing",
)


class PolicyForm(Form):
    """Which written policy the rules enforce."""

    title: Text
    agreed: MaybeDay = None
    review_every: MaybeLength = None
    notice: MaybeText = None


class TermForm(Form):
    name: Text
    first_day: Day
    last_day: Day
    half_term: MaybeDays = None


class ShapeForm(Form):
    """What differs in a group's day; what is not said stays."""

    sessions: HoursByName | None = None
    breaks: HoursByName | None = None


class ChangeForm(ShapeForm):
    """How some days differ, and for whom."""

    closed_to: Texts = ()
    open_to: Texts = ()
    for_groups: Texts = Field(("everyone",), alias="for")
    starts: MaybeClock = None
    ends: MaybeClock = None
    extra: HoursByName | None = None

    @property
    def changes_hours(self) -> bool:
        """Whether it says more than who is in school."""
        return any(
            said is not None
            for said in (self.sessions, self.breaks, self.starts, self.ends, self.extra)
        )


class WeekdayForm(ChangeForm):
    """What differs every week on some days of it, in term."""

    day: Weekdays
    name: MaybeText = None
    first_day: MaybeDay = Field(None, alias="from")
    last_day: MaybeDay = Field(None, alias="until")


class GroupDayForm(ShapeForm):
    """The day of a group, perhaps only from a date on or until one."""

    first_day: MaybeDay = Field(None, alias="from")
    last_day: MaybeDay = Field(None, alias="until")


class DateForm(ChangeForm):
    """A single date or a range that differs from the week."""

    date: Days
    name: Text = "Special day"


class MailForm(Form):
    """The school's mail server, for everything that Bellgate sends."""

    sender: Text = Field(alias="from")
    server: Text


class AnchorsForm(Form):
    """Where checkpoints of the log go, so that they leave the machine."""

    mail_to: Texts = ()
    folder: MaybeText = None


class AlertsForm(Form):
    """Who hears that something is wrong with the gate."""

    mail_to: Texts = ()
    webhook: MaybeText = None
    ping: MaybeText = None


class ReportsForm(Form):
    weekly_to: Texts = ()


class GateForm(Form):
    reachable: Annotated[tuple[AddressRange, ...], ONE_OR_MORE] = ()
    ports: Annotated[tuple[Port, ...], ONE_OR_MORE] = ()
    new_connections: Rate = 50.0
    burst: Number = 500
    observe: Truth = False


class SchoolForm(Form):
    school: Text
    timezone: Text = "Europe/London"
    gateway: MaybeText = None
    contact: Text = "the school office"
    policy: Annotated[PolicyForm, KEYS] | None = None
    terms: Annotated[tuple[Annotated[TermForm, KEYS], ...], ITEMS] = ()
    term_dates: MaybeText = None
    calendar_words: Annotated[dict[str, Annotated[str, one_of(*KINDS)]], KEYS] = Field(
        default_factory=dict
    )
    bank_holidays: Annotated[Nation | None, one_of(*get_args(Nation))] = None
    open_days: Weekdays = frozenset(range(5))
    sessions: HoursByName
    breaks: HoursByName = Field(default_factory=dict)
    days_for: Annotated[dict[str, Annotated[GroupDayForm, KEYS]], KEYS] = Field(
        default_factory=dict
    )
    weekdays: Annotated[tuple[Annotated[WeekdayForm, KEYS], ...], ITEMS] = ()
    dates: Annotated[tuple[Annotated[DateForm, KEYS], ...], ITEMS] = ()
    retention: Annotated[dict[str, Length], KEYS] = Field(default_factory=dict)
    mail: Annotated[MailForm, KEYS] | None = None
    anchors: Annotated[AnchorsForm, KEYS] = Field(default_factory=AnchorsForm)
    alerts: Annotated[AlertsForm, KEYS] = Field(default_factory=AlertsForm)
    reports: Annotated[ReportsForm, KEYS] = Field(default_factory=ReportsForm)
    gate: Annotated[GateForm, KEYS] = Field(default_factory=GateForm)

    @property
    def kept_for(self) -> Mapping[str, Duration]:
        """Every period of retention, whether the file says it or not."""
        return {**KEPT_FOR, **self.retention}
