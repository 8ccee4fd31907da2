//! Sessions. Invariant: a token is kept as its hash only.

use crate::clock::Time;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an idle session lives, in milliseconds: 30 minutes.
pub const IDLE_MILLIS: i64 = 30 * 60 * 1_000;

/// A signed-in user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The id in its URN.
    pub id: Uuid,
    /// SHA-256 of the token in `x-vcloud-authorization`, in lower-case hex.
    pub token_hash: String,
    /// Who.
    pub user: Uuid,
    /// The user's organization.
    pub org: Uuid,
    /// When it began.
    pub created: Time,
    /// When it ends unless it is used.
    pub expires: Time,
}
