//! The networks inside vApps: the section of the vApp, and each by itself.

pub(in crate::route) mod features;

use super::super::network::ip_scope;
use super::accepted;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::vapp::network as view;
use uuid::Uuid;
use vcdsim_model::action::{Action, Method, Need};
use vcdsim_model::family::vapp::network::UPDATE_NETWORKS;
use vcdsim_model::family::vm::NO_NETWORK;
use vcdsim_model::id::{Urn, parse_uuid};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::access::admit;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::vapp::{NetworkChange, NetworkRequest, UpdateNetworks, network_home};
use vcdsim_wire::vcloud;

const READ: Action = Action::read(Kind::VApp, View::User, Need::Session);

/// A network inside a vApp has the place of a VDC's network, but it is its vApp that says who may do what: so these have no action of
/// their own.
pub(super) fn routes(routes: &mut Routes) {
    routes.action(&UPDATE_NETWORKS, update_section);
    routes.add(Method::Put, "/api/network/{id}", update);
    routes.add(Method::Delete, "/api/network/{id}", |cx: Cx| async move { change(&cx, NetworkChange::Remove).await });
    routes.add(Method::Post, "/api/admin/network/{id}/action/syncSyslogServerSettings", |cx: Cx| async move {
        change(&cx, NetworkChange::SyncSyslog).await
    });
}

/// `PUT /api/vApp/vapp-{id}/networkConfigSection`
async fn update_section(cx: Cx) -> Result<Reply, Fault> {
    let vapp = cx.id(Kind::VApp)?;
    admit::<vcdsim_model::family::vapp::VApp>(&cx.cloud.read(), cx.caller()?, &UPDATE_NETWORKS, vapp).await?;
    let sent: vcloud::NetworkConfigSection = cx.body(&[media::NETWORK_CONFIG_SECTION])?;
    accepted(&cx, UpdateNetworks { vapp, change: NetworkChange::All(section(&sent)?) }).await
}

/// `GET /api/network/{id}`
pub(crate) async fn get(cx: &Cx) -> Result<Reply, Fault> {
    let (graph, id) = home(cx).await?;
    let network = view::of(&graph, id).ok_or_else(|| unknown(id))?;
    Ok(cx.ok(&view::document(&cx.view(View::User)?, &graph, network)))
}

/// `GET /api/network/{id}/allocatedAddresses`
pub(crate) async fn addresses(cx: &Cx) -> Result<Reply, Fault> {
    let (graph, id) = home(cx).await?;
    let network = view::of(&graph, id).ok_or_else(|| unknown(id))?;
    Ok(cx.ok(&view::addresses(&cx.view(View::User)?, &graph, network)))
}

/// `PUT /api/network/{id}`
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let (graph, id) = home(&cx).await?;
    let sent: vcloud::VAppNetwork = cx.body(&[media::VAPP_NETWORK])?;
    let missing = || Fault::bad_request("VAppNetwork has no Configuration.");
    let configuration = sent.configuration.as_ref().ok_or_else(missing)?;
    let one = NetworkRequest { id: Some(id), ..request(&sent.name, sent.description.as_deref(), configuration)? };
    accepted(&cx, UpdateNetworks { vapp: graph.entity.head.id, change: NetworkChange::One(Box::new(one)) }).await
}

/// `POST /api/admin/network/{id}/action/reset`, for a network inside a vApp.
pub(crate) async fn reset(cx: &Cx) -> Result<Reply, Fault> {
    change(cx, NetworkChange::Reset).await
}

/// `DELETE /api/network/{id}`, `POST /api/admin/network/{id}/action/syncSyslogServerSettings`
async fn change(cx: &Cx, change: fn(Uuid) -> NetworkChange) -> Result<Reply, Fault> {
    let (graph, id) = home(cx).await?;
    accepted(cx, UpdateNetworks { vapp: graph.entity.head.id, change: change(id) }).await
}

/// The vApp that has the network of the path, and the network's id. What is due of the vApp happens before it is looked at.
async fn home(cx: &Cx) -> Result<(Graph, Uuid), Fault> {
    let id = cx.id(Kind::Network)?;
    let vapp = network_home(&cx.cloud.read(), cx.caller()?, id).await?.head.id;
    cx.cloud.catch_up_about(vapp).await?;
    Ok((Graph::admitted(&cx.cloud.read(), cx.caller()?, &READ, vapp).await?, id))
}

fn unknown(id: Uuid) -> Fault {
    Fault::no_access(Urn::new(Kind::Network, id))
}

/// The networks of a section. The network that stands for none comes back from clients that send what they read.
pub(super) fn section(sent: &vcloud::NetworkConfigSection) -> Result<Vec<NetworkRequest>, Fault> {
    let real = sent.network_config.iter().filter(|config| config.network_name != NO_NETWORK);
    real.map(|config| {
        let asked = request(&config.network_name, config.description.as_deref(), &config.configuration)?;
        Ok(NetworkRequest { id: known(config), ..asked })
    })
    .collect()
}

/// The id of the network that a client sends back: only the links, and in newer versions the href, have it.
fn known(config: &vcloud::VAppNetworkConfiguration) -> Option<Uuid> {
    let hrefs = config.link.iter().map(|link| link.href.as_str()).chain(config.href.as_deref());
    let mut ids = hrefs.filter_map(|href| href.split_once("/network/")?.1.split('/').next().and_then(parse_uuid));
    ids.next()
}

fn request(name: &str, description: Option<&str>, sent: &vcloud::NetworkConfiguration) -> Result<NetworkRequest, Fault> {
    let scope = sent.ip_scopes.as_ref().and_then(|scopes| scopes.ip_scope.first()).or(sent.ip_scope.as_ref());
    Ok(NetworkRequest {
        id: None,
        name: name.to_owned(),
        description: description.filter(|text| !text.is_empty()).map(str::to_owned),
        parent: sent.parent_network.as_ref().map(|parent| reference("ParentNetwork", parent)).transpose()?,
        fence_mode: sent.fence_mode.trim().to_owned(),
        // One without gateway and mask says nothing.
        scope: scope.and_then(|scope| ip_scope(scope).ok()),
        retains: sent.retain_net_info_across_deployments == Some(true),
        guest_vlan: sent.guest_vlan_allowed == Some(true),
        features: sent.features.as_ref().map(features::features).transpose()?.unwrap_or_default(),
    })
}
