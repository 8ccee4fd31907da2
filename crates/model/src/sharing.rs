//! With whom an object is shared. Invariant: whoever is meant twice has the better of the two.

use crate::caller::AccessLevel;
use crate::id::Urn;
use crate::kind::Kind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who may do what with an object that is not theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// What everyone in its organization may do with it, if it is shared with everyone.
    pub everyone: Option<AccessLevel>,
    /// What single users, and organizations, may do with it.
    #[serde(default)]
    pub shares: Vec<Share>,
}

/// What somebody may do with an object that is not theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// A user, or an organization for all of its users.
    pub subject: Urn,
    /// What they may do.
    pub level: AccessLevel,
}

impl Sharing {
    /// Everyone in its organization sees it.
    #[must_use]
    pub const fn to_be_seen() -> Self {
        Self { everyone: Some(AccessLevel::ReadOnly), shares: Vec::new() }
    }

    /// Whether anybody has a share.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.everyone.is_some() || !self.shares.is_empty()
    }

    /// What is given to this user of this organization by name.
    #[must_use]
    pub fn named(&self, user: Uuid, org: Uuid) -> Option<AccessLevel> {
        let meant = |share: &&Share| [Urn::new(Kind::User, user), Urn::new(Kind::Org, org)].contains(&share.subject);
        self.shares.iter().filter(meant).map(|share| share.level).max()
    }

    /// What is given to this user of the object's own organization.
    #[must_use]
    pub fn within(&self, user: Uuid, org: Uuid) -> Option<AccessLevel> {
        self.everyone.max(self.named(user, org))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_meant_twice_has_the_better() {
        let (user, org) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let share = |subject, level| Share { subject, level };
        let shares = vec![share(Urn::new(Kind::User, user), AccessLevel::Change), share(Urn::new(Kind::Org, org), AccessLevel::ReadOnly)];
        let sharing = Sharing { everyone: Some(AccessLevel::FullControl), shares };
        assert_eq!(sharing.named(user, org), Some(AccessLevel::Change));
        assert_eq!(sharing.within(user, org), Some(AccessLevel::FullControl));
        assert_eq!(sharing.named(org, user), None);
        assert!(sharing.is_shared() && !Sharing::default().is_shared());
    }
}
