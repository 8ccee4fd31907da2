//! User accounts. Invariant: the password is kept as an argon2 hash only.

use crate::action::{Action, LinkRule, Need};
use crate::kind::{Kind, View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name in full.
    pub full_name: String,
    /// The mail address.
    pub email: String,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Its role.
    pub role: Uuid,
    /// The groups that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Uuid>,
    /// The hash of its password, in PHC form; `None` for accounts that never sign in.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("full_name", &self.full_name)
            .field("enabled", &self.enabled)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Reads an account; who may know of it is [`crate::caller::AccessLevel`]'s to say: its user and the organization's administrators.
pub const READ: Action = Action::read(Kind::User, View::Admin, Need::Session);

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
