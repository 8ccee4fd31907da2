//! vApp templates and their virtual machines.

use super::vapp::accepted;
use super::vm::hardware_part;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::section::{self, At};
use crate::view::vapp_template;
use crate::view::vm::hardware;
use vcdsim_model::action::{Action, Need};
use vcdsim_model::family::vapp_template::{DELETE, DISABLE_DOWNLOAD, ENABLE_DOWNLOAD, UPDATE, UPLOAD_TO_VDC, VAppTemplate};
use vcdsim_model::family::vm::TemplateVm;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::catalog_item::{DeleteEntry, UpdateEntry};
use vcdsim_platform::graph::Graph;
use vcdsim_platform::media::Place;
use vcdsim_platform::transfer::{DisableTemplateDownload, EnableDownload};
use vcdsim_platform::vapp_template::UploadTemplate;
use vcdsim_wire::{Document, vcloud};

const READ: Action = Action::read(Kind::VAppTemplate, View::User, Need::Session);
const SECTIONS: &[Action] =
    &[READ.at("/leaseSettingsSection"), READ.at("/customizationSection"), READ.at("/networkSection"), READ.at("/networkConfigSection")];
const READ_VM: Action = Action::read(Kind::TemplateVm, View::User, Need::Session);
const VM_SECTIONS: &[Action] = &[
    READ_VM.at("/operatingSystemSection"),
    READ_VM.at("/networkConnectionSection"),
    READ_VM.at("/guestCustomizationSection"),
    READ_VM.at("/virtualHardwareSection"),
];
const HARDWARE: Action = READ_VM.at("/virtualHardwareSection/{part}");

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&READ, get);
    for action in SECTIONS {
        routes.action(action, move |cx| template_section(cx, action));
    }
    routes.action(&READ_VM, get_vm);
    for action in VM_SECTIONS {
        routes.action(action, move |cx| vm_section(cx, action));
    }
    routes.action(&HARDWARE, part);
    routes.action(&UPLOAD_TO_VDC, upload_to_vdc);
    routes.action(&ENABLE_DOWNLOAD, enable_download);
    routes.action(&DISABLE_DOWNLOAD, disable_download);
    routes.action(&UPDATE, update);
    routes.action(&DELETE, delete);
}

/// `GET /api/vAppTemplate/vappTemplate-{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ).await?;
    Ok(cx.ok(&vapp_template::document(&cx.view(View::User)?, &graph)))
}

/// `PUT /api/vAppTemplate/vappTemplate-{id}`: name, description and gold master; clients send the rest back as they read it.
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::VAppTemplate = cx.body(&[media::VAPP_TEMPLATE])?;
    let target = cx.urn(Kind::VAppTemplate)?;
    let (name, description, gold_master) = (Some(sent.name), sent.description, sent.gold_master);
    accepted(&cx, UpdateEntry { target, name, description, gold_master, products: None }).await
}

/// `DELETE /api/vAppTemplate/vappTemplate-{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteEntry { target: cx.urn(Kind::VAppTemplate)? }).await
}

/// `POST /api/vAppTemplate/vappTemplate-{id}/action/enableDownload`
async fn enable_download(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, EnableDownload { target: cx.urn(Kind::VAppTemplate)? }).await
}

/// `POST /api/vAppTemplate/vappTemplate-{id}/action/disableDownload`
async fn disable_download(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.change(cx.id(Kind::VAppTemplate)?, DisableTemplateDownload, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// `GET` of one section of a template
async fn template_section(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let body = graph.entity.body::<VAppTemplate>().ok_or_else(Fault::internal)?;
    let view = cx.view(View::User)?;
    Ok(match action.path {
        "/customizationSection" => cx.ok(&vapp_template::customization(&view, &graph, body)),
        "/networkSection" => {
            let networks = vapp_template::networks(&view, &graph, body);
            Reply::document(200, &networks, vcdsim_wire::ovf::NetworkSection::ROOT, media::NETWORK_SECTION, &cx.wanted)
        }
        "/networkConfigSection" => cx.ok(&vapp_template::network_configs(&view, &graph, body)),
        _ => cx.ok(&vapp_template::leases(&view, &graph, body)),
    })
}

/// `GET /api/vAppTemplate/vm-{id}`
async fn get_vm(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ_VM).await?;
    let document = vapp_template::machine(&cx.view(View::User)?, &graph);
    Ok(Reply::document(200, &document, vcloud::VAppTemplate::ROOT, media::VM, &cx.wanted))
}

/// `GET` of one section of a template's machine
async fn vm_section(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let (head, body) = (&graph.entity.head, graph.entity.body::<TemplateVm>().ok_or_else(Fault::internal)?);
    let href = cx.base.href(graph.entity.urn(), View::User);
    let profile = vapp_template::profile_of(&cx.view(View::User)?, &graph);
    let place = hardware::Place { at: At(&href), name: &head.name, profile: profile.as_ref() };
    Ok(match action.path {
        "/operatingSystemSection" => cx.ok(&section::operating_system(place.at, &body.hardware)),
        "/networkConnectionSection" => cx.ok(&section::connections(place.at, &body.hardware.nics)),
        "/guestCustomizationSection" => cx.ok(&section::guest(place.at, head.id, &body.guest)),
        _ => cx.ok(&hardware::section(place, &body.hardware)),
    })
}

/// `GET .../virtualHardwareSection/cpu`, `memory`, `disks`, `media`, `networkCards`
async fn part(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&HARDWARE).await?;
    let body = graph.entity.body::<TemplateVm>().ok_or_else(Fault::internal)?;
    let href = cx.base.href(graph.entity.urn(), View::User);
    let profile = vapp_template::profile_of(&cx.view(View::User)?, &graph);
    hardware_part(&cx, hardware::Place { at: At(&href), name: &graph.entity.head.name, profile: profile.as_ref() }, &body.hardware)
}

/// `POST /api/vdc/{id}/action/uploadVAppTemplate`
async fn upload_to_vdc(cx: Cx) -> Result<Reply, Fault> {
    let graph = upload(&cx, Place::Vdc(cx.id(Kind::Vdc)?)).await?;
    let document = vapp_template::document(&cx.view(View::User)?, &graph);
    Ok(cx.document(201, &document, vcloud::VAppTemplate::ROOT).with("location", cx.base.href(graph.entity.urn(), View::User)))
}

/// Begins the upload of the template that the body describes.
pub(super) async fn upload(cx: &Cx, place: Place) -> Result<Graph, Fault> {
    let sent: vcloud::UploadVAppTemplateParams = cx.body(&[media::UPLOAD_VAPP_TEMPLATE_PARAMS])?;
    if sent.source_href.is_some() {
        return Err(Fault::not_implemented("sourceHref in UploadVAppTemplateParams"));
    }
    let storage_profile = sent.vdc_storage_profile.as_ref().map(|profile| reference("VdcStorageProfile", profile)).transpose()?;
    let operation = UploadTemplate {
        place,
        name: sent.name.unwrap_or_default(),
        description: sent.description,
        storage_profile,
        manifest_required: sent.manifest_required == Some(true),
    };
    cx.cloud.submit_new(operation, cx.caller()?).await
}
