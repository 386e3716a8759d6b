//! Growing the tree, beside the hashes that it can not do without.

use lebombo_benches::clock::median;
use lebombo_ledger::tree::Frontier;
use lebombo_verifier::leaf_hash;

use crate::{Run, limits};

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("tree: appending leaves (256-wide tiles, rs_merkle)");
    let leaves: Vec<_> = (0..(1_u32 << 17) / u32::try_from(run.shrink).unwrap())
        .map(|n| leaf_hash(&n.to_be_bytes()).0)
        .collect();
    let raw = limits::sha256_of_a_node(run.rounds);
    for round in [64, 1024, leaves.len()] {
        let rate = median(run.rounds, leaves.len(), || {
            let mut frontier = Frontier::empty();
            for part in leaves.chunks(round) {
                frontier.append(part.to_vec());
            }
            frontier.root()
        });
        run.row(&format!("a leaf, in rounds of {round}"), rate, &[("raw SHA-256 of 65 bytes", raw)]);
    }
}
