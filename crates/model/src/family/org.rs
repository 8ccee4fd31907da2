//! Organizations. Invariant: exactly one organization is the provider's.

use crate::action::{Action, LinkRule, Need};
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// The name of the provider's organization.
pub const SYSTEM: &str = "System";
/// What the path of an organization's list of tasks has before its id.
pub const TASKS_LIST: &str = "/api/tasksList/";

/// A tenant, or the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// The long name.
    pub full_name: String,
    /// Whether its users may sign in.
    pub enabled: bool,
    /// Whether it may publish catalogs to others.
    pub can_publish_catalogs: bool,
    /// Whether it may publish catalogs to whoever has their URL.
    #[serde(default)]
    pub can_publish_externally: bool,
    /// Whether its catalogs may subscribe to those.
    #[serde(default)]
    pub can_subscribe: bool,
    /// How many VMs may be powered on; 0 is unlimited.
    pub deployed_vm_quota: i32,
    /// How many VMs may be stored; 0 is unlimited.
    pub stored_vm_quota: i32,
    /// How long a vApp may run, in seconds; 0 is for ever.
    pub deployment_lease_seconds: i32,
    /// How long an undeployed vApp is kept, in seconds; 0 is for ever.
    pub storage_lease_seconds: i32,
    /// How long a template is kept, in seconds; 0 is for ever.
    pub template_storage_lease_seconds: i32,
    /// Whether vApps go when they were kept long enough; otherwise they are marked as expired.
    #[serde(default)]
    pub deletes_expired_vapps: bool,
    /// Whether the machines of vApps that ran long enough are powered off; otherwise they are suspended.
    #[serde(default)]
    pub powers_off_expired_vapps: bool,
    /// Whether templates go when they were kept long enough; otherwise they are marked as expired.
    #[serde(default)]
    pub deletes_expired_templates: bool,
}

/// Reads the tenant's view.
pub const READ: Action = Action::read(Kind::Org, View::User, Need::Session);
/// Reads the administrator's view.
pub const READ_ADMIN: Action = Action::read(Kind::Org, View::Admin, Need::Right(Right::ADMIN_VIEW)).takes(media::ADMIN_ORG);
/// Reads all settings.
pub const READ_SETTINGS: Action = READ_ADMIN.at("/settings").takes(media::ORG_SETTINGS);
/// Reads the general settings.
pub const READ_GENERAL: Action = READ_ADMIN.at("/settings/general").takes(media::ORG_GENERAL_SETTINGS);
/// Reads the leases of vApps.
pub const READ_LEASE: Action = READ_ADMIN.at("/settings/vAppLeaseSettings").takes(media::ORG_LEASE_SETTINGS);
/// Reads the leases of templates.
pub const READ_TEMPLATE_LEASE: Action = READ_ADMIN.at("/settings/vAppTemplateLeaseSettings").takes(media::ORG_TEMPLATE_LEASE_SETTINGS);
/// Changes the leases of vApps, and what happens at their end.
pub const UPDATE_LEASE: Action = change_of_leases("/settings/vAppLeaseSettings", media::ORG_LEASE_SETTINGS);
/// Changes the leases of templates, and what happens at their end.
pub const UPDATE_TEMPLATE_LEASE: Action = change_of_leases("/settings/vAppTemplateLeaseSettings", media::ORG_TEMPLATE_LEASE_SETTINGS);

const fn change_of_leases(path: &'static str, media: &'static str) -> Action {
    Action::put(Kind::Org, path, Need::Right(Right::ORG_EDIT_LEASES)).under(View::Admin).rel("edit").takes(media)
}

/// Reads the directory settings.
pub const READ_LDAP: Action = READ_ADMIN.at("/settings/ldap").takes(media::ORG_LDAP_SETTINGS);
/// Reads the mail settings.
pub const READ_EMAIL: Action = READ_ADMIN.at("/settings/email").takes(media::ORG_EMAIL_SETTINGS);
/// Reads the password policy.
pub const READ_PASSWORD_POLICY: Action = READ_ADMIN.at("/settings/passwordPolicy").takes(media::ORG_PASSWORD_POLICY_SETTINGS);

/// The links of its documents, in their order: what lies in it one by one, and from 33.0 on as queries too, since clients that ask for
/// such a version look for those only.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("alternate", View::User, |org| Some(org.urn())).only_in(&[View::Admin]),
    LinkRule::children("down", Kind::Vdc, View::User).only_in(&[View::User]),
    LinkRule::query("down", "orgVdc", "orgName").only_in(&[View::User]).since(ApiVersion::V33_0),
    LinkRule::children("down", Kind::Catalog, View::User).only_in(&[View::User]).needs(Need::Right(Right::CATALOG_VIEW)),
    LinkRule::query("down", "catalog", "orgName").only_in(&[View::User]).needs(Need::Right(Right::CATALOG_VIEW)).since(ApiVersion::V33_0),
    LinkRule::children("down", Kind::Network, View::User).only_in(&[View::User]).typed(media::ORG_NETWORK),
    LinkRule::action(&super::catalog::CREATE),
    LinkRule::action(&super::group::IMPORT).only_in(&[View::Admin]),
    LinkRule::tasks(),
    LinkRule::action(&super::service::CREATE_TASK).only_in(&[View::Admin]),
    LinkRule::action(&super::service::CREATE_EVENT).only_in(&[View::Admin]),
];
