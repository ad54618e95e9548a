"""A school adds a site after its certificate was made: it is told before a pupil sees an error."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bellgate.cli.main import bellgate
from bellgate.gateway import certificate

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
NOW = datetime.now(UTC)


def run(state: Path, *words: str) -> Result:
    folders = ["--schedules", str(SAMPLE), "--state", str(state)]
    return CliRunner().invoke(bellgate, [*folders, *words])


def make(state: Path, *names: str, keep_root: Path | None = None) -> None:
    passphrase = "a long passphrase" if keep_root else None
    certificate.create(
        state / "certificate",
        "A School",
        names,
        NOW,
        keep_root=keep_root,
        passphrase=passphrase,
    )


@pytest.mark.parametrize(
    ("kept", "hint"),
    [
        (True, "bellgate certificate renew --root FILE mends it without touching the devices"),
        (False, "leave it as it is if a bare refusal will do: the key of its root was not kept"),
    ],
)
def test_check_names_the_site_its_line_and_what_mends_it(
    tmp_path: Path, hint: str, *, kept: bool
) -> None:
    make(tmp_path, "facebook.com", keep_root=tmp_path / "root.pem" if kept else None)
    said = run(tmp_path, "check").stdout
    line = (SAMPLE / "services.yaml").read_text().splitlines().index("  - id: village-forum") + 1
    assert (
        f"services.yaml:{line}: warning: services: Village Forum (forum.example.org) is not within "
        "the certificate, so it is refused without a page"
    ) in said
    assert hint in said


def test_nothing_is_said_where_it_is_covered_or_there_is_no_certificate(tmp_path: Path) -> None:
    assert "certificate, so" not in run(tmp_path, "check").stdout
    make(tmp_path, "facebook.com", "forum.example.org")
    assert "certificate, so" not in run(tmp_path, "check").stdout


def test_explain_says_it_of_the_site_that_is_asked_about(tmp_path: Path) -> None:
    make(tmp_path, "facebook.com")
    pupil = ("explain", "--device", "y5-laptop-03", "--at", "2026-11-24 10:15", "--site")
    said = run(tmp_path, *pupil, "forum.example.org").stdout
    assert "Page: none is shown: forum.example.org is not within the certificate" in said
    assert "Page:" not in run(tmp_path, *pupil, "www.facebook.com").stdout
    assert "Page:" not in run(tmp_path, *pupil, "www.bbc.co.uk").stdout


def test_a_domain_that_a_rule_closes_is_told_like_a_service(tmp_path: Path) -> None:
    make(tmp_path / "state", "facebook.com", "forum.example.org")
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "schedules"))
    rules = folder / "rules.yaml"
    ban = (
        "rules:\n  - name: No Scratch\n    who: y5-laptop-03\n    what: scratch.mit.edu\n"
        "    when: 2026-11-30 to 2026-12-13\n    do: {}\n    clause: Ours\n"
    )
    line = rules.read_text().splitlines().index("rules:") + 2
    text = rules.read_text()
    rules.write_text(text.replace("rules:\n", ban.format("block"), 1))
    folders = ["--schedules", str(folder), "--state", str(tmp_path / "state")]
    told = (
        f"rules.yaml:{line}: warning: rules: scratch.mit.edu of No Scratch is not within the "
        "certificate, so it is refused without a page"
    )
    assert told in CliRunner().invoke(bellgate, [*folders, "check"]).stdout
    rules.write_text(text.replace("rules:\n", ban.format("allow"), 1))
    assert "certificate, so" not in CliRunner().invoke(bellgate, [*folders, "check"]).stdout
