"""What doctor says of checkpoints: that none is to leave, that they leave, or where they stick."""

from collections.abc import Mapping

import pytest

from bellgate.running.checkup import checkpoints
from bellgate.schedules.settings import AnchorSettings

SET = AnchorSettings(folder="/mnt/anchors")


@pytest.mark.parametrize(
    ("anchors", "stuck", "expected"),
    [
        (AnchorSettings(), {}, [(False, "None leaves this machine.")]),
        (AnchorSettings(), None, [(False, "None leaves this machine.")]),
        (SET, {}, [(True, "They leave this machine after each session.")]),
        (SET, {"the folder /mnt/anchors": "Read-only file system"},
         [(False, "They do not leave by the folder /mnt/anchors: Read-only file system.")]),
        # Without a gate nobody knows.
        (SET, None, []),
    ],
)  # fmt: skip
def test_checkpoints(
    anchors: AnchorSettings, stuck: Mapping[str, str] | None, expected: list[tuple[bool, str]]
) -> None:
    assert [(f.good, f.said) for f in checkpoints(anchors, stuck)] == expected
