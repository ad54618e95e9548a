"""What a change of the files beside the policy is called."""

import shutil
from pathlib import Path

import pytest

from bellgate.schedules.difference import differences_of_files
from bellgate.schedules.load import load
from tests.lab.school import SAMPLE


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("retention: {pupils: 60 days}",
         "school.yaml: retention / pupils is now 60 days, was not given"),
        ("alerts: {webhook: 'https://it.example/'}",
         "school.yaml: alerts / webhook is now https://it.example/, was not given"),
        ("gate: {burst: 100}", "school.yaml: gate / burst is now 100, was not given"),
    ],
)  # fmt: skip
def test_each_setting_is_named(tmp_path: Path, more: str, said: str) -> None:
    for name in ("before", "after"):
        shutil.copytree(SAMPLE, tmp_path / name)
    plain = tmp_path / "before" / "school.yaml"
    key = more.partition(":")[0]
    kept, skipping = [], False
    for line in plain.read_text().splitlines():
        skipping = line.startswith(f"{key}:") or (skipping and line[:1] in (" ", "#"))
        kept += [] if skipping else [line]
    plain.write_text("\n".join(kept) + "\n")
    (tmp_path / "after" / "school.yaml").write_text(plain.read_text() + more + "\n")
    found = differences_of_files(load(tmp_path / "before"), load(tmp_path / "after"))
    assert found == (said,)


def test_a_comment_is_no_difference(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "after")
    for file in (tmp_path / "after").glob("*.yaml"):
        file.write_text("# more\n" + file.read_text())
    assert differences_of_files(load(SAMPLE), load(tmp_path / "after")) == ()
