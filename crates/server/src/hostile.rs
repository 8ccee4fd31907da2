//! What nobody should write on the command line, into the configuration, or to the sockets. Invariant: it is refused with a sentence that
//! holds no password, or it is taken as it was meant; the server answers the next one.

mod config;
mod socket;

use crate::broker;
use crate::control;
use proptest::prelude::*;
use proptest::sample::select;
use vcdsim_http::message::Request;
use vcdsim_model::action::Method;

/// Stands for a password; it must appear nowhere.
const SECRET: &str = "hush-hush";

fn broker_url() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![6 => select(&["amqp://", "amqps://"][..]).prop_map(str::to_owned), 1 => "[a-z:/]{0,9}"];
    let user = prop_oneof![Just(String::new()), "[a-z%:@/]{0,8}", "\\PC{0,8}"];
    let host = prop_oneof!["[a-z0-9.-]{0,10}", "\\[[0-9a-f:]{0,10}\\]", "[a-z:@/?#%\\[\\]]{0,10}", "\\PC{0,8}"];
    let port = prop_oneof!["(:[0-9]{0,6})?", ":[a-z-]{0,3}"];
    let vhost = prop_oneof!["(/(%2f)?[a-z%]{0,6})?", "/\\PC{0,8}"];
    (scheme, user, any::<bool>(), host, port, vhost).prop_map(|(scheme, user, secret, host, port, vhost)| {
        format!("{scheme}{user}{}{host}{port}{vhost}", if secret { format!(":{SECRET}@") } else { String::new() })
    })
}

proptest! {
    #[test]
    fn any_broker_url_is_read_or_refused(url in broker_url()) {
        match broker::parse(&url) {
            Ok(settings) => prop_assert!(!settings.host.is_empty() && !settings.host.starts_with('[')),
            Err(message) => prop_assert!(!message.contains(SECRET) && message.len() < 200, "{}", message),
        }
    }

    #[test]
    fn any_credentials_come_through_a_broker_url(user in "\\PC{0,12}", password in "\\PC{0,12}", vhost in "\\PC{1,12}", port in any::<u16>()) {
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        for (host, plain) in [("broker.test", "broker.test"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")] {
            let settings = broker::parse(&format!("amqp://{}:{}@{host}:{port}/{}", encode(&user), encode(&password), encode(&vhost))).unwrap();
            prop_assert_eq!((settings.host.as_str(), settings.port), (plain, port));
            prop_assert_eq!((&settings.username, &settings.password, &settings.vhost), (&user, &password, &vhost));
        }
    }

    #[test]
    fn any_caller_of_the_control_interface_is_judged(
        host in "(localhost|127.0.0.1|\\[::1\\]|[a-z0-9.:\\[\\]@]{0,12}|\\PC{0,8})(:[0-9a-z]{0,5})?",
        origin in prop::option::of("(https?://|null|)(localhost|\\[::1\\]|evil.test|\\PC{0,8})(:[0-9]{0,5})?"),
        peer in prop::option::of(any::<std::net::IpAddr>()),
        through_proxies in any::<bool>(),
    ) {
        let headers = [("host", Some(host.clone())), ("origin", origin.clone())];
        let request = Request {
            method: Some(Method::Get),
            path: "/_mock/v1/live".to_owned(),
            query: String::new(),
            headers: headers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
            scheme: "http",
            body: bytes::Bytes::new(),
            upload: None,
        options: false,
        };
        if control::check(&request, control::Came { peer, through_proxies }, Some("a token that nobody has")).is_ok() {
            prop_assert!(peer.is_none_or(|peer| peer.to_canonical().is_loopback()));
            let ours = |text: &str| ["localhost", "127.", "::1", "0:"].iter().any(|name| text.contains(name));
            prop_assert!(ours(&host) && origin.is_none_or(|origin| ours(&origin)));
        }
    }
}
