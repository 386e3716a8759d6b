//! Entries and the feed of changes.

use std::fmt;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::Payload;
use lebombo_verifier::fold::{Decided, Standing, Status, Void};
use lebombo_verifier::{Code, Hash};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::app::{App, Shared};
use super::problem::{Problem, ProblemBody};
use super::query;
use crate::ledger::MAX_PAGE;
use crate::store::{Change, StoreError};

/// Entries are read for a page of the feed until they have so many bytes.
const MAX_READ: usize = 8 << 20;

/// How a request names an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Index(u64),
    Id(Hash),
}

impl Key {
    /// 64 hex digits are an event id; a decimal number without leading zeros is an index.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if let Some(id) = Hash::from_hex(text) {
            return Ok(Self::Id(id));
        }
        let canonical =
            text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
        match text.parse() {
            Ok(index) if canonical => Ok(Self::Index(index)),
            _ => Err(Problem::bad_request(
                "entry-key",
                "an entry is named by its index in decimal or its event id, 64 lower-case hex digits",
            )),
        }
    }

    /// The index of the entry, which is in the log.
    pub(super) fn index(self, app: &Shared) -> Result<u64, Problem> {
        match self {
            Self::Index(index) if index < app.ledger.size() => Ok(index),
            Self::Index(_) => Err(unknown(self)),
            Self::Id(id) => app.ledger.index_of(&id)?.ok_or_else(|| unknown(self)),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "entry {index}"),
            Self::Id(id) => write!(f, "event {id}"),
        }
    }
}

fn unknown(key: Key) -> Problem {
    Problem::not_found("entry-unknown", format!("{key} is not in this log"))
}

/// Where an event stands (spec/fold.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Standing)]
pub(super) struct StandingView {
    /// `applied`, `pending`, `accepted`, `rejected`, `withdrawn` or `void`.
    status: &'static str,
    /// Of what is void: the rule that it broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Of a contribution that is not void: what was decided about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    work: Option<WorkView>,
    /// Of a review: for each event of its `about`, in order, `ok` or why the verdict on it has no effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    verdicts: Vec<&'static str>,
}

/// What was decided about a contribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Work)]
struct WorkView {
    /// The project, in hex.
    project: String,
    /// Units logged.
    quantity: u32,
    /// Units that count.
    accepted: u32,
    /// Points for one unit, by the charter that the work was done under.
    weight: u32,
    /// Points that it gives, a decimal number.
    points: String,
    /// While it waits: the day of the log on which silence accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// Index of the entry that decided; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<u64>,
    /// The reason code of that decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl WorkView {
    fn of(work: Decided, status: &Status) -> Self {
        let decided = matches!(status, Status::Accepted | Status::Rejected);
        Self {
            project: work.project.to_string(),
            quantity: work.quantity,
            accepted: work.accepted,
            weight: work.weight,
            points: (u64::from(work.weight) * u64::from(work.accepted)).to_string(),
            due: work.due.map(|day| day.to_string()),
            decided_by: decided.then_some(work.by),
            reason: work.reason,
        }
    }
}

impl StandingView {
    /// The standing of the entry at `index`; an event that comes again is void there.
    fn at(index: u64, standing: Standing) -> Self {
        let void = |code: &str| Self {
            status: "void",
            code: Some(code.to_owned()),
            message: Void::of_code(code).map(|void| void.to_string()),
            work: None,
            verdicts: Vec::new(),
        };
        if standing.index != index {
            return void(Void::Repeated.code());
        }
        if let Status::Void(code) = &standing.status {
            return void(code);
        }
        Self {
            status: standing.status.as_str(),
            code: None,
            message: None,
            work: standing.contribution().map(|work| WorkView::of(work, &standing.status)),
            verdicts: standing.subjects.iter().map(|fault| fault.map_or("ok", |f| f.code())).collect(),
        }
    }
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
pub(super) struct EntryView {
    /// Its index in the log.
    index: u64,
    /// Its event id, in hex.
    id: String,
    /// The envelope's bytes, base64.
    entry: String,
    /// Whether the latest checkpoint covers it.
    published: bool,
    /// Where it stands; null where the fold has not come to it yet, or gives it no standing.
    standing: Option<StandingView>,
}

/// An entry, by index or event id, and where it stands.
#[utoipa::path(
    get, path = "/v1/entries/{key}", operation_id = "entry", tag = "Log",
    params(("key" = String, Path, description = "Index in decimal, or event id in hex")),
    responses(
        (status = 200, body = EntryView),
        (status = "4XX", description = "Not there", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn entry(
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<Json<EntryView>, Problem> {
    let key = Key::parse(&key)?;
    let view = app
        .blocking(move |app| {
            let entry = app.ledger.entry(key.index(app)?)?.ok_or_else(|| unknown(key))?;
            let standing = app.attribution.standing(&entry.id)?;
            Ok(EntryView {
                index: entry.index,
                id: entry.id.to_string(),
                entry: STANDARD.encode(&entry.bytes),
                published: entry.index < app.ledger.checkpoint().size(),
                standing: standing.map(|standing| StandingView::at(entry.index, standing)),
            })
        })
        .await?;
    Ok(Json(view))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// Index of the last change that is known; absent: from the start.
    #[serde(default, deserialize_with = "super::optional")]
    after: Option<u64>,
    /// At most so many, 1 to 4,096.
    #[serde(default, deserialize_with = "super::optional")]
    #[param(default = 1000, minimum = 1, maximum = 4096)]
    limit: Option<u64>,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeView {
    /// Index of the entry.
    index: u64,
    /// Its event id, in hex.
    id: String,
    /// What kind of event it is: `contribution`, `settlement`, `payment`, `claim`…
    kind: &'static str,
    /// The project that it names: event id of its first charter, in hex; absent where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// Where it stands now; absent where the fold has not come to it yet, or gives it no standing.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<StandingView>,
}

impl ChangeView {
    fn of(app: &Shared, change: Change, entry: &[u8]) -> Result<Self, Problem> {
        let payload = Envelope::parse(entry).and_then(|envelope| Payload::parse(&envelope.payload));
        // It was checked before it was logged.
        let payload = payload.map_err(|_| StoreError::Damaged { what: "entry", number: change.index })?;
        let standing = app.attribution.standing(&change.id)?;
        Ok(Self {
            index: change.index,
            id: change.id.to_string(),
            kind: payload.body.kind(),
            project: payload.project.map(|project| project.to_string()),
            standing: standing.map(|standing| StandingView::at(change.index, standing)),
        })
    }
}

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Changes)]
pub(super) struct ChangesView {
    /// In order of their index, without gaps; fewer than were asked for do not mean that there are no more.
    changes: Vec<ChangeView>,
    /// What to give as `after` for the next page; null before the first change.
    next: Option<u64>,
    /// Size of the latest checkpoint: the feed goes so far.
    published: u64,
    /// How many entries the fold has taken in: changes from this index on have no standing yet.
    as_of: u64,
}

/// The feed of published entries, to be resumed with `next`.
#[utoipa::path(
    get, path = "/v1/changes", operation_id = "changes", tag = "Log", params(ChangesQuery),
    responses(
        (status = 200, body = ChangesView),
        (status = "4XX", description = "Malformed query, or after the end", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn changes(State(app): State<App>, uri: Uri) -> Result<Json<ChangesView>, Problem> {
    let ChangesQuery { after, limit } = query(&uri)?;
    let limit = super::limit(limit, 1_000, MAX_PAGE)?;
    let page = app
        .blocking(move |app| {
            let published = app.ledger.checkpoint().size();
            if let Some(after) = after.filter(|after| *after >= published) {
                let detail =
                    format!("entry {after} is not published: the latest checkpoint has size {published}");
                return Err(Problem::not_found("beyond-checkpoint", detail));
            }
            // Before the standings: they are of this fold or a later one.
            let as_of = app.attribution.cursor()?;
            let changes = app.ledger.changes(after, limit)?;
            let (mut found, mut read) = (Vec::with_capacity(changes.len()), 0);
            for change in changes {
                let damaged = StoreError::Damaged { what: "entry", number: change.index };
                let entry = app.ledger.entry(change.index)?.ok_or(damaged)?.bytes;
                read += entry.len();
                found.push(ChangeView::of(app, change, &entry)?);
                if read >= MAX_READ {
                    break;
                }
            }
            let next = found.last().map(|change| change.index).or(after);
            Ok(ChangesView { changes: found, next, published: app.ledger.checkpoint().size(), as_of })
        })
        .await?;
    Ok(Json(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        assert_eq!(Key::parse("0").unwrap(), Key::Index(0));
        assert_eq!(Key::parse("18446744073709551615").unwrap(), Key::Index(u64::MAX));
        assert_eq!(Key::parse(&"1".repeat(64)).unwrap(), Key::Id(Hash([0x11; 32])));
        for text in [
            "",
            "00",
            "01",
            "-1",
            "+1",
            " 1",
            "1.0",
            "18446744073709551616",
            &"A".repeat(64),
            &"a".repeat(63),
        ] {
            assert_eq!(Key::parse(text).unwrap_err().code(), "entry-key", "{text}");
        }
    }
}
