//! Sending events and fetching their receipts, so that it may stop at any point and be done again.
//!
//! The order for each batch: check (hold back what is known to count for nothing), send, fetch proofs, assemble and
//! verify receipts, store them durably, and only then take the lines out of the outbox. Sending an event twice is
//! harmless, for the ledger answers `duplicate`.

use std::collections::HashMap;
use std::time::Duration;

use lebombo_verifier::origin::Origin;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::receipt::Included;
use lebombo_verifier::{Code as _, Hash};

use crate::client::{Client, NetError, Proof, Proofs, Sent, Standing, printable};
use crate::failure::{Failure, OrFail as _, explain};
use crate::outbox::{self, Outbox, Refusal, Segment};
use crate::receipts::{self, Receipts};
use crate::succession::Held;

/// How often proofs are asked for, when the ledger has not published yet, and the wait before asking again.
const ASK: (u32, Duration) = (40, Duration::from_millis(500));
/// How often void events are checked again after others were logged that they may depend on.
const RECHECK: (u32, Duration) = (10, Duration::from_millis(200));
/// Codes that say something about the ledger or its operator's list and nothing about the entry: it may be sent again
/// later as it is.
const LATER: [&str; 10] = [
    "busy",
    "internal",
    "log-full",
    "not-ready",
    "outcome-unknown",
    "overloaded",
    RATE_LIMITED,
    NOT_ADMITTED,
    "stopping",
    "timed-out",
];
/// This key or address has sent too much.
const RATE_LIMITED: &str = "rate-limited";
/// None of the signers is on the operator's list, which may change.
pub(crate) const NOT_ADMITTED: &str = "signer-not-admitted";

/// What pushing needs of a ledger.
pub(crate) trait Ledger {
    /// What the rules would say about entries.
    fn check(&self, entries: &[u8], count: usize) -> Result<Vec<Standing>, NetError>;
    /// Logs entries.
    fn send(&self, entries: &[u8], count: usize) -> Result<Vec<Sent>, NetError>;
    /// Proofs under the newest published checkpoint.
    fn proofs(&self, ids: &[Hash]) -> Result<Proofs, NetError>;
    /// The consistency proof between two sizes.
    fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, NetError>;
    /// Waits.
    fn pause(&self, time: Duration);
}

impl Ledger for Client {
    fn check(&self, entries: &[u8], count: usize) -> Result<Vec<Standing>, NetError> {
        Client::check(self, entries, count)
    }

    fn send(&self, entries: &[u8], count: usize) -> Result<Vec<Sent>, NetError> {
        Client::send(self, entries, count)
    }

    fn proofs(&self, ids: &[Hash]) -> Result<Proofs, NetError> {
        Client::proofs(self, ids)
    }

    fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, NetError> {
        Client::consistency(self, from, to)
    }

    fn pause(&self, time: Duration) {
        crate::clock::pause(time);
    }
}

/// Where one event stands on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// Not sent.
    Waiting,
    /// The rules would count it for nothing: not sent.
    Held {
        /// Which rule it would break.
        code: String,
    },
    /// The ledger would not take it now, and may later.
    PutOff {
        /// Why.
        code: String,
        /// Why, in words.
        message: String,
    },
    /// The ledger would not take it.
    Refused(Refusal),
    /// It is in the log; its receipt is not here yet.
    Logged,
    /// Its receipt is here.
    Receipted,
}

/// One event on its way.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Event id; for what is no event, the SHA-256 of its bytes.
    pub(crate) id: Hash,
    entry: Vec<u8>,
    /// Where it stands.
    pub(crate) state: State,
    /// This push has sent it and the ledger has it.
    pub(crate) sent: bool,
    /// The ledger had it before.
    pub(crate) duplicate: bool,
}

/// Everything that a push works with.
pub(crate) struct Pusher<'a> {
    /// Whom to send to.
    pub(crate) ledger: &'a dyn Ledger,
    /// The log that events must have been made for.
    pub(crate) origin: &'a Origin,
    /// By which receipts are verified.
    pub(crate) policy: &'a Policy,
    /// Where they are kept.
    pub(crate) receipts: &'a Receipts,
    /// Send also what would count for nothing.
    pub(crate) anyway: bool,
    /// Told how far it is.
    pub(crate) progress: &'a dyn Fn(&str),
}

impl Pusher<'_> {
    /// Pushes the outbox: whatever happens, what was settled is taken out of it, and nothing else.
    ///
    /// # Errors
    /// The first that stops the push. What was done until then is done.
    pub(crate) fn outbox(&self, outbox: &Outbox) -> Result<Vec<Item>, Failure> {
        let segments = outbox.segments().or_unsure()?;
        let (mut items, places) = self.items(segments.iter().flat_map(|segment| &segment.lines));
        let pushed = self.push(&mut items);
        // Crash before or in here: receipts are stored, and their lines are still in the outbox. The next push finds
        // the receipts and goes on here.
        settle(outbox, &segments, &items, &places)?;
        pushed.map(|()| items)
    }

    /// Pushes events that are not in the outbox, such as somebody else's.
    ///
    /// # Errors
    /// The first that stops the push.
    pub(crate) fn lines(&self, lines: &[Vec<u8>]) -> Result<Vec<Item>, Failure> {
        let (mut items, _) = self.items(lines.iter());
        self.push(&mut items)?;
        Ok(items)
    }

    /// Fetches receipts of events that are logged, under the newest checkpoint. Returns how many there are.
    ///
    /// # Errors
    /// The first that stops it; receipts fetched until then are stored.
    pub(crate) fn refresh(&self, events: &[(Hash, Vec<u8>)]) -> Result<usize, Failure> {
        let logged = |(id, entry): &(Hash, Vec<u8>)| Item {
            id: *id,
            entry: entry.clone(),
            state: State::Logged,
            sent: false,
            duplicate: false,
        };
        let mut items: Vec<Item> = events.iter().map(logged).collect();
        let all: Vec<usize> = (0..items.len()).collect();
        for part in all.chunks(outbox::MAX_LINES) {
            self.fetch(&mut items, part)?;
            let done = part.last().map_or(0, |last| last + 1);
            (self.progress)(&format!("fetched {done} of {}", all.len()));
        }
        Ok(items.iter().filter(|item| item.state == State::Receipted).count())
    }

    /// Each different event once, and for each line the number of its item.
    fn items<'l>(&self, lines: impl Iterator<Item = &'l Vec<u8>>) -> (Vec<Item>, Vec<usize>) {
        let mut items: Vec<Item> = Vec::new();
        let mut known = HashMap::new();
        let mut places = Vec::new();
        for line in lines {
            let (id, state) = self.classify(line);
            let place = *known.entry(id).or_insert_with(|| {
                items.push(Item { id, entry: line.clone(), state, sent: false, duplicate: false });
                items.len() - 1
            });
            places.push(place);
        }
        (items, places)
    }

    /// Signatures are left to the ledger and to the check of the receipt.
    fn classify(&self, line: &[u8]) -> (Hash, State) {
        match receipts::read_entry(line) {
            Err(error) => (Hash::of(line), State::Refused(refusal(error.code(), &explain(&error), line))),
            Ok((id, payload)) if payload.log != *self.origin => {
                (id, State::Held { code: "other-log".into() })
            }
            Ok((id, _)) if self.receipts.holds(&id, self.policy) => (id, State::Receipted),
            Ok((id, _)) => (id, State::Waiting),
        }
    }

    fn push(&self, items: &mut [Item]) -> Result<(), Failure> {
        let total = items.iter().filter(|item| item.state == State::Waiting).count();
        let mut logged = 0;
        let mut idle = 0;
        loop {
            let before = logged;
            self.wave(items, &mut logged, total)?;
            // What is void because of something that was sent just before it may be fine now: members and charters
            // wait in the same outbox as the work that needs them. The rules may lag behind the log for a moment.
            let held: Vec<usize> = (0..items.len()).filter(|i| self.may_recover(&items[*i])).collect();
            if held.is_empty() || logged == 0 {
                return Ok(());
            }
            idle = if logged > before { 0 } else { idle + 1 };
            if idle >= RECHECK.0 {
                return Ok(());
            }
            self.ledger.pause(RECHECK.1);
            for i in held {
                items[i].state = State::Waiting;
            }
        }
    }

    fn may_recover(&self, item: &Item) -> bool {
        matches!(&item.state, State::Held { code } if code != "other-log")
    }

    /// One pass over all that wait, batch by batch.
    fn wave(&self, items: &mut [Item], logged: &mut usize, total: usize) -> Result<(), Failure> {
        let mut waiting: Vec<usize> =
            (0..items.len()).filter(|i| items[*i].state == State::Waiting).collect();
        while !waiting.is_empty() {
            let count = outbox::fitting(waiting.iter().map(|i| items[*i].entry.len()));
            let rest = waiting.split_off(count);
            let mut batch = std::mem::replace(&mut waiting, rest);
            if !self.anyway {
                batch = self.hold_back(items, batch)?;
            }
            if batch.is_empty() {
                continue;
            }
            let sent = self.send(items, &batch)?;
            self.fetch(items, &sent)?;
            *logged += sent.len();
            (self.progress)(&format!("pushed {logged} of {total}"));
        }
        Ok(())
    }

    fn hold_back(&self, items: &mut [Item], batch: Vec<usize>) -> Result<Vec<usize>, Failure> {
        let standings = self.ledger.check(&join(items, &batch), batch.len())?;
        let mut fine = Vec::with_capacity(batch.len());
        for (i, standing) in batch.into_iter().zip(standings) {
            match standing {
                Standing::Void { code, logged: true, .. } => {
                    items[i].state = State::Held { code: printable(&code) }
                }
                // Not looked at: sent now, it might be logged and count for nothing.
                Standing::Void { code, message, .. } if code == RATE_LIMITED => {
                    items[i].state = State::PutOff { code, message: printable(&message) }
                }
                // What else would not even be logged is refused for good when it is sent, with words for a person.
                Standing::Fresh | Standing::Duplicate | Standing::Void { .. } => fine.push(i),
            }
        }
        Ok(fine)
    }

    /// Sends a batch; returns those that are in the log now.
    fn send(&self, items: &mut [Item], batch: &[usize]) -> Result<Vec<usize>, Failure> {
        let answers = self.ledger.send(&join(items, batch), batch.len())?;
        // Crash here: the events are logged and nothing here says so. The next push gets `duplicate` and the receipts.
        let mut sent = Vec::with_capacity(batch.len());
        for (&i, answer) in batch.iter().zip(answers) {
            let item = &mut items[i];
            match answer {
                Sent::Logged { id, .. } | Sent::Duplicate { id, .. } if id != item.id.to_string() => {
                    let message = format!("the ledger answered for event {} with another id", item.id);
                    return Err(Failure::unsure("ledger-answer", message));
                }
                Sent::Logged { .. } => item.state = State::Logged,
                Sent::Duplicate { .. } => {
                    item.state = State::Logged;
                    // Not where this very push has logged it before an error and a second try.
                    item.duplicate = !item.sent;
                }
                Sent::Refused { code, message } if LATER.contains(&code.as_str()) => {
                    item.state = State::PutOff { code, message: printable(&message) };
                    continue;
                }
                Sent::Refused { code, message } => {
                    item.state =
                        State::Refused(refusal(&printable(&code), &printable(&message), &item.entry));
                    continue;
                }
            }
            item.sent = true;
            sent.push(i);
        }
        Ok(sent)
    }

    /// Fetches, verifies and stores the receipts of logged events.
    fn fetch(&self, items: &mut [Item], sent: &[usize]) -> Result<(), Failure> {
        let mut missing = sent.to_vec();
        for attempt in 0..ASK.0 {
            if missing.is_empty() {
                return Ok(());
            }
            if attempt > 0 {
                self.ledger.pause(ASK.1);
            }
            missing = self.fetch_once(items, &missing)?;
        }
        Ok(())
    }

    /// Asks once for the receipts of `wanted`; returns those that are not published yet.
    fn fetch_once(&self, items: &mut [Item], wanted: &[usize]) -> Result<Vec<usize>, Failure> {
        let ids: Vec<Hash> = wanted.iter().map(|i| items[*i].id).collect();
        let answer = self.ledger.proofs(&ids)?;
        let mut missing = Vec::new();
        let mut verified = Vec::new();
        let mut bad = None;
        let mut proofs = HashMap::new();
        for (&i, proof) in wanted.iter().zip(answer.proofs) {
            match proof {
                Proof::Refused { code } if code == "not-published" => missing.push(i),
                Proof::Refused { code } => {
                    let message =
                        format!("the ledger gives no receipt for event {}, which it has logged", items[i].id);
                    bad = Some(Failure::refused(code, message));
                }
                Proof::Included { index, hashes } => {
                    let item = &items[i];
                    match receipts::assemble(index, &hashes, &item.entry, &answer.checkpoint, self.policy) {
                        Ok((receipt, included)) => {
                            match self.may_store(item, &receipt, &included, &mut proofs) {
                                Ok(()) => verified.push((i, receipt)),
                                Err(failure) => bad = bad.or(Some(failure)),
                            }
                        }
                        Err(error) => {
                            let why = explain(&error);
                            let message =
                                format!("the ledger's receipt for event {} does not verify: {why}", item.id);
                            bad = Some(Failure::refused(error.code(), message));
                        }
                    }
                }
            }
        }
        let files: Vec<_> = verified.iter().map(|(i, receipt)| (items[*i].id, receipt.as_slice())).collect();
        self.receipts.store(&files).or_unsure()?;
        // Crash here: receipts are safe, the lines are still in the outbox.
        for (i, _) in verified {
            items[i].state = State::Receipted;
        }
        bad.map_or(Ok(missing), Err)
    }
}

impl Pusher<'_> {
    /// Whether a fresh receipt may be stored: there is none yet, or it continues the one that is here. One that does
    /// not is kept apart, as evidence. `proofs` are the consistency proofs that the ledger gave so far, by first size.
    fn may_store(
        &self,
        item: &Item,
        receipt: &[u8],
        included: &Included,
        proofs: &mut HashMap<u64, Vec<Hash>>,
    ) -> Result<(), Failure> {
        let old = self.receipts.bytes(&item.id).or_unsure()?;
        let Some(held) = old.and_then(|old| Held::of(&old, &item.id, self.policy)) else { return Ok(()) };
        let mut proof = Vec::new();
        if held.is_older_than(included) {
            proof = match proofs.get(&held.size()) {
                Some(proof) => proof.clone(),
                None => self.ledger.consistency(held.size(), included.checkpoint().size())?,
            };
            proofs.insert(held.size(), proof.clone());
        }
        let Err(conflict) = held.succeeded_by(included, &proof) else { return Ok(()) };
        let root = included.checkpoint().root();
        let path = self.receipts.keep_conflict(&item.id, root, receipt).or_unsure()?;
        let message = format!(
            "WARNING: the ledger's fresh receipt for event {} does not continue the one that is here: {conflict}. The old \
             receipt was kept, the fresh one is in {}. Keep both, and show them to whoever relies on this log",
            item.id,
            path.display()
        );
        Err(Failure::refused(conflict.code(), message))
    }
}

/// Takes what is settled out of the outbox; refusals are written down first.
fn settle(outbox: &Outbox, segments: &[Segment], items: &[Item], places: &[usize]) -> Result<(), Failure> {
    for item in items {
        if let State::Refused(refusal) = &item.state {
            outbox.refuse(&item.id, refusal).or_unsure()?;
        }
    }
    // Crash here: refusals are written down and still in the outbox; the next push sends them again and overwrites
    // the same file.
    let mut places = places.iter();
    for segment in segments {
        let keep: Vec<bool> = segment
            .lines
            .iter()
            .zip(places.by_ref())
            .map(|(_, place)| !matches!(items[*place].state, State::Receipted | State::Refused(_)))
            .collect();
        outbox.settle(segment, &keep).or_unsure()?;
    }
    Ok(())
}

fn join(items: &[Item], batch: &[usize]) -> Vec<u8> {
    outbox::join(batch.iter().map(|i| items[*i].entry.as_slice()))
}

fn refusal(code: &str, message: &str, entry: &[u8]) -> Refusal {
    let entry = String::from_utf8_lossy(entry).into_owned();
    Refusal { code: code.to_owned(), message: message.to_owned(), entry }
}

#[cfg(test)]
mod tests;
