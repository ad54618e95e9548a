"""Rules that are never reached: a rules.yaml, and what `check` says of the exception in it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.schedules.load import Loaded, load, load_files
from tests.schedules.edited import FILES as SAMPLE_FILES
from tests.schedules.edited import below, told
from tests.schedules.small_catalogue import small_catalogue
from tests.schedules.small_school import FILES

GROUPS = b"""\
groups:
  pupils: {}
  year-5: {part_of: pupils}
  staff: {}
  guests: {}
unknown_devices: guests
devices:
  - {name: office-pc, group: staff, ip: 10.77.20.5}
"""
PUPILS = ("Pupils", "[pupils, guests]", "social-media", "school day", "block")
STAFF = ("Staff", "staff", "video", "sessions", "block")
EVERYONE = ("Video", "everyone", "youtube", "always", "log")


def said(*rules: tuple[str, str, str, str, str]) -> str | None:
    """What is said of the rule called Exception."""
    text = "rules:\n" + "".join(
        f"  - {{name: {name}, who: {who}, what: {what}, when: {when}, do: {do}, clause: x}}\n"
        for name, who, what, when, do in rules
    )
    files = {**FILES, "rules.yaml": text.encode(), "devices.yaml": GROUPS}
    found = load_files(files, catalogue=small_catalogue())
    assert found.policy is not None, found.errors
    mine = [p for p in found.problems if "Exception" in p.message]
    assert len(mine) < 2
    for problem in mine:
        line = next(n for n, each in enumerate(text.splitlines(), 1) if "name: Exception" in each)
        assert (problem.file, problem.line, problem.level) == ("rules.yaml", line, "warning")
        return f"{problem.message.removeprefix('rules: Exception ')} | {problem.hint}"
    return None


def allow(
    who: str = "year-5", what: str = "youtube", when: str = "Thursday 10:45-11:30"
) -> tuple[str, str, str, str, str]:
    return ("Exception", who, what, when, "allow")


NEVER = "can never match: Pupils (line 2) always comes first | move it up, or take it out"
BOTH = (
    "can never match: Pupils (line 2), Staff (line 3) always come first | "
    "move it up, or take it out"
)
OPENS_NOTHING = (
    "opens nothing: Pupils (line 2) comes first, and nothing else closes it | "
    "move it above line 2, or take it out"
)

THURSDAY, AFTER_SCHOOL = "Thursday 10:45-11:30", "Thursday 15:15-16:15"
OPEN_ALREADY = (
    "opens nothing: no rule closes {} to year-5 then ({}) | what no rule closes is open already: "
    "take it out, or write do: log to have it recorded"
)


@pytest.mark.parametrize(
    ("exception", "told"),
    [
        (allow(), NEVER),
        # A site of a service that the rule above closes.
        (allow(what="www.youtube.com"), NEVER),
        # Several rules cover it together only.
        (allow(who="everyone", when="lessons"), BOTH),
        (allow(who="[year-5, office-pc]", when="lessons"), BOTH),
        # It holds for longer than what comes first, and opens nothing then.
        (allow(when="always"), OPENS_NOTHING),
        (allow(when="any day 07:00-18:00"), OPENS_NOTHING),
        # All of the site but what the catalogue leaves open anyway.
        (allow(what="youtube.com"), OPENS_NOTHING),
        # One word of several waits in vain.
        (
            allow(what="[youtube, forum.example.com]", who="year-5"),
            "is never reached for youtube: Pupils (line 2) comes first | "
            "move it above line 2, or take youtube out",
        ),
        # Nothing closes the site, or not then.
        (allow(what="forum.example.com"), OPEN_ALREADY.format("forum.example.com", THURSDAY)),
        (allow(when="Thursday 15:15-16:15"), OPEN_ALREADY.format("youtube", AFTER_SCHOOL)),
    ],
)
def test_below_what_closes_it_an_exception_is_told(
    exception: tuple[str, str, str, str, str], told: str | None
) -> None:
    assert said(PUPILS, STAFF, exception) == told


def test_above_what_closes_it_an_exception_is_none_to_tell() -> None:
    longer = allow(when="Thursday 15:00-16:15")
    for exception in (allow(), allow(when="always"), allow(what="www.youtube.com"), longer):
        assert said(exception, PUPILS, STAFF) is None


def test_an_exception_that_opens_something_that_stands_further_down_stays_quiet() -> None:
    # Out of school the rule for everyone would record it.
    assert said(PUPILS, allow(when="always"), EVERYONE) is None
    assert said(PUPILS, EVERYONE, allow(when="always")) == (
        "can never match: Pupils (line 2), Video (line 3) always come first | "
        "move it up, or take it out"
    )


def test_part_of_a_domain_may_still_be_reached() -> None:
    """The rule above is for one service; under the domain are others."""
    site = ("Forum", "everyone", "news.forum.example.com", "always", "block")
    whole = allow(what="forum.example.com", when="always")
    assert said(site, whole, ("All", "everyone", "forum.example.com", "always", "log")) is None


def test_what_a_list_may_hold_may_be_opened(tmp_path: Path) -> None:
    """Only the list knows whether the site is on it, and it changes by the day."""
    rules = [
        ("Site", "pupils", "site.example.com", "sessions", "block"),
        allow(what="site.example.com", who="pupils", when="always"),
        ("Ways round", "everyone", "circumvention", "always", "block"),
    ]
    text = "rules:\n" + "".join(
        f"  - {{name: {name}, who: {who}, what: {what}, when: {when}, do: {do}, clause: x}}\n"
        for name, who, what, when, do in rules
    )
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "rules.yaml").write_text(text)
    (tmp_path / "services.yaml").write_text(
        "lists:\n  - {category: circumvention, from: vpn.txt, format: domains}\n"
    )
    (tmp_path / "vpn.txt").write_text("vpn.example.net\n")
    listed = load(tmp_path, catalogue=small_catalogue())
    assert listed.policy is not None and listed.policy.index.lists
    assert not [p for p in listed.problems if "Exception" in p.message]
    assert said(*rules) == (
        "opens nothing: Site (line 2) comes first, and nothing else closes it | "
        "move it above line 2, or take it out"
    )


# --- tried at every hour of a week ------------------------------------------------------------

WHO = ["everyone", "pupils", "year-5", "staff", "guests", "office-pc"]
WHAT = ["youtube", "social-media", "video", "circumvention", "www.youtube.com", "youtube.com",
        "accounts.youtube.com", "example.com"]  # fmt: skip
WHEN = ["always", "sessions", "school day", "lunch", "Mon-Fri 10:00-11:00", "2026-11-24",
        "any day 09:00-16:00", "20:00-06:00"]  # fmt: skip
ADDRESSES = ["10.77.10.3", "10.77.15.3", "10.77.20.3", "10.77.20.5", "192.0.2.7"]
HOSTS = ["www.youtube.com", "accounts.youtube.com", "youtu.be", "youtubei.googleapis.com",
         "www.facebook.com", "vpn.example.com", "a.example.com", "bbc.co.uk"]  # fmt: skip
WEEK = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=50 * n) for n in range(145)]


def some(chance: random.Random, words: list[str]) -> str:
    return f"[{', '.join(chance.sample(words, chance.choice([1, 1, 1, 2])))}]"


def by_chance(seed: int) -> Loaded:
    """A few rules that nobody thought about."""
    chance = random.Random(seed)
    text = "rules:\n" + "".join(
        f"  - {{name: r{n}, who: {some(chance, WHO)}, what: {some(chance, WHAT)}, "
        f"when: {some(chance, WHEN)}, do: {chance.choice(['allow', 'allow', 'log', 'block'])}, "
        "clause: x}\n"
        for n in range(chance.randint(2, 5))
    )
    networks = b"networks: {10.77.10.0/24: pupils, 10.77.15.0/24: year-5, 10.77.20.0/24: staff}\n"
    files = {**FILES, "rules.yaml": text.encode(), "devices.yaml": GROUPS + networks}
    return load_files(files, catalogue=small_catalogue())


def answers(policy: Policy) -> list[tuple[str, str | None]]:
    """What is done, and by which rule, for everybody everywhere all week."""
    found = []
    for ip, host, at in product(ADDRESSES, HOSTS, WEEK):
        decision = decide(policy, Connection(ip, "tls", (host,), destination_port=443), at)
        found.append((decision.action, decision.rule.name if decision.rule else None))
    return found


@pytest.mark.parametrize("seed", range(24))
def test_what_is_said_of_a_rule_is_so_at_every_hour_of_a_week(seed: int) -> None:
    found = by_chance(seed)
    policy = found.policy
    assert policy is not None
    said = [p.message.removeprefix("rules: ") for p in found.problems if p.file == "rules.yaml"]
    unreached = {m.split(" ")[0] for m in said if "can never match" in m or "never matches" in m}
    useless = {m.split(" ")[0] for m in said if "opens nothing" in m}
    before = answers(policy) if unreached or useless else []
    assert not unreached & {rule for _, rule in before}
    for name in useless:
        without = tuple(rule for rule in policy.rules if rule.name != name)
        after = answers(replace(policy, rules=without))
        assert [action for action, _ in after] == [action for action, _ in before]


def a_rule(name: str, who: str, what: str, when: str, do: str) -> str:
    return f"  - {{name: {name}, who: {who}, what: {what}, when: {when}, do: {do}, clause: x}}"


def test_only_what_comes_first_at_the_time_is_blamed() -> None:
    club = below(
        "rules.yaml", "rules:", a_rule("Club", "year-5", "video", "Wed 15:15-16:30", "log")
    )
    last = a_rule("NASA", "year-5", "youtube", "2027-03-12 13:30-14:00", "allow")
    files = {**SAMPLE_FILES, "rules.yaml": SAMPLE_FILES["rules.yaml"].rstrip() + f"\n{last}\n"}
    file, old, new = club
    files[file] = files[file].replace(old, new)
    read = load_files({name: text.encode() for name, text in files.items()})
    (told_of,) = [p.message for p in read.problems if "NASA" in p.message]
    assert "NASA can never match: Pupils (line" in told_of
    assert "Club" not in told_of


def test_an_exception_in_half_term_is_told_of_the_day() -> None:
    visit = a_rule("Theatre", "year-5", "youtube", "2027-02-18 10:00-12:00", "allow")
    (only,) = told(below("rules.yaml", "rules:", visit))
    assert (
        "Theatre opens nothing: no rule closes youtube to year-5 then, as nobody that it is for is "
        "in school on 2027-02-18 (half-term of Spring 2027) / correct the date"
    ) in only


def test_what_never_happens_says_how_it_would() -> None:
    saturday = a_rule("Open day", "year-5", "youtube", "Saturday 9:00-12:00", "block")
    (only,) = told(below("rules.yaml", "rules:", saturday))
    assert "never happens for year-5 / correct the days" in only
    assert "any Saturday 9:00-12:00" in only
