"""What the categories of the catalogue are called on a page, for whoever does not know the word."""

from collections.abc import Mapping
from typing import Final

from bellgate.policy.what import CIRCUMVENTION, NO_NAME, NOT_WEB

SAID: Final[Mapping[str, str]] = {
    "social-network": "social network",
    "microblog": "short public posts",
    "forum": "forum",
    "blog": "blogs",
    "magazine": "magazine",
    "podcast": "podcasts",
    "photo-sharing": "photo sharing",
    "video": "videos",
    "virtual-world": "virtual world or game",
    "messenger": "messages",
    "chat-room": "chat room",
    "blog-writing": "where blogs are written",
    CIRCUMVENTION: "a way round the school’s rules",
    NO_NAME: "a site that hid its name",
    NOT_WEB: "no web page",
}
WAYS_ROUND: Final = (
    "These are VPNs, web proxies and name servers outside the school. A phone, a browser or an app "
    "may use one of its own accord."
)
"""What the services of the category `circumvention` are."""


def said(category: str) -> str:
    """In a few words."""
    return SAID.get(category, category)
