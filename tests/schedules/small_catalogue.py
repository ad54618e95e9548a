"""A handful of services, so that these tests do not hang on what the shipped catalogue holds."""

from bellgate.schedules.shipped import Catalogue, catalogue_of

FILES = {
    "social-network.yaml": b"""category: social-network
services:
  - id: facebook
    name: Facebook
    domains: [facebook.com, fb.com]
    background: [graph.facebook.com]
""",
    "microblog.yaml": b"""category: microblog
services:
  - id: twitter
    name: X (Twitter)
    domains: [twitter.com, x.com, t.co]
""",
    "video.yaml": b"""category: video
services:
  - id: youtube
    name: YouTube
    domains: [youtube.com, youtu.be]
    hosts: [youtubei.googleapis.com]
    not: [accounts.youtube.com]
""",
    "blog-writing.yaml": b"""category: blog-writing
services:
  - id: blogger-writing
    name: Blogger (writing)
    domains: [www.blogger.com]
""",
    "circumvention.yaml": b"""category: circumvention
services:
  - id: some-vpn
    name: Some VPN
    domains: [vpn.example.com]
""",
}


def small_catalogue() -> Catalogue:
    return catalogue_of(FILES)
