//! vCenter servers and imports from them.

use crate::cx::{Cx, text};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::{vapp, vapp_template, vim_server};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::family::vim_server::{IMPORT_VM_AS_VAPP, IMPORT_VM_AS_VAPP_TEMPLATE, IMPORT_VM_INTO_VAPP};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::{Depth, Graph};
use vcdsim_platform::provider_vdc::of_server;
use vcdsim_platform::vim_server::{Import, ImportVmAsVApp, ImportVmAsVAppTemplate, ImportVmIntoVApp};
use vcdsim_wire::vcloud::Reference;
use vcdsim_wire::{Document, vmext};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/admin/extension/vimServer/{id}", get);
    routes.get("/api/admin/extension/vimServer/{id}/vmsList", vms);
    routes.get("/api/admin/extension/vimServer/{id}/resourcePoolList", resource_pools);
    routes.get("/api/admin/extension/vimServer/{id}/hostReferences", hosts);
    routes.action(&IMPORT_VM_AS_VAPP, import_vapp);
    routes.action(&IMPORT_VM_INTO_VAPP, import_into);
    routes.action(&IMPORT_VM_AS_VAPP_TEMPLATE, import_template);
}

/// `GET .../vimServer/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = server(&cx).await?;
    Ok(cx.ok(&vim_server::document(&cx.view(View::Extension)?, &graph)?))
}

/// `GET .../vimServer/{id}/vmsList`
async fn vms(cx: Cx) -> Result<Reply, Fault> {
    let graph = server(&cx).await?;
    Ok(cx.ok(&vim_server::vms(&cx.view(View::Extension)?, &graph)?))
}

/// `GET .../vimServer/{id}/resourcePoolList`
async fn resource_pools(cx: Cx) -> Result<Reply, Fault> {
    let graph = server(&cx).await?;
    let datastores = of_server(&cx.cloud.read(), cx.caller()?, Kind::Datastore, graph.entity.head.id).await?;
    Ok(cx.ok(&vim_server::resource_pools(&cx.view(View::Extension)?, &graph, &datastores)?))
}

/// `GET .../vimServer/{id}/hostReferences`
async fn hosts(cx: Cx) -> Result<Reply, Fault> {
    let graph = server(&cx).await?;
    let hosts = of_server(&cx.cloud.read(), cx.caller()?, Kind::Host, graph.entity.head.id).await?;
    Ok(cx.ok(&vim_server::hosts(&cx.view(View::Extension)?, &graph, &hosts)))
}

async fn server(cx: &Cx) -> Result<Graph, Fault> {
    Graph::visible(&cx.cloud.read(), cx.caller()?, cx.urn(Kind::VimServer)?, Depth::Whole).await
}

/// `POST .../vimServer/{id}/importVmAsVApp`
async fn import_vapp(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::ImportVmAsVAppParams = cx.body(&[media::IMPORT_VM_AS_VAPP_PARAMS])?;
    // Both are true unless the request says otherwise, as for every new vApp.
    let deploy = sent.deploy.unwrap_or(true);
    let power_on = deploy && sent.power_on.unwrap_or(true);
    let import = Import {
        vim_server: cx.id(Kind::VimServer)?,
        moref: sent.vm_mo_ref.trim().to_owned(),
        name: text(sent.name.as_ref()),
        description: sent.description,
        vm_name: text(sent.vm_name.as_ref()),
        computer_name: text(sent.computer_name.as_ref()),
        vdc: named("Vdc", Kind::Vdc, &sent.vdc)?,
        storage_profile: sent.vdc_storage_profile.map(|sent| named("VdcStorageProfile", Kind::VdcStorageProfile, &sent)).transpose()?,
        source_move: sent.source_move.unwrap_or(false),
    };
    let graph = cx.cloud.submit_new(ImportVmAsVApp { import, deploy, power_on }, cx.caller()?).await?;
    Ok(created(&cx, &vapp::document(&cx.view(View::User)?, &graph), &graph))
}

/// `POST .../vimServer/{id}/importVmIntoExistingVApp`
async fn import_into(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::ImportVmIntoExistingVAppParams = cx.body(&[media::IMPORT_VM_INTO_EXISTING_VAPP_PARAMS])?;
    let import = Import {
        vim_server: cx.id(Kind::VimServer)?,
        moref: sent.vm_mo_ref.trim().to_owned(),
        name: None,
        description: sent.vm_description,
        vm_name: text(Some(&sent.vm_name)),
        computer_name: text(sent.computer_name.as_ref()),
        vdc: Uuid::nil(),
        storage_profile: sent.vdc_storage_profile.map(|sent| named("VdcStorageProfile", Kind::VdcStorageProfile, &sent)).transpose()?,
        source_move: sent.source_move.unwrap_or(false),
    };
    let operation = ImportVmIntoVApp { import, vapp: named("VApp", Kind::VApp, &sent.vapp)? };
    let graph = cx.cloud.submit_new(operation, cx.caller()?).await?;
    Ok(created(&cx, &vapp::document(&cx.view(View::User)?, &graph), &graph))
}

/// `POST .../vimServer/{id}/importVmAsVAppTemplate`
async fn import_template(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::settings::admit(cx.caller()?)?;
    let sent: vmext::ImportVmAsVAppTemplateParams = cx.body(&[media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS])?;
    let import = Import {
        vim_server: cx.id(Kind::VimServer)?,
        moref: sent.vm_mo_ref.trim().to_owned(),
        name: text(sent.name.as_ref()),
        description: sent.description,
        vm_name: text(sent.vm_name.as_ref()),
        computer_name: text(sent.computer_name.as_ref()),
        vdc: named("Vdc", Kind::Vdc, &sent.vdc)?,
        storage_profile: sent.vdc_storage_profile.map(|sent| named("VdcStorageProfile", Kind::VdcStorageProfile, &sent)).transpose()?,
        source_move: sent.source_move.unwrap_or(false),
    };
    let catalog = sent.catalog.map(|reference| named("Catalog", Kind::Catalog, &reference)).transpose()?;
    let operation = ImportVmAsVAppTemplate { import, catalog, gold_master: sent.gold_master.unwrap_or(false) };
    let graph = cx.cloud.submit_new(operation, cx.caller()?).await?;
    Ok(created(&cx, &vapp_template::document(&cx.view(View::User)?, &graph), &graph))
}

/// 201 with what is being made, and where it is.
fn created<T: Document>(cx: &Cx, document: &T, graph: &Graph) -> Reply {
    cx.document(201, document, T::ROOT).with("location", cx.base.href(graph.entity.urn(), View::User))
}

/// The object of `kind` that a reference names.
fn named(what: &str, kind: Kind, reference: &Reference) -> Result<Uuid, Fault> {
    let urn = Urn::from_href(&reference.href).filter(|urn| urn.kind == kind);
    urn.map(|urn| urn.id).ok_or_else(|| Fault::invalid_reference(what, &reference.href.chars().take(200).collect::<String>()))
}
