//! Organizations: the list, the tenant's view, the administrator's view and its settings.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::{ViewCx, org};
use vcdsim_model::action::Action;
use vcdsim_model::family::org as model;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::graph::Graph;
use vcdsim_platform::org::{UpdateLeases, UpdateTemplateLeases};
use vcdsim_wire::roots::vcloud::{
    GENERAL_ORG_SETTINGS, ORG_EMAIL_SETTINGS, ORG_LDAP_SETTINGS, ORG_PASSWORD_POLICY_SETTINGS, ORG_VAPP_TEMPLATE_LEASE_SETTINGS,
    VAPP_LEASE_SETTINGS,
};
use vcdsim_wire::{Document, Root, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/org", list);
    routes.action(&model::READ, get);
    routes.action(&model::READ_ADMIN, admin);
    routes.action(&model::READ_SETTINGS, |cx| part(cx, &model::READ_SETTINGS, org::settings, None));
    routes.action(&model::READ_GENERAL, |cx| part(cx, &model::READ_GENERAL, org::general, Some(&GENERAL_ORG_SETTINGS)));
    routes.action(&model::READ_LEASE, |cx| part(cx, &model::READ_LEASE, org::lease, Some(&VAPP_LEASE_SETTINGS)));
    routes.action(&model::READ_TEMPLATE_LEASE, |cx| {
        part(cx, &model::READ_TEMPLATE_LEASE, org::template_lease, Some(&ORG_VAPP_TEMPLATE_LEASE_SETTINGS))
    });
    routes.action(&model::UPDATE_LEASE, update_leases);
    routes.action(&model::UPDATE_TEMPLATE_LEASE, update_template_leases);
    routes.action(&model::READ_LDAP, |cx| part(cx, &model::READ_LDAP, org::ldap, Some(&ORG_LDAP_SETTINGS)));
    routes.action(&model::READ_EMAIL, |cx| part(cx, &model::READ_EMAIL, org::email, Some(&ORG_EMAIL_SETTINGS)));
    routes.action(&model::READ_PASSWORD_POLICY, |cx| {
        part(cx, &model::READ_PASSWORD_POLICY, org::password_policy, Some(&ORG_PASSWORD_POLICY_SETTINGS))
    });
}

/// `GET /api/org`
async fn list(cx: Cx) -> Result<Reply, Fault> {
    let orgs = vcdsim_platform::org::list(&cx.cloud.read(), cx.caller()?).await?;
    Ok(cx.ok(&org::list(&cx.view(View::User)?, &orgs)))
}

/// `GET /api/org/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&org::document(&cx.view(View::User)?, &graph)))
}

/// `GET /api/admin/org/{id}`
async fn admin(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ_ADMIN).await?;
    Ok(cx.ok(&org::admin(&cx.view(View::Admin)?, &graph)))
}

/// `GET /api/admin/org/{id}/settings` and its parts
async fn part<T, F>(cx: Cx, action: &'static Action, view: F, root: Option<&'static Root>) -> Result<Reply, Fault>
where
    T: Document,
    F: FnOnce(&ViewCx<'_>, &Graph) -> T,
{
    let graph = cx.graph(action).await?;
    let document = view(&cx.view(View::Admin)?, &graph);
    Ok(cx.document(200, &document, root.unwrap_or(T::ROOT)))
}

/// `PUT /api/admin/org/{id}/settings/vAppLeaseSettings`
async fn update_leases(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::OrgLeaseSettings = cx.body(&[media::ORG_LEASE_SETTINGS])?;
    let change = UpdateLeases {
        deployment_seconds: sent.deployment_lease_seconds,
        storage_seconds: sent.storage_lease_seconds,
        deletes: sent.delete_on_storage_lease_expiration,
        powers_off: sent.power_off_on_runtime_lease_expiration,
    };
    cx.cloud.change(cx.id(Kind::Org)?, change, cx.caller()?).await?;
    part(cx, &model::READ_LEASE, org::lease, Some(&VAPP_LEASE_SETTINGS)).await
}

/// `PUT /api/admin/org/{id}/settings/vAppTemplateLeaseSettings`
async fn update_template_leases(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::OrgVAppTemplateLeaseSettings = cx.body(&[media::ORG_TEMPLATE_LEASE_SETTINGS])?;
    let change = UpdateTemplateLeases { storage_seconds: sent.storage_lease_seconds, deletes: sent.delete_on_storage_lease_expiration };
    cx.cloud.change(cx.id(Kind::Org)?, change, cx.caller()?).await?;
    part(cx, &model::READ_TEMPLATE_LEASE, org::template_lease, Some(&ORG_VAPP_TEMPLATE_LEASE_SETTINGS)).await
}
