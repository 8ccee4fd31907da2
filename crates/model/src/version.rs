//! API versions. Invariant: `ApiVersion::ALL` is the one list of versions that the server speaks.

use std::fmt;

/// An API version as a plain ordinal, major * 10 + minor: 1.5 is 15, 39.1 is 391.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion(u16);

macro_rules! versions {
    ($($name:ident = $ordinal:literal),* $(,)?) => {
        impl ApiVersion {
            $(#[doc = concat!("API version with the ordinal ", stringify!($ordinal), ".")] pub const $name: Self = Self($ordinal);)*
            /// Every version served, newest first: the order of `/api/versions`.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

versions! {
    V39_1 = 391, V39_0 = 390, V38_1 = 381, V38_0 = 380, V37_3 = 373, V37_2 = 372, V37_1 = 371, V37_0 = 370,
    V36_3 = 363, V36_2 = 362, V36_1 = 361, V36_0 = 360, V35_2 = 352, V35_0 = 350, V34_0 = 340, V33_0 = 330,
    V32_0 = 320, V31_0 = 310, V30_0 = 300, V29_0 = 290, V27_0 = 270, V20_0 = 200, V9_0 = 90, V5_6 = 56,
    V5_5 = 55, V5_1 = 51, V1_5 = 15,
}

impl ApiVersion {
    /// What a request without a version gets (ruling Q20).
    pub const OLDEST: Self = Self::V1_5;
    /// The newest version served.
    pub const NEWEST: Self = Self::V39_1;

    /// The ordinal, as the document crate counts versions.
    #[must_use]
    pub const fn ordinal(self) -> u16 {
        self.0
    }

    /// The served version written as `text` (`5.5`, `36.0`); `None` when it is not served.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        let number = |part: &str| part.parse::<u16>().ok().filter(|_| part.len() == 1 || !part.starts_with(['0', '+']));
        // The ordinal has room for one digit of the minor number.
        let ordinal = number(major)?.checked_mul(10)?.checked_add(number(minor).filter(|minor| *minor < 10)?)?;
        Self::ALL.iter().copied().find(|version| version.0 == ordinal)
    }

    /// Whether real servers of our newest release mark it deprecated: everything before 37.0.
    #[must_use]
    pub fn is_deprecated(self) -> bool {
        self < Self::V37_0
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// The product that is stood in for.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// Its version: four numbers.
    pub version: &'static str,
    /// When it was built, as it says it.
    pub built: &'static str,
    /// The same in milliseconds since 1970.
    pub built_millis: i64,
}

/// The release whose newest API version is ours; clients read it in the description of the cloud and in records of cells and events.
pub const PRODUCT: Product = Product { version: "10.6.0.24056158", built: "Wed Jun 05 12:00:00 UTC 2024", built_millis: 1_717_588_800_000 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_newest_first_and_read_back() {
        assert!(ApiVersion::ALL.is_sorted_by(|a, b| a > b));
        for version in ApiVersion::ALL {
            assert_eq!(ApiVersion::parse(&version.to_string()), Some(*version));
        }
        for other in ["99.99", "5.10", "05.5", "5.05", "+5.5", "5.+5", "5.", ".5", "5", "", "5.5.0", "6553.6", "99999.0", "-5.5", "5,5"] {
            assert_eq!(ApiVersion::parse(other), None, "{other}");
        }
    }
}
