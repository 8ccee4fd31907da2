//! Cuts a filter into parentheses, joints and comparisons. Invariant: cutting looks at raw text only; nothing is decoded here.

use super::encoding::is_special;
use super::{FilterError, Operator};

/// A part of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `;`
    And,
    /// `,`
    Or,
    /// Name, operator and value, still encoded.
    Test(&'a str, Operator, &'a str),
}

/// The parts of a filter, one by one, each with its position.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    at: usize,
    escapes: bool,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str, escapes: bool) -> Self {
        Self { rest: text, at: 1, escapes }
    }

    /// Where the next part begins, in characters from 1.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The next part; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, FilterError> {
        let token = match self.rest.as_bytes().first() {
            None => return Ok(None),
            Some(b'(') => Token::Open,
            Some(b')') => Token::Close,
            Some(b';') => Token::And,
            Some(b',') => Token::Or,
            Some(_) => return self.test().map(Some),
        };
        self.take(1);
        Ok(Some(token))
    }

    fn test(&mut self) -> Result<Token<'a>, FilterError> {
        let begin = self.at;
        let name = self.take(self.rest.find(['=', '!', '(', ')', ';', ',']).unwrap_or(self.rest.len()));
        if name.trim().is_empty() {
            return Err(FilterError::new(begin, "the name of an attribute is missing"));
        }
        let found = Operator::ALL.iter().find(|(_, sign)| self.rest.starts_with(sign));
        let Some((operator, sign)) = found else {
            return Err(FilterError::new(self.at, format!("after `{}` one of == != =lt= =le= =gt= =ge= is missing", shorten(name))));
        };
        self.take(sign.len());
        let value = self.take(value_len(self.rest, self.escapes));
        Ok(Token::Test(name, *operator, value))
    }

    /// Cuts off `len` bytes.
    fn take(&mut self, len: usize) -> &'a str {
        let (head, rest) = self.rest.split_at(len);
        self.at += head.chars().count();
        self.rest = rest;
        head
    }
}

/// How many bytes belong to the value at the start of `text`: up to a joint, or a parenthesis that the value did not open itself.
fn value_len(text: &str, escapes: bool) -> usize {
    let mut open = 0_usize;
    let mut chars = text.char_indices().peekable();
    while let Some((index, char)) = chars.next() {
        match char {
            '\\' if escapes => drop(chars.next_if(|(_, next)| is_special(*next))),
            ';' | ',' => return index,
            '(' => open += 1,
            ')' if open == 0 => return index,
            ')' => open -= 1,
            _ => {}
        }
    }
    text.len()
}

fn shorten(text: &str) -> String {
    text.chars().take(32).collect()
}
