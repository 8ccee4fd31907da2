//! Filters as nobody should write them. Invariant: each is read as it was meant, or refused with a position that lies in it.

use super::*;
use crate::query::record::TYPES;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A filter without positions.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Test(String, Operator, Vec<String>),
}

fn tree(piece: &'static str) -> impl Strategy<Value = Tree> {
    let operator = select(&Operator::ALL[..]).prop_map(|(operator, _)| operator);
    let test = ("[a-zA-Z:@.]{1,10}", operator, vec(piece, 1..4)).prop_map(|(name, operator, pieces)| Tree::Test(name, operator, pieces));
    test.prop_recursive(6, 24, 4, |inner| prop_oneof![vec(inner.clone(), 2..4).prop_map(Tree::All), vec(inner, 2..4).prop_map(Tree::Any)])
}

impl Tree {
    fn of(filter: &Filter) -> Self {
        match filter {
            Filter::All(parts) => Self::All(parts.iter().map(Self::of).collect()),
            Filter::Any(parts) => Self::Any(parts.iter().map(Self::of).collect()),
            Filter::Test(test) => Self::Test(test.attribute.clone(), test.operator, test.value.0.clone()),
        }
    }

    /// As text; `value` encodes what stands between wildcards.
    fn write(&self, value: &impl Fn(&str) -> String) -> String {
        let group = |parts: &[Self], joint: &str| {
            let written = parts.iter().map(|part| match part {
                Self::Test(..) => part.write(value),
                _ => format!("({})", part.write(value)),
            });
            written.collect::<Vec<_>>().join(joint)
        };
        match self {
            Self::All(parts) => group(parts, ";"),
            Self::Any(parts) => group(parts, ","),
            Self::Test(name, operator, pieces) => {
                format!("{name}{}{}", operator.sign(), pieces.iter().map(|piece| value(piece)).collect::<Vec<_>>().join("*"))
            }
        }
    }
}

fn once(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| "(),;*\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Text made of what filters are made of.
fn text() -> impl Strategy<Value = String> {
    let parts = &[
        "name",
        "status",
        "count",
        "isBusy",
        "startDate",
        "org",
        "(",
        ")",
        "((",
        "))",
        ";",
        ",",
        "==",
        "!=",
        "=lt=",
        "=ge=",
        "=",
        "!",
        "*",
        "\\",
        "%",
        "%3D%3D",
        "%253B",
        "%3B",
        "%28",
        "%FF",
        "%C3",
        "%00",
        "+",
        "é",
        "\u{1f600}",
        "\0",
        " ",
        "9",
        "-1",
        "true",
        ID,
        "2024-05-01",
        "99999999999999999999",
        "urn:vcloud:org:",
        "metadata:a",
        "metadata@SYSTEM:",
    ];
    prop_oneof![
        3 => vec(select(&parts[..]), 0..24).prop_map(|parts| parts.concat()),
        1 => "[a-z=!;,()*%\\\\25é ]{0,60}",
        1 => ".{0,60}",
        1 => ("[(]{0,80}", "[a-z=;,]{0,12}", "[)]{0,80}").prop_map(|(open, text, close)| open + &text + &close),
    ]
}

/// Holds a refusal to what is promised of it.
fn judge(filter: &str, fault: &vcdsim_model::Fault) {
    assert_eq!(fault.code, vcdsim_model::FaultCode::BadRequest);
    assert!(fault.message.chars().count() <= 300, "{}", fault.message);
    let place = fault.message.strip_prefix("The filter is not valid at character ").and_then(|rest| rest.split_once(": "));
    let at: usize = place.and_then(|(at, _)| at.parse().ok()).unwrap_or_else(|| panic!("{filter:?}: {}", fault.message));
    assert!((1..=filter.chars().count() + 1).contains(&at), "{filter:?}: {}", fault.message);
    assert!(!fault.message.contains("Error {") && !fault.message.contains("core::"), "{}", fault.message);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_its_place(text in text(), encoding in select(&[OLD, PLAIN, NEW][..])) {
        match Filter::parse(&text, encoding) {
            Err(error) => judge(&text, &error.into()),
            Ok(filter) => match filter.bind(&Sample, ApiVersion::V37_0) {
                Err(fault) => judge(&text, &fault),
                Ok(predicate) => {
                    let _ = predicate.matches(&row("web"));
                    for column in 0..7 {
                        let _ = predicate.one_of(column);
                    }
                }
            },
        }
    }

    #[test]
    fn any_filter_is_read_as_it_was_meant(tree in tree("[ -~é\u{1f600}]{0,6}"), plain in tree("[ -)+-~é\u{1f600}]{0,6}")) {
        let read = |text: &str, encoding| Filter::parse(text, encoding).map(|filter| Tree::of(&filter));
        for (text, encoding, tree) in [
            (tree.write(&|piece| once(&escaped(piece))), NEW, &tree),
            (once(&tree.write(&escaped)), NEW, &tree),
            (once(&plain.write(&once)), OLD, &plain),
            (plain.write(&|piece| once(&once(piece))), OLD, &plain),
            (plain.write(&once), PLAIN, &plain),
        ] {
            prop_assert_eq!(read(&text, encoding), Ok(tree.clone()), "{}", text);
        }
    }

    #[test]
    fn any_comparison_is_bound_or_refused_by_every_type(
        query_type in select(TYPES),
        version in select(ApiVersion::ALL),
        at in any::<prop::sample::Index>(),
        operator in select(&Operator::ALL[..]),
        value in text(),
    ) {
        let names: Vec<&str> = query_type.fields.iter().map(|field| field.name).chain(["href", "id", "nothing"]).collect();
        let filter = format!("{}{}{}", at.get(&names), operator.1, once(&value));
        let read = Filter::parse(&filter, NEW).map_err(vcdsim_model::Fault::from);
        if let Err(fault) = read.and_then(|filter| filter.bind(&query_type.columns(version), version)) {
            judge(&filter, &fault);
        }
    }

    #[test]
    fn any_pattern_holds_where_its_pieces_stand_in_order(pieces in vec("[ab]{0,2}", 1..5), text in "[ab]{0,8}") {
        fn plainly(pieces: &[String], text: &str) -> bool {
            match pieces {
                [] => false,
                [last] => text == last,
                [first, rest @ ..] => {
                    text.strip_prefix(first.as_str()).is_some_and(|text| (0..=text.len()).any(|at| plainly(rest, &text[at..])))
                }
            }
        }
        let expected = plainly(&pieces, &text);
        prop_assert_eq!(Operand::Like(pieces).compares(Operator::Equal, &Value::Text(text.into())), expected);
    }

    #[test]
    fn any_name_is_found_when_it_is_sent_as_clients_send_it(name in "\\PC{1,20}") {
        let name = name.replace('*', "x");
        let old = once(&format!("name=={};count==9", once(&name)));
        prop_assert!(holds_at(&old, &name, OLD, ApiVersion::V30_0));
        let (bare, whole) = (format!("name=={};count==9", once(&escaped(&name))), once(&format!("name=={};count==9", escaped(&name))));
        prop_assert!(holds(&bare, &name), "{}", bare);
        prop_assert!(holds(&whole, &name), "{}", whole);
    }
}
