"""What people and their machines do, and what may be recorded of it: one row each.

Every row has a site of its own, so that each record can be attributed to a row. `recorded` is the
highest grade that the row's site may and must reach; a browser may open further connections on the
way, and those say less. No test lives here.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.lab.network import Device
from tests.lab.surfer import Surfer

NEWS, SHORTENER, FORUM_NEWS = "news.example", "short.example", "news.forum.example.org"
OPEN_SITES = (NEWS, SHORTENER, FORUM_NEWS)
ATTEMPTS = 100
"""Of a page that tries again and again."""


@dataclass(frozen=True)
class Place:
    """Where a habit is lived: a device and its browser, and the pages of the lab's internet."""

    device: Device
    surfer: Surfer
    pages: Path

    def publish(self, host: str, name: str, text: str) -> str:
        (self.pages / host).mkdir(parents=True, exist_ok=True)
        (self.pages / host / name).write_text(f"<!doctype html>{text}<p>Some news</p>")
        return f"https://{host}/{name}"


Do = Callable[[Place, str], None]


@dataclass(frozen=True)
class Habit:
    """`recorded` is a grade, with the action before it where it is not `block`; `-`: nothing."""

    what: str
    site: str
    recorded: str
    do: Do
    at_least: int = 1
    """Attempts of that grade."""


def typed(place: Place, site: str, scheme: str = "https") -> None:
    place.surfer.new_tab()
    place.surfer.type_address(f"{scheme}://{site}/")


def typed_without_https(place: Place, site: str) -> None:
    typed(place, site, "http")


def typed_and_reloaded(place: Place, site: str) -> None:
    typed(place, site)
    place.surfer.until("document.title.includes('closed')")
    place.surfer.press("refresh")


def came_back(place: Place, site: str) -> None:
    typed(place, site)
    place.surfer.until("document.title.includes('closed')")
    place.surfer.type_address(f"https://{NEWS}/")
    place.surfer.until(f"location.host == '{NEWS}'")
    place.surfer.press("back")


def reading(page: str, *, on: str = NEWS, scheme: str = "https", seconds: float = 0) -> Do:
    """Open a page of a site that nobody closes. `SITE` in it is the row's own.

    What a browser does ahead of a wish it leaves once the page is out of sight: stay for `seconds`.
    """

    def do(place: Place, site: str) -> None:
        url = place.publish(on, f"{site}.html", page.replace("SITE", site))
        place.surfer.new_tab()
        place.surfer.type_address(url.replace("https", scheme))
        time.sleep(seconds)

    return do


def clicking(page: str, *, button: int = 0) -> Do:
    """The same, and then a click on what the page calls `here`."""

    def do(place: Place, site: str) -> None:
        reading(page)(place, site)
        place.surfer.click("document.querySelector('#here')", button=button)

    return do


def opened_a_bookmark(place: Place, site: str) -> None:
    place.surfer.new_tab()
    place.surfer.type_address("chrome://bookmarks/")
    place.surfer.click(
        "document.querySelector('bookmarks-app')?.shadowRoot.querySelector('bookmarks-list')"
        "?.shadowRoot.querySelector('bookmarks-item')",
        times=2,
    )


def keep_bookmark(profile: Path, site: str) -> None:
    """What the browser finds among its bookmarks when it starts."""
    entry = {"id": "5", "name": site, "type": "url", "url": f"https://{site}/"}
    folders = {
        name: {"id": str(n), "name": name, "type": "folder", "children": [entry] if n == 1 else []}
        for n, name in enumerate(("bookmark_bar", "other", "synced"), 1)
    }
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Bookmarks").write_text(json.dumps({"roots": folders, "version": 1}))


def worker_of_a_page_left_behind(place: Place, site: str) -> None:
    """Its own site's service worker goes on for a while when the page is gone."""
    place.publish(NEWS, "plain.html", "")
    worker = place.pages / NEWS / "worker.js"
    worker.write_text(
        "self.onmessage = e => e.waitUntil(new Promise(done => setTimeout(done, 500))"
        f".then(() => fetch('https://{site}/', {{mode: 'no-cors'}})).catch(() => 0))"
    )
    reading(
        "<script>navigator.serviceWorker.register('/worker.js')"
        ".then(() => navigator.serviceWorker.ready)"
        ".then(r => { r.active.postMessage('go'); location = '/plain.html' })</script>"
    )(place, site)


def running(*command: str) -> Do:
    """A program that is no browser."""

    def do(place: Place, site: str) -> None:
        place.device.namespace.run(*(word.replace("SITE", site) for word in command))

    return do


def retried(place: Place, site: str) -> None:
    reading(
        f"<script>(async () => {{ for (let n = 0; n < {ATTEMPTS}; n++)"
        " { await fetch('https://SITE/', {mode: 'no-cors'}).catch(() => 0);"
        " await new Promise(done => setTimeout(done, 60)) }"
        " document.title = 'given up' })()</script>"
    )(place, site)
    place.surfer.until("document.title == 'given up'", 30)


FETCH = "<script>fetch('https://SITE/api', {mode: 'no-cors'})</script>"
RULES = '<script type=speculationrules>{"KIND": [{"urls": ["https://SITE/"]}]}</script>'
CURL = ("curl", "--silent", "--insecure", "--max-time", "5")
URLLIB = """
import ssl, urllib.request
urllib.request.urlopen("https://SITE/", context=ssl._create_unverified_context())
"""

# On a laptop that trusts the school's certificate.
TRUSTING = (
    Habit("typed the address", "www.facebook.com", "page", typed),
    Habit("typed it without https", "www.moshimonsters.com", "page", typed_without_https),
    Habit("typed it and reloaded", "www.tumblr.com", "page", typed_and_reloaded, 2),
    Habit("pressed Back", "500px.com", "page", came_back, 2),
    Habit("opened a bookmark", "www.instagram.com", "page", opened_a_bookmark),
    Habit("typed the address of a site to be asked for", "www.youtube.com", "ask page", typed),
    Habit("clicked a link", "bsky.app", "page", clicking("<a id=here href='https://SITE/'>A</a>")),
    Habit("clicked a link that opens a tab", "www.quora.com", "page",
          clicking("<a id=here target=_blank href='https://SITE/'>A</a>")),
    Habit("clicked a link with the wheel", "vk.com", "page",
          clicking("<a id=here href='https://SITE/'>A</a>", button=1)),
    Habit("clicked a shortened link", "medium.com", "page",
          clicking(f"<a id=here href='https://{SHORTENER}/go?https://SITE/'>A</a>")),
    Habit("clicked a link to a download", "www.weibo.com", "page",
          clicking("<a id=here download href='https://SITE/a.zip'>A</a>")),
    Habit("sent a form to the service", "www.pinterest.co.uk", "page",
          clicking("<form method=post action='https://SITE/'><button id=here>A</button></form>")),
    # What navigates without a hand looks the same: see the README's limits.
    Habit("was sent on by a page", "issuu.com", "page",
          reading("<meta http-equiv=refresh content='0; url=https://SITE/'>")),
    Habit("was sent on by a script", "soundcloud.com", "page",
          reading("<script>location = 'https://SITE/'</script>")),
    Habit("got a window that a page opened", "web.whatsapp.com", "page",
          reading("<script>window.open('https://SITE/')</script>")),
    Habit("got a window for a click on something else", "www.roblox.com", "page",
          clicking("<button id=here onclick=\"window.open('https://SITE/')\">Read on</button>")),
    Habit("a program said that it was a browser", "www.mumsnet.com", "page",
          running(*CURL, "-H", "Sec-Fetch-Dest: document", "-H", "Sec-Fetch-Mode: navigate",
                  "https://SITE/")),
    Habit("read a page with a like button", "staticxx.facebook.com", "embedded",
          reading("<iframe src='https://SITE/plugins/like.php'></iframe>")),
    Habit("read a page with a video in it", "player.vimeo.com", "embedded",
          reading("<iframe src='https://SITE/video/1'></iframe>")),
    Habit("read a page with a video to be asked for", "www.youtube-nocookie.com", "ask embedded",
          reading("<iframe src='https://SITE/embed/1'></iframe>")),
    Habit("read a page with an invisible picture", "pixel.facebook.com", "embedded",
          reading("<img width=1 height=1 src='https://SITE/tr'>")),
    Habit("read a page with a redirected picture", "imgur.com", "embedded",
          reading(f"<img src='https://{SHORTENER}/go?https://SITE/a.png'>")),
    Habit("read a page with a service's script", "connect.facebook.net", "embedded",
          reading("<script src='https://SITE/sdk.js'></script>")),
    Habit("read a page with a service's style", "www.flickr.com", "embedded",
          reading("<link rel=stylesheet href='https://SITE/a.css'>")),
    Habit("read a page with a service's font", "www.deviantart.com", "embedded",
          reading("<style>@font-face { font-family: a; src: url(https://SITE/a.woff2) }"
                  " p { font-family: a }</style>")),
    Habit("read a page with an object", "www.4chan.org", "embedded",
          reading("<object data='https://SITE/a'></object>")),
    Habit("read a page whose icon lies there", "www.livejournal.com", "embedded",
          reading("<link rel=icon href='https://SITE/favicon.ico'>")),
    Habit("read a page whose script fetches", "www.tiktok.com", "background", reading(FETCH)),
    Habit("read a page that sends a beacon", "www.snapchat.com", "background",
          reading("<script>navigator.sendBeacon('https://SITE/', 'x')</script>")),
    Habit("clicked a link that tells a third", "www.linkedin.com", "background",
          clicking("<a id=here ping='https://SITE/' href='/plain.html'>A</a>")),
    Habit("read a page that listens for events", "mastodon.social", "background",
          reading("<script>new EventSource('https://SITE/')</script>")),
    Habit("read a page that opens a WebSocket", "discord.com", "connection",
          reading("<script>new WebSocket('wss://SITE/')</script>")),
    Habit("read a page that connects ahead", "www.twitch.tv", "connection",
          reading("<link rel=preconnect href='https://SITE/'>")),
    Habit("read a page that looks a name up ahead", "www.threads.net", "-",
          reading("<link rel=dns-prefetch href='https://SITE/'>")),
    Habit("read a page that prefetches", "web.telegram.org", "background",
          reading("<link rel=prefetch href='https://SITE/'>")),
    # Chromium connects without asking for anything, or leaves it.
    Habit("read a page that prefetches by rules", "open.spotify.com", "connection",
          reading(RULES.replace("KIND", "prefetch")), 0),
    Habit("read a page that prefetches its sister", "www.forum.example.org", "background",
          reading(RULES.replace("KIND", "prefetch"), on=FORUM_NEWS, seconds=2)),
    Habit("read a page that prerenders its sister", "forum.example.org", "background",
          reading(RULES.replace("KIND", "prerender"), on=FORUM_NEWS, seconds=2)),
    Habit("left a page whose worker goes on", "www.dailymotion.com", "background",
          worker_of_a_page_left_behind),
    Habit("left a page open that tries all day", "ok.ru", "background", retried, ATTEMPTS),
    Habit("read a plain page with a picture", "habbo.com", "connection",
          reading("<img src='http://SITE/a.png'>", scheme="http")),
    Habit("ran curl", "www.reddit.com", "connection", running(*CURL, "https://SITE/")),
    Habit("ran curl without https", "slack.com", "connection", running(*CURL, "http://SITE/")),
    Habit("ran a program in Python", "substack.com", "connection",
          running("python3", "-c", URLLIB)),
    Habit("has an app that calls home", "graph.instagram.com", "background",
          running(*CURL, "https://SITE/")),
    Habit("has an old browser that fetches ahead", "secondlife.com", "background",
          running(*CURL, "-H", "Purpose: prefetch", "http://SITE/")),
    Habit("has an old Firefox that fetches ahead", "flipboard.com", "background",
          running(*CURL, "-H", "X-moz: prefetch", "http://SITE/")),
)  # fmt: skip

# On a guest's phone, and on a pupil's laptop whose browser was never given the certificate.
DISTRUSTING = (
    Habit("typed the address", "www.facebook.com", "connection", typed),
    Habit("typed it without https", "www.moshimonsters.com", "connection", typed_without_https),
    Habit("clicked a link", "bsky.app", "connection",
          clicking("<a id=here href='https://SITE/'>A</a>")),
    Habit("read a page with a video in it", "vimeo.com", "connection",
          reading("<iframe src='https://SITE/video/1'></iframe>")),
    Habit("read a page with a service's script", "connect.facebook.net", "embedded",
          reading("<script src='https://SITE/sdk.js'></script>")),
    Habit("has an app that calls home", "graph.instagram.com", "background",
          running(*CURL, "https://SITE/")),
)  # fmt: skip

# The browser is closed for the night and comes up again in session.
RESTORED = Habit("typed it; the tab came back the next day", "www.patreon.com", "page", typed, 2)
MAILED = Habit("clicked a link in a mail program", "weheartit.com", "page", typed)
