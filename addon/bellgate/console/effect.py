"""What a page says of a change that somebody just made: whether it is in force. While no gate
answers nothing comes into force, and no page says that it did."""

from typing import Final

from bellgate.console.desk import Desk

NOT_YET: Final = (
    "Saved. It comes into force once the gate is running, which it is not at the moment."
)


def in_force(desk: Desk) -> bool:
    """Whether there is a gate that takes a change up at once."""
    return desk.school.status() is not None


def said(desk: Desk, done: str) -> str:
    """`done` where a gate takes the change up; else that none does yet."""
    return done if in_force(desk) else NOT_YET
