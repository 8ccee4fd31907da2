//! vApps: making them from templates and machines, renaming and deleting them. Invariant: a vApp's status and `deployed` follow from its
//! machines whenever one of them changes.

mod address;
mod build;

pub use build::own_scope;
pub(crate) use build::{check_name, computer_name, mac, moref};

use crate::access::{self, admit_in};
use crate::lease::{self, at_disposal, check_leases};
use crate::{quota, vm};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Body, Draft, Entity, Head, Res, Status};
use vcdsim_model::family::vapp::{self, COMPOSE, INSTANTIATE, IpScope, UPDATE, VApp, roll_up};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::{PowerChange, is_deployed};
use vcdsim_model::product::ProductSection;
use vcdsim_store::{EntityFilter, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// A request for a new vApp: instantiated from a template, or composed of machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateVApp {
    /// The VDC it is to lie in.
    pub vdc: Uuid,
    /// What it is a copy of: a template, a vApp, or a machine; `None` when it is composed.
    pub source: Option<Urn>,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Whether to deploy it when it is there.
    pub deploy: bool,
    /// Whether to power it on then.
    pub power_on: bool,
    /// Its networks; `None` leaves them to the source.
    pub networks: Option<Vec<NetworkRequest>>,
    /// How long it may run, in seconds; `None` as the organization says.
    pub deployment_lease_seconds: Option<i32>,
    /// How long it is kept, in seconds; `None` as the organization says.
    pub storage_lease_seconds: Option<i32>,
    /// Whether the licences of what is copied were accepted.
    #[serde(default)]
    pub eulas_accepted: bool,
    /// Values that properties of the source's products are to have.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// Composed: the machines. Instantiated: what is to be different about machines of the source.
    pub items: Vec<ItemRequest>,
}

/// A network that a new vApp is to have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkRequest {
    /// Its name in the vApp.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The organization VDC network above it.
    pub parent: Option<Urn>,
    /// `bridged`, `isolated` or `natRouted`.
    pub fence_mode: String,
    /// Its own addresses, where it does not take those of the network above.
    pub scope: Option<IpScope>,
}

/// A machine to be copied, with what is to be different about the copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRequest {
    /// The machine, or a template or vApp for all its machines.
    pub source: Urn,
    /// The copy's name.
    pub name: Option<String>,
    /// The copy's description.
    pub description: Option<String>,
    /// Its network cards; `None` leaves them as they are.
    pub nics: Option<Vec<NicRequest>>,
    /// Networks of the source with the vApp's networks that take their place.
    pub network_assignment: Vec<(String, String)>,
    /// The guest's name.
    pub computer_name: Option<String>,
    /// Whether the guest is prepared.
    pub customize: Option<bool>,
    /// Where its disks are to lie.
    pub storage_profile: Option<Urn>,
    /// Virtual CPUs.
    pub cpus: Option<i32>,
    /// Cores per socket.
    pub cores_per_socket: Option<i32>,
    /// Memory in MB.
    pub memory_mb: Option<i64>,
    /// Values that properties of its products are to have.
    #[serde(default)]
    pub products: Vec<ProductSection>,
}

/// A network card of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NicRequest {
    /// Its number.
    pub index: i32,
    /// The vApp's network it is on, or `none`.
    pub network: String,
    /// `POOL`, `DHCP`, `MANUAL` or `NONE`.
    pub mode: String,
    /// Its address, for `MANUAL`.
    pub ip: Option<String>,
    /// Its hardware address; `None` draws one.
    pub mac: Option<String>,
    /// Whether it is connected.
    pub connected: bool,
    /// As in `VMXNET3`.
    pub adapter: Option<String>,
}

impl ItemRequest {
    /// A machine to be copied as it is.
    #[must_use]
    pub const fn of(source: Urn) -> Self {
        Self {
            source,
            name: None,
            description: None,
            nics: None,
            network_assignment: Vec::new(),
            computer_name: None,
            customize: None,
            storage_profile: None,
            cpus: None,
            cores_per_socket: None,
            memory_mb: None,
            products: Vec::new(),
        }
    }
}

impl Operation for CreateVApp {
    const NAMES: &'static [Name] = &[Name::VdcInstantiateVapp, Name::VdcComposeVapp];
    const PHASES: &'static [Phase] = &[Phase { name: "copy", progress: 80 }, Phase { name: "connect", progress: 100 }];

    fn name(&self) -> Name {
        if self.source.is_some() { Name::VdcInstantiateVapp } else { Name::VdcComposeVapp }
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let action = if self.source.is_some() { &INSTANTIATE } else { &COMPOSE };
        let vdc = admit_in(cx, action, self.vdc).await?;
        let plan = build::plan(self, cx, &vdc).await?;
        let by = cx.by;
        let vapp = cx
            .create(Draft {
                id: cx.tx.id(),
                name: self.name.clone(),
                description: self.description.clone(),
                org: vdc.head().org,
                parent: Some(self.vdc),
                owner: Some(by.user),
                status: Status::Unresolved,
                body: plan.vapp,
            })
            .await?;
        let named = plan.machines.iter().flat_map(|machine| &machine.body.hardware.nics).any(|nic| nic.ip.is_some());
        let profiles: Vec<_> = plan.machines.iter().filter_map(|machine| machine.body.storage_profile).collect();
        for machine in plan.machines {
            let id = cx.tx.id();
            vm::copy_contents(cx.tx, machine.source, id, &machine.body.hardware);
            let draft = Draft {
                id,
                name: machine.name,
                description: machine.description,
                org: vdc.head().org,
                parent: Some(vapp.head().id),
                owner: Some(by.user),
                status: Status::Unresolved,
                body: machine.body,
            };
            cx.create(draft).await?;
        }
        if named {
            address::check(cx.tx, vapp.head().id).await?;
        }
        quota::machines_fit(&cx.tx.read(), self.vdc, profiles).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let id = cx.task.owner.id;
        if phase == 0 {
            return Ok(());
        }
        address::assign(cx.tx, id).await?;
        let machines = cx.tx.read().children::<Vm>(id).await?;
        for machine in &machines {
            cx.tx.update_body::<Vm>(machine.head().id, |head, _| head.status = Status::PoweredOff).await?;
        }
        refresh(cx.tx, id).await?;
        for source in self.source.into_iter().chain(self.items.iter().map(|item| item.source)) {
            lease::renew(cx.tx, source).await?;
        }
        if self.deploy && !machines.is_empty() {
            cx.then(&vm::Power::new(cx.task.owner, PowerChange::Deploy { power_on: self.power_on }))?;
        }
        Ok(())
    }
}

/// Makes a vApp stand as its machines do. When it is there, and whenever it is deployed or undeployed, another lease begins. A vApp that
/// could not be made stays so until it is deleted, even if its machines go before it.
pub(crate) async fn refresh(tx: &mut Tx<'_>, id: Uuid) -> Result<(), Fault> {
    let machines = tx.read().children::<Vm>(id).await?;
    let status = roll_up(machines.iter().map(|machine| machine.head().status), Status::Resolved);
    let deployed = machines.iter().any(|machine| machine.body().deployed);
    let now = tx.now();
    let change = |vapp: &mut Entity| {
        let begins = vapp.head.status == Status::Unresolved || is_deployed(vapp) != deployed;
        if vapp.head.status != Status::FailedCreation {
            vapp.head.status = status;
        }
        if let Body::VApp(body) = &mut vapp.body {
            body.deployed = deployed;
        }
        if begins {
            vapp.begin_lease(now);
        }
    };
    tx.update(Urn::new(Kind::VApp, id), change).await.map(drop)
}

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
}

impl UpdateVApp {
    /// No change yet.
    #[must_use]
    pub const fn of(id: Uuid) -> Self {
        Self { id, name: None, description: None, deployment_lease_seconds: None, storage_lease_seconds: None }
    }

    fn leases(&self) -> impl Iterator<Item = i32> {
        [self.deployment_lease_seconds, self.storage_lease_seconds].into_iter().flatten()
    }

    fn apply(&self, vapp: &mut Entity, now: Time) {
        vapp.head.name = self.name.clone().unwrap_or_else(|| std::mem::take(&mut vapp.head.name));
        vapp.head.description = self.description.clone().or(vapp.head.description.take());
        if let Body::VApp(body) = &mut vapp.body {
            body.deployment_lease_seconds = self.deployment_lease_seconds.unwrap_or(body.deployment_lease_seconds);
            body.storage_lease_seconds = self.storage_lease_seconds.unwrap_or(body.storage_lease_seconds);
        }
        if self.leases().next().is_some() {
            vapp.begin_lease(now);
        }
    }

    /// Refuses the name of another vApp.
    async fn check_name(&self, cx: &Prepare<'_, '_>, vapp: &Res<VApp>) -> Result<(), Fault> {
        let Some(name) = &self.name else { return Ok(()) };
        build::check_name(name)?;
        let twins = EntityFilter { parent: vapp.head().parent, ..EntityFilter::kind(Kind::VApp) };
        let taken = |head: &Head| head.id != self.id && head.name.to_lowercase() == name.to_lowercase();
        if cx.tx.read().list(twins).await?.iter().any(|other| taken(&other.head)) {
            return Err(Fault::duplicate_name(name));
        }
        Ok(())
    }
}

impl Operation for UpdateVApp {
    const NAMES: &'static [Name] = &[Name::VdcUpdateVapp];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vapp = admit_in::<VApp>(cx, &UPDATE, self.id).await?;
        self.check_name(cx, &vapp).await?;
        check_leases(self.leases())?;
        lock_whole(cx, self.id).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let now = cx.tx.now();
        let vapp = cx.tx.update(Urn::new(Kind::VApp, self.id), |vapp| self.apply(vapp, now)).await?;
        match self.leases().next() {
            Some(_) => lease::changed(cx, &vapp).await,
            None => Ok(()),
        }
    }
}

/// The end of a vApp, or of one of its machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// A vApp or a machine.
    pub target: Urn,
    /// Whether it may be deployed.
    pub force: bool,
}

impl Operation for Delete {
    const NAMES: &'static [Name] = &[Name::VdcDeleteVapp];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let id = self.target.id;
        if self.target.kind == Kind::Vm {
            let action = if self.force { &vm::FORCE_DELETE } else { &vm::DELETE };
            let machine = admit_in::<Vm>(cx, action, id).await?;
            at_disposal(&vm::parent(cx.tx, &machine).await?)?;
            cx.lock(self.target).await?;
            return Ok(Subject::of(machine.head()));
        }
        let action = if self.force { &vapp::FORCE_DELETE } else { &vapp::DELETE };
        let vapp = admit_in::<VApp>(cx, action, id).await?;
        lock_whole(cx, id).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        if self.target.kind == Kind::Vm {
            let machine = cx.tx.read().get::<Vm>(self.target.id).await?;
            let vapp = vm::parent(cx.tx, &machine).await?.head().id;
            cx.tx.delete(self.target).await?;
            return refresh(cx.tx, vapp).await;
        }
        for machine in cx.tx.read().children::<Vm>(self.target.id).await? {
            cx.tx.delete(machine.urn()).await?;
        }
        cx.tx.delete(self.target).await
    }
}

/// Locks a vApp and all its machines.
pub(crate) async fn lock_whole(cx: &mut Prepare<'_, '_>, id: Uuid) -> Result<(), Fault> {
    cx.lock(Urn::new(Kind::VApp, id)).await?;
    for machine in cx.tx.read().children::<Vm>(id).await? {
        cx.lock(machine.urn()).await?;
    }
    Ok(())
}

/// An object that a request's body names.
pub(crate) async fn named(cx: &Prepare<'_, '_>, what: &str, urn: Urn) -> Result<std::sync::Arc<vcdsim_model::entity::Entity>, Fault> {
    access::named(&cx.tx.read(), cx.caller.ok_or_else(Fault::internal)?, what, urn).await
}
