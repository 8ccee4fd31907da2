//! The end of networks of organization VDCs. Invariant: none goes that a vApp uses, not even one that began to do so while the task waited; its
//! edge gateway forgets it.

use super::{lock_gateway, users};
use crate::access::admit_in;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::edge_gateway::EdgeGateway;
use vcdsim_model::family::network::{DELETE, Network};
use vcdsim_model::operation::Operation as Name;
use vcdsim_store::Reader;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `networkDelete`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteNetwork {
    /// Which network.
    pub id: Uuid,
}

impl Operation for DeleteNetwork {
    const NAMES: &'static [Name] = &[Name::NetworkDelete];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let network = admit_in::<Network>(cx, &DELETE, self.id).await?;
        unused(&cx.tx.read(), network.entity()).await?;
        lock_gateway(cx, network.body()).await?;
        cx.lock(network.urn()).await?;
        Ok(Subject::of(network.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let network = cx.tx.read().get::<Network>(self.id).await?;
        unused(&cx.tx.read(), network.entity()).await?;
        if let Some(gateway) = network.body().gateway {
            cx.tx.update_body::<EdgeGateway>(gateway, |_, body| body.services.forget(self.id)).await?;
        }
        cx.tx.delete(network.urn()).await
    }
}

async fn unused(reader: &Reader<'_>, network: &Entity) -> Result<(), Fault> {
    let users = users(reader, network).await?;
    let Some(first) = users.first() else { return Ok(()) };
    let (name, vapp, count) = (&network.head.name, &first.head().name, users.len());
    Err(Fault::bad_request(format!("The network \"{name}\" cannot be deleted: it is in use by {count} vApp(s), as \"{vapp}\".")))
}
