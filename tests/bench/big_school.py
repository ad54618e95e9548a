"""The files of a big school: 600 devices, 40 groups with their own days, 40 rules, five years."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

GROUPS, DEVICES, RULES, YEARS = 40, 600, 40, 5
FIRST_YEAR: Final = 2024


def write(folder: Path) -> Path:
    """Put the four files into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (
        ("school.yaml", _school()),
        ("rules.yaml", _rules()),
        ("devices.yaml", _devices()),
    ):
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def _school() -> Iterator[str]:
    yield "school: Big School\npolicy:\n  title: Social Media Policy\nterms:"
    for year in range(FIRST_YEAR, FIRST_YEAR + YEARS):
        for name, first, last, half in (
            ("Autumn", date(year, 9, 2), date(year, 12, 18), date(year, 10, 26)),
            ("Spring", date(year + 1, 1, 5), date(year + 1, 3, 25), date(year + 1, 2, 15)),
            ("Summer", date(year + 1, 4, 12), date(year + 1, 7, 21), date(year + 1, 5, 31)),
        ):
            yield f"  - name: {name} {first.year}\n    first_day: {first}\n    last_day: {last}"
            yield f"    half_term: {half} to {half + timedelta(days=4)}"
    yield "bank_holidays: England\nsessions:\n  morning: 08:50-12:00\n  afternoon: 13:00-15:15"
    yield "breaks:\n  playtime: 10:30-10:45\ndays_for:"
    for group in range(GROUPS):
        yield f"  g{group}:\n    sessions:\n      morning: 08:{group:02}-12:{group:02}"
        yield f"      afternoon: 13:{group:02}-15:{group:02}"
    yield "weekdays:\n  - day: Friday\n    name: Early closing\n    ends: 14:30\ndates:"
    for year in range(FIRST_YEAR, FIRST_YEAR + YEARS):
        for month in (9, 11):
            for day in (4, 11, 18):
                yield f"  - date: {year}-{month:02}-{day:02}\n    name: Day {day}"
                yield f"    for: g{day}\n    ends: 14:00"
    yield "gate:\n  reachable: [127.0.0.0/8]"


def _rules() -> Iterator[str]:
    yield "rules:"
    whens = ("sessions", "school day", "lessons", "Mon-Fri 09:00-15:00", "lunch", "breaks")
    for rule in range(RULES - 1):
        yield f"  - name: Rule {rule}\n    who: [g{rule % GROUPS}, g{(rule + 7) % GROUPS}]"
        yield f"    what: [reddit, twitch]\n    when: {whens[rule % len(whens)]}\n    do: block"
        yield "    clause: School's own rule"
    yield "  - name: Social media\n    who: everyone\n    what: social-media\n    when: school day"
    yield "    do: block\n    clause: School's own rule"


def _devices() -> Iterator[str]:
    yield "groups:"
    for group in range(GROUPS):
        yield f"  g{group}:\n    trusts_certificate: yes"
    yield "networks:"
    for group in range(GROUPS):
        yield f"  10.{group}.0.0/16: g{group}"
    yield "  127.0.0.0/8: g0\nunknown_devices: g0\ndevices:"
    for device in range(DEVICES):
        mac = f"3c:22:fb:00:{device // 256:02x}:{device % 256:02x}"
        yield f"  - name: laptop-{device:03}\n    group: g{device % GROUPS}\n    mac: {mac}"
        yield f"    holders:\n      - person: p-{device:03}\n        from: 2026-09-01"
