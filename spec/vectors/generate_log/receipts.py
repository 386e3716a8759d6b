"""vectors/receipt."""
import base64
import json

from cosign import body
from policies import log_line, log_signature, witness, witness_signature
from tree import flip, path, root
from vector import HERE, LOG, b64, text_or_base64, write


def receipts():
    rule = "C2SP tlog-proof, Format"
    check = "C2SP tlog-proof, Verifying a tlog proof"
    source = json.loads((HERE / "event" / "ok-contribution.json").read_text())
    entry, event_id = base64.b64decode(source["entry"]), source["event_id"]
    d = [b"first", b"second", entry, b"fourth", b"fifth"]
    hashes, top = path(2, d), root(d)

    def tree(text=None, *labels):
        text = text or body(size=5, top=top)
        return text + "\n" + log_signature(text) + "".join(witness_signature(text, label) for label in labels)

    def receipt(entry=entry, index=2, hashes=hashes, note=None, header="c2sp.org/tlog-proof@v1"):
        return f"{header}\nextra {b64(entry)}\nindex {index}\n" + "".join(b64(h) + "\n" for h in hashes) + "\n" + (note or tree())

    none, one = log_line() + "quorum none\n", log_line() + witness("a") + "quorum a\n"
    good = receipt()

    def case(name, description, receipt, error=None, policy=none, expect=None, source=rule):
        write("receipt", name, description, source, error, policy=policy, **text_or_base64("receipt", receipt), expect=expect)

    shown = {"index": 2, "event_id": event_id, "cosigners": []}
    case("valid", "an event in a log without witnesses", good, expect=shown)
    case("valid-witness", "under a policy with a witness", receipt(note=tree(None, "a")), policy=one, expect={**shown, "cosigners": ["a"]})
    alone = body(size=1, top=root([entry]))
    case("valid-one-leaf", "the only entry of its log: no hashes", receipt(index=0, hashes=[], note=tree(alone)), expect={**shown, "index": 0})
    case("not-utf8", "an octet that is no UTF-8", good.encode() + b"\xff", "receipt-not-utf8")
    case("empty", "no bytes", "", "receipt-header")
    case("header-v2", "another version", receipt(header="c2sp.org/tlog-proof@v2"), "receipt-header")
    case("header-cr", "lines that end in CR LF", good.replace("\n", "\r\n"), "receipt-header")
    case("no-extra", "a tlog-proof without its entry", good.replace(f"extra {b64(entry)}\n", ""), "receipt-entry-missing", source="spec/receipt.md §1")
    case("extra-cut-off", "cut off within the entry", good[:100], "receipt-truncated")
    case("extra-unpadded", "padding left out", good.replace(b64(entry), b64(b"x" * 31).rstrip("=")), "receipt-entry-base64")
    case("extra-65536", "an entry of 65,536 bytes", receipt(bytes(65536)), "receipt-entry-too-long", source="spec/receipt.md §1")
    case("extra-two-spaces", "two spaces after extra", good.replace("extra ", "extra  "), "receipt-entry-base64")
    case("no-index", "no index line", good.replace("index 2\n", ""), "receipt-index-missing")
    case("index-before-extra", "index and entry the other way round", f"c2sp.org/tlog-proof@v1\nindex 2\nextra {b64(entry)}\n\n" + tree(), "receipt-entry-missing")
    case("index-leading-zero", "a leading zero", good.replace("index 2", "index 02"), "receipt-index-form")
    case("index-minus", "a negative index", good.replace("index 2", "index -2"), "receipt-index-form")
    case("index-empty", "no number", good.replace("index 2", "index "), "receipt-index-form")
    case("index-2-48", "2^48", receipt(index=2**48), "receipt-index-range", source="spec/receipt.md §1")
    case("index-2-64", "a number that overflows", receipt(index=2**64), "receipt-index-range", source="spec/receipt.md §1")
    case("64-hashes", "64 hashes", receipt(hashes=[bytes(32)] * 64), "receipt-too-many-hashes", source="spec/receipt.md §1")
    case("hash-31-bytes", "a hash of 31 bytes", receipt(hashes=[bytes(31)] + hashes[1:]), "receipt-hash")
    case("hash-stray-bits", "stray bits in a hash", good.replace(b64(hashes[0]), "A" * 42 + "B="), "receipt-hash")
    case("no-empty-line", "no empty line before the checkpoint", good.replace("\n\n" + LOG, "\n" + LOG), "receipt-hash")
    case("no-checkpoint", "cut off after the proof", good.split("\n\n")[0] + "\n", "receipt-truncated")
    case("checkpoint-empty", "nothing after the empty line", good.split("\n\n")[0] + "\n\n", "note-no-separator")
    case("checkpoint-unsigned", "a checkpoint without signatures", receipt(note=body(size=5, top=top)), "note-no-separator")
    case("checkpoint-cut-off", "the last newline is missing", good[:-1], "note-unterminated")
    case("after-the-checkpoint", "text after the signatures", good + "more\n", "note-signature-line")
    case("log-unknown", "a log that the policy does not list", good, "log-unknown", log_line("other", "example.org/other") + "quorum none\n", source=check)
    case("quorum-not-met", "no witness where one is needed", good, "quorum-not-met", one, source=check)
    case("log-signature-bad", "the checkpoint's size was changed", good.replace(f"{LOG}\n5\n", f"{LOG}\n6\n"), "log-signature-invalid", source=check)
    case("other-entry", "another entry in its place", receipt(b"fourth"), "inclusion-root-mismatch", source=check)
    case("other-index", "another index", receipt(index=3), "inclusion-root-mismatch", source=check)
    case("index-beyond-size", "an index that the tree does not have", receipt(index=5), "inclusion-index-beyond-size", source=check)
    case("hash-missing", "a hash left out", receipt(hashes=hashes[1:]), "inclusion-wrong-length", source=check)
    case("hash-bit", "a bit of a hash changed", receipt(hashes=[flip(hashes[0])] + hashes[1:]), "inclusion-root-mismatch", source=check)
    case("no-event", "in the log, but no event", receipt(b"fourth", 3, path(3, d)), "json-syntax", source="spec/receipt.md §3")
    elsewhere = body("example.org/other", 5, top)
    other_policy = log_line("other", "example.org/other") + "quorum none\n"
    case("other-log", "an event of one log in another log", receipt(note=elsewhere + "\n" + log_signature(elsewhere, "other", "example.org/other")), "receipt-other-log", other_policy, source="spec/receipt.md §3")
    case("untrusted-first", "no event and not included: the checkpoint is looked at first", receipt(b"{"), "log-unknown", other_policy, source="spec/receipt.md §3")
    case("inclusion-before-event", "no event and not included: inclusion is looked at first", receipt(b"{"), "inclusion-root-mismatch", source="spec/receipt.md §3")
