//! Whose an object is. Invariant: an owner is a user of the object's organization.

use crate::change::Change;
use std::marker::PhantomData;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Res, Resource};
use vcdsim_model::family::catalog::{self, Catalog};
use vcdsim_model::family::disk::{self, Disk};
use vcdsim_model::family::media::{self, Media};
use vcdsim_model::family::vapp::{self, VApp};
use vcdsim_model::family::vapp_template::{self, VAppTemplate};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Tx};

/// What can be given away.
pub trait Owned: Resource {
    /// Gives it to somebody.
    const CHANGE: &'static Action;
    /// The event that tells of it.
    const EVENT: &'static str;
}

impl Owned for Catalog {
    const CHANGE: &'static Action = &catalog::CHANGE_OWNER;
    const EVENT: &'static str = "catalog/modify";
}

impl Owned for VAppTemplate {
    const CHANGE: &'static Action = &vapp_template::CHANGE_OWNER;
    const EVENT: &'static str = "vappTemplate/modify";
}

impl Owned for Media {
    const CHANGE: &'static Action = &media::CHANGE_OWNER;
    const EVENT: &'static str = "media/modify";
}

impl Owned for VApp {
    const CHANGE: &'static Action = &vapp::CHANGE_OWNER;
    const EVENT: &'static str = "vapp/modify";
}

impl Owned for Disk {
    const CHANGE: &'static Action = &disk::CHANGE_OWNER;
    const EVENT: &'static str = "disk/modify";
}

/// Gives an object to another user of its organization.
#[derive(Debug, Clone, Copy)]
pub struct ChangeOwner<R> {
    user: Urn,
    of: PhantomData<fn() -> R>,
}

impl<R> ChangeOwner<R> {
    /// To this user.
    #[must_use]
    pub const fn to(user: Urn) -> Self {
        Self { user, of: PhantomData }
    }
}

impl<R: Owned> Change for ChangeOwner<R> {
    type Of = R;
    const ACTION: &'static Action = R::CHANGE;
    const EVENT: &'static str = R::EVENT;

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<R>) -> Result<Urn, Fault> {
        let users = EntityFilter { org: Some(of.head().org), ..EntityFilter::kind(Kind::User) };
        let known = self.user.kind == Kind::User && tx.read().list(users).await?.iter().any(|user| user.head.id == self.user.id);
        if !known {
            return Err(Fault::invalid_reference("User", &self.user.to_string()));
        }
        tx.update(of.urn(), |entity| entity.head.owner = Some(self.user.id)).await?;
        // The machines of a vApp are whose the vApp is.
        for machine in tx.read().list(EntityFilter::kind(Kind::Vm).in_parent(of.head().id)).await? {
            tx.update(machine.urn(), |entity| entity.head.owner = Some(self.user.id)).await?;
        }
        Ok(of.urn())
    }
}
