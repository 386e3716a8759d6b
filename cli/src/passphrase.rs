//! Passphrases: asked for at the terminal, or read from a file descriptor. Never an argument, never the environment,
//! where other processes could read them.

use std::fs::File;
use std::io::{self, IsTerminal as _};

use lebombo_verifier::Code;
use zeroize::Zeroizing;

/// Longest passphrase in bytes.
pub(crate) const MAX: usize = 1024;

/// Where a passphrase comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// The terminal, without echo.
    Terminal,
    /// The first line of an open file descriptor.
    Descriptor(u32),
}

impl Source {
    /// Asks once, to open something.
    ///
    /// # Errors
    /// See [`PassphraseError`].
    pub(crate) fn ask(self, prompt: &str) -> Result<Zeroizing<String>, PassphraseError> {
        match self {
            Self::Descriptor(number) => from_descriptor(number),
            Self::Terminal => from_terminal(prompt),
        }
    }

    /// Asks for a new passphrase, twice at a terminal. Whoever has asked for encryption gets it: an empty one, also
    /// from a descriptor at its end, is refused.
    ///
    /// # Errors
    /// See [`PassphraseError`].
    pub(crate) fn ask_new(self) -> Result<Zeroizing<String>, PassphraseError> {
        let first = self.ask("New passphrase: ")?;
        if first.is_empty() {
            return Err(PassphraseError::Empty);
        }
        if matches!(self, Self::Terminal) && *from_terminal("The same again: ")? != *first {
            return Err(PassphraseError::Differ);
        }
        Ok(first)
    }
}

fn from_terminal(prompt: &str) -> Result<Zeroizing<String>, PassphraseError> {
    if !io::stdin().is_terminal() {
        return Err(PassphraseError::NoTerminal);
    }
    let text = rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(PassphraseError::Terminal)?;
    if text.len() > MAX { Err(PassphraseError::TooLong) } else { Ok(text) }
}

fn from_descriptor(number: u32) -> Result<Zeroizing<String>, PassphraseError> {
    let unreadable = |source| PassphraseError::Descriptor { number, source };
    let file = File::open(format!("/dev/fd/{number}")).map_err(unreadable)?;
    first_line(file).map_err(unreadable)?.ok_or(PassphraseError::TooLong)
}

/// The first line without its ending; `None` when it is longer than [`MAX`].
fn first_line(mut input: impl io::Read) -> io::Result<Option<Zeroizing<String>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(MAX + 1));
    let mut byte = [0];
    while line.len() <= MAX {
        // One byte at a time, so that nothing after the line is taken from whoever reads on.
        match input.by_ref().read(&mut byte) {
            Ok(0) => break,
            Ok(_) if byte == *b"\n" => break,
            Ok(_) => line.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    if line.len() > MAX {
        return Ok(None);
    }
    let text = std::str::from_utf8(&line).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// No passphrase could be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PassphraseError {
    /// Standard input is not a terminal and no descriptor was named.
    #[error("a passphrase is needed and there is no terminal to ask at: use --passphrase-fd N")]
    NoTerminal,
    /// The terminal failed.
    #[error("the passphrase could not be read from the terminal")]
    Terminal(#[source] io::Error),
    /// The descriptor failed.
    #[error("the passphrase could not be read from file descriptor {number}")]
    Descriptor {
        /// Which one.
        number: u32,
        /// Why.
        source: io::Error,
    },
    /// Longer than [`MAX`] bytes.
    #[error("the passphrase is longer than {MAX} bytes")]
    TooLong,
    /// None was given where one was asked for.
    #[error("the passphrase is empty, so nothing would be encrypted; nothing was changed")]
    Empty,
    /// The two entries differ.
    #[error("the two passphrases differ; nothing was changed")]
    Differ,
}

impl Code for PassphraseError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoTerminal => "passphrase-no-terminal",
            Self::Terminal(_) | Self::Descriptor { .. } => "passphrase-unreadable",
            Self::TooLong => "passphrase-too-long",
            Self::Empty => "passphrase-empty",
            Self::Differ => "passphrases-differ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn takes_the_first_line_and_leaves_the_rest() {
        let mut input = io::Cursor::new(b"horse battery\r\nrest".to_vec());
        assert_eq!(first_line(&mut input).unwrap().unwrap().as_str(), "horse battery");
        let mut rest = String::new();
        input.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "rest");
    }

    #[test]
    fn a_new_one_is_not_empty() {
        use std::os::fd::AsRawFd as _;
        let folder = tempfile::tempdir().unwrap();
        for (text, taken) in [("", false), ("\n", false), ("\r\nx", false), ("x", true)] {
            let path = folder.path().join("passphrase");
            std::fs::write(&path, text).unwrap();
            let file = File::open(&path).unwrap();
            let result = Source::Descriptor(file.as_raw_fd().try_into().unwrap()).ask_new();
            assert_eq!(
                result.map_err(|error| error.code()).map(drop),
                if taken { Ok(()) } else { Err("passphrase-empty") }
            );
        }
    }

    #[test]
    fn bounds_its_length() {
        assert!(first_line(vec![b'a'; MAX].as_slice()).unwrap().is_some());
        assert!(first_line(vec![b'a'; MAX + 1].as_slice()).unwrap().is_none());
        assert!(first_line(b"\xff\n".as_slice()).is_err());
    }
}
