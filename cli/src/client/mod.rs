//! The ledger's HTTP API (spec/api.md), from a client's side.

mod transport;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::Hash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use transport::{NetError, Transport, printable};

/// Most bytes of an answer about one batch: 4,096 lines of a proof each, generously.
const MAX_BATCH_ANSWER: u64 = 32 * 1024 * 1024;
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

/// What one contributor did in a project, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    /// did:key or alias.
    pub(crate) contributor: String,
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
    /// Contributions that count.
    pub(crate) events: u64,
    /// The sum of their quantities, a decimal number.
    pub(crate) quantity: String,
    /// Contributions that were withdrawn.
    pub(crate) withdrawn: u64,
}

#[derive(Deserialize)]
struct TotalsPage {
    contributors: Vec<Totals>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct EntryView {
    entry: String,
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
        let path = format!("/v1/entries/{id}");
        let view: EntryView = self.json(&path, &self.transport.get(&path, MAX_ANSWER)?)?;
        STANDARD.decode(view.entry).map_err(|_| self.bad(&path, "the entry is not base64"))
    }

    /// What the contributors of a project did, page by page until the last.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn totals(&self, project: &Hash) -> Result<Vec<Totals>, NetError> {
        let mut all: Vec<Totals> = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/v1/projects/{project}/totals?limit=1000{after}");
            let page: TotalsPage = self.json(&path, &self.transport.get(&path, MAX_ANSWER)?)?;
            all.extend(page.contributors);
            match page.next.as_deref().and_then(Hash::from_hex) {
                None => return Ok(all),
                Some(next) if format!("&after={next}") <= after => {
                    return Err(self.bad(&path, "pages go backwards"));
                }
                Some(next) => after = format!("&after={next}"),
            }
        }
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
