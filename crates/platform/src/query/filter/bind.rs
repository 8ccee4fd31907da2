//! Checks a filter against the attributes of a query type and decides with it. Invariant: a bound filter compares values of one type only.

use super::{Comparison, Filter, Operator, Pattern};
use crate::query::metadata::{self, MetaTest};
use crate::query::value::{Value, ValueKind, compare};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Time, parse_time};
use vcdsim_model::id::{Urn, parse_uuid};
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion;
use vcdsim_store::like;

/// The attributes that a filter may name.
pub trait Columns {
    /// Which attribute has this name, and its type.
    fn column(&self, name: &str) -> Option<(usize, ValueKind)>;

    /// The query type, for messages.
    fn label(&self) -> &str;

    /// What a message says of the attribute that was probably meant by a name that is none; empty when nothing is near.
    fn hint(&self, _name: &str) -> String {
        String::new()
    }
}

/// A filter that was checked against a query type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// All of these hold.
    All(Vec<Predicate>),
    /// One of these holds.
    Any(Vec<Predicate>),
    /// The column compares so.
    Test(usize, Operator, Operand),
    /// Metadata compares so; it is turned into the objects of which that is true before rows are judged.
    Metadata(Box<MetaTest>),
    /// Nothing fulfils it: it asks for metadata of rows that are no objects.
    Never,
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// Exactly this text.
    Text(String),
    /// This text, given in lower case, in any case.
    Folded(String),
    /// Text made of these pieces, given in lower case, with anything between them.
    Like(Vec<String>),
    /// A number, a truth value or an instant.
    Plain(Value),
    /// The object with this id, in whatever form it is written.
    Id(Uuid),
    /// One of these objects.
    OneOf(BTreeSet<Uuid>),
}

impl Filter {
    /// Checks the filter against the attributes of a query type.
    ///
    /// # Errors
    /// 400 that names the attribute, when it is unknown or its value or operator is not of its type.
    pub fn bind(&self, columns: &impl Columns, version: ApiVersion) -> Result<Predicate, Fault> {
        let all = |parts: &[Self]| parts.iter().map(|part| part.bind(columns, version)).collect::<Result<Vec<_>, _>>();
        match self {
            Self::All(parts) => Ok(Predicate::All(all(parts)?)),
            Self::Any(parts) => Ok(Predicate::Any(all(parts)?)),
            Self::Test(comparison) => bind_one(comparison, columns, version),
        }
    }
}

fn bind_one(test: &Comparison, columns: &impl Columns, version: ApiVersion) -> Result<Predicate, Fault> {
    if let Some(name) = metadata::named(&test.attribute) {
        return MetaTest::read(name, test, version).map(|test| Predicate::Metadata(Box::new(test)));
    }
    let bad = |reason: String| Fault::bad_request(format!("The filter is not valid at character {}: {reason}", test.at));
    let Some((column, kind)) = columns.column(&test.attribute) else {
        let name: String = test.attribute.chars().take(64).collect();
        return Err(bad(format!("the query type {} has no attribute `{name}`{}", columns.label(), columns.hint(&name))));
    };
    let orders = matches!(kind, ValueKind::Int | ValueKind::Time);
    if !test.operator.is_equality() && !orders {
        let sign = test.operator.sign();
        return Err(bad(format!("`{sign}` compares numbers and dates, but `{}` is {}", test.attribute, kind.name())));
    }
    let operand = operand(&test.value, kind, version);
    let operand = operand.ok_or_else(|| bad(format!("`{}` is {}, not `{}`", test.attribute, kind.name(), test.value.shown())))?;
    Ok(Predicate::Test(column, test.operator, operand))
}

/// The value of a comparison as one of type `kind`.
fn operand(value: &Pattern, kind: ValueKind, version: ApiVersion) -> Option<Operand> {
    let textual = matches!(kind, ValueKind::Text | ValueKind::Word | ValueKind::Ref(_));
    let Some(text) = value.literal() else {
        return textual.then(|| Operand::Like(value.0.iter().map(|piece| piece.to_lowercase()).collect()));
    };
    match kind {
        // The guide of 1.5 compares without regard to case, those of 5.1 and later with.
        ValueKind::Text if version >= ApiVersion::V5_1 => Some(Operand::Text(text.to_owned())),
        ValueKind::Text | ValueKind::Word => Some(Operand::Folded(text.to_lowercase())),
        ValueKind::Int => text.trim().parse().ok().map(|number| Operand::Plain(Value::Int(number))),
        ValueKind::Bool => boolean(text.trim()).map(|value| Operand::Plain(Value::Bool(value))),
        ValueKind::Time => instant(text.trim()).map(|at| Operand::Plain(Value::Time(at))),
        ValueKind::Ref(kind) => reference(text.trim(), kind).map(Operand::Id),
    }
}

pub(in crate::query) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => text.to_ascii_lowercase().parse().ok(),
    }
}

/// An instant; the `+` of a zone may have become a blank on the way.
pub(in crate::query) fn instant(text: &str) -> Option<Time> {
    parse_time(text).or_else(|| parse_time(&text.replace(' ', "+")))
}

/// The id in an href, a URN or a bare UUID; hrefs and URNs of kinds that are not served count too: they name nothing here.
fn reference(text: &str, kind: Kind) -> Option<Uuid> {
    let known = Urn::from_any(text, kind).map(|urn| urn.id);
    known.or_else(|| {
        let bare = text.trim_end_matches('/');
        let tail = bare.get(bare.len().checked_sub(36)?..)?;
        bare.contains(['/', ':']).then(|| parse_uuid(tail)).flatten()
    })
}

impl Predicate {
    /// Whether a row fulfils it; `get` gives the value of a column. An absent value fulfils no comparison, not even `!=`.
    pub fn matches(&self, get: &impl Fn(usize) -> Option<Value>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(get)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(get)),
            Self::Test(column, operator, operand) => get(*column).is_some_and(|value| operand.compares(*operator, &value)),
            Self::Metadata(_) | Self::Never => false,
        }
    }

    /// The operands one of which `column` must equal in every row that fulfils it; `None` when it does not say.
    #[must_use]
    pub fn one_of(&self, column: usize) -> Option<Vec<&Operand>> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.one_of(column)),
            Self::Any(parts) => parts.iter().map(|part| part.one_of(column)).collect::<Option<Vec<_>>>().map(|found| found.concat()),
            Self::Test(tested, Operator::Equal, operand) if *tested == column => Some(vec![operand]),
            Self::Test(..) | Self::Metadata(_) => None,
            Self::Never => Some(Vec::new()),
        }
    }
}

impl Operand {
    /// Whether `value` stands to it as `operator` says.
    #[must_use]
    pub fn compares(&self, operator: Operator, value: &Value) -> bool {
        match (self, operator) {
            (_, Operator::Equal) => self.equals(value),
            (_, Operator::NotEqual) => !self.equals(value),
            (Self::Plain(bound), _) => {
                let order = compare(Some(value), Some(bound));
                match operator {
                    Operator::Less => order == Ordering::Less,
                    Operator::LessOrEqual => order != Ordering::Greater,
                    Operator::Greater => order == Ordering::Greater,
                    _ => order != Ordering::Less,
                }
            }
            _ => false,
        }
    }

    fn equals(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(text), Value::Text(value)) => **text == **value,
            (Self::Folded(text), Value::Text(value)) => *text == value.to_lowercase(),
            (Self::Like(pieces), Value::Text(value)) => like(pieces, &value.to_lowercase()),
            (Self::Like(pieces), Value::Ref(urn, _)) => like(pieces, &urn.to_string().to_lowercase()),
            (Self::Plain(bound), value) => bound == value,
            (Self::Id(id), Value::Ref(urn, _)) => *id == urn.id,
            (Self::OneOf(ids), Value::Ref(urn, _)) => ids.contains(&urn.id),
            _ => false,
        }
    }
}
