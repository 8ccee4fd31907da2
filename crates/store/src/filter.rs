//! Which rows a list asks for. Invariant: a filter decides the same in SQL and in memory.

use crate::table::object::{Column as ObjectColumn, fold};
use crate::table::task::{self, Column as TaskColumn};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::{Task, TaskStatus};

/// Which objects to list; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
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

    pub(crate) fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.kind.map(|kind| ObjectColumn::Kind.eq(kind.name())))
            .add_option(self.org.map(|org| org.map_or_else(|| ObjectColumn::Org.is_null(), |org| ObjectColumn::Org.eq(org))))
            .add_option(self.parent.map(|parent| ObjectColumn::Parent.eq(parent)))
            .add_option(self.owner.map(|owner| ObjectColumn::Owner.eq(owner)))
            // The index is over both.
            .add_option(self.name.as_ref().map(|name| ObjectColumn::Folded.eq(fold(name)).and(ObjectColumn::Name.eq(name))))
    }

    pub(crate) fn keeps(&self, entity: &Entity) -> bool {
        let head = &entity.head;
        self.kind.is_none_or(|kind| kind == head.kind)
            && self.org.is_none_or(|org| org == head.org)
            && self.parent.is_none_or(|parent| head.parent == Some(parent))
            && self.owner.is_none_or(|owner| head.owner == Some(owner))
            && self.name.as_ref().is_none_or(|name| *name == head.name)
    }
}

/// Which tasks to list; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TaskFilter {
    /// Of users of this organization.
    pub org: Option<Uuid>,
    /// Working on this object.
    pub owner: Option<Uuid>,
    /// Of this extension service; `Some(None)`: of none.
    pub service: Option<Option<String>>,
    /// In one of these states.
    pub statuses: Option<Vec<TaskStatus>>,
    /// At most so many, the earliest first.
    pub limit: Option<u64>,
}

impl TaskFilter {
    pub(crate) fn condition(&self) -> Condition {
        let statuses = self.statuses.as_ref();
        Condition::all()
            .add_option(self.org.map(|org| TaskColumn::Org.eq(org)))
            .add_option(self.owner.map(|owner| TaskColumn::Owner.eq(owner)))
            .add_option(self.service.as_ref().map(|service| match service {
                Some(service) => TaskColumn::Service.eq(service),
                None => TaskColumn::Service.is_null(),
            }))
            .add_option(statuses.map(|statuses| TaskColumn::Status.is_in(statuses.iter().map(|status| status.name()))))
    }

    pub(crate) fn keeps(&self, task: &Task) -> bool {
        self.org.is_none_or(|org| org == task.org)
            && self.owner.is_none_or(|owner| owner == task.owner.id)
            && self.service.as_ref().is_none_or(|service| service.as_ref() == task.operation.service().map(|work| &work.namespace))
            && self.statuses.as_ref().is_none_or(|statuses| statuses.contains(&task.status))
    }
}

/// Which page of which tasks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskPageOf {
    /// Which tasks; its limit does not count.
    pub filter: TaskFilter,
    /// The latest first, instead of the earliest.
    pub newest: bool,
    /// How many tasks to leave out.
    pub offset: u64,
    /// How many to answer at most.
    pub limit: u64,
}

impl TaskPageOf {
    pub(crate) fn select(&self) -> Select<task::Entity> {
        let direction = || if self.newest { Order::Desc } else { Order::Asc };
        let query = task::Entity::find().filter(self.filter.condition());
        let query = query.order_by(TaskColumn::Start, direction()).order_by(TaskColumn::Id, direction());
        query.offset(Ord::min(self.offset, i64::MAX as u64)).limit(self.limit)
    }
}
