"""Entries of two readings of a file -> which of them only has another name now. Pure."""

from collections.abc import Callable, Mapping


def renamed[T](
    before: Mapping[str, T], after: Mapping[str, T], rest: Callable[[T], object]
) -> dict[str, str]:
    """New name -> old name, of entries that say the same but for their name; `rest` is what they
    say. Two that say the same are not told apart, so neither is taken for renamed."""
    gone = {name: rest(each) for name, each in before.items() if name not in after}
    come = {name: rest(each) for name, each in after.items() if name not in before}
    found = {}
    for name, said in come.items():
        same = [old for old, was in gone.items() if was == said]
        if len(same) == 1 and list(come.values()).count(said) == 1:
            found[name] = same[0]
    return found
