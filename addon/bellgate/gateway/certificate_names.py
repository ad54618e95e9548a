"""Which names the gate's certificate may be used for: a pure choice from the catalogue.

A name in a certificate's constraints permits itself and everything under it, also where the
catalogue means the one host alone (`hosts`) or leaves something under it open (`not`). Such an open
name is never decrypted, because it is decided before the certificate is asked; the choice below
still avoids covering one wherever the page does not need it. Where a service's own pages live above
it (`youtube.com` covers `accounts.youtube.com`), the certificate excludes the open name again.
"""

from collections.abc import Iterable, Iterator

from publicsuffixlist import PublicSuffixList

from bellgate.policy.what import CATEGORIES, Service

LIMIT = 2500
"""Names in the certificate: with 4,000 clients refused the handshake; 2,500 went through."""
ROOM = 80_000
"""Bytes for the names. OpenSSL takes 100 KiB of certificates from a server, and BoringSSL the same.
A name costs its letters and six bytes of wrapping; the rest is for the leaf and the root."""

# The services that the policy names itself: somebody will ask for these first.
NAMED_BY_POLICY = frozenset(
    ("facebook", "instagram", "twitter", "youtube", "reddit", "moshi-monsters", "club-penguin")
)


def names_for(services: Iterable[Service], limit: int = LIMIT) -> tuple[str, ...]:
    """The names to permit, the most needed first, at most `limit`.

    First what the policy names and what the school added, then other services' own sites, then the
    parts that other sites or apps load; within each by category. What a shorter name already
    covers is left out, and so is a public suffix such as `co.uk`, under which anybody may live.
    """
    services = list(services)
    opened = _above(name for service in services for name in service.stays_open)
    rank: dict[str, tuple[int, int]] = {}
    for service in services:
        for name, grade, is_site in _graded(service):
            # A page is shown only on a service's own sites: nothing else is worth an open name.
            if is_site or name not in opened:
                rank[name] = min((grade, _category(service)), rank.get(name, (9, 0)))

    suffixes = PublicSuffixList(only_icann=True)
    wide = {name for name in rank if suffixes.publicsuffix(name) != name}
    best: dict[str, tuple[int, int]] = {}
    for name, place in rank.items():
        top = _shortest(name, wide)
        if top is not None:
            best[top] = min(place, best.get(top, place))

    chosen: list[str] = []
    room = ROOM
    for name in sorted(best, key=best.__getitem__):
        room -= len(name) + 6
        if len(chosen) == limit or room < 0:
            break
        chosen.append(name)
    return tuple(chosen)


def left_open(services: Iterable[Service], permitted: Iterable[str]) -> tuple[str, ...]:
    """The catalogue's open names that the permitted ones cover: these the certificate excludes."""
    services, permitted = list(services), set(permitted)
    claimed = {name for service in services for name in service.names}
    found = {
        name
        for service in services
        for name in service.stays_open
        if name not in claimed and any(top in permitted for top in _tops(name))
    }
    # What lies under another excluded name is excluded with it; what a service claims beneath it
    # is closed by the rules, and shown no page.
    return tuple(sorted(n for n in found if not any(t in found for t in _tops(n) if t != n)))


def _graded(service: Service) -> Iterator[tuple[str, int, bool]]:
    """Each name with how soon it is needed, and whether all under it is the service's own site."""
    first = service.own or service.id in NAMED_BY_POLICY
    yield from ((name, 0 if first else 1, True) for name in service.domains)
    yield from ((name, 0 if first else 1, False) for name in service.hosts)
    yield from ((name, 0 if first else 2, False) for name in service.embeds)
    yield from ((name, 0 if first else 2, False) for name in service.background)


def _category(service: Service) -> int:
    try:
        return CATEGORIES.index(service.category)
    except ValueError:
        return len(CATEGORIES)


def _above(names: Iterable[str]) -> frozenset[str]:
    """The names and every name above them."""
    return frozenset(top for name in names for top in _tops(name))


def _shortest(name: str, names: set[str]) -> str | None:
    """The shortest of `names` that covers `name`."""
    return next((top for top in reversed(list(_tops(name))) if top in names), None)


def _tops(name: str) -> Iterator[str]:
    """`a.b.c`, `b.c`, `c`."""
    while True:
        yield name
        _, dot, name = name.partition(".")
        if not dot:
            return
