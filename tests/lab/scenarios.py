"""The policy as a table: who, when, and what is to become of which services.

The words are the policy's and the sample's; the test of the same name holds the table against real
connections, one row at a time.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """One site of the lab's internet, and the service and category that it stands for."""

    host: str
    service: str | None
    category: str | None


def _sites(table: str) -> tuple[Site, ...]:
    found = []
    for line in table.strip().splitlines():
        host, service, category = line.split()
        found.append(Site(host, *(None if word == "-" else word for word in (service, category))))
    return tuple(found)


SITES = _sites("""
    www.facebook.com          facebook         social-network
    twitter.com               twitter          microblog
    www.youtube.com           youtube          video
    www.reddit.com            reddit           forum
    www.moshimonsters.com     moshi-monsters   virtual-world
    www.clubpenguin.com       club-penguin     virtual-world
    www.instagram.com         instagram        social-network
    bsky.app                  bluesky          microblog
    www.quora.com             quora            forum
    medium.com                medium           blog
    issuu.com                 issuu            magazine
    soundcloud.com            soundcloud       podcast
    www.pinterest.co.uk       pinterest        photo-sharing
    vimeo.com                 vimeo            video
    www.roblox.com            roblox           virtual-world
    web.whatsapp.com          whatsapp         messenger
    www.omegle.com            omegle           chat-room
    forum.example.org         village-forum    forum
    www.blogger.com           blogger-writing  blog-writing
    nordvpn.com               vpn-nordvpn      circumvention
    www.bbc.co.uk             -                -
    www.gov.uk                -                -
    ttrockstars.com           -                -
    news.forum.example.org    -                -
    www.youtubeeducation.com  -                -
""")

NAMED_BY_THE_POLICY = (
    "facebook", "twitter", "youtube", "reddit", "moshi-monsters", "club-penguin",
)  # fmt: skip

MOMENTS = {
    "morning session": "2026-11-23 10:15",
    "lunch": "2026-11-23 12:30",
    "afternoon session": "2026-11-23 14:00",
    "after school": "2026-11-23 16:00",
}

# What becomes of the policy's social media, of writing a weblog, of ways round the filter, and of
# everything else. `logged` is open, and on record.
TABLE = """
    staff  | morning session   | closed | closed | closed | open
    staff  | lunch             | open   | logged | closed | open
    staff  | afternoon session | closed | closed | closed | open
    staff  | after school      | open   | logged | closed | open
    pupil  | morning session   | closed | closed | closed | open
    pupil  | lunch             | closed | closed | closed | open
    pupil  | afternoon session | closed | closed | closed | open
    pupil  | after school      | open   | open   | closed | open
    guest  | morning session   | closed | closed | closed | open
    guest  | lunch             | closed | closed | closed | open
    guest  | after school      | open   | open   | closed | open
    office | morning session   | closed | closed | closed | open
    office | lunch             | open   | logged | closed | open
"""


@dataclass(frozen=True)
class Row:
    who: str
    when: str
    social_media: str
    blog_writing: str
    circumvention: str
    anything_else: str

    def says_of(self, site: Site) -> str:
        # The office keeps the school's own pages: rule School accounts.
        if self.who == "office" and site.service in ("facebook", "twitter"):
            return "open"
        match site.category:
            case None:
                return self.anything_else
            case "blog-writing":
                return self.blog_writing
            case "circumvention":
                return self.circumvention
            case _:
                return self.social_media

    def __str__(self) -> str:
        return (
            f"{self.who} at {self.when}"
            if "session" not in self.when
            else (f"{self.who} in the {self.when}")
        )


ROWS = [Row(*(cell.strip() for cell in line.split("|"))) for line in TABLE.strip().splitlines()]
