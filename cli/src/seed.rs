//! The seed: the one secret of a profile. Whoever has it can sign in all projects; whoever loses it, in none.

use std::path::Path;

use zeroize::Zeroizing;

use crate::clock;
use crate::passphrase::Source;
use crate::pem::{self, PemError};

/// 32 secret bytes, wiped when dropped. It has no `Debug`.
pub(crate) struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// A new seed from the operating system's generator.
    ///
    /// # Errors
    /// [`PemError::Randomness`]
    pub(crate) fn generate() -> Result<Self, PemError> {
        let mut bytes = Zeroizing::new([0; 32]);
        clock::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Reads the seed file.
    ///
    /// # Errors
    /// Those of [`pem::read`].
    pub(crate) fn read(path: &Path, source: Source) -> Result<Self, PemError> {
        pem::read(path, source).map(Self)
    }

    /// Writes the seed file, which must not exist yet.
    ///
    /// # Errors
    /// Those of [`pem::create`].
    pub(crate) fn create(&self, path: &Path, passphrase: Option<&str>) -> Result<(), PemError> {
        pem::create(path, &self.0, passphrase)
    }

    /// Encrypts the seed file, which holds this seed and is not encrypted yet.
    ///
    /// # Errors
    /// Those of [`pem::encrypt_in_place`].
    pub(crate) fn encrypt(&self, path: &Path, passphrase: &str) -> Result<(), PemError> {
        pem::encrypt_in_place(path, &self.0, passphrase)
    }

    /// The bytes.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// A known seed.
    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}
