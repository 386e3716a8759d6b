"""vectors/tile."""
from tree import entries, sha256
from vector import b64, write


def tiles():
    rule = "C2SP tlog-tiles, "

    def tile_path(name, description, text, error=None, expect=None):
        write("tile", f"path-{name}", description, rule + "Merkle Tree", error, tile_path=text, expect=expect)

    def bundle_path(name, description, text, error=None, expect=None):
        write("tile", f"bundle-path-{name}", description, rule + "Log entries", error, bundle_path=text, expect=expect)

    def numbers(level, number, width):
        return {"level": level, "number": number, "width": width}

    tile_path("full", "a full tile", "tile/0/000", expect=numbers(0, 0, 256))
    tile_path("number", "the number of the specification's example", "tile/1/x001/x234/067", expect=numbers(1, 1234067, 256))
    tile_path("partial", "a partial tile", "tile/0/273.p/112", expect=numbers(0, 273, 112))
    tile_path("partial-deep", "a partial tile with a long number", "tile/2/x999/000.p/1", expect=numbers(2, 999000, 1))
    tile_path("level-63", "the highest level", "tile/63/000", expect=numbers(63, 0, 256))
    tile_path("number-largest", "2^40 - 1", "tile/0/x001/x099/x511/x627/775", expect=numbers(0, 2**40 - 1, 256))
    for name, description, text, code in [
        ("empty", "no text", "", "tile-path-form"),
        ("leading-slash", "a slash in front", "/tile/0/000", "tile-path-form"),
        ("no-number", "a level only", "tile/0", "tile-path-form"),
        ("entries", "a bundle is no tile", "tile/entries/000", "tile-path-level"),
        ("level-64", "a level too high", "tile/64/000", "tile-path-level"),
        ("level-leading-zero", "a leading zero in the level", "tile/00/000", "tile-path-level"),
        ("level-plus", "a sign before the level", "tile/+1/000", "tile-path-level"),
        ("level-empty", "no level", "tile//000", "tile-path-level"),
        ("level-minus", "a negative level", "tile/-1/000", "tile-path-level"),
        ("width-0", "a partial tile of no hashes", "tile/0/000.p/0", "tile-path-width"),
        ("width-256", "a full tile written as a partial one", "tile/0/000.p/256", "tile-path-width"),
        ("width-leading-zero", "a leading zero in the width", "tile/0/000.p/01", "tile-path-width"),
        ("width-empty", "no width", "tile/0/000.p/", "tile-path-width"),
        ("width-twice", "two widths", "tile/0/000.p/1.p/2", "tile-path-width"),
        ("width-missing", "the suffix is cut off", "tile/0/000.p", "tile-path-number-form"),
        ("number-two-digits", "two digits", "tile/0/00", "tile-path-number-form"),
        ("number-four-digits", "four digits", "tile/0/0000", "tile-path-number-form"),
        ("number-no-x", "an element without its x", "tile/0/001/234", "tile-path-number-form"),
        ("number-x-last", "an x before the last element", "tile/0/x001/x234", "tile-path-number-form"),
        ("number-capital-x", "a capital X", "tile/0/X001/234", "tile-path-number-form"),
        ("number-leading-element", "an element of zeroes in front", "tile/0/x000/001", "tile-path-number-form"),
        ("number-trailing-slash", "a slash at the end", "tile/0/000/", "tile-path-number-form"),
        ("number-dots", "a way out of the folder", "tile/0/../checkpoint", "tile-path-number-form"),
        ("number-arabic-digits", "digits that are not ASCII", "tile/0/٠٠٠", "tile-path-number-form"),
        ("number-2-40", "2^40", "tile/0/x001/x099/x511/x627/776", "tile-path-number-range"),
        ("number-huge", "a number that overflows", "tile/0/" + "x999/" * 8 + "999", "tile-path-number-range"),
    ]:
        tile_path(name, description, text, code)
    bundle_path("full", "a full bundle", "tile/entries/000", expect=numbers(None, 0, 256))
    bundle_path("partial", "a partial bundle", "tile/entries/x001/x234/067.p/255", expect=numbers(None, 1234067, 255))
    bundle_path("tile", "a tile is no bundle", "tile/0/000", "tile-path-form")
    bundle_path("width-0", "a bundle of nothing", "tile/entries/000.p/0", "tile-path-width")
    bundle_path("no-number", "the folder only", "tile/entries/", "tile-path-number-form")
    bundle_path("number-leading-element", "an element of zeroes in front", "tile/entries/x000/000", "tile-path-number-form")
    bundle_path("number-2-40", "2^40", "tile/entries/x001/x099/x511/x627/776", "tile-path-number-range")

    def bundle(name, description, data, width, error=None, expect=None):
        write("tile", f"bundle-{name}", description, rule + "Log entries", error, bundle=b64(data), width=width, expect=expect)

    def packed(*items):
        return b"".join(len(item).to_bytes(2, "big") + item for item in items)

    bundle("one", "one entry", packed(b"entry"), 1, expect=[b64(b"entry")])
    bundle("three", "three entries", packed(b"a", b"bb", b"ccc"), 3, expect=[b64(b"a"), b64(b"bb"), b64(b"ccc")])
    bundle("256", "a full bundle", packed(*entries(256)), 256, expect=[b64(e) for e in entries(256)])
    bundle("entry-empty", "an entry of no bytes is an entry: it has a leaf", packed(b"", b"a"), 2, expect=["", b64(b"a")])
    bundle("entry-300", "the length is big-endian", packed(b"e" * 300), 1, expect=[b64(b"e" * 300)])
    bundle("empty", "no bytes where an entry should be", b"", 1, "bundle-length-truncated")
    bundle("half-length", "one byte of a length", packed(b"a") + b"\0", 2, "bundle-length-truncated")
    bundle("fewer", "an entry fewer than the width", packed(b"a", b"b"), 3, "bundle-length-truncated")
    bundle("cut-off", "the last entry is a byte short", packed(b"a", b"bb")[:-1], 2, "bundle-entry-truncated")
    bundle("little-endian", "the length is little-endian", b"\x05\x00entry", 1, "bundle-entry-truncated")
    bundle("more", "an entry more than the width", packed(b"a", b"b"), 1, "bundle-trailing-bytes")
    bundle("zeroes-after", "padding after the last entry", packed(b"a") + b"\0\0", 1, "bundle-trailing-bytes")
    bundle("width-0", "a bundle of nothing", b"", 0, "bundle-width")
    bundle("width-257", "more than a full bundle", packed(*[b"a"] * 257), 257, "bundle-width")

    def tile(name, description, data, width, error=None, expect=None):
        write("tile", f"tile-{name}", description, rule + "Merkle Tree", error, tile=b64(data), width=width, expect=expect)

    leaves = [sha256(b"\0" + e) for e in entries(256)]
    tile("two", "a partial tile", b"".join(leaves[:2]), 2, expect=[b64(h) for h in leaves[:2]])
    tile("256", "a full tile: 8,192 bytes", b"".join(leaves), 256, expect=[b64(h) for h in leaves])
    tile("short", "a byte is missing", b"".join(leaves[:2])[:-1], 2, "tile-wrong-length")
    tile("long", "a hash more than the width", b"".join(leaves[:3]), 2, "tile-wrong-length")
    tile("empty", "no bytes", b"", 1, "tile-wrong-length")

    def shape(size):
        names = []
        for level in range(7):
            hashes = size >> 8 * level
            names += [f"tile/{level}/{path_number(n)}" for n in range(hashes >> 8)]
            if hashes & 255:
                names.append(f"tile/{level}/{path_number(hashes >> 8)}.p/{hashes & 255}")
        write("tile", f"shape-{size}", f"the tiles of a tree of {size} leaves", rule + "Partial Tiles", size=size, tiles=names)

    for size in (0, 1, 255, 256, 257, 65535, 65536, 70000):
        shape(size)


def path_number(n):
    groups = []
    while True:
        groups.insert(0, f"{n % 1000:03}")
        n //= 1000
        if not n:
            return "/".join([f"x{g}" for g in groups[:-1]] + groups[-1:])
