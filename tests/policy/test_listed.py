"""A list's names beside the catalogue's: who wins, and what no list ever reaches."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bellgate.policy.what import Index, Listed, Service


@dataclass(frozen=True)
class Names:
    """The simplest list there is."""

    names: frozenset[str]

    def find(self, name: str) -> str | None:
        while name not in self.names:
            _, dot, name = name.partition(".")
            if not dot:
                return None
        return name

    def each(self) -> Iterator[tuple[str, bool]]:
        return ((name, False) for name in sorted(self.names))

    def __len__(self) -> int:
        return len(self.names)


def listed(category: str, *names: str) -> Listed:
    service = Service(f"list-{category}", f"a listed site ({category})", category)
    return Listed(service, f"{category}.txt", Names(frozenset(names)))


FACEBOOK = Service("facebook", "Facebook", "social-network", domains=("facebook.com",))
YOUTUBE = Service(
    "youtube", "YouTube", "video", domains=("youtube.com",), stays_open=("kids.youtube.com",)
)
OUR_FORUM = Service("forum", "Forum", "forum", domains=("forum.example.org",), own=True)

INDEX = Index(
    {s.id: s for s in (FACEBOOK, YOUTUBE, OUR_FORUM)},
    frozenset({"vpn.example"}),
    (
        listed(
            "circumvention",
            *("vpn.example", "youtube.com", "proxy.facebook.com", "forum.example.org"),
            *("kids.youtube.com", "x.kids.youtube.com", "parts.ttrockstars.com"),
        ),
        listed("social-network", "www.facebook.com", "chat.vpn.example", "vpn.example"),
    ),
    frozenset({"ttrockstars.com"}),
)


@pytest.mark.parametrize(
    ("name", "service", "matched"),
    [
        ("vpn.example", "list-circumvention", "vpn.example"),
        ("a.b.vpn.example", "list-circumvention", "vpn.example"),
        ("notvpn.example", None, None),
        ("chat.vpn.example", "list-social-network", "chat.vpn.example"),  # the longest name
        ("youtube.com", "youtube", "youtube.com"),  # the catalogue, for the same name
        ("www.youtube.com", "youtube", "youtube.com"),
        ("forum.example.org", "forum", "forum.example.org"),
        ("kids.youtube.com", None, "kids.youtube.com"),  # what the catalogue leaves open stays so
        ("x.kids.youtube.com", "list-circumvention", "x.kids.youtube.com"),
        ("proxy.facebook.com", "list-circumvention", "proxy.facebook.com"),
        ("www.facebook.com", "facebook", "facebook.com"),  # its own category tells less
        ("parts.ttrockstars.com", None, None),  # needed, whatever a list says
        ("bbc.co.uk", None, None),
        ("", None, None),
    ],
)
def test_who_wins(name: str, service: str | None, matched: str | None) -> None:
    what = INDEX.look_up(name)
    assert (what.service.id if what.service else None, what.matched) == (service, matched)


def test_a_rules_own_domain_is_told_beside_the_list() -> None:
    what = INDEX.look_up("a.vpn.example")
    assert what.service is not None and what.service.category == "circumvention"
    assert what.domains == {"vpn.example"}
