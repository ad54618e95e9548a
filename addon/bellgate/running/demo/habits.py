"""What the made-up people and their machines do: one visit, attempt by attempt.

Pure: chance is an argument. Nothing is decided here; what the rules make of it is seen later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from bellgate.audit.record.record import Seen


@dataclass(frozen=True, slots=True)
class Try:
    """One connection: so many seconds after the visit began, to which host, and what was seen."""

    after: float
    host: str | None
    """None where it hides its name."""
    seen: Seen


Habit = Callable[[Random], Iterator[Try]]


def reading(*hosts: str, embeds: str | None = None) -> Habit:
    """A person who opens pages of a site, and goes on to others of it."""

    def visit(chance: Random) -> Iterator[Try]:
        at = 0.0
        for _ in range(chance.randint(1, 5)):
            yield Try(at, chance.choice(hosts), "page")
            for _ in range(chance.randint(0, 3)):
                at += chance.uniform(0.2, 2)
                yield Try(at, embeds or chance.choice(hosts), "embedded")
            at += chance.uniform(4, 150)

    return visit


def app(*hosts: str) -> Habit:
    """An app that asks for news by itself, whether or not anybody looks."""

    def visit(chance: Random) -> Iterator[Try]:
        at = 0.0
        for _ in range(chance.randint(4, 16)):
            yield Try(at, chance.choice(hosts), "background")
            at += chance.uniform(20, 200)

    return visit


def part_of_a_page(*hosts: str) -> Habit:
    """Somebody reads the news, and the page has a button of a social network on it."""

    def visit(chance: Random) -> Iterator[Try]:
        at = 0.0
        for _ in range(chance.randint(1, 4)):
            yield Try(at, chance.choice(hosts), "embedded")
            at += chance.uniform(10, 120)

    return visit


def connecting(*hosts: str | None) -> Habit:
    """A machine without the school's certificate: nothing but connections is seen."""

    def visit(chance: Random) -> Iterator[Try]:
        at = 0.0
        for _ in range(chance.randint(1, 9)):
            yield Try(at, chance.choice(hosts), "connection")
            at += chance.expovariate(1 / 25)

    return visit


FACEBOOK = reading("www.facebook.com", "m.facebook.com", embeds="staticxx.facebook.com")
INSTAGRAM = reading("www.instagram.com")
REDDIT = reading("www.reddit.com", "old.reddit.com")
TWITTER = reading("x.com", "twitter.com")
YOUTUBE = reading("www.youtube.com", "m.youtube.com")
FORUM = reading("forum.example.org")
BUTTONS = part_of_a_page("connect.facebook.net", "platform.instagram.com", "analytics.tiktok.com")
WHATSAPP = app("g.whatsapp.net", "graph.whatsapp.com")
SIGNAL = app("chat.signal.org", "cdn.signal.org")
INSTAGRAM_APP = app("i.instagram.com")
TIKTOK = connecting("www.tiktok.com", "log.tiktokv.com")
SNAPCHAT = connecting("app.snapchat.com", "www.snapchat.com")
DISCORD = connecting("discord.com", "gateway.discord.gg")
ROBLOX = connecting("www.roblox.com")
HIDDEN = connecting(None)
VPN = connecting("nordvpn.com", "protonvpn.com")

# How often each is chosen, against the others.
OF_STAFF: dict[Habit, int] = {
    FACEBOOK: 4, BUTTONS: 10, WHATSAPP: 8, INSTAGRAM_APP: 3, TWITTER: 2, FORUM: 1, REDDIT: 1,
}  # fmt: skip
OF_PUPILS: dict[Habit, int] = {
    YOUTUBE: 8, BUTTONS: 8, TIKTOK: 5, ROBLOX: 4, SNAPCHAT: 3, DISCORD: 2, INSTAGRAM: 2, HIDDEN: 1,
    VPN: 1,
}  # fmt: skip
OF_GUESTS: dict[Habit, int] = {TIKTOK: 2, SNAPCHAT: 2, DISCORD: 1, HIDDEN: 1}


def chosen(chance: Random, habits: dict[Habit, int]) -> Habit:
    return chance.choices([*habits], weights=[*habits.values()])[0]
