"""A terminal of a phone's width: no word is broken, and nothing is left out."""

import pytest
from click.testing import CliRunner

from bellgate.cli import output
from bellgate.cli.main import bellgate
from tests.cli.test_calendar import SAMPLE


def test_a_table_without_room_for_its_words_becomes_a_list(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("facebook", "Facebook", "social-network", "www.facebook.com, fb.com")]
    columns = ("Id", "Name", "Category", "Names")
    monkeypatch.setenv("COLUMNS", "100")
    output.table("Services", columns, rows)
    wide = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "30")
    output.table("Services", columns, rows)
    narrow = capsys.readouterr().out
    assert "Category" in wide.splitlines()[1] or "Category" in wide.splitlines()[2]
    assert "\nfacebook\n  Name: Facebook\n  Category: social-network\n" in narrow
    assert "www.facebook.com" in narrow


@pytest.mark.parametrize("width", ["30", "40", "60", "80"])
def test_no_service_is_cut_in_two(width: str) -> None:
    words = ["--schedules", str(SAMPLE), "--state", "/nonexistent", "services", "village"]
    said = CliRunner().invoke(bellgate, words, env={"COLUMNS": width}).stdout
    for word in ("village-forum", "forum.example.org", "services.yaml"):
        assert word in said
