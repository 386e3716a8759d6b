"""vectors/inclusion and vectors/consistency."""
from tree import entries, flip, path, proof, root, sha256
from vector import b64, write


def inclusions():
    def case(name, description, index, size, leaf, hashes, top, error=None, source="RFC 9162 §2.1.3.2"):
        write("inclusion", name, description, source, error, index=index, size=size, leaf=b64(leaf), proof=[b64(h) for h in hashes], root=b64(top))

    def good(index, size):
        d = entries(size)
        return index, size, sha256(b"\0" + d[index]), path(index, d), root(d)

    for index, size in [(0, 1), (0, 2), (1, 2), (2, 3), (0, 7), (3, 7), (6, 7), (7, 8), (5, 11), (10, 11), (256, 257), (99, 257)]:
        case(f"valid-{index}-of-{size}", f"leaf {index} of a tree of {size}", *good(index, size))
    i, n, leaf, hashes, top = good(3, 11)
    case("index-is-size", "the index after the last leaf", 11, n, leaf, hashes, top, "inclusion-index-beyond-size")
    case("empty-tree", "nothing is in the empty tree", 0, 0, leaf, [], sha256(b""), "inclusion-index-beyond-size")
    case("wrapped-19", "leaf 3 of 11 at index 19 = 3 + 16", 19, n, leaf, hashes, top, "inclusion-index-beyond-size")
    case("index-largest", "index 2^63 - 1", 2**63 - 1, n, leaf, hashes, top, "inclusion-index-beyond-size")
    case("hash-missing-first", "the sibling of the leaf left out", i, n, leaf, hashes[1:], top, "inclusion-wrong-length", "spec/tree.md §6")
    case("hash-missing-last", "the last hash left out", i, n, leaf, hashes[:-1], top, "inclusion-wrong-length", "spec/tree.md §6")
    case("hash-too-many", "a hash after the last", i, n, leaf, hashes + [bytes(32)], top, "inclusion-wrong-length", "spec/tree.md §6")
    case("root-appended", "the root after the last hash", i, n, leaf, hashes + [top], top, "inclusion-wrong-length", "spec/tree.md §6")
    case("proof-empty", "no hashes where four are needed", i, n, leaf, [], top, "inclusion-wrong-length", "spec/tree.md §6")
    case("proof-empty-root-is-leaf", "the leaf as its own root", i, n, leaf, [], leaf, "inclusion-wrong-length", "spec/tree.md §6")
    case("one-leaf-with-proof", "a tree of one leaf takes no hashes", 0, 1, leaf, [bytes(32)], leaf, "inclusion-wrong-length", "spec/tree.md §6")
    for position in range(len(hashes)):
        case(f"hash-{position}-bit", f"a bit of hash {position} changed", i, n, leaf, hashes[:position] + [flip(hashes[position])] + hashes[position + 1:], top, "inclusion-root-mismatch")
    case("hashes-swapped", "two hashes in the wrong order", i, n, leaf, [hashes[1], hashes[0], *hashes[2:]], top, "inclusion-root-mismatch")
    case("other-index", "the neighbour's index", 2, n, leaf, hashes, top, "inclusion-root-mismatch")
    case("other-leaf", "a bit of the leaf hash changed", i, n, flip(leaf), hashes, top, "inclusion-root-mismatch")
    case("other-root", "a bit of the root changed", i, n, leaf, hashes, flip(top), "inclusion-root-mismatch")
    case("leaf-without-prefix", "the plain SHA-256 of the entry as leaf hash", i, n, sha256(b"entry 3"), hashes, top, "inclusion-root-mismatch", "RFC 6962 §2.1")


def consistencies():
    def case(name, description, size1, root1, size2, root2, hashes, error=None, source="RFC 9162 §2.1.4.2"):
        write("consistency", name, description, source, error, size1=size1, root1=b64(root1), size2=size2, root2=b64(root2), proof=[b64(h) for h in hashes])

    def good(m, n):
        d = entries(n)
        return m, root(d[:m]), n, root(d), proof(m, d)

    for m, n in [(1, 1), (1, 2), (1, 8), (2, 8), (3, 7), (4, 7), (6, 7), (6, 8), (7, 8), (8, 8), (128, 257), (255, 257), (256, 257)]:
        case(f"valid-{m}-to-{n}", f"{m} leaves, later {n}", *good(m, n))
    d = entries(8)
    empty, top = sha256(b""), root(d)
    case("valid-empty-to-8", "everything extends the empty tree", 0, empty, 8, top, [], source="spec/tree.md §6")
    case("valid-empty-to-empty", "the empty tree extends itself", 0, empty, 0, empty, [], source="spec/tree.md §6")
    case("empty-with-proof", "the empty tree takes no hashes", 0, empty, 8, top, [top], "consistency-wrong-length", "spec/tree.md §6")
    case("empty-other-root", "size 0 with another root", 0, top, 8, top, [], "consistency-first-root-mismatch", "spec/tree.md §6")
    case("empty-to-empty-other-root", "the second tree is empty too, with another root", 0, empty, 0, top, [], "consistency-second-root-mismatch", "spec/tree.md §6")
    m, root1, n, root2, hashes = good(6, 8)
    case("shrunk", "the first tree is the larger", n, root2, m, root1, hashes, "consistency-shrunk")
    case("shrunk-to-empty", "nothing is left", n, root2, 0, empty, [], "consistency-shrunk")
    case("same-size-with-proof", "equal sizes take no hashes", n, root2, n, root2, hashes, "consistency-wrong-length")
    case("same-size-other-root", "two trees of one size", n, root2, n, flip(root2), [], "consistency-second-root-mismatch")
    case("hash-missing-first", "the first hash left out", m, root1, n, root2, hashes[1:], "consistency-wrong-length", "spec/tree.md §6")
    case("hash-missing-last", "the last hash left out", m, root1, n, root2, hashes[:-1], "consistency-wrong-length", "spec/tree.md §6")
    case("hash-too-many", "a hash after the last", m, root1, n, root2, hashes + [bytes(32)], "consistency-wrong-length", "spec/tree.md §6")
    case("proof-empty", "no hashes", m, root1, n, root2, [], "consistency-wrong-length")
    p1, p1root, p2, p2root, phashes = good(4, 7)
    case("first-root-prepended", "the first tree is a whole subtree, and its root is in the proof too", p1, p1root, p2, p2root, [p1root] + phashes, "consistency-wrong-length")
    case("hash-0-bit", "a bit of hash 0 changed", m, root1, n, root2, [flip(hashes[0])] + hashes[1:], "consistency-first-root-mismatch")
    case("hash-1-bit", "a bit of hash 1 changed, which only the second root needs", m, root1, n, root2, [hashes[0], flip(hashes[1])] + hashes[2:], "consistency-second-root-mismatch")
    case("hash-2-bit", "a bit of hash 2 changed", m, root1, n, root2, hashes[:2] + [flip(hashes[2])], "consistency-first-root-mismatch")
    case("other-first-root", "a bit of the first root changed", m, flip(root1), n, root2, hashes, "consistency-first-root-mismatch")
    case("other-second-root", "a bit of the second root changed", m, root1, n, flip(root2), hashes, "consistency-second-root-mismatch")
    case("roots-swapped", "the roots the other way round", m, root2, n, root1, hashes, "consistency-first-root-mismatch")
    case("power-of-two-other-first-root", "the first root is the start of the proof", p1, flip(p1root), p2, p2root, phashes, "consistency-second-root-mismatch")
    case("rewritten", "leaf 2 was replaced afterwards", 6, root(entries(6)), 8, root(entries(2) + [b"forged"] + entries(8)[3:]), proof(6, entries(2) + [b"forged"] + entries(8)[3:]), "consistency-first-root-mismatch")
