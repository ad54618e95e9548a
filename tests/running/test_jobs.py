"""What is done beside the gate: again and again, one at a time, and nobody waits for it."""

import threading
import time

import pytest

from bellgate.running.jobs import ChildFailed, Job, ask_child


def nobody(error: Exception) -> None:
    raise AssertionError(error)


def test_it_looks_again_and_again_until_it_is_stopped() -> None:
    looked = threading.Semaphore(0)
    job = Job(looked.release, 0.02, "test", failed=nobody)
    job.start()
    for _ in range(3):
        assert looked.acquire(timeout=10)
    job.stop()
    time.sleep(0.1)
    while looked.acquire(blocking=False):
        pass
    assert not looked.acquire(timeout=0.2)


def test_a_look_that_takes_long_is_never_doubled_and_holds_up_nobody() -> None:
    end, began = threading.Event(), threading.Semaphore(0)

    def long_look() -> None:
        began.release()
        end.wait(30)

    left = time.monotonic()
    job = Job(long_look, 0.02, "test", failed=nobody, patience=0.1)
    job.start()
    assert began.acquire(timeout=10)
    assert not began.acquire(timeout=0.3)
    job.stop()
    assert time.monotonic() - left < 10
    end.set()


def test_a_look_that_fails_is_reported_once_and_does_not_end_the_job() -> None:
    looked, said = threading.Semaphore(0), []

    def fails() -> None:
        looked.release()
        raise OSError("the disk is full")

    job = Job(fails, 0.02, "test", failed=lambda error: said.append(str(error)))
    job.start()
    for _ in range(4):
        assert looked.acquire(timeout=10)
    job.stop()
    assert said == ["the disk is full"]


def test_a_child_that_cannot_answer_says_why() -> None:
    with pytest.raises(ChildFailed, match="No module named"):
        ask_child("bellgate.nothing", "a question")
    with pytest.raises(ChildFailed, match="given up"):
        ask_child("tests.running.slow_child", "", lambda: True)
