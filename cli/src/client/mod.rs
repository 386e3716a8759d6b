//! The ledger's HTTP API (spec/api.md), from a client's side.

mod money;
mod transport;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::Hash;
use lebombo_verifier::total::MAX_TOTAL;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use money::{Frozen, Line, Money, Settled};
pub(crate) use transport::{NetError, Transport, printable};

/// Most bytes of an answer about one batch: 4,096 lines of a proof each, generously.
const MAX_BATCH_ANSWER: u64 = 32 * 1024 * 1024;
/// Most bytes of a page of a list.
const MAX_PAGE: u64 = 96 * 1024 * 1024;
/// Contributions asked for at once: an entry of 65,535 bytes has 87,380 characters in base64.
const UNDECIDED: usize = 1_000;
/// Most bytes of any other answer.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// What became of one entry that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum Sent {
    /// It is in the log now.
    Logged {
        /// Its index.
        index: u64,
        /// Its event id.
        id: String,
    },
    /// It was in the log before.
    Duplicate {
        /// Its first index.
        index: u64,
        /// Its event id.
        id: String,
    },
    /// It is not in the log.
    Refused {
        /// Why.
        code: String,
        /// Why, in words.
        #[serde(default)]
        message: String,
    },
}

/// What the log's rules would say about an entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "standing", rename_all = "lowercase")]
pub(crate) enum Standing {
    /// It would count.
    Fresh,
    /// It is there already.
    Duplicate,
    /// It would be refused, or count for nothing.
    Void {
        /// Which check it would fail, or which rule it would break.
        code: String,
        /// The same in words.
        #[serde(default)]
        message: String,
        /// Whether it would be logged all the same.
        logged: bool,
    },
}

/// What the log's rules would say about an entry, with what they would say about each verdict of a review.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Foreseen {
    /// The whole.
    #[serde(flatten)]
    pub(crate) standing: Standing,
    /// For each event of its `about`, `ok` or why the verdict on it would have no effect; empty for other kinds.
    #[serde(default)]
    pub(crate) verdicts: Vec<String>,
}

/// The proof of one entry under the checkpoint of the same answer. Nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Where it is, and the hashes beside it, from the leaf up.
    Included {
        /// Its index.
        index: u64,
        /// The hashes.
        hashes: Vec<Hash>,
    },
    /// There is none, or not yet.
    Refused {
        /// Why.
        code: String,
    },
}

/// Proofs under one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proofs {
    /// The signed note.
    pub(crate) checkpoint: String,
    /// In the order in which they were asked for.
    pub(crate) proofs: Vec<Proof>,
}

/// A log, in its ledger's words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct LogInfo {
    /// Its name.
    pub(crate) origin: String,
    /// The key that signs its checkpoints.
    pub(crate) vkey: String,
}

/// What a project's contributors have, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Ascending by SHA-256 of the name.
    pub(crate) contributors: Vec<Contributor>,
    /// How many entries of the log the first page takes in: of a snapshot exactly those before its mark, otherwise at
    /// least these.
    pub(crate) as_of: u64,
}

/// What one contributor has in a project, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contributor {
    /// did:key or alias.
    pub(crate) contributor: String,
    /// SHA-256 of that text, in hex.
    pub(crate) who: String,
    /// Their leaf of the project's totals tree, if they have one.
    pub(crate) handle: Option<u64>,
    /// A decimal number.
    pub(crate) points: String,
    /// By kind of work and unit.
    pub(crate) counts: Vec<Count>,
    /// Contributions that count for nothing.
    pub(crate) void: u64,
}

/// Work of one kind and unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// Kind of work.
    pub(crate) work: String,
    /// Unit.
    pub(crate) unit: String,
    /// Pending, accepted and rejected together.
    pub(crate) logged: Amount,
    /// Undecided.
    pub(crate) pending: Amount,
    /// Accepted; of what was accepted in part, that part.
    pub(crate) accepted: Amount,
    /// Rejected, with the rest of what was accepted in part.
    pub(crate) rejected: Amount,
    /// Contributions that were withdrawn.
    pub(crate) withdrawn: u64,
}

/// A number of contributions, and the sum of their quantities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Amount {
    /// Contributions.
    pub(crate) events: u64,
    /// A decimal number.
    pub(crate) quantity: String,
}

/// An entry, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryAnswer {
    /// Its index.
    pub(crate) index: u64,
    /// Its bytes, not checked.
    pub(crate) entry: Vec<u8>,
    /// Where it stands, if the rules have come to it.
    pub(crate) standing: Option<EntryStanding>,
}

/// Where an event stands, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryStanding {
    /// `applied`, `pending`, `accepted`, `rejected`, `withdrawn` or `void`.
    pub(crate) status: String,
    /// Of what is void: the rule that it broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// Of a contribution: what was decided about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) work: Option<WorkStanding>,
    /// Of a review: for each event that it judges, `ok` or why the verdict on it has no effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) verdicts: Vec<String>,
}

/// What was decided about a contribution, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkStanding {
    /// The project, in hex.
    pub(crate) project: String,
    /// Units logged.
    pub(crate) quantity: u32,
    /// Units that count.
    pub(crate) accepted: u32,
    /// Points for one unit.
    pub(crate) weight: u32,
    /// Points that it gives, a decimal number.
    pub(crate) points: String,
    /// While it waits: the day of the log on which silence accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<String>,
    /// Index of the entry that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decided_by: Option<u64>,
    /// The reason code of that decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

#[derive(Deserialize)]
struct TotalsPage {
    contributors: Vec<Contributor>,
    next: Option<String>,
    as_of: u64,
}

#[derive(Deserialize)]
struct UndecidedPage {
    undecided: Vec<UndecidedLine>,
    next: Option<u64>,
}

#[derive(Deserialize)]
struct UndecidedLine {
    index: u64,
    entry: String,
}

#[derive(Deserialize)]
struct SnapshotView {
    size: u64,
}

#[derive(Deserialize)]
struct EntryView {
    index: u64,
    entry: String,
    #[serde(default)]
    standing: Option<EntryStanding>,
}

#[derive(Deserialize)]
struct ConsistencyView {
    proof: Vec<String>,
}

#[derive(Deserialize)]
struct CheckpointLine {
    checkpoint: String,
}

#[derive(Deserialize)]
struct ProofLine {
    id: Option<String>,
    index: Option<u64>,
    proof: Option<Vec<String>>,
    code: Option<String>,
}

/// A ledger that can be asked.
pub(crate) struct Client {
    transport: Transport,
}

impl Client {
    /// The ledger at this address.
    ///
    /// # Errors
    /// [`NetError::Url`]
    pub(crate) fn new(url: &str) -> Result<Self, NetError> {
        Ok(Self { transport: Transport::new(url, crate::clock::pause)? })
    }

    /// Sends entries, NDJSON within the bounds of one request, and waits until they are published.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn send(&self, entries: &[u8], count: usize) -> Result<Vec<Sent>, NetError> {
        self.batch("/v1/entries?wait", entries, count)
    }

    /// Asks what the rules would say about entries.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn check(&self, entries: &[u8], count: usize) -> Result<Vec<Standing>, NetError> {
        self.batch("/v1/entries/check", entries, count)
    }

    /// Asks the same about reviews, verdict by verdict.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn foresee(&self, entries: &[u8], count: usize) -> Result<Vec<Foreseen>, NetError> {
        self.batch("/v1/entries/check", entries, count)
    }

    /// Asks for proofs of up to 4,096 events, under the newest published checkpoint.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn proofs(&self, ids: &[Hash]) -> Result<Proofs, NetError> {
        const PATH: &str = "/v1/receipts";
        let body: String = ids.iter().map(|id| format!("\"{id}\"\n")).collect();
        let answer = self.transport.post(PATH, body.as_bytes(), MAX_BATCH_ANSWER)?;
        let mut lines = lines(&answer);
        let first = lines.next().ok_or_else(|| self.bad(PATH, "it is empty"))?;
        let CheckpointLine { checkpoint } = self.json(PATH, first)?;
        let proofs = lines
            .map(|line| self.json::<ProofLine>(PATH, line))
            .zip(ids)
            .map(|(line, id)| self.proof(line?, id))
            .collect::<Result<Vec<_>, _>>()?;
        if proofs.len() != ids.len() {
            return Err(self.bad(PATH, "there are fewer lines than were asked for"));
        }
        Ok(Proofs { checkpoint, proofs })
    }

    fn proof(&self, line: ProofLine, id: &Hash) -> Result<Proof, NetError> {
        const PATH: &str = "/v1/receipts";
        if line.id != Some(id.to_string()) {
            return Err(self.bad(PATH, "a line is about another event than was asked for"));
        }
        match (line.index, line.proof, line.code) {
            (Some(index), Some(proof), None) => {
                let hashes: Option<Vec<Hash>> = proof.iter().map(|hash| Hash::from_base64(hash)).collect();
                let hashes = hashes.ok_or_else(|| self.bad(PATH, "a proof is not made of hashes"))?;
                Ok(Proof::Included { index, hashes })
            }
            (_, None, Some(code)) => Ok(Proof::Refused { code: printable(&code) }),
            _ => Err(self.bad(PATH, "a line is neither a proof nor a refusal")),
        }
    }

    /// The consistency proof between two sizes, `from` ≤ `to`. Nothing in it is verified yet.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, NetError> {
        let path = format!("/v1/proofs/consistency?from={from}&to={to}");
        let view: ConsistencyView = self.json(&path, &self.transport.get(&path, MAX_ANSWER)?)?;
        let hashes: Option<Vec<Hash>> = view.proof.iter().map(|hash| Hash::from_base64(hash)).collect();
        hashes.ok_or_else(|| self.bad(&path, "a proof is not made of hashes"))
    }

    /// The log, in its ledger's words.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn log_info(&self) -> Result<LogInfo, NetError> {
        self.json("/v1/log", &self.transport.get("/v1/log", MAX_ANSWER)?)
    }

    /// The bytes of an entry, as the ledger gives them; whoever asks for an event id checks that they have it.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn entry(&self, id: &Hash) -> Result<Vec<u8>, NetError> {
        Ok(self.standing(&id.to_string())?.entry)
    }

    /// An entry and where it stands, by event id in hex or index in decimal. Nothing in it is verified.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn standing(&self, key: &str) -> Result<EntryAnswer, NetError> {
        let path = format!("/v1/entries/{key}");
        let view: EntryView = self.json(&path, &self.transport.get(&path, MAX_ANSWER)?)?;
        let EntryView { index, entry, standing } = view;
        let entry = STANDARD.decode(entry).map_err(|_| self.bad(&path, "the entry is not base64"))?;
        Ok(EntryAnswer { index, entry, standing })
    }

    /// What the contributors of a project have, page by page until the last; as of a snapshot, where its size is given.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn totals(&self, project: &Hash, snapshot: Option<u64>) -> Result<Totals, NetError> {
        let snapshot = snapshot.map(|size| format!("&snapshot={size}")).unwrap_or_default();
        let mut all: Option<Totals> = None;
        let mut after = String::new();
        loop {
            let path = format!("/v1/projects/{project}/totals?limit=1000{snapshot}{after}");
            let page: TotalsPage = self.json(&path, &self.transport.get(&path, MAX_PAGE)?)?;
            let totals = all.get_or_insert(Totals { contributors: Vec::new(), as_of: page.as_of });
            totals.contributors.extend(page.contributors);
            match page.next.as_deref().and_then(Hash::from_hex) {
                None => return Ok(all.unwrap_or(Totals { contributors: Vec::new(), as_of: page.as_of })),
                Some(next) if format!("&after={next}") <= after => {
                    return Err(self.bad(&path, "pages go backwards"));
                }
                Some(next) => after = format!("&after={next}"),
            }
        }
    }

    /// A page of the contributions of a project that wait for a verdict, in the order of the log: their entries, of which
    /// nothing is verified, and what to give as `after` for the next page.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn undecided(
        &self,
        project: &Hash,
        after: Option<u64>,
    ) -> Result<(Vec<Vec<u8>>, Option<u64>), NetError> {
        let from = after.map(|after| format!("&after={after}")).unwrap_or_default();
        let path = format!("/v1/projects/{project}/undecided?limit={UNDECIDED}{from}");
        let page: UndecidedPage = self.json(&path, &self.transport.get(&path, MAX_PAGE)?)?;
        // Whoever follows `next` comes to an end.
        let mut last = after;
        let mut entries = Vec::with_capacity(page.undecided.len());
        for line in page.undecided {
            if last.is_some_and(|last| line.index <= last) {
                return Err(self.bad(&path, "pages go backwards"));
            }
            last = Some(line.index);
            entries.push(STANDARD.decode(line.entry).map_err(|_| self.bad(&path, "an entry is not base64"))?);
        }
        if page.next.is_some() && (page.next != last || entries.is_empty()) {
            return Err(self.bad(&path, "`next` is not the last of its page"));
        }
        Ok((entries, page.next))
    }

    /// The total proof of a contributor as of the newest snapshot; where `snapshot` is given only if that is its size.
    /// Nothing in it is verified.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn total_proof(
        &self,
        project: &Hash,
        contributor: &str,
        snapshot: Option<u64>,
    ) -> Result<Vec<u8>, NetError> {
        let snapshot = snapshot.map(|size| format!("&snapshot={size}")).unwrap_or_default();
        let path = format!("/v1/projects/{project}/totals/{contributor}?proof{snapshot}");
        self.transport.get(&path, MAX_TOTAL as u64)
    }

    /// The size of the newest snapshot.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn newest_snapshot(&self) -> Result<u64, NetError> {
        const PATH: &str = "/v1/snapshots/latest";
        let view: SnapshotView = self.json(PATH, &self.transport.get(PATH, MAX_ANSWER)?)?;
        Ok(view.size)
    }

    /// Any JSON of the API.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn value(&self, path: &str) -> Result<Value, NetError> {
        self.json(path, &self.transport.get(path, MAX_ANSWER)?)
    }

    fn batch<T: for<'a> Deserialize<'a>>(
        &self,
        path: &str,
        body: &[u8],
        count: usize,
    ) -> Result<Vec<T>, NetError> {
        let answer = self.transport.post(path, body, MAX_BATCH_ANSWER)?;
        let answers = lines(&answer).map(|line| self.json(path, line)).collect::<Result<Vec<T>, _>>()?;
        if answers.len() == count {
            Ok(answers)
        } else {
            Err(self.bad(path, &format!("{count} lines were sent, {} came back", answers.len())))
        }
    }

    fn json<T: for<'a> Deserialize<'a>>(&self, path: &str, bytes: &[u8]) -> Result<T, NetError> {
        serde_json::from_slice(bytes).map_err(|error| self.bad(path, &printable(&error.to_string())))
    }

    /// An error about an answer.
    pub(crate) fn bad(&self, path: &str, what: &str) -> NetError {
        NetError::Answer { url: format!("{}{path}", self.transport.base()), what: what.to_owned() }
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}
