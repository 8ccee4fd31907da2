//! Provider VDCs: reading one with what it draws on and what draws on it. Invariant: only the provider reads them.

use crate::extension::list;
use crate::graph::{Depth, Graph};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::Reader;

/// A provider VDC and what its documents need.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The provider VDC with its storage profiles, its vCenter and its network pools.
    pub graph: Graph,
    /// The VDCs that draw on it.
    pub vdcs: Vec<Arc<Entity>>,
    /// The datastores of its vCenter.
    pub datastores: Vec<Arc<Entity>>,
    /// The hosts of its vCenter.
    pub hosts: Vec<Arc<Entity>>,
    /// The external networks of its vCenter.
    pub external_networks: Vec<Arc<Entity>>,
}

/// A provider VDC.
///
/// # Errors
/// 403 when it does not exist, and for all but the provider.
pub async fn get(reader: &Reader<'_>, caller: &Caller, id: Uuid) -> Result<Surroundings, Fault> {
    let graph = Graph::visible(reader, caller, Urn::new(Kind::ProviderVdc, id), Depth::Whole).await?;
    let vim_server = graph.entity.body::<ProviderVdc>().ok_or_else(Fault::internal)?.vim_server;
    let mut vdcs = list(reader, caller, Kind::Vdc).await?;
    vdcs.retain(|vdc| matches!(&vdc.body, Body::Vdc(vdc) if vdc.provider_vdc == id));
    Ok(Surroundings {
        graph,
        vdcs,
        datastores: of_server(reader, caller, Kind::Datastore, vim_server).await?,
        hosts: of_server(reader, caller, Kind::Host, vim_server).await?,
        external_networks: of_server(reader, caller, Kind::ExternalNetwork, vim_server).await?,
    })
}

/// The objects of `kind` that vCenter `vim_server` holds.
///
/// # Errors
/// 403 for all but the provider.
pub async fn of_server(reader: &Reader<'_>, caller: &Caller, kind: Kind, vim_server: Uuid) -> Result<Vec<Arc<Entity>>, Fault> {
    let server_of = |entity: &Entity| match &entity.body {
        Body::Datastore(datastore) => Some(datastore.vim_server),
        Body::Host(host) => Some(host.vim_server),
        Body::ExternalNetwork(network) => Some(network.vim_server),
        _ => None,
    };
    let mut found = list(reader, caller, kind).await?;
    found.retain(|entity| server_of(entity) == Some(vim_server));
    Ok(found)
}
