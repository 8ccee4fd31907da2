//! API versions as ordinals. Invariant: major * 10 + minor, as the server counts them; 0 is "always" and [`NEVER`] is "for ever".

use std::collections::BTreeMap;

/// The `until` of what was never removed.
pub(crate) const NEVER: u16 = u16::MAX;
/// The oldest version served: what is older than that was there always.
const OLDEST: u16 = 15;

/// Reads versions of the schemas: numbers, or build-time names with the numbers the configuration gives them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Versions {
    symbolic: BTreeMap<String, u16>,
    unknown: u16,
}

impl Versions {
    /// `symbolic` maps names to numbers; `unknown` is the number of every other name.
    pub(crate) fn new(symbolic: &BTreeMap<String, String>, unknown: &str) -> Result<Self, String> {
        let read = |text: &str| ordinal(text).ok_or_else(|| format!("`{text}` is not a version"));
        let symbolic = symbolic.iter().map(|(name, text)| Ok((name.clone(), read(text)?))).collect::<Result<_, String>>()?;
        Ok(Self { symbolic, unknown: read(unknown)? })
    }

    /// The ordinal from which something exists; 0 when every served version has it.
    pub(crate) fn since(&self, text: &str) -> u16 {
        let value = self.read(text);
        if value <= OLDEST { 0 } else { value }
    }

    /// The ordinal from which something is gone.
    pub(crate) fn until(&self, text: &str) -> u16 {
        self.read(text)
    }

    fn read(&self, text: &str) -> u16 {
        ordinal(text).or_else(|| self.symbolic.get(text).copied()).unwrap_or(self.unknown)
    }
}

/// `5.10` is 60: no served version lies between 5.6 and 9.0, so the overlap with 6.0 is harmless.
fn ordinal(text: &str) -> Option<u16> {
    let (major, minor) = text.split_once('.')?;
    Some(major.parse::<u16>().ok()? * 10 + minor.parse::<u16>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_become_ordinals() {
        let symbolic = BTreeMap::from([("MULTI_SITE".to_owned(), "29.0".to_owned())]);
        let versions = Versions::new(&symbolic, "30.0").unwrap();
        assert_eq!(versions.since("1.5"), 0);
        assert_eq!(versions.since("5.1"), 51);
        assert_eq!(versions.since("MULTI_SITE"), 290);
        assert_eq!(versions.since("SOMETHING_ELSE"), 300);
        assert_eq!(versions.until("6.0"), 60);
        assert!(Versions::new(&symbolic, "new").is_err());
    }
}
