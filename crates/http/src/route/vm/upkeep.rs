//! What is done to machines beside editing them.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::route::vapp::accepted;
use crate::route::vapp_template::datastore;
use crate::router::Routes;
use crate::view::vm::upkeep;
use vcdsim_model::Fault;
use vcdsim_model::action::{Action, Need};
use vcdsim_model::family::vm::{CHECK_COMPLIANCE, CONSOLIDATE_VM, CUSTOMIZE, READ_COMPLIANCE, RELOCATE_VM, UPGRADE, Vm};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::vm::{CheckCompliance, CustomizeAtNextPowerOn, MaintainVm, UpgradeHardware};

const READ_STATUS: Action = Action::read(Kind::Vm, View::User, Need::Session).at("/guestcustomizationstatus").since(ApiVersion::V20_0);

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&UPGRADE, upgrade);
    routes.action(&CONSOLIDATE_VM, consolidate);
    routes.action(&RELOCATE_VM, relocate);
    routes.action(&CUSTOMIZE, customize);
    routes.action(&CHECK_COMPLIANCE, check_compliance);
    routes.action(&READ_COMPLIANCE, compliance);
    routes.action(&READ_STATUS, status);
}

/// `POST /api/vApp/vm-{id}/action/upgradeHardwareVersion`
async fn upgrade(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, UpgradeHardware { id: cx.id(Kind::Vm)? }).await
}

/// `POST /api/vApp/vm-{id}/action/consolidate`
async fn consolidate(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, MaintainVm { target: cx.urn(Kind::Vm)?, datastore: None }).await
}

/// `POST /api/vApp/vm-{id}/action/relocate`
async fn relocate(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, MaintainVm { target: cx.urn(Kind::Vm)?, datastore: Some(datastore(&cx)?) }).await
}

/// `POST /api/vApp/vm-{id}/action/customizeAtNextPowerOn`
async fn customize(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.change(cx.id(Kind::Vm)?, CustomizeAtNextPowerOn, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// `POST /api/vApp/vm-{id}/action/checkCompliance`
async fn check_compliance(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, CheckCompliance { id: cx.id(Kind::Vm)? }).await
}

/// `GET /api/vApp/vm-{id}/complianceResult`
async fn compliance(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ_COMPLIANCE).await?;
    Ok(cx.ok(&upkeep::compliance(graph.entity.body::<Vm>().ok_or_else(Fault::internal)?)))
}

/// `GET /api/vApp/vm-{id}/guestcustomizationstatus`
async fn status(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ_STATUS).await?;
    let href = cx.base.href(graph.entity.urn(), View::User);
    let (body, now) = (graph.entity.body::<Vm>().ok_or_else(Fault::internal)?, cx.cloud.read().now());
    Ok(cx.ok(&upkeep::customization_status(&href, &graph.entity, body, now)))
}
