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
    #[error("what it supersedes is not an own contribution to this project")]
    SupersedesUnknown,
    #[error("what it supersedes was settled already; only an arbiter can change it now")]
    SupersedesSettled,
    #[error("none of the events that it withdraws is an own contribution to this project that is undecided")]
    RetractsNothing,
    #[error("verdicts are counted where they are given; this activity takes no contributions")]
    ActivityByVerdicts,
    #[error("the project has no room for the points, or for what they are owed")]
    PointsOverflow,
    #[error("the signer does not have the role of a reviewer now")]
    NotReviewer,
    #[error("the signer does not have the role of an arbiter now")]
    NotArbiter,
    #[error("the charter in force has no such reason code")]
    ReasonUnknown,
    #[error("none of its verdicts counts; of the first event that it judges: {0}")]
    Subject(SubjectFault),
    #[error("the mark's date is not the log's day")]
    MarkDate,
    #[error("it is not a snapshot of the newest mark")]
    SnapshotMark,
    #[error("there is a snapshot of this mark already")]
    SnapshotRepeated,
    #[error("the snapshot before it is another")]
    SnapshotPrevious,
    #[error("its date is not the day of its mark")]
    SnapshotDate,
    #[error("the tree of projects has another number of leaves")]
    SnapshotProjects,
    #[error("the root of all totals is another")]
    SnapshotRoot,
    #[error("a signer does not have the role of a treasurer now")]
    NotTreasurer,
    #[error("the project has 16 other currencies already")]
    IncomeCurrencies,
    #[error("the income of the project in this currency would be above 2^53 - 1 minor units")]
    IncomeOverflow,
    #[error("the project has 32 pools of income that are not settled; settle first")]
    IncomePools,
    #[error("it is not an income of this project")]
    IncomeUnknown,
    #[error("more was to be taken back than is left of the income")]
    ReversalAboveIncome,
    #[error("the project is to be frozen at the next mark already")]
    ClosingRepeated,
    #[error("the last valid settlement before it is another")]
    SettlementPrevious,
    #[error(
        "there is nothing to settle: no `closing` since the last settlement, or no mark or snapshot after it yet"
    )]
    SettlementNotFrozen,
    #[error("it is not about the snapshot at which the project was frozen last")]
    SettlementSnapshot,
    #[error("the replay has other currencies")]
    SettlementCurrencies,
    #[error("the replay has another number of lines")]
    SettlementLines,
    #[error("the replay comes to other sums")]
    SettlementSums,
    #[error("the replay comes to other lines")]
    SettlementRoot,
    #[error("a signer does not have the role of a paymaster now")]
    NotPaymaster,
    #[error("it is about no valid settlement of this project")]
    PaymentSettlement,
    #[error("of a line in it nothing is payable in this currency, or there is no such line")]
    PaymentLine,
    #[error("a line in it can not come into this state from the one that it is in")]
    PaymentState,
    #[error("it is not the attempt that a line in it is at")]
    PaymentAttempt,
    #[error("two claim the alias that a line in it belongs to; an arbiter has to decide first")]
    PaymentDisputed,
    #[error("tax and fee leave nothing of a line in it")]
    PaymentNetZero,
    #[error("its sums are not those of its lines")]
    PaymentSums,
    #[error("the charter in force does not say how aliases are claimed")]
    ClaimNotAllowed,
    #[error("no work of this alias is in the project")]
    ClaimAlias,
    #[error("the alias was claimed, and nobody objected in time")]
    ClaimInForce,
    #[error("a signer has judged work of this alias")]
    ClaimReviewer,
    #[error("the confirmers do not have different roles, or the third is no arbiter")]
    ClaimConfirmers,
    #[error("the claimant has claimed this alias before")]
    ClaimRepeated,
    #[error("sixteen have claimed this alias")]
    ClaimTooMany,
    #[error("there is nothing to decide: the alias is not in dispute, or not claimed by this claimant")]
    ClaimUndisputed,
}

impl Void {
    /// The rules that need no value, and so have words for their code.
    const PLAIN: [Self; 66] = [
        Self::Repeated,
        Self::NoLedger,
        Self::OtherLog,
        Self::LogClosed,
        Self::NotLedgerKey,
        Self::RulesLowered,
        Self::DayNotLater,
        Self::StewardsBelowThreshold,
        Self::ProjectUnknown,
        Self::CharterUnknown,
        Self::CharterNotYet,
        Self::CharterChanged,
        Self::CharterNotInForce,
        Self::ActivityUnknown,
        Self::NotEnroller,
        Self::MemberHasRole,
        Self::MemberLacksRole,
        Self::NotEnrolled,
        Self::NotImporter,
        Self::ImportNotAllowed,
        Self::IdTaken,
        Self::SupersedesUnknown,
        Self::SupersedesSettled,
        Self::RetractsNothing,
        Self::ActivityByVerdicts,
        Self::PointsOverflow,
        Self::NotReviewer,
        Self::NotArbiter,
        Self::ReasonUnknown,
        Self::MarkDate,
        Self::SnapshotMark,
        Self::SnapshotRepeated,
        Self::SnapshotPrevious,
        Self::SnapshotDate,
        Self::SnapshotProjects,
        Self::SnapshotRoot,
        Self::NotTreasurer,
        Self::IncomeCurrencies,
        Self::IncomeOverflow,
        Self::IncomePools,
        Self::IncomeUnknown,
        Self::ReversalAboveIncome,
        Self::ClosingRepeated,
        Self::SettlementPrevious,
        Self::SettlementNotFrozen,
        Self::SettlementSnapshot,
        Self::SettlementCurrencies,
        Self::SettlementLines,
        Self::SettlementSums,
        Self::SettlementRoot,
        Self::NotPaymaster,
        Self::PaymentSettlement,
        Self::PaymentLine,
        Self::PaymentState,
        Self::PaymentAttempt,
        Self::PaymentDisputed,
        Self::PaymentNetZero,
        Self::PaymentSums,
        Self::ClaimNotAllowed,
        Self::ClaimAlias,
        Self::ClaimInForce,
        Self::ClaimReviewer,
        Self::ClaimConfirmers,
        Self::ClaimRepeated,
        Self::ClaimTooMany,
        Self::ClaimUndisputed,
    ];

    /// The rule that a code of the state stands for; `None` for a code of the check of events (spec/event.md).
    pub fn of_code(code: &str) -> Option<Self> {
        let subjects = SubjectFault::ALL.iter().map(|fault| Self::Subject(*fault));
        Self::PLAIN.into_iter().chain(subjects).find(|void| void.code() == code)
    }
}

/// Why the verdict on one event of a review has no effect. The others of the review are judged by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
#[expect(missing_docs, reason = "each message says what its variant is")]
pub enum SubjectFault {
    #[error("it is void")]
    Void,
    #[error("it is not a contribution to this project")]
    Unknown,
    #[error("it is the reviewer's own work, or was imported by them")]
    Own,
    #[error("it was withdrawn")]
    Withdrawn,
    #[error("it was settled before; only an arbiter can change it")]
    Settled,
    #[error("it is undecided; adjusting is for what was settled")]
    Undecided,
    #[error("more was to be accepted than was logged")]
    QuantityAboveLogged,
    #[error("to accept nothing of it, reject it")]
    QuantityZero,
    #[error("this reviewer has judged it before")]
    Reviewed,
    #[error("the project has no room for the points, or for what they are owed")]
    PointsOverflow,
}

impl SubjectFault {
    /// All of them, in the order of spec/fold.md §2.
    pub const ALL: &[Self] = &[
        Self::Void,
        Self::Unknown,
        Self::Own,
        Self::Withdrawn,
        Self::Settled,
        Self::Undecided,
        Self::QuantityAboveLogged,
        Self::QuantityZero,
        Self::Reviewed,
        Self::PointsOverflow,
    ];

    /// Its number in the state: its place in [`SubjectFault::ALL`], from 1.
    pub(super) fn number(self) -> u8 {
        self as u8 + 1
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

impl Code for SubjectFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Void => "subject-void",
            Self::Unknown => "subject-unknown",
            Self::Own => "subject-own",
            Self::Withdrawn => "subject-withdrawn",
            Self::Settled => "subject-settled",
            Self::Undecided => "subject-undecided",
            Self::QuantityAboveLogged => "subject-quantity-above-logged",
            Self::QuantityZero => "subject-quantity-zero",
            Self::Reviewed => "subject-reviewed",
            Self::PointsOverflow => "subject-points-overflow",
        }
    }
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
            Self::SupersedesSettled => "supersedes-settled",
            Self::RetractsNothing => "retracts-nothing",
            Self::ActivityByVerdicts => "activity-by-verdicts",
            Self::PointsOverflow => "points-overflow",
            Self::NotReviewer => "not-reviewer",
            Self::NotArbiter => "not-arbiter",
            Self::ReasonUnknown => "reason-unknown",
            Self::Subject(fault) => fault.code(),
            Self::MarkDate => "mark-date",
            Self::SnapshotMark => "snapshot-mark",
            Self::SnapshotRepeated => "snapshot-repeated",
            Self::SnapshotPrevious => "snapshot-previous",
            Self::SnapshotDate => "snapshot-date",
            Self::SnapshotProjects => "snapshot-projects",
            Self::SnapshotRoot => "snapshot-root",
            Self::NotTreasurer => "not-treasurer",
            Self::IncomeCurrencies => "income-currencies",
            Self::IncomeOverflow => "income-overflow",
            Self::IncomePools => "income-pools",
            Self::IncomeUnknown => "income-unknown",
            Self::ReversalAboveIncome => "reversal-above-income",
            Self::ClosingRepeated => "closing-repeated",
            Self::SettlementPrevious => "settlement-previous",
            Self::SettlementNotFrozen => "settlement-not-frozen",
            Self::SettlementSnapshot => "settlement-snapshot",
            Self::SettlementCurrencies => "settlement-currencies",
            Self::SettlementLines => "settlement-lines",
            Self::SettlementSums => "settlement-sums",
            Self::SettlementRoot => "settlement-root",
            Self::NotPaymaster => "not-paymaster",
            Self::PaymentSettlement => "payment-settlement",
            Self::PaymentLine => "payment-line",
            Self::PaymentState => "payment-state",
            Self::PaymentAttempt => "payment-attempt",
            Self::PaymentDisputed => "payment-disputed",
            Self::PaymentNetZero => "payment-net-zero",
            Self::PaymentSums => "payment-sums",
            Self::ClaimNotAllowed => "claim-not-allowed",
            Self::ClaimAlias => "claim-alias",
            Self::ClaimInForce => "claim-in-force",
            Self::ClaimReviewer => "claim-reviewer",
            Self::ClaimConfirmers => "claim-confirmers",
            Self::ClaimRepeated => "claim-repeated",
            Self::ClaimTooMany => "claim-too-many",
            Self::ClaimUndisputed => "claim-undisputed",
        }
    }
}
