"""vectors/note and vectors/vkey."""
from curve import P, number
from keys import ed25519, key_id, line, mldsa, public, vkey_of
from vector import b64, text_or_base64, write

NOTE = "C2SP signed-note, Format"
VKEY = "C2SP signed-note, Verifier keys"


def notes():
    key = public("note")
    text = "This is a text.\n"
    good = line("example.org/note", key_id("example.org/note", 1, key), ed25519("note").sign(text.encode()))

    def case(name, description, note, error=None, expect=None, source=NOTE):
        write("note", name, description, source, error, **text_or_base64("note", note), expect=expect)

    def parsed(text, *signatures):
        return {"text": text, "signatures": [{"name": n, "key_id": i, "signature": s} for n, i, s in signatures]}

    id4, signature = key_id("example.org/note", 1, key).hex(), b64(ed25519("note").sign(text.encode()))
    case("valid", "a text and one signature", text + "\n" + good, expect=parsed(text, ("example.org/note", id4, signature)))
    case("valid-two-lines", "two signatures, one by a key that nobody knows", text + "\n" + good + "— other AAAAAAE=\n",
         expect=parsed(text, ("example.org/note", id4, signature), ("other", "00000000", b64(b"\1"))))
    case("valid-empty-lines-in-text", "the last empty line separates, others belong to the text", "a\n\n\nb\n\n\n— k AAAAAAE=\n",
         expect=parsed("a\n\n\nb\n\n", ("k", "00000000", b64(b"\1"))))
    case("valid-text-like-signature", "a signature line above the last empty line is text", "a\n\n— k AAAAAAE=\n\n— k AAAAAAI=\n",
         expect=parsed("a\n\n— k AAAAAAE=\n", ("k", "00000000", b64(b"\2"))))
    case("valid-empty-text", "the text is one empty line", "\n\n— k AAAAAAE=\n", expect=parsed("\n", ("k", "00000000", b64(b"\1"))))
    case("valid-name-not-ascii", "key names may be of any script", "a\n\n— é/鍵 AAAAAAE=\n", expect=parsed("a\n", ("é/鍵", "00000000", b64(b"\1"))))
    case("valid-16-signatures", "every verifier has to accept 16", "a\n\n" + "— k AAAAAAE=\n" * 16, expect=parsed("a\n", *[("k", "00000000", b64(b"\1"))] * 16))
    case("valid-320-signatures", "the most that are read here", "a\n\n" + "— k AAAAAAE=\n" * 320,
         expect=parsed("a\n", *[("k", "00000000", b64(b"\1"))] * 320), source="spec/tree.md §3")
    case("too-many-signatures", "321 signatures", "a\n\n" + "— k AAAAAAE=\n" * 321, "note-too-many-signatures", source="spec/tree.md §3")
    case("not-utf8", "an octet that is no UTF-8", b"a\xff\n\n" + good.encode(), "note-not-utf8")
    case("surrogate", "a surrogate, which is no UTF-8", b"a\xed\xa0\x80\n\n" + good.encode(), "note-not-utf8")
    case("carriage-return", "lines that end in CR LF", (text + "\n" + good).replace("\n", "\r\n"), "note-control-character")
    case("tab", "a tab in the text", "a\tb\n\n" + good, "note-control-character")
    case("nul", "a zero octet in the text", "a\0b\n\n" + good, "note-control-character")
    case("empty", "no bytes at all", "", "note-no-separator")
    case("no-empty-line", "the text runs into the signature", text + good, "note-no-separator")
    case("only-signatures", "no text: the note begins with the empty line", "\n" + good, "note-no-separator")
    case("no-signatures", "nothing after the empty line", text + "\n", "note-no-signatures")
    case("empty-line-at-end", "an empty line after the signatures makes them text", text + "\n" + good + "\n", "note-no-signatures")
    case("unterminated", "the last newline is missing", text + "\n" + good[:-1], "note-unterminated")
    case("hyphen", "a hyphen instead of an em dash", text + "\n" + good.replace("—", "-"), "note-signature-line")
    case("no-space-after-dash", "no space between dash and name", text + "\n" + good.replace("— ", "—"), "note-signature-line")
    case("no-base64", "a name and nothing else", text + "\n— example.org/note\n", "note-signature-line")
    case("text-among-signatures", "a line that is no signature", text + "\n" + good + "more text\n", "note-signature-line")
    case("name-empty", "two spaces where the name should be between", text + "\n—  AAAAAAE=\n", "note-signature-name")
    case("name-plus", "a plus sign in the name", text + "\n— a+b AAAAAAE=\n", "note-signature-name")
    case("name-no-break-space", "U+00A0, a Unicode space, in the name", text + "\n— a\u00a0b AAAAAAE=\n", "note-signature-name")
    case("name-ideographic-space", "U+3000, a Unicode space, in the name", text + "\n— a\u3000b AAAAAAE=\n", "note-signature-name")
    case("base64-trailing-space", "a space after the signature", text + "\n" + good[:-1] + " \n", "note-signature-base64")
    case("base64-unpadded", "padding left out", text + "\n— k AAAAAAE\n", "note-signature-base64")
    case("base64-url-safe", "the URL-safe alphabet", text + "\n— k AAAAAP-_\n", "note-signature-base64")
    case("base64-stray-bits", "bits set that are not part of any octet", text + "\n— k AAAAAAF=\n", "note-signature-base64")
    case("signature-empty", "a key id and no signature", text + "\n— k AAAAAA==\n", "note-signature-too-short")
    case("signature-3-bytes", "not even a key id", text + "\n— k AAAA\n", "note-signature-too-short")


def vkeys():
    key = public("note")
    good = vkey_of("example.org/note", 1, key)
    mldsa_key = mldsa("witness").public_key().public_bytes_raw()

    def case(name, description, vkey, error=None, expect=None, source=VKEY):
        write("vkey", name, description, source, error, **text_or_base64("vkey", vkey), expect=expect)

    def accept(name, description, key_name, kind, key, source=VKEY):
        expect = {"name": key_name, "key_id": key_id(key_name, kind, key).hex(), "type": kind, "key": b64(key)}
        case(name, description, vkey_of(key_name, kind, key), expect=expect, source=source)

    accept("valid-ed25519", "type 0x01", "example.org/note", 1, key)
    accept("valid-cosignature", "type 0x04", "example.org/witness", 4, key, "C2SP tlog-cosignature, Format")
    accept("valid-ml-dsa-44", "type 0x06", "example.org/witness", 6, mldsa_key, "C2SP tlog-cosignature, Format")
    accept("valid-name-not-ascii", "key names may be of any script", "é/鍵", 1, key)
    accept("valid-name-255", "the longest name", "n" * 255, 1, key, "spec/tree.md §3")
    plus = next(k for k in (public(f"plus {i}") for i in range(1000)) if "+" in b64(b"\1" + k))
    accept("valid-plus-in-base64", "the base64 part may contain plus signs", "example.org/note", 1, plus)
    case("valid-c2sp-example", "the example of the specification", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
         source="C2SP signed-note, Example", expect={"name": "example.com/foo", "key_id": "530d903a", "type": 1, "key": "6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyucq/dTaQ="})
    case("too-long", "2,018 bytes", "n" * (2018 - len(good)) + good, "vkey-too-long", source="spec/tree.md §3")
    case("not-utf8", "an octet that is no UTF-8", b"\xff" + good.encode(), "vkey-not-utf8")
    case("empty", "no bytes", "", "vkey-parts")
    case("no-plus", "a name only", "example.org/note", "vkey-parts")
    case("two-parts", "name and key id", good.rsplit("+", 1)[0], "vkey-parts")
    case("name-empty", "no name", good[len("example.org/note"):], "key-name-empty")
    case("name-256", "one byte too long", vkey_of("n" * 256, 1, key), "key-name-too-long", source="spec/tree.md §3")
    case("name-space", "a space in the name", vkey_of("a b", 1, key), "key-name-character")
    case("name-newline", "a newline in the name", vkey_of("a\nb", 1, key), "key-name-character")
    case("name-em-space", "U+2003, a Unicode space, in the name", vkey_of("a\u2003b", 1, key), "key-name-character")
    case("name-control", "U+0001 in the name: no note can carry it", vkey_of("a\x01b", 1, key), "key-name-character", source="spec/tree.md §3")
    case("key-id-upper-case", "the key id in capitals", "example.org/note+" + key_id("example.org/note", 1, key).hex().upper() + "+" + b64(b"\1" + key), "vkey-key-id-form")
    case("key-id-7-digits", "a digit short", good.replace("+", "+0", 1)[0:24] + "+" + b64(b"\1" + key), "vkey-key-id-form")
    case("base64-unpadded", "padding left out", "a+00000000+" + b64(b"\1" + key + b"\0").rstrip("="), "vkey-base64")
    case("base64-newline", "a newline at the end", good + "\n", "vkey-base64")
    case("key-part-empty", "neither type nor key", "example.org/note+00000000+", "vkey-base64")
    for kind in (0x00, 0x02, 0x03, 0x05, 0xFA, 0xFF):
        case(f"type-{kind:02x}", f"signature type {kind:#04x}", vkey_of("example.org/note", kind, key), "vkey-type-unsupported")
    case("key-31-bytes", "an Ed25519 key of 31 bytes", vkey_of("example.org/note", 1, key[:31]), "vkey-key-length")
    case("key-33-bytes", "an Ed25519 key of 33 bytes", vkey_of("example.org/note", 4, key + b"\0"), "vkey-key-length")
    case("ml-dsa-44-key-32-bytes", "an ML-DSA-44 key of 32 bytes", vkey_of("example.org/note", 6, key), "vkey-key-length")
    case("key-small-order", "the identity as a key", vkey_of("example.org/note", 1, number(1)), "key-small-order", source="spec/tree.md §2")
    case("key-not-canonical", "y = p + 1", vkey_of("example.org/note", 1, number(P + 1)), "key-not-canonical", source="spec/tree.md §2")
    case("other-name", "the key id belongs to another name", good.replace("example.org", "example.com"), "vkey-key-id-mismatch")
    case("other-type", "the key id belongs to another type", good.rsplit("+", 1)[0] + "+" + b64(b"\4" + key), "vkey-key-id-mismatch")
