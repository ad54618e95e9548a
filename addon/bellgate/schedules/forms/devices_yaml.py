"""devices.yaml: groups, networks, devices and their holders."""

from typing import Annotated, Final, Literal

from pydantic import Field

from bellgate.schedules.forms.kinds import (
    ITEMS,
    KEYS,
    ONE_OR_MORE,
    Address,
    Form,
    Mac,
    MaybeDay,
    MaybeNumber,
    MaybeText,
    MaybeTruth,
    Text,
    Texts,
    Truth,
    one_of,
)

DAYS_A_YEAR: Final = {"pupils": 190, "staff": 195}
"""What a school year has by law or contract in England and Wales, for groups of these names."""
SESSIONS_A_YEAR: Final = {"pupils": 380}


class GroupForm(Form):
    part_of: MaybeText = None
    trusts_certificate: MaybeTruth = None
    wording: Annotated[Literal["pupils", "staff"] | None, one_of("pupils", "staff")] = None
    days_a_year: MaybeNumber = None
    sessions_a_year: MaybeNumber = None


class HolderForm(Form):
    person: Text
    first_day: MaybeDay = Field(None, alias="from")
    last_day: MaybeDay = Field(None, alias="to")


class DeviceForm(Form):
    name: Text
    groups: Texts = Field(alias="group")
    mac: Annotated[tuple[Mac, ...], ONE_OR_MORE] = ()
    ip: Annotated[tuple[Address, ...], ONE_OR_MORE] = ()
    shared: Truth = False
    trusts_certificate: MaybeTruth = None
    holders: Annotated[tuple[Annotated[HolderForm, KEYS], ...], ITEMS] = ()

    @property
    def home(self) -> str:
        """The first of its groups: its network and its timetable are the device's."""
        return self.groups[0]


class DevicesForm(Form):
    groups: Annotated[dict[str, Annotated[GroupForm, KEYS]], KEYS]
    networks: Annotated[dict[str, Text], KEYS] = Field(default_factory=dict)
    unknown_devices: Text
    leases: Texts = ()
    devices: Annotated[tuple[Annotated[DeviceForm, KEYS], ...], ITEMS] = ()
