//! Edge gateways.

mod body;

use super::vapp::accepted;
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::edge_gateway;
use vcdsim_model::family::edge_gateway as model;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::access::admit;
use vcdsim_platform::edge_gateway::{ChangeEdgeGateway, CreateEdgeGateway, DeleteEdgeGateway, GatewayChange, networks};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{Document, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::CREATE, create);
    routes.action(&model::UPDATE, |cx| update(cx, GatewayChange::All));
    routes.action(&model::UPDATE_PROPERTIES, |cx| update(cx, GatewayChange::Properties));
    routes.action(&model::DELETE, delete);
    routes.action(&model::CONFIGURE, configure);
    routes.action(&model::RESIZE, resize);
    routes.action(&model::CONFIGURE_SYSLOG, configure_syslog);
    routes.action(&model::REAPPLY, |cx| change(cx, GatewayChange::Reapply));
    routes.action(&model::REDEPLOY, |cx| change(cx, GatewayChange::Redeploy));
    routes.action(&model::SYNC_SYSLOG, |cx| change(cx, GatewayChange::SyncSyslog));
    routes.action(&model::UPGRADE, |cx| change(cx, GatewayChange::Upgrade));
    routes.action(&model::CONVERT, |cx| change(cx, GatewayChange::Convert));
    routes.action(&model::DISTRIBUTE, |cx| change(cx, GatewayChange::Distribute(true)));
    routes.action(&model::CENTRALIZE, |cx| change(cx, GatewayChange::Distribute(false)));
}

async fn document(cx: &Cx, graph: &Graph) -> Result<vcloud::Gateway, Fault> {
    let behind = networks(&cx.cloud.read(), &graph.entity.head).await?;
    Ok(edge_gateway::document(&cx.view(View::Admin)?, graph, &behind))
}

/// `GET /api/admin/edgeGateway/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&document(&cx, &graph).await?))
}

/// `POST /api/admin/vdc/{id}/edgeGateways`
async fn create(cx: Cx) -> Result<Reply, Fault> {
    let vdc = cx.id(Kind::Vdc)?;
    admit::<Vdc>(&cx.cloud.read(), cx.caller()?, &model::CREATE, vdc).await?;
    let sent = body::properties(&cx.body(&[media::EDGE_GATEWAY])?)?;
    let operation = CreateEdgeGateway {
        vdc,
        name: sent.name,
        description: sent.description,
        size: sent.size.unwrap_or_else(|| model::SIZES[0].to_owned()),
        ha: sent.ha.unwrap_or(false),
        dns_relay: sent.dns_relay.unwrap_or(false),
        advanced: sent.advanced.unwrap_or(false),
        distributed: sent.distributed.unwrap_or(false),
        fips: sent.fips.unwrap_or(false),
        uplinks: sent.uplinks.unwrap_or_default(),
        services: sent.services,
        syslog: sent.syslog.unwrap_or_default(),
    };
    let graph = cx.cloud.submit_new(operation, cx.caller()?).await?;
    let place = cx.base.href(graph.entity.urn(), View::Admin);
    Ok(cx.document(201, &document(&cx, &graph).await?, vcloud::Gateway::ROOT).with("location", place))
}

/// `PUT /api/admin/edgeGateway/{id}`, `/action/updateProperties`: clients send the whole document back.
async fn update(cx: Cx, what: fn(Box<vcdsim_platform::edge_gateway::Properties>) -> GatewayChange) -> Result<Reply, Fault> {
    let sent = body::properties(&cx.body(&[media::EDGE_GATEWAY])?)?;
    change(cx, what(Box::new(sent))).await
}

/// `POST /api/admin/edgeGateway/{id}/action/configureServices`
async fn configure(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::GatewayFeatures = cx.body(&[media::EDGE_GATEWAY_SERVICES])?;
    if sent == vcloud::GatewayFeatures::default() {
        return Err(Fault::bad_request(
            "EdgeGatewayServiceConfiguration names no service, as GatewayDhcpService, FirewallService or NatService.",
        ));
    }
    let services = body::services(&sent)?;
    change(cx, GatewayChange::Services(Box::new(services))).await
}

/// `POST /api/admin/edgeGateway/{id}/action/modifyFormFactor`
async fn resize(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::EdgeGatewayFormFactor = cx.body(&[media::EDGE_GATEWAY_FORM_FACTOR])?;
    let missing = || Fault::bad_request("EdgeGatewayFormFactor has no gatewayType.");
    let size = sent.gateway_type.ok_or_else(missing)?.trim().to_owned();
    change(cx, GatewayChange::Resize(size)).await
}

/// `POST /api/admin/edgeGateway/{id}/action/configureSyslogServerSettings`
async fn configure_syslog(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::SyslogServer = cx.body(&[media::SYSLOG_SETTINGS])?;
    let servers = body::syslog(&sent);
    change(cx, GatewayChange::Syslog(servers)).await
}

async fn change(cx: Cx, change: GatewayChange) -> Result<Reply, Fault> {
    accepted(&cx, ChangeEdgeGateway { id: cx.id(Kind::EdgeGateway)?, change }).await
}

/// `DELETE /api/admin/edgeGateway/{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteEdgeGateway { id: cx.id(Kind::EdgeGateway)? }).await
}
