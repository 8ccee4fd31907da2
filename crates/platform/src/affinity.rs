//! Affinity rules: making, changing and deleting them. Invariant: the machines of a rule lie in its VDC when it is made or changed; one that goes
//! elsewhere leaves its rules.

use crate::access::{self, admit_in};
use crate::graph::{Depth, Graph};
use crate::vapp::check_name;
use crate::vm::parent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Draft, Res, Status};
use vcdsim_model::family::affinity::{AffinityRule, CREATE, DELETE, LIST, UPDATE};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_store::{EntityFilter, Reader, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// The rules of a VDC that are there.
///
/// # Errors
/// 403 for a VDC that the caller may not see.
pub async fn list(reader: &Reader<'_>, caller: &Caller, vdc: Uuid) -> Result<Vec<Graph>, Fault> {
    access::admit::<Vdc>(reader, caller, &LIST, vdc).await?;
    let mut rules = Vec::new();
    for rule in access::list(reader, caller, EntityFilter::kind(Kind::AffinityRule).in_parent(vdc)).await? {
        if rule.head.status.is_made() {
            rules.push(Graph::load(reader, caller, rule, Depth::Head).await?);
        }
    }
    Ok(rules)
}

/// `affinityRuleCreate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRule {
    /// The VDC.
    pub vdc: Uuid,
    /// The rule's name; others may have the same.
    pub name: String,
    /// The rule.
    pub rule: AffinityRule,
}

impl Operation for CreateRule {
    const NAMES: &'static [Name] = &[Name::AffinityRuleCreate];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vdc = admit_in::<Vdc>(cx, &CREATE, self.vdc).await?;
        check(cx, &self.name, &self.rule, self.vdc).await?;
        let draft = Draft {
            id: cx.tx.id(),
            name: self.name.clone(),
            description: None,
            org: vdc.head().org,
            parent: Some(self.vdc),
            owner: None,
            status: Status::Unresolved,
            body: self.rule.clone(),
        };
        Ok(Subject::of(cx.create(draft).await?.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        cx.tx.update_body::<AffinityRule>(cx.task.owner.id, |head, _| head.status = Status::Resolved).await.map(drop)
    }
}

/// `affinityRuleUpdate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateRule {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is to be.
    pub rule: AffinityRule,
}

impl Operation for UpdateRule {
    const NAMES: &'static [Name] = &[Name::AffinityRuleUpdate];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let found = admit_in::<AffinityRule>(cx, &UPDATE, self.id).await?;
        check(cx, &self.name, &self.rule, found.head().parent.ok_or_else(Fault::internal)?).await?;
        cx.lock(found.urn()).await?;
        Ok(Subject::of(found.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let home = cx.tx.read().get::<AffinityRule>(self.id).await?.head().parent;
        let mut rule = self.rule.clone();
        let mut here = Vec::new();
        for id in rule.machines {
            // It may have gone meanwhile: a rule does not hold its machines.
            if let Some(machine) = cx.tx.read().find::<Vm>(id).await?
                && parent(cx.tx, &machine).await?.head().parent == home
            {
                here.push(id);
            }
        }
        rule.machines = here;
        cx.tx
            .update_body::<AffinityRule>(self.id, |head, body| {
                head.name.clone_from(&self.name);
                *body = rule;
            })
            .await
            .map(drop)
    }
}

/// `affinityRuleDelete`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteRule {
    /// Which.
    pub id: Uuid,
}

impl Operation for DeleteRule {
    const NAMES: &'static [Name] = &[Name::AffinityRuleDelete];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let found = admit_in::<AffinityRule>(cx, &DELETE, self.id).await?;
        cx.lock(found.urn()).await?;
        Ok(Subject::of(found.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        cx.tx.delete(Urn::new(Kind::AffinityRule, self.id)).await
    }
}

/// Refuses a rule that cannot be one of this VDC. A machine that is not there or lies elsewhere is refused as one that the caller may not
/// see, as go-vcloud-director knows it of real servers.
async fn check(cx: &Prepare<'_, '_>, name: &str, rule: &AffinityRule, vdc: Uuid) -> Result<(), Fault> {
    check_name(name)?;
    rule.check()?;
    let reader = cx.tx.read();
    for urn in rule.machines.iter().map(|id| Urn::new(Kind::Vm, *id)) {
        let machine = match cx.caller {
            Some(caller) => access::visible(&reader, caller, urn).await?.0,
            None => reader.entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?,
        };
        let machine = Res::<Vm>::new(machine).filter(|machine| machine.head().status.is_made()).ok_or_else(|| Fault::no_access(urn))?;
        if parent(cx.tx, &machine).await?.head().parent != Some(vdc) {
            return Err(Fault::no_access(urn));
        }
    }
    Ok(())
}

/// Takes a machine that leaves its VDC, or goes for good, out of its rules. A rule stays with the machines that it has left, be they too few for a
/// new one.
pub(crate) async fn forget(tx: &mut Tx<'_>, machine: &Res<Vm>) -> Result<(), Fault> {
    let id = machine.head().id;
    let rules = EntityFilter::kind(Kind::AffinityRule).in_org(machine.head().org);
    for rule in tx.read().list(rules).await? {
        if rule.body::<AffinityRule>().is_some_and(|rule| rule.machines.contains(&id)) {
            tx.update_body::<AffinityRule>(rule.head.id, |_, rule| rule.machines.retain(|other| *other != id)).await?;
        }
    }
    Ok(())
}
