"""vectors/policy."""
from cosign import TIME, body, cosign_mldsa, cosign_v1, u64
from keys import ed25519, key_id, line, mldsa, public, vkey_of
from tree import entries, root
from vector import LOG, b64, text_or_base64, write


def log_line(label="log", name=LOG):
    return f"log {vkey_of(name, 1, public(label))}\n"


def witness_vkey(label):
    return vkey_of(f"example.org/{label}", 4, public(label))


def witness(label, name=None):
    return f"witness {name or label} {witness_vkey(label)}\n"


def log_signature(text, label="log", name=LOG):
    return line(name, key_id(name, 1, public(label)), ed25519(label).sign(text.encode()))


def witness_signature(text, label, timestamp=TIME):
    name = f"example.org/{label}"
    return line(name, key_id(name, 4, public(label)), cosign_v1(label, text, timestamp))


def signed(*labels, text=None):
    text = text or body()
    return text + "\n" + log_signature(text) + "".join(witness_signature(text, label) for label in labels)


def verified(*cosigners, auditors=(), audited=False, none=False, label="log", kind=1, size=8):
    """What a verifier finds. Cosigners are names, or pairs of name and time."""
    pairs = [c if isinstance(c, tuple) else (c, TIME) for c in cosigners]
    key = public(label) if kind == 1 else mldsa(label).public_key().public_bytes_raw()
    return {
        "origin": LOG, "size": size, "root": b64(root(entries(size))), "log_key_id": key_id(LOG, kind, key).hex(),
        "cosigners": [{"name": n, "timestamp": t} for n, t in pairs],
        "auditors": list(auditors), "is_audited": audited, "is_quorum_none": none,
    }


def policies():
    rule = "C2SP tlog-policy, "
    structure, quorum_rule, group_rule = rule + "Structure", rule + "Defining the quorum", rule + "Defining a witness group"
    log_rule, witness_rule, key_rule = rule + "Defining a log", rule + "Defining a witness", rule + "Public key representation"
    octets = rule + "Character set"
    limits = "spec/policy.md §4"
    log, a, b, c = log_line(), witness("a"), witness("b"), witness("c")

    def case(name, description, policy, error=None, source=structure, note=None, expect=None):
        fields = text_or_base64("policy", policy)
        if note is not None:
            fields |= text_or_base64("note", note)
        write("policy", name, description, source, error, **fields, expect=expect)

    # How it is written.
    none = verified(none=True)
    case("minimal", "nothing but a quorum: a reader may know its logs from elsewhere", "quorum none\n", source=rule + 'What is a "policy"?')
    case("none", "one log, no witnesses", log + "quorum none\n", note=signed(), expect=none, source=quorum_rule)
    case("white-space", "tabs and spaces before, between and after", " \tlog \t " + log[4:-1] + "\t \n\n \t\n  quorum\t\tnone \n", note=signed(), expect=none)
    case("comments", "comment lines, also after white space", "# one\n#two\n \t# three\n#\n" + log + "quorum none\n# four\n", note=signed(), expect=none)
    case("not-ascii", "names, URLs and comments of any octets", b"# caf\xe9\nwitness \xff\xfe " + witness_vkey("a").encode() + b" https://\xe9/\nquorum \xff\xfe\n", source=octets)
    case("kelvin", "K and the Kelvin sign are two names", f"witness K {witness_vkey('a')}\nwitness \u212a {witness_vkey('b')}\nquorum K\n", source=octets)
    case("delete", "octet 0x7F", log + "# \x7f\nquorum none\n", "policy-octet", octets)
    case("carriage-return", "lines that end in CR LF", (log + "quorum none\n").replace("\n", "\r\n"), "policy-octet", octets)
    case("nul", "octet 0", "# \0\nquorum none\n", "policy-octet", octets)
    case("form-feed", "a form feed", "quorum\x0cnone\n", "policy-octet", octets)
    case("unterminated", "the last newline is missing: \"quorum ab\" cut off would name another quorum", log + "quorum none", "policy-unterminated")
    case("empty", "no bytes", "", "policy-quorum-missing", quorum_rule)
    case("only-comments", "comments only", "# nothing\n", "policy-quorum-missing", quorum_rule)
    case("keyword-unknown", "a line that is none of the four", "logs x\nquorum none\n", "policy-keyword")
    case("keyword-capital", "keywords are lower case", "Quorum none\n", "policy-keyword")
    case("no-break-space", "U+00A0 does not separate items", "quorum\u00a0none\n", "policy-keyword")
    case("comment-after-items", "a comment stands on a line of its own", "quorum none # really\n", "policy-quorum-items")

    # Logs.
    case("log-url", "a log with its URL", log[:-1] + " https://example.org/log/\nquorum none\n", note=signed(), expect=none, source=log_rule)
    case("log-no-vkey", "a log line with nothing on it", "log\nquorum none\n", "policy-log-items", log_rule)
    case("log-three-items", "an item after the URL", log[:-1] + " https://example.org/ x\nquorum none\n", "policy-log-items", log_rule)
    case("log-vkey-bad", "a vkey whose key id is of another key", log.replace("example.org", "example.com") + "quorum none\n", "vkey-key-id-mismatch", key_rule)
    case("log-vkey-type-02", "a log with an ECDSA key", f"log {vkey_of(LOG, 2, public('log'))}\nquorum none\n", "vkey-type-unsupported", key_rule)
    case("log-cosignature-key", "a log with a key for cosignature/v1", f"log {vkey_of(LOG, 4, public('log'))}\nquorum none\n", "policy-log-key-type", key_rule)
    case("log-twice", "the same log twice", log + log + "quorum none\n", "policy-duplicate-log", log_rule)
    case("log-twice-other-name", "the same public key under two names", log + log_line(name="example.org/other") + "quorum none\n", "policy-duplicate-log", key_rule)
    case("log-other-origin-name", "a log of another kind, whose name is no origin here", f"log {vkey_of('é', 1, public('other'))}\n" + log + "quorum none\n", note=signed(), expect=none, source=log_rule)

    # Witnesses.
    case("witness-url", "a witness with its URL", log + a[:-1] + " https://example.org/a/\nquorum a\n", note=signed("a"), expect=verified("a"), source=witness_rule)
    case("witness-two-items-missing", "a witness line with a name only", "witness a\nquorum none\n", "policy-witness-items", witness_rule)
    case("witness-four-items", "an item after the URL", a[:-1] + " https://example.org/ x\nquorum none\n", "policy-witness-items", witness_rule)
    case("witness-vkey-bad", "no vkey", "witness a b\nquorum none\n", "vkey-parts", key_rule)
    case("witness-vkey-not-utf8", "a vkey that is no UTF-8", b"witness a \xff+00000000+AAAA\nquorum none\n", "vkey-not-utf8", key_rule)
    case("witness-plain-key", "a key for plain note signatures", f"witness a {vkey_of('example.org/a', 1, public('a'))}\nquorum none\n", "policy-witness-key-type", key_rule)
    case("witness-key-twice", "one public key under two names", a + f"witness b {witness_vkey('a')}\nquorum none\n", "policy-duplicate-witness", witness_rule)
    case("witness-key-twice-other-vkey", "one public key in two vkeys", a + f"witness b {vkey_of('example.org/b', 4, public('a'))}\nquorum none\n", "policy-duplicate-witness", key_rule)
    case("witness-name-twice", "one name for two witnesses", a + witness("b", "a") + "quorum none\n", "policy-name-taken", witness_rule)
    case("witness-named-none", "none is predefined", witness("a", "none") + "quorum none\n", "policy-name-reserved", rule + 'What is a "policy"?')
    case("witness-is-log", "one public key as log and as witness: only doubles of one kind are excluded", log + f"witness w {vkey_of('example.org/w', 4, public('log'))}\nquorum none\n",
         note=signed(), expect=none, source=key_rule)
    case("witness-named-any", "any, all and numbers are names like others", log + witness("a", "any") + witness("b", "2") + "group all all any 2\nquorum all\n",
         note=signed("a", "b"), expect=verified(("2", TIME), ("any", TIME)), source=group_rule)

    pair = [vkey_of("example.org/collision", 4, public(f"collision {i}")) for i in (71172, 78212)]
    case("witness-key-id-collision", "two keys with one name and one key id", f"witness a {pair[0]}\nwitness b {pair[1]}\nquorum none\n", "policy-key-id-collision", "spec/policy.md §2")

    # Groups.
    case("group-all", "all of two", log + a + b + "group g all a b\nquorum g\n", note=signed("a", "b"), expect=verified("a", "b"), source=group_rule)
    case("group-all-one-missing", "one of all two", log + a + b + "group g all a b\nquorum g\n", "quorum-not-met", group_rule, signed("a"))
    case("group-any", "any of two", log + a + b + "group g any a b\nquorum g\n", note=signed("b"), expect=verified("b"), source=group_rule)
    case("group-any-none", "none of any two", log + a + b + "group g any a b\nquorum g\n", "quorum-not-met", group_rule, signed())
    case("group-2-of-3", "two of three", log + a + b + c + "group g 2 a b c\nquorum g\n", note=signed("c", "a"), expect=verified("a", "c"), source=group_rule)
    case("group-2-of-3-one", "one where two of three are needed", log + a + b + c + "group g 2 a b c\nquorum g\n", "quorum-not-met", group_rule, signed("c"))
    example = log + "".join(witness(n) for n in ("X1", "X2", "X3")) + "group X-witnesses 2 X1 X2 X3\n" + "".join(witness(n) for n in ("Y1", "Y2", "Y3"))
    example += "group Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
    nested = rule + "Example policy"
    case("example", "the specification's example, met", example, note=signed("X1", "X3", "Y2"), expect=verified("X1", "X3", "Y2"), source=nested)
    case("example-no-y", "the specification's example without a Y", example, "quorum-not-met", nested, signed("X1", "X2", "X3"))
    case("example-one-x", "the specification's example with one X", example, "quorum-not-met", nested, signed("X1", "Y1", "Y2", "Y3"))
    case("group-no-threshold", "a name only", a + "group g\nquorum none\n", "policy-group-items", group_rule)
    case("group-no-members", "no member", a + "group g any\nquorum none\n", "policy-group-items", group_rule)
    for name, text in [("leading-zero", "01"), ("plus", "+1"), ("minus", "-1"), ("word", "most"), ("capital", "ANY"), ("fraction", "1.0")]:
        case(f"threshold-{name}", f"the threshold {text}", a + f"group g {text} a\nquorum none\n", "policy-threshold-form", group_rule)
    for name, text in [("0", "0"), ("n-plus-1", "3"), ("huge", str(2**64))]:
        case(f"threshold-{name}", f"a threshold of {text} of two", a + b + f"group g {text} a b\nquorum none\n", "policy-threshold-range", group_rule)
    case("member-undefined", "a member that is nowhere defined", a + "group g any a b\nquorum none\n", "policy-member-undefined", group_rule)
    case("member-below", "a member that is defined below", a + "group g any a b\n" + b + "quorum none\n", "policy-member-undefined", group_rule)
    case("member-itself", "a group in itself", a + "group g any a g\nquorum none\n", "policy-member-undefined", group_rule)
    case("cycle", "two groups in each other", a + "group g any a h\ngroup h any g\nquorum none\n", "policy-member-undefined", group_rule)
    case("member-none", "none as a member", a + "group g any a none\nquorum none\n", "policy-none-as-member", rule + 'What is a "policy"?')
    case("member-twice-in-group", "a member twice in one group", a + "group g any a a\nquorum none\n", "policy-member-twice", group_rule)
    case("member-of-two-groups", "a member of two groups", a + b + "group g any a b\ngroup h any a\nquorum none\n", "policy-member-twice", group_rule)
    case("group-named-like-witness", "a name for a witness and a group", a + b + "group a any b\nquorum none\n", "policy-name-taken", group_rule)
    case("group-named-none", "none is predefined", a + "group none any a\nquorum none\n", "policy-name-reserved", rule + 'What is a "policy"?')

    # The quorum.
    case("quorum-witness", "one witness is the quorum", log + a + b + "quorum a\n", note=signed("a"), expect=verified("a"), source=quorum_rule)
    case("quorum-witness-missing", "another witness has cosigned", log + a + b + "quorum a\n", "quorum-not-met", quorum_rule, signed("b"))
    case("quorum-member", "the quorum may be a member of a group", log + a + b + "group g all a b\nquorum a\n", note=signed("a"), expect=verified("a"), source=quorum_rule)
    case("quorum-none-cosigned", "what is not asked for is reported all the same", log + a + "quorum none\n", note=signed("a"), expect=verified("a", none=True), source=quorum_rule)
    case("quorum-undefined", "an undefined name", log + "quorum a\n", "policy-quorum-undefined", quorum_rule)
    case("quorum-below", "a witness that is defined below", log + "quorum a\n" + a, "policy-quorum-undefined", quorum_rule)
    case("quorum-no-name", "no name", "quorum\n", "policy-quorum-items", quorum_rule)
    case("quorum-two-names", "two names", a + b + "quorum a b\n", "policy-quorum-items", quorum_rule)
    case("quorum-twice", "two quorum lines, even if equal", "quorum none\nquorum none\n", "policy-quorum-twice", quorum_rule)
    case("quorum-missing", "no quorum line", log + a, "policy-quorum-missing", quorum_rule)
    case("lines-after-quorum", "a witness below the quorum line counts as known", log + a + "quorum a\n" + b, note=signed("a", "b"), expect=verified("a", "b"))

    # Auditors.
    audit = log + a + witness("x") + witness("y") + "group auditors all x y\nquorum a\n"
    own = "spec/policy.md §3"
    case("auditors-met", "all auditors", audit, note=signed("x", "a", "y"), expect=verified("a", "x", "y", auditors=["x", "y"], audited=True), source=own)
    case("auditors-not-met", "one of two auditors: named, but not enough", audit, note=signed("a", "x"), expect=verified("a", "x", auditors=["x"]), source=own)
    case("auditors-nobody", "no auditor: the quorum does not need any", audit, note=signed("a"), expect=verified("a"), source=own)
    case("auditors-are-no-quorum", "auditors do not stand in for the quorum", audit, "quorum-not-met", own, signed("x", "y"))
    case("auditors-nested", "auditors in a group of their own", log + a + witness("x") + witness("y") + "group org any x y\ngroup auditors all org\nquorum a\n",
         note=signed("a", "y"), expect=verified("a", "y", auditors=["y"], audited=True), source=own)
    case("auditors-witness", "a witness of that name is no group", log + witness("a", "auditors") + "quorum auditors\n", note=signed("a"), expect=verified("auditors"), source=own)

    # Notes under a policy.
    text = body()
    how = "C2SP signed-note, Signatures"
    base, note = log + a + "quorum a\n", signed("a")
    case("note-unknown-signatures", "signatures by unknown keys are ignored", base, source=how, expect=verified("a"),
         note=note + witness_signature(text, "b") + line("example.org/a", bytes(4), b"x") + line("example.org/z", key_id("example.org/a", 4, public("a")), b"x"))
    case("note-order", "signatures may stand in any order", base, source=how, expect=verified("a"), note=text + "\n" + witness_signature(text, "a") + log_signature(text))
    case("note-extension", "extension lines are signed and mean nothing", base, source="C2SP tlog-checkpoint, Note text", expect=verified("a"), note=signed("a", text=text + "extension\n"))
    case("note-cosigned-twice", "of two cosignatures the later time counts", base, source="spec/tree.md §3", expect=verified(("a", TIME + 9)),
         note=signed() + witness_signature(text, "a", TIME) + witness_signature(text, "a", TIME + 9) + witness_signature(text, "a", TIME + 5))
    case("note-cosigned-twice-one-bad", "the second cosignature is bad", base, "cosignature-ed25519-invalid", "spec/tree.md §3",
         note + line("example.org/a", key_id("example.org/a", 4, public("a")), u64(TIME) + bytes(64)))
    case("note-signed-twice", "the log's signature twice", base, note=note + log_signature(text), expect=verified("a"), source="spec/tree.md §3")
    case("note-known-witness-bad", "a bad signature by a known witness refuses the note, needed or not", log + a + b + "quorum a\n", "cosignature-ed25519-invalid", how,
         note + line("example.org/b", key_id("example.org/b", 4, public("b")), u64(TIME) + bytes(64)))
    case("note-known-witness-bad-none", "also where no witness is asked for", log + a + "quorum none\n", "cosignature-ed25519-invalid", how,
         signed() + line("example.org/a", key_id("example.org/a", 4, public("a")), u64(TIME) + ed25519("a").sign(b"")))
    case("note-known-witness-short", "a cosignature of the wrong length by a known witness", base, "cosignature-wrong-length", how,
         signed() + line("example.org/a", key_id("example.org/a", 4, public("a")), bytes(64)))
    case("note-log-unknown", "a log that the policy does not list", log_line("other", "example.org/other") + "quorum none\n", "log-unknown", "C2SP tlog-proof, Verifying", signed())
    case("note-no-logs", "a policy that lists no logs trusts none", "quorum none\n", "log-unknown", "spec/policy.md §3", signed())
    case("note-log-signature-missing", "signed by a key of that name that the policy does not list", log + "quorum none\n", "log-signature-missing", how, text + "\n" + log_signature(text, "other"))
    case("note-log-signature-bad", "the log's signature is of another text", log + "quorum none\n", "log-signature-invalid", how, text + "\n" + log_signature(body(size=7)))
    case("note-log-signature-short", "the log's signature has 63 bytes", log + "quorum none\n", "log-signature-wrong-length", how,
         text + "\n" + line(LOG, key_id(LOG, 1, public("log")), ed25519("log").sign(text.encode())[:-1]))
    case("note-other-log-signed", "signed by another log that the policy lists", log + log_line("other", "example.org/other") + "quorum none\n", "log-signature-missing", log_rule,
         text + "\n" + log_signature(text, "other", "example.org/other"))
    case("note-other-log-bad", "a bad signature by another log that the policy lists", log + log_line("other", "example.org/other") + "quorum none\n", "log-signature-invalid", how,
         signed() + line("example.org/other", key_id("example.org/other", 1, public("other")), bytes(64)))
    case("note-second-log-key", "one of two keys of one log", log + log_line("log 2") + "quorum none\n", note=text + "\n" + log_signature(text, "log 2"), expect=verified(none=True, label="log 2"), source=log_rule)
    case("note-malformed", "the note is none", base, "note-no-separator", "C2SP signed-note, Format", text)
    case("note-no-checkpoint", "the note is no checkpoint", base, "checkpoint-lines", "C2SP tlog-checkpoint, Note text", "hello\n\n" + log_signature("hello\n"))
    ml_name = "example.org/ml"
    ml_key = mldsa("ml").public_key().public_bytes_raw()
    case("note-ml-dsa-44-witness", "a witness with ML-DSA-44", log + f"witness m {vkey_of(ml_name, 6, ml_key)}\nquorum m\n", source="C2SP tlog-cosignature, Format",
         note=signed() + line(ml_name, key_id(ml_name, 6, ml_key), cosign_mldsa("ml", ml_name)), expect=verified("m"))
    case("note-ml-dsa-44-log", "a log that signs with ML-DSA-44", f"log {vkey_of(LOG, 6, ml_key)}\nquorum none\n", source="C2SP tlog-checkpoint, Signatures",
         note=text + "\n" + line(LOG, key_id(LOG, 6, ml_key), cosign_mldsa("ml", LOG)), expect=verified(none=True, label="ml", kind=6))
    case("note-ml-dsa-44-log-bad", "a log's ML-DSA-44 signature for another name", f"log {vkey_of(LOG, 6, ml_key)}\nquorum none\n", "cosignature-ml-dsa-44-invalid", "C2SP tlog-checkpoint, Signatures",
         text + "\n" + line(LOG, key_id(LOG, 6, ml_key), cosign_mldsa("ml", ml_name)))

    # Limits.
    logs = "".join(log_line(f"log {i}", f"example.org/{i}") for i in range(65)).splitlines(True)
    witnesses = [witness(f"w{i}") for i in range(257)]
    groups = ["group g0 any w0\n"] + [f"group g{i} any g{i - 1}\n" for i in range(1, 257)]
    most = "".join([log] + logs[:63] + witnesses[:256] + groups[:256])
    case("limits", "64 logs, 256 witnesses, 256 groups, one in the other", most + "quorum g255\n", source=limits, note=signed("w0"), expect=verified("w0"))
    case("too-many-logs", "65 logs", "".join(logs) + "quorum none\n", "policy-too-many-logs", limits)
    case("too-many-witnesses", "257 witnesses", "".join(witnesses) + "quorum none\n", "policy-too-many-witnesses", limits)
    case("too-many-groups", "257 groups", witnesses[0] + "".join(groups) + "quorum none\n", "policy-too-many-groups", limits)
