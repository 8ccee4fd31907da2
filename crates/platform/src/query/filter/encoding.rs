//! How a filter is encoded in a URL. Invariant: a value is decoded as often as its encoding says and never more, and only after the filter
//! was split when its operators are visible.

use super::{FilterError, Operator, Pattern};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use vcdsim_model::version::ApiVersion;

/// The encoding of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    /// Values are encoded once more than the URL demands.
    pub twice: bool,
    /// A backslash takes the meaning from the character after it.
    pub escapes: bool,
}

impl Encoding {
    /// The encoding that a request of this API version uses; `filter_encoded` has no effect from 35 on.
    #[must_use]
    pub fn of(version: ApiVersion, filter_encoded: bool) -> Self {
        let escapes = version >= ApiVersion::V35_0;
        Self { twice: filter_encoded && !escapes, escapes }
    }

    /// The text to split, and how its parts are decoded then.
    pub(super) fn unwrap(self, raw: &str) -> Result<(Cow<'_, str>, ValueEncoding), FilterError> {
        let times = usize::from(self.twice);
        if has_operator(raw) {
            return Ok((Cow::Borrowed(raw), ValueEncoding { form: true, times, escapes: self.escapes }));
        }
        let text = decode(&raw.replace('+', " "), 1)?;
        Ok((Cow::Owned(text), ValueEncoding { form: false, times, escapes: self.escapes }))
    }
}

fn has_operator(text: &str) -> bool {
    Operator::ALL.iter().any(|(_, sign)| text.contains(sign))
}

fn decode(text: &str, at: usize) -> Result<String, FilterError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|error| FilterError::new(at, format!("the text is not UTF-8 after decoding ({error})")))
}

/// What is left to decode in the parts of a split filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueEncoding {
    /// The parts still have the URL's own encoding, in which `+` is a blank.
    pub(super) form: bool,
    /// How many more times they are encoded.
    pub(super) times: usize,
    /// A backslash takes the meaning from the character after it.
    pub(super) escapes: bool,
}

impl ValueEncoding {
    /// An attribute's name or a value's text without its encoding.
    pub(super) fn text(self, part: &str, at: usize) -> Result<String, FilterError> {
        let mut text = if self.form { decode(&part.replace('+', " "), at)? } else { part.to_owned() };
        for _ in 0..self.times {
            text = decode(&text, at)?;
        }
        Ok(text)
    }

    /// A value without its encoding and escapes, split at its wildcards.
    pub(super) fn pattern(self, part: &str, at: usize) -> Result<Pattern, FilterError> {
        let text = self.text(part, at)?;
        if !self.escapes {
            return Ok(Pattern(text.split('*').map(str::to_owned).collect()));
        }
        let mut pieces = vec![String::new()];
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            let escaped = chars.next_if(|next| char == '\\' && is_special(*next));
            match (char, escaped, pieces.last_mut()) {
                ('*', ..) => pieces.push(String::new()),
                (_, Some(special), Some(piece)) => piece.push(special),
                (_, None, Some(piece)) => piece.push(char),
                (_, _, None) => {}
            }
        }
        Ok(Pattern(pieces))
    }
}

/// The characters that a backslash makes plain; before others it is itself, as in `DOMAIN\user`.
pub(super) const fn is_special(char: char) -> bool {
    matches!(char, '(' | ')' | ',' | ';' | '*' | '\\')
}
