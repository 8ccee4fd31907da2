//! Affinity rules of virtual machines.

use super::vapp::accepted;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::affinity;
use vcdsim_model::family::affinity::{AffinityRule, CREATE, DELETE, LIST, Polarity, READ, UPDATE};
use vcdsim_model::fault::excerpt;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::affinity::{CreateRule, DeleteRule, UpdateRule, list};
use vcdsim_wire::vcloud::VmAffinityRule;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&LIST, all);
    routes.action(&CREATE, create);
    routes.action(&READ, get);
    routes.action(&UPDATE, update);
    routes.action(&DELETE, delete);
}

/// `GET /api/vdc/{id}/vmAffinityRules`
async fn all(cx: Cx) -> Result<Reply, Fault> {
    let vdc = cx.graph(&LIST).await?;
    let rules = list(&cx.cloud.read(), cx.caller()?, vdc.entity.head.id).await?;
    Ok(cx.ok(&affinity::list(&cx.view(View::User)?, &vdc, &rules)))
}

/// `POST /api/vdc/{id}/vmAffinityRules`: clients find the rule by the owner of the task.
async fn create(cx: Cx) -> Result<Reply, Fault> {
    let (name, rule) = sent(&cx)?;
    accepted(&cx, CreateRule { vdc: cx.id(Kind::Vdc)?, name, rule }).await
}

/// `GET /api/vmAffinityRule/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ).await?;
    Ok(cx.ok(&affinity::document(&cx.view(View::User)?, &graph)))
}

/// `PUT /api/vmAffinityRule/{id}`
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let (name, rule) = sent(&cx)?;
    accepted(&cx, UpdateRule { id: cx.id(Kind::AffinityRule)?, name, rule }).await
}

/// `DELETE /api/vmAffinityRule/{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteRule { id: cx.id(Kind::AffinityRule)? }).await
}

/// What a body says: a rule is in force and mandatory unless it says otherwise.
fn sent(cx: &Cx) -> Result<(String, AffinityRule), Fault> {
    let sent: VmAffinityRule = cx.body(&[media::VM_AFFINITY_RULE])?;
    let said = sent.polarity.unwrap_or_default();
    let unknown = || Fault::bad_request(format!("Polarity must be Affinity or Anti-Affinity, not \"{}\".", excerpt(&said)));
    let machines = sent.vm_references.iter().flat_map(|list| &list.vm_reference).map(|machine| Ok(reference("VmReference", machine)?.id));
    let rule = AffinityRule {
        polarity: Polarity::from_name(said.trim()).ok_or_else(unknown)?,
        enabled: sent.is_enabled.unwrap_or(true),
        mandatory: sent.is_mandatory.unwrap_or(true),
        machines: machines.collect::<Result<_, Fault>>()?,
    };
    Ok((sent.name.unwrap_or_default(), rule))
}
