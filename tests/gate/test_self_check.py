"""A machine that keeps the gate from showing pages over TLS is told so at the start, not by devices
that hang. Kernel: Linux 6.3 or later."""

import subprocess
import sys
from pathlib import Path

from tests.lab.school import SAMPLE, TOP

_FORBID = 65  # PR_SET_MDWE in <linux/prctl.h>; what systemd's MemoryDenyWriteExecute asks for
_PROGRAM = f"""
import ctypes, runpy, sys
assert ctypes.CDLL(None).prctl({_FORBID}, 1, 0, 0, 0) == 0
sys.argv[0] = "bellgate"
runpy.run_module("bellgate.cli.main", run_name="__main__")
"""


def test_a_gate_that_could_show_no_page_does_not_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "run", "--schedules", SAMPLE, "--state", tmp_path,
         "--listen", "127.0.0.1:18181"],
        env={"PYTHONPATH": str(TOP / "addon"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "error: a page cannot be shown over TLS" in done.stderr
    assert "MemoryDenyWriteExecute" in done.stderr
    assert "Ready on" not in done.stdout
