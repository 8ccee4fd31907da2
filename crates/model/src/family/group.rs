//! Groups of accounts, as directories have them. Invariant: who belongs to a group, its accounts say (`User::groups`).

use crate::action::{Action, LinkRule, Need};
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::task::names;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

names! {
    /// What kind of directory a group comes from (the schema's `ProviderType`).
    Provider {
        /// The organization's LDAP server.
        Integrated = "INTEGRATED",
        /// A SAML identity provider.
        Saml = "SAML",
        /// An OAuth identity provider.
        OAuth = "OAUTH",
    }
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Where it comes from.
    pub provider: Provider,
    /// What it is called there.
    pub name_in_source: String,
    /// The role of accounts that come with it.
    pub role: Uuid,
}

const MANAGE: Need = Need::Right(Right::GROUP_USER_MANAGE);

/// Reads a group: its accounts, and the organization's administrators.
pub const READ: Action = Action::read(Kind::Group, View::Admin, Need::Session);
/// Imports a group into an organization.
pub const IMPORT: Action = Action::post(Kind::Org, "/groups", MANAGE).under(View::Admin).rel("add").takes(media::GROUP);
/// Changes a group.
pub const UPDATE: Action = Action::put(Kind::Group, "", MANAGE).under(View::Admin).rel("edit").takes(media::GROUP);
/// Removes a group.
pub const REMOVE: Action = Action::delete(Kind::Group, MANAGE).under(View::Admin);

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[LinkRule::action(&UPDATE), LinkRule::action(&REMOVE)];
