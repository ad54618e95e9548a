"""The one loop beside the gate, and the one way to start a child process.

Neither ever holds up the traffic, and neither keeps a stopping gate waiting for a slow disk, a
silent server or a long night's work.
"""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bellgate.machine_time import elapsed

_PACKAGE = Path(__file__).resolve().parents[2]
_LOOK = 0.25
"""Seconds between two looks at whether a child is to be given up."""
_DOZE = 5.0
"""Seconds after which a loop looks at the time again: the machine may have slept meanwhile."""


class Job:
    """Calls `look` every so many seconds in a thread of its own, never two at a time.

    `failed` is told what `look` raised, once for each thing it says in a row; the next look comes
    all the same. `patience`: seconds that the end waits for a look that is at work.
    """

    def __init__(
        self,
        look: Callable[[], None],
        every: float,
        name: str,
        *,
        failed: Callable[[Exception], None],
        at_once: bool = False,
        patience: float = 0,
    ) -> None:
        self._look, self._every, self._failed = look, every, failed
        self._at_once, self._patience = at_once, patience
        self._said = ""
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=f"bellgate-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Also of one that was never started."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(self._patience)

    @property
    def is_ending(self) -> bool:
        """Whether what is at work should break off."""
        return self._end.is_set()

    def _go_on(self) -> None:
        if self._at_once:
            self._look_once()
        due = elapsed() + self._every
        while not self._end.wait(min(max(due - elapsed(), 0), _DOZE)):
            if elapsed() >= due:
                self._look_once()
                due = elapsed() + self._every

    def _look_once(self) -> None:
        try:
            self._look()
            self._said = ""
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look comes
            said = f"{type(error).__name__}: {error}"
            if said != self._said and not self.is_ending:
                self._said = said
                self._failed(error)


class ChildFailed(Exception):
    """A child process came to no answer, or was given up; the text says why."""


def ask_child(module: str, question: str, given_up: Callable[[], bool] = lambda: False) -> str:
    """The answer of `python -m module` to a question of one line. Raises ChildFailed.

    In a process of its own, because the gate's time and memory are its clients'.
    """
    # Imported here, as all that quick commands do without.
    import subprocess

    child = subprocess.Popen(
        [sys.executable, "-m", module],
        env={**os.environ, "PYTHONPATH": f"{_PACKAGE}:{os.environ.get('PYTHONPATH', '')}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin and child.stdout and child.stderr
    with child:
        # A child that ended at once says why below.
        with suppress(BrokenPipeError):
            # Left open: when it closes, the child knows that nobody waits for it any more.
            child.stdin.write(question + "\n")
            child.stdin.flush()
        while True:
            try:
                child.wait(_LOOK)
                break
            except subprocess.TimeoutExpired:
                if given_up():
                    child.kill()
                    child.wait()
                    raise ChildFailed("it was given up") from None
        answer, complaint = child.stdout.read(), child.stderr.read()
    if child.returncode:
        last = (complaint.strip().splitlines() or ["it ended without a word"])[-1]
        raise ChildFailed(last)
    return answer.strip()


def answer_parent(work: Callable[[str], str]) -> None:
    """The child's side: answer the question, or say on standard error why not. Ends with the gate,
    and gives way to everything else on the machine."""
    os.nice(19)
    question = sys.stdin.readline()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        sys.stdout.write(work(question))
    except Exception as error:  # noqa: BLE001 - whatever it is, the gate says it in a record
        sys.exit(str(error) or type(error).__name__)


def _end_with_the_parent() -> None:
    sys.stdin.read()
    os._exit(1)
