"""securesystemslib judges our DSSE envelopes, and an RFC 8785 library our JSON.

Usage: envelopes.py URL RECEIPTS
"""

import base64
import json
import sys

import rfc8785
from common import (
    Wrong,
    check,
    finish,
    must,
    payload_of,
    public_key,
    read_receipts,
    refused,
    served_entries,
    sha256,
    vectors,
)
from receipts import parse
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey


def envelope_of(entry):
    return Envelope.from_dict(json.loads(entry))


def keys_of(envelope):
    """The signers that the payload names, as keys of the library."""
    signers = json.loads(envelope.payload)["signers"]
    return [SSlibKey.from_crypto(public_key(did), keyid=did) for did in signers]


def verify(envelope):
    """Every signer named inside has signed."""
    keys = keys_of(envelope)
    accepted = envelope.verify(keys, len(keys))
    must(len(accepted) == len(keys) == len(envelope.signatures), "a signature too many or too few")


def event_id(envelope):
    return sha256(envelope.pae()).hex()


def served_envelopes(entries):
    for index, entry in enumerate(entries):
        try:
            verify(envelope_of(entry))
        except VerificationError as error:
            raise Wrong(f"entry {index}: {error}") from error


def tampered_envelopes(entries):
    """Payload, type, signature, signer: whatever is changed, the library must notice, or else it judges nothing."""
    for index, entry in enumerate(entries):

        def altered(change, entry=entry):
            envelope = envelope_of(entry)
            change(envelope)
            keys = keys_of(envelope_of(entry))
            return lambda: envelope.verify(keys, len(keys))

        def payload(envelope):
            envelope.payload = envelope.payload.replace(b'"date":"2', b'"date":"3')

        def payload_type(envelope):
            envelope.payload_type = envelope.payload_type.replace("v1", "v2")

        def signature(envelope):
            first = next(iter(envelope.signatures.values()))
            first.signature = ("0" if first.signature[0] != "0" else "1") + first.signature[1:]

        def signer(envelope):
            envelope.signatures.pop(next(iter(envelope.signatures)))

        for change in [payload, payload_type, signature, signer]:
            refused(f"entry {index} with another {change.__name__}", altered(change), VerificationError)


def event_ids(receipts):
    for name, text in receipts.items():
        entry = parse(text).extra
        must(event_id(envelope_of(entry)) == name, f"receipt {name} holds event {event_id(envelope_of(entry))}")


def vector_envelopes():
    good = bad = 0
    for name, vector in vectors("event").items():
        entry = base64.b64decode(vector["entry"])
        if vector["error"] is None:
            envelope = envelope_of(entry)
            verify(envelope)
            must(event_id(envelope) == vector["event_id"], f"{name}: event id {event_id(envelope)}")
            must(envelope.payload.decode() == vector["payload"], f"{name}: other payload")
            good += 1
        elif vector["error"] in ("signature-invalid", "signature-missing", "signer-not-listed"):
            errors = (VerificationError, Wrong, ValueError)
            refused(f"vector {name}", lambda entry=entry: verify(envelope_of(entry)), *errors)
            bad += 1
    must(good and bad, f"{good} good vectors, {bad} with bad signatures: nothing was tried")


def canonical(text):
    """True if text is what RFC 8785 makes of the value that it stands for."""
    return rfc8785.dumps(json.loads(text)) == text


def served_payloads(entries):
    for index, entry in enumerate(entries):
        must(canonical(payload_of(entry)), f"entry {index}: the payload is not canonical")
        must(canonical(entry), f"entry {index}: the envelope is not canonical")


def changed_payloads(entries):
    """The same values in another spelling are not canonical: space, order, escape, number."""
    for index, entry in enumerate(entries):
        payload = payload_of(entry)
        value = json.loads(payload)
        spellings = {
            "space": json.dumps(value, separators=(", ", ":")).encode(),
            "order": json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode(),
            "escape": payload.replace(b'"kind"', b'"\\u006bind"'),
            "line end": payload + b"\n",
        }
        for what, text in spellings.items():
            must(json.loads(text) == value, f"entry {index}, {what}: the control itself is wrong")
            must(not canonical(text), f"accepted entry {index} with another {what}")


# Codes of spec/event.md §1 for texts that are JSON but not the canonical form of any value, and for no JSON at all.
SPELLING = {
    "json-syntax",
    "json-truncated",
    "json-whitespace",
    "json-key-order",
    "json-duplicate-key",
    "json-leading-zero",
    "json-trailing",
}


def vector_payloads():
    good = bad = 0
    for name, vector in vectors("event").items():
        entry = base64.b64decode(vector["entry"])
        if vector["error"] is None:
            served_payloads([entry])
            good += 1
        elif vector["error"] in SPELLING:
            must(not well_spelled(entry), f"accepted vector {name}, which we refuse as {vector['error']}")
            bad += 1
    must(good and bad, f"{good} good vectors, {bad} badly spelled: nothing was tried")


def well_spelled(entry):
    try:
        return canonical(entry) and canonical(payload_of(entry))
    except ValueError:
        return False


def main():
    url, folder = sys.argv[1:]
    entries, receipts = served_entries(url), read_receipts(folder)
    check("dsse-served-envelopes", lambda: served_envelopes(entries))
    check("dsse-tampered-envelopes", lambda: tampered_envelopes(entries))
    check("dsse-event-ids", lambda: event_ids(receipts))
    check("dsse-vectors", vector_envelopes)
    check("rfc8785-served-payloads", lambda: served_payloads(entries))
    check("rfc8785-changed-payloads", lambda: changed_payloads(entries))
    check("rfc8785-vectors", vector_payloads)
    finish()


if __name__ == "__main__":
    main()
