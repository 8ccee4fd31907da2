//! Who may call the control interface. Invariant: whoever is not on this machine, or comes through a proxy, has the token, and no page from
//! elsewhere is let in.

use std::net::IpAddr;
use subtle::ConstantTimeEq;
use vcdsim_http::message::Request;

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Came {
    /// Who sent it, if that is known.
    pub(crate) peer: Option<IpAddr>,
    /// Whether who sent it may be a proxy, which says so in the request.
    pub(crate) through_proxies: bool,
}

/// Lets in callers on this machine that address it as such, and others that have `token`; no browser that shows a page from elsewhere.
pub(crate) fn check(request: &Request, came: Came, token: Option<&str>) -> Result<(), &'static str> {
    let trusted = token.is_some_and(|token| shown(request).is_some_and(|shown| shown.as_bytes().ct_eq(token.as_bytes()).into()));
    let host = request.header("host").unwrap_or_default();
    if came.through_proxies && forwarded(request) && !trusted {
        return Err(
            "Through a proxy the control interface takes calls with its token only, since anybody may be behind it: Authorization: Bearer, and what the server printed at its start.",
        );
    }
    if came.peer.is_some_and(|peer| !is_here(peer)) && !trusted {
        return Err(
            "From other machines the control interface takes calls with its token only: Authorization: Bearer, and what the server printed at its start.",
        );
    }
    if !is_local(host) && !trusted {
        return Err("Without its token the control interface must be addressed as localhost or by a loopback address.");
    }
    // A page that the server itself showed, under whatever name it was reached, is none from elsewhere to who has the token.
    let ours = |authority: &str| is_local(authority) || trusted && authority.eq_ignore_ascii_case(host);
    let origin = request.header("origin").map(|origin| origin.split_once("://").is_some_and(|(_, authority)| ours(authority)));
    if origin == Some(false) { Err("A page from elsewhere may not call the control interface.") } else { Ok(()) }
}

/// Whether a proxy has handed a request on.
fn forwarded(request: &Request) -> bool {
    request.headers.iter().any(|(name, _)| name == "forwarded" || name.starts_with("x-forwarded-"))
}

/// The token that a request shows.
fn shown(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_local(authority: &str) -> bool {
    let port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let host = authority.rsplit_once(':').filter(|(_, end)| port(end)).map_or(authority, |(host, _)| host);
    host == "localhost" || host.ends_with(".localhost") || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(is_here)
}

/// Whether an address is this machine's own; a listener of both families sees those of the older one as part of the newer.
fn is_here(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::action::Method;

    fn request(headers: &[(&str, &str)]) -> Request {
        Request {
            method: Some(Method::Get),
            path: "/_mock/v1/live".into(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            scheme: "http",
            body: bytes::Bytes::new(),
            upload: None,
            options: false,
        }
    }

    fn admitted(headers: &[(&str, &str)], peer: [u8; 4]) -> bool {
        let came = Came { peer: Some(IpAddr::from(peer)), through_proxies: false };
        check(&request(headers), came, Some("s3cret")).is_ok()
    }

    const HERE: [u8; 4] = [127, 0, 0, 1];
    const ELSEWHERE: [u8; 4] = [10, 0, 0, 1];
    const TOKEN: (&str, &str) = ("authorization", "Bearer s3cret");

    #[test]
    fn who_is_here_needs_no_token() {
        assert!(admitted(&[("host", "127.0.0.1:8080")], HERE));
        assert!(admitted(&[("host", "[::1]:8080"), ("origin", "http://localhost:3000")], HERE));
        assert!(!admitted(&[("host", "rebound.test")], HERE));
        assert!(!admitted(&[("host", "localhost"), ("origin", "https://elsewhere.test")], HERE));
        assert!(!admitted(&[], HERE));
    }

    #[test]
    fn who_is_here_is_so_to_a_listener_of_both_families() {
        let peer = |text: &str| Came { peer: Some(text.parse::<IpAddr>().unwrap()), through_proxies: false };
        for host in ["127.0.0.1:8080", "[::ffff:127.0.0.1]:8080"] {
            let asked = request(&[("host", host)]);
            assert!(check(&asked, peer("::ffff:127.0.0.1"), None).is_ok(), "{host}");
            assert!(check(&asked, peer("::ffff:10.0.0.1"), None).is_err(), "{host}");
        }
        assert!(check(&request(&[("host", "[::ffff:10.0.0.1]:8080")]), peer("::1"), None).is_err());
    }

    #[test]
    fn who_is_elsewhere_needs_it() {
        assert!(!admitted(&[("host", "localhost")], ELSEWHERE));
        assert!(!admitted(&[("host", "vcd.test"), ("authorization", "Bearer s3cre")], ELSEWHERE));
        assert!(!admitted(&[("host", "vcd.test"), ("authorization", "Basic s3cret")], ELSEWHERE));
        assert!(admitted(&[("host", "vcd.test"), TOKEN], ELSEWHERE));
        assert!(admitted(&[("host", "vcd.test"), TOKEN], HERE), "by whatever name");
        let without =
            check(&request(&[("host", "vcd.test"), TOKEN]), Came { peer: Some(IpAddr::from(ELSEWHERE)), through_proxies: false }, None);
        assert!(without.is_err(), "where there is no token nobody has it");
    }

    #[test]
    fn who_comes_through_a_proxy_needs_it_too() {
        let behind = |headers: &[(&str, &str)]| {
            let came = Came { peer: Some(IpAddr::from(HERE)), through_proxies: true };
            check(&request(headers), came, Some("s3cret")).is_ok()
        };
        let host = ("host", "127.0.0.1:8080");
        for header in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"] {
            assert!(!behind(&[host, (header, "127.0.0.1")]), "{header}");
            assert!(behind(&[host, (header, "127.0.0.1"), TOKEN]), "{header}");
            assert!(admitted(&[host, (header, "127.0.0.1")], HERE), "who trusts no proxy has none: {header}");
        }
        assert!(behind(&[host]), "who is on the machine itself has come through none");
    }

    #[test]
    fn a_page_from_elsewhere_is_kept_out_with_it_too() {
        assert!(!admitted(&[("host", "vcd.test"), TOKEN, ("origin", "https://elsewhere.test")], ELSEWHERE));
        assert!(admitted(&[("host", "vcd.test:8443"), TOKEN, ("origin", "https://vcd.test:8443")], ELSEWHERE));
        assert!(!admitted(&[("host", "vcd.test"), TOKEN, ("origin", "null")], ELSEWHERE));
    }
}
