//! Bodies that want to do harm. Invariant: each ends as an error that says little and comes soon, or as a document that survives.
//!
//! Functions whose names begin with `any_` are properties; `cargo xtask fuzz` runs them with more cases.

mod documents;
mod edit;
mod json;
mod text;
mod xml;

use vcdsim_wire::{Limits, ParseError, ParseErrorKind, parse_json, parse_xml, vcloud};

/// Words of the language that this is written in; none belongs into a message.
const OURS: &[&str] = &[
    "vcdsim_",
    "std::",
    "core::",
    "alloc::",
    "yaserde",
    "serde_json",
    "quick_xml",
    "Some(",
    "Err(",
    "Error {",
    "panicked",
    "does not fit",
];

/// Holds a refusal to what is promised of it: it says what is wrong in few words and in the client's names.
fn judge(refusal: Result<(), ParseError>) {
    let Err(error) = refusal else { return };
    let message = error.to_string();
    assert!((5..=300).contains(&message.chars().count()), "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
    for ours in OURS {
        assert!(!message.contains(ours), "{message}");
    }
}

fn xml(text: &str) -> Result<vcloud::VApp, ParseError> {
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
    assert_eq!(parse_json::<vcloud::VApp>(deep.as_bytes(), &Limits::default()).unwrap_err().kind, ParseErrorKind::TooDeep);
    let nested =
        format!("{{\"name\":\"n\",\"children\":{}{{}}{}", "{\"vApp\":[{\"name\":\"n\",\"children\":".repeat(20), "}]}".repeat(20) + "}");
    let limits = Limits { max_depth: 30, ..Limits::default() };
    assert_eq!(parse_json::<vcloud::VApp>(nested.as_bytes(), &limits).unwrap_err().kind, ParseErrorKind::TooDeep);
    for body in ["", "[]", "3", "\"x\"", "{\"name\":[]}", "{\"name\":\"n\",\"status\":\"x\"}", "{}"] {
        assert!(parse_json::<vcloud::VApp>(body.as_bytes(), &Limits::default()).is_err(), "{body}");
    }
}

/// As deep as the limit lets known types be, where a thread has as little stack as those that answer requests.
#[test]
fn the_deepest_body_fits_on_a_stack() {
    let (levels, inner) = (31, "<Children><VApp name=\"n\">");
    let body = format!("{OPEN}{}{}</VApp>", inner.repeat(levels), "</VApp></Children>".repeat(levels));
    let read = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let app = xml(&body).unwrap();
        crate::readable::survives(&app);
        format!("{app:?}").matches("VAppChildren {").count()
    });
    assert_eq!(read.unwrap().join().unwrap(), levels);
}

/// As much of one thing as a body may have: the guard, the form and the reader behind it have limits of their own, and none may be met.
#[test]
fn the_longest_bodies_are_read() {
    let limit = Limits::default().max_bytes;
    for piece in ["&", "\\r", "\u{20ac}"] {
        let body = format!("{{\"name\":\"n\",\"description\":\"{}\"}}", piece.repeat((limit - 40) / piece.len()));
        let read = parse_json::<vcloud::VApp>(body.as_bytes(), &Limits::default()).unwrap();
        assert!(read.description.unwrap().len() > limit / 3, "{piece}");
    }
    let links = format!("{OPEN}{}</VApp>", "<Link rel='' href=''/>".repeat(limit / 22 - 20));
    assert_eq!(xml(&links).unwrap().link.len(), limit / 22 - 20);
    let name = format!("{}</VApp>", OPEN.replace("\"n\"", &format!("\"{}\"", "n".repeat(limit - 100))));
    assert_eq!(xml(&name).unwrap().name.len(), limit - 100);
}
