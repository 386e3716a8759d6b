"""Writes the vectors about the log: signatures, notes, checkpoints, proofs, tiles, policies, receipts.

Made after spec/tree.md, spec/policy.md and spec/receipt.md, sharing no code with the verifier. Needs the package
`cryptography` (48 or later, for ML-DSA). A key's seed is SHA-256("lebombo vector key " + label). ML-DSA signatures are
randomised, so the few vectors that carry one differ from run to run; all others come out the same.

Usage: python3 spec/vectors/generate_log   (after generate_events, from which the receipts take their entry)
"""
import shutil

from checkpoints import checkpoints, cosignatures
from notes import notes, vkeys
from policies import policies
from proofs import consistencies, inclusions
from receipts import receipts
from signatures import signatures
from tiles import tiles
from vector import AREAS, HERE


def main():
    for area in AREAS:
        shutil.rmtree(HERE / area, ignore_errors=True)
        (HERE / area).mkdir()
    for make in (signatures, notes, vkeys, checkpoints, cosignatures, inclusions, consistencies, tiles, policies, receipts):
        make()
    for area in AREAS:
        print(f"{area}: {len(list((HERE / area).iterdir()))}")


if __name__ == "__main__":
    main()
