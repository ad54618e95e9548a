"""Keys that are understood but not in force yet. Each line goes when its room is built."""

from collections.abc import Iterator

from bellgate.schedules.checks.place import warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.problem import Problem

Found = Iterator[Problem]


def in_gateway(gateway: Filled[GatewayForm]) -> Found:
    form = gateway.form
    if form.radius:
        yield warning(gateway, ("radius",), "radius is not in force yet")
