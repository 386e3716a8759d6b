//! Whom money is sent to and by: names and accounts, checked before any file is written.

use std::fmt;

use lebombo_verifier::Code;
use thiserror::Error;

/// Most characters of a name (ISO 20022 Max140Text).
pub(crate) const MAX_NAME: usize = 140;
/// Most characters of an account's identifier.
pub(crate) const MAX_IDENTIFIER: usize = 70;

/// Where money is sent. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    kind: String,
    identifier: String,
    agent: Option<Agent>,
}

/// The bank or provider that keeps an account.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Agent {
    /// ISO 9362, 8 or 11 characters.
    Bic(String),
    /// A clearing system's number, or a provider's own.
    Code(String),
}

impl Account {
    /// Checks an account as a person wrote it. An IBAN is kept in upper case without spaces, an MSISDN as its digits.
    ///
    /// # Errors
    /// Those of [`CellError`] that concern accounts.
    pub(crate) fn new(kind: &str, identifier: &str, agent: &str) -> Result<Self, CellError> {
        let is_word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        if kind.len() > 35
            || !kind.starts_with(|c: char| c.is_ascii_uppercase())
            || !kind.bytes().all(is_word)
        {
            return Err(CellError::IdentifierType);
        }
        if identifier.is_empty() {
            return Err(CellError::IdentifierMissing);
        }
        let identifier = match kind {
            "IBAN" => iban(identifier)?,
            "MSISDN" => msisdn(identifier)?,
            _ => other(identifier)?,
        };
        let agent = match agent {
            "" => None,
            agent if is_bic(agent) => Some(Agent::Bic(agent.to_owned())),
            _ if kind == "IBAN" => return Err(CellError::Bic),
            agent if is_code(agent) => Some(Agent::Code(agent.to_owned())),
            _ => return Err(CellError::Agent),
        };
        Ok(Self { kind: kind.to_owned(), identifier, agent })
    }

    /// `MSISDN`, `IBAN`, `BBAN`, `ACCOUNT` or another word.
    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    /// At most [`MAX_IDENTIFIER`] characters; no comma, quote or white space among them.
    pub(crate) fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Who keeps it.
    pub(crate) fn agent(&self) -> Option<&Agent> {
        self.agent.as_ref()
    }

    /// What two accounts have in common if they are one. An IBAN or a telephone number says by itself where it is.
    pub(crate) fn key(&self) -> (&str, &str, &str) {
        let agent = match &self.agent {
            Some(agent) if self.kind != "IBAN" && self.kind != "MSISDN" => agent.as_str(),
            _ => "",
        };
        (&self.kind, &self.identifier, agent)
    }
}

impl Agent {
    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Bic(text) | Self::Code(text) => text,
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agent(…)")
    }
}

/// A name: 1 to [`MAX_NAME`] characters, none of which moves a cursor.
///
/// # Errors
/// `NameMissing`, `NameTooLong`, `Control`.
pub(crate) fn name(text: &str) -> Result<String, CellError> {
    if text.is_empty() {
        return Err(CellError::NameMissing);
    }
    if text.chars().count() > MAX_NAME {
        return Err(CellError::NameTooLong);
    }
    plain("name", text)?;
    Ok(text.to_owned())
}

/// A country: two letters.
///
/// # Errors
/// `Country`.
pub(crate) fn country(text: &str) -> Result<Option<String>, CellError> {
    match text.as_bytes() {
        [] => Ok(None),
        [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Some(text.to_owned())),
        _ => Err(CellError::Country),
    }
}

/// A cell without characters that would change how the rest of a line is read.
///
/// # Errors
/// `Control`.
pub(crate) fn plain(column: &'static str, text: &str) -> Result<(), CellError> {
    if crate::printable::printable(text) == text { Ok(()) } else { Err(CellError::Control { column }) }
}

/// ISO 13616: country, two check digits, and what the country's banks use; as a number it leaves 1 when divided by 97.
fn iban(text: &str) -> Result<String, CellError> {
    let iban: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    let bytes = iban.as_bytes();
    let is_form = (15..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    if !is_form {
        return Err(CellError::Iban);
    }
    let remainder = bytes[4..].iter().chain(&bytes[..4]).fold(0u32, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b - b'A') + 10) % 97,
    });
    // 00, 01 and 99 leave 1 as well for some accounts, and are never given out.
    if remainder != 1 || matches!(&bytes[2..4], b"00" | b"01" | b"99") {
        return Err(CellError::IbanCheckDigits);
    }
    Ok(iban)
}

/// E.164 in digits; a plus before them is left out.
fn msisdn(text: &str) -> Result<String, CellError> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if !(8..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(CellError::Msisdn);
    }
    Ok(digits.to_owned())
}

fn other(text: &str) -> Result<String, CellError> {
    let is_known = |b: u8| b.is_ascii_alphanumeric() || b"-_./:+@".contains(&b);
    if text.len() > MAX_IDENTIFIER || !text.bytes().all(is_known) {
        return Err(CellError::Identifier);
    }
    Ok(text.to_owned())
}

/// ISO 9362, as ISO 20022 writes it.
fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 8 | 11)
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bytes[4..6].iter().all(u8::is_ascii_uppercase)
}

fn is_code(text: &str) -> bool {
    text.len() <= 35 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// What is wrong with a cell of the payees file, or with what was said about the payer. It never says what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum CellError {
    #[error(
        "`{column}` begins with =, +, -, @, a tab or a carriage return, which a spreadsheet would run as a formula; only a \
         telephone number (MSISDN) may begin with +"
    )]
    Formula { column: &'static str },
    #[error("`{column}` has a character that moves the cursor or changes the order of others; type it again")]
    Control { column: &'static str },
    #[error("`contributor` is neither a did:key nor an alias; copy it from `lebombo settlement check --out`")]
    Contributor,
    #[error("`name` is empty; banks and hubs want the payee's name")]
    NameMissing,
    #[error("`name` has more than {MAX_NAME} characters, the most that rails take")]
    NameTooLong,
    #[error(
        "`identifier_type` is a word in capitals, such as MSISDN, IBAN, BBAN or ACCOUNT, of at most 35 characters"
    )]
    IdentifierType,
    #[error("`identifier` is empty; leave out the whole line of somebody whose account is not known")]
    IdentifierMissing,
    #[error(
        "`identifier` has more than {MAX_IDENTIFIER} characters, or others than letters, digits and - _ . / : + @"
    )]
    Identifier,
    #[error("`identifier` is no IBAN: two letters, two digits and 11 to 30 letters and digits")]
    Iban,
    #[error("the check digits of the IBAN are wrong (ISO 13616); most often a digit is mistyped")]
    IbanCheckDigits,
    #[error(
        "`identifier` is no MSISDN: 8 to 15 digits with the country's number first, with or without + before them"
    )]
    Msisdn,
    #[error(
        "`agent` is no BIC, which an IBAN needs if it names a bank: 8 or 11 capitals and digits, such as ABCDKENA"
    )]
    Bic,
    #[error("`agent` is neither a BIC nor a bank code of at most 35 letters, digits and - _ .")]
    Agent,
    #[error("`country` is not two capitals (ISO 3166)")]
    Country,
    #[error("`withholding` is not a percentage from 0 to 100 with at most two decimals, such as 15 or 7.5")]
    Withholding,
}

impl Code for CellError {
    fn code(&self) -> &'static str {
        match self {
            Self::Formula { .. } => "cell-formula",
            Self::Control { .. } => "cell-control-character",
            Self::Contributor => "payee-contributor",
            Self::NameMissing => "account-name-missing",
            Self::NameTooLong => "account-name-too-long",
            Self::IdentifierType => "account-identifier-type",
            Self::IdentifierMissing => "account-identifier-missing",
            Self::Identifier => "account-identifier",
            Self::Iban => "account-iban",
            Self::IbanCheckDigits => "account-iban-check-digits",
            Self::Msisdn => "account-msisdn",
            Self::Bic => "account-bic",
            Self::Agent => "account-agent",
            Self::Country => "account-country",
            Self::Withholding => "payee-withholding",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, identifier: &str, agent: &str) -> Result<Account, CellError> {
        Account::new(kind, identifier, agent)
    }

    #[test]
    fn ibans_are_checked_and_written_one_way() {
        // Examples of the IBAN registry.
        for text in
            ["GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000", "mu17bomm0101101030300200000mur"]
        {
            assert!(of("IBAN", text, "").is_ok(), "{text}");
        }
        assert_eq!(
            of("IBAN", "gb29 nwbk 6016 1331 9268 19", "").unwrap().identifier(),
            "GB29NWBK60161331926819"
        );
        for text in [
            "GB2",
            "2929NWBK60161331926819",
            "GBXXNWBK60161331926819",
            "GB29NWBK-0161331926819",
            "é".repeat(10).as_str(),
        ] {
            assert_eq!(of("IBAN", text, ""), Err(CellError::Iban), "{text}");
        }
        let good = "DE89370400440532013000";
        for at in 2..good.len() {
            let mut bad = good.as_bytes().to_vec();
            bad[at] = if bad[at] == b'9' { b'0' } else { bad[at] + 1 };
            let bad = String::from_utf8(bad).unwrap();
            assert_eq!(of("IBAN", &bad, ""), Err(CellError::IbanCheckDigits), "{bad}");
        }
    }

    #[test]
    fn check_digits_that_are_never_given_out_are_wrong() {
        // 97 + 2 = 99, so both leave 1: only 02 to 98 are given out.
        for digits in ["00", "01", "99"] {
            for account in 0..97 {
                let text = format!("DE{digits}{account:018}");
                assert_eq!(of("IBAN", &text, ""), Err(CellError::IbanCheckDigits), "{text}");
            }
        }
    }

    #[test]
    fn telephone_numbers_are_their_digits() {
        assert_eq!(of("MSISDN", "+254700000001", "").unwrap().identifier(), "254700000001");
        assert_eq!(of("MSISDN", "254700000001", "").unwrap().key(), ("MSISDN", "254700000001", ""));
        for text in ["1234567", "1234567890123456", "+", "++254700000001", "2547 0000 0001", "٢٥٤٧٠٠٠٠٠٠٠"]
        {
            assert_eq!(of("MSISDN", text, ""), Err(CellError::Msisdn), "{text}");
        }
    }

    #[test]
    fn banks_are_bics_or_codes() {
        assert!(matches!(of("BBAN", "12345", "ABCDKENA").unwrap().agent(), Some(Agent::Bic(_))));
        assert!(matches!(of("BBAN", "12345", "ABCDKENAXXX").unwrap().agent(), Some(Agent::Bic(_))));
        // A German bank code and an Indian one have the length of a BIC, and are none.
        assert!(matches!(of("BBAN", "12345", "37040044").unwrap().agent(), Some(Agent::Code(_))));
        assert!(matches!(of("BBAN", "12345", "HDFC0001234").unwrap().agent(), Some(Agent::Code(_))));
        assert_eq!(of("BBAN", "12345", "A B"), Err(CellError::Agent));
        assert_eq!(of("IBAN", "DE89370400440532013000", "37040044"), Err(CellError::Bic));
        assert_eq!(of("IBAN", "DE89370400440532013000", "COBADEFF").unwrap().key().2, "");
        assert_eq!(of("ACCOUNT", "1", "A1").unwrap().key(), ("ACCOUNT", "1", "A1"));
    }

    #[test]
    fn other_cells_have_bounds() {
        for kind in ["", "iban", "1BAN", "IB-AN", &"A".repeat(36)] {
            assert_eq!(of(kind, "1", ""), Err(CellError::IdentifierType), "{kind}");
        }
        assert_eq!(of("ACCOUNT", "", ""), Err(CellError::IdentifierMissing));
        for identifier in ["1,2", "1\"", "1 2", "é", &"1".repeat(MAX_IDENTIFIER + 1)] {
            assert_eq!(of("ACCOUNT", identifier, ""), Err(CellError::Identifier), "{identifier}");
        }
        assert_eq!(name(""), Err(CellError::NameMissing));
        assert!(name(&"é".repeat(MAX_NAME)).is_ok());
        assert_eq!(name(&"é".repeat(MAX_NAME + 1)), Err(CellError::NameTooLong));
        assert_eq!(name("a\u{202e}b"), Err(CellError::Control { column: "name" }));
        assert_eq!(country("KE"), Ok(Some("KE".to_owned())));
        assert_eq!(country(""), Ok(None));
        assert_eq!(country("ke"), Err(CellError::Country));
    }

    #[test]
    fn nothing_personal_is_shown() {
        let account = of("BBAN", "998877", "ABCDKENA").unwrap();
        let text = format!("{account:?} {:?}", account.agent());
        assert!(!text.contains("998877") && !text.contains("ABCD"), "{text}");
    }
}
