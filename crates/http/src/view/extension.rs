//! The provider's entry and its lists. Invariant: whatever the entry links to is served; members of lists are references to provider views.

use crate::view::links::link;
use crate::view::{ViewCx, blocking_task, settings};
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::View;
use vcdsim_model::media;
use vcdsim_wire::vcloud::{Link, Reference, References};
use vcdsim_wire::vmext;

/// Where the provider enters.
pub(crate) const PATH: &str = "/api/admin/extension";
/// The lists below the entry: path and type.
pub(crate) const VIM_SERVERS: List = ("/vimServerReferences", media::VIM_SERVER_REFERENCES);
pub(crate) const PROVIDER_VDCS: List = ("/providerVdcReferences", media::VMW_PROVIDER_VDC_REFERENCES);
pub(crate) const EXTERNAL_NETWORKS: List = ("/externalNetworkReferences", media::VMW_EXTERNAL_NETWORK_REFERENCES);
pub(crate) const NETWORK_POOLS: List = ("/networkPoolReferences", media::VMW_NETWORK_POOL_REFERENCES);
pub(crate) const HOSTS: List = ("/hostReferences", media::HOST_REFERENCES);
pub(crate) const DATASTORES: List = ("/datastores", media::DATASTORE_LIST);

type List = (&'static str, &'static str);

/// The entry.
pub(crate) fn document(cx: &ViewCx<'_>) -> vmext::VMWExtension {
    let lists = [PROVIDER_VDCS, EXTERNAL_NETWORKS, NETWORK_POOLS, VIM_SERVERS, HOSTS, DATASTORES];
    let lists = lists.map(|(path, media)| link("down", Some(media), cx.base.join(&format!("{PATH}{path}"))));
    let others = [(media::BLOCKING_TASK_LIST, blocking_task::LIST_PATH), (media::SYSTEM_SETTINGS, settings::PATH)];
    let others = others.map(|(media, path)| link("down", Some(media), cx.base.join(path)));
    vmext::VMWExtension {
        href: Some(cx.base.join(PATH)),
        r#type: Some(media::VMW_EXTENSION.to_owned()),
        link: lists.into_iter().chain(others).collect(),
    }
}

/// All vCenter servers.
pub(crate) fn vim_servers(cx: &ViewCx<'_>, found: &[Arc<Entity>]) -> vmext::VMWVimServerReferences {
    let (href, r#type, link) = frame(cx, VIM_SERVERS);
    vmext::VMWVimServerReferences { href, r#type, link, vim_server_reference: references(cx, found) }
}

/// All provider VDCs.
pub(crate) fn provider_vdcs(cx: &ViewCx<'_>, found: &[Arc<Entity>]) -> vmext::VMWProviderVdcReferences {
    let (href, r#type, link) = frame(cx, PROVIDER_VDCS);
    vmext::VMWProviderVdcReferences { href, r#type, link, provider_vdc_reference: references(cx, found) }
}

/// All external networks.
pub(crate) fn external_networks(cx: &ViewCx<'_>, found: &[Arc<Entity>]) -> vmext::VMWExternalNetworkReferences {
    let (href, r#type, link) = frame(cx, EXTERNAL_NETWORKS);
    vmext::VMWExternalNetworkReferences { href, r#type, link, external_network_reference: references(cx, found) }
}

/// All network pools.
pub(crate) fn network_pools(cx: &ViewCx<'_>, found: &[Arc<Entity>]) -> vmext::VMWNetworkPoolReferences {
    let (href, r#type, link) = frame(cx, NETWORK_POOLS);
    vmext::VMWNetworkPoolReferences { href, r#type, link, network_pool_reference: references(cx, found) }
}

/// All hosts.
pub(crate) fn hosts(cx: &ViewCx<'_>, found: &[Arc<Entity>]) -> vmext::VMWHostReferences {
    let (href, r#type, link) = frame(cx, HOSTS);
    vmext::VMWHostReferences { href, r#type, link, host_reference: references(cx, found) }
}

/// All datastores.
pub(crate) fn datastores(cx: &ViewCx<'_>, found: &[Arc<Entity>]) -> References {
    let (href, r#type, link) = frame(cx, DATASTORES);
    References { href, r#type, link, reference: references(cx, found), ..References::default() }
}

/// What every list has: href, type, and the way up.
fn frame(cx: &ViewCx<'_>, (path, media): List) -> (Option<String>, Option<String>, Vec<Link>) {
    let up = link("up", Some(media::VMW_EXTENSION), cx.base.join(PATH));
    (Some(cx.base.join(&format!("{PATH}{path}"))), Some(media.to_owned()), vec![up])
}

/// References to the provider's view of objects.
pub(crate) fn references(cx: &ViewCx<'_>, found: &[Arc<Entity>]) -> Vec<Reference> {
    found.iter().map(|entity| cx.reference(entity.urn(), View::Extension, &entity.head.name)).collect()
}
