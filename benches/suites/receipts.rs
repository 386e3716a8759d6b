//! Receipts: building them from the store, and verifying them beside the two signature checks that this must contain.

use lebombo_benches::clock::{make, median};
use lebombo_ledger::MAX_PROOFS;
use lebombo_verifier::note::Note;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::receipt::Receipt;

use crate::limits::Check;
use crate::log::Log;
use crate::{Run, limits};

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("receipts (RocksDB underneath)");
    let count = MAX_PROOFS.min(20_000 / run.shrink);
    let log = Log::filled(20_000 / run.shrink);
    log.publish();
    let ledger = &log.ledger;
    let raw = limits::sha256_of_a_node(run.rounds);
    let spread: Vec<_> = (0..512).map(|n| n * 7_654_321 % ledger.size()).collect();
    let length = ledger.receipts(&[1]).unwrap().proofs[0].hashes.len();
    let beside = [("raw SHA-256 of its nodes", raw.group(length))];
    let one =
        median(run.rounds, spread.len(), || make(spread.iter().map(|index| ledger.receipt(*index).unwrap())));
    run.row("build one", one, &beside);
    let together: Vec<_> = (0..count as u64).collect();
    let bulk = median(run.rounds, count, || ledger.receipts(&together).unwrap());
    run.row(&format!("proofs of {count} neighbours at once"), bulk, &beside);
    let vkey = ledger.vkey();
    let policy = Policy::parse(format!("log {vkey}\nquorum none\n").as_bytes()).unwrap();
    let receipts: Vec<_> = spread.iter().map(|index| ledger.receipt(*index).unwrap()).collect();
    let verify = median(run.rounds, receipts.len(), || {
        make(receipts.iter().map(|bytes| Receipt::parse(bytes).unwrap().verify(&policy).unwrap()))
    });
    let checks: Vec<_> = receipts
        .iter()
        .flat_map(|bytes| {
            let receipt = Receipt::parse(bytes).unwrap();
            let note = Note::parse(receipt.note().as_bytes()).unwrap();
            let line = note.signatures_by(vkey).next().unwrap();
            let (key, signature) = (vkey.key().bytes(), line.signature.as_slice());
            let checkpoint = Check::new(
                key.try_into().unwrap(),
                note.text().as_bytes().to_vec(),
                signature.try_into().unwrap(),
            );
            [checkpoint, Check::of(receipt.entry())]
        })
        .collect();
    let two = limits::verify_on_one(run.rounds, &checks).group(2);
    run.row("verify one, from its bytes", verify, &[("two raw strict verifications", two)]);
}
