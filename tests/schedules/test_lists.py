"""Subscribed lists: what each format says, what is refused with its line, and what is kept."""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.running import list_run
from bellgate.schedules.checks.services import is_public_suffix
from bellgate.schedules.lists import shelf, subscription
from bellgate.schedules.lists.formats import Format, lines_of
from bellgate.schedules.lists.subscription import Subscription, bring_up_to_date, refusals
from bellgate.schedules.lists.verdict import is_whole_suffix, judge
from bellgate.schedules.load import Loaded, load
from tests.schedules.small_catalogue import small_catalogue
from tests.schedules.test_fetching import Council, serving

GOOD = Path(__file__).parent.parent / "corpus" / "good" / "small"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEEDED = frozenset({"ttrockstars.com", "www.phonics.example.org"})

DOMAINS = b"""\xef\xbb\xbf# a comment
vpn.example.org
*.Wide.Example.ORG.   # told why
.leading.example.net\r
b\xc3\xbccher.example
192.0.2.1
two words
under_score.example.com
"""
HOSTS = b"""127.0.0.1 localhost
::1 ip6-localhost ip6-loopback
0.0.0.0 one.example.org two.example.org # both
0.0.0.0\tthree.example.org
nothing.example.org
"""
ADBLOCK = b"""[Adblock Plus 2.0]
! Title: a list
||one.example.org^
||two.example.org^$important
||ads.example.org^$third-party
||path.example.org/banner
@@||good.one.example.org^
example.org##.banner
/banner[0-9]+/
||*.three.example.org^
||four.*.example.org^
plain.example.org
"""
DNSMASQ = b"""# a comment
address=/one.example.org/0.0.0.0
address=/two.example.org/three.example.org/
server=/four.example.org/
local=/five.example.org/
server=/elsewhere.example.org/192.0.2.53
address=/six.example.org/#
cache-size=100
"""


@pytest.mark.parametrize(
    ("format", "raw", "names", "opened", "bad"),
    [
        (
            "domains",
            DOMAINS,
            "vpn.example.org wide.example.org leading.example.net xn--bcher-kva.example "
            "under_score.example.com",
            "",
            [7],
        ),
        ("hosts", HOSTS, "one.example.org two.example.org three.example.org", "", [5]),
        (
            "adblock",
            ADBLOCK,
            "one.example.org !two.example.org three.example.org =plain.example.org",
            "good.one.example.org",
            [5, 6, 8, 9, 11],
        ),
        (
            "dnsmasq",
            DNSMASQ,
            "one.example.org two.example.org three.example.org four.example.org five.example.org "
            "six.example.org",
            "",
            [8],
        ),
    ],
)
def test_each_format(format: Format, raw: bytes, names: str, opened: str, bad: list[int]) -> None:
    judged = judge("list", format, raw, frozenset())
    assert judged.names == set(names.split())
    assert judged.opened == set(opened.split())
    assert [n for n, kind, _ in lines_of(format, raw) if kind in ("bad", "other")] == bad
    told = bad[:1] if format == "adblock" else bad
    assert [(p.line, p.level) for p in judged.problems] == [(line, "warning") for line in told]
    assert judged.exact is (format == "hosts")


@given(st.sampled_from(["domains", "hosts", "adblock", "dnsmasq"]), st.binary(max_size=200))
def test_no_bytes_break_it(format: Format, raw: bytes) -> None:
    judged = judge("list", format, raw, NEEDED, 3)
    assert judged.names or not judged.good


@pytest.mark.parametrize(
    ("format", "line", "said"),
    [
        ("domains", "co.uk", "co.uk is a whole public suffix: anybody can have a name under it"),
        ("domains", "com", "com is a whole public suffix: anybody can have a name under it"),
        ("domains", "anything.ck", "anything.ck is a whole public suffix"),
        ("adblock", "||sch.uk^", "sch.uk is a whole public suffix"),
        ("dnsmasq", "address=/co.uk/", "co.uk is a whole public suffix"),
        ("hosts", "0.0.0.0 co.uk", "co.uk is a whole public suffix"),
    ],
)
def test_one_such_line_refuses_the_list(format: Format, line: str, said: str) -> None:
    lines = {
        "domains": "n{}.example.net", "hosts": "0.0.0.0 n{}.example.net",
        "adblock": "||n{}.example.net^", "dnsmasq": "address=/n{}.example.net/",
    }[format]  # fmt: skip
    good = [lines.format(i) for i in range(50)]
    assert judge("lists/vpn.txt", format, "\n".join(good).encode(), NEEDED).good
    good[11] = line
    judged = judge("lists/vpn.txt", format, "\n".join(good).encode(), NEEDED)
    assert not judged.good
    [told] = judged.problems
    assert str(told).startswith("lists/vpn.txt:12: ") and said in told.message


@pytest.mark.parametrize(
    ("format", "line", "said"),
    [
        ("domains", "TTRockstars.com", "ttrockstars.com is left out, since it is needed"),
        ("domains", "phonics.example.org", "phonics.example.org is left out, since it would close "
         "www.phonics.example.org, which is needed"),
        ("hosts", "0.0.0.0 www.phonics.example.org",
         "www.phonics.example.org is left out, since it is needed"),
        ("hosts", "0.0.0.0 www.ttrockstars.com",
         "www.ttrockstars.com is left out, since ttrockstars.com is needed, and so is "
         "everything under it"),
        ("domains", "a.b.ttrockstars.com",
         "a.b.ttrockstars.com is left out, since ttrockstars.com is needed, and so is "
         "everything under it"),
        ("adblock", "|www.phonics.example.org^",
         "www.phonics.example.org is left out, since it is needed"),
    ],
)  # fmt: skip
def test_a_list_is_in_force_without_what_is_needed(format: Format, line: str, said: str) -> None:
    other = {
        "domains": "vpn.example.net", "hosts": "0.0.0.0 vpn.example.net",
        "adblock": "||vpn.example.net^",
    }[format]  # fmt: skip
    judged = judge("lists/vpn.txt", format, f"{other}\n{line}\n".encode(), NEEDED)
    assert judged.good and judged.names == {"vpn.example.net"}
    assert [str(p).splitlines()[0] for p in judged.problems] == [
        f"lists/vpn.txt:2: warning: {said}"
    ]


def test_many_needed_names_are_counted() -> None:
    needed = frozenset(names(100))
    judged = judge("l", "domains", "\n".join(["vpn.example.net", *names(100)]).encode(), needed)
    assert judged.names == {"vpn.example.net"}
    assert len(judged.problems) == 11
    assert str(judged.problems[-1]) == "l:12: warning: 90 more such lines from here on"


def test_what_closes_no_needed_host_is_taken() -> None:
    # A hosts list closes that very name alone; a domain's part is kept open by the index.
    assert judge("l", "hosts", b"0.0.0.0 phonics.example.org", NEEDED).good
    assert judge("l", "domains", b"ads.ttrockstars.com\nnotttrockstars.com", NEEDED).good


def test_a_name_of_a_hosts_file_that_leaves_the_site_itself_open_is_told() -> None:
    raw = b"0.0.0.0 www.paddypower.com\n0.0.0.0 www.bet365.com bet365.com\n"
    judged = judge("gambling.txt", "hosts", raw, NEEDED)
    assert [str(p).splitlines()[0] for p in judged.problems] == [
        "gambling.txt:1: warning: www.paddypower.com leaves paddypower.com itself open"
    ]
    assert judged.problems[0].hint is not None and "format: domains" in judged.problems[0].hint
    assert judge("https://x.example/l", "hosts", raw, NEEDED).problems == ()


def test_suffixes_are_those_of_the_other_check() -> None:
    for name in (
        "co.uk", "uk", "sch.uk", "bury.sch.uk", "www.ck", "b.ck", "a.b.ck", "com", "example.com",
        "xn--p1ai", "blogspot.com", "github.io", "kawasaki.jp", "x.kawasaki.jp",
        "city.kawasaki.jp", "xn--55qx5d.cn",
    ):  # fmt: skip
        assert is_whole_suffix(name) is is_public_suffix(name), name


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [
        (1000, 501, False),
        (1000, 500, True),
        (1000, 100, True),
        (19, 2, False),
        (100, 999, False),
        (100, 1000, True),
        (3, 60, False),
        (None, 5, False),
    ],
)
def test_a_sudden_change_of_size_is_held_back(before: int | None, now: int, held: bool) -> None:
    raw = "\n".join(f"n{i}.example.org" for i in range(now)).encode()
    judged = judge("lists/vpn.txt", "domains", raw, frozenset(), before)
    assert judged.good is not held
    if held:
        assert f"({now:,} names, were {before:,})" in judged.problems[0].message
        assert "from: lists/vpn.txt#1" in (judged.problems[0].hint or "")


def test_many_errors_are_told_with_ten_lines() -> None:
    judged = judge("l", "domains", b"co.uk\n" * 500, frozenset())
    assert [p.line for p in judged.problems] == [*range(1, 12)]
    assert judged.problems[-1].message == "490 more such lines from here on"


COUNCIL = b"""Bury Council ICT: game sites (autumn 2026)\r
poki.com\r
crazygames.com\r
https://www.friv.com/\r
www.miniclip.com\r
www.y8.com\r
y8.com\r
coolmathgames.com\r
"""


def test_every_line_that_does_not_fit_is_told_and_an_address_with_what_to_write() -> None:
    judged = judge("games.txt", "domains", COUNCIL, frozenset())
    assert judged.good
    told = [f"{p.line}: {p.message} / {p.hint}" for p in judged.problems]
    assert told == [
        '1: "Bury Council ICT: game sites (autumn 2026)" does not fit the format domains / '
        "this line is ignored",
        '4: "https://www.friv.com/" does not fit the format domains / '
        "write friv.com: until then this line closes nothing",
        "5: www.miniclip.com leaves miniclip.com itself open / "
        "write miniclip.com, which closes that name and everything under it",
    ]


BROWSER = b"""AI chat sites (from the diocese)
chatgpt.com
https://character.ai/
https://claude.ai/new?x=1
http://www.perplexity.ai/
copilot.microsoft.com
https://gemini.google.com/app
"""


def test_a_list_copied_out_of_a_browser_is_told_line_by_line_with_what_to_write() -> None:
    judged = judge("ai-chat.txt", "domains", BROWSER, frozenset())
    assert not judged.good
    assert [(p.line, p.level, p.hint) for p in judged.problems] == [
        (1, "error", "take this line out, or write # before it"),
        *(
            (line, "error", f"write {name}, without https:// and what follows the name")
            for line, name in (
                (3, "character.ai"),
                (4, "claude.ai"),
                (5, "perplexity.ai"),
                (7, "gemini.google.com"),
            )
        ),
    ]


def test_of_a_list_that_is_held_back_it_is_said_what_is_in_force(folder: Path, kept: Path) -> None:
    services = "lists:\n  - category: circumvention\n    from: lists/vpn.txt\n    format: domains\n"
    for file in GOOD.glob("*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "services.yaml").write_text(services)
    (folder / "lists" / "vpn.txt").write_bytes(BROWSER)
    new = load(folder, shelf=kept, catalogue=small_catalogue())
    assert new.policy is not None
    assert new.lists_aside == (
        "lists/vpn.txt is NOT in force, and has no earlier copy: none of it is closed",
    )
    write(folder, names(10))
    bring_up_to_date(vpn(), folder, kept, NOW)
    os.utime(kept / shelf.card_name(vpn().key), (NOW.timestamp(), NOW.timestamp()))
    assert load(folder, shelf=kept, catalogue=small_catalogue()).lists_aside == ()
    (folder / "lists" / "vpn.txt").write_bytes(BROWSER)
    old = load(folder, shelf=kept, catalogue=small_catalogue())
    assert old.lists_aside == (
        "lists/vpn.txt is NOT in force as it is now: the copy from Sun 22 Nov 2026 12:00 is used",
    )


def test_of_many_lines_that_do_not_fit_ten_are_told() -> None:
    lines = [*(f"two words {n}" for n in range(14)), *names(20)]
    judged = judge("games.txt", "domains", "\n".join(lines).encode(), frozenset())
    assert [p.line for p in judged.problems] == [*range(1, 12)]
    assert judged.problems[-1].message == "4 more such lines from here on"


def test_in_a_hosts_file_the_address_of_a_page_is_told_as_its_lines_are_written() -> None:
    raw = b"0.0.0.0 poki.com\nhttps://www.friv.com/games?new=1\n"
    (only,) = judge("hosts.txt", "hosts", raw, frozenset()).problems
    assert (only.line, only.hint) == (
        2,
        "write 0.0.0.0 www.friv.com: until then this line closes nothing",
    )


def test_what_is_fetched_is_not_told_to_be_written_otherwise() -> None:
    assert not judge("https://lists.example.org/a", "domains", b"www.a.com\n", NEEDED).problems


def test_a_web_page_is_no_list() -> None:
    page = b"<!doctype html>\n<html>\n<p>Sign in\n</html>\n"
    for format in ("domains", "hosts", "dnsmasq", "adblock"):
        assert not judge("l", format, page, frozenset()).good  # type: ignore[arg-type]


# --- kept ------------------------------------------------------------------------------------


def names(count: int, seed: int = 1) -> list[str]:
    source = random.Random(seed)
    return [
        f"{source.randrange(36**5):x}-{i}.example.{'org' if i % 2 else 'net'}" for i in range(count)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    return tmp_path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lists"


def vpn(origin: str = "lists/vpn.txt", format: Format = "domains") -> Subscription:
    return Subscription(origin, format, "circumvention", 2, NEEDED)


def write(folder: Path, lines: list[str]) -> None:
    (folder / "lists" / "vpn.txt").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("count", [100, shelf.LONG + 1])
@pytest.mark.parametrize("format", ["domains", "hosts", "adblock"])
def test_what_is_kept_is_what_was_read(
    folder: Path, kept: Path, count: int, format: Format
) -> None:
    all_names = names(count)
    line = {"domains": "{}", "hosts": "0.0.0.0 {}", "adblock": "||{}^"}[format]
    lines = [line.format(name) for name in all_names]
    if format == "adblock":
        lines.append(f"@@||open.{all_names[0]}^")
    write(folder, lines)
    one = vpn(format=format)
    assert bring_up_to_date(one, folder, kept, NOW) == "new"
    assert bring_up_to_date(one, folder, kept, NOW) == "same"
    card = shelf.card(kept, one.key)
    assert card is not None
    found = shelf.names_on(kept, card)
    assert found is not None and len(found) == count
    assert type(found) is (shelf.LongList if count > shelf.LONG else shelf.ShortList)
    under = None if format == "hosts" else all_names[0]
    assert found.find(all_names[0]) == all_names[0]
    assert found.find("www." + all_names[0]) == under
    assert found.find("x" + all_names[0]) is None
    assert found.find(all_names[0].partition(".")[2]) is None
    assert found.find("") is None
    opened = None if format in ("adblock", "hosts") else all_names[0]
    assert found.find(f"deep.open.{all_names[0]}") == opened


EXCEPTIONS = b"""! one of each, as AdGuard's DNS lists have them
||wide.example^
@@||open.wide.example^
||deep.narrow.example^
@@||narrow.example^
|only.example^
@@|www.wide.example^
||withdrawn.example^
||withdrawn.example^$badfilter
||sure.example^$important
@@||a.sure.example^
@@||b.sure.example^$important
0.0.0.0 from-hosts.example
# a comment
plain.example
||ends.example^$dnstype=AAAA
/pattern[0-9]/
"""


@pytest.mark.parametrize(
    ("host", "closed_by"),
    [
        ("wide.example", "wide.example"),
        ("x.y.wide.example", "wide.example"),
        ("open.wide.example", None),
        ("a.open.wide.example", None),
        ("www.wide.example", None),
        ("a.www.wide.example", "wide.example"),  # the exception is for that name alone
        ("deep.narrow.example", None),  # an exception above counts as well
        ("only.example", "only.example"),
        ("www.only.example", None),
        ("withdrawn.example", None),
        ("sure.example", "sure.example"),
        ("a.sure.example", "sure.example"),
        ("b.sure.example", None),
        ("from-hosts.example", "from-hosts.example"),
        ("www.from-hosts.example", None),
        ("plain.example", "plain.example"),
        ("www.plain.example", None),
        ("ends.example", None),
        ("example", None),
    ],
)
@pytest.mark.parametrize("more", [0, shelf.LONG + 1])
def test_exceptions_exact_names_and_what_is_important(
    folder: Path, kept: Path, host: str, closed_by: str | None, more: int
) -> None:
    """Of a short list and of one that is mapped: the same answers."""
    filler = "".join(f"||{name}^\n" for name in names(more)).encode()
    (folder / "lists" / "vpn.txt").write_bytes(EXCEPTIONS + filler)
    one = vpn(format="adblock")
    assert bring_up_to_date(one, folder, kept, NOW) == "new"
    card = shelf.card(kept, one.key)
    assert card is not None
    found = shelf.names_on(kept, card)
    assert type(found) is (shelf.LongList if more else shelf.ShortList)
    assert found.find(host) == closed_by


def test_what_is_not_understood_is_counted_and_told() -> None:
    [problem] = judge("list.txt", "adblock", EXCEPTIONS, frozenset()).problems
    assert (problem.line, problem.level) == (16, "warning")
    assert problem.message == (
        '"||ends.example^$dnstype=AAAA" and 1 more: not understood, as they say more than which '
        "sites to close"
    )


def test_a_refused_update_changes_no_byte_of_what_is_in_force(folder: Path, kept: Path) -> None:
    good = names(1000)
    write(folder, good)
    bring_up_to_date(vpn(), folder, kept, NOW)
    before = shelf.card(kept, vpn().key)
    for poisoned, said in (
        (["co.uk"], "lists/vpn.txt:1: co.uk is a whole public suffix"),
        (good[:100], "lists/vpn.txt:1: held back: shrunk to half or less (100 names, were 1,000)"),
        (names(20_000), "lists/vpn.txt:1: held back: grown tenfold"),
        (["<html>"], "does not fit the format domains"),
    ):
        write(folder, poisoned)
        assert bring_up_to_date(vpn(), folder, kept, NOW) == "refused"
        assert shelf.card(kept, vpn().key) == before
        assert said in refusals(vpn(), kept)[0]
    (folder / "lists" / "vpn.txt").unlink()
    assert bring_up_to_date(vpn(), folder, kept, NOW) == "refused"
    assert refusals(vpn(), kept) == ("services.yaml:2: lists: lists/vpn.txt: the file is missing",)
    assert before is not None and len(shelf.names_on(kept, before) or ()) == 1000
    # Said to be right, it starts afresh.
    write(folder, good[:100])
    assert bring_up_to_date(vpn("lists/vpn.txt#1"), folder, kept, NOW) == "new"


@pytest.mark.parametrize("count", [100, shelf.LONG + 1])
def test_a_damaged_copy_is_none(folder: Path, kept: Path, count: int) -> None:
    write(folder, names(count))
    bring_up_to_date(vpn(), folder, kept, NOW)
    card = shelf.card(kept, vpn().key)
    assert card is not None
    [file] = [f for f in kept.glob("names-*") if f.suffix in (".txt", ".trie")]
    file.write_bytes(file.read_bytes()[:-20])
    assert shelf.names_on(kept, card) is None
    (kept / shelf.card_name(vpn().key)).write_bytes(b"{")
    assert shelf.names_on(kept, b"{") is None


def test_a_list_that_is_replaced_answers_on_where_it_is_in_force(folder: Path, kept: Path) -> None:
    first, second = names(shelf.LONG + 1, 1), names(shelf.LONG + 2, 2)
    write(folder, first)
    bring_up_to_date(vpn(), folder, kept, NOW)
    card = shelf.card(kept, vpn().key)
    assert card is not None
    held = shelf.names_on(kept, card)
    assert held is not None
    write(folder, second)
    assert bring_up_to_date(vpn(), folder, kept, NOW) == "new"
    assert all(held.find(name) == name for name in first)
    assert len([*kept.glob("names-*.trie")]) == 1


def test_apart_comes_to_the_same(folder: Path, kept: Path) -> None:
    write(folder, names(100))
    assert list_run.apart(vpn(), folder, kept, NOW) == "new"
    card = shelf.card(kept, vpn().key)
    assert bring_up_to_date(vpn(), folder, kept, NOW) == "same"
    assert shelf.card(kept, vpn().key) == card
    write(folder, ["co.uk"])
    assert list_run.apart(vpn(), folder, kept, NOW) == "refused"
    with pytest.raises(OSError, match="given up"):
        (folder / "lists" / "vpn.txt").unlink()
        write(folder, names(60_000))
        list_run.apart(vpn(), folder, kept, NOW, given_up=lambda: True)


# --- fetched ---------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Council]:
    with serving() as council:
        yield council


def test_an_address_is_asked_only_for_what_is_new(server: Council, kept: Path) -> None:
    server.content = "\n".join(names(100)).encode()
    one = vpn(server.address)
    assert bring_up_to_date(one, Path(), kept, NOW) == "new"
    assert bring_up_to_date(one, Path(), kept, NOW) == "same"
    assert server.asked[1]["if-none-match"] == '"one"'
    before = shelf.card(kept, one.key)
    for content, said in ((b"co.uk", "co.uk is a whole"), (b"a.example.org", "held back: shrunk")):
        server.content, server.etag = content, None
        assert bring_up_to_date(one, Path(), kept, NOW) == "refused"
        assert said in refusals(one, kept)[0]
    server.status = 500
    assert bring_up_to_date(one, Path(), kept, NOW) == "refused"
    assert "the list was not fetched: the server answers 500" in refusals(one, kept)[0]
    server.status, server.content, server.etag = 200, "\n".join(names(100)).encode(), '"one"'
    assert bring_up_to_date(one, Path(), kept, NOW) == "same"
    assert refusals(one, kept) == ()
    assert shelf.card(kept, one.key) == before


def test_what_is_needed_later_is_judged_though_the_server_has_nothing_new(
    server: Council, kept: Path
) -> None:
    server.content = "\n".join([*names(100), "times.example.com"]).encode()
    one = vpn(server.address)
    assert bring_up_to_date(one, Path(), kept, NOW) == "new"
    later = Subscription(
        one.origin, "domains", "circumvention", 2, NEEDED | {"www.times.example.com"}
    )
    assert bring_up_to_date(later, Path(), kept, NOW) == "new"
    assert refusals(later, kept) == ()
    card = shelf.card(kept, later.key)
    held = shelf.names_on(kept, card) if card else None
    assert held is not None and held.find("times.example.com") is None
    assert held.find(names(1)[0]) is not None
    said = shelf.seen(kept, later.key)
    assert said is not None and "would close www.times.example.com" in said.problems[0][2]


# --- in a folder -----------------------------------------------------------------------------


def school(folder: Path, source: str = "lists/vpn.txt", category: str = "circumvention") -> None:
    for path in GOOD.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "services.yaml").write_text(
        f"lists:\n  - category: {category}\n    from: {source}\n    format: domains\n"
        "needed: [www.phonics.example.org]\n"
    )


def loaded(folder: Path, kept: Path | None = None, *, judge_lists: bool = True) -> Loaded:
    return load(folder, catalogue=small_catalogue(), shelf=kept, judge_lists=judge_lists)


def of_lists(found: Loaded) -> list[str]:
    return [str(p).splitlines()[0] for p in found.problems if "list" in str(p)]


def test_a_list_counts_in_the_policys_hash_and_the_lists_version(folder: Path, kept: Path) -> None:
    school(folder)
    write(folder, names(100))
    first = loaded(folder).policy
    write(folder, names(101))
    second = loaded(folder).policy
    assert first is not None and second is not None
    assert first.edition.list_version != second.edition.list_version
    assert first.edition.hash != second.edition.hash
    assert len(first.index.lists[0].names) == 100
    # What the gate keeps is the same list.
    [one] = subscription.subscriptions((folder / "services.yaml").read_bytes())
    bring_up_to_date(one, folder, kept, NOW)
    third = loaded(folder, kept, judge_lists=False).policy
    assert third is not None and third.edition == second.edition
    assert third.index.lists == second.index.lists


def test_a_command_tells_what_a_file_says_now_and_writes_nothing(folder: Path, kept: Path) -> None:
    school(folder)
    write(folder, names(100))
    [one] = subscription.subscriptions((folder / "services.yaml").read_bytes())
    bring_up_to_date(one, folder, kept, NOW)
    before = {p.name: p.read_bytes() for p in kept.iterdir()}
    write(folder, [*names(11), "co.uk"])
    found = loaded(folder, kept)
    assert of_lists(found) == [
        "lists/vpn.txt:12: co.uk is a whole public suffix: anybody can have a name under it"
    ]
    assert found.policy is not None and len(found.policy.index.lists[0].names) == 100
    assert {p.name: p.read_bytes() for p in kept.iterdir()} == before


def test_a_list_without_a_copy_takes_nothing_else_away(folder: Path, kept: Path) -> None:
    school(folder, "https://lists.example.org/vpn.txt")
    found = loaded(folder, kept)
    assert found.policy is not None and found.policy.index.lists == ()
    assert of_lists(found) == [
        "services.yaml:2: warning: lists: lists.example.org/vpn.txt has not been fetched yet: "
        "none of it is in force"
    ]
    school(folder)
    found = loaded(folder, kept)
    assert found.policy is not None and [*map(str, found.errors)] == [
        "services.yaml:2: lists: lists/vpn.txt: the file is missing"
    ]


@pytest.mark.parametrize("source", ["/etc/hosts", "../vpn.txt", "lists/../../vpn.txt", "ftp://x/y"])
def test_a_place_outside_is_a_problem(folder: Path, source: str) -> None:
    school(folder, source)
    found = loaded(folder)
    assert found.policy is None
    assert found.errors[0].file == "services.yaml" and found.errors[0].line == 3


def test_a_link_that_leads_out_is_a_problem(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "vpn.txt"
    outside.write_text("vpn.example.org\n")
    school(folder)
    (folder / "lists" / "vpn.txt").symlink_to(outside)
    assert "the file leads out of this folder" in str(loaded(folder).errors[0])


def test_a_list_that_no_rule_names_is_told(folder: Path) -> None:
    school(folder, category="magazine")
    (folder / "rules.yaml").write_text(
        "rules:\n  - name: A\n    who: everyone\n    what: video\n    when: always\n"
        "    do: block\n    clause: B\n"
    )
    write(folder, names(3))
    assert any("no rule names magazine" in line for line in of_lists(loaded(folder)))
