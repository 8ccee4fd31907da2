//! What the products of vApps, templates and their machines say.

use super::vapp::accepted;
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::product;
use vcdsim_model::action::{Action, Need};
use vcdsim_model::family::vapp;
use vcdsim_model::family::vapp_template::{READ, UPDATE_PRODUCTS, UPDATE_VM_PRODUCTS};
use vcdsim_model::family::vm::Edit;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::product::{ProductSection, read};
use vcdsim_model::{Fault, media};
use vcdsim_platform::catalog_item::UpdateEntry;
use vcdsim_platform::product::UpdateTemplateVm;
use vcdsim_platform::vapp::UpdateVApp;
use vcdsim_wire::vcloud;

/// Whose are read, and the action that changes them.
static LISTS: &[(Action, Option<&Action>)] = &[
    (read(Kind::VAppTemplate, READ.need), Some(&UPDATE_PRODUCTS)),
    (read(Kind::TemplateVm, READ.need), Some(&UPDATE_VM_PRODUCTS)),
    (read(Kind::VApp, Need::Session), Some(&vapp::UPDATE_PRODUCTS)),
    (read(Kind::Vm, Need::Session), Some(Edit::Products.action())),
];

pub(super) fn routes(routes: &mut Routes) {
    for (read, edit) in LISTS {
        routes.action(read, move |cx| list(cx, read, *edit));
    }
    routes.action(&UPDATE_PRODUCTS, update);
    routes.action(&UPDATE_VM_PRODUCTS, update_vm);
    routes.action(&vapp::UPDATE_PRODUCTS, update_vapp);
}

/// `GET .../productSections`
async fn list(cx: Cx, read: &'static Action, edit: Option<&'static Action>) -> Result<Reply, Fault> {
    let graph = cx.graph(read).await?;
    Ok(cx.ok(&product::list(&cx.view(View::User)?, &graph, edit)))
}

/// `PUT /api/vAppTemplate/vappTemplate-{id}/productSections`
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let products = Some(sent(&cx)?);
    let target = cx.urn(Kind::VAppTemplate)?;
    accepted(&cx, UpdateEntry { products, ..UpdateEntry::of(target) }).await
}

/// `PUT /api/vAppTemplate/vm-{id}/productSections`
async fn update_vm(cx: Cx) -> Result<Reply, Fault> {
    let products = sent(&cx)?;
    accepted(&cx, UpdateTemplateVm { id: cx.id(Kind::TemplateVm)?, products }).await
}

/// `PUT /api/vApp/vapp-{id}/productSections`; those of its machines are among what is edited of a machine.
async fn update_vapp(cx: Cx) -> Result<Reply, Fault> {
    let products = Some(sent(&cx)?);
    accepted(&cx, UpdateVApp { products, ..UpdateVApp::of(cx.id(Kind::VApp)?) }).await
}

pub(super) fn sent(cx: &Cx) -> Result<Vec<ProductSection>, Fault> {
    let sent: vcloud::ProductSectionList = cx.body(&[media::PRODUCT_SECTIONS])?;
    Ok(product::said(sent.product_section))
}
