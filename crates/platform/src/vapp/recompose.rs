//! Recomposing: machines come into a vApp, from templates, from nothing or from other vApps, leave it, or stay and change, and so do its
//! networks. Invariant: what the vApp has is as it was until the last phase, which does everything at once.

use super::blank::BlankRequest;
use super::create::{ItemRequest, NetworkRequest};
use super::{NetworkChange, UpdateNetworks, UpdateVApp, address, build, lock_whole, made, moved, refresh};
use crate::access::admit_in;
use crate::lease::{self, check_leases};
use crate::vm::EditVm;
use crate::{announce, quota, vm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Res, Status};
use vcdsim_model::family::vapp::network::UPDATE_NETWORKS;
use vcdsim_model::family::vapp::{NetworkConfig, RECOMPOSE, UPDATE_PRODUCTS, VApp};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::PowerChange;
use vcdsim_model::product::{ProductSection, configured};
use vcdsim_task_engine::{Operation, Phase, Prepare, Run, Subject};

/// `vdcRecomposeVapp`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recompose {
    /// Which vApp, and what is to be said of it.
    pub change: UpdateVApp,
    /// The machines that come, each a copy or, where it is moved, itself.
    pub items: Vec<ItemRequest>,
    /// The machines that are made of nothing.
    pub blanks: Vec<BlankRequest>,
    /// The machines that go.
    pub removed: Vec<Urn>,
    /// All networks that it is to have; `None` leaves them as they are.
    #[serde(default)]
    pub networks: Option<Vec<NetworkRequest>>,
    /// What is to be different about machines that stay.
    #[serde(default)]
    pub edits: Vec<EditVm>,
    /// Values that properties of its products are to have.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// Whether the licences of what is copied were accepted.
    pub eulas_accepted: bool,
    /// Whether the machines that come are deployed when they are there.
    pub deploy: bool,
    /// Whether they are powered on then.
    pub power_on: bool,
}

impl Recompose {
    /// A request that changes nothing yet.
    #[must_use]
    pub const fn of(id: Uuid) -> Self {
        Self {
            change: UpdateVApp::of(id),
            items: Vec::new(),
            blanks: Vec::new(),
            removed: Vec::new(),
            networks: None,
            edits: Vec::new(),
            products: Vec::new(),
            eulas_accepted: false,
            deploy: false,
            power_on: false,
        }
    }

    /// Refuses machines that are not the vApp's, or that may not be deleted now.
    async fn admit_removed(&self, cx: &Prepare<'_, '_>) -> Result<(), Fault> {
        for (at, urn) in self.removed.iter().enumerate() {
            let machine = super::named(cx, "DeleteItem", *urn).await?;
            if urn.kind != Kind::Vm || machine.head.parent != Some(self.change.id) || self.removed[..at].contains(urn) {
                return Err(Fault::invalid_reference("DeleteItem", &urn.to_string()));
            }
            admit_in::<Vm>(cx, &vm::DELETE, urn.id).await?;
        }
        Ok(())
    }

    /// The machines that stay.
    async fn staying(&self, cx: &Prepare<'_, '_>) -> Result<Vec<Res<Vm>>, Fault> {
        let machines = cx.tx.read().children::<Vm>(self.change.id).await?;
        Ok(machines.into_iter().filter(|machine| !self.removed.contains(&machine.urn())).collect())
    }

    fn networks(&self) -> Option<UpdateNetworks> {
        let all = self.networks.clone()?;
        Some(UpdateNetworks { vapp: self.change.id, change: NetworkChange::All(all) })
    }

    /// Refuses networks and products that cannot be had; answers the networks that the vApp will have.
    async fn admit_settings(&self, cx: &Prepare<'_, '_>, vapp: &Res<VApp>, staying: &[Res<Vm>]) -> Result<Vec<NetworkConfig>, Fault> {
        if !self.products.is_empty() {
            admit_in::<VApp>(cx, &UPDATE_PRODUCTS, self.change.id).await?;
        }
        let Some(networks) = self.networks() else { return Ok(vapp.body().networks.clone()) };
        admit_in::<VApp>(cx, &UPDATE_NETWORKS, self.change.id).await?;
        networks.admit(cx, vapp, staying).await
    }

    /// Refuses changes of machines that are not the vApp's, that go, or that are named twice, and what cannot be done to them; answers the
    /// names that those that stay will have.
    async fn admit_edits(
        &self,
        cx: &mut Prepare<'_, '_>,
        vapp: &Res<VApp>,
        staying: &[Res<Vm>],
        networks: &[NetworkConfig],
    ) -> Result<Vec<String>, Fault> {
        let mut names: BTreeMap<_, _> = staying.iter().map(|machine| (machine.head().id, machine.head().name.clone())).collect();
        for (at, edit) in self.edits.iter().enumerate() {
            if !names.contains_key(&edit.id) || self.edits[..at].iter().any(|other| other.id == edit.id) {
                return Err(Fault::invalid_reference("ReconfigureItem", &Urn::new(Kind::Vm, edit.id).to_string()));
            }
            names.insert(edit.id, edit.admit(cx, vapp, networks).await?);
        }
        Ok(staying.iter().filter_map(|machine| names.remove(&machine.head().id)).collect())
    }

    /// What is different about the vApp and the machines that stay.
    async fn apply_changes(&self, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let id = self.change.id;
        if let Some(networks) = self.networks() {
            // What comes was made for the networks as they will be.
            let machines = made(cx.tx.read().children::<Vm>(id).await?);
            networks.apply(cx.tx, &machines).await?;
            address::check(cx.tx, id).await?;
        }
        for edit in &self.edits {
            edit.apply(cx.tx).await?;
        }
        if !self.products.is_empty() {
            let said = |body: &mut VApp| body.products = configured(std::mem::take(&mut body.products), &self.products);
            cx.tx.update_body::<VApp>(id, |_, body| said(body)).await?;
        }
        Ok(())
    }

    /// Starts what has come, if it is to be started.
    fn start(&self, cx: &mut Run<'_, '_>, come: &[Urn]) -> Result<(), Fault> {
        for machine in come.iter().filter(|_| self.deploy || self.power_on) {
            cx.then(&vm::Power::new(*machine, PowerChange::Deploy { power_on: self.power_on }))?;
        }
        Ok(())
    }
}

impl Operation for Recompose {
    const NAMES: &'static [Name] = &[Name::VdcRecomposeVapp];
    const PHASES: &'static [Phase] = &[Phase { name: "copy", progress: 80 }, Phase { name: "connect", progress: 100 }];

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let id = self.change.id;
        let vapp = admit_in::<VApp>(cx, &RECOMPOSE, id).await?;
        self.change.check_name(cx, &vapp).await?;
        check_leases(self.change.leases())?;
        self.admit_removed(cx).await?;
        let vdc = cx.tx.read().get::<Vdc>(vapp.head().parent.ok_or_else(Fault::internal)?).await?;
        let staying = self.staying(cx).await?;
        let networks = self.admit_settings(cx, &vapp, &staying).await?;
        let mut names = self.admit_edits(cx, &vapp, &staying, &networks).await?;
        let site = build::Site::of(&cx.tx.read(), &vdc, networks).await?;
        let come = moved::admit(cx, &self.items, &vdc, Some(id)).await?;
        let mut machines = build::composed(cx, &self.items, self.eulas_accepted, &site).await?;
        for blank in &self.blanks {
            machines.push(blank.made(cx, &site, vdc.head().org).await?);
        }
        names.extend(machines.iter().map(|machine| machine.name.clone()));
        names.extend(moved::plan(cx.tx, &self.items, &site, &vdc).await?.into_iter().map(|machine| machine.name));
        build::check_names(&names)?;
        lock_whole(cx, id).await?;
        for urn in come {
            cx.lock(urn).await?;
        }
        let named = machines.iter().flat_map(|machine| &machine.body.hardware.nics).any(|nic| nic.ip.is_some());
        let profiles: Vec<_> = machines.iter().filter_map(|machine| machine.body.storage_profile).collect();
        for machine in machines {
            build::put_in(cx, vapp.head(), machine).await?;
        }
        if named {
            address::check(cx.tx, id).await?;
        }
        if !profiles.is_empty() {
            quota::machines_fit(&cx.tx.read(), vdc.head().id, profiles).await?;
        }
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let id = self.change.id;
        if phase == 0 {
            return Ok(());
        }
        for machine in &self.removed {
            announce::tell(cx, *machine, "vm/delete").await?;
            let gone = cx.tx.read().get::<Vm>(machine.id).await?;
            vm::release(cx.tx, &gone).await?;
            cx.tx.delete(*machine).await?;
        }
        self.apply_changes(cx).await?;
        let made = cx.tx.read().children::<Vm>(id).await?;
        let mut come: Vec<_> = made.iter().filter(|machine| machine.head().status == Status::Unresolved).map(Res::urn).collect();
        for machine in &come {
            cx.tx.update_body::<Vm>(machine.id, |head, _| head.status = Status::PoweredOff).await?;
        }
        come.extend(moved::arrive(cx.tx, &self.items, id).await?);
        address::assign(cx.tx, id).await?;
        self.change.apply_to(cx).await?;
        refresh(cx.tx, id).await?;
        for item in self.items.iter().filter(|item| !item.moves) {
            lease::renew(cx.tx, item.source).await?;
        }
        self.start(cx, &come)
    }
}
