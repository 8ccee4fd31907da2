//! What the objects of a page must fulfil. Invariant: a clause decides the same in SQL and in memory.

use crate::table::object::fold;
use sea_orm::Value;
use std::collections::BTreeSet;
use std::fmt::Write;
use uuid::Uuid;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::kind::Kind;

/// A column that refers to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// To the object itself.
    Id,
    /// To its organization.
    Org,
    /// To what it lies in.
    Parent,
    /// To what that lies in: the VDC of a machine's vApp.
    Place,
    /// To the user who owns it.
    Owner,
    /// To the task that holds it.
    Busy,
}

/// How a name is compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Naming {
    /// With regard to case.
    Exactly(String),
    /// Without; the text is in lower case.
    Folded(String),
    /// Made of these pieces, in lower case, with anything between them.
    Like(Vec<String>),
}

/// How an instant is compared with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Than {
    Same,
    Other,
    Earlier,
    NotLater,
    Later,
    NotEarlier,
}

/// A condition on the columns of an object. What is absent fulfils no comparison, not even that it is another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Clause {
    /// All of these hold.
    All(Vec<Clause>),
    /// One of these holds.
    Any(Vec<Clause>),
    /// It is of this kind, or of another.
    Kind(Kind, bool),
    /// The column refers to this, or to something else.
    Refers(Reference, Uuid, bool),
    /// The column refers to something, or to nothing.
    Has(Reference, bool),
    /// The name is such, or is not.
    Named(Naming, bool),
    /// It has one of these states.
    Status(BTreeSet<Status>),
    /// It was made then.
    Created(Than, Time),
}

impl Clause {
    /// What holds for every object.
    #[must_use]
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }

    /// What holds for none.
    #[must_use]
    pub const fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// Whether it holds for an object; `place` is what the object's parent lies in.
    pub(crate) fn keeps(&self, entity: &Entity, place: Option<Uuid>) -> bool {
        let head = &entity.head;
        match self {
            Self::All(parts) => parts.iter().all(|part| part.keeps(entity, place)),
            Self::Any(parts) => parts.iter().any(|part| part.keeps(entity, place)),
            Self::Kind(kind, is) => (head.kind == *kind) == *is,
            Self::Refers(column, to, is) => column.of(entity, place).is_some_and(|found| (found == *to) == *is),
            Self::Has(column, has) => column.of(entity, place).is_some() == *has,
            Self::Named(naming, is) => naming.fits(&head.name) == *is,
            Self::Status(states) => states.contains(&head.status),
            Self::Created(than, at) => than.holds(head.created, *at),
        }
    }

    /// Whether it looks at what the parents lie in.
    pub(crate) fn asks_place(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::asks_place),
            Self::Refers(column, ..) | Self::Has(column, _) => *column == Reference::Place,
            _ => false,
        }
    }

    /// What all objects must refer to: the parts of the outermost `All` that say so.
    pub(crate) fn demands(&self) -> Vec<(Reference, Uuid)> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::demands).collect(),
            Self::Refers(column, to, true) => vec![(*column, *to)],
            _ => Vec::new(),
        }
    }

    /// The same for objects of one kind only.
    pub(crate) fn for_kind(&self, kind: Kind) -> Self {
        let parts = |parts: &[Self]| parts.iter().map(|part| part.for_kind(kind)).collect::<Vec<_>>();
        match self {
            Self::All(all) => {
                let all = parts(all);
                if all.contains(&Self::never()) { Self::never() } else { Self::All(all) }
            }
            Self::Any(any) => {
                let mut any = parts(any);
                any.retain(|part| *part != Self::never());
                if any.contains(&Self::always()) { Self::always() } else { Self::Any(any) }
            }
            Self::Kind(known, is) => {
                if (*known == kind) == *is {
                    Self::always()
                } else {
                    Self::never()
                }
            }
            other => other.clone(),
        }
    }

    /// Writes it, for columns of `entity`. Terms for which `hides` says so are kept from the indexes.
    pub(crate) fn write(&self, sql: &mut Sql, hides: &dyn Fn(Reference) -> bool) {
        match self {
            Self::All(parts) => sql.joined(parts, " AND ", "1", hides),
            Self::Any(parts) => sql.joined(parts, " OR ", "0", hides),
            Self::Kind(kind, is) => sql.compared("kind", if *is { "=" } else { "<>" }, kind.name().into()),
            Self::Refers(column, to, is) => column.write(sql, if *is { "=" } else { "<>" }, *to, hides(*column)),
            Self::Has(column, has) => column.write_presence(sql, *has),
            Self::Named(naming, is) => naming.write(sql, *is),
            Self::Status(states) => {
                let codes: Vec<_> = states.iter().map(|status| status.code().to_string()).collect();
                sql.text(&format!("status IN ({})", codes.join(",")));
            }
            Self::Created(than, at) => sql.compared("created", than.sign(), at.timestamp_millis().into()),
        }
    }
}

impl Reference {
    fn of(self, entity: &Entity, place: Option<Uuid>) -> Option<Uuid> {
        let head = &entity.head;
        match self {
            Self::Id => Some(head.id),
            Self::Org => head.org,
            Self::Parent => head.parent,
            Self::Place => place,
            Self::Owner => head.owner,
            Self::Busy => head.busy,
        }
    }

    /// The column; what parents lie in is a column of theirs.
    const fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Org => "org",
            Self::Parent | Self::Place => "parent",
            Self::Owner => "owner",
            Self::Busy => "busy",
        }
    }

    fn write(self, sql: &mut Sql, sign: &str, to: Uuid, hidden: bool) {
        match (self, hidden) {
            (Self::Place, true) => {
                sql.text("EXISTS (SELECT 1 FROM entity AS above WHERE above.id = entity.parent AND ");
                sql.compared("above.parent", sign, to.into());
                sql.text(")");
            }
            (Self::Place, false) => {
                sql.text("parent IN (SELECT id FROM entity WHERE ");
                sql.compared("parent", sign, to.into());
                sql.text(")");
            }
            (_, true) => sql.compared(&format!("+{}", self.column()), sign, to.into()),
            (_, false) => sql.compared(self.column(), sign, to.into()),
        }
    }

    fn write_presence(self, sql: &mut Sql, has: bool) {
        let (not, null) = if has { ("", "IS NOT NULL") } else { ("NOT ", "IS NULL") };
        if self == Self::Place {
            sql.text(&format!("{not}EXISTS (SELECT 1 FROM entity AS above WHERE above.id = entity.parent AND above.parent IS NOT NULL)"));
        } else {
            sql.text(&format!("{} {null}", self.column()));
        }
    }
}

impl Naming {
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Exactly(text) => text == name,
            Self::Folded(text) => *text == fold(name),
            Self::Like(pieces) => like(pieces, &fold(name)),
        }
    }

    fn write(&self, sql: &mut Sql, is: bool) {
        match (self, is) {
            (Self::Exactly(text), true) => {
                sql.compared("folded", "=", fold(text).into());
                sql.text(" AND ");
                sql.compared("name", "=", text.as_str().into());
            }
            (Self::Exactly(text), false) => sql.compared("name", "<>", text.as_str().into()),
            (Self::Folded(text), _) => sql.compared("folded", if is { "=" } else { "<>" }, text.as_str().into()),
            (Self::Like(pieces), true) => {
                let first = pieces.first().map_or("", String::as_str);
                if !first.is_empty() {
                    sql.compared("folded", ">=", first.into());
                    sql.text(" AND ");
                    if let Some(end) = after(first) {
                        sql.compared("folded", "<", end.into());
                        sql.text(" AND ");
                    }
                }
                sql.compared("folded", "GLOB", glob(pieces).into());
            }
            (Self::Like(pieces), false) => sql.compared("folded", "NOT GLOB", glob(pieces).into()),
        }
    }
}

/// Whether `text` is made of `pieces` with anything between them. Each piece is sought once, so the time is bounded by the two lengths.
#[must_use]
pub fn like(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return pieces.first().is_some_and(|only| only == text) };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.find(piece.as_str()) {
            Some(index) => rest = &rest[index + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// The pieces as a pattern of `GLOB`, in which some characters would mean something else.
fn glob(pieces: &[String]) -> String {
    let mut pattern = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            pattern.push('*');
        }
        for character in piece.chars() {
            match character {
                '*' | '?' | '[' => pattern.extend(['[', character, ']']),
                _ => pattern.push(character),
            }
        }
    }
    pattern
}

/// The first text after all that begin with `prefix`; `None` when there is none.
fn after(prefix: &str) -> Option<String> {
    let mut head = prefix.to_owned();
    while let Some(last) = head.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            head.push(next);
            return Some(head);
        }
    }
    None
}

impl Than {
    fn holds(self, at: Time, bound: Time) -> bool {
        match self {
            Self::Same => at == bound,
            Self::Other => at != bound,
            Self::Earlier => at < bound,
            Self::NotLater => at <= bound,
            Self::Later => at > bound,
            Self::NotEarlier => at >= bound,
        }
    }

    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Same => "=",
            Self::Other => "<>",
            Self::Earlier => "<",
            Self::NotLater => "<=",
            Self::Later => ">",
            Self::NotEarlier => ">=",
        }
    }
}

/// A statement as it is written, and the values in it.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

impl Sql {
    /// Goes on with this text.
    pub(crate) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Goes on with a comparison; the value is bound, never written.
    pub(crate) fn compared(&mut self, column: &str, sign: &str, value: Value) {
        // Writing to a text cannot fail.
        let _ = write!(self.text, "{column} {sign} ?");
        self.values.push(value);
    }

    fn joined(&mut self, parts: &[Clause], with: &str, empty: &str, hides: &dyn Fn(Reference) -> bool) {
        if parts.is_empty() {
            return self.text(empty);
        }
        for (index, part) in parts.iter().enumerate() {
            self.text(if index > 0 { with } else { "" });
            self.text("(");
            part.write(self, hides);
            self.text(")");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_after_a_prefix_is_the_next_one() {
        assert_eq!(after("ab").as_deref(), Some("ac"));
        assert_eq!(after("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(after("\u{10FFFF}"), None);
    }

    #[test]
    fn characters_that_mean_something_are_taken_as_they_are() {
        assert_eq!(glob(&["a[b".to_owned(), "?]".to_owned(), String::new()]), "a[[]b*[?]]*");
    }
}
