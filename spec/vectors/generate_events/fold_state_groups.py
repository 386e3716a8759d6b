"""Trees as they are kept in the state: in groups of neighbouring nodes (spec/totals.md §1)."""
from basics import u8, u64

GROUP = 16


def groups(prefix, nodes, encode, root_of):
    """The groups of a tree, by key; `root_of` a list of nodes is the node above them."""
    out, level = {}, 0
    while nodes:
        parts = [nodes[i:i + GROUP] for i in range(0, len(nodes), GROUP)]
        for number, part in enumerate(parts):
            out[prefix + u8(level) + u64(number)] = b"".join(map(encode, part))
        if len(nodes) == 1:
            break
        nodes, level = [root_of(part) for part in parts], level + 1
    return out
