//! The filter language of the query service: its tree and how it is read. Invariant: any text gives a filter or an error with a position;
//! nesting is bounded by [`MAX_DEPTH`].
//!
//! A filter is `attribute operator value`, joined by `;` (and, binds tighter) and `,` (or) and grouped by parentheses; `*` in a value stands
//! for any text. Two encodings exist (API programming guides 5.5 and 10.6): below API 35 the values are percent-encoded once more when
//! `filterEncoded=true`; from 35 on they are encoded once, and a backslash takes their meaning from `( ) , ; * \`. Clients also send `;`,
//! `,` and `==` raw and only the values encoded, so a filter whose operators are visible is split before it is decoded.

mod bind;
mod encoding;
mod lexer;
mod parser;

pub use bind::{Columns, Operand, Predicate};
pub(super) use bind::{boolean, instant};
pub use encoding::Encoding;

use std::fmt;
use vcdsim_model::Fault;

/// How deep parentheses may nest.
pub const MAX_DEPTH: usize = 64;

/// A filter, read but not yet checked against a query type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of these hold.
    All(Vec<Filter>),
    /// One of these holds.
    Any(Vec<Filter>),
    /// A comparison holds.
    Test(Comparison),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The attribute's name.
    pub attribute: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: Pattern,
    /// Where it begins in the filter, in characters from 1.
    pub at: usize,
}

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=lt=`
    Less,
    /// `=le=`
    LessOrEqual,
    /// `=gt=`
    Greater,
    /// `=ge=`
    GreaterOrEqual,
}

impl Operator {
    /// All operators with their spelling.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Equal, "=="),
        (Self::NotEqual, "!="),
        (Self::Less, "=lt="),
        (Self::LessOrEqual, "=le="),
        (Self::Greater, "=gt="),
        (Self::GreaterOrEqual, "=ge="),
    ];

    /// Its spelling.
    #[must_use]
    pub fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("==", |(_, sign)| sign)
    }

    /// Whether it is `==` or `!=`.
    #[must_use]
    pub const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// A value as a filter writes it: the pieces between its wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub Vec<String>);

impl Pattern {
    /// The text, if there is no wildcard in it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The text as it was written, for messages; cut off when it is long.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown: String = self.0.join("*").chars().take(64).collect();
        if shown.chars().count() == 64 {
            shown.push('…');
        }
        shown
    }
}

/// Why a filter cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Where, in characters from 1.
    pub at: usize,
    /// What is wrong there and what would be right.
    pub reason: String,
}

impl FilterError {
    pub(crate) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The filter is not valid at character {}: {}", self.at, self.reason)
    }
}

impl std::error::Error for FilterError {}

impl From<FilterError> for Fault {
    fn from(error: FilterError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl Filter {
    /// Reads the raw value of the `filter` parameter.
    ///
    /// # Errors
    /// Where it is not a filter, and why.
    pub fn parse(raw: &str, encoding: Encoding) -> Result<Self, FilterError> {
        let (text, rest) = encoding.unwrap(raw)?;
        parser::parse(&text, rest)
    }
}

#[cfg(test)]
mod tests;
