//! The small vocabularies of events.

use std::fmt;

use crate::did::Did;

/// 1 to 32 characters of `a-z 0-9 -`, the first not `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(String);

impl Token {
    /// `None` where `text` is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let ok = (1..=32).contains(&text.len()) && text.bytes().all(fine) && !text.starts_with('-');
        ok.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 16 bytes that tell events of one signer apart, 32 lower-case hex digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(pub [u8; 16]);

impl Nonce {
    /// Parses exactly 32 lower-case hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 32 || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut out = [0; 16];
        hex::decode_to_slice(text, &mut out).ok()?;
        Some(Self(out))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A person known only by a keyed hash of their id in another system: `alias:<system>:<64 lower-case hex digits>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alias(String);

impl Alias {
    /// `None` where `text` is no alias.
    pub fn parse(text: &str) -> Option<Self> {
        let (system, mac) = text.strip_prefix("alias:")?.split_once(':')?;
        Token::parse(system)?;
        crate::Hash::from_hex(mac)?;
        Some(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who did something: a key, or an alias that stands for a person until they claim it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// By their own key.
    Key(Did),
    /// By an importer's word.
    Alias(Alias),
}

impl Party {
    /// Parses either form; `None` where `text` is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match Alias::parse(text) {
            Some(alias) => Some(Self::Alias(alias)),
            None => Did::parse(text).ok().map(Self::Key),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Key(did) => did.as_str(),
            Self::Alias(alias) => alias.as_str(),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Defines a closed vocabulary: the words, both ways, and all of them in ascending order of their text.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All of them, in ascending order of their text.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in texts.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// `None` where `text` is not one of the words.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// How contributors share what debts leave of an income.
    Share {
        /// By all points that they ever had.
        Ever = "ever",
        /// By the points decided in the range.
        Range = "range",
    }
}

vocabulary! {
    /// The nine kinds of work.
    Work {
        /// Running a project: accounts, contracts, coordination.
        Administration = "administration",
        /// Labels, transcriptions, judgements.
        Annotation = "annotation",
        /// Mending and filtering data.
        Cleaning = "cleaning",
        /// Knowledge that belongs to a people or place.
        CulturalKnowledge = "cultural-knowledge",
        /// Data given.
        Dataset = "dataset",
        /// Software and infrastructure.
        Engineering = "engineering",
        /// Domain knowledge.
        Expertise = "expertise",
        /// Deciding together.
        Governance = "governance",
        /// Judging others' work.
        Review = "review",
    }
}

vocabulary! {
    /// What a membership lets its holder do.
    Role {
        /// Speaks for contributors.
        Advocate = "advocate",
        /// Settles what reviewers could not.
        Arbiter = "arbiter",
        /// Has own work counted in an enrolled project.
        Contributor = "contributor",
        /// Logs other people's work under aliases.
        Importer = "importer",
        /// Logs payments.
        Paymaster = "paymaster",
        /// Decides on work.
        Reviewer = "reviewer",
        /// Logs income and settlements.
        Treasurer = "treasurer",
    }
}

vocabulary! {
    /// Whose work a project counts.
    Enrolment {
        /// That of members only.
        Enrolled = "enrolled",
        /// That of anybody.
        Open = "open",
    }
}

vocabulary! {
    /// Whether a membership begins or ends.
    Change {
        /// It ends.
        End = "end",
        /// It begins.
        Grant = "grant",
    }
}

vocabulary! {
    /// What the system that work was imported from had decided about it; the importer's word, and no verdict.
    Outcome {
        /// It was accepted there.
        Accepted = "accepted",
        /// It was undecided there.
        Pending = "pending",
        /// It was rejected there.
        Rejected = "rejected",
    }
}

vocabulary! {
    /// What became of lines that were to be paid.
    PaymentState {
        /// They were not paid.
        Failed = "failed",
        /// Somebody is to be told to pay them.
        Instructed = "instructed",
        /// They were paid.
        Paid = "paid",
        /// They were paid, and the money came back.
        Returned = "returned",
        /// Whether they were paid is not known.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// A reviewer's decision.
    Verdict {
        /// The work counts, wholly or in the quantities given.
        Accept = "accept",
        /// An arbiter changes what was settled.
        Adjust = "adjust",
        /// The work does not count.
        Reject = "reject",
    }
}

vocabulary! {
    /// How a reviewer came to the decision.
    Method {
        /// By agreement of several answers.
        Consensus = "consensus",
        /// By looking at all of it.
        Full = "full",
        /// By questions whose answers were known.
        Gold = "gold",
        /// By looking at some of it.
        Sample = "sample",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_ascend_and_are_tokens() {
        let ascending = |words: Vec<&str>| words.windows(2).all(|w| w[0] < w[1]);
        assert!(ascending(Work::ALL.iter().map(|w| w.as_str()).collect()));
        assert!(ascending(Role::ALL.iter().map(|w| w.as_str()).collect()));
        assert!(Work::ALL.iter().all(|w| Token::parse(w.as_str()).is_some()));
        assert_eq!(Work::ALL.len(), 9);
    }

    #[test]
    fn tokens() {
        for text in ["a", "vu-sound", "0", "a-", &"a".repeat(32)] {
            assert_eq!(Token::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "-a", "A", "a b", "a_b", "é", &"a".repeat(33)] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    #[test]
    fn aliases() {
        let mac = "0f".repeat(32);
        assert!(Alias::parse(&format!("alias:mturk:{mac}")).is_some());
        for text in [
            format!("alias::{mac}"),
            format!("alias:mturk:{}", mac.to_uppercase()),
            "alias:mturk:0f".into(),
            mac,
        ] {
            assert_eq!(Alias::parse(&text), None, "{text}");
        }
    }
}
