//! With whom an object is shared. Invariant: whoever is meant twice has the better of the two.

use crate::caller::{AccessLevel, Caller};
use crate::id::Urn;
use serde::{Deserialize, Serialize};

/// Who may do what with an object that is not theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// What everyone in its organization may do with it, if it is shared with everyone.
    pub everyone: Option<AccessLevel>,
    /// What single users, groups, and organizations may do with it.
    #[serde(default)]
    pub shares: Vec<Share>,
}

/// What somebody may do with an object that is not theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// A user, or a group or an organization for all of its users.
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

    /// What is given to the caller by name, or to a group or the organization that it belongs to.
    #[must_use]
    pub fn named(&self, caller: &Caller) -> Option<AccessLevel> {
        self.shares.iter().filter(|share| caller.is_meant_by(share.subject)).map(|share| share.level).max()
    }

    /// What is given to the caller where it belongs to the object's own organization.
    #[must_use]
    pub fn within(&self, caller: &Caller) -> Option<AccessLevel> {
        self.everyone.max(self.named(caller))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use std::sync::Arc;
    use uuid::Uuid;

    #[test]
    fn whoever_is_meant_twice_has_the_better() {
        let id = Uuid::from_u128;
        let share = |kind, number, level| Share { subject: Urn::new(kind, id(number)), level };
        let shares = vec![
            share(Kind::User, 1, AccessLevel::Change),
            share(Kind::Org, 2, AccessLevel::ReadOnly),
            share(Kind::Group, 3, AccessLevel::FullControl),
        ];
        let caller = |user, org, groups: &[u128]| Caller {
            user: id(user),
            user_name: String::new(),
            org: id(org),
            org_name: String::new(),
            role: Uuid::nil(),
            role_name: String::new(),
            system: false,
            acting: false,
            groups: groups.iter().copied().map(id).collect(),
            rights: Arc::default(),
            session: Uuid::nil(),
        };
        let sharing = Sharing { everyone: Some(AccessLevel::ReadOnly), shares };
        assert_eq!(sharing.named(&caller(1, 2, &[])), Some(AccessLevel::Change));
        assert_eq!(sharing.named(&caller(1, 2, &[4, 3])), Some(AccessLevel::FullControl));
        assert_eq!(sharing.named(&caller(2, 1, &[4])), None);
        assert_eq!(sharing.within(&caller(2, 1, &[4])), Some(AccessLevel::ReadOnly));
        assert!(sharing.is_shared() && !Sharing::default().is_shared());
    }
}
