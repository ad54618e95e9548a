"""A device of a group that has no network is recognised nowhere, and everything says so."""

from datetime import UTC, datetime

from bellgate.policy.decide import decide
from bellgate.policy.facts import Connection
from bellgate.policy.walk import walk
from tests.schedules.edited import Edit, below, changes, policy, told

VISITORS = below("devices.yaml", "  guests: {}", "  visitors: {}")


def laptop(name: str, group: str, last: int) -> str:
    return f"  - name: {name}\n    group: {group}\n    mac: 3c:22:fb:00:01:{last:02}\n"


def devices(*entries: str) -> Edit:
    return below("devices.yaml", "devices:", "".join(entries))


NO_GUEST_NETWORK = (
    ("devices.yaml", "  10.77.30.0/24: guests\n", ""),
    ("devices.yaml", '  "2001:db8:30::/64": guests\n', ""),
)
AUTHOR = devices(laptop("author-laptop", "guests", 71))


def test_a_visitor_in_the_guests_network_is_recognised() -> None:
    assert told(AUTHOR) == []


def test_a_device_of_a_group_without_a_network_is_told_with_the_cure() -> None:
    (only,) = told(VISITORS, devices(laptop("author-laptop", "visitors", 71)))
    assert "author-laptop is never recognised: its group visitors has no network" in only
    assert "10.77.30.0/24: visitors" in only
    assert "group: [guests, visitors]" in only


def test_a_whole_group_without_a_network_is_one_warning() -> None:
    several = (laptop(f"author-{n}", "visitors", n) for n in range(10, 13))
    (only,) = told(VISITORS, devices(*several))
    assert "author-10 and 2 more are never recognised: their group visitors has no network" in only


def test_it_is_told_of_old_devices_when_their_network_is_taken_away() -> None:
    (only,) = told(AUTHOR, *NO_GUEST_NETWORK)
    assert "author-laptop is never recognised" in only
    said = changes((AUTHOR,), (AUTHOR, *NO_GUEST_NETWORK))
    assert "device author-laptop is not recognised: its group guests has no network" in said
    back = changes((AUTHOR, *NO_GUEST_NETWORK), (AUTHOR,))
    assert "device author-laptop is recognised now" in back


def test_the_cures_work() -> None:
    author = laptop("author-laptop", "visitors", 71)
    network = ("devices.yaml", "10.77.30.0/24: guests", "10.77.30.0/24: visitors")
    assert told(VISITORS, network, devices(author)) == []
    assert told(VISITORS, devices(author.replace("visitors", "[guests, visitors]"))) == []


def test_a_year_on_the_pupils_network_and_pupils_on_a_years_are_at_home() -> None:
    year = ("devices.yaml", "10.77.10.0/24: pupils", "10.77.10.0/24: year-5")
    six = ("devices.yaml", '  "2001:db8:10::/64": pupils\n', "")
    assert told(devices(laptop("y5-laptop-04", "year-5", 72))) == []
    assert told(year, six, devices(laptop("trolley-1", "pupils", 73))) == []


def test_explain_speaks_of_no_address_and_no_network_that_does_not_exist() -> None:
    school = policy(VISITORS, devices(laptop("author-laptop", "visitors", 71)))
    (author,) = (d for d in school.directory.devices if d.name == "author-laptop")
    ip = school.directory.own_address(author)
    connection = Connection(ip, "tls", ("www.youtube.com",), author.macs[0])
    who, *_, answer = walk(
        school, decide(school, connection, datetime(2026, 12, 8, 10, tzinfo=UTC))
    )
    assert "its group visitors has no network in devices.yaml" in who.text
    assert "0.0.0.0" not in who.text + answer.text
    assert "another network" not in who.text


def test_a_rule_for_it_is_not_said_to_be_needless() -> None:
    """What keeps it from working is told at the device."""
    rule = "  - {name: V, who: author-laptop, what: youtube, when: always, do: allow, clause: x}"
    author = devices(laptop("author-laptop", "visitors", 71))
    (only,) = told(VISITORS, author, below("rules.yaml", "rules:", rule))
    assert "never recognised" in only
