//! Identity as clients write it: URNs, hrefs, bare UUIDs. Invariant: an href is parsed by its path alone, whatever its host.

use crate::kind::Kind;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The identity of one object: `urn:vcloud:<kind>:<uuid>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Urn {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub id: Uuid,
}

impl Urn {
    /// The identity of object `id` of `kind`.
    #[must_use]
    pub const fn new(kind: Kind, id: Uuid) -> Self {
        Self { kind, id }
    }

    /// Reads `urn:vcloud:<word>:<uuid>`; the words are compared without regard to case (reference 1.5).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(4, ':');
        let (urn, vcloud, word, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if !urn.eq_ignore_ascii_case("urn") || !vcloud.eq_ignore_ascii_case("vcloud") {
            return None;
        }
        Some(Self::new(Kind::from_urn_word(word)?, parse_uuid(id)?))
    }

    /// Reads an href in its user, admin or extension form, with or without scheme and host.
    #[must_use]
    pub fn from_href(href: &str) -> Option<Self> {
        let path = href.trim().split(['?', '#']).next()?;
        let path = &path[path.find("/api/").or_else(|| path.find("/cloudapi/"))?..];
        Kind::ALL.iter().find_map(|kind| {
            let rest = kind.info().places().find_map(|place| strip_prefix_ignore_case(path, place.path))?;
            Some(Self::new(*kind, parse_uuid(rest.trim_end_matches('/'))?))
        })
    }

    /// Reads a reference as a filter value may spell it: href, URN, or bare UUID, which is taken as one of `kind`.
    #[must_use]
    pub fn from_any(text: &str, kind: Kind) -> Option<Self> {
        Self::parse(text).or_else(|| Self::from_href(text)).or_else(|| parse_uuid(text).map(|id| Self::new(kind, id)))
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:vcloud:{}:{}", self.kind.info().urn, self.id)
    }
}

/// A UUID in its hyphenated form only: the other spellings of the `uuid` crate are not the protocol's.
#[must_use]
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b";

    #[test]
    fn every_kind_is_found_again_by_urn_and_href() {
        for kind in Kind::ALL {
            let urn = Urn::new(*kind, parse_uuid(ID).unwrap());
            assert_eq!(Urn::parse(&urn.to_string()).map(|found| found.kind.info().urn), Some(kind.info().urn));
            for place in kind.info().places() {
                assert_eq!(Urn::from_href(&format!("https://elsewhere:1{}{ID}/", place.path)), Some(urn));
            }
        }
    }

    #[test]
    fn case_and_rubbish() {
        assert!(Urn::parse(&format!("urn:vcloud:BLOCKINGTASK:{ID}")).is_some());
        for bad in [
            "",
            "urn:vcloud:vapp",
            "urn:vcloud:vapp:25",
            "urn:x:vapp:6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b",
            "/api/vApp/é",
            "https://h/api/vApp/vapp-",
        ] {
            assert_eq!(Urn::parse(bad).or_else(|| Urn::from_href(bad)), None, "{bad}");
        }
    }
}
