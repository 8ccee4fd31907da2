//! How states are named. Invariant: a name can be part of a host name, and stands for nothing else.

use std::fmt;
use std::str::FromStr;

/// What names spaces and snapshots: what can be part of a host name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let bad = text.is_empty() || text.len() > 63 || !text.bytes().all(fits) || text.starts_with('-') || text.ends_with('-');
        if bad || Origin::RESERVED.contains(&text) {
            let why = "a name has at most 63 small letters, digits and inner hyphens, and is none of";
            return Err(format!("\"{text}\" is no name: {why} {}.", Origin::RESERVED.join(", ")));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Where a state comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The cloud as it is now.
    Now,
    /// As a new server begins.
    Seed,
    /// The system's organization with its administrator, and nothing else.
    Empty,
    /// As it was saved.
    Snapshot(Name),
    /// As a space is now.
    Space(Name),
}

impl Origin {
    const RESERVED: [&'static str; 3] = ["now", "seed", "empty"];
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once(':')) {
            ("now", _) => Ok(Self::Now),
            ("seed", _) => Ok(Self::Seed),
            ("empty", _) => Ok(Self::Empty),
            (_, Some(("snapshot", name))) => name.parse().map(Self::Snapshot),
            (_, Some(("space", name))) => name.parse().map(Self::Space),
            _ => Err(format!("\"{text}\" is none of now, seed, empty, snapshot:NAME and space:NAME.")),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Seed => f.write_str("seed"),
            Self::Empty => f.write_str("empty"),
            Self::Snapshot(name) => write!(f, "snapshot:{name}"),
            Self::Space(name) => write!(f, "space:{name}"),
        }
    }
}
