//! Capturing: a vApp becomes a template. Invariant: the vApp is held until its template is there, and is as it was afterwards.

use crate::catalog_item::{DeleteEntry, arrive};
use crate::lease::check_leases;
use crate::media::{Place, Site};
use crate::quota;
use crate::vapp::{lock_whole, mac, made, moref, named};
use crate::vapp_template::networks;
use crate::vm::copy_contents;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::entity::{Draft, Entity, Res, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp_template::{CAPTURE, CAPTURE_TO_VDC, TemplateNetwork, VAppTemplate};
use vcdsim_model::family::vm::{TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, operation};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `vdcCaptureTemplate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureVApp {
    /// Where to.
    pub place: Place,
    /// The vApp.
    pub source: Urn,
    /// The template's name.
    pub name: String,
    /// The template's description.
    pub description: Option<String>,
    /// Where the template lies; `None` leaves that to the catalog or the VDC.
    pub storage_profile: Option<Urn>,
    /// How long the template is kept, in seconds; `None` as the organization says.
    pub storage_lease_seconds: Option<i32>,
    /// Whether copies of the template are prepared as their guests are.
    pub customizable: bool,
    /// The item of the catalog that is to stand for the template from then on, instead of the template that it stands for now.
    pub instead_of: Option<Urn>,
}

impl Operation for CaptureVApp {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcCaptureTemplate];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let mut site = Site::find(cx, [&CAPTURE, &CAPTURE_TO_VDC], self.place, self.storage_profile).await?;
        let vapp = self.vapp(cx, &site).await?;
        check_leases(self.storage_lease_seconds.into_iter())?;
        lock_whole(cx, vapp.head().id).await?;
        if let Some(item) = self.instead_of {
            seize(cx, item, site.catalog.take()).await?;
        }
        let lease = match self.storage_lease_seconds {
            Some(seconds) => seconds,
            None => cx.tx.read().get::<Org>(vapp.head().org.ok_or_else(Fault::internal)?).await?.body().template_storage_lease_seconds,
        };
        let named = |network: &vcdsim_model::family::vapp::NetworkConfig| TemplateNetwork {
            name: network.name.clone(),
            description: network.description.clone().unwrap_or_default(),
        };
        let body = |catalog_item: Option<Uuid>| VAppTemplate {
            customizable: self.customizable,
            products: vapp.body().products.clone(),
            networks: networks(vapp.body().networks.iter().map(named).collect()),
            ..VAppTemplate::new(catalog_item, site.profile, lease)
        };
        let made = site.scaffold(cx, &self.name, self.description.clone(), body).await?;
        cx.tx.copy_metadata(vapp.head().id, made.head().id).await?;
        for machine in crate::vapp::made(cx.tx.read().children::<Vm>(vapp.head().id).await?) {
            capture_machine(cx, &machine, made.entity(), site.profile).await?;
        }
        quota::machines_fit(&cx.tx.read(), site.vdc.head().id, site.profile).await?;
        Ok(Subject::of(made.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        arrive(cx).await?;
        let Some(item) = self.instead_of else { return Ok(()) };
        let old = cx.tx.read().get::<CatalogItem>(item.id).await?.body().entity;
        let made = cx.task.owner;
        cx.tx
            .update_body::<CatalogItem>(item.id, |head, body| {
                head.description = self.description.clone().or(head.description.take());
                body.entity = made;
            })
            .await?;
        cx.tx.update_body::<VAppTemplate>(made.id, |_, template| template.catalog_item = Some(item.id)).await?;
        // The item stays: what it stood for goes alone.
        cx.tx.update_body::<VAppTemplate>(old.id, |_, template| template.catalog_item = None).await?;
        cx.then(&DeleteEntry { target: old })
    }
}

impl CaptureVApp {
    /// The vApp, when it can be captured.
    async fn vapp(&self, cx: &Prepare<'_, '_>, site: &Site) -> Result<Res<VApp>, Fault> {
        let source = named(cx, "Source", self.source).await?;
        vcdsim_model::power::usable(&source)?;
        let vapp = Res::<VApp>::new(source).ok_or_else(|| Fault::bad_request(format!("Source must be a vApp, not {}.", self.source)))?;
        if vapp.head().org != site.vdc.head().org {
            return Err(Fault::bad_request(format!("The vApp \"{}\" belongs to another organization.", vapp.head().name)));
        }
        let machines = made(cx.tx.read().children::<Vm>(vapp.head().id).await?);
        if let Some(machine) = machines.iter().find(|machine| !machine.body().attached.is_empty()) {
            let message = "has independent disks, which no template can have; detach them first";
            return Err(Fault::bad_request(format!("The virtual machine \"{}\" {message}.", machine.head().name)));
        }
        if machines.is_empty() {
            return Err(Fault::bad_request(format!("The vApp \"{}\" has no virtual machine to capture.", vapp.head().name)));
        }
        Ok(vapp)
    }
}

/// Seizes the item whose template is to be replaced.
async fn seize(cx: &mut Prepare<'_, '_>, item: Urn, catalog: Option<Res<Catalog>>) -> Result<(), Fault> {
    let reader = cx.tx.read();
    let found = reader.find::<CatalogItem>(item.id).await?;
    let found = found.filter(|item| catalog.is_some_and(|catalog| item.head().parent == Some(catalog.head().id)));
    let found = found.ok_or_else(|| Fault::invalid_reference("TargetCatalogItem", &item.to_string()))?;
    if found.body().entity.kind != Kind::VAppTemplate {
        return Err(Fault::bad_request(format!("TargetCatalogItem \"{}\" stands for no vApp template.", found.head().name)));
    }
    cx.lock(found.urn()).await.map(drop)
}

async fn capture_machine(cx: &mut Prepare<'_, '_>, source: &Res<Vm>, template: &Entity, profile: Option<Uuid>) -> Result<(), Fault> {
    let id = cx.tx.id();
    let mut hardware = source.body().hardware.copied();
    copy_contents(cx.tx, source.head().id, id, &hardware);
    cx.tx.copy_metadata(source.head().id, id).await?;
    for nic in &mut hardware.nics {
        (nic.mac, nic.ip) = (mac(cx.tx), None);
    }
    let draft = Draft {
        id,
        name: source.head().name.clone(),
        description: source.head().description.clone(),
        org: template.head.org,
        parent: Some(template.head.id),
        owner: template.head.owner,
        status: Status::Unresolved,
        body: TemplateVm {
            hardware,
            guest: source.body().guest.without_secrets(),
            storage_profile: profile,
            moref: moref(cx.tx),
            products: source.body().products.clone(),
            datastore: None,
            startup: source.body().startup,
        },
    };
    cx.create(draft).await.map(drop)
}
