//! How single values are spelled. Invariant: what passes here is what yaserde then reads without an error.

use std::borrow::Cow;

use crate::schema::Scalar;

/// The value as yaserde reads it: numbers and truth values without the blanks around them, other text as it is.
pub(crate) fn read(scalar: Scalar, text: &str) -> Option<Cow<'_, str>> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
    let number = trimmed.strip_prefix('+').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(trimmed);
    let fits = match scalar {
        Scalar::Str => return Some(Cow::Borrowed(text)),
        Scalar::DateTime => return Some(Cow::Borrowed(trimmed)),
        Scalar::Bool => matches!(trimmed, "true" | "false" | "1" | "0"),
        Scalar::Int => number.parse::<i32>().is_ok(),
        Scalar::Long => number.parse::<i64>().is_ok(),
        Scalar::Double => number.parse::<f64>().is_ok_and(f64::is_finite),
    };
    fits.then_some(Cow::Borrowed(number))
}

/// What a value of this kind must be, for messages.
pub(crate) fn wanted(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Str | Scalar::DateTime => "text",
        Scalar::Bool => "`true` or `false`",
        Scalar::Int => "a number of type int",
        Scalar::Long => "a number of type long",
        Scalar::Double => "a number of type double",
    }
}

/// Whether it can be the name of a schema's type.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// A client's text in a message: short, and without characters that break a line or a terminal.
pub(crate) fn echo(text: &str) -> String {
    bounded(text, 40)
}

/// A parser's message, which may quote a client's text.
pub(crate) fn reason(text: &str) -> String {
    bounded(text, 120)
}

fn bounded(text: &str, longest: usize) -> String {
    let mut out: String = text.chars().take(longest).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(longest).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_schemas_spell_them() {
        assert_eq!(read(Scalar::Int, " +5\n").as_deref(), Some("5"));
        assert_eq!(read(Scalar::Int, "2147483648"), None);
        assert_eq!(read(Scalar::Long, "2147483648").as_deref(), Some("2147483648"));
        assert_eq!(read(Scalar::Long, "+-1"), None);
        assert_eq!(read(Scalar::Bool, "TRUE"), None);
        assert_eq!(read(Scalar::Bool, "1").as_deref(), Some("1"));
        assert_eq!(read(Scalar::Double, "NaN"), None);
        assert_eq!(read(Scalar::Str, " a ").as_deref(), Some(" a "));
    }

    #[test]
    fn echoes_are_short() {
        assert_eq!(echo(&"x".repeat(1000)).chars().count(), 41);
        assert_eq!(echo("a\u{1b}[0m\n"), "a [0m ");
    }
}
