"""What people call something that has another word in the files. Tables only."""

from collections.abc import Mapping
from typing import Final

CATEGORIES: Final[Mapping[str, str]] = {
    "vpn": "circumvention",
    "vpns": "circumvention",
    "proxy": "circumvention",
    "proxies": "circumvention",
    "social": "social-network",
    "social-media": "social-network",
    "chat": "messenger",
    "photos": "photo-sharing",
    "games": "virtual-world",
}
"""For `category`, where one stands for one service or list."""
GAMES: Final = frozenset(("game", "games", "gaming", "computer games", "online games"))
"""For `what`: some of them are in a category, and most are in none."""
CHATS: Final = frozenset(("chat", "chats", "chatting", "messaging", "messages"))
"""For `what`: messengers and chat rooms are two categories."""
WHAT: Final[Mapping[str, str]] = {
    **{word: right for word, right in CATEGORIES.items() if word not in GAMES | CHATS},
    "social": "social-media",
    "socials": "social-media",
    "social networks": "social-network",
    "social networking": "social-network",
    "streaming": "video",
    "fb": "facebook",
    "meta": "facebook",
    "insta": "instagram",
    "snap": "snapchat",
    "utube": "youtube",
    "yt": "youtube",
    "x": "twitter",
}
WHO: Final[Mapping[str, str]] = {
    "all": "everyone",
    "any": "everyone",
    "anyone": "everyone",
    "anybody": "everyone",
    "everybody": "everyone",
    "*": "everyone",
    "children": "pupils",
    "kids": "pupils",
    "learners": "pupils",
    "students": "pupils",
    "teachers": "staff",
    "teaching staff": "staff",
    "guest": "guests",
    "visitors": "guests",
}
WHEN: Final[Mapping[str, str]] = {
    "24/7": "always",
    "all the time": "always",
    "any time": "always",
    "anytime": "always",
    "every day": "always",
    "*": "always",
    "all day": "school day",
    "in school": "school day",
    "school hours": "school day",
    "school time": "school day",
    "term time": "school day",
    "termtime": "school day",
    "schooldays": "school day",
    "class": "lessons",
    "classes": "lessons",
    "lesson time": "lessons",
    "session time": "sessions",
    "break time": "breaks",
    "breaktime": "breaks",
    "dinner": "lunch",
    "dinner time": "lunch",
    "weekend": "any Sat-Sun 00:00-24:00",
    "weekends": "any Sat-Sun 00:00-24:00",
    "weekdays": "Mon-Fri 00:00-24:00",
    "night": "any day 20:00-06:00",
    "nights": "any day 20:00-06:00",
    "at night": "any day 20:00-06:00",
    "lunch break": "lunch",
    "lunch time": "lunch",
}
ACTIONS: Final[Mapping[str, str]] = {
    "ban": "block",
    "close": "block",
    "closed": "block",
    "deny": "block",
    "forbid": "block",
    "refuse": "block",
    "stop": "block",
    "open": "allow",
    "pass": "allow",
    "permit": "allow",
    "monitor": "log",
    "record": "log",
    "watch": "log",
    "prompt": "ask",
    "question": "ask",
    "reason": "ask",
}
EVERY_SITE: Final = frozenset(
    (
        "*", "all", "all sites", "all websites", "any", "any site", "anything", "every site",
        "everything", "internet", "sites", "the internet", "the web", "web", "websites",
    )
)  # fmt: skip
"""For `what`: there is no such word, since Bellgate is about what the rules name."""
