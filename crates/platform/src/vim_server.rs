//! vCenter servers: importing their machines. Invariant: vCenter's own list changes only when an import that moves its machine succeeds, so a
//! waiting or ended import leaves the server as it was.

use crate::access::admit_in;
use crate::catalog_item::arrive;
use crate::vapp::{check_name, check_names, computer_name, lock_whole, mac, moref, refresh};
use crate::vapp_template::networks;
use crate::{quota, vm};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::entity::{Draft, Res, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::{ADD, CatalogItem};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vapp::{RECOMPOSE, VApp};
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vim_server::{IMPORT_VM_AS_VAPP, IMPORT_VM_AS_VAPP_TEMPLATE, IMPORT_VM_INTO_VAPP, VimServer, VimVm};
use vcdsim_model::family::vm::{Drives, GuestCustomization, Hardware, HotAdd, TemplateVm, Upkeep, Vm};
use vcdsim_model::fault::excerpt;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::power::PowerChange;
use vcdsim_model::{Fault, operation};
use vcdsim_store::Tx;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// What every import of a machine says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// The server that has the machine.
    pub vim_server: Uuid,
    /// What the server calls it.
    pub moref: String,
    /// The name of what is made; the machine's own when there is none.
    pub name: Option<String>,
    /// The description of what is made.
    pub description: Option<String>,
    /// The name of the machine inside; its own when there is none.
    pub vm_name: Option<String>,
    /// The guest's name.
    pub computer_name: Option<String>,
    /// Where it is put.
    pub vdc: Uuid,
    /// Where its disks lie; the VDC's default when there is none.
    pub storage_profile: Option<Uuid>,
    /// Whether vCenter loses its machine.
    pub source_move: bool,
}

/// `importSingletonTemplate`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportVmAsVAppTemplate {
    /// What to import.
    pub import: Import,
    /// The catalog to list it in.
    pub catalog: Option<Uuid>,
    /// Whether it is the template to use.
    pub gold_master: bool,
}

/// `importSingletonVapp`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportVmAsVApp {
    /// What to import.
    pub import: Import,
    /// Whether to deploy it when it is there.
    pub deploy: bool,
    /// Whether to power it on then.
    pub power_on: bool,
}

/// `importIntoExistingVapp`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportVmIntoVApp {
    /// What to import; its VDC is the vApp's.
    pub import: Import,
    /// Where it is put.
    pub vapp: Uuid,
}

impl Operation for ImportVmAsVAppTemplate {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::ImportSingletonTemplate];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let site = Site::find(cx, &IMPORT_VM_AS_VAPP_TEMPLATE, &self.import).await?;
        let item = match self.catalog {
            Some(catalog) => Some((cx.tx.id(), catalog_in(cx, catalog, &site).await?)),
            None => None,
        };
        let lease = site.org.body().template_storage_lease_seconds;
        let template = VAppTemplate {
            gold_master: self.gold_master,
            networks: networks(Vec::new()),
            ..VAppTemplate::new(item.as_ref().map(|(id, _)| *id), site.profile, lease)
        };
        let draft = site.draft(cx, &self.import, template);
        let made = cx.create(draft).await?;
        if let Some((id, catalog)) = item {
            let entity = CatalogItem::of(made.urn());
            let draft = Draft { id, org: catalog.head().org, parent: Some(catalog.head().id), ..site.draft(cx, &self.import, entity) };
            cx.create(Draft { owner: None, ..draft }).await?;
        }
        let Machine { name, hardware, guest, moref } = site.machine(cx.tx, &self.import);
        let machine = TemplateVm { hardware, guest, storage_profile: site.profile, moref, products: Vec::new(), datastore: None };
        let draft = Draft { name, parent: Some(made.head().id), description: None, ..site.draft(cx, &self.import, machine) };
        cx.create(draft).await?;
        quota::machines_fit(&cx.tx.read(), self.import.vdc, site.profile).await?;
        Ok(Subject::of(made.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        take(cx, &self.import).await?;
        arrive(cx).await
    }
}

impl Operation for ImportVmAsVApp {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::ImportSingletonVapp];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let site = Site::find(cx, &IMPORT_VM_AS_VAPP, &self.import).await?;
        let vapp = VApp {
            deployment_lease_seconds: site.org.body().deployment_lease_seconds,
            storage_lease_seconds: site.org.body().storage_lease_seconds,
            ..VApp::default()
        };
        let draft = site.draft(cx, &self.import, vapp);
        let made = cx.create(draft).await?;
        let Machine { name, hardware, guest, moref } = site.machine(cx.tx, &self.import);
        let needs_customization = guest.enabled;
        let (storage_profile, products) = (site.profile, Vec::new());
        let machine = Vm {
            hardware,
            deployed: false,
            guest,
            needs_customization,
            hot_add: HotAdd::default(),
            storage_profile,
            moref,
            products,
            attached: Vec::new(),
            drives: Drives::default(),
            upkeep: Upkeep::default(),
            snapshot: None,
        };
        let draft = Draft { name, parent: Some(made.head().id), description: None, ..site.draft(cx, &self.import, machine) };
        cx.create(draft).await?;
        quota::machines_fit(&cx.tx.read(), self.import.vdc, site.profile).await?;
        Ok(Subject::of(made.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        take(cx, &self.import).await?;
        let vapp = cx.task.owner;
        for machine in cx.tx.read().children::<Vm>(vapp.id).await? {
            cx.tx.update_body::<Vm>(machine.head().id, |head, _| head.status = Status::PoweredOff).await?;
        }
        refresh(cx.tx, vapp.id).await?;
        if self.deploy {
            cx.then(&vm::Power::new(vapp, PowerChange::Deploy { power_on: self.power_on }))?;
        }
        Ok(())
    }
}

impl Operation for ImportVmIntoVApp {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::ImportIntoExistingVapp];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let found = cx.tx.read().find::<VApp>(self.vapp).await?;
        let vapp = found.ok_or_else(|| dangling("VApp", Kind::VApp, self.vapp))?;
        let import = Import { vdc: vapp.head().parent.ok_or_else(Fault::internal)?, ..self.import.clone() };
        let site = Site::find(cx, &IMPORT_VM_INTO_VAPP, &import).await?;
        (RECOMPOSE.guard)(vapp.entity())?;
        let Machine { name, hardware, guest, moref } = site.machine(cx.tx, &import);
        let mut names: Vec<_> = cx.tx.read().children::<Vm>(self.vapp).await?.iter().map(|machine| machine.head().name.clone()).collect();
        names.push(name.clone());
        check_names(&names)?;
        lock_whole(cx, self.vapp).await?;
        let needs_customization = guest.enabled;
        let (storage_profile, products) = (site.profile, Vec::new());
        let machine = Vm {
            hardware,
            deployed: false,
            guest,
            needs_customization,
            hot_add: HotAdd::default(),
            storage_profile,
            moref,
            products,
            attached: Vec::new(),
            drives: Drives::default(),
            upkeep: Upkeep::default(),
            snapshot: None,
        };
        let place = Draft { name, parent: Some(self.vapp), owner: vapp.head().owner, ..site.draft(cx, &import, machine) };
        cx.create(place).await?;
        quota::machines_fit(&cx.tx.read(), import.vdc, site.profile).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        take(cx, &self.import).await?;
        for machine in cx.tx.read().children::<Vm>(self.vapp).await? {
            if machine.head().status == Status::Unresolved {
                cx.tx.update_body::<Vm>(machine.head().id, |head, _| head.status = Status::PoweredOff).await?;
            }
        }
        refresh(cx.tx, self.vapp).await
    }
}

/// What a machine is in the cloud.
struct Machine {
    name: String,
    hardware: Hardware,
    guest: GuestCustomization,
    moref: String,
}

/// Where an import takes from and puts to.
struct Site {
    source: VimVm,
    vdc: Res<Vdc>,
    org: Res<Org>,
    profile: Option<Uuid>,
}

impl Site {
    /// Admits the caller and finds everything that the import names.
    async fn find(cx: &Prepare<'_, '_>, action: &Action, import: &Import) -> Result<Self, Fault> {
        let server = admit_in::<VimServer>(cx, action, import.vim_server).await?;
        for name in [&import.name, &import.vm_name].into_iter().flatten() {
            check_name(name)?;
        }
        let source = listed(server.body(), &import.moref)?.clone();
        let reader = cx.tx.read();
        let vdc = reader.find::<Vdc>(import.vdc).await?.ok_or_else(|| dangling("Vdc", Kind::Vdc, import.vdc))?;
        if !vdc.body().enabled {
            return Err(Fault::bad_request(format!("The VDC \"{}\" is disabled and takes nothing new.", vdc.head().name)));
        }
        let org = vdc.head().org.ok_or_else(Fault::internal)?;
        let profiles = reader.children::<VdcStorageProfile>(vdc.head().id).await?;
        let profile = match import.storage_profile {
            Some(id) => {
                let found = profiles.iter().find(|profile| profile.head().id == id && profile.body().enabled);
                Some(found.ok_or_else(|| dangling("VdcStorageProfile", Kind::VdcStorageProfile, id))?)
            }
            None => profiles.iter().find(|profile| profile.body().default),
        };
        Ok(Self { source, org: reader.get(org).await?, profile: profile.map(|profile| profile.head().id), vdc })
    }

    /// A scaffold in the VDC that bears the import's name and belongs to whoever imports.
    fn draft<R: Resource>(&self, cx: &mut Prepare<'_, '_>, import: &Import, body: R) -> Draft<R> {
        Draft {
            id: cx.tx.id(),
            name: import.name.clone().unwrap_or_else(|| self.source.name.clone()),
            description: import.description.clone(),
            org: self.vdc.head().org,
            parent: Some(self.vdc.head().id),
            owner: Some(cx.by.user),
            status: Status::Unresolved,
            body,
        }
    }

    /// The machine as the cloud has it: vCenter's own when it is moved, else a copy with addresses and a name in vCenter of its own.
    fn machine(&self, tx: &mut Tx<'_>, import: &Import) -> Machine {
        let name = import.vm_name.clone().unwrap_or_else(|| self.source.name.clone());
        let computer_name = import.computer_name.clone().unwrap_or_else(|| computer_name(&name));
        let guest = GuestCustomization { enabled: true, computer_name, ..GuestCustomization::default() };
        let mut hardware = self.source.hardware.clone();
        if import.source_move {
            return Machine { name, hardware, guest, moref: self.source.moref.clone() };
        }
        for nic in &mut hardware.nics {
            nic.mac = mac(tx);
        }
        Machine { name, hardware, guest, moref: moref(tx) }
    }
}

fn listed<'a>(server: &'a VimServer, moref: &str) -> Result<&'a VimVm, Fault> {
    let unknown = || Fault::bad_request(format!("VmMoRef \"{}\" is none of the server's machines that can be imported.", excerpt(moref)));
    server.vm(moref).ok_or_else(unknown)
}

fn dangling(what: &str, kind: Kind, id: Uuid) -> Fault {
    Fault::invalid_reference(what, &Urn::new(kind, id).to_string())
}

/// The catalog, which must belong to the VDC's organization.
async fn catalog_in(cx: &Prepare<'_, '_>, id: Uuid, site: &Site) -> Result<Res<Catalog>, Fault> {
    let found = cx.tx.read().find::<Catalog>(id).await?.filter(|catalog| catalog.head().org == site.vdc.head().org);
    let found = found.ok_or_else(|| dangling("Catalog", Kind::Catalog, id))?;
    found.entity().not_busy()?;
    (ADD.guard)(found.entity())?;
    Ok(found)
}

/// Takes the machine out of vCenter's list when the import moves it; fails when it is no longer there to be taken or copied.
async fn take(cx: &mut Run<'_, '_>, import: &Import) -> Result<(), Fault> {
    listed(cx.tx.read().get::<VimServer>(import.vim_server).await?.body(), &import.moref)?;
    if import.source_move {
        cx.tx.update_body::<VimServer>(import.vim_server, |_, server| server.vms.retain(|vm| vm.moref != import.moref)).await?;
    }
    Ok(())
}
