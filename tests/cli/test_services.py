"""`bellgate services`: somebody looks for a service by its name, category or host."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bellgate.cli.main import bellgate

SAMPLE = Path(__file__).parent.parent.parent / "schedules"


def run(*words: str) -> Result:
    folders = ["--schedules", str(SAMPLE), "--state", "/nonexistent"]
    return CliRunner().invoke(bellgate, [*folders, "services", *words], env={"COLUMNS": "250"})


def ids(*words: str) -> list[str]:
    return [service["id"] for service in json.loads(run(*words, "--json").stdout)]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("facebook", ["facebook-messenger", "facebook"]),
        ("Facebook", ["facebook-messenger", "facebook"]),
        ("www.facebook.com", ["facebook"]),
        ("village", ["village-forum"]),
        ("forum.example.org", ["village-forum"]),
    ],
)
def test_found_by_id_name_and_host(word: str, found: list[str]) -> None:
    assert ids(word) == found


def test_a_category_gives_all_of_it_and_nothing_else() -> None:
    found = json.loads(run("forum", "--json").stdout)
    assert {service["category"] for service in found} == {"forum"}
    assert {"reddit", "village-forum"} <= {service["id"] for service in found}


def test_without_a_word_everything_is_shown() -> None:
    assert len(ids()) > 200


def test_it_says_where_a_service_is_written_and_which_rules_name_it() -> None:
    said = run("village-forum").stdout
    assert "services.yaml:" in said
    assert "Pupils, Staff" in said
    assert "shipped" in run("facebook").stdout


def test_what_is_not_there_is_said_with_where_to_add_it() -> None:
    done = run("no-such-thing-anywhere")
    assert done.exit_code == 1
    assert 'nothing in the catalogue matches "no-such-thing-anywhere"' in done.stderr
    assert "services.yaml" in done.stderr
    assert "what no rule names is open" in done.stderr
