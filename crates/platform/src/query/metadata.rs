//! Metadata in queries: what a filter asks of it, and what records show of it. Invariant: what the caller may not see fulfils nothing and is
//! shown nowhere.
//!
//! `metadata:KEY==STRING:value`, `metadata@SYSTEM:KEY=gt=NUMBER:1` and the like (guide 5.1, metadata query filter expressions). A value
//! without a type is compared with the text of whatever there is, as the guides' own examples are.

use super::filter::{Comparison, Operand, Operator, Predicate, boolean, instant};
use super::run::Row;
use super::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::fault::excerpt;
use vcdsim_model::metadata::{Domain, MetaKey, MetaValue};
use vcdsim_model::version::ApiVersion;
use vcdsim_store::Reader;

/// How many keys a query may name (guide 5.1).
const MOST_KEYS: usize = 8;
/// Longer texts cannot be searched for (guide 5.1).
const MOST_SEARCHED: usize = 1_000;

/// The prefixes of metadata among attributes.
const PREFIXES: [(&str, Domain); 3] =
    [("metadata:", Domain::General), ("metadata@GENERAL:", Domain::General), ("metadata@SYSTEM:", Domain::System)];

/// What an attribute names, if it is metadata.
#[must_use]
pub fn named(attribute: &str) -> Option<MetaKey> {
    let key = |(prefix, domain): &(&str, Domain)| Some(MetaKey { domain: *domain, key: attribute.strip_prefix(prefix)?.to_owned() });
    PREFIXES.iter().find_map(key)
}

/// One comparison of metadata, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaTest {
    name: MetaKey,
    operator: Operator,
    operand: Operand,
    /// The type that values must have; `None` for their text, whatever they are.
    r#type: Option<&'static str>,
}

impl MetaTest {
    /// Reads a comparison of `name`.
    ///
    /// # Errors
    /// 400 with position and reason, when the value is not of the type that it says, or the operator does not compare such values.
    pub fn read(name: MetaKey, test: &Comparison, version: ApiVersion) -> Result<Self, Fault> {
        let bad = |reason: String| Fault::bad_request(format!("The filter is not valid at character {}: {reason}", test.at));
        let mut pieces = test.value.0.clone();
        let (word, rest) = pieces.first().and_then(|first| first.split_once(':')).unwrap_or_default();
        let r#type = TYPES.iter().find(|(known, _)| *known == word).map(|(_, name)| *name);
        if r#type.is_some() {
            let rest = rest.to_owned();
            pieces[0] = rest;
        }
        let ordered = matches!(r#type, Some("MetadataNumberValue" | "MetadataDateTimeValue"));
        if !test.operator.is_equality() && !ordered {
            let sign = test.operator.sign();
            return Err(bad(format!("`{sign}` compares NUMBER: and DATETIME: values of metadata only, as in metadata:key{sign}NUMBER:1")));
        }
        let operand = operand(&pieces, r#type, version);
        let operand = operand.ok_or_else(|| bad(format!("`{}` is no value of the type that it names", test.value.shown())))?;
        Ok(Self { name, operator: test.operator, operand, r#type })
    }

    fn is_met(&self, value: &MetaValue) -> bool {
        if self.r#type.is_some_and(|named| named != value.type_name()) {
            return false;
        }
        let compared = match value {
            MetaValue::String(text) if text.chars().nth(MOST_SEARCHED).is_some() => return false,
            MetaValue::String(text) => Value::Text(text.as_str().into()),
            other if self.r#type.is_none() => Value::Text(other.text().into()),
            MetaValue::Number(number) => Value::Int(*number),
            MetaValue::Boolean(value) => Value::Bool(*value),
            MetaValue::DateTime(at) => Value::Time(*at),
        };
        self.operand.compares(self.operator, &compared)
    }
}

/// The words for types in filters.
const TYPES: [(&str, &str); 4] = [
    ("STRING", "MetadataStringValue"),
    ("NUMBER", "MetadataNumberValue"),
    ("BOOLEAN", "MetadataBooleanValue"),
    ("DATETIME", "MetadataDateTimeValue"),
];

fn operand(pieces: &[String], r#type: Option<&str>, version: ApiVersion) -> Option<Operand> {
    let [text] = pieces else {
        let textual = matches!(r#type, None | Some("MetadataStringValue"));
        return textual.then(|| Operand::Like(pieces.iter().map(|piece| piece.to_lowercase()).collect()));
    };
    match r#type {
        Some("MetadataNumberValue") => text.trim().parse().ok().map(|number| Operand::Plain(Value::Int(number))),
        Some("MetadataBooleanValue") => boolean(text.trim()).map(|value| Operand::Plain(Value::Bool(value))),
        Some("MetadataDateTimeValue") => instant(text.trim()).map(|at| Operand::Plain(Value::Time(at))),
        _ if version >= ApiVersion::V5_1 => Some(Operand::Text(text.clone())),
        _ => Some(Operand::Folded(text.to_lowercase())),
    }
}

/// What a query asks of metadata: the keys that its filter compares and those that its records are to show.
#[derive(Debug, Default)]
pub(super) struct Asked {
    compared: BTreeSet<MetaKey>,
    shown: Vec<MetaKey>,
}

impl Asked {
    /// What a filter and a list of fields name.
    ///
    /// # Errors
    /// 400 when these are too many.
    pub(super) fn of(predicate: Option<&Predicate>, fields: Option<&[String]>) -> Result<Self, Fault> {
        let mut asked = Self::default();
        if let Some(predicate) = predicate {
            collect(predicate, &mut asked.compared);
        }
        for name in fields.into_iter().flatten().filter_map(|field| named(field)) {
            if !asked.shown.contains(&name) {
                asked.shown.push(name);
            }
        }
        let all: BTreeSet<_> = asked.compared.iter().chain(&asked.shown).collect();
        match all.iter().nth(MOST_KEYS) {
            None => Ok(asked),
            Some(more) => {
                let key = excerpt(&more.key);
                Err(Fault::bad_request(format!(
                    "A query may name {MOST_KEYS} keys of metadata; this one names {}, `{key}` among them.",
                    all.len()
                )))
            }
        }
    }

    /// The predicate with comparisons of metadata turned into the objects that fulfil them, `column` being the one that names the object. All
    /// are read at once.
    pub(super) async fn resolved(
        &self,
        reader: &Reader<'_>,
        caller: &Caller,
        predicate: Option<Predicate>,
        column: Option<usize>,
    ) -> Result<Option<Predicate>, Fault> {
        if self.compared.is_empty() {
            return Ok(predicate);
        }
        let names: Vec<_> = self.compared.iter().cloned().collect();
        let all = reader.metadata_named(&names, None).await?;
        let met = |test: &MetaTest| {
            let of = all
                .iter()
                .filter(|datum| datum.entry.name == test.name && datum.entry.is_shown_to(caller) && test.is_met(&datum.entry.value));
            let ids = of.map(|datum| datum.object).collect();
            column.map_or(Predicate::Never, |column| Predicate::Test(column, Operator::Equal, Operand::OneOf(ids)))
        };
        Ok(predicate.map(|predicate| replaced(predicate, &met)))
    }

    /// Puts into rows what they are to show, all read at once.
    pub(super) async fn put_into(&self, reader: &Reader<'_>, caller: &Caller, rows: &mut [Arc<Row>]) -> Result<(), Fault> {
        if self.shown.is_empty() {
            return Ok(());
        }
        let objects: Vec<_> = rows.iter().filter_map(|row| row.urn.map(|urn| urn.id)).collect();
        let all = reader.metadata_named(&self.shown, Some(&objects)).await?;
        for row in rows {
            let own = all.iter().filter(|datum| row.urn.is_some_and(|urn| urn.id == datum.object) && datum.entry.is_shown_to(caller));
            let metadata: Vec<_> = own.map(|datum| datum.entry.clone()).collect();
            if !metadata.is_empty() {
                Arc::make_mut(row).metadata = metadata;
            }
        }
        Ok(())
    }
}

fn collect(predicate: &Predicate, names: &mut BTreeSet<MetaKey>) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().for_each(|part| collect(part, names)),
        Predicate::Metadata(test) => drop(names.insert(test.name.clone())),
        Predicate::Test(..) | Predicate::Never => {}
    }
}

fn replaced(predicate: Predicate, met: &impl Fn(&MetaTest) -> Predicate) -> Predicate {
    let each = |parts: Vec<Predicate>| parts.into_iter().map(|part| replaced(part, met)).collect();
    match predicate {
        Predicate::All(parts) => Predicate::All(each(parts)),
        Predicate::Any(parts) => Predicate::Any(each(parts)),
        Predicate::Metadata(test) => met(&test),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::{Encoding, Filter};
    use super::*;

    fn test(filter: &str) -> Result<MetaTest, Fault> {
        let Ok(Filter::Test(test)) = Filter::parse(filter, Encoding::of(ApiVersion::V37_0, true)) else { panic!("{filter}") };
        MetaTest::read(named(&test.attribute).unwrap(), &test, ApiVersion::V37_0)
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        let number = MetaValue::Number(10);
        for (filter, met) in [
            ("metadata:k=gt=NUMBER:9", true),
            ("metadata:k=le=NUMBER:9", false),
            ("metadata:k==NUMBER:10", true),
            ("metadata:k==STRING:10", false),
            ("metadata:k!=STRING:9", false),
            ("metadata:k==10", true),
            ("metadata:k==1*", true),
        ] {
            assert_eq!(test(filter).unwrap().is_met(&number), met, "{filter}");
        }
        let text = MetaValue::String("Master".to_owned());
        for (filter, met) in [
            ("metadata:k==STRING:Master", true),
            ("metadata:k==STRING:master", false),
            ("metadata:k==STRING:*ast*", true),
            ("metadata:k!=STRING:other", true),
            ("metadata:k==NUMBER:1", false),
        ] {
            assert_eq!(test(filter).unwrap().is_met(&text), met, "{filter}");
        }
        assert!(test("metadata:k==BOOLEAN:1").unwrap().is_met(&MetaValue::Boolean(true)));
        assert!(test("metadata:k==false").unwrap().is_met(&MetaValue::Boolean(false)));
        let at = MetaValue::read(Some("MetadataDateTimeValue"), "2012-06-18T17:00:00Z").unwrap();
        assert!(test("metadata@SYSTEM:k=le=DATETIME:2012-06-18T12:00:00-05:00").unwrap().is_met(&at));
        assert!(!test("metadata:k==STRING:*").unwrap().is_met(&MetaValue::String("x".repeat(MOST_SEARCHED + 1))));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        for filter in [
            "metadata:k=gt=1",
            "metadata:k=gt=STRING:a",
            "metadata:k==NUMBER:x",
            "metadata:k==NUMBER:1*",
            "metadata:k==BOOLEAN:perhaps",
            "metadata:k==DATETIME:soon",
        ] {
            let fault = test(filter).unwrap_err();
            assert!(fault.message.contains("at character 1"), "{filter}: {}", fault.message);
        }
    }

    #[test]
    fn prefixes_name_the_domain() {
        let name = |attribute: &str| named(attribute).map(|name| (name.domain, name.key));
        assert_eq!(name("metadata:a:b"), Some((Domain::General, "a:b".to_owned())));
        assert_eq!(name("metadata@SYSTEM:a"), Some((Domain::System, "a".to_owned())));
        assert_eq!(name("metadata"), None);
    }

    #[test]
    fn eight_keys_and_no_more() {
        let fields: Vec<_> = (0..9).map(|at| format!("metadata:k{at}")).collect();
        assert!(Asked::of(None, Some(&fields[..8])).is_ok());
        assert!(Asked::of(None, Some(&fields)).is_err());
    }
}
