"""Commands in processes of their own, each forked from one that has loaded the program already.

To load it takes a command most of its time, and the tests start a thousand. Everything else is as
at a prompt: arguments, environment, folder, input, output, exit status. No test lives here.
"""

import atexit
import importlib
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import orjson

from tests.lab.school import TOP

ITS_PATH = {"PYTHONPATH": str(TOP / "addon")}
_LONGEST_REQUEST_BYTES = 1 << 20
_TIMEOUT_SECONDS = 60.0


def run(
    words: Sequence[str], *, cwd: Path, environment: Mapping[str, str], standard_input: str = ""
) -> subprocess.CompletedProcess[str]:
    """What a command said and how it ended. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:  # fmt: skip
        given.write(standard_input.encode())
        given.seek(0)
        request = {"words": list(words), "cwd": str(cwd), "environment": dict(environment)}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
            asking.settimeout(_TIMEOUT_SECONDS)
            asking.connect(_loaded())
            files = [file.fileno() for file in (given, out, err)]
            socket.send_fds(asking, [orjson.dumps(request)], files)
            try:
                status = int(asking.recv(100))
            except TimeoutError:
                raise subprocess.TimeoutExpired(words, _TIMEOUT_SECONDS) from None
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(words, status, *said)


@cache
def _loaded() -> str:
    """Where the process listens that has loaded the program; it ends with this one."""
    place = Path(tempfile.mkdtemp(prefix="bellgate-forked-"), "socket")
    loaded = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.forked", place],
        cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ITS_PATH},
    )  # fmt: skip
    assert loaded.stdin is not None and loaded.stdout is not None
    atexit.register(loaded.wait)
    atexit.register(loaded.stdin.close)
    assert loaded.stdout.readline() == b"loaded\n"
    return str(place)


def _load_everything() -> None:
    import bellgate.cli

    for module in pkgutil.iter_modules(bellgate.cli.__path__, "bellgate.cli."):
        importlib.import_module(module.name)


def _serve(place: str) -> None:
    _load_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(place)
        listening.listen(16)
        print("loaded", flush=True)
        poll = select.poll()
        for source in (listening.fileno(), sys.stdin.fileno()):
            poll.register(source, select.POLLIN)
        # Whoever began us holds our standard input open until it ends.
        while all(source == listening.fileno() for source, _ in poll.poll()):
            asking, _ = listening.accept()
            with asking:
                if os.fork() == 0:
                    listening.close()
                    _answer(asking)


def _answer(asking: socket.socket) -> NoReturn:
    """Have the command run in a child, and say how it ended."""
    request, files, *_ = socket.recv_fds(asking, _LONGEST_REQUEST_BYTES, 3)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        asking.close()
        _run(orjson.loads(request), files)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    asking.send(b"%d" % status)
    os._exit(0)


def _run(request: Mapping[str, Any], files: Sequence[int]) -> NoReturn:
    from bellgate.cli import main

    status = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        sys.argv = ["bellgate", *request["words"]]
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        main.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])
