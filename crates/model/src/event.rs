//! Events: the published types and what is kept of each event. Invariant: an event is written in the transaction that caused it and never changed.

use crate::clock::Time;
use crate::family::service::{PLATFORM, Posted};
use crate::fate::{Fated, Form};
use crate::id::Urn;
use crate::kind::Kind;
use crate::timer::TimerKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What every published type begins with.
pub const PREFIX: &str = "com/vmware/vcloud/event/";

/// The longest routing key that AMQP can carry, in bytes.
const KEY_LIMIT: usize = 255;

/// A published event type, as `vapp/create_request`; its full name has [`PREFIX`] before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventType(usize);

/// What causes the events of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The operations in whose rows it stands.
    Operations,
    /// Something else than the rows of operations, or besides: this.
    Does(&'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

use Origin::{Does, Nothing, Operations};

/// The types of the reference (6.6), with the kind of object that each is about and what causes it.
const TYPES: &[(&str, Kind, Origin)] = &[
    ("session/login", Kind::User, Does("signing in, and being refused")),
    ("user/import", Kind::User, Nothing("no LDAP: users are not imported")),
    ("user/remove", Kind::User, Nothing("no LDAP: users are not imported")),
    ("user/modify", Kind::User, Nothing("users cannot be changed yet")),
    ("user/enable", Kind::User, Nothing("users cannot be changed yet")),
    ("user/disable", Kind::User, Nothing("users cannot be changed yet")),
    ("user/lockout", Kind::User, Nothing("accounts are not locked")),
    ("user/unlock", Kind::User, Nothing("accounts are not locked")),
    ("user/lock_expired", Kind::User, Nothing("accounts are not locked")),
    ("user/create", Kind::User, Nothing("users cannot be made yet")),
    ("user/delete", Kind::User, Nothing("users cannot be deleted yet")),
    ("group/import", Kind::Group, Does("importing a group")),
    ("group/remove", Kind::Group, Does("removing a group")),
    ("group/privilege/modify", Kind::Group, Does("changing the role of a group")),
    ("role/create", Kind::Role, Nothing("roles cannot be changed yet")),
    ("role/modify", Kind::Role, Nothing("roles cannot be changed yet")),
    ("role/delete", Kind::Role, Nothing("roles cannot be changed yet")),
    ("org/create", Kind::Org, Nothing("organizations cannot be made yet")),
    ("org/modify", Kind::Org, Does("changing the leases of an organization")),
    ("org/delete", Kind::Org, Nothing("organizations cannot be deleted yet")),
    ("network/create", Kind::Network, Operations),
    ("network/modify", Kind::Network, Operations),
    ("network/delete", Kind::Network, Operations),
    ("network/deploy", Kind::Network, Does("deploying a vApp, of its own networks")),
    ("network/undeploy", Kind::Network, Does("undeploying a vApp, of its own networks")),
    ("network/upgrade", Kind::Network, Nothing("no request upgrades a network")),
    ("vdc/create_request", Kind::Vdc, Operations),
    ("vdc/create", Kind::Vdc, Operations),
    ("vdc/modify", Kind::Vdc, Operations),
    ("vdc/delete_request", Kind::Vdc, Operations),
    ("vdc/delete", Kind::Vdc, Operations),
    ("vdc/fast_provisioning/modify", Kind::Vdc, Nothing("the setting cannot be changed yet")),
    ("vdc/thin_provisioning/modify", Kind::Vdc, Nothing("the setting cannot be changed yet")),
    ("providerVdc/create_request", Kind::ProviderVdc, Operations),
    ("providerVdc/create", Kind::ProviderVdc, Operations),
    ("providerVdc/modify", Kind::ProviderVdc, Operations),
    ("providerVdc/merge_request", Kind::ProviderVdc, Operations),
    ("providerVdc/merge", Kind::ProviderVdc, Operations),
    ("providerVdc/mergeWith", Kind::ProviderVdc, Operations),
    ("providerVdc/delete_request", Kind::ProviderVdc, Operations),
    ("providerVdc/delete", Kind::ProviderVdc, Operations),
    ("vappTemplate/create", Kind::VAppTemplate, Operations),
    ("vappTemplate/import", Kind::VAppTemplate, Operations),
    ("vappTemplate/modify", Kind::VAppTemplate, Operations),
    ("vappTemplate/delete", Kind::VAppTemplate, Operations),
    ("vappTemplate/create_request", Kind::VAppTemplate, Operations),
    ("vappTemplate/import_request", Kind::VAppTemplate, Operations),
    ("vappTemplate/modify_request", Kind::VAppTemplate, Operations),
    ("vappTemplate/delete_request", Kind::VAppTemplate, Operations),
    ("media/create", Kind::Media, Operations),
    ("media/import", Kind::Media, Operations),
    ("media/modify", Kind::Media, Operations),
    ("media/delete", Kind::Media, Operations),
    ("media/create_request", Kind::Media, Operations),
    ("media/import_request", Kind::Media, Operations),
    ("media/modify_request", Kind::Media, Operations),
    ("media/delete_request", Kind::Media, Operations),
    ("media/upload_timeout", Kind::Media, Does("an upload that waited in vain for bytes")),
    ("media/quarantine_reject", Kind::Media, Nothing("there is no quarantine")),
    ("vapp/create", Kind::VApp, Operations),
    ("vapp/import", Kind::VApp, Operations),
    ("vapp/modify", Kind::VApp, Operations),
    ("vapp/delete", Kind::VApp, Operations),
    ("vapp/deploy", Kind::VApp, Operations),
    ("vapp/undeploy", Kind::VApp, Operations),
    ("vapp/runtime_lease_expiry", Kind::VApp, Does("the end of the runtime lease")),
    ("vapp/lease_expiration_changed", Kind::VApp, Does("changing the leases of a vApp")),
    ("vapp/create_request", Kind::VApp, Operations),
    ("vapp/import_request", Kind::VApp, Operations),
    ("vapp/modify_request", Kind::VApp, Operations),
    ("vapp/delete_request", Kind::VApp, Operations),
    ("vapp/deploy_request", Kind::VApp, Operations),
    ("vapp/undeploy_request", Kind::VApp, Operations),
    ("vapp/quarantine_reject", Kind::VApp, Nothing("there is no quarantine")),
    ("vapp/upload_timeout", Kind::VApp, Does("an upload of a template that waited in vain for bytes")),
    ("vm/create_request", Kind::Vm, Operations),
    ("vm/create", Kind::Vm, Operations),
    ("vm/modify_request", Kind::Vm, Operations),
    ("vm/modify", Kind::Vm, Operations),
    ("vm/delete", Kind::Vm, Operations),
    ("vm/change_state", Kind::Vm, Operations),
    ("vm/deploy_request", Kind::Vm, Operations),
    ("vm/deploy", Kind::Vm, Operations),
    ("vm/undeploy_request", Kind::Vm, Operations),
    ("vm/undeploy", Kind::Vm, Operations),
    ("vm/consolidate_request", Kind::Vm, Operations),
    ("vm/consolidate", Kind::Vm, Operations),
    ("vm/relocate_request", Kind::Vm, Operations),
    ("vm/relocate", Kind::Vm, Operations),
    ("vm/migrate_request", Kind::Vm, Operations),
    ("vm/migrate", Kind::Vm, Operations),
    ("vm/ip_address_changed", Kind::Vm, Does("another address of a machine that was there before")),
    ("vc/create", Kind::VimServer, Nothing("vCenters cannot be changed yet")),
    ("vc/modify", Kind::VimServer, Nothing("vCenters cannot be changed yet")),
    ("vc/delete", Kind::VimServer, Nothing("vCenters cannot be changed yet")),
    ("vc/refresh", Kind::VimServer, Nothing("vCenters cannot be changed yet")),
    ("catalog/create", Kind::Catalog, Operations),
    ("catalog/delete", Kind::Catalog, Operations),
    ("catalog/modify", Kind::Catalog, Operations),
    ("catalog/publish", Kind::Catalog, Does("publishing a catalog")),
    ("catalogItem/create", Kind::CatalogItem, Does("adding an item to a catalog")),
    ("catalogItem/delete", Kind::CatalogItem, Operations),
    ("catalogItem/modify", Kind::CatalogItem, Operations),
    ("task/create", Kind::Task, Does("any task")),
    ("task/start", Kind::Task, Does("any task that begins")),
    ("task/abort", Kind::Task, Does("a task that is aborted or canceled")),
    ("task/complete", Kind::Task, Does("a task that succeeds")),
    ("task/fail", Kind::Task, Does("a task that fails")),
    ("blockingtask/create", Kind::BlockingTask, Does("a task that is blocked")),
    ("blockingtask/resume", Kind::BlockingTask, Does("the decision, or the timeout")),
    ("blockingtask/abort", Kind::BlockingTask, Does("the decision, the timeout, or the end of its task")),
    ("blockingtask/fail", Kind::BlockingTask, Does("the decision, or the timeout")),
    ("datastore/modify", Kind::Datastore, Nothing("datastores cannot be changed yet")),
    ("datastore/delete", Kind::Datastore, Nothing("datastores cannot be changed yet")),
    ("disk/create_request", Kind::Disk, Operations),
    ("disk/create", Kind::Disk, Operations),
    ("disk/delete_request", Kind::Disk, Operations),
    ("disk/delete", Kind::Disk, Operations),
    ("disk/modify", Kind::Disk, Operations),
    ("disk/attach", Kind::Disk, Operations),
    ("disk/detach", Kind::Disk, Operations),
    ("providerVdcStorageProfile/add", Kind::ProviderStorageProfile, Nothing("provider VDCs cannot be changed yet")),
    ("providerVdcStorageProfile/remove", Kind::ProviderStorageProfile, Nothing("provider VDCs cannot be changed yet")),
    ("providerVdcStorageProfile/modify", Kind::ProviderStorageProfile, Nothing("provider VDCs cannot be changed yet")),
    ("vdcStorageProfile/add", Kind::VdcStorageProfile, Nothing("storage profiles of a VDC can be changed, not added")),
    ("vdcStorageProfile/remove", Kind::VdcStorageProfile, Nothing("storage profiles of a VDC can be changed, not removed")),
    ("vdcStorageProfile/modify", Kind::VdcStorageProfile, Does("changing a storage profile of a VDC")),
    ("gateway/create", Kind::EdgeGateway, Operations),
    ("gateway/modify", Kind::EdgeGateway, Operations),
    ("gateway/delete", Kind::EdgeGateway, Operations),
    ("gateway/upgrade", Kind::EdgeGateway, Operations),
];

impl EventType {
    /// The type written `object/event`.
    #[must_use]
    pub fn find(short: &str) -> Option<Self> {
        TYPES.iter().position(|(name, ..)| *name == short).map(Self)
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

    /// Whether an object of this kind can be its subject: a machine of a template is a machine.
    #[must_use]
    pub fn is_about(self, kind: Kind) -> bool {
        kind == self.kind() || (kind, self.kind()) == (Kind::TemplateVm, Kind::Vm)
    }

    /// What causes it.
    #[must_use]
    pub fn origin(self) -> Origin {
        TYPES[self.0].2
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

    /// The type without what those of the platform begin with.
    #[must_use]
    pub fn short_type(&self) -> &str {
        self.r#type.strip_prefix(PREFIX).unwrap_or(&self.r#type)
    }

    /// `<success>.<entity>.<org>.<user>.<type in dots>`, and the operation when the entity is a task or a blocking task (reference 6.2).
    #[must_use]
    pub fn routing_key(&self) -> String {
        let Self { success, entity, org, user, .. } = self;
        let mut key = format!("{success}.{}.{}.{}.{}", entity.urn.id, org.urn.id, user.urn.id, self.r#type.replace('/', "."));
        if let (Kind::Task | Kind::BlockingTask, Some((_, operation))) = (entity.urn.kind, &self.task) {
            key.push('.');
            key.push_str(operation);
        }
        // Only a type that an extension service brought can be this long.
        key.truncate(key.floor_char_boundary(KEY_LIMIT));
        key
    }
}

/// What an event was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A request, by its id.
    Request(Uuid),
    /// A timer, by its subject: a task, a blocking task or an object; what kind of timer was not always written down.
    Timer(Option<TimerKind>, Uuid),
}

impl Cause {
    /// As it is stored.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Request(id) => format!("request {id}"),
            Self::Timer(None, id) => format!("timer {id}"),
            Self::Timer(Some(kind), id) => format!("timer {id} {}", kind.name()),
        }
    }

    /// The cause that is stored as `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match *text.split(' ').collect::<Vec<_>>() {
            ["request", id] => id.parse().ok().map(Self::Request),
            ["timer", id] => id.parse().ok().map(|id| Self::Timer(None, id)),
            ["timer", id, kind] => id.parse().ok().map(|id| Self::Timer(TimerKind::from_name(kind), id)),
            _ => None,
        }
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
    /// What it was written for, where that is known; no message tells it.
    #[serde(skip)]
    pub cause: Option<Cause>,
    /// What rules have decided about its messages, of each form at most one; no message tells it.
    #[serde(skip)]
    pub fates: Vec<Fated>,
    /// The rest.
    #[serde(flatten)]
    pub what: NewEvent,
}

impl Event {
    /// What a rule has decided about its message in this form.
    #[must_use]
    pub fn fate(&self, form: Form) -> Option<Fated> {
        self.fates.iter().copied().find(|fated| fated.form == form)
    }
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

    #[test]
    fn causes_are_read_as_they_are_and_were_stored() {
        let id = Uuid::from_u128(7);
        let kinds = TimerKind::ALL.iter().map(|kind| Cause::Timer(Some(*kind), id));
        for cause in kinds.chain([Cause::Request(id), Cause::Timer(None, id)]) {
            assert_eq!(Cause::parse(&cause.text()), Some(cause));
        }
        assert_eq!(Cause::parse(&format!("timer {id}")), Some(Cause::Timer(None, id)));
        assert_eq!(Cause::parse(&format!("comet {id}")), None);
    }
}
