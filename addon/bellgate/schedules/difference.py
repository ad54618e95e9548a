"""Two readings of the folder -> what is different: of the policy, and of what the files say beside
it (retention, mail, alerts, the gateway). In sentences, for the desk, `check` and the record."""

from collections.abc import Iterator, Mapping, Set
from typing import Final

from bellgate.policy.difference import differences
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.load import Loaded
from bellgate.schedules.yaml_tree import Data

_BESIDE: Final[Mapping[str, Mapping[str, Set[str] | None] | None]] = {
    "school": {
        "policy": {"agreed", "review_every"},
        "gate": {"reachable", "ports", "new_connections", "burst"},
        **dict.fromkeys(
            ("term_dates", "calendar_words", "bank_holidays", "retention", "mail", "anchors",
             "alerts", "reports")
        ),
    },
    "devices": {"leases": None},
    "gateway": None,
}  # fmt: skip
"""What of each file is no part of the compiled policy. None: all of it."""


def differences_of_files(old: Loaded, new: Loaded) -> tuple[str, ...]:
    """What the new files say otherwise, where both give a policy. Empty where only comments or
    layout changed."""
    assert old.policy is not None and new.policy is not None
    return (*differences(old.policy, new.policy), *_of_settings(old, new))


def _of_settings(old: Loaded, new: Loaded) -> Iterator[str]:
    for file, keys in _BESIDE.items():
        before = dict(_leaves(_data(getattr(old.readable, file))))
        after = dict(_leaves(_data(getattr(new.readable, file))))
        for path in dict.fromkeys((*before, *after)):
            was, now = before.get(path, "not given"), after.get(path, "not given")
            if was != now and _is_beside(path, keys):
                yield f"{file}.yaml: {' / '.join(path)} is now {now}, was {was}"


def _data(filled: Filled[Form] | None) -> Data:
    root = filled.document.root if filled is not None else None
    return root.data() if root is not None else None


def _leaves(data: Data, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each key with what it holds; a list of plain values is one."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(data, list) and any(isinstance(each, dict | list) for each in data):
        for number, value in enumerate(data, 1):
            yield from _leaves(value, (*path, str(number)))
    elif path and data is not None:
        yield path, ", ".join(map(str, data)) if isinstance(data, list) else data


def _is_beside(path: tuple[str, ...], keys: Mapping[str, Set[str] | None] | None) -> bool:
    if keys is None:
        return True
    inner = keys.get(path[0], frozenset())
    return inner is None or (len(path) > 1 and path[1] in inner)
