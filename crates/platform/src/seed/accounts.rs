//! Organizations, roles and users of the default inventory. Invariant: every account's password is `password`.

use super::{Inventory, draft, seeded_id};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Draft;
use vcdsim_model::family::org::{Org, SYSTEM};
use vcdsim_model::family::role::Role;
use vcdsim_model::family::user::User;
use vcdsim_model::kind::Kind;
use vcdsim_model::right::PredefinedRole;
use vcdsim_store::Tx;

/// argon2id of `password` with cheap parameters: these accounts guard nothing.
const PASSWORD: &str = "$argon2id$v=19$m=1024,t=1,p=1$dmNkc2ltLXNlZWQtc2FsdA$PNNkuGfCVMQVtytv+Yu8wFZzo5rhp1F8NOiCTFqg3t4";

/// The name of the system's administrator.
pub(crate) const ADMINISTRATOR: &str = "administrator";

/// Organizations, with their full names.
const ORGS: &[(&str, &str)] =
    &[(SYSTEM, "System Organization"), ("example", "Example Organization"), ("example2", "Second Example Organization")];

/// Users: organization, name, full name, role.
const USERS: &[(&str, &str, &str, PredefinedRole)] = &[
    (SYSTEM, ADMINISTRATOR, "Cloud Administrator", PredefinedRole::SYSTEM_ADMINISTRATOR),
    ("example", "orgadmin", "Example Administrator", PredefinedRole::ORGANIZATION_ADMINISTRATOR),
    ("example", "cataloger", "Catalog Author of Example", PredefinedRole::CATALOG_AUTHOR),
    ("example", "author", "vApp Author of Example", PredefinedRole::VAPP_AUTHOR),
    ("example", "user", "vApp User of Example", PredefinedRole::VAPP_USER),
    ("example", "console", "Console User of Example", PredefinedRole::CONSOLE_ACCESS_ONLY),
    ("example2", "orgadmin2", "Second Example Administrator", PredefinedRole::ORGANIZATION_ADMINISTRATOR),
];

pub(super) fn org_id(name: &str) -> Uuid {
    seeded_id(Kind::Org, name)
}

pub(super) fn user_id(org: &str, name: &str) -> Uuid {
    seeded_id(Kind::User, &format!("{org}/{name}"))
}

/// Each organization has its own copy of a role; the first organization with it, the one that the published id belongs to, is `example`.
fn role_id(org: &str, role: &PredefinedRole) -> Uuid {
    let published = role.id.filter(|_| org == "example");
    published.unwrap_or_else(|| seeded_id(Kind::Role, &format!("{org}/{}", role.name)))
}

pub(super) async fn seed(tx: &mut Tx<'_>, inventory: &Inventory) -> Result<(), Fault> {
    let wanted = |org: &str| inventory.populated || org == SYSTEM;
    for (name, full_name) in ORGS.iter().filter(|(name, _)| wanted(name)) {
        let body = Org {
            full_name: (*full_name).to_owned(),
            enabled: true,
            can_publish_catalogs: *name == "example",
            can_publish_externally: *name == "example",
            can_subscribe: *name == "example",
            deployed_vm_quota: 0,
            stored_vm_quota: 0,
            deployment_lease_seconds: 0,
            storage_lease_seconds: 0,
            template_storage_lease_seconds: 0,
            deletes_expired_vapps: false,
            powers_off_expired_vapps: false,
            deletes_expired_templates: false,
        };
        tx.insert(draft(name, body)).await?;
        for role in PredefinedRole::ALL {
            let provider = *role == PredefinedRole::SYSTEM_ADMINISTRATOR;
            if provider == (*name == SYSTEM) {
                seed_role(tx, name, role).await?;
            }
        }
    }
    for (org, name, full_name, role) in USERS.iter().filter(|(org, ..)| wanted(org)) {
        let body = User {
            full_name: (*full_name).to_owned(),
            email: format!("{name}@{}.test", org.to_lowercase()),
            enabled: true,
            role: role_id(org, role),
            groups: Vec::new(),
            password_hash: Some(PASSWORD.to_owned()),
        };
        tx.insert(Draft { org: Some(org_id(org)), ..draft(&format!("{org}/{name}"), body) }).await?;
    }
    Ok(())
}

async fn seed_role(tx: &mut Tx<'_>, org: &str, role: &PredefinedRole) -> Result<(), Fault> {
    let body = Role { rights: Arc::new(role.rights()), read_only: true };
    let made = draft(&format!("{org}/{}", role.name), body);
    tx.insert(Draft { id: role_id(org, role), org: Some(org_id(org)), description: Some(role.description.to_owned()), ..made }).await?;
    Ok(())
}
