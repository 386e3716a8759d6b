"""vectors/signature."""
from curve import BASE, L, P, add, challenge, encode, multiply, number, order_8, recover_x
from keys import ed25519, public, secret_scalar
from vector import write


def signatures():
    message = b"what was signed"
    key, good = public("signer"), ed25519("signer").sign(message)
    r, s = good[:32], int.from_bytes(good[32:], "little")
    a = secret_scalar("signer")
    t8 = order_8()
    rule = "spec/tree.md §2; RFC 8032 §5.1"
    taming = "spec/tree.md §2; eprint 2020/1244"

    def case(name, description, key=key, message=message, signature=good, error=None, source=rule):
        write("signature", name, description, source, error, public_key=key.hex(), message=message.hex(), signature=signature.hex())

    case("valid", "a signature as any library makes it")
    case("valid-empty-message", "over no bytes", message=b"", signature=ed25519("signer").sign(b""))
    case("valid-rfc8032-test-2", "the second test of RFC 8032", source="RFC 8032 §7.1, TEST 2",
         key=bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), message=b"\x72",
         signature=bytes.fromhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))
    noncanonical = next(y for y in range(2, 19) if recover_x(y, 0) is not None)
    case("key-not-canonical", "the key's y is p plus a small number", key=number(P + noncanonical), error="key-not-canonical")
    case("key-not-canonical-identity", "the identity written with y = p + 1", key=number(P + 1), error="key-not-canonical", source=taming)
    case("key-not-canonical-largest", "the key's y is 2^255 - 1, with the sign bit set", key=b"\xff" * 32, error="key-not-canonical")
    off = next(y for y in range(2, 100) if recover_x(y, 0) is None)
    case("key-off-curve", "no point has this y", key=number(off), error="key-off-curve")
    for order in (1, 2, 4, 8):
        case(f"key-order-{order}", f"a key of order {order}", key=encode(multiply(8 // order, t8)), error="key-small-order", source=taming)
    case("key-minus-zero", "y = 1 with the sign bit set: x would be -0", key=(1 | 1 << 255).to_bytes(32, "little"), error="key-small-order")
    case("scalar-plus-order", "S + L instead of S: the same scalar once more", signature=r + number(s + L), error="signature-scalar-range")
    case("scalar-order", "S is exactly L", signature=r + number(L), error="signature-scalar-range")
    case("scalar-largest", "S is 2^256 - 1", signature=r + b"\xff" * 32, error="signature-scalar-range")
    case("r-not-canonical", "R's y is p plus a small number", signature=number(P + noncanonical) + good[32:], error="signature-r-not-canonical")
    case("r-off-curve", "no point has R's y", signature=number(off) + good[32:], error="signature-r-off-curve")
    for order in (1, 2, 8):
        point = encode(multiply(8 // order, t8))
        case(f"r-order-{order}", f"R is of order {order}", signature=point + number(challenge(point, key, message) * a % L), error="signature-r-small-order", source=taming)
    case("other-message", "one more byte in the message", message=message + b".", error="signature-mismatch")
    case("other-key", "somebody else's key", key=public("somebody else"), error="signature-mismatch")
    case("scalar-bit", "one bit of S changed", signature=r + number(s ^ 2), error="signature-mismatch")
    nonce = secret_scalar("nonce")
    mixed_r = encode(add(multiply(nonce, BASE), t8))
    case("cofactored-r", "holds only when multiplied by the cofactor: R has a part of order 8", error="signature-mismatch", source=taming,
         signature=mixed_r + number((nonce + challenge(mixed_r, key, message) * a) % L))
    mixed_key, plain_r = encode(add(multiply(a, BASE), t8)), encode(multiply(nonce, BASE))
    for is_multiple in (True, False):
        m = next(m for m in (b"message %d" % i for i in range(1000)) if (challenge(plain_r, mixed_key, m) % 8 == 0) == is_multiple)
        signature = plain_r + number((nonce + challenge(plain_r, mixed_key, m) * a) % L)
        if is_multiple:
            case("valid-mixed-order-key", "a key with a part of order 8 that drops out of the equation", mixed_key, m, signature, source=taming)
        else:
            case("cofactored-key", "holds only when multiplied by the cofactor: the key has a part of order 8", mixed_key, m, signature, "signature-mismatch", taming)
