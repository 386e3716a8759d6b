//! Why an entry of the log counts for nothing.

use thiserror::Error;

use crate::error::Code;

/// The rule that a void entry broke.
///
/// A void entry stays in the log and hinders nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
#[expect(missing_docs, reason = "each message says what its variant is")]
pub enum Void {
    #[error("the entry is no event: {0}")]
    Malformed(&'static str),
    #[error("this event is in the log already")]
    Repeated,
    #[error("entry 0 is not a valid `ledger` event, so nothing in this log counts")]
    NoLedger,
    #[error("it was made for another log")]
    OtherLog,
    #[error("the log was closed before")]
    LogClosed,
    #[error("it is not signed by the ledger key in force")]
    NotLedgerKey,
    #[error("it lowers the rules version")]
    RulesLowered,
    #[error("the day is not later than the log's day")]
    DayNotLater,
    #[error("too few stewards have signed")]
    StewardsBelowThreshold,
    #[error("there is no such project in this log")]
    ProjectUnknown,
    #[error("there is no such charter in this project")]
    CharterUnknown,
    #[error("the charter that it names is not in force yet")]
    CharterNotYet,
    #[error("the charter that it names was replaced; sign it anew under the charter in force")]
    CharterChanged,
    #[error("the charter that it amends is not the one in force")]
    CharterNotInForce,
    #[error("the charter has no such activity with this kind of work and unit")]
    ActivityUnknown,
    #[error("a signer is not an enroller of the charter in force")]
    NotEnroller,
    #[error("the member has this role already")]
    MemberHasRole,
    #[error("the member does not have this role")]
    MemberLacksRole,
    #[error("the project counts members' work only, and the contributor is none")]
    NotEnrolled,
    #[error("the signer is not an importer of the project")]
    NotImporter,
    #[error("the charter has no import key, so nothing can be imported")]
    ImportNotAllowed,
    #[error("this piece of work is counted already under the same id")]
    IdTaken,
    #[error("what it supersedes is not an own contribution to this project that counts")]
    SupersedesUnknown,
    #[error("none of the events that it withdraws is an own contribution to this project that counts")]
    RetractsNothing,
}

impl Code for Void {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(code) => code,
            Self::Repeated => "repeated",
            Self::NoLedger => "no-ledger",
            Self::OtherLog => "other-log",
            Self::LogClosed => "log-closed",
            Self::NotLedgerKey => "not-ledger-key",
            Self::RulesLowered => "rules-lowered",
            Self::DayNotLater => "day-not-later",
            Self::StewardsBelowThreshold => "stewards-below-threshold",
            Self::ProjectUnknown => "project-unknown",
            Self::CharterUnknown => "charter-unknown",
            Self::CharterNotYet => "charter-not-yet",
            Self::CharterChanged => "charter-changed",
            Self::CharterNotInForce => "charter-not-in-force",
            Self::ActivityUnknown => "activity-unknown",
            Self::NotEnroller => "not-enroller",
            Self::MemberHasRole => "member-has-role",
            Self::MemberLacksRole => "member-lacks-role",
            Self::NotEnrolled => "not-enrolled",
            Self::NotImporter => "not-importer",
            Self::ImportNotAllowed => "import-not-allowed",
            Self::IdTaken => "id-taken",
            Self::SupersedesUnknown => "supersedes-unknown",
            Self::RetractsNothing => "retracts-nothing",
        }
    }
}
