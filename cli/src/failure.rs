//! How a command ends when it does not succeed, and with which exit status.

use std::error::Error;
use std::fmt::Write as _;

use lebombo_verifier::Code;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// 1: refused or invalid. 2: could not tell (network, unreadable file, wrong use).
    pub(crate) status: u8,
    /// The stable code of the check that failed (spec/errors.md).
    pub(crate) code: String,
    /// What happened and what a person can do.
    pub(crate) message: String,
}

impl Failure {
    /// Something was judged and found wanting: exit status 1.
    pub(crate) fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: 1, code: code.into(), message: message.into() }
    }

    /// Nothing could be judged: exit status 2.
    pub(crate) fn unsure(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: 2, code: code.into(), message: message.into() }
    }
}

/// Turns errors with a code into failures.
pub(crate) trait OrFail<T> {
    /// The error is a judgement: exit status 1.
    fn or_refused(self) -> Result<T, Failure>;
    /// The error leaves the question open: exit status 2.
    fn or_unsure(self) -> Result<T, Failure>;
}

impl<T, E: Code> OrFail<T> for Result<T, E> {
    fn or_refused(self) -> Result<T, Failure> {
        self.map_err(|error| Failure::refused(error.code(), explain(&error)))
    }

    fn or_unsure(self) -> Result<T, Failure> {
        self.map_err(|error| Failure::unsure(error.code(), explain(&error)))
    }
}

/// The message of an error and of what caused it.
pub(crate) fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        // Writing to a String can not fail.
        let _ = write!(text, ": {source}");
        next = source.source();
    }
    text
}
