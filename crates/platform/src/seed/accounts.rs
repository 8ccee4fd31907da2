//! Organizations, roles and users. Invariant: every account's password is `password`.

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
    seed_org(tx, SYSTEM, "System Organization", false).await?;
    for org in &inventory.orgs {
        let name = org.name.as_ref();
        seed_org(tx, name, org.full_name.as_deref().unwrap_or(name), org.publishes).await?;
    }
    seed_user(tx, SYSTEM, ADMINISTRATOR, "Cloud Administrator", &PredefinedRole::SYSTEM_ADMINISTRATOR).await?;
    for org in &inventory.orgs {
        for user in &org.users {
            let name = user.name.as_ref();
            seed_user(tx, org.name.as_ref(), name, user.full_name.as_deref().unwrap_or(name), user.role.role()).await?;
        }
    }
    Ok(())
}

async fn seed_org(tx: &mut Tx<'_>, name: &str, full_name: &str, publishes: bool) -> Result<(), Fault> {
    let body = Org {
        full_name: full_name.to_owned(),
        enabled: true,
        can_publish_catalogs: publishes,
        can_publish_externally: publishes,
        can_subscribe: publishes,
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
        if provider == (name == SYSTEM) {
            seed_role(tx, name, role).await?;
        }
    }
    Ok(())
}

async fn seed_user(tx: &mut Tx<'_>, org: &str, name: &str, full_name: &str, role: &PredefinedRole) -> Result<(), Fault> {
    let body = User {
        full_name: full_name.to_owned(),
        email: format!("{name}@{}.test", org.to_lowercase()),
        enabled: true,
        role: role_id(org, role),
        groups: Vec::new(),
        password_hash: Some(PASSWORD.to_owned()),
    };
    tx.insert(Draft { org: Some(org_id(org)), ..draft(&format!("{org}/{name}"), body) }).await?;
    Ok(())
}

async fn seed_role(tx: &mut Tx<'_>, org: &str, role: &PredefinedRole) -> Result<(), Fault> {
    let body = Role { rights: Arc::new(role.rights()), read_only: true };
    let made = draft(&format!("{org}/{}", role.name), body);
    tx.insert(Draft { id: role_id(org, role), org: Some(org_id(org)), description: Some(role.description.to_owned()), ..made }).await?;
    Ok(())
}
