"""How much of what is closed a PAC file carries, and what is told of the rest."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bellgate.gate.pac import MOST_BYTES, PacFiles, pac_file
from bellgate.policy.decide import Policy
from bellgate.policy.source import Source
from bellgate.policy.what import Listed, Service
from bellgate.schedules.lists.shelf import names_on, put
from bellgate.schedules.lists.verdict import judge
from bellgate.schedules.load import load
from tests.cli.test_commands import bellgate
from tests.lab.school import SAMPLE
from tests.schedules.small_catalogue import small_catalogue


@dataclass(frozen=True)
class Names:
    """A list of made-up names, as many as are wanted."""

    word: str
    count: int
    exact: bool = False

    def find(self, name: str) -> str | None:
        return name if (name, self.exact) in self.each() else None

    def each(self) -> Iterator[tuple[str, bool]]:
        return ((f"{self.word}{n:06}.example", self.exact) for n in range(self.count))

    def __len__(self) -> int:
        return self.count


def with_lists(*lists: Names, category: str = "circumvention") -> Policy:
    policy = load(SAMPLE, catalogue=small_catalogue()).policy
    assert policy is not None
    service = Service(f"list-{category}", "a listed site", category, source=Source("s.yaml", 1))
    listed = tuple(Listed(service, f"lists/{one.word}.txt", one) for one in lists)
    return replace(policy, index=replace(policy.index, lists=listed))


def test_the_shortest_lists_come_first_and_what_is_left_out_is_counted() -> None:
    made = pac_file(with_lists(Names("long", 90_000), Names("short", 10_000)))
    text = made.text("10.77.20.1:8080")
    assert MOST_BYTES - 100 < len(text.encode()) <= MOST_BYTES + 100
    [long] = made.cut_short
    assert (long.listed.origin, long.names) == ("lists/long.txt", 90_000)
    assert text.count('.example":1') == 10_000 + long.carried
    assert '"short009999.example":1' in text


def test_a_name_that_is_meant_alone_stands_alone() -> None:
    text = pac_file(with_lists(Names("exact", 1, exact=True))).text("gate:8080")
    exactly = next(line for line in text.splitlines() if line.startswith("var exactly"))
    assert '"exact000000.example":1' in exactly


def test_a_list_that_no_rule_closes_is_not_carried() -> None:
    made = pac_file(with_lists(Names("any", 10), category="no-such-category"))
    assert made.lists == () and "any000000" not in made.text("gate:8080")


def test_an_editions_file_is_made_once() -> None:
    files, policy = PacFiles(), with_lists(Names("any", 10))
    assert files.of(policy) is files.of(replace(policy, observe=True))


def test_the_gates_name_cannot_end_the_scripts_own_text() -> None:
    text = pac_file(with_lists()).text('x"; return "DIRECT')
    assert json.dumps('PROXY x"; return "DIRECT') in text


@pytest.mark.parametrize("count", [50, 20_001])
def test_a_kept_list_gives_each_name_as_it_was(tmp_path: Path, count: int) -> None:
    """Short ones are kept as names, long ones as a trie of reversed labels."""
    lines = [f"||a{n}.b.example^\n" for n in range(count)] + ["|only.example^\n"]
    judged = judge("l.txt", "adblock", "".join(lines).encode(), frozenset())
    assert judged.good, judged.problems
    names = names_on(tmp_path, put(tmp_path, "l.txt", "adblock", judged))
    assert names is not None
    found = dict(names.each())
    assert found.pop("only.example") is True
    assert found == {f"a{n}.b.example": False for n in range(count)}


def test_check_says_of_which_list_how_much_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "schedules"
    shutil.copytree(SAMPLE, folder)
    text = "".join(f"{name}\n" for name, _ in Names("way-round-", 60_000).each())
    (folder / "vpn.txt").write_text(text)
    entry = "\nlists:\n  - category: circumvention\n    from: vpn.txt\n    format: domains\n"
    with (folder / "services.yaml").open("a") as file:
        file.write(entry)
    where = ("--schedules", folder, "--state", tmp_path / "state")

    def said() -> str:
        return bellgate(*where, "check").stdout

    assert "of the 60,000 names of vpn.txt" in said()
    (folder / "gateway.yaml").write_text("lan: lan0\nwan: wan0\n")
    assert "the PAC file" not in said(), "nobody is told of a file that nobody is served"
    (folder / "gateway.yaml").write_text("lan: lan0\nwan: wan0\nproxy: yes\n")
    assert "the PAC file has no room for" in said()
