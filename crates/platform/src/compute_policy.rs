//! Compute policies: which there are, and which a VDC has. Invariant: a VDC keeps its default policy, which is among those it has.

use crate::access;
use crate::change::Change;
use crate::graph::Graph;
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::compute_policy::ComputePolicy;
use vcdsim_model::family::vdc::{ASSIGN_POLICIES, Vdc};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

/// The name of the policy that every VDC has.
pub const SYSTEM_DEFAULT: &str = "System Default";

/// All policies that the caller sees, in order of creation.
///
/// # Errors
/// Only a defect of the store.
pub async fn list(reader: &Reader<'_>, caller: &Caller) -> Result<Vec<Arc<Entity>>, Fault> {
    access::list(reader, caller, EntityFilter::kind(Kind::ComputePolicy)).await
}

/// The policies that a VDC has, in the order in which they were assigned.
#[must_use]
pub fn of_vdc(graph: &Graph) -> Vec<Arc<Entity>> {
    let ids = graph.entity.body::<Vdc>().map_or(&[][..], |vdc| &vdc.compute_policies);
    ids.iter().filter_map(|id| graph.related.get(Urn::new(Kind::ComputePolicy, *id)).cloned()).collect()
}

/// Says which policies a VDC has; replaces what was said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignPolicies {
    /// Which.
    pub policies: Vec<Urn>,
}

impl Change for AssignPolicies {
    type Of = Vdc;
    const ACTION: &'static Action = &ASSIGN_POLICIES;
    const EVENT: &'static str = "vdc/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Vdc>) -> Result<Urn, Fault> {
        let mut policies = Vec::new();
        for urn in self.policies {
            let known = urn.kind == Kind::ComputePolicy && tx.read().find::<ComputePolicy>(urn.id).await?.is_some();
            if !known {
                return Err(Fault::invalid_reference("VdcComputePolicyReference", &urn.to_string()));
            }
            if !policies.contains(&urn.id) {
                policies.push(urn.id);
            }
        }
        if of.body().default_compute_policy.is_some_and(|default| !policies.contains(&default)) {
            return Err(Fault::bad_request("The default compute policy of the VDC cannot be taken from it."));
        }
        tx.update_body::<Vdc>(of.head().id, |_, vdc| vdc.compute_policies = policies).await?;
        Ok(of.urn())
    }
}
