//! `profile.toml`: which ledger this person uses, and by which key its log is known.

use std::fs;
use std::io;
use std::path::PathBuf;

use lebombo_verifier::Code;
use lebombo_verifier::note::{Vkey, VkeyError};
use lebombo_verifier::origin::{Origin, OriginError};
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::home::Home;

/// The file's content. It holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Where the ledger answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// The log's checkpoint key. Its name is the log's origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vkey: Option<String>,
    /// How the key came to be trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trust: Option<Trust>,
}

/// How a log's key came to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Trust {
    /// A person gave it.
    Pinned,
    /// The ledger gave it, when it was first asked.
    FirstUse,
}

impl Profile {
    /// Reads the profile of a home.
    ///
    /// # Errors
    /// [`ProfileError::Missing`], [`ProfileError::Read`], [`ProfileError::Malformed`]
    pub(crate) fn read(home: &Home) -> Result<Self, ProfileError> {
        let path = home.profile();
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ProfileError::Missing { home: home.root().to_owned() })
            }
            Err(source) => Err(ProfileError::Read { path, source }),
            Ok(text) => toml::from_str(&text)
                .map_err(|source| ProfileError::Malformed { path, source: Box::new(source) }),
        }
    }

    /// Writes the profile of a home, in place of the one that is there.
    ///
    /// # Errors
    /// [`ProfileError::Write`]
    pub(crate) fn write(&self, home: &Home) -> Result<(), ProfileError> {
        let path = home.profile();
        let text = toml::to_string(self)
            .map_err(|e| ProfileError::Write { path: path.clone(), source: io::Error::other(e) })?;
        durable::write(&path, text.as_bytes()).map_err(|source| ProfileError::Write { path, source })
    }

    /// The log's key.
    ///
    /// # Errors
    /// [`ProfileError::NoLedger`], [`ProfileError::Vkey`]
    pub(crate) fn vkey(&self) -> Result<Vkey, ProfileError> {
        Ok(Vkey::parse(self.vkey.as_deref().ok_or(ProfileError::NoLedger)?)?)
    }

    /// The log's origin.
    ///
    /// # Errors
    /// Those of [`Profile::vkey`], and [`ProfileError::Origin`].
    pub(crate) fn origin(&self) -> Result<Origin, ProfileError> {
        Ok(Origin::parse(self.vkey()?.name().as_str())?)
    }

    /// Where the ledger answers.
    ///
    /// # Errors
    /// [`ProfileError::NoUrl`]
    pub(crate) fn url(&self) -> Result<&str, ProfileError> {
        self.url.as_deref().ok_or(ProfileError::NoUrl)
    }
}

/// There is no usable profile.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// There is none.
    #[error("there is no profile in {}: make one with `lebombo init`", home.display())]
    Missing {
        /// Where it was looked for.
        home: PathBuf,
    },
    /// It can not be read.
    #[error("can not read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can not be written.
    #[error("can not write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what we write.
    #[error("{} is not understood", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// It names no log.
    #[error("this profile has no ledger yet: `lebombo init --url URL --vkey VKEY` adds it")]
    NoLedger,
    /// It names no address.
    #[error("this profile has no address of its ledger: `lebombo init --url URL` adds it")]
    NoUrl,
    /// The key is malformed.
    #[error("the log's vkey is malformed")]
    Vkey(#[from] VkeyError),
    /// The key's name is no origin.
    #[error("the name in the log's vkey is no origin")]
    Origin(#[from] OriginError),
}

impl Code for ProfileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "profile-missing",
            Self::Read { .. } => "profile-unreadable",
            Self::Write { .. } => "profile-not-written",
            Self::Malformed { .. } => "profile-malformed",
            Self::NoLedger => "profile-without-ledger",
            Self::NoUrl => "profile-without-url",
            Self::Vkey(error) => error.code(),
            Self::Origin(error) => error.code(),
        }
    }
}
