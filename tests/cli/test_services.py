"""`bellgate services`: somebody looks for a service by its name, category or host."""

import json
import shutil
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


def test_a_list_by_its_word_and_a_domain_that_a_rule_names(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "schedules"))
    (folder / "gambling.txt").write_text("bet365.com\nskybet.com\n")
    with (folder / "services.yaml").open("a") as file:
        file.write(
            "lists:\n  - id: gambling\n    category: virtual-world\n    from: gambling.txt\n"
            "    format: domains\n"
        )
    rules = folder / "rules.yaml"
    ban = (
        "rules:\n  - name: No Scratch\n    who: year-5\n    what: [scratch.mit.edu, gambling]\n"
        "    when: always\n    do: block\n    clause: Ours\n"
    )
    rules.write_text(rules.read_text().replace("rules:\n", ban, 1))

    def said(word: str) -> str:
        folders = ["--schedules", str(folder), "--state", str(tmp_path / "state")]
        done = CliRunner().invoke(bellgate, [*folders, "services", word], env={"COLUMNS": "250"})
        assert done.exit_code == 0, done.output
        return done.stdout

    for word in ("gambling", "bet365.com"):
        assert "2 on gambling.txt" in said(word)
        assert "services.yaml:" in said(word)
        assert "No Scratch, Pupils, Staff" in said(word)
    assert "No Scratch" in said("scratch.mit.edu")
    assert "rules.yaml:" in said("www.scratch.mit.edu")
