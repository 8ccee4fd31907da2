//! vApps: reading, instantiating, composing, power, renaming, leases, deleting.

pub(super) mod network;
pub(super) mod params;

pub(super) use params::optional;

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::vapp_template::envelope;
use crate::view::{task, vapp};
use vcdsim_model::action::{Action, Need};
use vcdsim_model::family::vapp::startup::UPDATE_STARTUP;
use vcdsim_model::family::vapp::{
    CLONE, COMPOSE, CREATE_VM, DELETE, ENABLE_DOWNLOAD, INSTANTIATE, INSTANTIATE_BY_PUT, INSTANTIATE_VM, READ_OVF, RECOMPOSE, UPDATE,
    UPDATE_LEASES, VApp,
};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::power::PowerChange;
use vcdsim_model::{Fault, media};
use vcdsim_platform::Operation;
use vcdsim_platform::access::admit;
use vcdsim_platform::change::Change;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::transfer::{DisableVAppDownload, EnableDownload, Sender};
use vcdsim_platform::vapp::{CreateVApp, Delete, EnterMaintenance, ExitMaintenance, UpdateVApp};
use vcdsim_platform::vm::Power;
use vcdsim_wire::vcloud::{
    CloneVAppParams, ComposeVAppParams, CreateVmParams, DeployVAppParams, InstantiateVAppTemplateParams, InstantiateVmTemplateParams,
    RecomposeVAppParams, UndeployVAppParams,
};
use vcdsim_wire::{Document, ovf, vcloud};

const READ: Action = Action::read(Kind::VApp, View::User, Need::Session);
const LEASES: Action = READ.at("/leaseSettingsSection");
const STARTUP: Action = READ.at("/startupSection");
const NETWORKS: Action = READ.at("/networkSection");
const NETWORK_CONFIGS: Action = READ.at("/networkConfigSection");
const SNAPSHOTS: Action = READ.at("/snapshotSection");

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&INSTANTIATE, instantiate);
    routes.action(&INSTANTIATE_BY_PUT, instantiate);
    routes.action(&COMPOSE, compose);
    routes.action(&CLONE, clone);
    routes.action(&CREATE_VM, create_vm);
    routes.action(&INSTANTIATE_VM, instantiate_vm);
    routes.action(&READ, get);
    routes.action(&LEASES, |cx| section(cx, &LEASES));
    routes.action(&STARTUP, |cx| section(cx, &STARTUP));
    routes.action(&NETWORKS, |cx| section(cx, &NETWORKS));
    routes.action(&NETWORK_CONFIGS, |cx| section(cx, &NETWORK_CONFIGS));
    routes.action(&SNAPSHOTS, |cx| section(cx, &SNAPSHOTS));
    routes.action(&RECOMPOSE, recompose);
    routes.action(&UPDATE, update);
    routes.action(&UPDATE_LEASES, update_leases);
    routes.action(&UPDATE_STARTUP, update_startup);
    routes.action(&READ_OVF, ovf);
    routes.action(&ENABLE_DOWNLOAD, enable_download);
    routes.action(DisableVAppDownload::ACTION, |cx| at_once(cx, DisableVAppDownload));
    network::routes(routes);
    routes.action(&DELETE, delete);
    super::sharing::routes_of::<VApp>(routes);
    routes.action(EnterMaintenance::ACTION, |cx| at_once(cx, EnterMaintenance));
    routes.action(ExitMaintenance::ACTION, |cx| at_once(cx, ExitMaintenance));
    power_routes(routes, Kind::VApp);
}

/// The actions on the power of vApps or machines.
pub(super) fn power_routes(routes: &mut Routes, kind: Kind) {
    let (on, suspend) = (PowerChange::Deploy { power_on: true }, PowerChange::Undeploy { suspend: false });
    routes.action(on.action(kind), move |cx| deploy(cx, kind));
    routes.action(suspend.action(kind), move |cx| undeploy(cx, kind));
    for change in [
        PowerChange::PowerOn,
        PowerChange::PowerOff,
        PowerChange::Reset,
        PowerChange::Reboot,
        PowerChange::Shutdown,
        PowerChange::Suspend,
        PowerChange::DiscardSuspended,
    ] {
        routes.action(change.action(kind), move |cx| power(cx, kind, change));
    }
}

/// `GET /api/vApp/vapp-{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ).await?;
    Ok(cx.ok(&vapp::document(&cx.view(View::User)?, &graph)))
}

/// `GET /api/vApp/vapp-{id}/ovf`
async fn ovf(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ_OVF).await?;
    Ok(Reply::file(200, media::OVF, Sender::made(envelope::bytes(&graph))))
}

/// `POST /api/vApp/vapp-{id}/action/enableDownload`
async fn enable_download(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, EnableDownload { target: cx.urn(Kind::VApp)? }).await
}

/// `GET` of one section of a vApp
async fn section(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let view = cx.view(View::User)?;
    Ok(match action.path {
        "/startupSection" => cx.ok(&vapp::startup(&view, &graph)),
        "/networkSection" => {
            Reply::document(200, &vapp::networks(&view, &graph), ovf::NetworkSection::ROOT, media::NETWORK_SECTION, &cx.wanted)
        }
        "/networkConfigSection" => cx.ok(&vapp::network_configs(&view, &graph)),
        "/snapshotSection" => cx.ok(&vapp::snapshots(&view, &graph)),
        _ => cx.ok(&vapp::leases(&view, &graph).ok_or_else(Fault::internal)?),
    })
}

/// `POST /api/vdc/{id}/action/instantiateVAppTemplate`
async fn instantiate(cx: Cx) -> Result<Reply, Fault> {
    admit::<Vdc>(&cx.cloud.read(), cx.caller()?, &INSTANTIATE, cx.id(Kind::Vdc)?).await?;
    let sent: InstantiateVAppTemplateParams = cx.body(&[media::INSTANTIATE_VAPP_TEMPLATE_PARAMS])?;
    create(&cx, params::instantiate(cx.id(Kind::Vdc)?, sent)?).await
}

/// `POST /api/vdc/{id}/action/composeVApp`
async fn compose(cx: Cx) -> Result<Reply, Fault> {
    admit::<Vdc>(&cx.cloud.read(), cx.caller()?, &COMPOSE, cx.id(Kind::Vdc)?).await?;
    let sent: ComposeVAppParams = cx.body(&[media::COMPOSE_VAPP_PARAMS])?;
    create(&cx, params::compose(cx.id(Kind::Vdc)?, sent)?).await
}

/// `POST /api/vdc/{id}/action/cloneVApp`
async fn clone(cx: Cx) -> Result<Reply, Fault> {
    admit::<Vdc>(&cx.cloud.read(), cx.caller()?, &CLONE, cx.id(Kind::Vdc)?).await?;
    let sent: CloneVAppParams = cx.body(&[media::CLONE_VAPP_PARAMS])?;
    create(&cx, params::copy(cx.id(Kind::Vdc)?, sent)?).await
}

/// `POST /api/vdc/{id}/action/createVm`: clients find the machine in the vApp that owns the task.
async fn create_vm(cx: Cx) -> Result<Reply, Fault> {
    admit::<Vdc>(&cx.cloud.read(), cx.caller()?, &CREATE_VM, cx.id(Kind::Vdc)?).await?;
    let sent: CreateVmParams = cx.body(&[media::CREATE_VM_PARAMS])?;
    accepted(&cx, params::alone::of_nothing(cx.id(Kind::Vdc)?, sent)?).await
}

/// `POST /api/vdc/{id}/action/instantiateVmFromTemplate`
async fn instantiate_vm(cx: Cx) -> Result<Reply, Fault> {
    admit::<Vdc>(&cx.cloud.read(), cx.caller()?, &INSTANTIATE_VM, cx.id(Kind::Vdc)?).await?;
    let sent: InstantiateVmTemplateParams = cx.body(&[media::INSTANTIATE_VM_TEMPLATE_PARAMS])?;
    accepted(&cx, params::alone::of_template(cx.id(Kind::Vdc)?, sent)?).await
}

/// `POST /api/vApp/vapp-{id}/action/recomposeVApp`
async fn recompose(cx: Cx) -> Result<Reply, Fault> {
    admit::<VApp>(&cx.cloud.read(), cx.caller()?, &RECOMPOSE, cx.id(Kind::VApp)?).await?;
    let sent: RecomposeVAppParams = cx.body(&[media::RECOMPOSE_VAPP_PARAMS])?;
    accepted(&cx, params::recompose::request(cx.id(Kind::VApp)?, sent)?).await
}

/// 201 with the scaffold.
async fn create(cx: &Cx, operation: CreateVApp) -> Result<Reply, Fault> {
    let graph: Graph = cx.cloud.submit_new(operation, cx.caller()?).await?;
    let document = vapp::document(&cx.view(View::User)?, &graph);
    Ok(cx.document(201, &document, vcloud::VApp::ROOT).with("location", cx.base.href(graph.entity.urn(), View::User)))
}

/// `PUT /api/vApp/vapp-{id}`: name and description; clients send the rest back as they read it.
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::VApp = cx.body(&[media::VAPP])?;
    let operation = UpdateVApp { name: Some(sent.name), description: sent.description, ..UpdateVApp::of(cx.id(Kind::VApp)?) };
    accepted(&cx, operation).await
}

/// `PUT /api/vApp/vapp-{id}/leaseSettingsSection`
async fn update_leases(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::LeaseSettingsSection = cx.body(&[media::LEASE_SETTINGS_SECTION])?;
    let operation = UpdateVApp {
        deployment_lease_seconds: sent.deployment_lease_in_seconds,
        storage_lease_seconds: sent.storage_lease_in_seconds,
        ..UpdateVApp::of(cx.id(Kind::VApp)?)
    };
    accepted(&cx, operation).await
}

/// `PUT /api/vApp/vapp-{id}/startupSection`
async fn update_startup(cx: Cx) -> Result<Reply, Fault> {
    let sent: ovf::StartupSection = cx.body(&[media::STARTUP_SECTION])?;
    accepted(&cx, UpdateVApp { startup: Some(params::startups(&sent)?), ..UpdateVApp::of(cx.id(Kind::VApp)?) }).await
}

/// `DELETE /api/vApp/vapp-{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    remove(&cx, Kind::VApp).await
}

/// Deletes a vApp or a machine; with `force=true` (in any case of letters) deployed ones, too.
pub(super) async fn remove(cx: &Cx, kind: Kind) -> Result<Reply, Fault> {
    accepted(cx, Delete { target: cx.urn(kind)?, force: cx.flag("force") }).await
}

/// `POST .../action/deploy`; a body is optional, as old clients send none.
async fn deploy(cx: Cx, kind: Kind) -> Result<Reply, Fault> {
    let sent: DeployVAppParams = params::optional(&cx, media::DEPLOY_VAPP_PARAMS)?;
    let change = PowerChange::Deploy { power_on: sent.power_on.unwrap_or(true) };
    let power = Power {
        deployment_lease_seconds: sent.deployment_lease_seconds,
        force_customization: sent.force_customization == Some(true),
        ..Power::new(cx.urn(kind)?, change)
    };
    accepted(&cx, power).await
}

/// `POST .../action/undeploy`
async fn undeploy(cx: Cx, kind: Kind) -> Result<Reply, Fault> {
    let sent: UndeployVAppParams = params::optional(&cx, media::UNDEPLOY_VAPP_PARAMS)?;
    accepted(&cx, params::undeploy(cx.urn(kind)?, sent.undeploy_power_action.as_deref())?).await
}

/// `POST .../power/action/powerOn` and the like
async fn power(cx: Cx, kind: Kind, change: PowerChange) -> Result<Reply, Fault> {
    accepted(&cx, Power::new(cx.urn(kind)?, change)).await
}

/// What is done at once: 204.
async fn at_once<C: Change<Of = VApp>>(cx: Cx, change: C) -> Result<Reply, Fault> {
    cx.cloud.change(cx.id(Kind::VApp)?, change, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// 202 with a task.
pub(super) async fn accepted<O: Operation>(cx: &Cx, operation: O) -> Result<Reply, Fault> {
    let graph = cx.cloud.submit(operation, cx.caller()?).await?;
    let href = cx.base.href(graph.task.urn(), View::User);
    Ok(cx.document(202, &task::document(&cx.view(View::User)?, &graph), vcloud::Task::ROOT).with("location", href))
}
