"""deploy/start on copies of the checkout: whatever happened before, the next start works.

The copies have an empty lock and a stand-in for the commands, so that nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pip
import pytest

ROOT = Path(__file__).resolve().parents[1]
STAND_IN = """
import json, sys

def main():
    print(json.dumps({"arguments": sys.argv[1:], "python": sys.version_info[:2]}))
    return 7
"""
# What the scripts may use: on a machine without a suitable Python there is no more than this.
TOOLS = ("basename", "cat", "cut", "dirname", "grep", "id", "mktemp", "readlink", "rm", "sh",
         "sha256sum", "tail")  # fmt: skip


def copy_of_the_checkout(folder: Path) -> Path:
    top = folder / "a school's checkout"
    (top / "deploy").mkdir(parents=True)
    for name in ("start", "python.sh"):
        shutil.copy(ROOT / "deploy" / name, top / "deploy" / name)
    (top / "deploy" / "requirements.txt").write_text("# nothing\n")
    commands = top / "addon" / "bellgate" / "cli"
    commands.mkdir(parents=True)
    (top / "addon" / "bellgate" / "__init__.py").touch()
    (commands / "__init__.py").touch()
    (commands / "main.py").write_text(STAND_IN)
    return top


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_of_the_checkout(tmp_path)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that was started before, for tests that leave it as it is: preparing takes seconds."""
    top = copy_of_the_checkout(tmp_path_factory.mktemp("prepared"))
    first = start(top)
    assert first.returncode == 7, first.stderr
    assert first.stderr.count("\n") == 1 and "preparing Python" in first.stderr
    return top


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python whose environments borrow our pip: unpacking it is most of the time otherwise."""
    folder = tmp_path_factory.mktemp("quick")
    ours = Path(pip.__file__).parents[1]
    command(
        folder,
        "python3",
        f"""case "$*" in
            "-m venv "*) "{sys.executable}" -m venv --without-pip "$3" &&
                echo "{ours}" > "$(echo "$3"/lib/python3*/site-packages)/borrowed.pth" ;;
            *sys.executable*) "{sys.executable}" "$@" > /dev/null && echo "$0" ;;
            *) exec "{sys.executable}" "$@" ;;
        esac""",
    )
    return str(folder / "python3")


def start(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "deploy" / "start", *arguments],
        cwd="/",
        env={**os.environ, "BELLGATE_PYTHON": sys.executable, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def tools(folder: Path, *others: str) -> Path:
    """A folder for PATH with the plain tools and nothing else."""
    folder.mkdir()
    for name in (*TOOLS, *others):
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def command(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def sourced(checkout: Path, path: Path, line: str) -> subprocess.CompletedProcess[str]:
    """One line of shell after deploy/python.sh, on a machine that has only what `path` holds."""
    return subprocess.run(
        ["/bin/sh", "-c", f'top="{checkout}"; . "$top/deploy/python.sh"; {line}'],
        env={"PATH": str(path), "HOME": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def environments(checkout: Path) -> set[str]:
    return {path.name for path in checkout.glob(".venv.*") if path.is_dir()}


def test_the_second_start_is_quick_silent_and_needs_no_network(prepared: Path) -> None:
    begun = time.monotonic()
    second = start(prepared, "--at", "2026-11-23 10:15", PIP_NO_INDEX="1")
    assert time.monotonic() - begun < 1
    assert (second.returncode, second.stderr) == (7, "")
    assert f'"--schedules", "{prepared}/schedules", "--at", "2026-11-23 10:15"' in second.stdout


@pytest.mark.parametrize("given", [("--schedules", "elsewhere"), ("--schedules=elsewhere",)])
def test_the_users_own_schedules_win(prepared: Path, given: tuple[str, ...]) -> None:
    done = start(prepared, *given)
    assert f"{prepared}/schedules" not in done.stdout
    assert "elsewhere" in done.stdout


def test_the_command_works_through_a_link_from_anywhere(prepared: Path, tmp_path: Path) -> None:
    link = tmp_path / "bellgate"
    link.symlink_to(prepared / ".venv" / "bin" / "bellgate")
    done = subprocess.run([link, "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert '"arguments": ["check"]' in done.stdout


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_an_interrupted_first_start_breaks_nothing_and_two_at_once_prepare_once(
    checkout: Path, quick: str, how: signal.Signals
) -> None:
    def begin() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [checkout / "deploy" / "start"],
            env={**os.environ, "BELLGATE_PYTHON": quick},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    process = begin()
    deadline = time.monotonic() + 30
    while not environments(checkout) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    os.killpg(process.pid, how)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert not (checkout / ".venv").exists()

    processes = [begin(), begin()]
    said = [each.communicate(timeout=60)[1] for each in processes]
    assert [each.returncode for each in processes] == [7, 7], said
    assert sorted(text.count("preparing") for text in said) == [0, 1]
    assert len(environments(checkout)) == 1


def test_a_new_lock_is_prepared_beside_the_old_which_stays_for_a_running_gate(
    checkout: Path,
    quick: str,
) -> None:
    """And one that cannot be installed is shown, and changes nothing."""
    start(checkout, BELLGATE_PYTHON=quick)
    (old,) = environments(checkout)
    before = (checkout / ".venv").readlink()
    lock = checkout / "deploy" / "requirements.txt"
    lock.write_text("no-such-thing==1 --hash=sha256:" + "0" * 64 + "\n")
    failed = start(checkout, BELLGATE_PYTHON=quick, PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null")
    assert failed.returncode == 1
    assert "no-such-thing" in failed.stderr
    assert (checkout / ".venv").readlink() == before

    lock.write_text("# another\n")
    assert start(checkout, BELLGATE_PYTHON=quick).returncode == 7
    assert old in environments(checkout)
    (second,) = environments(checkout) - {old}
    lock.write_text("# a third\n")
    assert start(checkout, BELLGATE_PYTHON=quick).returncode == 7
    assert old not in environments(checkout)
    assert second in environments(checkout)


def test_a_moved_checkout_or_a_python_that_went_away_prepares_anew(
    checkout: Path, quick: str, tmp_path: Path
) -> None:
    start(checkout, BELLGATE_PYTHON=quick)
    moved = tmp_path / "moved"
    checkout.rename(moved)
    done = start(moved, BELLGATE_PYTHON=quick)
    assert done.returncode == 7, done.stderr
    assert f"{moved}/schedules" in done.stdout

    python = moved / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert start(moved, BELLGATE_PYTHON=quick).returncode == 7


def test_an_environment_of_somebody_elses_is_left_alone(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    done = start(checkout)
    assert done.returncode == 1
    assert "was not made by Bellgate" in done.stderr


def test_a_command_that_only_says_it_is_not_installed_is_no_python(
    checkout: Path, tmp_path: Path
) -> None:
    """What a version manager leaves on the PATH."""
    path = tools(tmp_path / "bin")
    command(path, "python3.13", 'echo "python3.13: command not found" >&2; exit 127')
    command(path, "python3.12", f'exec "{sys.executable}" "$@"')
    done = sourced(checkout, path, "find_python")
    assert (done.returncode, done.stdout.strip()) == (0, sys.executable)


def test_without_a_python_it_says_how_to_get_one(checkout: Path, tmp_path: Path) -> None:
    path = tools(tmp_path / "bin")
    command(path, "python3", "exit 1")
    command(path, "dpkg-query", 'echo "install ok installed"')
    done = start(checkout, BELLGATE_PYTHON="", PATH=str(path), HOME=str(tmp_path), PYENV_ROOT="/no")
    assert done.returncode == 1
    assert "no Python 3.12 or later" in done.stderr
    assert "Debian 13" in done.stderr
    assert not environments(checkout)


def on_a_bare_debian(checkout: Path, path: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Look for a Python as on a Debian that has none, whatever machine the tests run on."""
    return sourced(checkout, path, f'system() {{ echo "{version}"; }}; find_python')


def test_a_bare_debian_gets_its_own_python_named_first_then_installed(
    checkout: Path, tmp_path: Path
) -> None:
    path = tools(tmp_path / "bin", "ln")
    calls = tmp_path / "calls"
    command(path, "dpkg-query", "exit 1")
    command(path, "id", "echo 0")
    command(path, "apt-get", f'echo "$@" >> "{calls}"; ln -s "{sys.executable}" "{path}/python3"')
    done = on_a_bare_debian(checkout, path, "debian 13")
    assert (done.returncode, done.stdout.strip()) == (0, str(path / "python3")), done.stderr
    assert done.stderr == (
        "bellgate: installing Debian packages (Bellgate runs on Python): python3 python3-venv\n"
    )
    assert calls.read_text().strip().endswith(" python3 python3-venv")


@pytest.mark.parametrize("version", ["debian 13", "debian 14", "debian "])
def test_on_a_bare_debian_who_is_not_root_is_given_one_command_to_type(
    checkout: Path, tmp_path: Path, version: str
) -> None:
    path = tools(tmp_path / "bin")
    command(path, "dpkg-query", "exit 1")
    command(path, "id", "echo 1000")
    command(path, "sudo", "exit 1")
    command(path, "apt-get", f'touch "{tmp_path}/called"')
    done = on_a_bare_debian(checkout, path, version)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("install them with:  sudo apt install python3 python3-venv\n")
    assert not (tmp_path / "called").exists()


def test_a_debian_whose_own_python_is_too_old_is_left_as_it_is(
    checkout: Path, tmp_path: Path
) -> None:
    path = tools(tmp_path / "bin")
    command(path, "dpkg-query", "exit 1")
    command(path, "id", "echo 0")
    command(path, "apt-get", f'touch "{tmp_path}/called"')
    done = on_a_bare_debian(checkout, path, "debian 12")
    assert done.returncode == 1
    assert "Python 3.11, which is too old" in done.stderr
    assert not (tmp_path / "called").exists()


def test_a_python_that_was_named_is_not_silently_replaced_by_another(checkout: Path) -> None:
    done = start(checkout, BELLGATE_PYTHON="/bin/false")
    assert done.returncode == 1
    assert "BELLGATE_PYTHON=/bin/false is not Python 3.12 or later" in done.stderr


def test_missing_debian_packages_are_named_to_those_who_may_not_install(
    checkout: Path, tmp_path: Path
) -> None:
    path = tools(tmp_path / "bin")
    command(path, "dpkg-query", "exit 1")
    command(path, "id", "echo 1000")
    done = sourced(checkout, path, 'need_packages "for a test" one two')
    assert done.returncode == 1
    assert "su - -c 'apt install one two'" in done.stderr
    command(path, "sudo", "exit 1")
    done = sourced(checkout, path, 'need_packages "for a test" one two')
    assert done.returncode == 1
    assert "sudo apt install one two" in done.stderr


def test_missing_debian_packages_are_named_then_installed(checkout: Path, tmp_path: Path) -> None:
    """The first try fails as on a machine whose lists are empty; then the lists are fetched."""
    path = tools(tmp_path / "bin")
    calls = tmp_path / "calls"
    command(path, "dpkg-query", 'case $* in *present*) echo "install ok installed" ;; esac')
    command(path, "id", "echo 0")
    command(
        path, "apt-get", f'echo "$1" >> "{calls}"; [ "$1" = update ] || grep -q update "{calls}"'
    )
    done = sourced(checkout, path, 'need_packages "for a test" present one')
    assert done.returncode == 0, done.stderr
    assert "installing Debian packages (for a test): one\n" in done.stderr
    assert calls.read_text().split() == ["install", "update", "install"]
