"""The machine's time, asked for in one place. A gate's own clock is `gate.clock`."""

from datetime import UTC, datetime

DAWN = datetime.min.replace(tzinfo=UTC)
"""Before every moment there is."""


def machine_now() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)
