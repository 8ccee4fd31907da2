//! Builds the tree of a filter. Invariant: `;` binds tighter than `,`, and no more than [`MAX_DEPTH`] parentheses are open at once.

use super::encoding::ValueEncoding;
use super::lexer::{Lexer, Token};
use super::{Comparison, Filter, FilterError, MAX_DEPTH};

/// A list of alternatives under construction, one per open parenthesis.
#[derive(Default)]
struct Level {
    /// The alternatives that are complete.
    any: Vec<Filter>,
    /// What the current one demands.
    all: Vec<Filter>,
}

impl Level {
    fn close_alternative(&mut self) {
        let all = std::mem::take(&mut self.all);
        self.any.push(single(all, Filter::All));
    }

    fn finish(mut self) -> Filter {
        self.close_alternative();
        single(self.any, Filter::Any)
    }
}

/// The only one of `parts`, or all of them together.
fn single(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            join(parts)
        }
        (None, _) => join(parts),
    }
}

/// Reads a whole filter; `rest` says how its parts are still encoded.
pub(super) fn parse(text: &str, rest: ValueEncoding) -> Result<Filter, FilterError> {
    let mut lexer = Lexer::new(text, rest.escapes);
    let mut levels = vec![Level::default()];
    // Whether a comparison or a parenthesis must come next, rather than a joint.
    let mut operand_due = true;
    loop {
        let at = lexer.at();
        let token = lexer.next()?;
        let depth = levels.len();
        let Some(level) = levels.last_mut() else { return Err(FilterError::new(at, "a parenthesis is closed that was not opened")) };
        match (token, operand_due) {
            (Some(Token::Test(name, operator, value)), true) => {
                let (attribute, value) = (rest.text(name, at)?.trim().to_owned(), rest.pattern(value, at)?);
                level.all.push(Filter::Test(Comparison { attribute, operator, value, at }));
                operand_due = false;
            }
            (Some(Token::Open), true) if depth > MAX_DEPTH => {
                return Err(FilterError::new(at, format!("parentheses may nest {MAX_DEPTH} deep")));
            }
            (Some(Token::Open), true) => levels.push(Level::default()),
            (Some(Token::And), false) => operand_due = true,
            (Some(Token::Or), false) => {
                level.close_alternative();
                operand_due = true;
            }
            (Some(Token::Close), false) if depth > 1 => close(&mut levels),
            (Some(Token::Close), false) => return Err(FilterError::new(at, "a parenthesis is closed that was not opened")),
            (None, false) if depth == 1 => break,
            (None, false) => return Err(FilterError::new(at, format!("{} closing parenthesis missing", depth - 1))),
            (None, true) => return Err(FilterError::new(at, "the filter ends where a comparison such as name==value must follow")),
            (Some(_), true) => return Err(FilterError::new(at, "a comparison such as name==value must stand here")),
            (Some(_), false) => return Err(FilterError::new(at, "; or , must stand between two comparisons")),
        }
    }
    let outermost = levels.pop().unwrap_or_default();
    Ok(outermost.finish())
}

/// Closes the innermost parenthesis.
fn close(levels: &mut Vec<Level>) {
    let group = levels.pop().unwrap_or_default().finish();
    if let Some(outer) = levels.last_mut() {
        outer.all.push(group);
    }
}
