//! Events: the published types and what is kept of each event. Invariant: an event is written in the transaction that caused it and never changed.

use crate::clock::Time;
use crate::family::service::{PLATFORM, Posted};
use crate::id::Urn;
use crate::kind::Kind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What every published type begins with.
pub const PREFIX: &str = "com/vmware/vcloud/event/";

/// A published event type, as `vapp/create_request`; its full name has [`PREFIX`] before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventType(usize);

/// The types of the reference (6.6), with the kind of object that each is about.
const TYPES: &[(&str, Kind)] = &[
    ("session/login", Kind::User),
    ("user/import", Kind::User),
    ("user/remove", Kind::User),
    ("user/modify", Kind::User),
    ("user/enable", Kind::User),
    ("user/disable", Kind::User),
    ("user/lockout", Kind::User),
    ("user/unlock", Kind::User),
    ("user/lock_expired", Kind::User),
    ("user/create", Kind::User),
    ("user/delete", Kind::User),
    ("group/import", Kind::Group),
    ("group/remove", Kind::Group),
    ("group/privilege/modify", Kind::Group),
    ("role/create", Kind::Role),
    ("role/modify", Kind::Role),
    ("role/delete", Kind::Role),
    ("org/create", Kind::Org),
    ("org/modify", Kind::Org),
    ("org/delete", Kind::Org),
    ("network/create", Kind::Network),
    ("network/modify", Kind::Network),
    ("network/delete", Kind::Network),
    ("network/deploy", Kind::Network),
    ("network/undeploy", Kind::Network),
    ("network/upgrade", Kind::Network),
    ("vdc/create_request", Kind::Vdc),
    ("vdc/create", Kind::Vdc),
    ("vdc/modify", Kind::Vdc),
    ("vdc/delete_request", Kind::Vdc),
    ("vdc/delete", Kind::Vdc),
    ("vdc/fast_provisioning/modify", Kind::Vdc),
    ("vdc/thin_provisioning/modify", Kind::Vdc),
    ("providerVdc/create_request", Kind::ProviderVdc),
    ("providerVdc/create", Kind::ProviderVdc),
    ("providerVdc/modify", Kind::ProviderVdc),
    ("providerVdc/merge_request", Kind::ProviderVdc),
    ("providerVdc/merge", Kind::ProviderVdc),
    ("providerVdc/mergeWith", Kind::ProviderVdc),
    ("providerVdc/delete_request", Kind::ProviderVdc),
    ("providerVdc/delete", Kind::ProviderVdc),
    ("vappTemplate/create", Kind::VAppTemplate),
    ("vappTemplate/import", Kind::VAppTemplate),
    ("vappTemplate/modify", Kind::VAppTemplate),
    ("vappTemplate/delete", Kind::VAppTemplate),
    ("vappTemplate/create_request", Kind::VAppTemplate),
    ("vappTemplate/import_request", Kind::VAppTemplate),
    ("vappTemplate/modify_request", Kind::VAppTemplate),
    ("vappTemplate/delete_request", Kind::VAppTemplate),
    ("media/create", Kind::Media),
    ("media/import", Kind::Media),
    ("media/modify", Kind::Media),
    ("media/delete", Kind::Media),
    ("media/create_request", Kind::Media),
    ("media/import_request", Kind::Media),
    ("media/modify_request", Kind::Media),
    ("media/delete_request", Kind::Media),
    ("media/upload_timeout", Kind::Media),
    ("media/quarantine_reject", Kind::Media),
    ("vapp/create", Kind::VApp),
    ("vapp/import", Kind::VApp),
    ("vapp/modify", Kind::VApp),
    ("vapp/delete", Kind::VApp),
    ("vapp/deploy", Kind::VApp),
    ("vapp/undeploy", Kind::VApp),
    ("vapp/runtime_lease_expiry", Kind::VApp),
    ("vapp/lease_expiration_changed", Kind::VApp),
    ("vapp/create_request", Kind::VApp),
    ("vapp/import_request", Kind::VApp),
    ("vapp/modify_request", Kind::VApp),
    ("vapp/delete_request", Kind::VApp),
    ("vapp/deploy_request", Kind::VApp),
    ("vapp/undeploy_request", Kind::VApp),
    ("vapp/quarantine_reject", Kind::VApp),
    ("vapp/upload_timeout", Kind::VApp),
    ("vm/create_request", Kind::Vm),
    ("vm/create", Kind::Vm),
    ("vm/modify_request", Kind::Vm),
    ("vm/modify", Kind::Vm),
    ("vm/delete", Kind::Vm),
    ("vm/change_state", Kind::Vm),
    ("vm/deploy_request", Kind::Vm),
    ("vm/deploy", Kind::Vm),
    ("vm/undeploy_request", Kind::Vm),
    ("vm/undeploy", Kind::Vm),
    ("vm/consolidate_request", Kind::Vm),
    ("vm/consolidate", Kind::Vm),
    ("vm/relocate_request", Kind::Vm),
    ("vm/relocate", Kind::Vm),
    ("vm/migrate_request", Kind::Vm),
    ("vm/migrate", Kind::Vm),
    ("vm/ip_address_changed", Kind::Vm),
    ("vc/create", Kind::VimServer),
    ("vc/modify", Kind::VimServer),
    ("vc/delete", Kind::VimServer),
    ("vc/refresh", Kind::VimServer),
    ("catalog/create", Kind::Catalog),
    ("catalog/delete", Kind::Catalog),
    ("catalog/modify", Kind::Catalog),
    ("catalog/publish", Kind::Catalog),
    ("catalogItem/create", Kind::CatalogItem),
    ("catalogItem/delete", Kind::CatalogItem),
    ("catalogItem/modify", Kind::CatalogItem),
    ("task/create", Kind::Task),
    ("task/start", Kind::Task),
    ("task/abort", Kind::Task),
    ("task/complete", Kind::Task),
    ("task/fail", Kind::Task),
    ("blockingtask/create", Kind::BlockingTask),
    ("blockingtask/resume", Kind::BlockingTask),
    ("blockingtask/abort", Kind::BlockingTask),
    ("blockingtask/fail", Kind::BlockingTask),
    ("datastore/modify", Kind::Datastore),
    ("datastore/delete", Kind::Datastore),
    ("disk/create_request", Kind::Disk),
    ("disk/create", Kind::Disk),
    ("disk/delete_request", Kind::Disk),
    ("disk/delete", Kind::Disk),
    ("disk/modify", Kind::Disk),
    ("disk/attach", Kind::Disk),
    ("disk/detach", Kind::Disk),
    ("providerVdcStorageProfile/add", Kind::ProviderStorageProfile),
    ("providerVdcStorageProfile/remove", Kind::ProviderStorageProfile),
    ("providerVdcStorageProfile/modify", Kind::ProviderStorageProfile),
    ("vdcStorageProfile/add", Kind::VdcStorageProfile),
    ("vdcStorageProfile/remove", Kind::VdcStorageProfile),
    ("vdcStorageProfile/modify", Kind::VdcStorageProfile),
    ("gateway/create", Kind::EdgeGateway),
    ("gateway/modify", Kind::EdgeGateway),
    ("gateway/delete", Kind::EdgeGateway),
    ("gateway/upgrade", Kind::EdgeGateway),
];

impl EventType {
    /// The type written `object/event`.
    #[must_use]
    pub fn find(short: &str) -> Option<Self> {
        TYPES.iter().position(|(name, _)| *name == short).map(Self)
    }

    /// All types, in the order of the reference.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TYPES.len()).map(Self)
    }

    /// `object/event`.
    #[must_use]
    pub fn short(self) -> &'static str {
        TYPES[self.0].0
    }

    /// The kind of object the event is about.
    #[must_use]
    pub fn kind(self) -> Kind {
        TYPES[self.0].1
    }

    /// The whole name, as in `com/vmware/vcloud/event/vapp/create_request`.
    #[must_use]
    pub fn full(self) -> String {
        format!("{PREFIX}{}", self.short())
    }
}

/// An object as an event names it: with the name that it had at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Which object.
    pub urn: Urn,
    /// Its name then.
    pub name: String,
}

/// One event, about to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEvent {
    /// The whole type name; extension services may bring their own.
    pub r#type: String,
    /// What it is about.
    pub entity: Named,
    /// Who caused it.
    pub user: Named,
    /// The organization that owns the entity.
    pub org: Named,
    /// The task involved: id and name of its operation.
    pub task: Option<(Uuid, String)>,
    /// The object of that task.
    pub task_owner: Option<Urn>,
    /// The success flag.
    pub success: bool,
    /// Whether it belongs to the stream of blocking tasks, which is announced even when notifications are off (ruling Q13).
    pub blocking: bool,
    /// The extension service that posted it, or whose task it is about; none for the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Posted>,
}

impl NewEvent {
    /// The `serviceNamespace`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.service.as_ref().map_or(PLATFORM, |posted| &posted.namespace)
    }
}

/// One event, as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the order of all events, from 1.
    pub seq: i64,
    /// `eventId`: the same in every message about it.
    pub id: Uuid,
    /// When it happened.
    pub time: Time,
    /// Whether it is to be announced, decided by the settings when it was written.
    pub announced: bool,
    /// The rest.
    #[serde(flatten)]
    pub what: NewEvent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_has_no_duplicates() {
        let names: std::collections::BTreeSet<_> = EventType::all().map(EventType::short).collect();
        assert_eq!(names.len(), EventType::all().count());
        assert_eq!(
            EventType::find("blockingtask/create").map(EventType::full).as_deref(),
            Some("com/vmware/vcloud/event/blockingtask/create")
        );
        assert_eq!(EventType::find("task/cancel"), None);
    }
}
