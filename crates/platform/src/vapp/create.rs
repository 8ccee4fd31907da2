//! Making vApps, of templates, of machines, or of other vApps. Invariant: what is made is refused before anything is written, or made whole.

use super::blank::BlankRequest;
use super::{address, build, lock_whole, moved, named, refresh};
use crate::access::admit_in;
use crate::catalog_item::DeleteEntry;
use crate::{announce, lease, quota, vm};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::entity::{Draft, Res, Status};
use vcdsim_model::family::vapp::network::Features;
use vcdsim_model::family::vapp::{CLONE, COMPOSE, CREATE_VM, DELETE, INSTANTIATE, INSTANTIATE_VM, IpScope, VApp};
use vcdsim_model::family::vapp_template::{self, VAppTemplate};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::PowerChange;
use vcdsim_model::product::ProductSection;
use vcdsim_task_engine::{Operation, Phase, Prepare, Run, Subject};

/// How a vApp comes to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// As a copy of a template or, with nothing to copy, of machines.
    #[default]
    Made,
    /// As a copy of a vApp, which goes when the copy is there if it is moved.
    Cloned {
        /// Whether it is moved.
        moved: bool,
    },
    /// For one machine that stands alone.
    Alone,
}

/// A request for a new vApp: instantiated from a template, or composed of machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateVApp {
    /// The VDC it is to lie in.
    pub vdc: Uuid,
    /// How it comes to be.
    #[serde(default)]
    pub way: Way,
    /// What it is a copy of: a template, a vApp, or a machine; `None` when it is composed.
    pub source: Option<Urn>,
    /// Instantiated: whether the template is deleted afterwards, by a task of its own.
    #[serde(default)]
    pub deletes_source: bool,
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
    /// Composed: the machines that are made of nothing.
    #[serde(default)]
    pub blanks: Vec<BlankRequest>,
}

/// A network that a new vApp is to have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// The network of the vApp that it is; `None` goes by the name.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Whether its router keeps its addresses while the vApp is not deployed.
    #[serde(default)]
    pub retains: bool,
    /// Whether guests may tag their frames.
    #[serde(default)]
    pub guest_vlan: bool,
    /// Its services.
    #[serde(default)]
    pub features: Features,
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
    /// The compute policy that says how large it is.
    #[serde(default)]
    pub sizing_policy: Option<Urn>,
    /// Values that properties of its products are to have.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// Whether the machine itself comes, instead of a copy.
    #[serde(default)]
    pub moves: bool,
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
            sizing_policy: None,
            products: Vec::new(),
            moves: false,
        }
    }
}

impl CreateVApp {
    /// What the caller must be admitted to.
    fn action(&self) -> &'static Action {
        match (self.way, self.source) {
            (Way::Cloned { .. }, _) => &CLONE,
            (Way::Made, Some(_)) => &INSTANTIATE,
            (Way::Made, None) => &COMPOSE,
            (Way::Alone, _) if self.blanks.is_empty() => &INSTANTIATE_VM,
            (Way::Alone, _) => &CREATE_VM,
        }
    }

    /// Refuses a source that is to go and may not.
    async fn admit_source(&self, cx: &mut Prepare<'_, '_>, vdc: &Res<Vdc>) -> Result<(), Fault> {
        if let (true, Some(urn)) = (self.deletes_source, self.source) {
            if urn.kind != Kind::VAppTemplate {
                return Err(Fault::bad_request(format!("With IsSourceDelete the Source must be a vApp template, not {urn}.")));
            }
            return admit_in::<VAppTemplate>(cx, &vapp_template::DELETE, urn.id).await.map(drop);
        }
        let (Way::Cloned { moved }, Some(urn)) = (self.way, self.source) else { return Ok(()) };
        let source = named(cx, "Source", urn).await?;
        if urn.kind != Kind::VApp {
            return Err(Fault::bad_request(format!("Source must be a vApp, not {urn}.")));
        }
        if moved {
            admit_in::<VApp>(cx, &DELETE, urn.id).await?;
            if source.head.org != vdc.head().org {
                return Err(Fault::bad_request(format!("The vApp \"{}\" belongs to another organization.", source.head.name)));
            }
        }
        Ok(())
    }

    /// Takes away the vApp whose copy is there now.
    async fn drop_source(&self, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let (Way::Cloned { moved: true }, Some(urn)) = (self.way, self.source) else { return Ok(()) };
        for machine in cx.tx.read().children::<Vm>(urn.id).await? {
            announce::tell(cx, machine.urn(), "vm/delete").await?;
            vm::release(cx.tx, &machine).await?;
            cx.tx.delete(machine.urn()).await?;
        }
        announce::tell(cx, urn, "vapp/delete").await?;
        cx.tx.delete(urn).await
    }
}

impl Operation for CreateVApp {
    const NAMES: &'static [Name] = &[Name::VdcInstantiateVapp, Name::VdcComposeVapp, Name::VdcCopyVapp];
    const PHASES: &'static [Phase] = &[Phase { name: "copy", progress: 80 }, Phase { name: "connect", progress: 100 }];

    fn name(&self) -> Name {
        match (self.way, self.source) {
            (Way::Cloned { .. }, _) => Name::VdcCopyVapp,
            (Way::Made, Some(_)) => Name::VdcInstantiateVapp,
            (Way::Alone, _) if self.blanks.is_empty() => Name::VdcInstantiateVapp,
            (Way::Made | Way::Alone, _) => Name::VdcComposeVapp,
        }
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vdc = admit_in(cx, self.action(), self.vdc).await?;
        self.admit_source(cx, &vdc).await?;
        let plan = build::plan(self, cx, &vdc).await?;
        let come = moved::admit(cx, &self.items, &vdc, None).await?;
        let planned = moved::plan(cx.tx, &self.items, &plan.site, &vdc).await?;
        let names: Vec<_> = plan.machines.iter().chain(&planned).map(|machine| machine.name.clone()).collect();
        build::check_names(&names)?;
        let by = cx.by;
        let vapp = cx
            .create(Draft {
                id: cx.tx.id(),
                name: plan.name,
                description: self.description.clone(),
                org: vdc.head().org,
                parent: Some(self.vdc),
                owner: Some(by.user),
                status: Status::Unresolved,
                body: plan.vapp,
            })
            .await?;
        if let Some(whole) = self.source.filter(|source| [Kind::VApp, Kind::VAppTemplate].contains(&source.kind) && self.way != Way::Alone)
        {
            cx.tx.copy_metadata(whole.id, vapp.head().id).await?;
        }
        let asked = plan.machines.iter().flat_map(|machine| &machine.body.hardware.nics).any(|nic| nic.ip.is_some());
        let profiles: Vec<_> = plan.machines.iter().filter_map(|machine| machine.body.storage_profile).collect();
        for machine in plan.machines {
            build::put_in(cx, vapp.head(), machine).await?;
        }
        for urn in come {
            cx.lock(urn).await?;
        }
        if let (Way::Cloned { moved: true }, Some(source)) = (self.way, self.source) {
            lock_whole(cx, source.id).await?;
        }
        if asked {
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
        moved::arrive(cx.tx, &self.items, id).await?;
        self.drop_source(cx).await?;
        address::assign(cx.tx, id).await?;
        let machines = cx.tx.read().children::<Vm>(id).await?;
        for machine in &machines {
            cx.tx.update_body::<Vm>(machine.head().id, |head, _| head.status = Status::PoweredOff).await?;
        }
        refresh(cx.tx, id).await?;
        for source in self.source.into_iter().chain(self.items.iter().filter(|item| !item.moves).map(|item| item.source)) {
            lease::renew(cx.tx, source).await?;
        }
        if let (true, Some(target)) = (self.deletes_source, self.source) {
            cx.then(&DeleteEntry { target })?;
        }
        if self.deploy && !machines.is_empty() {
            cx.then(&vm::Power::new(cx.task.owner, PowerChange::Deploy { power_on: self.power_on }))?;
        }
        Ok(())
    }
}
