//! Why a policy is refused.

use thiserror::Error;

use super::{MAX_GROUPS, MAX_LOGS, MAX_POLICY, MAX_WITNESSES};
use crate::error::Code;
use crate::note::VkeyError;

/// Why a text is no policy. Lines are counted from 1; names are escaped for printing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the fields say what their names say; `line` and `first` are line numbers")]
pub enum PolicyError {
    /// More than [`MAX_POLICY`] bytes.
    #[error("the policy has {length} bytes, more than {MAX_POLICY}")]
    TooLong { length: usize },
    /// An ASCII control character other than tab and newline.
    #[error(
        "line {line} of the policy has the octet {octet:#04x}; of the control characters only tab and newline are allowed"
    )]
    Octet { line: usize, octet: u8 },
    /// The last line does not end in a newline.
    #[error("line {line} of the policy does not end in a newline; the file may have been cut off")]
    Unterminated { line: usize },
    /// A line that starts with something else than `log`, `witness`, `group`, `quorum` or `#`.
    #[error("line {line} of the policy starts with \"{keyword}\"; log, witness, group and quorum are known")]
    Keyword { line: usize, keyword: String },
    /// Not `log <vkey> [<url>]`.
    #[error("line {line} of the policy is not \"log <vkey> [<url>]\"")]
    LogItems { line: usize },
    /// Not `witness <name> <vkey> [<url>]`.
    #[error("line {line} of the policy is not \"witness <name> <vkey> [<url>]\"")]
    WitnessItems { line: usize },
    /// Not `group <name> all|any|<k> <name>...`.
    #[error("line {line} of the policy is not \"group <name> all|any|<k> <name>...\"")]
    GroupItems { line: usize },
    /// Not `quorum <name>`.
    #[error("line {line} of the policy is not \"quorum <name>\"")]
    QuorumItems { line: usize },
    /// More than [`MAX_LOGS`] logs.
    #[error("line {line} of the policy is one log too many; {MAX_LOGS} are read")]
    TooManyLogs { line: usize },
    /// More than [`MAX_WITNESSES`] witnesses.
    #[error("line {line} of the policy is one witness too many; {MAX_WITNESSES} are read")]
    TooManyWitnesses { line: usize },
    /// More than [`MAX_GROUPS`] groups.
    #[error("line {line} of the policy is one group too many; {MAX_GROUPS} are read")]
    TooManyGroups { line: usize },
    /// Not a vkey.
    #[error("the vkey on line {line} of the policy can not be used")]
    Vkey { line: usize, source: VkeyError },
    /// Logs sign with type 0x01 or 0x06.
    #[error(
        "the log key on line {line} of the policy has signature type {type_byte:#04x}; logs sign with 0x01 or 0x06"
    )]
    LogKeyType { line: usize, type_byte: u8 },
    /// Witnesses cosign with type 0x04 or 0x06.
    #[error(
        "the witness key on line {line} of the policy has signature type {type_byte:#04x}; witnesses cosign with 0x04 or 0x06"
    )]
    WitnessKeyType { line: usize, type_byte: u8 },
    /// The public key stands on another log line.
    #[error("the log on line {line} of the policy has the public key of the one on line {first}")]
    DuplicateLog { line: usize, first: usize },
    /// The public key stands on another witness line.
    #[error("the witness on line {line} of the policy has the public key of the one on line {first}")]
    DuplicateWitness { line: usize, first: usize },
    /// Another key with this name and key id: a signature by one would be taken for a bad one by the other.
    #[error("the key on line {line} of the policy has name and key id of another key on line {first}")]
    KeyIdCollision { line: usize, first: usize },
    /// `none` is predefined.
    #[error("line {line} of the policy defines \"none\", which is predefined")]
    NameReserved { line: usize },
    /// Witnesses and groups share one set of names.
    #[error("line {line} of the policy defines \"{name}\", which line {first} has defined")]
    NameTaken { line: usize, name: String, first: usize },
    /// Not `all`, `any`, or a decimal number without leading zeroes.
    #[error(
        "the threshold on line {line} of the policy is not all, any or a decimal number without leading zeroes"
    )]
    ThresholdForm { line: usize },
    /// `none` may be a quorum, but not a member.
    #[error("line {line} of the policy has \"none\" as a member of a group")]
    NoneAsMember { line: usize },
    /// A member that no line above defines.
    #[error("line {line} of the policy has the member \"{name}\", which no line above it defines")]
    MemberUndefined { line: usize, name: String },
    /// A name that is a member already.
    #[error("line {line} of the policy has the member \"{name}\", which is a member on line {first} already")]
    MemberTwice { line: usize, name: String, first: usize },
    /// The threshold is 0, or more than there are members.
    #[error("the threshold on line {line} of the policy is {threshold}; from 1 to {members} is possible")]
    ThresholdRange { line: usize, threshold: String, members: usize },
    /// A second quorum line.
    #[error("line {line} of the policy is a second quorum line after line {first}")]
    QuorumTwice { line: usize, first: usize },
    /// A quorum that no line above defines.
    #[error("line {line} of the policy has the quorum \"{name}\", which no line above it defines")]
    QuorumUndefined { line: usize, name: String },
    /// No quorum line at all.
    #[error("the policy has no quorum line; \"quorum none\" asks for no witnesses")]
    QuorumMissing,
}

impl Code for PolicyError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "policy-too-long",
            Self::Octet { .. } => "policy-octet",
            Self::Unterminated { .. } => "policy-unterminated",
            Self::Keyword { .. } => "policy-keyword",
            Self::LogItems { .. } => "policy-log-items",
            Self::WitnessItems { .. } => "policy-witness-items",
            Self::GroupItems { .. } => "policy-group-items",
            Self::QuorumItems { .. } => "policy-quorum-items",
            Self::TooManyLogs { .. } => "policy-too-many-logs",
            Self::TooManyWitnesses { .. } => "policy-too-many-witnesses",
            Self::TooManyGroups { .. } => "policy-too-many-groups",
            Self::Vkey { source, .. } => source.code(),
            Self::LogKeyType { .. } => "policy-log-key-type",
            Self::WitnessKeyType { .. } => "policy-witness-key-type",
            Self::DuplicateLog { .. } => "policy-duplicate-log",
            Self::DuplicateWitness { .. } => "policy-duplicate-witness",
            Self::KeyIdCollision { .. } => "policy-key-id-collision",
            Self::NameReserved { .. } => "policy-name-reserved",
            Self::NameTaken { .. } => "policy-name-taken",
            Self::ThresholdForm { .. } => "policy-threshold-form",
            Self::NoneAsMember { .. } => "policy-none-as-member",
            Self::MemberUndefined { .. } => "policy-member-undefined",
            Self::MemberTwice { .. } => "policy-member-twice",
            Self::ThresholdRange { .. } => "policy-threshold-range",
            Self::QuorumTwice { .. } => "policy-quorum-twice",
            Self::QuorumUndefined { .. } => "policy-quorum-undefined",
            Self::QuorumMissing => "policy-quorum-missing",
        }
    }
}
