"""A save that was broken off: what is left may be good YAML, and open what the rest closes."""

import shutil
from pathlib import Path

import pytest

from bellgate.schedules.load import load
from tests.schedules.small_catalogue import small_catalogue

SMALL = Path(__file__).parent.parent / "corpus" / "good" / "small"
TWO_RULES = b"""\
rules:
  - name: Ways round
    who: everyone
    what: circumvention
    when: always
    do: block
    clause: School's own rule
  - name: Pupils
    who: pupils
    what: social-media
    when: sessions
    do: block
    clause: Personal use of the internet
"""
AFTER_ONE = TWO_RULES.index(b"'s own rule")


def errors(folder: Path, rules: bytes) -> list[str]:
    last_good = folder / "last-good"
    if not last_good.exists():
        shutil.copytree(SMALL, last_good)
        (last_good / "rules.yaml").write_bytes(TWO_RULES)
        shutil.copytree(SMALL, folder / "schedules")
    (folder / "schedules" / "rules.yaml").write_bytes(rules)
    found = load(folder / "schedules", catalogue=small_catalogue(), last_good=last_good)
    assert (found.policy is None) == bool(found.errors)
    return [str(p) for p in found.errors]


def test_half_of_what_was_in_force_is_not_taken_up(tmp_path: Path) -> None:
    # Good YAML, and a whole rule.
    assert errors(tmp_path, TWO_RULES[:AFTER_ONE]) == [
        "rules.yaml:7: the file stops in the middle of a line: only half of it was saved\n"
        "    save it again; if it is to end here, end its last line with Enter"
    ]


@pytest.mark.parametrize(
    "rules",
    [
        TWO_RULES,
        # Somebody took the rules below out, and ended the line.
        TWO_RULES[:AFTER_ONE] + b"\n",
        TWO_RULES[: TWO_RULES.index(b"  - name: Pupils")],
        # In an editor that leaves the last line without its end.
        TWO_RULES.rstrip(b"\n"),
        TWO_RULES[: TWO_RULES.index(b"\n  - name: Pupils")],
        # The last word of the last line was put right.
        TWO_RULES.rstrip(b"\n").removesuffix(b" of the internet"),
        TWO_RULES.replace(b"everyone", b"pupils")[: AFTER_ONE - 2],
    ],
)
def test_what_somebody_takes_out_is_no_half_save(tmp_path: Path, rules: bytes) -> None:
    assert not [said for said in errors(tmp_path, rules) if "half" in said]
