"""The folder as a whole: what is opened, what is kept, how an edition is named."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bellgate.policy.decide import Decision, decide
from bellgate.policy.facts import Connection, host_name
from bellgate.schedules.load import Loaded, fingerprint, load, load_files
from bellgate.schedules.settings import GateSettings
from tests.schedules.small_catalogue import FILES, small_catalogue

SMALL = Path(__file__).parent.parent / "corpus" / "good" / "small"
MISSING = "the file is missing\n    put it in this folder, or copy the sample file"


def edited(**changes: str) -> Loaded:
    """The small school, with text added to the end of its files."""
    files = {p.name: p.read_bytes() for p in SMALL.glob("*.yaml")}
    for name, text in changes.items():
        files[f"{name}.yaml"] = files[f"{name}.yaml"] + text.encode()
    return load_files(files, catalogue=small_catalogue())


def decided(loaded: Loaded, site: str, ip: str = "10.77.10.9") -> Decision:
    assert loaded.policy is not None, loaded.problems
    name = host_name(site)
    assert name is not None
    at = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
    return decide(loaded.policy, Connection(ip, "tls", (name,)), at)


def test_the_hash_is_over_names_and_exact_bytes() -> None:
    files = {p.name: p.read_bytes() for p in SMALL.glob("*.yaml")}
    loaded = load(SMALL, catalogue=small_catalogue())
    assert loaded.policy is not None
    edition = loaded.policy.edition
    assert loaded.files == files
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    assert edition.hash == f"sha256:{digest.hexdigest()}"
    again = load_files(files, catalogue=small_catalogue()).policy
    assert again is not None and again.edition == edition
    assert fingerprint({"a": b"bc"}) != fingerprint({"ab": b"c"})


def test_the_list_version_follows_the_catalogue_and_the_schools_own() -> None:
    before = edited()
    more_services = edited(services="needed: [example.net]\n")
    other_times = edited(school="open_days: Monday to Thursday\n")
    editions = [x.policy.edition for x in (before, more_services, other_times) if x.policy]
    assert editions[0].list_version != editions[1].list_version
    assert editions[0].list_version == editions[2].list_version
    assert len({e.hash for e in editions}) == 3


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    loaded = load(tmp_path / "nowhere", catalogue=small_catalogue())
    assert [str(p) for p in loaded.problems] == [
        f"devices.yaml:1: {MISSING}",
        f"rules.yaml:1: {MISSING}",
        f"school.yaml:1: {MISSING}",
    ]


def test_a_file_that_an_editor_called_txt_is_named(tmp_path: Path) -> None:
    for path in SMALL.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "school.yaml").rename(tmp_path / "school.yaml.txt")
    loaded = load(tmp_path, catalogue=small_catalogue())
    assert [str(p) for p in loaded.problems if "school" in p.file] == [
        f"school.yaml:1: {MISSING}",
        "school.yaml.txt:1: warning: this file is not read\n"
        "    rename it to school.yaml: an editor has added .txt to its name",
    ]


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    for name in ("school.yaml", "rules.yaml"):
        (tmp_path / name).symlink_to(SMALL / name)
    os.mkfifo(tmp_path / "devices.yaml")
    (tmp_path / "services.yaml").mkdir()
    loaded = load(tmp_path, catalogue=small_catalogue())
    assert [str(p) for p in loaded.problems] == [
        "devices.yaml:1: this is not a file\n    put the file in its place",
        "services.yaml:1: this is not a file\n    put the file in its place",
    ]
    assert loaded.policy is None


def test_settings_of_the_gate() -> None:
    assert edited().settings.gate == GateSettings()
    gate = "gate:\n  reachable: 10.77.1.0/24\n  new_connections: 120 a minute\n  burst: 9\n"
    found = edited(school=gate).settings.gate
    assert [str(n) for n in found.reachable] == ["10.77.1.0/24"]
    assert (found.new_connections, found.burst) == (2.0, 9)


def test_the_gateway_is_called_as_the_machine_unless_named() -> None:
    unnamed, named = edited().policy, edited(school="gateway: gate-7\n").policy
    assert unnamed is not None and named is not None
    assert unnamed.edition.gateway == os.uname().nodename
    assert named.edition.gateway == "gate-7"


def test_a_needed_host_is_held_by_no_list() -> None:
    assert decided(edited(), "news.facebook.com").action == "block"
    opened = edited(services="needed: [news.facebook.com]\n")
    assert decided(opened, "news.facebook.com").action == "allow"
    assert decided(opened, "a.news.facebook.com").action == "allow"
    assert decided(opened, "www.facebook.com").action == "block"


def test_what_a_needed_host_opens_is_told() -> None:
    said = [p.message for p in edited(services="needed: [fb.com, googleapis.com]\n").problems]
    assert said == [
        "needed: fb.com of Facebook stays open, whatever the rules say",
        "needed: youtubei.googleapis.com of YouTube stays open, whatever the rules say",
    ]


def test_sessions_that_meet_do_not_overlap() -> None:
    loaded = edited(school="days_for: {staff: {sessions: {a: 08:30-10:00, b: 10:00-12:00}}}\n")
    assert loaded.policy is not None and not loaded.problems


def test_a_needed_domain_opens_the_names_under_it_too() -> None:
    opened = edited(services="needed: [googleapis.com]\n")
    assert decided(edited(), "youtubei.googleapis.com").action == "block"
    assert decided(opened, "youtubei.googleapis.com").action == "allow"
    assert decided(opened, "www.youtube.com").action == "block"


def test_groups_inherit_from_the_group_around_them(tmp_path: Path) -> None:
    files = {p.name: p.read_bytes() for p in SMALL.glob("*.yaml")}
    files["devices.yaml"] = b"""groups:
  pupils: {trusts_certificate: true, wording: pupils}
  year-5: {part_of: pupils}
  year-5-blue: {part_of: year-5, trusts_certificate: no}
  staff: {}
  guests: {part_of: pupils, wording: staff}
unknown_devices: guests
devices:
  - {name: a, group: year-5, ip: 10.0.0.1}
  - {name: b, group: year-5-blue, ip: 10.0.0.2}
  - {name: c, group: year-5-blue, ip: 10.0.0.3, trusts_certificate: yes}
"""
    policy = load_files(files, catalogue=small_catalogue()).policy
    assert policy is not None
    blue, guests = policy.groups["year-5-blue"], policy.groups["guests"]
    assert blue.chain == ("year-5-blue", "year-5", "pupils")
    assert (blue.trusts_certificate, blue.wording) == (False, "pupils")
    assert (guests.trusts_certificate, guests.wording) == (True, "staff")
    assert [d.trusts_certificate for d in policy.directory.devices] == [True, False, True]


def test_holders_are_days_in_the_schools_own_zone() -> None:
    lines = """  - name: laptop-3
    group: staff
    mac: 3c:22:fb:00:00:41
    holders:
      - person: stf-1
        from: 2026-06-01
        to: 2026-12-01
"""
    policy = edited(devices=lines).policy
    assert policy is not None
    (holder,) = policy.directory.devices[-1].holders
    assert holder.start == datetime(2026, 5, 31, 23, tzinfo=UTC)  # midnight in summer time
    assert holder.end == datetime(2026, 12, 2, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_catalogue_gives_its_files_category(name: str) -> None:
    services = {s.category: s for s in small_catalogue().services}
    assert services[name.removesuffix(".yaml")].names
