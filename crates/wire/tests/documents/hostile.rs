//! Bodies that want to do harm. Invariant: each ends as an error that says little and comes soon.

use proptest::prelude::*;
use vcdsim_wire::{Limits, ParseErrorKind, parse_json, parse_xml, roots, vcloud, vmext};

use crate::sample;

fn xml(text: &str) -> Result<vcloud::VApp, vcdsim_wire::ParseError> {
    parse_xml(text.as_bytes(), &Limits::default())
}

const OPEN: &str = "<VApp xmlns=\"http://www.vmware.com/vcloud/v1.5\" name=\"n\">";

#[test]
fn a_hundred_thousand_levels_are_refused() {
    let unknown = format!("{OPEN}{}", "<U>".repeat(100_000));
    assert_eq!(xml(&unknown).unwrap_err().kind, ParseErrorKind::TooDeep);
    let limits = Limits { max_bytes: usize::MAX, max_depth: 64 };
    let million = format!("{OPEN}{}", "<U>".repeat(1_000_000));
    assert_eq!(parse_xml::<vcloud::VApp>(million.as_bytes(), &limits).unwrap_err().kind, ParseErrorKind::TooDeep);
}

#[test]
fn thirty_kilobytes_of_types_that_hold_each_other_are_refused() {
    let nested = "<Task status=\"\" name=\"\"><Tasks>".repeat(1000);
    let error = parse_xml::<vcloud::VApp>(format!("{OPEN}<Tasks>{nested}").as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::TooDeep);
    let children = format!("{OPEN}{}", "<Children><VApp name=\"n\">".repeat(1000));
    assert_eq!(xml(&children).unwrap_err().kind, ParseErrorKind::TooDeep);
}

#[test]
fn document_types_are_refused_without_an_echo() {
    let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"secretlol\"><!ENTITY lol2 \"&lol;&lol;&lol;\">]><VApp>&lol2;</VApp>";
    let error = xml(laughs).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::Doctype);
    assert!(!error.to_string().contains("secretlol"));
    assert_eq!(xml(&format!("{OPEN}&lol;</VApp>")).unwrap_err().kind, ParseErrorKind::Malformed);
}

#[test]
fn floods_of_attributes_and_namespaces_are_refused() {
    let attributes: String = (0..20_000).map(|at| format!(" a{at}=\"\"")).collect();
    assert_eq!(xml(&OPEN.replace('>', &format!("{attributes}/>"))).unwrap_err().kind, ParseErrorKind::TooDeep);
    let namespaces: String = (0..2_000).map(|at| format!(" xmlns:a{at}=\"u\"")).collect();
    assert_eq!(xml(&OPEN.replace('>', &format!("{namespaces}/>"))).unwrap_err().kind, ParseErrorKind::TooDeep);
}

#[test]
fn what_is_not_one_document_is_refused() {
    for rest in
        ["", "</VApp><more/>", "</VApp>junk", "</VApp>&amp;", "</Vm>", "<a></b></VApp>", "</VApp", "<a b=></a></VApp>", "<q:a/></VApp>"]
    {
        let error = xml(&format!("{OPEN}{rest}")).unwrap_err();
        assert_eq!(error.kind, ParseErrorKind::Malformed, "{rest}: {error}");
        assert!(error.to_string().len() < 300);
    }
    assert_eq!(xml("").unwrap_err().kind, ParseErrorKind::Empty);
    assert_eq!(xml("<!-- -->").unwrap_err().kind, ParseErrorKind::Malformed);
}

#[test]
fn a_body_may_not_be_larger_than_the_limit() {
    let limits = Limits { max_bytes: 50, ..Limits::default() };
    assert_eq!(parse_xml::<vcloud::VApp>(OPEN.as_bytes(), &limits).unwrap_err().kind, ParseErrorKind::TooLarge);
    assert_eq!(parse_json::<vcloud::VApp>(&[b' '; 51], &limits).unwrap_err().kind, ParseErrorKind::TooLarge);
}

#[test]
fn hostile_json_is_refused() {
    let deep = format!("{{\"children\":{}", "[{\"vApp\":".repeat(10_000));
    assert_eq!(parse_json::<vcloud::VApp>(deep.as_bytes(), &Limits::default()).unwrap_err().kind, ParseErrorKind::Malformed);
    let nested =
        format!("{{\"name\":\"n\",\"children\":{}{{}}{}", "{\"vApp\":[{\"name\":\"n\",\"children\":".repeat(20), "}]}".repeat(20) + "}");
    let limits = Limits { max_depth: 30, ..Limits::default() };
    assert_eq!(parse_json::<vcloud::VApp>(nested.as_bytes(), &limits).unwrap_err().kind, ParseErrorKind::TooDeep);
    for body in ["", "[]", "3", "\"x\"", "{\"name\":[]}", "{\"name\":\"n\",\"status\":\"x\"}", "{}"] {
        assert!(parse_json::<vcloud::VApp>(body.as_bytes(), &Limits::default()).is_err(), "{body}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_xml::<vcloud::VApp>(&bytes, &Limits::default());
        let _ = parse_json::<vcloud::VApp>(&bytes, &Limits::default());
    }

    #[test]
    fn no_mutation_of_a_document_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..12)) {
        for root in [&roots::vcloud::VAPP, &roots::vmext::BLOCKING_TASK_SETTINGS] {
            let mut bytes = sample::whole(root, 391).into_bytes();
            for (at, byte, how) in &edits {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = *byte,
                    1 => { bytes.remove(at); }
                    _ => bytes.insert(at, *byte),
                }
            }
            if root.name.local == "VApp" {
                let _ = parse_xml::<vcloud::VApp>(&bytes, &Limits::default());
            } else {
                let _ = parse_xml::<vmext::BlockingTaskSettings>(&bytes, &Limits::default());
            }
        }
    }

    /// What the guard accepts, yaserde reads: no fragment of markup gets between them.
    #[test]
    fn accepted_text_comes_back_as_it_was(text in "[ -~\\n\\tä€]{0,60}") {
        let params = vmext::BlockingTaskOperationParams { message: text.clone(), ..Default::default() };
        let xml = vcdsim_wire::render_xml(&params, 391);
        prop_assert_eq!(&parse_xml::<vmext::BlockingTaskOperationParams>(xml.as_bytes(), &Limits::default()).unwrap(), &params);
        let json = vcdsim_wire::render_json(&params, 391);
        prop_assert_eq!(&parse_json::<vmext::BlockingTaskOperationParams>(json.as_bytes(), &Limits::default()).unwrap(), &params);
    }
}
