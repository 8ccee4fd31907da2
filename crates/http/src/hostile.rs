//! Requests as nobody should send them, one part at a time. Invariant: each part is understood, left aside, or refused in few words that are
//! our own; the whole way is tried in `crates/testkit/tests/it/hostile.rs`.

use crate::app::token;
use crate::base::BaseUrl;
use crate::message::Request;
use crate::negotiate::{Wanted, fallback, negotiate};
use crate::route::session::credentials;
use crate::{error, router};
use base64::Engine as _;
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::LazyLock;
use uuid::Uuid;
use vcdsim_model::action::Method;
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, FaultCode};

/// Text as a header can hold it; bytes that are no UTF-8 have become U+FFFD on the way.
fn header_text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~\t]{0,40}", "[ -~\u{fffd}é]{0,20}", "\\PC{0,20}"]
}

fn request(path: &str, headers: Vec<(&str, String)>) -> Request {
    Request {
        method: Some(Method::Get),
        path: path.to_owned(),
        query: String::new(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        scheme: "https",
        body: Bytes::new(),
        upload: None,
        options: false,
    }
}

fn accept() -> impl Strategy<Value = String> {
    let version = prop_oneof![select(ApiVersion::ALL).prop_map(|version| version.to_string()), "[0-9.\"a ]{0,8}", "[0-9]{20,40}",];
    let media = select(
        &[
            "application/*+xml",
            "application/json",
            "*/*",
            "application/*+JSON",
            "",
            "text/xml",
            "/",
            "+xml",
            "é+json",
            "application/vnd.vmware.vcloud.vApp+xml",
        ][..],
    );
    let range = prop_oneof![
        4 => (media, version.clone()).prop_map(|(media, version)| format!("{media};version={version}")),
        1 => (media_parameter(), version).prop_map(|(parameter, version)| format!("*/*{parameter};Version = {version}")),
        2 => header_text(),
        1 => "[,;=/*+ ]{0,20}",
    ];
    vec(range, 0..6).prop_map(|ranges| ranges.join(","))
}

fn media_parameter() -> impl Strategy<Value = String> {
    prop_oneof![Just(";q=0.5".to_owned()), ";[a-z=]{0,8}", Just(";version".to_owned())]
}

fn authority() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9._-]{0,12}(:[0-9]{0,6})?",
        "\\[[0-9a-f:.%]{0,20}\\](:[0-9]{0,6})?",
        "[a-z:@/?#\\[\\]\"'<>&\\\\ ,]{0,20}",
        header_text(),
        (200_usize..400).prop_map(|length| "a".repeat(length)),
    ]
}

/// A path that is nearly one of ours.
fn path() -> impl Strategy<Value = String> {
    static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| router().routes().map(|route| route.path.clone()).collect());
    let end = select(&["", "/", "//", "/..", "/.", "%00", "%2F", "%", "%FF", ";a=b", "/%2e%2e/", "\u{0}", "é", "?", "/x"][..]);
    let id = prop_oneof![
        "[a-z0-9%:.-]{0,40}",
        Just("6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b".to_owned()),
        (1_usize..3_000).prop_map(|n| "%41".repeat(n))
    ];
    prop_oneof![
        6 => (select(&**PATHS), id, end, any::<prop::sample::Index>(), any::<bool>()).prop_map(|(path, id, end, at, doubled)| {
            let mut path = path;
            while let (Some(open), Some(close)) = (path.find('{'), path.find('}')) {
                path.replace_range(open..=close, &id);
            }
            let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
            if doubled {
                path.insert_str(*at.get(&slashes), "//./");
            }
            path + end
        }),
        1 => "[/a-z%{}*:.~;=]{0,40}",
        1 => ".{0,40}",
    ]
}

fn judge(fault: &Fault, codes: &[FaultCode]) {
    assert!(codes.contains(&fault.code), "{fault}");
    assert!((5..=400).contains(&fault.message.chars().count()), "{fault}");
}

proptest! {
    #[test]
    fn any_accept_header_names_a_version_or_is_refused(headers in vec(accept(), 0..4)) {
        let form = fallback(headers.iter().map(String::as_str));
        match negotiate(headers.iter().map(String::as_str)) {
            Ok(wanted) => {
                prop_assert!(ApiVersion::ALL.contains(&wanted.version));
                prop_assert_eq!(wanted.encoding, form.encoding);
            }
            Err(fault) => judge(&fault, &[FaultCode::NotAcceptable]),
        }
    }

    #[test]
    fn any_credentials_are_split_or_refused(
        bytes in prop_oneof![vec(any::<u8>(), 0..40), "[a-z@:é ]{0,30}".prop_map(String::into_bytes)],
        scheme in select(&["Basic", "basic", "BASIC", "Bearer", "", "Basic "][..]),
        url_safe in any::<bool>(),
    ) {
        let engine = if url_safe { base64::engine::general_purpose::URL_SAFE } else { base64::engine::general_purpose::STANDARD };
        let header = format!("{scheme} {}", engine.encode(&bytes));
        if let Some((user, org, password)) = credentials(&header) {
            prop_assert_eq!(format!("{user}@{org}:{password}").into_bytes(), bytes);
            prop_assert!(!org.contains(['@', ':']) && !user.contains(':'));
        }
    }

    #[test]
    fn any_header_may_stand_where_a_token_does(value in header_text(), other in header_text(), scheme in header_text()) {
        credentials(&value);
        for scheme in ["Bearer", "bearer", "Basic", &scheme] {
            let sent = request("/", vec![("authorization", format!("{scheme} {value}")), ("x-vcloud-authorization", other.clone())]);
            token(&sent);
        }
        token(&request("/", vec![("authorization", value), ("x-vmware-vcloud-access-token", other)]));
    }

    #[test]
    fn any_host_makes_a_url_or_is_refused(host in authority(), forwarded in authority(), proto in "(https?|[a-z:/, ]{0,8})", trust in any::<bool>()) {
        let headers = vec![("host", host), ("x-forwarded-host", forwarded), ("x-forwarded-proto", proto)];
        match BaseUrl::of(&request("/", headers), trust) {
            Err(fault) => judge(&fault, &[FaultCode::BadRequest]),
            Ok(base) => {
                let url = base.join("/api/x");
                let authority = url.strip_prefix("https://").or(url.strip_prefix("http://")).and_then(|rest| rest.strip_suffix("/api/x"));
                let authority = authority.unwrap_or_else(|| panic!("{url}"));
                prop_assert!(authority.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b)), "{}", url);
                prop_assert!(url.parse::<actix_web::http::Uri>().is_ok(), "{}", url);
            }
        }
    }

    #[test]
    fn any_path_has_a_route_or_is_refused(path in path(), method in prop::option::of(select(&[Method::Get, Method::Post, Method::Put, Method::Delete][..]))) {
        static ROUTER: LazyLock<crate::router::Router> = LazyLock::new(router);
        match ROUTER.find(method, &path) {
            Ok(found) => prop_assert_eq!(Some(found.route.method), method),
            Err(fault) => judge(&fault, &[FaultCode::NotFound, FaultCode::MethodNotAllowed, FaultCode::NotImplemented]),
        }
    }

    #[test]
    fn any_failure_is_a_document(
        code in select(FaultCode::ALL),
        message in ".{0,40}|[\\x00-\\x1f\"&<>\u{fffe}\u{1f600}]{0,9}",
        headers in vec(accept(), 0..3),
        openapi in any::<bool>(),
    ) {
        let wanted = negotiate(headers.iter().map(String::as_str)).unwrap_or(Wanted::DEFAULT);
        let answer = error::response(&Fault::new(code, message).into(), Uuid::nil(), &wanted, openapi);
        let text = std::str::from_utf8(&answer.body).unwrap();
        let media = answer.header("content-type").unwrap();
        if media.contains("json") {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            prop_assert_eq!(value["minorErrorCode"].as_str(), Some(code.minor()));
        } else {
            let error: vcdsim_wire::vcloud::Error = vcdsim_wire::parse_xml(text.as_bytes(), &vcdsim_wire::Limits::default()).unwrap();
            prop_assert_eq!((error.minor_error_code.as_str(), error.major_error_code), (code.minor(), i32::from(code.status())));
            let begin = format!("[ {} ] ", Uuid::nil());
            prop_assert!(error.message.starts_with(&begin));
        }
        let end = format!(";version={}", wanted.version);
        prop_assert!(media.ends_with(&end));
    }
}
