//! vApp templates and their virtual machines.

use super::vapp::accepted;
use super::vm::hardware_part;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::section::{self, At};
use crate::view::vapp_template::{self, envelope};
use crate::view::vm::hardware;
use vcdsim_model::action::Action;
use vcdsim_model::family::vapp_template::{
    CAPTURE, CAPTURE_TO_VDC, CLONE, DELETE, DISABLE_DOWNLOAD, ENABLE_DOWNLOAD, READ, READ_OVF, READ_VM, UPDATE, UPDATE_CUSTOMIZATION,
    UPDATE_LEASES, UPLOAD_TO_VDC, VAppTemplate,
};
use vcdsim_model::family::vm::{CONSOLIDATE, RELOCATE, TemplateVm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::catalog_item::{CopyEntry, DeleteEntry, UpdateEntry};
use vcdsim_platform::graph::Graph;
use vcdsim_platform::media::Place;
use vcdsim_platform::transfer::{DisableTemplateDownload, EnableDownload, Sender};
use vcdsim_platform::vapp_template::{CaptureVApp, UploadTemplate};
use vcdsim_platform::vm::MaintainVm;
use vcdsim_wire::{Document, vcloud};

const SECTIONS: &[Action] =
    &[READ.at("/leaseSettingsSection"), READ.at("/customizationSection"), READ.at("/networkSection"), READ.at("/networkConfigSection")];
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
    routes.action(&CONSOLIDATE, consolidate);
    routes.action(&RELOCATE, relocate);
    routes.action(&UPLOAD_TO_VDC, upload_to_vdc);
    routes.action(&CAPTURE, capture);
    routes.action(&CAPTURE_TO_VDC, capture_to_vdc);
    routes.action(&CLONE, clone);
    routes.action(&UPDATE_LEASES, update_leases);
    routes.action(&UPDATE_CUSTOMIZATION, update_customization);
    routes.action(&ENABLE_DOWNLOAD, enable_download);
    routes.action(&DISABLE_DOWNLOAD, disable_download);
    routes.action(&READ_OVF, ovf);
    routes.action(&UPDATE, update);
    routes.action(&DELETE, delete);
}

/// `GET /api/vAppTemplate/vappTemplate-{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ).await?;
    Ok(cx.ok(&vapp_template::document(&cx.view(View::User)?, &graph)))
}

/// `GET /api/vAppTemplate/vappTemplate-{id}/ovf`
async fn ovf(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ_OVF).await?;
    Ok(Reply::file(200, media::OVF, Sender::made(envelope::bytes(&graph))))
}

/// `PUT /api/vAppTemplate/vappTemplate-{id}`: name, description and gold master; clients send the rest back as they read it.
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::VAppTemplate = cx.body(&[media::VAPP_TEMPLATE])?;
    let target = cx.urn(Kind::VAppTemplate)?;
    let update =
        UpdateEntry { name: Some(sent.name), description: sent.description, gold_master: sent.gold_master, ..UpdateEntry::of(target) };
    accepted(&cx, update).await
}

/// `PUT /api/vAppTemplate/vappTemplate-{id}/leaseSettingsSection`
async fn update_leases(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::LeaseSettingsSection = cx.body(&[media::LEASE_SETTINGS_SECTION])?;
    let storage_lease_seconds = sent.storage_lease_in_seconds;
    accepted(&cx, UpdateEntry { storage_lease_seconds, ..UpdateEntry::of(cx.urn(Kind::VAppTemplate)?) }).await
}

/// `PUT /api/vAppTemplate/vappTemplate-{id}/customizationSection`
async fn update_customization(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::CustomizationSection = cx.body(&[media::CUSTOMIZATION_SECTION])?;
    let customizable = Some(sent.customize_on_instantiate);
    accepted(&cx, UpdateEntry { customizable, gold_master: sent.gold_master, ..UpdateEntry::of(cx.urn(Kind::VAppTemplate)?) }).await
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
    let place = hardware::Place { at: At(&href), name: &head.name, profile: profile.as_ref(), independent: &[], edited: None };
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
    let place = hardware::Place { at: At(&href), name: &graph.entity.head.name, profile: profile.as_ref(), independent: &[], edited: None };
    hardware_part(&cx, place, &body.hardware, cx.param("part"))
}

/// `POST /api/vAppTemplate/vm-{id}/action/consolidate`
async fn consolidate(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, MaintainVm { target: cx.urn(Kind::TemplateVm)?, datastore: None }).await
}

/// `POST /api/vAppTemplate/vm-{id}/action/relocate`
async fn relocate(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, MaintainVm { target: cx.urn(Kind::TemplateVm)?, datastore: Some(datastore(&cx)?) }).await
}

/// The datastore to which a machine is to be moved.
pub(super) fn datastore(cx: &Cx) -> Result<Urn, Fault> {
    let sent: vcloud::RelocateParams = cx.body(&[media::RELOCATE_VM_PARAMS])?;
    reference("Datastore", &sent.datastore)
}

/// `POST /api/vdc/{id}/action/uploadVAppTemplate`
async fn upload_to_vdc(cx: Cx) -> Result<Reply, Fault> {
    let graph = upload(&cx, Place::Vdc(cx.id(Kind::Vdc)?)).await?;
    created(&cx, &graph)
}

/// 201 with the scaffold.
fn created(cx: &Cx, graph: &Graph) -> Result<Reply, Fault> {
    let document = vapp_template::document(&cx.view(View::User)?, graph);
    Ok(cx.document(201, &document, vcloud::VAppTemplate::ROOT).with("location", cx.base.href(graph.entity.urn(), View::User)))
}

/// `POST /api/catalog/{id}/action/captureVApp`: answers the task, where the older request below a VDC answers the template.
async fn capture(cx: Cx) -> Result<Reply, Fault> {
    let operation = captured(&cx, Place::Catalog(cx.id(Kind::Catalog)?))?;
    accepted(&cx, operation).await
}

/// `POST /api/vdc/{id}/action/captureVApp`
async fn capture_to_vdc(cx: Cx) -> Result<Reply, Fault> {
    let operation = captured(&cx, Place::Vdc(cx.id(Kind::Vdc)?))?;
    created(&cx, &cx.cloud.submit_new(operation, cx.caller()?).await?)
}

fn captured(cx: &Cx, place: Place) -> Result<CaptureVApp, Fault> {
    let sent: vcloud::CaptureVAppParams = cx.body(&[media::CAPTURE_VAPP_PARAMS])?;
    Ok(CaptureVApp {
        place,
        source: reference("Source", &sent.source)?,
        name: sent.name.unwrap_or_default(),
        description: sent.description,
        storage_profile: profile(sent.vdc_storage_profile.as_ref())?,
        storage_lease_seconds: sent.lease_settings_section.and_then(|leases| leases.storage_lease_in_seconds),
        customizable: sent.customization_section.is_some_and(|section| section.customize_on_instantiate),
        instead_of: sent.target_catalog_item.as_ref().map(|item| reference("TargetCatalogItem", item)).transpose()?,
    })
}

pub(super) fn profile(sent: Option<&vcloud::Reference>) -> Result<Option<Urn>, Fault> {
    sent.map(|profile| reference("VdcStorageProfile", profile)).transpose()
}

/// `POST /api/vdc/{id}/action/cloneVAppTemplate`
async fn clone(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::CloneVAppTemplateParams = cx.body(&[media::CLONE_VAPP_TEMPLATE_PARAMS])?;
    let source = reference("Source", &sent.source)?;
    let operation = CopyEntry {
        place: Place::Vdc(cx.id(Kind::Vdc)?),
        source: Urn::new(Kind::VAppTemplate, source.id),
        name: sent.name,
        description: sent.description,
        storage_profile: profile(sent.vdc_storage_profile.as_ref())?,
        deletes_source: sent.is_source_delete.unwrap_or(false),
    };
    created(&cx, &cx.cloud.submit_new(operation, cx.caller()?).await?)
}

/// Begins the upload of the template that the body describes.
pub(super) async fn upload(cx: &Cx, place: Place) -> Result<Graph, Fault> {
    let sent: vcloud::UploadVAppTemplateParams = cx.body(&[media::UPLOAD_VAPP_TEMPLATE_PARAMS])?;
    if sent.source_href.is_some() {
        return Err(Fault::not_implemented("sourceHref in UploadVAppTemplateParams"));
    }
    let storage_profile = profile(sent.vdc_storage_profile.as_ref())?;
    let operation = UploadTemplate {
        place,
        name: sent.name.unwrap_or_default(),
        description: sent.description,
        storage_profile,
        manifest_required: sent.manifest_required == Some(true),
    };
    cx.cloud.submit_new(operation, cx.caller()?).await
}
