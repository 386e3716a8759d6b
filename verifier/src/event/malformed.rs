//! Why bytes are no event: one variant for each check of `check`.

use thiserror::Error;

use crate::did::DidError;
use crate::ed25519::KeyError;
use crate::error::Code;
use crate::json::JsonError;
use crate::note::VkeyError;
use crate::origin::OriginError;

/// Which of the two JSON texts of an entry an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The DSSE envelope.
    Envelope,
    /// The payload inside it.
    Payload,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Envelope => "envelope",
            Self::Payload => "payload",
        })
    }
}

/// Why bytes are no event. `at` names the field, as in `body.activities[2].weight`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message says what its variant is, and the fields are named in it")]
pub enum Malformed {
    #[error("an entry has at most 65,535 bytes, this one has {length}")]
    EntryTooLarge { length: usize },
    #[error("the {part} is not canonical JSON: {error}")]
    Json { part: Part, error: JsonError },
    #[error("`{at}` is not an object")]
    NotAnObject { at: String },
    #[error("`{at}` is missing")]
    FieldMissing { at: String },
    #[error("`{at}` is not a field that is known here")]
    FieldUnknown { at: String },
    #[error("`{at}` should be {expected}, not {got}")]
    FieldType { at: String, expected: &'static str, got: &'static str },
    #[error("the payload type is `{got}`, not application/vnd.lebombo.event.v1+json")]
    PayloadType { got: String },
    #[error("the payload is not padded standard base64")]
    PayloadBase64,
    #[error("there is no signature")]
    SignaturesNone,
    #[error("an event has at most 16 signatures, this one has {got}")]
    SignaturesTooMany { got: usize },
    #[error("signature {position} is not padded standard base64 of 64 bytes")]
    SignatureMalformed { position: usize },
    #[error("signature {position} should come earlier: signatures ascend by keyid")]
    SignaturesUnsorted { position: usize },
    #[error("signature {position} is a second one by the same signer")]
    SignaturesRepeated { position: usize },
    #[error("{signer} is listed as a signer but has not signed")]
    SignatureMissing { signer: String },
    #[error("{signer} has signed but is not listed as a signer")]
    SignerNotListed { signer: String },
    #[error("{signer} is not a usable public key: {error}")]
    SignerKey { signer: String, error: KeyError },
    #[error("the signature by {signer} is not valid for this payload")]
    SignatureInvalid { signer: String },
    #[error("`{at}` is not a did:key: {error}")]
    Did { at: String, error: DidError },
    #[error("`{at}` is not an origin: {error}")]
    Origin { at: String, error: OriginError },
    #[error("`{at}` is not a vkey: {error}")]
    Vkey { at: String, error: VkeyError },
    #[error("`{at}` is not a token: 1 to 32 of a-z 0-9 -, not starting with -")]
    Token { at: String },
    #[error("`{at}` is not {bytes} bytes in lower-case hex")]
    Hex { at: String, bytes: usize },
    #[error("`{at}` is not an alias: alias:<system>:<64 lower-case hex digits>")]
    Alias { at: String },
    #[error("`{at}` is not a day of the calendar, 1970-01-01 to 9999-12-31, written YYYY-MM-DD")]
    Day { at: String },
    #[error("`{at}` is {got}, which is not one of the words allowed here")]
    Word { at: String, got: String },
    #[error("`{at}` is {got}, outside {least} to {most}")]
    IntegerRange { at: String, least: u64, most: u64, got: u64 },
    #[error("`{at}` is empty: leave it out, or give it an element")]
    ListEmpty { at: String },
    #[error("`{at}` has {got} elements, at most {most} are allowed")]
    ListTooLong { at: String, most: usize, got: usize },
    #[error("`{at}` is not in ascending order")]
    ListUnsorted { at: String },
    #[error("`{at}` is there already")]
    ListRepeated { at: String },
    #[error("`{got}` is not a kind of event that rules version 1 knows")]
    KindUnknown { got: String },
    #[error("an event of this kind names its project")]
    ProjectMissing,
    #[error("an event of this kind names no project")]
    ProjectNotAllowed,
    #[error("an event of this kind has exactly one signer, this one has {got}")]
    SignersNotOne { got: usize },
    #[error("an event of this kind says in `about` which events it concerns")]
    AboutMissing,
    #[error("an event of this kind has no `about`")]
    AboutNotAllowed,
    #[error("the ledger's key is not among the signers of its `ledger` event")]
    LedgerKeyNotSigner,
    #[error("the checkpoint vkey is named `{got}`, which is not the log's origin")]
    CheckpointName { got: String },
    #[error("the checkpoint vkey has signature type {got:#04x}; a log signs with 0x01")]
    CheckpointType { got: u8 },
    #[error("witness {position} has signature type {got:#04x}; a witness cosigns with 0x04 or 0x06")]
    WitnessType { position: usize, got: u8 },
    #[error("`{at}` is a key that has another use already")]
    KeyReused { at: String },
    #[error(
        "an amendment names both its project and, in `replaces`, the charter it replaces; a first charter neither"
    )]
    CharterReplaces,
    #[error("the threshold is {threshold}, outside 1 to the number of stewards, {stewards}")]
    CharterThreshold { threshold: u64, stewards: usize },
    #[error("no verdict rule for `{work}`, which an activity has")]
    VerdictMissing { work: &'static str },
    #[error("a verdict rule for `{work}`, which no activity has")]
    VerdictUnused { work: &'static str },
    #[error("`{at}` goes only with the rule `equal`, which needs it")]
    VerdictCount { at: String },
    #[error("`{at}` does not go with the rule `at-once`, which waits for nobody")]
    VerdictSilence { at: String },
    #[error("`{at}` is not the code of a currency (ISO 4217) that rules version 1 knows")]
    Currency { at: String },
    #[error("funds get {got} basis points of income, and there are 10,000")]
    PayFunds { got: u64 },
    #[error("the reserve is not among the funds")]
    PayReserve,
    #[error("`pay` has neither rates nor a share: nobody would be paid")]
    PayNothing,
    #[error("the payer is not among the signers")]
    PayerNotSigner,
    #[error("nobody but the payer has signed the income: a treasurer has to")]
    PayerAlone,
    #[error(
        "`{at}` does not add up: what came in and was carried is not what is paid, held, put aside and taken back"
    )]
    SettlementUnbalanced { at: String },
    #[error("`{at}` has more unconfirmed income than income")]
    SettlementUnconfirmed { at: String },
    #[error(
        "`{at}` is not a list of lines: base64 of at most 32,768 bytes, whose first bit and last byte are not 0"
    )]
    PaymentBitmap { at: String },
    #[error("the payment counts {count} lines and names {named}")]
    PaymentCount { count: u32, named: u32 },
    #[error("`net` goes with the state `instructed`, which needs it, and with no other")]
    PaymentNet,
    #[error("`{at}` does not go with the state `{state}`")]
    PaymentTerms { at: &'static str, state: &'static str },
    #[error("what is payable is not exactly what is withheld, kept back and paid")]
    PaymentUnbalanced,
    #[error("an exchange is into another currency")]
    PaymentExchange,
    #[error("the claimant is not among the signers")]
    ClaimantNotSigner,
    #[error("a claim has the claimant and two or three others as signers; this one has {got} signers")]
    ClaimSigners { got: usize },
    #[error("the review has {quantities} quantities for {subjects} events")]
    ReviewQuantities { quantities: usize, subjects: usize },
    #[error("a review that rejects or adjusts gives its reason")]
    ReviewReasonMissing,
    #[error("a review that rejects has no quantities")]
    ReviewQuantitiesNotAllowed,
    #[error("a review that adjusts gives the new quantities")]
    ReviewQuantitiesMissing,
}

impl Code for Malformed {
    fn code(&self) -> &'static str {
        match self {
            Self::EntryTooLarge { .. } => "entry-too-large",
            Self::Json { error, .. } => error.code(),
            Self::NotAnObject { .. } => "not-an-object",
            Self::FieldMissing { .. } => "field-missing",
            Self::FieldUnknown { .. } => "field-unknown",
            Self::FieldType { .. } => "field-type",
            Self::PayloadType { .. } => "payload-type",
            Self::PayloadBase64 => "payload-base64",
            Self::SignaturesNone => "signatures-none",
            Self::SignaturesTooMany { .. } => "signatures-too-many",
            Self::SignatureMalformed { .. } => "signature-malformed",
            Self::SignaturesUnsorted { .. } => "signatures-unsorted",
            Self::SignaturesRepeated { .. } => "signatures-repeated",
            Self::SignatureMissing { .. } => "signature-missing",
            Self::SignerNotListed { .. } => "signer-not-listed",
            Self::SignerKey { error, .. } => error.code(),
            Self::SignatureInvalid { .. } => "signature-invalid",
            Self::Did { error, .. } => error.code(),
            Self::Origin { error, .. } => error.code(),
            Self::Vkey { error, .. } => error.code(),
            Self::Token { .. } => "token",
            Self::Hex { .. } => "hex",
            Self::Alias { .. } => "alias",
            Self::Day { .. } => "day",
            Self::Word { .. } => "word",
            Self::IntegerRange { .. } => "integer-range",
            Self::ListEmpty { .. } => "list-empty",
            Self::ListTooLong { .. } => "list-too-long",
            Self::ListUnsorted { .. } => "list-unsorted",
            Self::ListRepeated { .. } => "list-repeated",
            Self::KindUnknown { .. } => "kind-unknown",
            Self::ProjectMissing => "project-missing",
            Self::ProjectNotAllowed => "project-not-allowed",
            Self::SignersNotOne { .. } => "signers-not-one",
            Self::AboutMissing => "about-missing",
            Self::AboutNotAllowed => "about-not-allowed",
            Self::LedgerKeyNotSigner => "ledger-key-not-signer",
            Self::CheckpointName { .. } => "checkpoint-name",
            Self::CheckpointType { .. } => "checkpoint-type",
            Self::WitnessType { .. } => "witness-type",
            Self::KeyReused { .. } => "key-reused",
            Self::CharterReplaces => "charter-replaces",
            Self::CharterThreshold { .. } => "charter-threshold",
            Self::VerdictMissing { .. } => "verdict-missing",
            Self::VerdictUnused { .. } => "verdict-unused",
            Self::VerdictCount { .. } => "verdict-count",
            Self::VerdictSilence { .. } => "verdict-silence",
            Self::Currency { .. } => "currency",
            Self::PayFunds { .. } => "pay-funds",
            Self::PayReserve => "pay-reserve",
            Self::PayNothing => "pay-nothing",
            Self::PayerNotSigner => "payer-not-signer",
            Self::PayerAlone => "payer-alone",
            Self::SettlementUnbalanced { .. } => "settlement-unbalanced",
            Self::SettlementUnconfirmed { .. } => "settlement-unconfirmed",
            Self::PaymentBitmap { .. } => "payment-bitmap",
            Self::PaymentCount { .. } => "payment-count",
            Self::PaymentNet => "payment-net",
            Self::PaymentTerms { .. } => "payment-terms",
            Self::PaymentUnbalanced => "payment-unbalanced",
            Self::PaymentExchange => "payment-exchange",
            Self::ClaimantNotSigner => "claimant-not-signer",
            Self::ClaimSigners { .. } => "claim-signers",
            Self::ReviewQuantities { .. } => "review-quantities",
            Self::ReviewReasonMissing => "review-reason-missing",
            Self::ReviewQuantitiesNotAllowed => "review-quantities-not-allowed",
            Self::ReviewQuantitiesMissing => "review-quantities-missing",
        }
    }
}
