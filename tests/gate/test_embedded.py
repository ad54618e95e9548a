"""What the gate takes of mitmproxy, and what it leaves."""

import subprocess
import sys


def loaded_by(program: str) -> set[str]:
    """The packages that a fresh Python has loaded after a program."""
    said = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name.partition(".")[0] for name in said.stdout.split()}


def test_nothing_is_loaded_that_only_other_addons_need() -> None:
    assert not loaded_by("import bellgate.gate.serve") & {"ldap3", "flask", "werkzeug", "asgiref"}


def test_under_mitmdump_its_own_addons_stay() -> None:
    program = "import mitmproxy.addons, bellgate.gate.serve; mitmproxy.addons.default_addons()"
    assert "ldap3" in loaded_by(program)
