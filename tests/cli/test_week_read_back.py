"""`week` as somebody reads it who has just changed a day."""

import re
from pathlib import Path

from click.testing import CliRunner

from bellgate.cli.main import bellgate
from tests.schedules.edited import FILES
from tests.schedules.test_new_group import DEVICE, GROUP, SATS


def week(folder: Path, first: str) -> str:
    files = dict(FILES)
    for file, old, new in (GROUP, DEVICE, SATS):
        files[file] = files[file].replace(old, new, 1)
    for file, text in files.items():
        (folder / file).write_text(text, "utf-8")
    words = ["--schedules", str(folder), "--state", str(folder / "state"), "week", "--from", first]
    done = CliRunner().invoke(bellgate, words, env={"COLUMNS": "200"}, catch_exceptions=False)
    return re.sub(" +", " ", done.stdout)


def test_the_sessions_of_a_day_stand_in_their_order(tmp_path: Path) -> None:
    told = week(tmp_path, "2027-05-10")
    assert "year-6 breakfast 08:15–08:50, morning 08:50–12:00, afternoon 13:00–15:15" in told


def test_a_group_with_the_day_of_the_group_around_it_needs_no_mention(tmp_path: Path) -> None:
    """Else it looks as if its sister group, which no date names, were left out."""
    told = week(tmp_path, "2027-05-03")
    assert "Tue 04 May pupils, guests morning" in told
    assert "year-6" not in told
    assert "3 May to 9 May 2027" in told
