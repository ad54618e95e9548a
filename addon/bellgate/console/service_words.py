"""What services and their categories are called on a page, for whoever does not know the words."""

from collections.abc import Mapping
from typing import Final

from bellgate.console.desk import Desk
from bellgate.policy.what import CIRCUMVENTION, NO_NAME, NOT_WEB, UNNAMED

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
    NO_NAME: "a site that hides its name",
    NOT_WEB: "not a web page",
}
WAYS_ROUND: Final = (
    "These are VPNs, web proxies and name servers outside the school. A phone, a browser or an app "
    "may use one of its own accord."
)
"""What the services of the category `circumvention` are."""


def category_said(category: str) -> str:
    """In a few words."""
    return SAID.get(category, category)


def service_name(desk: Desk, id: str) -> str:
    """What a service is called; a site that is no service stands for itself."""
    service = desk.school.policy.index.services.get(id) or UNNAMED.get(id)
    return service.name if service else id


def service_said(desk: Desk, id: str) -> str:
    """What a service is called, and what it is: `NordVPN – a way round the school’s rules`."""
    service = desk.school.policy.index.services.get(id)
    if service is None:
        return service_name(desk, id)
    return f"{service.name} – {category_said(service.category)}"
