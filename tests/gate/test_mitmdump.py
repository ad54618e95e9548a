"""The same gate under mitmdump, for people who know mitmproxy."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.lab.school import BBC, FACEBOOK, IN_SESSION, TOP, School, wait_for


def test_the_addon_runs_under_mitmdump_and_takes_up_a_saved_file(school: School) -> None:
    folder = school.folder / "own schedules"
    shutil.copytree(school.schedules(), folder)
    state = school.folder / "state"
    mitmdump = Path(sys.executable).with_name("mitmdump")
    school.namespace.start(
        mitmdump, "--quiet", "--listen-host", "127.0.0.1", "-s", TOP / "addon" / "mitm_entry.py",
        "--set", f"bellgate_schedules={folder}",
        "--set", f"bellgate_state={state}",
        "--set", f"bellgate_at={IN_SESSION}",
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: not school.curl(f"http://{BBC}/").refused, "mitmdump to listen", 30)
    school.forget_contacts()
    authority = state / "certificate" / "bellgate-ca.pem"
    assert school.curl(f"https://{FACEBOOK}/", trust=authority).status == 403
    assert school.contacts() == []
    assert school.curl(f"https://{BBC}/").body == f"origin of {BBC}\n"
    log = state / "simulated" / "log" / "2026-11-23.jsonl"
    wait_for(lambda: log.exists() and "Blocked Facebook" in log.read_text(), "the record")
    rules = folder / "rules.yaml"
    rules.write_text(rules.read_text().replace("do: block", "do: allow"))
    wait_for(lambda: "policy-changed" in log.read_text(), "the saved file to come into force")
    assert school.curl(f"https://{FACEBOOK}/").body == f"origin of {FACEBOOK}\n"
