//! Roles. Invariant: a role's rights are kept by name, so that a table with new rights reads old data.

use crate::action::{Action, LinkRule, Need};
use crate::kind::{Kind, View};
use crate::right::Right;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A set of rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// What it permits.
    pub rights: Arc<BTreeSet<Right>>,
    /// Whether it is predefined.
    pub read_only: bool,
}

/// Reads a role.
pub const READ: Action = Action::read(Kind::Role, View::Admin, Need::Session);

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
