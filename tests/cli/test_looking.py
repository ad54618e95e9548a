"""What is looked at beside the gate: again and again, one at a time, and nobody waits for it."""

import threading
import time

from bellgate.running.jobs import Looking


def test_it_looks_again_and_again_until_it_is_left() -> None:
    looked = threading.Semaphore(0)
    with Looking(looked.release, 0.02, "test"):
        for _ in range(3):
            assert looked.acquire(timeout=10)
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
    with Looking(long_look, 0.02, "test") as looking:
        assert began.acquire(timeout=10)
        assert not began.acquire(timeout=0.3)
    looking.wait(0.1)
    assert time.monotonic() - left < 10
    end.set()


def test_one_look_that_fails_does_not_end_the_looking() -> None:
    looked = threading.Semaphore(0)

    def fails() -> None:
        looked.release()
        raise OSError("the disk is full")

    hook, threading.excepthook = threading.excepthook, lambda _: None
    try:
        with Looking(fails, 0.02, "test"):
            assert looked.acquire(timeout=10) and looked.acquire(timeout=10)
    finally:
        threading.excepthook = hook
