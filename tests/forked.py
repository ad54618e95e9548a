"""Commands in processes of their own, each forked from one that has loaded the program already.

To load it takes a command most of its time, and the tests start a thousand. Everything else is as
at a prompt: arguments, environment, folder, input, output, exit status, and the network namespace
where one is named. No test lives here.
"""

import atexit
import ctypes
import gc
import importlib
import os
import pkgutil
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn

import orjson

TOP = Path(__file__).parents[1]
ITS_PATH = {"PYTHONPATH": f"{TOP / 'addon'}:{TOP}"}
_LONGEST_REQUEST_BYTES = 1 << 20
_TIMEOUT_SECONDS = 60.0


class Forked:
    """A command at work, with as much of `subprocess.Popen` as the tests ask for."""

    def __init__(
        self,
        words: Sequence[str | Path],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        namespace: str | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        self.args = list(map(str, words))
        self.returncode: int | None = None
        self._said = [b"", b""]
        request = {
            "words": self.args, "cwd": str(cwd), "environment": dict(environment),
            "namespace": namespace,
        }  # fmt: skip
        with Path(os.devnull).open() as nothing:
            (self.stdout, out), (self.stderr, err) = _end(stdout, 1), _end(stderr, 2)
            self._told = _asked(request, [nothing.fileno(), out, err])
        for mine, given in ((self.stdout, out), (self.stderr, err)):
            if mine is not None:
                os.close(given)
        self.pid = int(self._told.recv(100))

    def poll(self) -> int | None:
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                self.returncode = int(self._told.recv(100))
            except (TimeoutError, BlockingIOError):
                return None
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """All that it says until its end; the same when it is asked again."""
        end = time.monotonic() + timeout if timeout is not None else None
        streams, said = (self.stdout, self.stderr), self._said
        with selectors.DefaultSelector() as both:
            for number, stream in enumerate(streams):
                if stream is not None and not stream.closed:
                    both.register(stream, selectors.EVENT_READ, (number, stream))
            while both.get_map():
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                for key, _ in both.select(left):
                    number, stream = key.data
                    piece = stream.read1()
                    said[number] += piece
                    if not piece:
                        both.unregister(stream)
                        stream.close()
        self.wait(None if end is None else max(end - time.monotonic(), 0.1))
        return said[0], said[1]


def _end(wanted: int | None, own: int) -> tuple[BufferedReader | None, int]:
    """Our end of a stream, where it is to be a pipe, and the command's."""
    if wanted is None:
        return None, own
    assert wanted == subprocess.PIPE, "a pipe, or the tests' own stream"
    ours, theirs = os.pipe()
    return os.fdopen(ours, "rb"), theirs


def run(
    words: Sequence[str], *, cwd: Path, environment: Mapping[str, str], standard_input: str = ""
) -> subprocess.CompletedProcess[str]:
    """What a command said and how it ended. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:  # fmt: skip
        given.write(standard_input.encode())
        given.seek(0)
        request = {
            "words": list(words), "cwd": str(cwd), "environment": dict(environment),
            "namespace": None,
        }  # fmt: skip
        with _asked(request, [file.fileno() for file in (given, out, err)]) as told:
            told.settimeout(_TIMEOUT_SECONDS)
            pid = int(told.recv(100))
            try:
                status = int(told.recv(100))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, _TIMEOUT_SECONDS) from None
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(words, status, *said)


def _asked(request: Mapping[str, Any], files: Sequence[int]) -> socket.socket:
    """A request on its way; its answers are the number of the process, and how it ended."""
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asking.connect(_loaded())
    socket.send_fds(asking, [orjson.dumps(request)], files)
    return asking


@cache
def _loaded() -> str:
    """Where the process listens that has loaded the program; it ends with this one."""
    place = Path(tempfile.mkdtemp(prefix="bellgate-forked-"), "socket")
    loaded = subprocess.Popen(
        [sys.executable, "-m", "tests.forked", place],
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
    # What is shared by all of them stays shared.
    gc.collect()
    gc.freeze()


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
        # A session of its own: whoever knows its number can end it and all that it starts.
        os.setsid()
        asking.send(b"%d" % os.getpid())
        asking.close()
        _run(orjson.loads(request), files)
    for file in (0, 1, 2):
        os.close(file)
    for file in files:
        os.close(file)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    # Whoever asked may have ended.
    try:
        asking.send(b"%d" % status)
    finally:
        os._exit(0)


def _run(request: Mapping[str, Any], files: Sequence[int]) -> NoReturn:
    from bellgate.cli import main

    status = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        if request["namespace"]:
            _enter(request["namespace"])
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        sys.argv = ["bellgate", *request["words"]]
        sys.stdin = os.fdopen(0)
        sys.stdout, sys.stderr = (os.fdopen(n, "w", buffering=1) for n in (1, 2))
        main.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


_SLAVE, _RECURSIVE, _BIND, _DETACH = 1 << 19, 1 << 14, 1 << 12, 2
"""Flags of mount(2) and umount2(2)."""


def _enter(namespace: str) -> None:
    """What `ip netns exec` does: its network, its view of the cards, its files in /etc."""
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source: str, target: str, kind: str, flags: int) -> None:
        words = (word.encode() for word in (source, target, kind))
        if libc.mount(*words, ctypes.c_ulong(flags), None):
            raise OSError(ctypes.get_errno(), f"mount {target}")

    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    os.setns(there, os.CLONE_NEWNET)
    os.close(there)
    os.unshare(os.CLONE_NEWNS)
    mount("", "/", "none", _SLAVE | _RECURSIVE)
    libc.umount2(b"/sys", _DETACH)
    mount(namespace, "/sys", "sysfs", 0)
    for own in Path("/etc/netns", namespace).iterdir():
        mount(str(own), f"/etc/{own.name}", "none", _BIND)


if __name__ == "__main__":
    _serve(sys.argv[1])
