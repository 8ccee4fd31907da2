//! Texts as clients may write them. Invariant: every reader of text takes any text; what it takes, it writes so that it reads it again.

use crate::clock::{after_millis, format_time, from_millis, parse_time};
use crate::id::{Urn, parse_uuid};
use crate::kind::Kind;
use crate::media;
use crate::operation::Operation;
use crate::version::ApiVersion;
use proptest::prelude::*;
use proptest::sample::select;

const ID: &str = "6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b";

/// Texts that are nearly an identity.
fn identity() -> impl Strategy<Value = String> {
    let word = prop_oneof![select(Kind::ALL).prop_map(|kind| kind.info().urn.to_owned()), "\\PC{0,8}"];
    let place = select(Kind::ALL).prop_map(|kind| kind.info().places().map(|place| place.path).collect::<Vec<_>>());
    let id =
        prop_oneof![4 => Just(ID.to_owned()), 1 => Just(ID.to_uppercase()), 2 => "[0-9a-fA-F-]{36}", 1 => "\\PC{0,40}", 1 => "[é-]{18}"];
    let host = select(&["", "http://h", "https://h:1/x", "//", "/api/", "é", "https://[::1]:8443", "h/api"][..]);
    let end = select(&["", "/", "//", "?a=b", "#c", " ", "/action/x", "\u{0}", "%20"][..]);
    prop_oneof![
        (word, id.clone()).prop_map(|(word, id)| format!("urn:vcloud:{word}:{id}")),
        (host, place, any::<prop::sample::Index>(), id, end)
            .prop_map(|(host, places, at, id, end)| format!("{host}{}{id}{end}", at.get(&places))),
        "(urn|:|vcloud|vapp|/|api|-|\\PC){0,12}",
        ".{0,50}",
    ]
}

/// Texts that are nearly a date.
fn date() -> impl Strategy<Value = String> {
    let year = prop_oneof![3 => "[0-9]{4}", 1 => "[+-]?[0-9]{0,8}"];
    let day = prop_oneof![3 => "-[01][0-9]-[0-3][0-9]", 1 => "-[0-9]{0,3}-[0-9]{0,3}"];
    let time = prop_oneof![3 => "[T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]", 1 => "T[0-9:]{0,9}"];
    let part = prop_oneof![Just(String::new()), "\\.[0-9]{0,12}"];
    let zone = prop_oneof![Just(String::new()), Just("Z".to_owned()), "[+-][0-2][0-9]:[0-9][0-9]", "[+-zZ0-9:]{0,6}"];
    prop_oneof![8 => (year, day, time, part, zone).prop_map(|(year, day, time, part, zone)| format!("{year}{day}{time}{part}{zone}")), 1 => ".{0,30}"]
}

fn media_type() -> impl Strategy<Value = String> {
    prop_oneof![
        "(application/|vnd.vmware.|vcloud.|vApp|VM|\\+xml|\\+JSON|\\+|;|=|version|5.5|,| |é|\\PC){0,8}",
        select(&[media::VAPP, media::VM, media::ORG][..]).prop_map(str::to_uppercase),
        ".{0,20}",
    ]
}

proptest! {
    #[test]
    fn any_identity_that_is_read_reads_again(text in identity(), kind in select(Kind::ALL)) {
        for urn in [Urn::parse(&text), Urn::from_href(&text), Urn::from_any(&text, kind)].into_iter().flatten() {
            prop_assert_eq!(parse_uuid(&urn.id.to_string()), Some(urn.id));
            let again = Urn::parse(&urn.to_string());
            prop_assert_eq!(again.map(|again| (again.kind.info().urn, again.id)), Some((urn.kind.info().urn, urn.id)));
            for place in urn.kind.info().places() {
                prop_assert_eq!(Urn::from_href(&format!("{}{}", place.path, urn.id)), Some(urn));
            }
        }
    }

    #[test]
    fn any_date_that_is_read_is_written_so_that_it_reads_again(text in date()) {
        if let Some(at) = parse_time(&text) {
            let written = format_time(at);
            prop_assert_eq!(written.len(), "2026-03-09T08:15:00.250Z".len(), "{} from {:?}", written, text);
            prop_assert_eq!(parse_time(&written), Some(at));
        }
    }

    #[test]
    fn any_wait_ends_within_the_calendar(start in -62_135_596_800_000_i64..253_402_300_799_999, millis in 0_i64..) {
        let (start, end) = (from_millis(start), after_millis(from_millis(start), millis));
        prop_assert_eq!(format_time(end).len(), format_time(start).len(), "{}", format_time(end));
    }

    #[test]
    fn any_word_is_a_version_a_kind_or_an_operation_or_none(text in prop_oneof!["[0-9.+-]{0,8}", "\\PC{0,12}", ".{0,12}"]) {
        prop_assert!(ApiVersion::parse(&text).is_none_or(|version| version.to_string() == text));
        prop_assert!(Kind::from_urn_word(&text).is_none_or(|kind| kind.info().urn.eq_ignore_ascii_case(&text)));
        prop_assert!(Kind::from_name(&text).is_none_or(|kind| kind.name() == text));
        prop_assert!(Operation::from_name(&text).is_none_or(|operation| operation.name() == text));
    }

    #[test]
    fn any_media_type_is_the_same_as_itself_in_any_form(one in media_type(), other in media_type()) {
        prop_assert!(media::same(&one, &one) && media::same(&one, &one.to_ascii_uppercase()));
        prop_assert_eq!(media::same(&one, &other), media::same(&other, &one));
        let bare = one.split(';').next().unwrap_or_default().to_owned();
        prop_assert!(media::same(&one, &media::as_json(&bare)), "{:?}", media::as_json(&bare));
    }
}
