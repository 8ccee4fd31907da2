//! The whole way, for requests as nobody should send them. Invariant: each gets one answer that clients know how to read; none is a defect of
//! ours, and none tells a secret.
//!
//! Functions whose names begin with `any_` are properties; `cargo xtask fuzz` runs them with more cases.

mod body;
mod case;
mod found;
mod hall;
mod whole;

use hall::SECRET;
use vcdsim_http::message::{Request, Response};

/// Every status that the API answers with.
const STATUSES: &[u16] = &[200, 201, 202, 204, 400, 401, 403, 404, 405, 406, 415, 501];

/// The longest message: a refusal may name a path or an href in part, and each version served.
const LONGEST: usize = 480;

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

/// Holds an answer to what is promised of all.
fn judge(request: &Request, response: &Response) {
    let context = || format!("{:?}\n{:?}\n{}", request, response.headers, String::from_utf8_lossy(&response.body));
    assert!(STATUSES.contains(&response.status), "{} for {}", response.status, context());
    let id = response.header("x-vmware-vcloud-request-id").unwrap_or_default();
    assert_eq!(id.len(), 36, "{}", context());
    // The screen of a machine is all that is no text.
    if response.header("content-type") == Some("image/png") {
        assert!(response.status == 200 && response.body.starts_with(b"\x89PNG\r\n\x1a\n"), "{}", context());
        return;
    }
    let text = std::str::from_utf8(&response.body).unwrap_or_else(|error| panic!("{error} in {}", context()));
    assert!(!text.contains(SECRET), "{}", context());
    assert!(response.headers.iter().all(|(_, value)| !value.contains(SECRET) && !value.contains(char::is_control)), "{}", context());
    let media = response.header("content-type").unwrap_or_default();
    assert_eq!(media.is_empty(), text.is_empty(), "{}", context());
    let message = if media.contains("json") {
        let value: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {}", context()));
        let major = value["majorErrorCode"].as_u64();
        let fits = major == Some(response.status.into()) || request.path.starts_with("/cloudapi");
        assert!(response.status < 400 || fits && value["minorErrorCode"].is_string(), "{}", context());
        value["message"].as_str().map(str::to_owned)
    } else if media.contains("xml") {
        let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error} in {}", context()));
        let root = document.root_element();
        let major = root.attribute("majorErrorCode").and_then(|code| code.parse().ok());
        let fits = root.tag_name().name() == "Error" && major == Some(response.status) && root.has_attribute("minorErrorCode");
        assert!(response.status < 400 || fits, "{}", context());
        root.attribute("message").map(str::to_owned)
    } else {
        assert!(text.is_empty(), "{}", context());
        None
    };
    if response.status >= 400 {
        let message = message.unwrap_or_else(|| panic!("{}", context()));
        let words = message.strip_prefix(&format!("[ {id} ] ")).unwrap_or_else(|| panic!("{}", context()));
        assert!((5..=LONGEST).contains(&words.chars().count()), "{}", context());
        for ours in OURS {
            assert!(!words.contains(ours), "{}", context());
        }
    }
}
