//! Organizations: which of them a caller sees, and their leases. Invariant: a tenant sees its own, the provider all; what is there already
//! keeps the leases that it has.

use crate::access;
use crate::change::Change;
use crate::lease::check_leases;
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::org::{Org, UPDATE_LEASE, UPDATE_TEMPLATE_LEASE};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

/// The organizations that the caller sees, in order of creation.
///
/// # Errors
/// Only a defect of the store.
pub async fn list(reader: &Reader<'_>, caller: &Caller) -> Result<Vec<Arc<Entity>>, Fault> {
    access::list(reader, caller, EntityFilter::kind(Kind::Org)).await
}

/// Other leases of an organization's vApps; `None` leaves them as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdateLeases {
    /// How long a vApp may run, in seconds; 0 is for ever.
    pub deployment_seconds: Option<i32>,
    /// How long an undeployed vApp is kept, in seconds; 0 is for ever.
    pub storage_seconds: Option<i32>,
    /// Whether vApps that were kept long enough are deleted.
    pub deletes: Option<bool>,
    /// Whether the machines of vApps that ran long enough are powered off.
    pub powers_off: Option<bool>,
}

impl Change for UpdateLeases {
    type Of = Org;
    const ACTION: &'static Action = &UPDATE_LEASE;
    const EVENT: &'static str = "org/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Org>) -> Result<Urn, Fault> {
        check_leases([self.deployment_seconds, self.storage_seconds].into_iter().flatten())?;
        let change = |org: &mut Org| {
            org.deployment_lease_seconds = self.deployment_seconds.unwrap_or(org.deployment_lease_seconds);
            org.storage_lease_seconds = self.storage_seconds.unwrap_or(org.storage_lease_seconds);
            org.deletes_expired_vapps = self.deletes.unwrap_or(org.deletes_expired_vapps);
            org.powers_off_expired_vapps = self.powers_off.unwrap_or(org.powers_off_expired_vapps);
        };
        tx.update_body::<Org>(of.head().id, |_, org| change(org)).await?;
        Ok(of.urn())
    }
}

/// Another lease of an organization's templates; `None` leaves it as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdateTemplateLeases {
    /// How long a template is kept, in seconds; 0 is for ever.
    pub storage_seconds: Option<i32>,
    /// Whether templates that were kept long enough are deleted.
    pub deletes: Option<bool>,
}

impl Change for UpdateTemplateLeases {
    type Of = Org;
    const ACTION: &'static Action = &UPDATE_TEMPLATE_LEASE;
    const EVENT: &'static str = "org/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Org>) -> Result<Urn, Fault> {
        check_leases(self.storage_seconds.into_iter())?;
        let change = |org: &mut Org| {
            org.template_storage_lease_seconds = self.storage_seconds.unwrap_or(org.template_storage_lease_seconds);
            org.deletes_expired_templates = self.deletes.unwrap_or(org.deletes_expired_templates);
        };
        tx.update_body::<Org>(of.head().id, |_, org| change(org)).await?;
        Ok(of.urn())
    }
}
