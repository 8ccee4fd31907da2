//! Which rows a list asks for. Invariant: a filter decides the same in SQL and in memory.

use uuid::Uuid;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::TaskStatus;

/// Which objects to list; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityFilter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this organization; `Some(None)`: of none.
    pub org: Option<Option<Uuid>>,
    /// Lying in this object.
    pub parent: Option<Uuid>,
    /// Owned by this user.
    pub owner: Option<Uuid>,
    /// With exactly this name.
    pub name: Option<String>,
}

impl EntityFilter {
    /// Objects of one kind.
    #[must_use]
    pub fn kind(kind: Kind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// Those of this organization, or with `None` of no organization.
    #[must_use]
    pub fn in_org(mut self, org: impl Into<Option<Uuid>>) -> Self {
        self.org = Some(org.into());
        self
    }

    /// Those that lie in this object.
    #[must_use]
    pub fn in_parent(mut self, parent: Uuid) -> Self {
        self.parent = Some(parent);
        self
    }

    /// Those of this user.
    #[must_use]
    pub fn owned_by(mut self, owner: Uuid) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Those with exactly this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// Which tasks to list; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Of users of this organization.
    pub org: Option<Uuid>,
    /// Working on this object.
    pub owner: Option<Uuid>,
    /// In one of these states.
    pub statuses: Option<Vec<TaskStatus>>,
    /// At most so many, the earliest first.
    pub limit: Option<u64>,
}
