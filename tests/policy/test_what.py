"""Names -> services: label boundaries, the longest name, and whose entry wins."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.policy.facts import host_name
from bellgate.policy.what import Index, Service


def index(*services: Service, rule_domains: frozenset[str] = frozenset()) -> Index:
    return Index({s.id: s for s in services}, rule_domains)


TRAPS = index(
    Service("twitter", "X", "microblog", ("twitter.com", "x.com", "t.co")),
    Service("reddit", "Reddit", "forum", ("reddit.com", "redd.it")),
    Service("telegram", "Telegram", "messenger", ("t.me", "telegra.ph")),
    Service(
        "youtube",
        "YouTube",
        "video",
        domains=("youtube.com",),
        hosts=("youtubei.googleapis.com",),
        embeds=("ytimg.com",),
        stays_open=("accounts.youtube.com",),
    ),
    Service("blog", "Blog", "blog-writing", ("write.example.com",), hosts=("example.com",)),
)


@pytest.mark.parametrize(
    ("name", "service", "matched"),
    [
        ("t.co", "twitter", "t.co"),
        ("microsoft.com", None, None),
        ("x.com", "twitter", "x.com"),
        ("dropbox.com", None, None),
        ("fedex.com", None, None),
        ("x.com.evil.example", None, None),
        ("redditchbc.gov.uk", None, None),
        ("telegraph.co.uk", None, None),
        ("telegra.ph", "telegram", "telegra.ph"),
        ("a.b.c.x.com", "twitter", "x.com"),
        ("accounts.youtube.com", None, "accounts.youtube.com"),
        ("deep.accounts.youtube.com", None, "accounts.youtube.com"),
        ("m.youtube.com", "youtube", "youtube.com"),
        ("youtubei.googleapis.com", "youtube", "youtubei.googleapis.com"),
        ("x.youtubei.googleapis.com", None, None),
        ("storage.googleapis.com", None, None),
        ("example.com", "blog", "example.com"),
        ("www.example.com", None, None),
        ("com", None, None),
        ("", None, None),
    ],
)
def test_traps(name: str, service: str | None, matched: str | None) -> None:
    what = TRAPS.look_up(name)
    assert (what.service.id if what.service else None, what.matched) == (service, matched)


SHIPPED = Service("shipped", "S", "forum", ("a.example", "deep.a.example"), hosts=("h.a.example",))


@pytest.mark.parametrize(
    ("own", "name", "service"),
    [
        (Service("own", "O", "blog", ("a.example",), own=True), "a.example", "own"),
        (Service("own", "O", "blog", ("a.example",), own=True), "deep.a.example", "shipped"),
        (Service("own", "O", "blog", ("h.a.example",), own=True), "h.a.example", "own"),
        (Service("own", "O", "blog", stays_open=("a.example",), own=True), "a.example", None),
        (Service("own", "O", "blog", stays_open=("h.a.example",), own=True), "h.a.example", None),
        (Service("own", "O", "blog", hosts=("a.example",), own=True), "a.example", "own"),
        (Service("own", "O", "blog", hosts=("a.example",), own=True), "b.a.example", "shipped"),
    ],
)
def test_the_schools_entry_beats_the_shipped_one(
    own: Service, name: str, service: str | None
) -> None:
    for order in ((SHIPPED, own), (own, SHIPPED)):
        found = index(*order).look_up(name).service
        assert (found.id if found else None) == service


def test_domains_that_rules_name_come_beside_the_service() -> None:
    both = index(
        Service("s", "S", "forum", ("a.example",)),
        rule_domains=frozenset({"example", "b.a.example", "c.example"}),
    )
    what = both.look_up("x.b.a.example")
    assert what.service is not None and what.service.id == "s"
    assert what.domains == {"example", "b.a.example"}


def naive(services: list[Service], name: str) -> str | None:
    """The rules of ARCHITECTURE.md (Names and services), name by name, without any index."""
    exact = [s for s in services if name in s.hosts]
    if exact:
        return exact[0].id
    best: tuple[int, str | None] = (-1, None)
    for service in services:
        for domain in service.domains:
            if (name == domain or name.endswith("." + domain)) and len(domain) > best[0]:
                best = (len(domain), service.id)
        for domain in service.stays_open:
            if (name == domain or name.endswith("." + domain)) and len(domain) > best[0]:
                best = (len(domain), None)
    return best[1]


def test_the_matcher_agrees_with_a_naive_one_on_100_000_names() -> None:
    dice = random.Random(20261123)
    labels = ["a", "b", "t", "co", "x", "com", "face", "tube", "you", "www", "m"]

    def name(most: int) -> str:
        return ".".join(dice.choice(labels) for _ in range(dice.randint(1, most)))

    taken: set[str] = set()

    def fresh(count: int) -> tuple[str, ...]:
        names = {name(4) for _ in range(count)} - taken
        taken.update(names)
        return tuple(sorted(names))

    services = [
        Service(f"s{i}", f"S{i}", "forum", fresh(4), hosts=fresh(2), stays_open=fresh(1))
        for i in range(12)
    ]
    built = index(*services)
    known: dict[str, str | None] = {}
    matched = 0
    for _ in range(100_000):
        asked = name(6)
        if asked not in known:
            known[asked] = naive(services, asked)
        what = built.look_up(asked)
        assert (what.service.id if what.service else None) == known[asked], asked
        matched += what.service is not None
    assert 10_000 < matched < 90_000  # neither all nor nothing: the comparison means something


@given(st.text(max_size=80))
def test_a_name_has_one_spelling(text: str) -> None:
    name = host_name(text)
    if name is not None:
        assert host_name(name) == name == name.lower()
        assert host_name(f"{name.upper()}.:443") == name
        TRAPS.look_up(name)
