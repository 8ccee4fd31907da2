//! Groups: they are imported, changed and removed at once. Invariant: accounts and shares name no group that is gone.
//!
//! No directory stands behind a group, so that whoever imports it says which accounts of the organization belong to it.

use crate::change::Change;
use crate::sharing::forget;
use crate::vapp::check_name;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Draft, Entity, Res, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::group::{Group, IMPORT, Provider, REMOVE, UPDATE};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::role::Role;
use vcdsim_model::family::user::User;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

/// What a request says of a group; `None` leaves it as it is, or as it usually is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRequest {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Where it comes from; an LDAP server.
    pub provider: Option<Provider>,
    /// What it is called there; its name.
    pub name_in_source: Option<String>,
    /// The role of accounts that come with it; needed at first.
    pub role: Option<Urn>,
    /// The accounts that belong to it; none.
    pub members: Option<Vec<Urn>>,
}

impl GroupRequest {
    /// The role, when the organization has it.
    async fn role(&self, reader: &Reader<'_>, org: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
        let Some(urn) = self.role else { return Ok(None) };
        let found = reader.find::<Role>(urn.id).await?.filter(|role| urn.kind == Kind::Role && role.head().org == org);
        found.map(|role| Some(role.head().id)).ok_or_else(|| Fault::invalid_reference("Role", &urn.to_string()))
    }

    /// Lets exactly the named accounts belong to the group `id`.
    async fn gather(&self, tx: &mut Tx<'_>, org: Option<Uuid>, id: Uuid) -> Result<(), Fault> {
        let Some(members) = &self.members else { return Ok(()) };
        let accounts = tx.read().list(EntityFilter::kind(Kind::User).in_org(org)).await?;
        if let Some(stranger) = members.iter().find(|urn| accounts.iter().all(|account| account.urn() != **urn)) {
            return Err(Fault::invalid_reference("UserReference", &stranger.to_string()));
        }
        let differs = |account: &&Arc<Entity>| belongs(account, id) != members.contains(&account.urn());
        for account in accounts.iter().filter(differs) {
            let toggle = |user: &mut User| {
                let before = user.groups.len();
                user.groups.retain(|group| *group != id);
                if user.groups.len() == before {
                    user.groups.push(id);
                }
            };
            tx.update_body::<User>(account.head.id, |_, user| toggle(user)).await?;
        }
        Ok(())
    }
}

/// Whether an account belongs to a group.
fn belongs(account: &Entity, group: Uuid) -> bool {
    account.body::<User>().is_some_and(|user| user.groups.contains(&group))
}

/// The accounts that belong to a group.
pub(crate) async fn members(reader: &Reader<'_>, group: &Entity) -> Result<Vec<Arc<Entity>>, Fault> {
    let mut accounts = reader.list(EntityFilter::kind(Kind::User).in_org(group.head.org)).await?;
    accounts.retain(|account| belongs(account, group.head.id));
    Ok(accounts)
}

/// Imports a group.
#[derive(Debug, Clone)]
pub struct ImportGroup(pub GroupRequest);

impl Change for ImportGroup {
    type Of = Org;
    const ACTION: &'static Action = &IMPORT;
    const EVENT: &'static str = "group/import";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Org>) -> Result<Urn, Fault> {
        let (asked, org) = (self.0, Some(of.head().id));
        check_name(&asked.name)?;
        let missing = || Fault::bad_request("Role is missing: it is the role of the group's accounts.");
        let body = Group {
            provider: asked.provider.unwrap_or(Provider::Integrated),
            name_in_source: asked.name_in_source.clone().unwrap_or_else(|| asked.name.clone()),
            role: asked.role(&tx.read(), org).await?.ok_or_else(missing)?,
        };
        let (id, name, description) = (tx.id(), asked.name.clone(), asked.description.clone());
        let made = tx.insert(Draft { id, name, description, org, parent: None, owner: None, status: Status::Resolved, body }).await?;
        asked.gather(tx, org, id).await?;
        Ok(made.urn())
    }
}

/// Changes a group; its name and where it comes from are its directory's.
#[derive(Debug, Clone)]
pub struct UpdateGroup(pub GroupRequest);

impl Change for UpdateGroup {
    type Of = Group;
    const ACTION: &'static Action = &UPDATE;
    const EVENT: &'static str = "group/privilege/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Group>) -> Result<Urn, Fault> {
        let (asked, head) = (self.0, of.head());
        if asked.name != head.name {
            return Err(Fault::bad_request(format!("The group \"{}\" cannot be renamed: its directory calls it so.", head.name)));
        }
        let role = asked.role(&tx.read(), head.org).await?;
        asked.gather(tx, head.org, head.id).await?;
        tx.update_body::<Group>(head.id, |head, group| {
            head.description = asked.description.or(head.description.take());
            group.role = role.unwrap_or(group.role);
        })
        .await?;
        Ok(of.urn())
    }
}

/// Removes a group, and all shares that name it.
#[derive(Debug, Clone, Copy)]
pub struct RemoveGroup;

impl Change for RemoveGroup {
    type Of = Group;
    const ACTION: &'static Action = &REMOVE;
    const EVENT: &'static str = "group/remove";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Group>) -> Result<Urn, Fault> {
        let (urn, org) = (of.urn(), of.head().org);
        GroupRequest { members: Some(Vec::new()), ..GroupRequest::default() }.gather(tx, org, urn.id).await?;
        forget::<Catalog>(tx, org, urn).await?;
        forget::<VApp>(tx, org, urn).await?;
        forget::<Vdc>(tx, org, urn).await?;
        tx.delete(urn).await?;
        Ok(urn)
    }
}
