"""The tree is that of RFC 6962: known roots, and an independent, naive way to build it."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.audit.log.tree import Tree, inclusion_proof, leaf_hash, node_hash, root_of

# The test vectors of Certificate Transparency (google/certificate-transparency, merkle_tree_test).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def root_by_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to; None where it is no proof for that place in that tree."""
    if not 0 <= index < size:
        return None
    last, hashed = size - 1, leaf
    for step in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            hashed = node_hash(step, hashed)
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            hashed = node_hash(hashed, step)
        index >>= 1
        last >>= 1
    return hashed if last == 0 else None


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert root_of(leaf_hash(i) for i in INPUTS[:size]).hex() == ROOTS[size]


@given(st.integers(0, 200))
def test_growing_leaf_by_leaf_gives_the_naive_tree(size: int) -> None:
    leaves = [leaf_hash(b"%d" % n) for n in range(size)]
    assert root_of(leaves) == naive_root(leaves)


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_tree_goes_on_from_its_peaks(before: int, after: int) -> None:
    leaves = [leaf_hash(b"%d" % n) for n in range(before + after)]
    tree = Tree()
    for leaf in leaves[:before]:
        tree.append(leaf)
    tree = Tree(tree.size, tree.peaks)
    for leaf in leaves[before:]:
        tree.append(leaf)
    assert tree.root() == naive_root(leaves)


def test_peaks_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(ValueError, match="peaks"):
        Tree(3, [b"\0" * 32])


@given(st.integers(1, 70), st.data())
def test_a_proof_leads_from_its_leaf_to_the_root_and_from_no_other(
    size: int, data: st.DataObject
) -> None:
    leaves = [leaf_hash(b"%d" % n) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, leaves)
    root = naive_root(leaves)
    assert root_by_proof(leaves[index], index, size, proof) == root
    assert root_by_proof(leaf_hash(b"another"), index, size, proof) != root
    assert root_by_proof(leaves[index], index, size, [*proof, root]) != root
    if size > 1:
        assert root_by_proof(leaves[index], (index + 1) % size, size, proof) != root
