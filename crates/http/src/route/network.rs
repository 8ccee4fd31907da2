//! Networks of organization VDCs; in 1.5 they are the organization's.

use super::vapp::{self, accepted};
use crate::cx::{Cx, reference, text};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::network;
use vcdsim_model::action::{Action, Method};
use vcdsim_model::family::network as model;
use vcdsim_model::family::vapp::IpScope;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, FaultCode, media};
use vcdsim_platform::access::admit;
use vcdsim_platform::network::{CreateNetwork, DeleteNetwork, ResetNetwork, UpdateNetwork};
use vcdsim_wire::{Document, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, |cx| get(cx, &model::READ));
    routes.action(&model::READ_ADMIN, |cx| get(cx, &model::READ_ADMIN));
    routes.action(&model::READ_ADDRESSES, |cx| addresses(cx, &model::READ_ADDRESSES));
    routes.action(&model::READ_ADMIN_ADDRESSES, |cx| addresses(cx, &model::READ_ADMIN_ADDRESSES));
    routes.action(&model::CREATE, create);
    routes.action(&model::UPDATE, update);
    // Whether it is a network of a VDC or of a vApp only the handler can tell, so the right is judged there.
    routes.add(Method::Post, "/api/admin/network/{id}/action/reset", reset);
    routes.action(&model::DELETE, delete);
    routes.action(&model::TO_INTERNAL, |cx| convert(cx, &model::TO_INTERNAL, false, false));
    routes.action(&model::TO_SUB, |cx| convert(cx, &model::TO_SUB, true, false));
    routes.action(&model::TO_DISTRIBUTED, |cx| convert(cx, &model::TO_DISTRIBUTED, false, true));
}

/// `GET /api[/admin]/network/{id}`
async fn get(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = match cx.graph(action).await {
        // Networks inside vApps have their place here, too.
        Err(fault) if fault.code == FaultCode::Forbidden => return vapp::network::get(&cx).await,
        found => found?,
    };
    let view = cx.view(action.view)?;
    if cx.version() < ApiVersion::V5_1 {
        return Ok(cx.ok(&network::old_document(&view, &graph)));
    }
    Ok(cx.ok(&network::document(&view, &graph)))
}

/// `GET /api[/admin]/network/{id}/allocatedAddresses`
async fn addresses(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = match cx.graph(action).await {
        Err(fault) if fault.code == FaultCode::Forbidden => return vapp::network::addresses(&cx).await,
        found => found?,
    };
    let used = vcdsim_platform::network::allocations(&cx.cloud.read(), cx.caller()?, &graph.entity).await?;
    Ok(cx.ok(&network::addresses(&cx.view(action.view)?, &graph, &used)))
}

/// `POST /api/admin/vdc/{id}/networks`
async fn create(cx: Cx) -> Result<Reply, Fault> {
    admit::<Vdc>(&cx.cloud.read(), cx.caller()?, &model::CREATE, cx.id(Kind::Vdc)?).await?;
    let sent: vcloud::OrgVdcNetwork = cx.body(&[media::ORG_VDC_NETWORK])?;
    let configuration = sent.configuration.as_ref().ok_or_else(|| Fault::bad_request("An OrgVdcNetwork must have a Configuration."))?;
    let parent = configuration.parent_network.as_ref().map(|parent| reference("ParentNetwork", parent)).transpose()?;
    let operation = CreateNetwork {
        vdc: cx.id(Kind::Vdc)?,
        name: sent.name.clone(),
        description: sent.description.clone(),
        fence_mode: configuration.fence_mode.trim().to_owned(),
        parent,
        gateway: sent.edge_gateway.as_ref().map(|gateway| reference("EdgeGateway", gateway)).transpose()?,
        interface: interface(&sent),
        scope: scope(&sent)?,
        dhcp: dhcp(&sent),
        shared: sent.is_shared.unwrap_or(false),
    };
    let graph = cx.cloud.submit_new(operation, cx.caller()?).await?;
    let document = network::document(&cx.view(View::Admin)?, &graph);
    let place = cx.base.href(graph.entity.urn(), View::Admin);
    Ok(cx.document(201, &document, vcloud::OrgVdcNetwork::ROOT).with("location", place))
}

/// `PUT /api/admin/network/{id}`: clients send the whole document back.
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::OrgVdcNetwork = cx.body(&[media::ORG_VDC_NETWORK])?;
    let operation = UpdateNetwork {
        id: cx.id(Kind::Network)?,
        name: sent.name.clone(),
        description: sent.description.clone(),
        fence_mode: sent.configuration.as_ref().map(|configuration| configuration.fence_mode.trim().to_owned()),
        scope: scope(&sent)?,
        dhcp: dhcp(&sent),
        shared: sent.is_shared,
        interface: interface(&sent),
    };
    accepted(&cx, operation).await
}

/// `POST /api/admin/network/{id}/action/reset`
async fn reset(cx: Cx) -> Result<Reply, Fault> {
    let id = cx.id(Kind::Network)?;
    match vapp::network::reset(&cx).await {
        Err(fault) if fault.code == FaultCode::Forbidden => accepted(&cx, ResetNetwork { id }).await,
        answer => answer,
    }
}

/// `POST /api/admin/network/{id}/action/convertToSubInterface` and the like
async fn convert(cx: Cx, action: &'static Action, sub: bool, distributed: bool) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let operation = UpdateNetwork {
        id: graph.entity.head.id,
        name: graph.entity.head.name.clone(),
        description: None,
        fence_mode: None,
        scope: None,
        dhcp: None,
        shared: None,
        interface: model::InterfaceChange { sub: Some(sub), distributed: Some(distributed), guest_vlan: None },
    };
    accepted(&cx, operation).await
}

/// `DELETE /api/admin/network/{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteNetwork { id: cx.id(Kind::Network)? }).await
}

/// The interface of a routed network, as far as the request says.
fn interface(sent: &vcloud::OrgVdcNetwork) -> model::InterfaceChange {
    let configuration = sent.configuration.as_ref();
    model::InterfaceChange {
        sub: configuration.and_then(|configuration| configuration.sub_interface),
        distributed: configuration.and_then(|configuration| configuration.distributed_interface),
        guest_vlan: configuration.and_then(|configuration| configuration.guest_vlan_allowed),
    }
}

/// The one scope that a network has; an empty one is none.
fn scope(sent: &vcloud::OrgVdcNetwork) -> Result<Option<IpScope>, Fault> {
    let Some(configuration) = &sent.configuration else { return Ok(None) };
    let many = configuration.ip_scopes.as_ref().map_or(&[][..], |scopes| &scopes.ip_scope);
    if many.len() > 1 {
        return Err(Fault::bad_request("A network of an organization VDC has one IpScope, not several."));
    }
    let scope = many.first().or(configuration.ip_scope.as_ref());
    scope.map(|scope| Ok(IpScope { inherited: false, ..ip_scope(scope)? })).transpose()
}

/// A scope that says its gateway and its mask.
pub(super) fn ip_scope(sent: &vcloud::IpScope) -> Result<IpScope, Fault> {
    let must = |name: &str, value: Option<String>| value.ok_or_else(|| Fault::bad_request(format!("The IpScope has no {name}.")));
    Ok(IpScope {
        inherited: sent.is_inherited,
        gateway: must("Gateway", text(sent.gateway.as_ref()))?,
        netmask: must("Netmask", netmask(sent))?,
        dns1: text(sent.dns1.as_ref()),
        dns2: text(sent.dns2.as_ref()),
        dns_suffix: text(sent.dns_suffix.as_ref()),
        ranges: ranges(sent.ip_ranges.as_ref()),
    })
}

/// The first and the last address of each range.
pub(super) fn ranges(sent: Option<&vcloud::IpRanges>) -> Vec<(String, String)> {
    sent.iter().flat_map(|ranges| &ranges.ip_range).map(range).collect()
}

/// The first and the last address of a range.
pub(super) fn range(sent: &vcloud::IpRange) -> (String, String) {
    (sent.start_address.trim().to_owned(), sent.end_address.trim().to_owned())
}

/// The mask of a scope, which newer clients may give as a number of bits instead.
fn netmask(sent: &vcloud::IpScope) -> Option<String> {
    let bits = sent.subnet_prefix_length.and_then(|bits| u32::try_from(bits).ok()).filter(|bits| (1..=32).contains(bits));
    let mask = || bits.map(|bits| std::net::Ipv4Addr::from(u32::MAX << (32 - bits)).to_string());
    sent.netmask.as_deref().map(str::trim).filter(|mask| !mask.is_empty()).map(str::to_owned).or_else(mask)
}

/// The DHCP service, in either place where documents have it. Leases last an hour, and two at most, when nobody says.
fn dhcp(sent: &vcloud::OrgVdcNetwork) -> Option<model::Dhcp> {
    let features = || sent.configuration.as_ref()?.features.as_ref()?.dhcp_service.as_ref();
    let service = sent.service_config.as_ref().and_then(|services| services.dhcp_service.as_ref()).or_else(features)?;
    let default_lease_seconds = service.default_lease_time.unwrap_or(3_600);
    Some(model::Dhcp {
        enabled: service.is_enabled.unwrap_or(false),
        default_lease_seconds,
        max_lease_seconds: service.max_lease_time.unwrap_or_else(|| default_lease_seconds.max(7_200)),
        range: service.ip_range.as_ref().map(range),
    })
}
