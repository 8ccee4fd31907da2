//! The base of the URLs in an answer. Invariant: it is the address the client used; nothing stored holds a host.

use crate::message::Request;
use vcdsim_model::Fault;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::View;

/// Scheme and authority, as in `https://127.0.0.1:8443`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The base that `request` used. Forwarded headers count only with `trust_proxy`.
    ///
    /// # Errors
    /// 400 for a Host header that is no authority.
    pub fn of(request: &Request, trust_proxy: bool) -> Result<Self, Fault> {
        let forwarded = |name| request.header(name).filter(|_| trust_proxy).and_then(|value| value.split(',').next()).map(str::trim);
        let scheme = match forwarded("x-forwarded-proto") {
            Some(scheme @ ("http" | "https")) => scheme,
            _ => request.scheme,
        };
        let host = forwarded("x-forwarded-host").or_else(|| request.header("host")).unwrap_or("localhost");
        if is_authority(host) {
            Ok(Self(format!("{scheme}://{host}")))
        } else {
            Err(Fault::bad_request("The Host header is not a host name or address with an optional port."))
        }
    }

    /// The URL of a path below the base.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Its host and its port, which is that of the scheme when none is written.
    #[must_use]
    pub fn host_and_port(&self) -> (&str, u16) {
        let (scheme, own) = self.0.split_once("://").unwrap_or(("", &self.0));
        let (host, port) = split(own);
        (host, port.and_then(|port| port.parse().ok()).unwrap_or(if scheme == "https" { 443 } else { 80 }))
    }

    /// Whether an authority is one of this server, which may listen at several ports of its host.
    #[must_use]
    pub fn is_at(&self, authority: &str) -> bool {
        let own = self.0.split_once("://").map_or("", |(_, own)| own);
        is_authority(authority) && split(own).0.eq_ignore_ascii_case(split(authority).0)
    }

    /// The href of an object in one of its views.
    #[must_use]
    pub fn href(&self, urn: Urn, view: View) -> String {
        let mut id = uuid::Uuid::encode_buffer();
        [self.0.as_str(), urn.kind.info().place(view).path, urn.id.hyphenated().encode_lower(&mut id)].concat()
    }
}

/// A host name, an IPv4 address or a bracketed IPv6 address, with an optional port.
fn is_authority(text: &str) -> bool {
    let (host, port) = split(text);
    let port_ok = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let name_ok =
        !host.is_empty() && host.len() <= 253 && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let v6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|v6| v6.parse::<std::net::Ipv6Addr>().is_ok());
    port_ok && (name_ok || v6)
}

/// Host and port.
fn split(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_one_host_and_several_ports() {
        let base = BaseUrl("http://vcd.test:8080".to_owned());
        for (authority, own) in [("vcd.test", true), ("VCD.test:8443", true), ("vcd.test.org", false), ("", false), ("vcd.test:x", false)] {
            assert_eq!(base.is_at(authority), own, "{authority}");
        }
        assert!(BaseUrl("https://[::1]:8443".to_owned()).is_at("[::1]"));
    }

    #[test]
    fn authorities() {
        for good in ["localhost", "127.0.0.1:8080", "vcd.test", "[::1]:8443", "[::1]"] {
            assert!(is_authority(good), "{good}");
        }
        for bad in ["", "a b", "h/x", "h:port", "h:1:2", "[::1", "\"><x", "user@h"] {
            assert!(!is_authority(bad), "{bad}");
        }
    }
}
