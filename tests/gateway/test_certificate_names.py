"""Which names the certificate permits, in which order, and how many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bellgate.gateway.certificate_names import LIMIT, NAMED_BY_POLICY, left_open, names_for
from bellgate.policy.what import Service

CATALOGUE = Path(__file__).resolve().parents[2] / "addon" / "bellgate" / "schedules" / "catalogue"


def service(name: str, category: str = "forum", **names: Any) -> Service:
    return Service(name, name.title(), category, **names)


def catalogue() -> list[Service]:
    services = []
    for file in sorted(CATALOGUE.glob("*.yaml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        for entry in data["services"]:
            keys = ("domains", "hosts", "embeds", "background")
            names: Any = {key: tuple(entry.get(key, ())) for key in keys}
            names["stays_open"] = tuple(entry.get("not", ()))
            services.append(Service(entry["id"], str(entry["name"]), data["category"], **names))
    return services


def covers(names: tuple[str, ...], host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def test_the_policys_services_come_first_then_sites_then_parts() -> None:
    services = [
        service("tor", "circumvention", domains=("tor.example",)),
        service("chat", "messenger", domains=("chat.example",), background=("push.example",)),
        service("net", "social-network", domains=("net.example",), embeds=("widgets.example",)),
        service(
            "facebook", "social-network", domains=("fb.example",), background=("fbapp.example",)
        ),
    ]
    assert names_for(services) == (
        "fb.example", "fbapp.example",
        "net.example", "chat.example", "tor.example",
        "widgets.example", "push.example",
    )  # fmt: skip


def test_what_the_school_added_comes_with_the_policys_services() -> None:
    own = Service("village", "Village Forum", "forum", ("village.example",), own=True)
    others = service("net", "social-network", domains=("net.example",))
    assert names_for([others, own], limit=1) == ("village.example",)


def test_a_name_under_another_is_left_out_and_lends_it_its_place() -> None:
    services = [
        service("a", domains=("a.example",)),
        service("big", "video", domains=("big.example", "deep.www.big.example", "xbig.example")),
        service("youtube", "video", hosts=("tube.big.example",)),
    ]
    assert names_for(services) == ("big.example", "a.example", "xbig.example")


def test_an_open_name_is_covered_only_by_a_services_own_site() -> None:
    """An exact host or an embedded part would cover it for nothing: such a name is left out."""
    services = [
        service("tube", domains=("tube.example",), stays_open=("accounts.tube.example",)),
        service("wix", hosts=("wix.example",), embeds=("parts.example",), domains=("w.example",)),
        Service("frog", "Frog", "forum", stays_open=("frog.wix.example", "ok.parts.example")),
    ]
    assert names_for(services) == ("tube.example", "w.example")


def test_a_suffix_under_which_anybody_may_live_is_never_permitted() -> None:
    services = [service("careless", domains=("co.uk", "uk", "sch.uk", "ours.org.uk"))]
    assert names_for(services) == ("ours.org.uk",)


def test_long_names_do_not_outgrow_what_a_client_takes() -> None:
    long = tuple(f"{n:04}.{'a' * 60}.{'b' * 60}.{'c' * 60}.example" for n in range(2500))
    chosen = names_for([service("long", domains=long)])
    assert 300 < len(chosen) < 500


def test_the_shipped_catalogue_fills_the_certificate_with_what_matters_most() -> None:
    services = catalogue()
    chosen = names_for(services)
    assert len(chosen) == len(set(chosen)) == LIMIT
    named = [s for s in services if s.id in NAMED_BY_POLICY]
    assert {s.id for s in named} == NAMED_BY_POLICY
    assert all(covers(chosen, name) for s in named for name in s.names)
    for host in ("www.tiktok.com", "web.whatsapp.com", "www.snapchat.com", "discord.com",
                 "www.roblox.com", "old.reddit.com", "www.clubpenguin.com"):  # fmt: skip
        assert covers(chosen, host), host


def test_the_shipped_catalogue_permits_nothing_a_school_needs() -> None:
    """But for what lies under a service's own site: that is passed, never decrypted."""
    chosen = names_for(catalogue())
    corpus = CATALOGUE.parents[3] / "tests" / "corpus" / "needed-hosts.txt"
    needed = [n for n in corpus.read_text(encoding="utf-8").splitlines() if n and n[0] != "#"]
    covered = {host for host in needed if covers(chosen, host)}
    under = {"skype.com", "wix.com", "youtube.com", "minecraft.net", "skypeassets.com"}
    assert {host for host in covered if not covers(tuple(under), host)} == set()


def test_an_open_name_under_a_permitted_one_is_excluded_again() -> None:
    services = [
        Service("tube", "Tube", "video", domains=("tube.example",),
                stays_open=("accounts.tube.example", "a.accounts.tube.example", "away.example")),
        Service("chat", "Chat", "messenger", domains=("chat.tube.example",)),
    ]  # fmt: skip
    assert left_open(services, names_for(services)) == ("accounts.tube.example",)
