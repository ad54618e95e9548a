"""Bytes of which no two stretches are alike, so that a lost or doubled one shows."""

import functools
import random


@functools.cache
def paced_bytes(size: int) -> bytes:
    return random.Random(size).randbytes(size)
