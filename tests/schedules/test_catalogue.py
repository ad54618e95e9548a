"""The shipped catalogue as data: its shape, its names, and what it must never cover."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from publicsuffixlist import PublicSuffixList

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "addon" / "bellgate" / "schedules" / "catalogue"
CORPUS = ROOT / "tests" / "corpus" / "needed-hosts.txt"

CATEGORIES = {
    "social-network", "microblog", "forum", "blog", "magazine", "podcast", "photo-sharing",
    "video", "virtual-world", "messenger", "chat-room", "blog-writing", "circumvention",
}  # fmt: skip
BLOCKING = ("domains", "hosts", "embeds", "background")
KEYS = {"id", "name", *BLOCKING, "not"}


def words(text: str) -> list[str]:
    return text.split()


# The services that the school's policy names come first, then those that any catalogue must hold.
WANTED = words("""
facebook twitter youtube reddit moshi-monsters club-penguin telegram
instagram threads whatsapp facebook-messenger tiktok snapchat pinterest linkedin tumblr discord
signal viber skype kik twitch vimeo dailymotion flickr imgur blogger wordpress-com medium substack
wix weebly livejournal quora mumsnet the-student-room 4chan vk weibo wechat line google-chat omegle
chatroulette ask-fm bereal mastodon bluesky spotify apple-podcasts soundcloud podbean audible roblox
minecraft animal-jam habbo second-life fortnite steam-community issuu flipboard
yubo wizz lemon8 triller likee zepeto imvu movie-star-planet neopets nextdoor netmums digg clubhouse
onlyfans rumble odysee bitchute kick bilibili pocket-casts acast buzzsprout spreaker stitcher deezer
photobucket 500px smugmug magzter readly pressreader heat ok-magazine hello-magazine icq wickr zalo
threema paltalk emerald-chat ometv monkey chatib chat-avenue e-chat
blogger-writing wordpress-com-writing wix-writing weebly-writing ghost-writing
doh-cloudflare doh-google vpn-nordvpn web-proxies tor translate-proxies archive-proxies
video-front-ends private-relay
""")


class Text(yaml.CSafeLoader):
    """Every scalar is text, as the software reads it, and a key may stand once."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"key twice in {sorted(keys)} {node.start_mark}"
        return super().construct_mapping(node, deep)


@cache
def files() -> dict[str, dict[str, Any]]:
    return {
        path.stem: yaml.load(path.read_text(encoding="utf-8"), Loader=Text)
        for path in sorted(FOLDER.glob("*.yaml"))
    }


@cache
def services() -> list[dict[str, Any]]:
    return [service for data in files().values() for service in data["services"]]


@cache
def needed() -> list[str]:
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@cache
def table() -> tuple[dict[str, str], dict[str, str], set[str]]:
    """Exact names, names with all under them, and names that stay open."""
    exact: dict[str, str] = {}
    below: dict[str, str] = {}
    opened: set[str] = set()
    for service in services():
        exact.update(dict.fromkeys(service.get("hosts", []), service["id"]))
        for key in ("domains", "embeds", "background"):
            below.update(dict.fromkeys(service.get(key, []), service["id"]))
        opened.update(service.get("not", []))
    return exact, below, opened


def decide(host: str) -> str | None:
    """The service that owns a host: whole labels, the longest name wins, exact names first."""
    exact, below, opened = table()
    if host in exact:
        return exact[host]
    labels = host.split(".")
    for start in range(len(labels)):
        name = ".".join(labels[start:])
        if name in opened:
            return None
        if name in below:
            return below[name]
    return None


def test_one_file_for_each_category_and_no_other() -> None:
    assert set(files()) == CATEGORIES
    for stem, data in files().items():
        assert set(data) == {"category", "services"}, stem
        assert data["category"] == stem
        assert data["services"], f"{stem} has no service"


def test_each_file_opens_with_a_comment_and_is_block_style() -> None:
    for path in FOLDER.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# What belongs here: "), path.name
        assert text.endswith("\n") and "\t" not in text and "\r" not in text
        body = [line for line in text.splitlines() if not line.startswith("#")]
        assert all(not re.search(r"[\[\]{}]", line) for line in body), path.name


def test_services_have_only_known_keys_in_the_right_shape() -> None:
    for service in services():
        assert set(service) <= KEYS, service["id"]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", service["id"]), service["id"]
        assert isinstance(service["name"], str) and service["name"].strip() == service["name"] != ""
        assert any(service.get(key) for key in BLOCKING), f"{service['id']} names nothing"
        for key in KEYS - {"id", "name"}:
            values = service.get(key, ["x"])
            assert isinstance(values, list) and values, f"{service['id']}: empty {key}"
            assert all(isinstance(value, str) for value in values), service["id"]


def test_ids_and_names_of_services_are_unique() -> None:
    for key in ("id", "name"):
        values = [service[key] for service in services()]
        assert sorted(values) == sorted(set(values))


def test_no_id_is_a_category_or_a_word_of_the_rules() -> None:
    taken = CATEGORIES | {"social-media", "no-name", "everyone", "always"}
    assert not taken & {service["id"] for service in services()}


def test_a_host_name_stands_once_in_the_whole_catalogue() -> None:
    owner: dict[str, str] = {}
    for service in services():
        for key in BLOCKING:
            for name in service.get(key, []):
                assert name not in owner, f"{name}: {owner.get(name)} and {service['id']}"
                owner[name] = service["id"]
    assert len(owner) > 3000


def test_host_names_are_lower_case_ascii_labels() -> None:
    label = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    shape = re.compile(rf"(?=.{{1,253}}\Z){label}(?:\.{label})+")
    for service in services():
        for key in (*BLOCKING, "not"):
            for name in service.get(key, []):
                assert shape.fullmatch(name), f"{service['id']}: {name!r}"
                assert not name.rsplit(".", 1)[1].isdigit(), f"{name} is an address"
                for part in name.split("."):
                    if part.startswith("xn--"):
                        assert part.encode().decode("idna").encode("idna").decode() == part


def test_no_name_is_a_country_or_generic_suffix() -> None:
    suffixes = PublicSuffixList(only_icann=True)
    for service in services():
        for key in BLOCKING:
            for name in service.get(key, []):
                assert suffixes.publicsuffix(name) != name, f"{service['id']}: {name}"


def test_what_stays_open_lies_inside_what_the_same_service_blocks() -> None:
    for service in services():
        keys = ("domains", "embeds", "background")
        wide = {name for key in keys for name in service.get(key, [])}
        for name in service.get("not", []):
            labels = name.split(".")
            assert any(".".join(labels[i:]) in wide for i in range(1, len(labels))), name
            assert name not in wide


def test_the_services_that_the_policy_names_are_there() -> None:
    missing = set(WANTED) - {service["id"] for service in services()}
    assert not missing


def test_blog_writing_never_takes_a_whole_blog_host() -> None:
    """Reading a blog and writing one are different clauses of the policy."""
    for host in ("someone.blogspot.co.uk", "someone.wordpress.com", "someone.weebly.com"):
        assert decide(host) in {"blogger", "wordpress-com", "weebly"}


@pytest.mark.parametrize("key", ["embeds", "background"])
def test_evidence_names_are_never_pages_people_open(key: str) -> None:
    """A front page graded as an embed or as app traffic would excuse or accuse wrongly."""
    for service in services():
        for name in service.get(key, []):
            assert not name.startswith(("www.", "m.", "web.", "mobile.", "login.", "accounts."))
        assert service.get("domains") or service.get("hosts"), service["id"]


def test_the_corpus_of_needed_hosts_is_sound() -> None:
    hosts = needed()
    assert len(hosts) > 500
    assert hosts == sorted(set(hosts))
    assert all(host == host.lower().strip(".") for host in hosts)


def test_no_needed_host_is_covered() -> None:
    covered = {host: owner for host in needed() if (owner := decide(host))}
    assert not covered


@pytest.mark.parametrize(
    "host",
    words("""
    microsoft.com www.microsoft.com dropbox.com www.dropbox.com fedex.com netflix.com xbox.com
    redditchbc.gov.uk redditch.sch.uk telegraph.co.uk www.telegraph.co.uk education.minecraft.net
    dev.education.minecraft.net youtube.googleapis.com accounts.youtube.com youtubeeducation.com
    config.edge.skype.com eu-api.asm.skype.com teams.microsoft.com www.google.com
    translate.google.com ggpht.com lh3.ggpht.com www.gstatic.com s.w.org i0.wp.com gravatar.com
    static.parastorage.com static.wixstatic.com frog.wix.com cdn2.editmysite.com reactjs.org ogp.me
    github.com login.live.com cloudflare-ech.com www.cloudflare.com d111111abcdef8.cloudfront.net
    cdn.ampproject.org archive.org primaryblogger.co.uk sub.live-video.net notfacebook.com
    facebook.com.example.org myyoutube.com tiktok co.uk com
    """),
)
def test_traps_stay_open(host: str) -> None:
    assert decide(host) is None


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("facebook.com", "facebook"), ("m.facebook.com", "facebook"),
        ("en-gb.facebook.com", "facebook"), ("graph.facebook.com", "facebook"),
        ("connect.facebook.net", "facebook"), ("scontent-lhr8-1.xx.fbcdn.net", "facebook"),
        ("edge-chat.facebook.com", "facebook-messenger"), ("m.me", "facebook-messenger"),
        ("www.youtube.com", "youtube"), ("m.youtube.com", "youtube"), ("youtu.be", "youtube"),
        ("rr3---sn-aigl6nsr.googlevideo.com", "youtube"), ("i.ytimg.com", "youtube"),
        ("www.youtube-nocookie.com", "youtube"), ("youtubei.googleapis.com", "youtube"),
        ("yt3.ggpht.com", "youtube"), ("twitter.com", "twitter"), ("x.com", "twitter"),
        ("t.co", "twitter"), ("pbs.twimg.com", "twitter"), ("platform.twitter.com", "twitter"),
        ("old.reddit.com", "reddit"), ("redd.it", "reddit"), ("www.redditstatic.com", "reddit"),
        ("www.moshimonsters.com", "moshi-monsters"), ("www.clubpenguin.com", "club-penguin"),
        ("play.cpjourney.net", "club-penguin"), ("www.instagram.com", "instagram"),
        ("i.instagram.com", "instagram"), ("scontent.cdninstagram.com", "instagram"),
        ("web.whatsapp.com", "whatsapp"), ("wa.me", "whatsapp"), ("g.whatsapp.net", "whatsapp"),
        ("telegra.ph", "telegram"), ("t.me", "telegram"), ("lnkd.in", "linkedin"),
        ("pin.it", "pinterest"), ("ig.me", "instagram"), ("dai.ly", "dailymotion"),
        ("flic.kr", "flickr"), ("spoti.fi", "spotify"), ("vk.cc", "vk"), ("t.cn", "weibo"),
        ("www.minecraft.net", "minecraft"), ("web.skype.com", "skype"),
        ("chat.google.com", "google-chat"), ("www.blogger.com", "blogger-writing"),
        ("draft.blogger.com", "blogger-writing"), ("someone.blogspot.com", "blogger"),
        ("editor.wix.com", "wix-writing"), ("www.wix.com", "wix"),
        ("public-api.wordpress.com", "wordpress-com-writing"), ("www.weebly.com", "weebly-writing"),
        ("www-youtube-com.translate.goog", "translate-proxies"),
        ("203-0-113-7.sslip.io", "addresses-as-names"),
        ("app.203.0.113.7.nip.io", "addresses-as-names"),
        ("web.archive.org", "archive-proxies"), ("archive.ph", "archive-proxies"),
        ("www-youtube-com.cdn.ampproject.org", "archive-proxies"),
        ("chrome.cloudflare-dns.com", "doh-cloudflare"), ("dns.google", "doh-google"),
        ("mask.icloud.com", "private-relay"), ("api.nordvpn.com", "vpn-nordvpn"),
        ("yewtu.be", "video-front-ends"),
    ],
)  # fmt: skip
def test_known_hosts_belong_to_their_service(host: str, service: str) -> None:
    assert decide(host) == service
