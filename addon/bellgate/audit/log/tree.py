"""The Merkle tree of RFC 6962, grown one leaf at a time. Hashes only: no file, no record."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
"""Bytes of a SHA-256 hash."""
EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(line: bytes) -> bytes:
    """The leaf of one line, given without its newline."""
    return sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 ‖ left ‖ right). Source: RFC 6962, 2.1."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The peaks of the complete subtrees, largest first: all that appending needs to know.

    There is one peak for each bit set in `size`, so the state stays small for ever.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks")

    def append(self, leaf: bytes) -> None:
        bits = self.size
        while bits & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            bits >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes, 32 bytes each."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The hashes that lead from one leaf to the root, nearest first (RFC 6962, 2.1.1).

    Raises IndexError.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*inclusion_proof(index, leaves[:split]), root_of(leaves[split:])]
    return [*inclusion_proof(index - split, leaves[split:]), root_of(leaves[:split])]
