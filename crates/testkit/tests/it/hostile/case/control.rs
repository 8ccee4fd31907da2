//! Calls of the control interface. Invariant: none needs to know the cloud it goes to.

use super::METHODS;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vcdsim_http::message::Request;

/// A call of the control interface.
pub(crate) fn control() -> impl Strategy<Value = Request> {
    let calls: Vec<&'static str> = vcdsim_server::control::paths().filter(|path| *path != "ca.pem").collect();
    let word = prop_oneof!["[a-z]{1,8}", "\\PC{0,12}", Just("6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b".to_owned())];
    let call = (select(calls), word).prop_map(|(path, word)| {
        path.replace("{id}", &word).replace("{decision}", "resume").replace("{operation}", &word).replace("{event}", &word)
    });
    let path =
        prop_oneof![4 => call.prop_map(|path| format!("/_mock/v1/{path}")), 1 => "/_mock/\\PC{0,12}", 1 => "/_mock/v1/[a-z/%.é]{0,8}"];
    let pattern = prop_oneof!["[a-z*#.]{0,30}", "\\PC{0,12}", "%[0-9A-F]{0,2}"];
    let parameter = prop_oneof![
        2 => pattern.prop_map(|pattern| format!("routingKey={pattern}")),
        1 => "limit=[0-9]{0,22}|limit=-1",
        1 => "user=author&path=/api/[a-z/]{0,12}|user=\\PC{0,12}&path=\\PC{0,12}",
        1 => "exchange=\\PC{0,12}|exchange=systemExchange",
        1 => "\\PC{0,12}",
    ];
    let keys = vec![
        "by",
        "to",
        "now",
        "mode",
        "scale",
        "task",
        "status",
        "message",
        "limit",
        "idle",
        "enabled",
        "timeout",
        "timeoutAction",
        "pace",
        "fail",
        "when",
        "then",
        "operation",
        "owner",
        "percent",
    ];
    let body = prop_oneof![
        1 => Just(String::new()),
        3 => (select(keys), "[0-9a-z. ]{0,8}|\\PC{0,12}").prop_map(|(key, text)| serde_json::json!({ key: text }).to_string()),
        1 => "\\PC{0,20}",
        1 => "[\\[{]{1,300}",
    ];
    (select(METHODS), path, vec(parameter, 0..4), "(localhost|127.0.0.1|\\PC{0,6})(:[0-9]{0,5})?", body).prop_map(
        |(method, path, query, host, body)| Request {
            method,
            path,
            query: query.join("&"),
            headers: vec![("host".to_owned(), host)],
            scheme: "http",
            body: body.into(),
            upload: None,
            options: false,
        },
    )
}
