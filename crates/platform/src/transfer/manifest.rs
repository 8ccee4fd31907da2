//! Packages whose files are compared with a manifest. Invariant: files become a template only while their verdict is about the bytes that
//! are there: what comes later is compared anew.
//!
//! Digests are made of what lies on disk, a piece at a time and beside the writer, by the request that brings the last byte. A client that
//! had no answer to it, since its connection broke or the server died, sends its last part again as ever, and that request makes them.

use crate::cloud::Cloud;
use crate::vapp_template::begin_anew;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Res, Status};
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::fault::excerpt;
use vcdsim_model::manifest::{Algorithm, FileDigest, MANIFEST, Manifest, digests};
use vcdsim_model::transfer::{all_whole, percent};
use vcdsim_store::{Blob, Command, Tx};
use vcdsim_task_engine::Engine;

/// How many bytes are read at a time.
const PIECE: u64 = 256 << 10;

impl Cloud {
    /// Compares the files of a template with its manifest, if that is awaited and all of them are there; a difference ends the upload. A
    /// blocked upload goes on waiting for its decision, and begins again with its descriptor.
    ///
    /// # Errors
    /// 400 with the file that differs or is not there, or with what is wrong with the manifest.
    pub async fn check_manifest(&self, template: Uuid) -> Result<(), Fault> {
        while let Some(found) = self.unchecked(template).await? {
            let difference = self.difference(&found).await?;
            let verdict = Verdict { engine: self.engine().clone(), template, rev: found.head().rev, difference };
            if let Some(difference) = self.store().write(verdict).await? {
                return Err(difference);
            }
        }
        Ok(())
    }

    /// The template, when everything is there to compare and was not compared.
    async fn unchecked(&self, template: Uuid) -> Result<Option<Res<VAppTemplate>>, Fault> {
        let found = self.read().find::<VAppTemplate>(template).await?;
        Ok(found.filter(|found| found.head().status == Status::Unresolved && is_unchecked(found.body())))
    }

    /// What the files and the manifest disagree about, as long as anybody wants to know; an error when that could not be found out.
    async fn difference(&self, template: &Res<VAppTemplate>) -> Result<Option<Fault>, Fault> {
        let (id, files) = (template.head().id, &template.body().files);
        let Some(index) = files.iter().position(|file| file.name == MANIFEST) else { return Ok(None) };
        let length = usize::try_from(files[index].bytes()).map_err(|_never| Fault::internal())?;
        let said = match digests(&self.store().blobs().file(id, index)?.read_at(0, length).await?) {
            Ok(said) => said,
            Err(fault) => return Ok(Some(fault)),
        };
        for one in said {
            if self.unchecked(id).await?.is_none() {
                return Ok(None);
            }
            let name = excerpt(&one.file);
            let Some((index, bytes)) = one.stretch(files) else {
                return Ok(Some(Fault::bad_request(format!("The manifest names the file \"{name}\", which the package does not have."))));
            };
            if digest(&self.store().blobs().file(id, index)?, bytes, &one).await? != one.digest {
                let word = one.algorithm.name();
                return Ok(Some(Fault::bad_request(format!(
                    "The file \"{name}\" does not have the {word} digest that the manifest says."
                ))));
            }
        }
        Ok(None)
    }
}

fn is_unchecked(template: &VAppTemplate) -> bool {
    template.manifest == Manifest::Unchecked && !template.planned.is_empty() && all_whole(&template.files)
}

/// The digest of some bytes of a file.
async fn digest(blob: &Blob, mut bytes: std::ops::Range<u64>, asked: &FileDigest) -> Result<String, Fault> {
    let mut context = Context::new(match asked.algorithm {
        Algorithm::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::Sha256 => &SHA256,
        Algorithm::Sha512 => &SHA512,
    });
    while !bytes.is_empty() {
        let wanted = usize::try_from((bytes.end - bytes.start).min(PIECE)).map_err(|_never| Fault::internal())?;
        let piece = blob.read_at(bytes.start, wanted).await?;
        if piece.is_empty() {
            return Err(Fault::internal());
        }
        context.update(&piece);
        bytes.start += piece.len() as u64;
    }
    Ok(crate::session::hex(context.finish().as_ref()))
}

/// Notes what came of the comparison, unless the template has changed since.
struct Verdict {
    engine: Engine,
    template: Uuid,
    rev: i64,
    difference: Option<Fault>,
}

impl Command for Verdict {
    /// The difference, when it ended the upload.
    type Output = Option<Fault>;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Option<Fault>, Fault> {
        let Some(found) = tx.read().find::<VAppTemplate>(self.template).await? else { return Ok(None) };
        let (Some(task), true) = (found.head().busy, found.head().rev == self.rev) else { return Ok(None) };
        if let Some(difference) = self.difference {
            tx.update_body::<VAppTemplate>(self.template, |_, body| begin_anew(body)).await?;
            self.engine.give_up(tx, task, difference.clone()).await?;
            return Ok(Some(difference));
        }
        let agrees = tx.update_body::<VAppTemplate>(self.template, |_, body| body.manifest = Manifest::Agrees).await?;
        self.engine.nudge(tx, task, percent(agrees.entity().files())).await?;
        Ok(None)
    }
}
