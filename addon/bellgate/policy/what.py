"""Host name -> service. The index is built once and never changes.

Matching is on label boundaries: `t.co` is not in `microsoft.co`. The longest name wins, an exact
`hosts` name beats a `domains` name of the same length, the school's entry beats the shipped one,
and any entry beats a subscribed list's name of the same length. A list takes no name from a service
of its own category, and never one that the school needs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from bellgate.policy.source import Source

# What a name of a service is for, as evidence: a page somebody may ask for, a part that other
# sites' pages load, a name that only an app uses.
Use = Literal["site", "embed", "background"]

NO_NAME = "no-name"
"""What hides its name: a service and a category of its own."""
NOT_WEB = "not-web"
"""What is no web page on a web port (STUN, SSH, MQTT, a server that speaks first): likewise."""
CIRCUMVENTION = "circumvention"
BLOG_WRITING = "blog-writing"
SOCIAL_MEDIA = "social-media"

# The categories of the policy's own definition; `social-media` in a rule means all of these.
SOCIAL_MEDIA_CATEGORIES = (
    "social-network",
    "microblog",
    "forum",
    "blog",
    "magazine",
    "podcast",
    "photo-sharing",
    "video",
    "virtual-world",
    "messenger",
    "chat-room",
)
CATEGORIES = (*SOCIAL_MEDIA_CATEGORIES, BLOG_WRITING, CIRCUMVENTION)


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of the catalogue. Names are as `facts.host_name` gives them."""

    id: str
    name: str
    category: str
    domains: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    embeds: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    stays_open: tuple[str, ...] = ()
    source: Source | None = None
    own: bool = False
    """Written by the school, not shipped."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that belongs to the service, those for its pages first."""
        return (*self.domains, *self.hosts, *self.embeds, *self.background)


class NameSet(Protocol):
    """The names of one list, however many and wherever they are kept."""

    def find(self, name: str) -> str | None:
        """The longest name of the list that holds a normalised host name, if any does."""

    def each(self) -> Iterator[tuple[str, bool]]:
        """Every name that it closes, with whether that host alone is meant. In the same order each
        time; what the list says of exceptions is not in it."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in force: what its names are a service of, and the names."""

    service: Service
    origin: str
    """The file or the address, as services.yaml writes it."""
    names: NameSet
    format: str = "domains"
    """How it is written, by which its names are read."""

    @property
    def reach(self) -> str:
        """What a name of it closes, where that is less than people expect."""
        return ", each only that host" if self.format == "hosts" else ""


NAMELESS = Service(NO_NAME, "a site that hides its name", NO_NAME)
NO_WEB_PAGE = Service(NOT_WEB, "a connection that is not a web page", NOT_WEB)


@dataclass(frozen=True, slots=True)
class What:
    """What a host name turned out to be. `matched` is the catalogue's name that decided it."""

    service: Service | None = None
    use: Use = "site"
    matched: str | None = None
    domains: frozenset[str] = frozenset()
    """Those of the rules' own domains that hold the name."""

    @property
    def subject(self) -> tuple[str | None, frozenset[str]]:
        """What a rule's `what` can tell apart: equal subjects get equal answers."""
        return (self.service.id if self.service else None, self.domains)


NOTHING = What()
HIDDEN = What(NAMELESS)
OTHER = What(NO_WEB_PAGE)
UNNAMED: Mapping[str, Service] = {NO_NAME: NAMELESS, NOT_WEB: NO_WEB_PAGE}
"""The services that no name leads to, by their id."""


@dataclass(frozen=True)
class Index:
    """All names of all services, and the domains that rules name themselves."""

    services: Mapping[str, Service]
    rule_domains: frozenset[str] = frozenset()
    lists: tuple[Listed, ...] = ()
    needed: frozenset[str] = frozenset()
    """Names that no list ever reaches, nor anything under them."""
    _exact: dict[str, What] = field(init=False, repr=False, compare=False)
    _under: dict[str, What] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The answers themselves: one made for each look-up would cost more than the look-up.
        exact: dict[str, What] = {}
        under: dict[str, What] = {}
        # Shipped first, so that the school's own entry replaces it; `not` first within each, so
        # that a service that claims the very name wins over one that merely leaves it open.
        for own in (False, True):
            chosen = [s for s in self.services.values() if s.own is own]
            for service in chosen:
                for name in service.stays_open:
                    under[name] = What(None, "site", name)
                    # The school's `not` also opens a name that the shipped list holds exactly.
                    exact.pop(name, None)
            for service in chosen:
                under.update((n, What(service, "site", n)) for n in service.domains)
                under.update((n, What(service, "embed", n)) for n in service.embeds)
                under.update((n, What(service, "background", n)) for n in service.background)
                exact.update((n, What(service, "site", n)) for n in service.hosts)
                if own:
                    for name in (*service.domains, *service.embeds, *service.background):
                        exact.pop(name, None)
        object.__setattr__(self, "_exact", exact)
        object.__setattr__(self, "_under", under)

    def look_up(self, name: str) -> What:
        """What a normalised host name is. Cost: one look-up a label."""
        found = self._exact.get(name) or self._under.get(name)
        rest, under = name, self._under
        while found is None:
            _, dot, rest = rest.partition(".")
            if not dot:
                break
            found = under.get(rest)
        if self.lists:
            found = self._listed(name, found)
        if self.rule_domains and (domains := self._rule_domains_of(name)):
            return replace(found or NOTHING, domains=domains)
        return found or NOTHING

    def _listed(self, name: str, found: What | None) -> What | None:
        """The list's answer where it holds a longer name than the catalogue does."""
        longest = len(found.matched) if found is not None and found.matched else 0
        category = found.service.category if found is not None and found.service else None
        for listed in self.lists:
            held = listed.names.find(name)
            if held is None or len(held) <= longest or listed.service.category == category:
                continue
            if self.needed and self._is_needed(name):
                return found
            found, longest = What(listed.service, "site", held), len(held)
        return found

    def _is_needed(self, name: str) -> bool:
        while name not in self.needed:
            _, dot, name = name.partition(".")
            if not dot:
                return False
        return True

    def _rule_domains_of(self, name: str) -> frozenset[str]:
        """Those of the rules' own domains that hold the name: itself, or what it ends in."""
        held = None
        rest = name
        while True:
            if rest in self.rule_domains:
                held = {rest, *(held or ())}
            dot = rest.find(".")
            if dot < 0:
                return frozenset(held) if held else _NONE
            rest = rest[dot + 1 :]

    def __len__(self) -> int:
        return len(self._exact) + len(self._under)


_NONE: frozenset[str] = frozenset()


def categories_meant(word: str) -> Iterable[str]:
    """The categories that a rule's `what` word stands for; none where it is no category."""
    if word == SOCIAL_MEDIA:
        return SOCIAL_MEDIA_CATEGORIES
    return (word,) if word in CATEGORIES or word in UNNAMED else ()
