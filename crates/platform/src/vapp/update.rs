//! Changing vApps: names, descriptions, leases, products, the order of their machines. Invariant: what a request leaves out stays as it is.

use super::lock_whole;
use crate::access::admit_in;
use crate::lease::{self, check_leases};
use crate::name::check_new_name;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Body, Entity, Res};
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vapp::{UPDATE, VApp};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::fault::excerpt;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::product::ProductSection;
use vcdsim_store::Tx;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// What is to be different about a vApp; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateVApp {
    /// Which vApp.
    pub id: Uuid,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// How long it may run from then on, in seconds; 0 is for ever.
    #[serde(default)]
    pub deployment_lease_seconds: Option<i32>,
    /// How long it is kept undeployed from then on, in seconds; 0 is for ever.
    #[serde(default)]
    pub storage_lease_seconds: Option<i32>,
    /// When its machines start and stop, by their names; those that are not named do so with all others.
    #[serde(default)]
    pub startup: Option<Vec<(String, Startup)>>,
    /// What its products say.
    #[serde(default)]
    pub products: Option<Vec<ProductSection>>,
}

impl UpdateVApp {
    /// No change yet.
    #[must_use]
    pub const fn of(id: Uuid) -> Self {
        let (name, description, deployment_lease_seconds, storage_lease_seconds) = (None, None, None, None);
        Self { id, name, description, deployment_lease_seconds, storage_lease_seconds, startup: None, products: None }
    }

    pub(super) fn leases(&self) -> impl Iterator<Item = i32> {
        [self.deployment_lease_seconds, self.storage_lease_seconds].into_iter().flatten()
    }

    fn apply(&self, vapp: &mut Entity, now: Time) {
        vapp.head.name = self.name.clone().unwrap_or_else(|| std::mem::take(&mut vapp.head.name));
        vapp.head.description = self.description.clone().or(vapp.head.description.take());
        if let Body::VApp(body) = &mut vapp.body {
            body.deployment_lease_seconds = self.deployment_lease_seconds.unwrap_or(body.deployment_lease_seconds);
            body.storage_lease_seconds = self.storage_lease_seconds.unwrap_or(body.storage_lease_seconds);
            body.products = self.products.clone().unwrap_or_else(|| std::mem::take(&mut body.products));
        }
        if self.leases().next().is_some() {
            vapp.begin_lease(now);
        }
    }

    /// Makes the change.
    pub(super) async fn apply_to(&self, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let now = cx.tx.now();
        let vapp = cx.tx.update(Urn::new(Kind::VApp, self.id), |vapp| self.apply(vapp, now)).await?;
        self.apply_startup(cx.tx).await?;
        match self.leases().next() {
            Some(_) => lease::changed(cx, &vapp).await,
            None => Ok(()),
        }
    }

    async fn apply_startup(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Some(startup) = &self.startup else { return Ok(()) };
        for machine in tx.read().children::<Vm>(self.id).await? {
            let said = startup.iter().find(|(name, _)| *name == machine.head().name);
            let ours = said.map(|(_, startup)| *startup).unwrap_or_default();
            if ours != machine.body().startup {
                tx.update_body::<Vm>(machine.head().id, |_, body| body.startup = ours).await?;
            }
        }
        Ok(())
    }

    /// Refuses an order of machines that the vApp does not have, or that are named twice.
    async fn check_startup(&self, tx: &Tx<'_>) -> Result<(), Fault> {
        let machines = tx.read().children::<Vm>(self.id).await?;
        let known = |name: &str| machines.iter().any(|machine| machine.head().name == name);
        let named: Vec<_> = self.startup.iter().flatten().map(|(name, _)| name.as_str()).collect();
        if let Some(stray) = named.iter().find(|name| !known(name)) {
            let message = format!("The id \"{}\" of an Item is the name of no virtual machine of the vApp.", excerpt(stray));
            return Err(Fault::bad_request(message));
        }
        match named.iter().enumerate().find(|(at, name)| named[..*at].contains(name)) {
            Some((_, twice)) => Err(Fault::bad_request(format!("The virtual machine \"{twice}\" has two Items."))),
            None => Ok(()),
        }
    }

    /// Refuses the name of another vApp.
    pub(super) async fn check_name(&self, cx: &Prepare<'_, '_>, vapp: &Res<VApp>) -> Result<(), Fault> {
        match &self.name {
            Some(name) => check_new_name(&cx.tx.read(), vapp.head(), name).await,
            None => Ok(()),
        }
    }
}

impl Operation for UpdateVApp {
    const NAMES: &'static [Name] = &[Name::VdcUpdateVapp];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vapp = admit_in::<VApp>(cx, &UPDATE, self.id).await?;
        self.check_name(cx, &vapp).await?;
        check_leases(self.leases())?;
        self.check_startup(cx.tx).await?;
        lock_whole(cx, self.id).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        self.apply_to(cx).await
    }
}
