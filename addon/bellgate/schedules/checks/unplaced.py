"""devices.yaml: devices whose group has no network, so that their MAC proves nothing anywhere."""

from collections.abc import Iterator

from bellgate.policy.decide import Policy
from bellgate.schedules.checks.place import warning
from bellgate.schedules.compile import Files
from bellgate.schedules.problem import Problem


def every_device_has_a_network(files: Files, policy: Policy) -> Iterator[Problem]:
    """A group that lacks one is one slip, and one warning, however many devices are in it."""
    by_group: dict[str, list[int]] = {}
    for i, device in enumerate(policy.directory.devices):
        if policy.directory.is_never_recognised(device):
            by_group.setdefault(device.group, []).append(i)
    for group, places in by_group.items():
        name, more = files.devices.form.devices[places[0]].name, len(places) - 1
        are = f"{name} and {more} more are" if more else f"{name} is"
        whose = "their" if more else "its"
        yield warning(
            files.devices,
            ("devices", places[0]),
            f"{are} never recognised: {whose} group {group} has no network, so no rule or date "
            "for it applies",
            f"give it one under networks, such as 10.77.30.0/24: {group}; or put first the "
            f"group whose network it is on: group: [guests, {group}]",
        )
