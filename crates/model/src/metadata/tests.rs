//! Metadata: keys, values, limits and who may see what. Invariant: what one rule refuses, no form of request gets past.

use super::*;

fn entry(domain: Domain, key: &str, text: &str) -> MetaEntry {
    Written::new(Some(domain.name()), None, key, MetaValue::String(text.to_owned())).unwrap().over(None)
}

#[test]
fn values_are_of_their_types() {
    let read = |name: &str, text: &str| MetaValue::read(Some(name), text);
    assert_eq!(read("vcloud:MetadataNumberValue", "-9223372036854775808").unwrap(), MetaValue::Number(i64::MIN));
    assert_eq!(read("MetadataBooleanValue", "1").unwrap().text(), "true");
    assert_eq!(read("MetadataDateTimeValue", "2012-06-18T12:00:00-05:00").unwrap().text(), "2012-06-18T17:00:00.000Z");
    assert_eq!(MetaValue::read(None, " x ").unwrap(), MetaValue::String(" x ".to_owned()));
    for (name, text) in [
        ("MetadataNumberValue", "notANumber"),
        ("MetadataNumberValue", "9223372036854775808"),
        ("MetadataNumberValue", "1.5"),
        ("MetadataBooleanValue", "notABool"),
        ("MetadataDateTimeValue", "notADate"),
        ("MetadataOtherValue", "x"),
    ] {
        assert!(read(name, text).is_err(), "{name} {text}");
    }
}

#[test]
fn comparable_text_has_the_order_of_values_and_is_read_back() {
    let sorted = |values: Vec<MetaValue>| {
        assert!(values.is_sorted_by_key(MetaValue::comparable), "{values:?}");
        for value in values {
            assert_eq!(MetaValue::from_comparable(value.type_name(), &value.comparable()), Some(value));
        }
    };
    sorted([i64::MIN, -10, -9, 0, 9, 10, i64::MAX].map(MetaValue::Number).to_vec());
    sorted([i64::from(i32::MIN), -1, 0, 1_700_000_000_000].map(|millis| MetaValue::DateTime(from_millis(millis))).to_vec());
    sorted([false, true].map(MetaValue::Boolean).to_vec());
    sorted(["", "a", "b"].map(|text| MetaValue::String(text.to_owned())).to_vec());
}

#[test]
fn keys_are_those_that_a_url_can_name() {
    for good in ["a", "a b", "a/b", "ä%2F", ".hidden", "a..b", &"x".repeat(256)] {
        assert!(check_key(good).is_ok(), "{good}");
    }
    for bad in ["", "a;b", "a/../b", "a/./b", "./a", "../a", "a/.", "a/..", ".", "..", "a\0", &"x".repeat(257)] {
        assert!(check_key(bad).is_err(), "{bad}");
    }
}

fn written(domain: Option<&str>, visibility: Option<&str>) -> Result<Written, Fault> {
    Written::new(domain, visibility, "k", MetaValue::Number(1))
}

#[test]
fn domain_and_visibility_go_together() {
    let new = |domain, visibility| written(domain, visibility).map(|written| (written.name.domain, written.over(None).visibility));
    assert_eq!(new(None, None).unwrap(), (Domain::General, Visibility::ReadWrite));
    assert_eq!(new(Some(""), Some("")).unwrap(), (Domain::General, Visibility::ReadWrite));
    assert_eq!(new(Some("SYSTEM"), None).unwrap(), (Domain::System, Visibility::Private));
    assert_eq!(new(Some("SYSTEM"), Some("READONLY")).unwrap(), (Domain::System, Visibility::ReadOnly));
    for (domain, visibility) in [("GENERAL", "PRIVATE"), ("GENERAL", "READONLY"), ("SYSTEM", "READWRITE"), ("OTHER", ""), ("SYSTEM", "x")] {
        assert!(new(Some(domain), Some(visibility)).is_err(), "{domain} {visibility}");
    }
}

#[test]
fn an_entry_that_is_written_again_is_seen_as_before_unless_that_is_said() {
    let old = written(Some("SYSTEM"), Some("READONLY")).unwrap().over(None);
    assert_eq!(written(Some("SYSTEM"), None).unwrap().over(Some(&old)).visibility, Visibility::ReadOnly);
    assert_eq!(written(Some("SYSTEM"), Some("PRIVATE")).unwrap().over(Some(&old)).visibility, Visibility::Private);
}

#[test]
fn an_object_has_only_so_much() {
    let many = |domain, count: usize| (0..count).map(|at| entry(domain, &at.to_string(), "")).collect::<Vec<_>>();
    for (domain, most) in [(Domain::General, 1_024), (Domain::System, 128)] {
        assert!(check_limits(many(domain, most).iter()).is_ok());
        assert!(check_limits(many(domain, most + 1).iter()).is_err());
    }
    for (domain, most) in [(Domain::General, 128 << 10), (Domain::System, 16 << 10)] {
        assert!(check_limits([entry(domain, "k", &"x".repeat(most - 1))].iter()).is_ok());
        assert!(check_limits([entry(domain, "k", &"x".repeat(most))].iter()).is_err());
    }
}

#[test]
fn what_tells_entries_apart_is_object_domain_and_key() {
    let object = Uuid::from_u128(1);
    let name = |domain, key: &str| MetaKey { domain, key: key.to_owned() };
    let ids = [
        Metadatum::id(object, &name(Domain::General, "a")),
        Metadatum::id(object, &name(Domain::System, "a")),
        Metadatum::id(object, &name(Domain::General, "b")),
        Metadatum::id(Uuid::from_u128(2), &name(Domain::General, "a")),
    ];
    assert_eq!(std::collections::BTreeSet::from(ids).len(), 4);
}
