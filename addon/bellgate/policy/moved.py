"""Two orders of the same names -> which of them have moved, and where to. Pure."""

from collections.abc import Iterator, Sequence


def moved(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each name that stands elsewhere, with `below NAME` or `at the top`. The most that keep their
    order have stayed: of four of which one moved, one is told."""
    earlier = {name: position for position, name in enumerate(before)}
    stayed = _longest_rising([earlier[name] for name in after if name in earlier])
    for position, name in enumerate(after):
        if name in earlier and earlier[name] not in stayed:
            yield name, f"below {after[position - 1]}" if position else "at the top"


def _longest_rising(positions: Sequence[int]) -> frozenset[int]:
    """The longest run of rising numbers, with gaps; of two as long, the one that ends first."""
    longest: tuple[int, ...] = ()
    runs = [longest]
    for number in positions:
        longest = max((run for run in runs if not run or run[-1] < number), key=len)
        runs.append((*longest, number))
    longest = max(runs, key=len)
    return frozenset(longest)
