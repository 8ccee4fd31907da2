//! Media: uploading them. Invariant: an image is resolved when all of its bytes are there, and never before.

use crate::access::admit_in;
use crate::announce;
use crate::catalog_item::{arrive, scaffold_item};
use crate::quota;
use crate::vapp::check_name;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::entity::{Draft, Entity, Res, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::media::{Media, UPLOAD, UPLOAD_TO_VDC};
use vcdsim_model::family::settings::GeneralSettings;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::transfer::{IMAGE, TransferFile, all_whole};
use vcdsim_model::{Fault, operation};
use vcdsim_store::{EntityFilter, Reader};
use vcdsim_task_engine::{Operation, Phase, Prepare, Run, Subject};

/// Where an upload goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Into a catalog, and the VDC that its storage profiles or its organization say.
    Catalog(Uuid),
    /// Into a VDC and no catalog.
    Vdc(Uuid),
}

/// `vdcUploadMedia`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadMedia {
    /// Where to.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// `iso` or `floppy`.
    pub image_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Where it lies; `None` leaves that to the catalog or the VDC.
    pub storage_profile: Option<Urn>,
}

impl Operation for UploadMedia {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcUploadMedia];
    const PHASES: &'static [Phase] = &[Phase { name: "receive", progress: 90 }, Phase { name: "import", progress: 100 }];

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let site = Site::find(cx, [&UPLOAD, &UPLOAD_TO_VDC], self.place, self.storage_profile).await?;
        if !["iso", "floppy"].contains(&self.image_type.as_str()) {
            return Err(Fault::bad_request("imageType must be iso or floppy."));
        }
        let size = i64::try_from(self.size).map_err(|_too_large| Fault::bad_request("size is more than a file can have."))?;
        let body = |catalog_item| Media {
            size,
            image_type: self.image_type.clone(),
            catalog_item,
            storage_profile: site.profile,
            files: vec![TransferFile::new(IMAGE.to_owned(), Some(self.size))],
            downloadable: false,
        };
        let made = site.scaffold(cx, &self.name, self.description.clone(), body).await?;
        quota::storage_fits(&cx.tx.read(), site.profile).await?;
        Ok(Subject::of(made.head()))
    }

    async fn patience(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<Option<i64>, Fault> {
        if phase == 0 { patience(cx).await } else { Ok(None) }
    }

    async fn run(&self, phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        if phase == 0 {
            return received(cx, "media/upload_timeout").await;
        }
        arrive(cx).await
    }
}

/// How long an upload waits for more bytes: not at all once they are there, else as the settings of the system say.
pub(crate) async fn patience(cx: &Run<'_, '_>) -> Result<Option<i64>, Fault> {
    let owner = cx.tx.read().entity(cx.task.owner).await?;
    if owner.is_none_or(|entity| is_complete(&entity)) {
        return Ok(None);
    }
    let settings = cx.tx.read().setting::<GeneralSettings>().await?;
    Ok(Some(i64::from(settings.transfer_session_timeout_seconds) * 1_000))
}

/// Whether all files are there, and for a template what they are and that they are the right ones.
pub(crate) fn is_complete(entity: &Entity) -> bool {
    all_whole(entity.files()) && entity.body::<VAppTemplate>().is_none_or(VAppTemplate::is_understood)
}

/// Ends the task when bytes are missing although the upload has waited long enough, and tells so by this event.
pub(crate) async fn received(cx: &mut Run<'_, '_>, event: &str) -> Result<(), Fault> {
    let entity = cx.tx.read().entity(cx.task.owner).await?.ok_or_else(|| Fault::no_access(cx.task.owner))?;
    if is_complete(&entity) {
        return Ok(());
    }
    announce::tell_failure(cx, &entity, event).await?;
    cx.fail(Fault::bad_request(match entity.files().iter().find(|file| !file.is_whole()) {
        None => "The transfer timed out: the descriptor was not understood, or the manifest not checked.".to_owned(),
        Some(file) => {
            let of = file.size.map_or_else(String::new, |size| format!(" of {size}"));
            format!("The transfer timed out: {}{of} bytes of the file \"{}\" arrived.", file.bytes(), file.name)
        }
    }));
    Ok(())
}

/// Where an upload lies.
pub(crate) struct Site {
    pub(crate) vdc: Res<Vdc>,
    pub(crate) catalog: Option<Res<Catalog>>,
    pub(crate) profile: Option<Uuid>,
}

impl Site {
    /// Admits the caller to the action on a catalog or on a VDC, and finds VDC and storage profile.
    pub(crate) async fn find(
        cx: &Prepare<'_, '_>,
        [to_catalog, to_vdc]: [&Action; 2],
        place: Place,
        asked: Option<Urn>,
    ) -> Result<Self, Fault> {
        match place {
            Place::Vdc(id) => drop(admit_in::<Vdc>(cx, to_vdc, id).await?),
            Place::Catalog(id) => drop(admit_in::<Catalog>(cx, to_catalog, id).await?),
        }
        Self::of(&cx.tx.read(), place, asked).await
    }

    /// The VDC and the storage profile of a place.
    pub(crate) async fn of(reader: &Reader<'_>, place: Place, asked: Option<Urn>) -> Result<Self, Fault> {
        let (vdc, catalog) = match place {
            Place::Vdc(id) => (reader.get::<Vdc>(id).await?, None),
            Place::Catalog(id) => {
                let catalog = reader.get::<Catalog>(id).await?;
                (vdc_of(reader, &catalog).await?, Some(catalog))
            }
        };
        let profiles = reader.children::<VdcStorageProfile>(vdc.head().id).await?;
        let usual = catalog.as_ref().and_then(|catalog| catalog.body().storage_profiles.first().copied());
        let wanted = asked.map(|urn| urn.id).or(usual);
        let profile = match wanted {
            Some(id) => {
                let found = profiles.iter().find(|profile| profile.head().id == id && profile.body().enabled);
                let unknown = || Fault::invalid_reference("VdcStorageProfile", &Urn::new(Kind::VdcStorageProfile, id).to_string());
                Some(found.ok_or_else(unknown)?)
            }
            None => profiles.iter().find(|profile| profile.body().default),
        };
        Ok(Self { profile: profile.map(|profile| profile.head().id), vdc, catalog })
    }

    /// Makes what is uploaded, and the item that stands for it where it lies in a catalog; `body` is given the item's id.
    pub(crate) async fn scaffold<R: Resource>(
        &self,
        cx: &mut Prepare<'_, '_>,
        name: &str,
        description: Option<String>,
        body: impl FnOnce(Option<Uuid>) -> R + Send,
    ) -> Result<Res<R>, Fault> {
        check_name(name)?;
        let item = self.catalog.as_ref().map(|catalog| (cx.tx.id(), catalog));
        let draft = Draft {
            id: cx.tx.id(),
            name: name.to_owned(),
            description,
            org: self.vdc.head().org,
            parent: Some(self.vdc.head().id),
            owner: Some(cx.by.user),
            status: Status::Unresolved,
            body: body(item.map(|(id, _)| id)),
        };
        let made = cx.create(draft).await?;
        if let Some((id, catalog)) = item {
            scaffold_item(cx, id, catalog, made.entity()).await?;
        }
        Ok(made)
    }
}

/// The VDC in which a catalog's things lie: that of its first storage profile, else the organization's first.
async fn vdc_of(reader: &Reader<'_>, catalog: &Res<Catalog>) -> Result<Res<Vdc>, Fault> {
    if let Some(profile) = catalog.body().storage_profiles.first()
        && let Some(vdc) = reader.get::<VdcStorageProfile>(*profile).await?.head().parent
    {
        let vdc = reader.get::<Vdc>(vdc).await?;
        return if vdc.body().enabled { Ok(vdc) } else { Err(Fault::bad_request(format!("The VDC \"{}\" is disabled.", vdc.head().name))) };
    }
    let all = reader.list(EntityFilter::kind(Kind::Vdc).in_org(catalog.head().org)).await?;
    let enabled = all.into_iter().filter_map(Res::<Vdc>::new).find(|vdc| vdc.body().enabled);
    enabled.ok_or_else(|| Fault::bad_request("The organization has no VDC that takes anything."))
}
