//! vApp templates: uploading them. Invariant: a template has its machines when all of its files are there, and never before.

use crate::catalog_item::scaffold_item;
use crate::cloud::Cloud;
use crate::media::{Place, Site, patience, received};
use crate::vapp::{check_name, computer_name, mac, moref};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::entity::{Body, Draft, Entity, Status};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp_template::{DESCRIPTOR, PlannedVm, TemplateNetwork, UPLOAD, UPLOAD_TO_VDC, VAppTemplate};
use vcdsim_model::family::vm::{GuestCustomization, NO_NETWORK, TemplateVm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::transfer::{TransferFile, percent};
use vcdsim_model::{Fault, operation};
use vcdsim_store::{Command, Tx};
use vcdsim_task_engine::{Engine, Operation, Phase, Prepare, Run, Subject};

/// The newest virtual hardware that a machine can have here, as the provider VDCs say.
const NEWEST_HARDWARE: u16 = 19;

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
}

impl Operation for UploadTemplate {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcUploadOvfContents];
    const PHASES: &'static [Phase] = &[Phase { name: "receive", progress: 90 }, Phase { name: "import", progress: 100 }];

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let site = Site::find(cx, [&UPLOAD, &UPLOAD_TO_VDC], self.place, self.storage_profile).await?;
        check_name(&self.name)?;
        let org = site.vdc.head().org.ok_or_else(Fault::internal)?;
        let lease = cx.tx.read().get::<Org>(org).await?.body().template_storage_lease_seconds;
        let item = site.catalog.as_ref().map(|_| cx.tx.id());
        let draft = Draft {
            id: cx.tx.id(),
            name: self.name.clone(),
            description: self.description.clone(),
            org: Some(org),
            parent: Some(site.vdc.head().id),
            owner: Some(cx.by.user),
            status: Status::Unresolved,
            body: VAppTemplate {
                gold_master: false,
                catalog_item: item,
                networks: Vec::new(),
                storage_profile: site.profile,
                storage_lease_seconds: lease,
                eulas: Vec::new(),
                files: vec![TransferFile::new(DESCRIPTOR.to_owned(), None)],
                planned: Vec::new(),
                downloadable: false,
            },
        };
        let made = cx.create(draft).await?;
        if let (Some(id), Some(catalog)) = (item, &site.catalog) {
            scaffold_item(cx, id, catalog, made.entity()).await?;
        }
        Ok(Subject::of(made.head()))
    }

    async fn patience(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<Option<i64>, Fault> {
        if phase == 0 { patience(cx).await } else { Ok(None) }
    }

    async fn run(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        if phase == 0 {
            return received(cx).await;
        }
        let template = cx.tx.read().get::<VAppTemplate>(cx.task.owner.id).await?;
        for planned in &template.body().planned {
            machine(cx.tx, template.entity(), template.body().storage_profile, planned).await?;
        }
        cx.tx.update_body::<VAppTemplate>(template.head().id, |_, body| body.planned.clear()).await?;
        for hold in cx.tx.read().holds(cx.task.id).await? {
            let item = hold.entity.kind == Kind::CatalogItem;
            cx.tx.update(hold.entity, |made| made.head.status = if item { Status::Resolved } else { Status::PoweredOff }).await?;
        }
        Ok(())
    }
}

/// Makes a machine of a template, as its descriptor says.
async fn machine(tx: &mut Tx<'_>, template: &Entity, storage_profile: Option<Uuid>, planned: &PlannedVm) -> Result<(), Fault> {
    let mut hardware = planned.hardware.clone();
    for nic in &mut hardware.nics {
        nic.mac = mac(tx);
    }
    let draft = Draft {
        id: tx.id(),
        name: planned.name.clone(),
        description: planned.description.clone(),
        org: template.head.org,
        parent: Some(template.head.id),
        owner: template.head.owner,
        status: Status::PoweredOff,
        body: TemplateVm {
            hardware,
            guest: GuestCustomization { enabled: true, computer_name: computer_name(&planned.name) },
            storage_profile,
            moref: moref(tx),
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
}

impl Cloud {
    /// Says what a template that is being uploaded holds, from its descriptor; or why that cannot be, which ends the upload.
    ///
    /// # Errors
    /// 400 for what cannot be made here, or when the upload has ended.
    pub async fn describe(&self, template: Uuid, description: Result<Description, Fault>) -> Result<(), Fault> {
        let description = description.and_then(judged);
        let refused = description.as_ref().err().cloned();
        self.store().write(Describe { engine: self.engine().clone(), template, description }).await?;
        refused.map_or(Ok(()), Err)
    }
}

/// Refuses what cannot be made here.
fn judged(description: Description) -> Result<Description, Fault> {
    for machine in &description.machines {
        check_name(&machine.name)?;
        let (name, hardware) = (&machine.name, &machine.hardware);
        let version = hardware.version.strip_prefix("vmx-").and_then(|number| number.parse::<u16>().ok());
        if version.is_none_or(|version| !(3..=NEWEST_HARDWARE).contains(&version)) {
            let shown = vcdsim_model::fault::excerpt(&hardware.version);
            return Err(Fault::bad_request(format!(
                "The machine \"{name}\" has the hardware version \"{shown}\"; vmx-{NEWEST_HARDWARE} is the newest here."
            )));
        }
        if hardware.cpus > 256 || hardware.memory_mb > 1 << 24 || hardware.memory_mb < 1 {
            return Err(Fault::bad_request(format!("The machine \"{name}\" has more CPUs or memory than there can be, or no memory.")));
        }
    }
    Ok(description)
}

struct Describe {
    engine: Engine,
    template: Uuid,
    description: Result<Description, Fault>,
}

impl Command for Describe {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let urn = Urn::new(Kind::VAppTemplate, self.template);
        let template = tx.read().get::<VAppTemplate>(self.template).await?;
        let (Status::Unresolved, Some(task), true) = (template.head().status, template.head().busy, template.body().planned.is_empty())
        else {
            return Err(Fault::bad_request("The upload has ended, or its descriptor was read before."));
        };
        let description = match self.description {
            Ok(description) => description,
            Err(fault) => return self.engine.give_up(tx, task, fault).await,
        };
        let describe = |entity: &mut Entity| {
            if let Body::VAppTemplate(body) = &mut entity.body {
                body.files.iter_mut().for_each(|descriptor| descriptor.size = Some(descriptor.bytes()));
                body.files.extend(description.files);
                body.networks = networks(description.networks);
                body.planned = description.machines;
                body.eulas = description.eulas;
            }
        };
        let entity = tx.update(urn, describe).await?;
        self.engine.nudge(tx, task, percent(entity.files())).await
    }
}

/// A template without networks has the one that stands for none.
fn networks(networks: Vec<TemplateNetwork>) -> Vec<TemplateNetwork> {
    if networks.is_empty() {
        vec![TemplateNetwork { name: NO_NETWORK.to_owned(), description: "Not connected to any network".to_owned() }]
    } else {
        networks
    }
}
