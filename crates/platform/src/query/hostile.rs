//! Query strings as nobody should write them. Invariant: each is read within its bounds, or refused by the name of a parameter.

use super::page::{MAX_SIZE, Paging};
use super::request::{Format, Request};
use super::value::{Value, compare};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vcdsim_model::FaultCode;
use vcdsim_model::clock::from_millis;
use vcdsim_model::version::ApiVersion;

/// One parameter, or what stands in the place of one.
fn parameter() -> impl Strategy<Value = String> {
    let names = &[
        "type",
        "page",
        "pageSize",
        "offset",
        "format",
        "filter",
        "filterEncoded",
        "filterEncode",
        "sortAsc",
        "sortDesc",
        "fields",
        "links",
        "Page",
        "",
        "x",
        "%66ilter",
        "é",
    ];
    let value = prop_oneof![
        "[0-9]{0,12}",
        "[+-]?[0-9.e]{0,6}",
        select(
            &[
                "records",
                "idrecords",
                "references",
                "RECORDS",
                "true",
                "vApp",
                "name",
                "*",
                "name,status",
                ",,",
                "%",
                "%00",
                "%FF",
                "+",
                "4294967295"
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-z=;,()%&#? ]{0,20}",
        "\\PC{0,20}",
    ];
    prop_oneof![
        6 => (select(&names[..]), value).prop_map(|(name, value)| format!("{name}={value}")),
        1 => "[=&?;%]{0,5}",
        1 => ".{0,30}",
    ]
}

proptest! {
    #[test]
    fn any_query_string_is_read_or_refused_by_name(parts in vec(parameter(), 0..10), version in select(ApiVersion::ALL)) {
        let query = parts.join("&");
        match Request::read(&query) {
            Err(fault) => {
                prop_assert_eq!(fault.code, FaultCode::BadRequest);
                let named = ["parameter page ", "parameter pageSize ", "parameter offset ", "parameter format "];
                prop_assert!(named.iter().any(|name| fault.message.contains(name)), "{}", fault.message);
                prop_assert!(fault.message.chars().count() <= 200, "{}", fault.message);
            }
            Ok(request) => {
                prop_assert!(request.paging.page >= 1 && (1..=MAX_SIZE).contains(&request.paging.size));
                let _ = request.parsed_filter(version);
                let mut untyped = request.clone();
                untyped.query_type = None;
                let again = Request::read(&untyped.other(7, Format::Records)).unwrap();
                prop_assert_eq!((again.paging.page, again.paging.size, again.paging.offset), (7, request.paging.size, request.paging.offset));
                prop_assert_eq!((&again.filter, &again.fields, &again.sort), (&request.filter, &request.fields, &request.sort));
                prop_assert_eq!((again.links, again.filter_encoded), (request.links, request.filter_encoded));
            }
        }
    }

    #[test]
    fn any_page_lies_within_its_result(page in 1_u32.., size in 1..=MAX_SIZE, offset in any::<u32>(), total in prop_oneof![0_usize..500, any::<usize>()]) {
        let paging = Paging { page, size, offset };
        let range = paging.range(total);
        prop_assert!(range.start <= range.end && range.end <= total && range.len() <= size as usize);
        for link in paging.links(total) {
            prop_assert!(link.page >= 1 && link.page != page, "{:?}", link);
        }
    }

    /// Sorting panics when the order of values is none.
    #[test]
    fn any_values_of_a_column_have_one_order(
        texts in vec(prop::option::of("[aAàÀßİıσς]{0,3}"), 0..60),
        numbers in vec(prop::option::of(any::<i64>()), 0..60),
    ) {
        let texts = texts.into_iter().map(|text| text.map(|text| Value::Text(text.into()))).collect();
        let times = numbers.iter().map(|number| number.map(|number| Value::Time(from_millis(number)))).collect();
        let numbers = numbers.into_iter().map(|number| number.map(Value::Int)).collect();
        for mut column in [texts, numbers, times] {
            let column: &mut Vec<Option<Value>> = &mut column;
            column.sort_by(|a, b| compare(a.as_ref(), b.as_ref()));
            prop_assert!(column.is_sorted_by(|a, b| compare(a.as_ref(), b.as_ref()).is_le()));
        }
    }
}
