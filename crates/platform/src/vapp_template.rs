//! vApp templates: uploading and capturing them. Invariant: a template has its machines when all of its files are there, and never before.

mod capture;

pub use capture::CaptureVApp;

use crate::catalog_item::arrive;
use crate::cloud::Cloud;
use crate::media::{Place, Site, patience, received};
use crate::quota;
use crate::transfer::uploading;
use crate::vapp::{check_name, computer_name, mac, moref};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::blank::LARGEST_DISK_MB;
use vcdsim_model::entity::{Draft, Entity, Head, Res, Status};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::vapp_template::{DESCRIPTOR, PlannedContent, PlannedVm, TemplateNetwork, UPLOAD, UPLOAD_TO_VDC, VAppTemplate};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{DiskContent, GuestCustomization, NO_NETWORK, TemplateVm};
use vcdsim_model::hardware::MOST_SERIAL_PORTS;
use vcdsim_model::id::Urn;
use vcdsim_model::manifest::{MANIFEST, Manifest};
use vcdsim_model::product::ProductSection;
use vcdsim_model::transfer::{TransferFile, percent};
use vcdsim_model::{Fault, operation};
use vcdsim_store::{Command, Reader, Tx};
use vcdsim_task_engine::{Engine, Operation, Phase, Prepare, Run, Subject};

/// `vdcUploadOvfContents`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadTemplate {
    /// Where to.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Where it lies; `None` leaves that to the catalog or the VDC.
    pub storage_profile: Option<Urn>,
    /// Whether a manifest comes with it.
    #[serde(default)]
    pub manifest_required: bool,
}

impl Operation for UploadTemplate {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcUploadOvfContents];
    const PHASES: &'static [Phase] = &[Phase { name: "receive", progress: 90 }, Phase { name: "import", progress: 100 }];

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let site = Site::find(cx, [&UPLOAD, &UPLOAD_TO_VDC], self.place, self.storage_profile).await?;
        let org = site.vdc.head().org.ok_or_else(Fault::internal)?;
        let storage_lease_seconds = cx.tx.read().get::<Org>(org).await?.body().template_storage_lease_seconds;
        let body = |catalog_item| VAppTemplate {
            files: vec![awaited_descriptor()],
            manifest: if self.manifest_required { Manifest::Unchecked } else { Manifest::None },
            ..VAppTemplate::new(catalog_item, site.profile, storage_lease_seconds)
        };
        let made = site.scaffold(cx, &self.name, self.description.clone(), body).await?;
        Ok(Subject::of(made.head()))
    }

    async fn patience(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<Option<i64>, Fault> {
        if phase == 0 { patience(cx).await } else { Ok(None) }
    }

    async fn run(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        if phase == 0 {
            return received(cx, "vapp/upload_timeout").await;
        }
        let template = cx.tx.read().get::<VAppTemplate>(cx.task.owner.id).await?;
        for planned in &template.body().planned {
            machine(cx.tx, template.entity(), template.body().storage_profile, planned).await?;
        }
        cx.tx.update_body::<VAppTemplate>(template.head().id, |_, body| body.planned.clear()).await?;
        arrive(cx).await
    }
}

/// Makes a machine of a template, as its descriptor says.
async fn machine(tx: &mut Tx<'_>, template: &Entity, storage_profile: Option<Uuid>, planned: &PlannedVm) -> Result<(), Fault> {
    let mut hardware = planned.hardware.clone();
    for nic in &mut hardware.nics {
        nic.mac = mac(tx);
    }
    let id = tx.id();
    for (disk, content) in hardware.disks.iter_mut().zip(&planned.contents) {
        if let Some((PlannedContent { file, gzip }, sent)) =
            content.and_then(|content| Some((content, template.files().get(content.file)?)))
        {
            disk.content = Some(DiskContent { size: sent.bytes(), gzip });
            tx.copy_blob((template.head.id, file), (id, disk.file()));
        }
    }
    let draft = Draft {
        id,
        name: planned.name.clone(),
        description: planned.description.clone(),
        org: template.head.org,
        parent: Some(template.head.id),
        owner: template.head.owner,
        status: Status::PoweredOff,
        body: TemplateVm {
            hardware,
            guest: GuestCustomization { enabled: true, computer_name: computer_name(&planned.name), ..GuestCustomization::default() },
            storage_profile,
            moref: moref(tx),
            products: planned.products.clone(),
            datastore: None,
            startup: planned.startup,
        },
    };
    tx.insert(draft).await.map(drop)
}

/// What a descriptor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The files that follow it.
    pub files: Vec<TransferFile>,
    /// The networks of its machines.
    pub networks: Vec<TemplateNetwork>,
    /// Its machines.
    pub machines: Vec<PlannedVm>,
    /// The texts of its licences.
    pub eulas: Vec<String>,
    /// What its products say.
    pub products: Vec<ProductSection>,
}

/// The descriptor before anything has come of it.
fn awaited_descriptor() -> TransferFile {
    TransferFile::new(DESCRIPTOR.to_owned(), None)
}

/// Forgets what has come, so that the descriptor is awaited again.
pub(crate) fn begin_anew(template: &mut VAppTemplate) {
    template.files = vec![awaited_descriptor()];
    template.planned.clear();
}

impl Cloud {
    /// Says what a template that is being uploaded holds, from its descriptor; or why that cannot be, which ends the upload. A blocked
    /// upload goes on waiting for its decision, and for another descriptor.
    ///
    /// # Errors
    /// 400 for what cannot be made here, or when the upload has ended.
    pub async fn describe(&self, template: Uuid, description: Result<Description, Fault>) -> Result<(), Fault> {
        let refused = self.store().write(Describe { engine: self.engine().clone(), template, description }).await?;
        refused.map_or(Ok(()), Err)
    }
}

/// Refuses what cannot be made here, where this is the newest virtual hardware.
fn judged(description: Description, newest: &str) -> Result<Description, Fault> {
    for machine in &description.machines {
        check_name(&machine.name)?;
        let (name, hardware) = (&machine.name, &machine.hardware);
        if number(&hardware.version).is_none_or(|version| !(3..=number(newest).unwrap_or(u16::MAX)).contains(&version)) {
            let shown = vcdsim_model::fault::excerpt(&hardware.version);
            return Err(Fault::bad_request(format!(
                "The machine \"{name}\" has the hardware version \"{shown}\"; {newest} is the newest here."
            )));
        }
        if hardware.cpus > 256 || hardware.memory_mb > 1 << 24 || hardware.memory_mb < 1 {
            return Err(Fault::bad_request(format!("The machine \"{name}\" has more CPUs or memory than there can be, or no memory.")));
        }
        if hardware.serial_ports.len() > MOST_SERIAL_PORTS {
            return Err(Fault::bad_request(format!("The machine \"{name}\" has more than {MOST_SERIAL_PORTS} serial ports.")));
        }
        if hardware.disks.iter().any(|disk| disk.size_mb > LARGEST_DISK_MB) {
            return Err(Fault::bad_request(format!("The machine \"{name}\" has a disk of more than {LARGEST_DISK_MB} MB.")));
        }
    }
    Ok(description)
}

/// `vmx-13` is 13.
fn number(version: &str) -> Option<u16> {
    version.strip_prefix("vmx-")?.parse().ok()
}

/// The newest virtual hardware of the provider VDC behind a template.
async fn newest_hardware(reader: &Reader<'_>, template: &Res<VAppTemplate>) -> Result<String, Fault> {
    let vdc = reader.get::<Vdc>(template.head().parent.ok_or_else(Fault::internal)?).await?;
    Ok(reader.get::<ProviderVdc>(vdc.body().provider_vdc).await?.body().highest_hardware.clone())
}

struct Describe {
    engine: Engine,
    template: Uuid,
    description: Result<Description, Fault>,
}

impl Command for Describe {
    /// Why the description was refused, if it was.
    type Output = Option<Fault>;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Option<Fault>, Fault> {
        let template = tx.read().get::<VAppTemplate>(self.template).await?;
        let task = uploading(&tx.read(), template.entity()).await?;
        let (Some(task), true) = (task, template.body().planned.is_empty()) else {
            return Err(Fault::bad_request("The upload has ended, or its descriptor was read before."));
        };
        let newest = newest_hardware(&tx.read(), &template).await?;
        let description = match self.description.and_then(|description| judged(description, &newest)) {
            Ok(description) => description,
            Err(fault) => return refuse(tx, &self.engine, &template, task, fault).await,
        };
        let describe = |_: &mut Head, body: &mut VAppTemplate| {
            body.files.iter_mut().for_each(|descriptor| descriptor.size = Some(descriptor.bytes()));
            body.files.extend((body.manifest != Manifest::None).then(|| TransferFile::new(MANIFEST.to_owned(), None)));
            let first = body.files.len();
            body.files.extend(description.files);
            body.networks = networks(description.networks);
            body.planned = description.machines;
            let contents = body.planned.iter_mut().flat_map(|machine| &mut machine.contents);
            contents.flatten().for_each(|content| content.file += first);
            body.eulas = description.eulas;
            body.products = description.products;
        };
        tx.update_body::<VAppTemplate>(self.template, describe).await?;
        let vdc = template.head().parent.ok_or_else(Fault::internal)?;
        if let Err(fault) = quota::machines_fit(&tx.read(), vdc, template.body().storage_profile).await {
            return refuse(tx, &self.engine, &template, task, fault).await;
        }
        let described = tx.read().get::<VAppTemplate>(self.template).await?;
        self.engine.nudge(tx, task, percent(described.entity().files())).await?;
        Ok(None)
    }
}

/// Takes back what a descriptor said, and ends its upload.
async fn refuse(tx: &mut Tx<'_>, engine: &Engine, template: &Res<VAppTemplate>, task: Uuid, fault: Fault) -> Result<Option<Fault>, Fault> {
    tx.update_body::<VAppTemplate>(template.head().id, |_, body| begin_anew(body)).await?;
    engine.give_up(tx, task, fault.clone()).await?;
    Ok(Some(fault))
}

/// A template without networks has the one that stands for none.
pub(crate) fn networks(networks: Vec<TemplateNetwork>) -> Vec<TemplateNetwork> {
    if networks.is_empty() {
        vec![TemplateNetwork { name: NO_NETWORK.to_owned(), description: "Not connected to any network".to_owned() }]
    } else {
        networks
    }
}
