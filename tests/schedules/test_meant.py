"""A word that its key does not know, and what `check` takes it for."""

import pytest

from bellgate.schedules import also_called
from bellgate.schedules.load import load_files
from bellgate.schedules.meant import kind_of
from bellgate.schedules.problem import closest
from bellgate.schedules.rule_words import Vocabulary
from bellgate.schedules.shipped import shipped
from tests.schedules.small_school import FILES

DEVICES = b"""\
groups:
  pupils: {}
  staff: {}
  guests: {}
unknown_devices: guests
devices:
  - {name: office-pc, group: staff, ip: 10.77.20.5}
  - {name: staff-laptop-07, group: staff, mac: "3c:22:fb:00:00:31", holders: [{person: stf-0042}]}
"""
RIGHT = {"who": "pupils", "what": "youtube", "when": "sessions"}
ALL_SITES = (
    "there is no word for all sites: a rule names what it is about, such as social-media, "
    "a category, a service or a domain"
)


def hint(key: str, word: str) -> str | None:
    """What is said of a word in a rule, by the shipped catalogue."""
    keys = RIGHT | {key: word}
    rule = "".join(f"    {name}: {value!r}\n" for name, value in keys.items())
    text = f"rules:\n  - name: R\n{rule}    do: log\n    clause: x\n"
    found = load_files({**FILES, "rules.yaml": text.encode(), "devices.yaml": DEVICES})
    [wrong] = [p for p in found.errors if p.file == "rules.yaml"]
    assert f'rules: {key} has "{word}"' in wrong.message
    return wrong.hint


@pytest.mark.parametrize(
    ("key", "word", "says"),
    [
        ("what", "everyone",
         f"everyone is the word for all people, which belongs under who; {ALL_SITES}"),
        ("what", "all sites", ALL_SITES),
        ("what", "*", ALL_SITES),
        ("what", "Internet", ALL_SITES),
        ("what", "pupils", "pupils is a group, which belongs under who"),
        ("what", "office-pc", "office-pc is a device, which belongs under who"),
        ("what", "sessions", "sessions is a time, which belongs under when"),
        ("what", "morning", "morning is a session or break, which belongs under when"),
        ("what", "Monday 10:00-11:00", "Monday 10:00-11:00 is a time, which belongs under when"),
        ("who", "facebook", "facebook is a service, which belongs under what"),
        ("who", "video", "video is a category, which belongs under what"),
        ("who", "www.example.org", "www.example.org is a domain, which belongs under what"),
        ("who", "always", "always is a time, which belongs under when"),
        ("who", "10.77.20.5",
         "an address belongs under ip or networks in devices.yaml; write its device or group here"),
        ("who", "stf-0042",
         "stf-0042 is a person, and a rule is about devices: write staff-laptop-07"),
        ("when", "pupils", "pupils is a group, which belongs under who"),
        ("when", "facebook", "facebook is a service, which belongs under what"),
        ("when", "session", "did you mean sessions?"),
        ("when", "all day", "did you mean school day?"),
        ("who", "Students", "did you mean pupils?"),
        ("who", "all", "did you mean everyone?"),
        ("who", "pupil", "did you mean pupils? Or make the group pupil in devices.yaml"),
        ("who", "pupils, staff", "write several in brackets: [pupils, staff]"),
    ],
)  # fmt: skip
def test_a_word_under_the_wrong_key_says_where_it_belongs(key: str, word: str, says: str) -> None:
    assert hint(key, word) == says


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("facebok", "facebook"),
        ("tik tok", "tiktok"),
        ("watsapp", "whatsapp"),
        ("utube", "youtube"),
        ("insta", "instagram"),
        ("twiter", "twitter"),
        ("redit", "reddit"),
        ("linkdin", "linkedin"),
        ("social", "social-media"),
        ("vpn", "circumvention"),
        # Among hundreds of services, some is a little like any word.
        ("bbc", None),
        ("email", None),
        ("google", None),
        ("homework", None),
    ],
)
def test_a_slip_is_answered_with_what_was_meant_or_with_nothing(
    word: str, meant: str | None
) -> None:
    said = hint("what", word) or ""
    if meant is None:
        assert said.startswith(f'bellgate services "{word}" searches them')
    else:
        assert said == f"did you mean {meant}?"


@pytest.mark.parametrize("word", ["games", "Gaming", "online games"])
def test_who_asks_for_games_hears_what_there_is(word: str) -> None:
    said = hint("what", word) or ""
    assert said.startswith("there is no category for games: virtual-world has online worlds")
    assert "services.yaml" in said


def test_what_people_say_for_something_leads_to_a_word_of_the_files() -> None:
    services = frozenset(service.id for service in shipped().services)
    known = Vocabulary(frozenset({"pupils", "staff", "guests"}), None, services, None)
    for table in (also_called.WHAT, also_called.WHO, also_called.WHEN, also_called.CATEGORIES):
        assert all(kind_of(right, known) for right in table.values()), table


def test_where_only_a_group_can_stand_a_device_is_told() -> None:
    school = FILES["school.yaml"] + (
        b"  - {date: 2026-12-01, closed_to: office-pc}\n  - {date: 2026-11-30, closed_to: all}\n"
    )
    found = load_files({**FILES, "school.yaml": school, "devices.yaml": DEVICES})
    assert [p.hint for p in found.errors if "closed_to" in p.message] == [
        "office-pc is a device: only a group can go here",
        "did you mean everyone?",
    ]


@pytest.mark.parametrize(
    ("known", "word", "meant"),
    [
        ("year-5", "year-6", None),
        ("year-5", "Year 6", None),
        ("y5-laptop-03", "y5-laptop-04", None),
        ("year-5", "yaer-5", "year-5"),
        ("year-5", "year5", "year-5"),
        ("y5-laptop-03", "y5-laptop-3", "y5-laptop-03"),
        ("stf-0042", "stf-0024", "stf-0042"),
        ("stf-0042", "stf-0043", None),
        ("half_term", "half_term2", "half_term"),
    ],
)
def test_another_number_is_no_slip(known: str, word: str, meant: str | None) -> None:
    """Whoever writes year-6 where there is only a year-5 would else close the wrong year."""
    assert closest(word, [known]) == meant


def test_a_year_that_is_no_group_yet_may_be_made_one() -> None:
    devices = DEVICES.replace(b"  staff: {}\n", b"  staff: {}\n  year-5: {part_of: pupils}\n")
    school = FILES["school.yaml"] + b"  - {date: 2026-12-01, closed_to: year-6}\n"
    found = load_files({**FILES, "school.yaml": school, "devices.yaml": devices})
    assert [p.hint for p in found.errors] == [
        "known here: everyone, guests, pupils, staff, year-5; "
        "or make the group year-6 in devices.yaml"
    ]
