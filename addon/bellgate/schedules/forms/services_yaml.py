"""services.yaml, and the shape of a catalogue's entry, which is the same."""

from typing import Annotated, Literal

from pydantic import Field

from bellgate.policy.what import CATEGORIES
from bellgate.schedules import also_called
from bellgate.schedules.forms.kinds import (
    ITEMS,
    KEYS,
    ONE_OR_MORE,
    Domain,
    Form,
    MaybeText,
    Text,
    one_of,
)

Domains = Annotated[tuple[Domain, ...], ONE_OR_MORE]
Category = Annotated[str, one_of(*CATEGORIES, also_called=also_called.CATEGORIES)]


class ServiceForm(Form):
    id: Text
    name: Text
    category: Category
    domains: Domains = ()
    hosts: Domains = ()
    embeds: Domains = ()
    background: Domains = ()
    stays_open: Domains = Field((), alias="not")


class ListForm(Form):
    """A subscription to somebody else's list."""

    id: MaybeText = None
    category: Category
    source: Text = Field(alias="from")
    format: Annotated[
        Literal["domains", "hosts", "adblock", "dnsmasq"],
        one_of("domains", "hosts", "adblock", "dnsmasq"),
    ]


class ServicesForm(Form):
    services: Annotated[tuple[Annotated[ServiceForm, KEYS], ...], ITEMS] = ()
    needed: Domains = ()
    lists: Annotated[tuple[Annotated[ListForm, KEYS], ...], ITEMS] = ()
