//! The provider's entry: `GET /api/admin/extension` and its lists.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::extension::{self, DATASTORES, EXTERNAL_NETWORKS, HOSTS, NETWORK_POOLS, PATH, PROVIDER_VDCS, VIM_SERVERS};
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::{Kind, View};
use vcdsim_wire::roots::vmext::DATASTORE_REFERENCES;

/// What the provider has on real servers and not here, by the beginning of its path.
const MISSING: &[(&str, &str)] = &[
    ("/api/admin/extension/action/registervimserver", "registering vCenter servers"),
    ("/api/admin/extension/vimServer/", "this part of vCenter servers"),
    ("/api/admin/extension/providervdcs", "creating provider VDCs"),
    ("/api/admin/extension/providervdc/", "this part of provider VDCs"),
    ("/api/admin/providervdc/", "this part of provider VDCs"),
    ("/api/admin/extension/externalnets", "creating external networks"),
    ("/api/admin/extension/externalnet/", "this part of external networks"),
    ("/api/admin/extension/networkPools", "creating network pools"),
    ("/api/admin/extension/networkPool/", "this part of network pools"),
    ("/api/admin/extension/host/", "this part of hosts"),
    ("/api/admin/extension/datastore/", "this part of datastores"),
    ("/api/admin/extension/nsxtManagers", "NSX-T managers"),
    ("/api/admin/extension/vdcTemplate", "VDC templates"),
    ("/api/admin/extension/strandedItem", "stranded items"),
    ("/api/admin/extension/licensing", "licensing reports"),
];

pub(super) fn routes(routes: &mut Routes) {
    for (prefix, what) in MISSING {
        routes.missing(prefix, what);
    }
    routes.get(PATH, entry);
    let at = |(path, _): (&str, &str)| format!("{PATH}{path}");
    routes.get(&at(VIM_SERVERS), vim_servers);
    routes.get(&at(PROVIDER_VDCS), provider_vdcs);
    routes.get(&at(EXTERNAL_NETWORKS), external_networks);
    routes.get(&at(NETWORK_POOLS), network_pools);
    routes.get(&at(HOSTS), hosts);
    routes.get(&at(DATASTORES), datastores);
}

/// `GET /api/admin/extension`
async fn entry(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    Ok(cx.ok(&extension::document(&cx.view(View::Extension)?)))
}

/// `GET .../vimServerReferences`
async fn vim_servers(cx: Cx) -> Result<Reply, Fault> {
    let found = list(&cx, Kind::VimServer).await?;
    Ok(cx.ok(&extension::vim_servers(&cx.view(View::Extension)?, &found)))
}

/// `GET .../providerVdcReferences`
async fn provider_vdcs(cx: Cx) -> Result<Reply, Fault> {
    let found = list(&cx, Kind::ProviderVdc).await?;
    Ok(cx.ok(&extension::provider_vdcs(&cx.view(View::Extension)?, &found)))
}

/// `GET .../externalNetworkReferences`
async fn external_networks(cx: Cx) -> Result<Reply, Fault> {
    let found = list(&cx, Kind::ExternalNetwork).await?;
    Ok(cx.ok(&extension::external_networks(&cx.view(View::Extension)?, &found)))
}

/// `GET .../networkPoolReferences`
async fn network_pools(cx: Cx) -> Result<Reply, Fault> {
    let found = list(&cx, Kind::NetworkPool).await?;
    Ok(cx.ok(&extension::network_pools(&cx.view(View::Extension)?, &found)))
}

/// `GET .../hostReferences`
async fn hosts(cx: Cx) -> Result<Reply, Fault> {
    let found = list(&cx, Kind::Host).await?;
    Ok(cx.ok(&extension::hosts(&cx.view(View::Extension)?, &found)))
}

/// `GET .../datastores`: its schema type is the plain list of references, whose own media type is another
async fn datastores(cx: Cx) -> Result<Reply, Fault> {
    let found = list(&cx, Kind::Datastore).await?;
    let document = extension::datastores(&cx.view(View::Extension)?, &found);
    Ok(Reply::document(200, &document, &DATASTORE_REFERENCES, DATASTORES.1, &cx.wanted))
}

async fn list(cx: &Cx, kind: Kind) -> Result<Vec<Arc<Entity>>, Fault> {
    vcdsim_platform::extension::list(&cx.cloud.read(), cx.caller()?, kind).await
}
