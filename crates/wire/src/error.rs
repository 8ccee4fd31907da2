//! Why a body was refused. Invariant: a message names elements as the client wrote them, never Rust names, and echoes at most a few
//! dozen characters of the body.

use std::borrow::Cow;
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
    /// Where: in XML the elements from the root down, such as `VApp/Children/Vm`, empty outside the root; in JSON the keys, such as
    /// `$.section[1]`.
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
        if self.path.contains('/') {
            write!(f, "{} (in {})", self.message, tail(&self.path, '/'))
        } else if self.path.starts_with("$.") {
            write!(f, "{} (at {})", self.message, tail(&self.path, '.'))
        } else {
            f.write_str(&self.message)
        }
    }
}

/// The end of a long path: documents whose types hold each other have paths of a thousand characters.
fn tail(path: &str, between: char) -> Cow<'_, str> {
    const LONGEST: usize = 100;
    let surplus = path.len().saturating_sub(LONGEST);
    match path.get(surplus..).and_then(|rest| rest.find(between)) {
        Some(at) if surplus > 0 => Cow::Owned(format!("…{}", &path[surplus + at..])),
        _ => Cow::Borrowed(path),
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_is_shown_by_its_end() {
        let error = ParseError::new(ParseErrorKind::Missing, "x");
        assert_eq!(error.clone().at(&["VApp", "Children"]).to_string(), "x (in VApp/Children)");
        let path = [["VApp", "Children"]; 30].concat();
        assert_eq!(error.at(&path).to_string(), format!("x (in …{})", "/VApp/Children".repeat(7)));
    }
}
