//! What the ledger says would become of reviews, before they are sent.

use std::collections::BTreeMap;

use lebombo_verifier::Code as _;
use lebombo_verifier::fold::SubjectFault;
use serde_json::{Value, json};

use crate::client::{Client, Foreseen, Standing, printable};
use crate::failure::Failure;
use crate::outbox;
use crate::signer::Signed;
use crate::table::number;

/// A review that would count for nothing as things stand, or of which some verdicts would have no effect.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::command) struct Warning {
    review: String,
    code: String,
    message: String,
    /// How many verdicts are concerned, where it is not the whole review.
    verdicts: Option<usize>,
}

impl Warning {
    pub(in crate::command) fn text(&self) -> String {
        let Self { review, code, message, verdicts } = self;
        match verdicts {
            None => format!(
                "WARNING    as things stand review {review} would count for nothing: {message} [{code}]\n           \
                 Push holds it back until that has changed; `lebombo outbox drop` takes it out.\n"
            ),
            Some(count) => format!(
                "WARNING    as things stand {} of review {review} would have no effect: {message} [{code}]\n",
                number(*count, "verdict")
            ),
        }
    }

    pub(in crate::command) fn to_json(&self) -> Value {
        json!({"review": self.review, "code": self.code, "message": self.message, "verdicts": self.verdicts})
    }
}

/// Asks the ledger about reviews; what it would log and count for nothing, wholly or in part, comes back.
///
/// # Errors
/// Those of [`Client::foresee`].
pub(in crate::command) fn foresee(client: &Client, signed: &[Signed]) -> Result<Vec<Warning>, Failure> {
    let mut warnings = Vec::new();
    let mut rest = signed;
    while !rest.is_empty() {
        let count = outbox::fitting(rest.iter().map(|one| one.entry.len()));
        let (these, others) = rest.split_at(count);
        let answers = client.foresee(&outbox::join(these.iter().map(|one| one.entry.as_slice())), count)?;
        for (one, answer) in these.iter().zip(answers) {
            warnings.extend(of(&one.id.to_string(), answer));
        }
        rest = others;
    }
    Ok(warnings)
}

/// What there is to warn of about one review.
fn of(review: &str, answer: Foreseen) -> Vec<Warning> {
    let warning = |code: String, message: String, verdicts| Warning {
        review: review.to_owned(),
        code,
        message,
        verdicts,
    };
    if let Standing::Void { code, message, .. } = answer.standing {
        return vec![warning(printable(&code), printable(&message), None)];
    }
    let mut by_code = BTreeMap::<&str, usize>::new();
    for code in answer.verdicts.iter().filter(|code| *code != "ok") {
        let count = by_code.entry(code).or_default();
        *count = count.saturating_add(1);
    }
    let words = |code: &str| {
        let known = SubjectFault::ALL.iter().find(|fault| fault.code() == code);
        known.map_or_else(|| "the ledger does not say why".to_owned(), ToString::to_string)
    };
    by_code.into_iter().map(|(code, count)| warning(printable(code), words(code), Some(count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_that_counts_in_part_is_warned_of() {
        let read = |text: &str| of("ab", serde_json::from_str(text).unwrap());
        assert_eq!(
            read(r#"{"standing": "fresh", "id": "ab", "effect": "reviewed", "verdicts": ["ok", "ok"]}"#),
            []
        );
        assert_eq!(read(r#"{"standing": "fresh", "id": "ab", "effect": "reviewed"}"#), []);
        let part = read(
            r#"{"standing": "fresh", "verdicts": ["subject-own", "ok", "subject-own", "subject-settled", "new"]}"#,
        );
        let found: Vec<(&str, Option<usize>)> =
            part.iter().map(|one| (one.code.as_str(), one.verdicts)).collect();
        assert_eq!(found, [("new", Some(1)), ("subject-own", Some(2)), ("subject-settled", Some(1))]);
        assert!(
            part[1]
                .text()
                .contains("2 verdicts of review ab would have no effect: it is the reviewer's own work")
        );
        let void = read(
            r#"{"standing": "void", "id": "ab", "code": "not-reviewer", "message": "no", "logged": true}"#,
        );
        assert_eq!((void[0].code.as_str(), void[0].verdicts), ("not-reviewer", None));
        assert!(void[0].text().contains("count for nothing: no [not-reviewer]"));
    }
}
