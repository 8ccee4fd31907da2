//! Who asks. Invariant: what a caller may do follows from its rights and its access to the object, never from its name.

use crate::id::Urn;
use crate::kind::Kind;
use crate::right::Right;
use crate::task::names;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

names! {
    /// What a share, or ownership, permits on an object; each level includes those before it.
    AccessLevel {
        /// To see and use it.
        ReadOnly = "ReadOnly",
        /// To change it.
        Change = "Change",
        /// To delete and share it.
        FullControl = "FullControl",
    }
}

/// The signed-in user of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: Uuid,
    /// The user's name.
    pub user_name: String,
    /// The user's organization.
    pub org: Uuid,
    /// That organization's name.
    pub org_name: String,
    /// The user's role.
    pub role: Uuid,
    /// That role's name.
    pub role_name: String,
    /// Whether the organization is System: the provider.
    pub system: bool,
    /// The groups that the user belongs to.
    pub groups: Vec<Uuid>,
    /// Whether somebody who administers the cloud acts for the organization, and sees what lies in it alone.
    pub acting: bool,
    /// The rights of the role.
    pub rights: Arc<BTreeSet<Right>>,
    /// The session behind the request.
    pub session: Uuid,
}

impl Caller {
    /// Whether the caller's role has `right`.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Whether a share for this user, group or organization is for the caller.
    #[must_use]
    pub fn is_meant_by(&self, subject: Urn) -> bool {
        match subject.kind {
            Kind::User => subject.id == self.user,
            Kind::Group => self.groups.contains(&subject.id),
            Kind::Org => subject.id == self.org,
            _ => false,
        }
    }

    /// Whether the caller is somebody who administers the cloud, be it on behalf of an organization.
    #[must_use]
    pub fn is_provider(&self) -> bool {
        self.is_system_admin() || self.acting
    }

    /// Whether the caller administers the cloud.
    #[must_use]
    pub fn is_system_admin(&self) -> bool {
        self.system && self.has(Right::SYSTEM_ADMINISTRATION)
    }
}
