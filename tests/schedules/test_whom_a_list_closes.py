"""A list counts as its category: the report of a change and `check` say whom that closes it to."""

from dataclasses import replace

import pytest

from bellgate.policy.decide import Policy
from bellgate.policy.difference import differences
from bellgate.policy.source import Source
from bellgate.policy.what import Listed
from bellgate.running.in_force import lists_in_use
from bellgate.schedules.compile import listed_as
from bellgate.schedules.lists.shelf import ShortList
from tests.schedules.edited import below, changes, edited, policy, told

BY_BOTH = (
    "the rule Pupils blocks {0} for pupils, guests (school day); the rule Staff blocks {0} for "
    "staff (sessions)"
)
LIST = "  - {id: council-games, category: virtual-world, from: games.txt, format: domains}"


@pytest.fixture(scope="module")
def school() -> Policy:
    return policy()


def with_list(school: Policy, category: str, id: str | None = None) -> Policy:
    service = listed_as(category, id, Source("services.yaml", 20))
    games = Listed(
        service, "games.txt", ShortList("", False, frozenset(), False, frozenset({"friv.com"}))
    )
    return replace(school, index=replace(school.index, lists=(games,)))


def test_a_new_list_says_whom_it_is_closed_to(school: Policy) -> None:
    (said,) = differences(school, with_list(school, "virtual-world"))
    assert said == f"list games.txt is new, 1 name: {BY_BOTH.format('them')}"


def test_so_does_a_list_of_another_category(school: Policy) -> None:
    said = differences(with_list(school, "virtual-world"), with_list(school, "blog-writing"))
    assert said[0].startswith(
        "list games.txt now counts as blog-writing: the rule Pupils blocks them"
    )
    assert "the rule Own weblogs logs them for staff (always)" in said[0]


def test_check_says_it_of_every_list(school: Policy) -> None:
    (line,) = lists_in_use(with_list(school, "virtual-world"))
    assert line == f"List games.txt: 1 name, virtual-world: {BY_BOTH.format('them')}"


def test_whom_a_rule_above_has_at_all_times_is_in_no_rule_below(school: Policy) -> None:
    above = (
        "  - {name: Staff may, who: staff, what: chat-room, when: always, do: allow, clause: x}\n"
        "  - {name: AI chat, who: pupils, what: chat-room, when: always, do: block, clause: x}"
    )
    (line,) = lists_in_use(with_list(policy(below("rules.yaml", "rules:", above)), "chat-room"))
    assert line == (
        "List games.txt: 1 name, chat-room: the rule Staff may allows them for staff (always); "
        "the rule AI chat blocks them for pupils (always); the rule Pupils blocks them for guests "
        "(school day)"
    )


def test_a_new_service_says_it_too() -> None:
    new = "  - {id: friv, name: Friv, category: virtual-world, domains: [friv.com]}"
    assert changes((), (below("services.yaml", "services:", new),)) == [
        f"service friv is new: {BY_BOTH.format('it')}"
    ]


def test_a_rule_names_a_list_by_its_id() -> None:
    lists = below("services.yaml", "  - ttrockstars.com", f"lists:\n{LIST}")
    rule = "  - {name: Games, who: staff, what: council-games, when: always, do: allow, clause: x}"
    assert not [p for p in told(lists, below("rules.yaml", "rules:", rule)) if "rules.yaml" in p]
    misspelt = below("rules.yaml", "rules:", rule.replace("council-games", "council-game"))
    assert "did you mean council-games?" in "".join(told(lists, misspelt))


@pytest.mark.parametrize("taken", ["youtube", "list-video", "virtual-world", "a.b"])
def test_a_lists_id_is_its_own(taken: str) -> None:
    lists = f"lists:\n{LIST.replace('council-games', taken)}"
    read = edited(below("services.yaml", "  - ttrockstars.com", lists))
    assert [p.hint for p in read.errors] == [
        "choose another id, without dots, such as council-games"
    ]


def test_a_name_copied_with_www_is_told_to_leave_the_site_itself_out() -> None:
    rule = "  - {name: G, who: staff, what: www.friv.com, when: always, do: block, clause: x}"
    service = "  - {id: friv, name: Friv, category: forum, domains: www.friv.com}"
    for edit in (
        below("rules.yaml", "rules:", rule),
        below("services.yaml", "services:", service),
    ):
        said = [p for p in told(edit) if "www.friv.com does not include friv.com itself" in p]
        assert len(said) == 1 and "write friv.com" in said[0]
    whole = below("rules.yaml", "rules:", rule.replace("www.friv.com", "[www.friv.com, friv.com]"))
    assert not [p for p in told(whole) if "does not hold" in p]


def test_of_a_hosts_file_it_is_said_that_a_name_is_that_host_alone(school: Policy) -> None:
    wide = with_list(school, "virtual-world")
    (games,) = wide.index.lists
    alone = replace(wide, index=replace(wide.index, lists=(replace(games, format="hosts"),)))
    (line,) = lists_in_use(alone)
    assert line.startswith("List games.txt: 1 name, each only that host, virtual-world: the rule")
    assert differences(wide, alone) == (
        "list games.txt is now read as hosts, was as domains: 1 name, each only that host",
    )
