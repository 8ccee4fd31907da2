//! Events: the published types and what is kept of each event. Invariant: an event is written in the transaction that caused it and never changed.

use crate::clock::Time;
use crate::id::Urn;
use crate::kind::Kind;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What every published type begins with.
pub const PREFIX: &str = "com/vmware/vcloud/event/";

/// A published event type, as `vapp/create_request`; its full name has [`PREFIX`] before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventType(usize);

/// The types of the reference (6.6), with the kind of object that each is about.
const TYPES: &[(&str, Option<Kind>)] = &[
    ("session/login", Some(Kind::User)),
    ("user/import", Some(Kind::User)),
    ("user/remove", Some(Kind::User)),
    ("user/modify", Some(Kind::User)),
    ("user/enable", Some(Kind::User)),
    ("user/disable", Some(Kind::User)),
    ("user/lockout", Some(Kind::User)),
    ("user/unlock", Some(Kind::User)),
    ("user/lock_expired", Some(Kind::User)),
    ("user/create", Some(Kind::User)),
    ("user/delete", Some(Kind::User)),
    ("group/import", Some(Kind::Group)),
    ("group/remove", Some(Kind::Group)),
    ("group/privilege/modify", Some(Kind::Group)),
    ("role/create", Some(Kind::Role)),
    ("role/modify", Some(Kind::Role)),
    ("role/delete", Some(Kind::Role)),
    ("org/create", Some(Kind::Org)),
    ("org/modify", Some(Kind::Org)),
    ("org/delete", Some(Kind::Org)),
    ("network/create", Some(Kind::Network)),
    ("network/modify", Some(Kind::Network)),
    ("network/delete", Some(Kind::Network)),
    ("network/deploy", Some(Kind::Network)),
    ("network/undeploy", Some(Kind::Network)),
    ("network/upgrade", Some(Kind::Network)),
    ("vdc/create_request", Some(Kind::Vdc)),
    ("vdc/create", Some(Kind::Vdc)),
    ("vdc/modify", Some(Kind::Vdc)),
    ("vdc/delete_request", Some(Kind::Vdc)),
    ("vdc/delete", Some(Kind::Vdc)),
    ("vdc/fast_provisioning/modify", Some(Kind::Vdc)),
    ("vdc/thin_provisioning/modify", Some(Kind::Vdc)),
    ("providerVdc/create_request", Some(Kind::ProviderVdc)),
    ("providerVdc/create", Some(Kind::ProviderVdc)),
    ("providerVdc/modify", Some(Kind::ProviderVdc)),
    ("providerVdc/merge_request", Some(Kind::ProviderVdc)),
    ("providerVdc/merge", Some(Kind::ProviderVdc)),
    ("providerVdc/mergeWith", Some(Kind::ProviderVdc)),
    ("providerVdc/delete_request", Some(Kind::ProviderVdc)),
    ("providerVdc/delete", Some(Kind::ProviderVdc)),
    ("vappTemplate/create", Some(Kind::VAppTemplate)),
    ("vappTemplate/import", Some(Kind::VAppTemplate)),
    ("vappTemplate/modify", Some(Kind::VAppTemplate)),
    ("vappTemplate/delete", Some(Kind::VAppTemplate)),
    ("vappTemplate/create_request", Some(Kind::VAppTemplate)),
    ("vappTemplate/import_request", Some(Kind::VAppTemplate)),
    ("vappTemplate/modify_request", Some(Kind::VAppTemplate)),
    ("vappTemplate/delete_request", Some(Kind::VAppTemplate)),
    ("media/create", Some(Kind::Media)),
    ("media/import", Some(Kind::Media)),
    ("media/modify", Some(Kind::Media)),
    ("media/delete", Some(Kind::Media)),
    ("media/create_request", Some(Kind::Media)),
    ("media/import_request", Some(Kind::Media)),
    ("media/modify_request", Some(Kind::Media)),
    ("media/delete_request", Some(Kind::Media)),
    ("media/upload_timeout", Some(Kind::Media)),
    ("media/quarantine_reject", Some(Kind::Media)),
    ("vapp/create", Some(Kind::VApp)),
    ("vapp/import", Some(Kind::VApp)),
    ("vapp/modify", Some(Kind::VApp)),
    ("vapp/delete", Some(Kind::VApp)),
    ("vapp/deploy", Some(Kind::VApp)),
    ("vapp/undeploy", Some(Kind::VApp)),
    ("vapp/runtime_lease_expiry", Some(Kind::VApp)),
    ("vapp/lease_expiration_changed", Some(Kind::VApp)),
    ("vapp/create_request", Some(Kind::VApp)),
    ("vapp/import_request", Some(Kind::VApp)),
    ("vapp/modify_request", Some(Kind::VApp)),
    ("vapp/delete_request", Some(Kind::VApp)),
    ("vapp/deploy_request", Some(Kind::VApp)),
    ("vapp/undeploy_request", Some(Kind::VApp)),
    ("vapp/quarantine_reject", Some(Kind::VApp)),
    ("vapp/upload_timeout", Some(Kind::VApp)),
    ("vm/create_request", Some(Kind::Vm)),
    ("vm/create", Some(Kind::Vm)),
    ("vm/modify_request", Some(Kind::Vm)),
    ("vm/modify", Some(Kind::Vm)),
    ("vm/delete", Some(Kind::Vm)),
    ("vm/change_state", Some(Kind::Vm)),
    ("vm/deploy_request", Some(Kind::Vm)),
    ("vm/deploy", Some(Kind::Vm)),
    ("vm/undeploy_request", Some(Kind::Vm)),
    ("vm/undeploy", Some(Kind::Vm)),
    ("vm/consolidate_request", Some(Kind::Vm)),
    ("vm/consolidate", Some(Kind::Vm)),
    ("vm/relocate_request", Some(Kind::Vm)),
    ("vm/relocate", Some(Kind::Vm)),
    ("vm/migrate_request", Some(Kind::Vm)),
    ("vm/migrate", Some(Kind::Vm)),
    ("vm/ip_address_changed", Some(Kind::Vm)),
    ("vc/create", Some(Kind::VimServer)),
    ("vc/modify", Some(Kind::VimServer)),
    ("vc/delete", Some(Kind::VimServer)),
    ("vc/refresh", Some(Kind::VimServer)),
    ("catalog/create", Some(Kind::Catalog)),
    ("catalog/delete", Some(Kind::Catalog)),
    ("catalog/modify", Some(Kind::Catalog)),
    ("catalog/publish", Some(Kind::Catalog)),
    ("catalogItem/create", Some(Kind::CatalogItem)),
    ("catalogItem/delete", Some(Kind::CatalogItem)),
    ("catalogItem/modify", Some(Kind::CatalogItem)),
    ("task/create", Some(Kind::Task)),
    ("task/start", Some(Kind::Task)),
    ("task/abort", Some(Kind::Task)),
    ("task/complete", Some(Kind::Task)),
    ("task/fail", Some(Kind::Task)),
    ("blockingtask/create", Some(Kind::BlockingTask)),
    ("blockingtask/resume", Some(Kind::BlockingTask)),
    ("blockingtask/abort", Some(Kind::BlockingTask)),
    ("blockingtask/fail", Some(Kind::BlockingTask)),
    ("datastore/modify", Some(Kind::Datastore)),
    ("datastore/delete", Some(Kind::Datastore)),
    ("disk/create_request", None),
    ("disk/create", None),
    ("disk/delete_request", None),
    ("disk/delete", None),
    ("disk/modify", None),
    ("disk/attach", None),
    ("disk/detach", None),
    ("providerVdcStorageProfile/add", Some(Kind::ProviderStorageProfile)),
    ("providerVdcStorageProfile/remove", Some(Kind::ProviderStorageProfile)),
    ("providerVdcStorageProfile/modify", Some(Kind::ProviderStorageProfile)),
    ("vdcStorageProfile/add", Some(Kind::VdcStorageProfile)),
    ("vdcStorageProfile/remove", Some(Kind::VdcStorageProfile)),
    ("vdcStorageProfile/modify", Some(Kind::VdcStorageProfile)),
    ("gateway/create", None),
    ("gateway/modify", None),
    ("gateway/delete", None),
    ("gateway/upgrade", None),
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
    pub fn kind(self) -> Option<Kind> {
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
    /// The task involved: id and operation.
    pub task: Option<(Uuid, Operation)>,
    /// The object of that task.
    pub task_owner: Option<Urn>,
    /// The success flag.
    pub success: bool,
    /// Whether it belongs to the stream of blocking tasks, which is announced even when notifications are off (ruling Q13).
    pub blocking: bool,
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
