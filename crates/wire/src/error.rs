//! Why a body was refused. Invariant: a message names elements as the client wrote them, never Rust names, and echoes at most a few
//! dozen characters of the body.

use std::fmt;

/// What kind of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// No body, or nothing but blanks.
    Empty,
    /// More bytes than allowed.
    TooLarge,
    /// More levels of elements than allowed, or more attributes or namespaces on one element than any document has.
    TooDeep,
    /// It has a document type declaration.
    Doctype,
    /// Not well-formed.
    Malformed,
    /// Another root element than this resource takes.
    WrongRoot,
    /// A required element or attribute is not there.
    Missing,
    /// A value is not of its kind.
    BadValue,
}

/// A body that cannot be accepted; for an answer with status 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What kind of refusal it is.
    pub kind: ParseErrorKind,
    /// One sentence that says what is wrong.
    pub message: String,
    /// Where: the elements from the root down, such as `VApp/Children/Vm`; empty outside the root.
    pub path: String,
}

impl ParseError {
    pub(crate) fn new(kind: ParseErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), path: String::new() }
    }

    pub(crate) fn at(mut self, path: &[&str]) -> Self {
        if self.path.is_empty() {
            self.path = path.join("/");
        }
        self
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.contains('/') { write!(f, "{} (in {})", self.message, self.path) } else { f.write_str(&self.message) }
    }
}

impl std::error::Error for ParseError {}
