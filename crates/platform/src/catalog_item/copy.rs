//! Copies of templates and images. Invariant: a copy has everything that its source has, and needs it no more.

use super::{admitted, arrive, item_of};
use crate::lease::renew;
use crate::media::{Place, Site};
use crate::quota;
use crate::vapp::{mac, moref, named};
use crate::vm::copy_contents;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::{Body, Draft, Entity, Res, Status};
use vcdsim_model::family::catalog_item::COPY;
use vcdsim_model::family::media::{self, Media};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp_template::{self, VAppTemplate};
use vcdsim_model::family::vm::TemplateVm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::lease::Lease;
use vcdsim_model::{Fault, operation};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `vdcCopyTemplate`, `vdcCopyMedia`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyEntry {
    /// Where to.
    pub place: Place,
    /// A template or an image.
    pub source: Urn,
    /// The copy's name; `None` for the source's.
    pub name: Option<String>,
    /// The copy's description; `None` for the source's.
    pub description: Option<String>,
    /// Where the copy lies; `None` leaves that to the catalog or the VDC.
    pub storage_profile: Option<Urn>,
    /// Whether the source is deleted afterwards, by a task of its own.
    pub deletes_source: bool,
}

impl Operation for CopyEntry {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcCopyTemplate, operation::Operation::VdcCopyMedia];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> operation::Operation {
        if self.source.kind == Kind::Media { operation::Operation::VdcCopyMedia } else { operation::Operation::VdcCopyTemplate }
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let to_vdc = if self.source.kind == Kind::Media { &media::CLONE } else { &vapp_template::CLONE };
        let site = Site::find(cx, [&COPY, to_vdc], self.place, self.storage_profile).await?;
        let source = self.source(cx).await?;
        let name = self.name.as_ref().unwrap_or(&source.head.name);
        let description = self.description.clone().or_else(|| source.head.description.clone());
        let made = match &source.body {
            Body::Media(body) => {
                let body = |catalog_item| Media { catalog_item, storage_profile: site.profile, downloadable: false, ..body.clone() };
                Arc::clone(site.scaffold(cx, name, description, body).await?.entity())
            }
            Body::VAppTemplate(body) => {
                let org = cx.tx.read().get::<Org>(site.vdc.head().org.ok_or_else(Fault::internal)?).await?;
                let (lease, storage_profile, downloadable) = (Lease::None, site.profile, false);
                // How long another organization keeps its templates is its own affair.
                let ours = source.head.org == Some(org.head().id);
                let storage_lease_seconds = if ours { body.storage_lease_seconds } else { org.body().template_storage_lease_seconds };
                let lies = |catalog_item| VAppTemplate {
                    catalog_item,
                    storage_profile,
                    lease,
                    storage_lease_seconds,
                    downloadable,
                    ..body.clone()
                };
                let made = site.scaffold(cx, name, description, lies).await?;
                for machine in cx.tx.read().children::<TemplateVm>(source.head.id).await? {
                    copy_machine(cx, &machine, made.entity(), site.profile).await?;
                }
                Arc::clone(made.entity())
            }
            _ => return Err(Fault::bad_request(format!("Source must be a vApp template or a media object, not {}.", self.source))),
        };
        if made.head.kind == Kind::Media {
            quota::storage_fits(&cx.tx.read(), site.profile).await?;
        } else {
            quota::machines_fit(&cx.tx.read(), site.vdc.head().id, site.profile).await?;
        }
        self.copy_metadata(cx, &source, &made).await?;
        for file in 0..source.files().len() {
            cx.tx.copy_blob((source.head.id, file), (made.head.id, file));
        }
        Ok(Subject::of(&made.head))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        arrive(cx).await?;
        renew(cx.tx, self.source).await?;
        if self.deletes_source { cx.then(&super::DeleteEntry { target: self.source }) } else { Ok(()) }
    }
}

impl CopyEntry {
    /// The copy has the metadata of its source; and its item that of the source's item, where both lie in catalogs.
    async fn copy_metadata(&self, cx: &mut Prepare<'_, '_>, source: &Entity, made: &Entity) -> Result<(), Fault> {
        cx.tx.copy_metadata(source.head.id, made.head.id).await?;
        match (item_of(source), item_of(made)) {
            (Some(from), Some(to)) => cx.tx.copy_metadata(from.id, to.id).await,
            _ => Ok(()),
        }
    }

    /// The source, when it is there and the caller may do with it what is to be done.
    async fn source(&self, cx: &Prepare<'_, '_>) -> Result<Arc<Entity>, Fault> {
        let source = named(cx, "Source", self.source).await?;
        vcdsim_model::power::usable(&source)?;
        source.not_busy()?;
        match (self.deletes_source, self.source.kind) {
            (false, _) => Ok(source),
            (true, Kind::Media) => admitted::<Media>(cx, &media::DELETE, self.source).await,
            (true, _) => admitted::<VAppTemplate>(cx, &vapp_template::DELETE, self.source).await,
        }
    }
}

async fn copy_machine(cx: &mut Prepare<'_, '_>, source: &Res<TemplateVm>, template: &Entity, profile: Option<Uuid>) -> Result<(), Fault> {
    let id = cx.tx.id();
    copy_contents(cx.tx, source.head().id, id, &source.body().hardware);
    cx.tx.copy_metadata(source.head().id, id).await?;
    let mut body = TemplateVm { storage_profile: profile, datastore: None, moref: moref(cx.tx), ..source.body().clone() };
    for nic in &mut body.hardware.nics {
        nic.mac = mac(cx.tx);
    }
    let draft = Draft {
        id,
        name: source.head().name.clone(),
        description: source.head().description.clone(),
        org: template.head.org,
        parent: Some(template.head.id),
        owner: template.head.owner,
        status: Status::Unresolved,
        body,
    };
    cx.create(draft).await.map(drop)
}
