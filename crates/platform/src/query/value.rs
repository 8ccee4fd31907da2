//! Values of query records. Invariant: a value knows its type, so that filters and sorting never compare text with numbers.

use std::cmp::Ordering;
use std::sync::Arc;
use vcdsim_model::clock::Time;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};

/// The type of an attribute of a query record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Any text; compared with regard to case (from API 5.1 on).
    Text,
    /// One of a few words, such as a status; compared without regard to case: clients spell them both ways.
    Word,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// An instant.
    Time,
    /// A reference; a bare UUID names an object of this kind.
    Ref(Kind),
}

impl ValueKind {
    /// How messages call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text | Self::Word => "text",
            Self::Int => "a whole number",
            Self::Bool => "true or false",
            Self::Time => "a date and time",
            Self::Ref(_) => "a reference (an href, a URN or a UUID)",
        }
    }
}

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, and words; shared by the answers that show it.
    Text(Arc<str>),
    /// A whole number.
    Int(i64),
    /// `true` or `false`.
    Bool(bool),
    /// An instant.
    Time(Time),
    /// A reference to an object: an href into this view in `records`, its URN in `idrecords`.
    Ref(Urn, View),
}

/// The order of two values for sorting: text without regard to case, then with; absent values last.
#[must_use]
pub fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Text(a)), Some(Value::Text(b))) => a.to_lowercase().cmp(&b.to_lowercase()).then_with(|| a.cmp(b)),
        (Some(Value::Int(a)), Some(Value::Int(b))) => a.cmp(b),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        (Some(Value::Time(a)), Some(Value::Time(b))) => a.cmp(b),
        (Some(Value::Ref(a, _)), Some(Value::Ref(b, _))) => a.id.cmp(&b.id),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_not_sorted_as_text_and_absent_values_come_last() {
        let mut numbers = vec![None, Some(Value::Int(10)), Some(Value::Int(9))];
        numbers.sort_by(|a, b| compare(a.as_ref(), b.as_ref()));
        assert_eq!(numbers, vec![Some(Value::Int(9)), Some(Value::Int(10)), None]);
    }

    #[test]
    fn text_is_sorted_without_regard_to_case() {
        let text = |text: &str| Value::Text(text.into());
        let mut words = [text("beta"), text("Alpha"), text("alpha"), text("Gamma")];
        words.sort_by(|a, b| compare(Some(a), Some(b)));
        assert_eq!(words, [text("Alpha"), text("alpha"), text("beta"), text("Gamma")]);
    }
}
