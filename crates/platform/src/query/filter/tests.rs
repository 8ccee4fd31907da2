//! The filter language, case by case.

mod hostile;

use super::*;
use crate::query::value::{Value, ValueKind};
use vcdsim_model::clock::parse_time;
use vcdsim_model::id::{Urn, parse_uuid};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion;

const ID: &str = "6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b";
const OLD: Encoding = Encoding { twice: true, escapes: false };
const PLAIN: Encoding = Encoding { twice: false, escapes: false };
const NEW: Encoding = Encoding { twice: false, escapes: true };

/// A row: name, status, a number, a truth value, an instant, a reference, and something absent.
struct Sample;

impl Columns for Sample {
    fn column(&self, name: &str) -> Option<(usize, ValueKind)> {
        let names = ["name", "status", "count", "isBusy", "startDate", "org", "endDate"];
        let kinds = [
            ValueKind::Text,
            ValueKind::Word,
            ValueKind::Int,
            ValueKind::Bool,
            ValueKind::Time,
            ValueKind::Ref(Kind::Org),
            ValueKind::Time,
        ];
        names.iter().position(|known| *known == name).map(|index| (index, kinds[index]))
    }

    fn label(&self) -> &str {
        "sample"
    }
}

fn row(name: &str) -> impl Fn(usize) -> Option<Value> {
    let values = [
        Some(Value::Text(name.into())),
        Some(Value::Text("success".into())),
        Some(Value::Int(9)),
        Some(Value::Bool(true)),
        parse_time("2024-05-01T10:00:00.000Z").map(Value::Time),
        parse_uuid(ID).map(|id| Value::Ref(Urn::new(Kind::Org, id), View::User)),
        None,
    ];
    move |column| values[column].clone()
}

fn holds_at(filter: &str, name: &str, encoding: Encoding, version: ApiVersion) -> bool {
    let bound = Filter::parse(filter, encoding).unwrap().bind(&Sample, version).unwrap();
    bound.matches(&row(name))
}

fn holds(filter: &str, name: &str) -> bool {
    holds_at(filter, name, NEW, ApiVersion::V37_0)
}

fn refusal(filter: &str) -> String {
    match Filter::parse(filter, NEW) {
        Err(error) => error.to_string(),
        Ok(filter) => filter.bind(&Sample, ApiVersion::V37_0).unwrap_err().message,
    }
}

#[test]
fn and_binds_tighter_than_or_and_parentheses_change_that() {
    assert!(holds("name==a,name==b;count==0", "a"));
    assert!(!holds("(name==a,name==b);count==0", "a"));
    assert!(holds("((name==a));((count==9,count==10))", "a"));
    let tree = Filter::parse("name==a,name==b;count==0", NEW).unwrap();
    assert!(matches!(&tree, Filter::Any(parts) if matches!(parts[1], Filter::All(_))), "{tree:?}");
}

#[test]
fn every_operator_on_numbers_and_dates() {
    for (filter, expected) in [
        ("count==9", true),
        ("count!=9", false),
        ("count=lt=10", true),
        ("count=lt=9", false),
        ("count=le=9", true),
        ("count=gt=8", true),
        ("count=gt=9", false),
        ("count=ge=9", true),
        ("count=ge=10", false),
        ("count=lt=-1", false),
        ("startDate=ge=2024-05-01T12:00:00.000%2B02:00", true),
        ("startDate=gt=2024-05-01T12:00:00.000+02:00", false),
        ("startDate=lt=2024-05-01T10:00:00.001Z", true),
        ("isBusy==TRUE", true),
        ("isBusy!=1", false),
    ] {
        assert_eq!(holds(filter, "x"), expected, "{filter}");
    }
}

#[test]
fn an_absent_value_fulfils_nothing() {
    for filter in
        ["endDate==2024-05-01T10:00:00Z", "endDate!=2024-05-01T10:00:00Z", "endDate=lt=2025-05-01T10:00:00Z", "metadata:rank==NUMBER:1"]
    {
        assert!(!holds(filter, "x"), "{filter}");
    }
}

#[test]
fn case_matters_from_5_1_on_but_not_for_words_and_wildcards() {
    assert!(!holds("name==WEB", "web"));
    assert!(holds_at("name==WEB", "web", PLAIN, ApiVersion::V1_5));
    assert!(holds("status==SUCCESS", "x"));
    assert!(holds("name==WE*", "web"));
}

#[test]
fn wildcards_stand_anywhere_and_only_in_equality() {
    for (filter, expected) in [
        ("name==*", true),
        ("name==web*", true),
        ("name==*01", true),
        ("name==w*b*1", true),
        ("name==*b-0*1", true),
        ("name==web-01*1", false),
        ("name==web", false),
        ("name!=web*", false),
        ("name!=db*", true),
        ("org==*1c2d3e4f5a6b", true),
    ] {
        assert_eq!(holds(filter, "web-01"), expected, "{filter}");
    }
    assert!(refusal("count==1*").contains("`count` is a whole number, not `1*`"));
}

#[test]
fn a_reference_matches_in_every_form() {
    for value in [
        ID.to_owned(),
        format!("urn:vcloud:org:{ID}"),
        format!("https%3A%2F%2Fcell%3A8443%2Fapi%2Forg%2F{ID}"),
        format!("https://elsewhere/api/admin/org/{ID}"),
        format!("/api/admin/org/{ID}/"),
    ] {
        assert!(holds(&format!("org=={value}"), "x"), "{value}");
    }
    assert!(!holds("org==urn:vcloud:disk:00000000-0d0a-4f5b-9f3a-1c2d3e4f5a6b", "x"));
    assert!(refusal("org==example").contains("`org` is a reference (an href, a URN or a UUID), not `example`"));
}

#[test]
fn below_35_values_are_encoded_twice() {
    // quote('name==%s' % quote('a;b, (c) 50% +é')), as clients below 35 send it.
    let sent = "name%3D%3Da%253Bb%252C%2520%2528c%2529%252050%2525%2520%252B%25C3%25A9%3Bcount%3D%3D9";
    assert!(holds_at(sent, "a;b, (c) 50% +é", OLD, ApiVersion::V30_0));
    // Operators left bare, values encoded once or twice.
    assert!(holds_at("name==a%3Bb;count==9", "a;b", OLD, ApiVersion::V30_0));
    assert!(holds_at("name==a%253Bb;count==9", "a;b", OLD, ApiVersion::V30_0));
    assert!(holds_at("name==50%25", "50%", OLD, ApiVersion::V30_0));
    // Without filterEncoded, once.
    assert!(holds_at("name==12%26345", "12&345", PLAIN, ApiVersion::V5_5));
    assert!(holds_at("name%3D%3Da%3Bcount%3D%3D9", "a", PLAIN, ApiVersion::V5_5));
    assert!(holds_at("name==DOMAIN%5Cuser", "DOMAIN\\user", PLAIN, ApiVersion::V5_5));
}

#[test]
fn from_35_on_a_backslash_takes_the_meaning_away() {
    for (filter, name) in [
        ("name==VM\\,%201", "VM, 1"),
        ("name==a%5C%3Bb%5C%28c%5C%29;count==9", "a;b(c)"),
        ("name%3D%3Da%5C%2Cb%3Bcount%3D%3D9", "a,b"),
        ("name==a%3Bb;count==9", "a;b"),
        ("name==a%2Cb+c", "a,b c"),
        ("name==5\\*", "5*"),
        ("name==back\\\\slash", "back\\slash"),
        ("name==DOMAIN\\user", "DOMAIN\\user"),
        ("name==copy (2)", "copy (2)"),
        ("(name==copy(2));count==9", "copy(2)"),
    ] {
        assert!(holds(filter, name), "{filter}");
    }
    assert!(!holds("name==5\\*", "51"));
    assert!(!holds("name==a%3Bcount==9", "a"), "an encoded ; does not join");
}

#[test]
fn the_encoding_follows_the_version() {
    assert_eq!(Encoding::of(ApiVersion::V34_0, true), OLD);
    assert_eq!(Encoding::of(ApiVersion::V34_0, false), PLAIN);
    assert_eq!(Encoding::of(ApiVersion::V35_0, true), NEW);
}

#[test]
fn refusals_say_where_and_why() {
    for (filter, at, reason) in [
        ("", 1, "ends where a comparison"),
        ("name", 5, "after `name` one of =="),
        ("name=x", 5, "one of =="),
        ("==x", 1, "name of an attribute is missing"),
        ("name==a;", 9, "ends where a comparison"),
        (";name==a", 1, "must stand here"),
        ("name==a;;name==b", 9, "must stand here"),
        ("(name==a", 9, "1 closing parenthesis missing"),
        ("name==a)", 8, "closed that was not opened"),
        ("()", 2, "must stand here"),
        ("(name==a)(name==b)", 10, "; or , must stand between"),
        ("é==a;nom==b", 1, "has no attribute `é`"),
        ("name==a;size==1", 9, "the query type sample has no attribute `size`"),
        ("count==nine", 1, "`count` is a whole number, not `nine`"),
        ("isBusy==maybe", 1, "`isBusy` is true or false"),
        ("startDate=ge=yesterday", 1, "`startDate` is a date and time"),
        ("name=gt=a", 1, "`=gt=` compares numbers and dates, but `name` is text"),
        ("name==%FF", 1, "not UTF-8"),
    ] {
        let message = refusal(filter);
        assert!(message.contains(&format!("at character {at}:")) && message.contains(reason), "{filter}: {message}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}name==a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(holds(&nested(MAX_DEPTH), "a"));
    assert!(refusal(&nested(MAX_DEPTH + 1)).contains("parentheses may nest 64 deep"));
    assert!(refusal(&"(".repeat(1_000_000)).contains("parentheses may nest"));
    assert!(holds(&vec!["name==a"; 20_000].join(";"), "a"));
}

#[test]
fn long_values_are_cut_in_messages() {
    assert!(refusal(&format!("count=={}", "9x".repeat(10_000))).len() < 300);
}

#[test]
fn what_sql_may_be_asked_follows_from_the_filter() {
    let bound = |filter: &str| Filter::parse(filter, NEW).unwrap().bind(&Sample, ApiVersion::V37_0).unwrap();
    let texts = |filter: &str| bound(filter).one_of(0).map(|found| found.len());
    assert_eq!(texts("name==a;count=gt=1"), Some(1));
    assert_eq!(texts("count=gt=1;(name==a,name==b)"), Some(2));
    assert_eq!(texts("name==a,count==1"), None);
    assert_eq!(texts("name!=a"), None);
}
