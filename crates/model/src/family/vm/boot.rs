//! How machines start. Invariant: a machine enters its setup once, when it starts next.

use serde::{Deserialize, Serialize};

/// What a machine starts with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Firmware {
    /// `bios`
    #[default]
    Bios,
    /// `efi`
    Efi,
}

impl Firmware {
    /// As documents have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bios => "bios",
            Self::Efi => "efi",
        }
    }

    /// The firmware of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        [Self::Bios, Self::Efi].into_iter().find(|firmware| firmware.name() == name)
    }
}

/// How a machine starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootOptions {
    /// How long it waits before it starts, in milliseconds.
    pub delay_ms: i64,
    /// Whether it enters its setup when it starts next.
    pub enter_setup: bool,
    /// How long it waits before it tries again, in milliseconds, if it does so at all.
    pub retry_after_ms: Option<i64>,
    /// Whether it starts only what is signed.
    pub secure: bool,
    /// Over which protocol it starts from a network.
    pub network_protocol: NetworkProtocol,
}

/// A protocol over which machines start from a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkProtocol {
    /// `ipv4`
    #[default]
    Ipv4,
    /// `ipv6`
    Ipv6,
}

impl NetworkProtocol {
    /// As documents have it, which are vSphere's names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    /// The protocol of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        [Self::Ipv4, Self::Ipv6].into_iter().find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }
}
