//! Whom the broker's connection trusts. Invariant: what is stored was read before, so that no connection fails over a file that never was one.

use crate::cloud::Cloud;
use crate::settings::admit;
use uuid::Uuid;
use vcdsim_model::caller::Caller;
use vcdsim_model::family::settings::{AmqpSettings, TrustPart, TrustUpload, TrustUploads};
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::{Command, Tx};

/// The largest file that is taken: a trust store holds some dozens of certificates.
pub const MOST: u64 = 1 << 20;

impl Cloud {
    /// Announces a file; answers under which id it is awaited in the transfer area.
    ///
    /// # Errors
    /// 403 for all but the provider, 400 for a size that no such file has.
    pub async fn announce_trust(
        &self,
        caller: &Caller,
        part: TrustPart,
        size: Option<i64>,
        password: Option<String>,
    ) -> Result<Uuid, Fault> {
        admit(caller)?;
        let size = size.map(|size| u64::try_from(size).ok().filter(|size| (1..=MOST).contains(size)).ok_or(size)).transpose();
        let size = size.map_err(|size| Fault::bad_request(format!("fileSize is {size}, and must be between 1 and {MOST}.")))?;
        self.store().write(Announce { part, size, password }).await
    }

    /// Whether a file is awaited under this id.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn awaits_trust(&self, id: Uuid) -> Result<bool, Fault> {
        let uploads: TrustUploads = self.read().setting().await?;
        Ok(uploads.awaited(id).is_some())
    }

    /// Takes the file that is awaited under this id and this name, whole. From now on it counts.
    ///
    /// # Errors
    /// 403 for all but the provider, 404 when no such file is awaited, 400 for one that is not what was announced.
    pub async fn take_trust(&self, caller: &Caller, id: Uuid, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        admit(caller)?;
        let uploads: TrustUploads = self.read().setting().await?;
        let (part, upload) = uploads.awaited(id).filter(|(part, _)| part.file() == name).ok_or_else(not_awaited)?;
        if let Some(size) = upload.size.filter(|size| *size != bytes.len() as u64) {
            return Err(Fault::bad_request(format!("The file has {} bytes, and {size} were announced.", bytes.len())));
        }
        let pem = self.ports().read_trust(part, bytes, upload.password.as_deref()).map_err(Fault::bad_request)?;
        self.store().write(Take { id, pem }).await
    }

    /// Forgets a part of whom to trust.
    ///
    /// # Errors
    /// 403 for all but the provider.
    pub async fn reset_trust(&self, caller: &Caller, part: TrustPart) -> Result<(), Fault> {
        admit(caller)?;
        self.store().write(Reset { part }).await
    }
}

fn not_awaited() -> Fault {
    Fault::new(FaultCode::NotFound, "No such file is awaited; POST its update again to get a new place for it.")
}

struct Announce {
    part: TrustPart,
    size: Option<u64>,
    password: Option<String>,
}

impl Command for Announce {
    type Output = Uuid;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Uuid, Fault> {
        let id = tx.id();
        let mut uploads: TrustUploads = tx.read().setting().await?;
        *uploads.part(self.part) = Some(TrustUpload { id, size: self.size, password: self.password });
        tx.put_setting(&uploads).await?;
        Ok(id)
    }
}

struct Take {
    id: Uuid,
    pem: String,
}

impl Command for Take {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let mut uploads: TrustUploads = tx.read().setting().await?;
        let (part, _) = uploads.awaited(self.id).ok_or_else(not_awaited)?;
        *uploads.part(part) = None;
        let mut settings: AmqpSettings = tx.read().setting().await?;
        *settings.trust.part(part) = Some(self.pem);
        tx.put_setting(&uploads).await?;
        tx.put_setting(&settings).await
    }
}

struct Reset {
    part: TrustPart,
}

impl Command for Reset {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let mut uploads: TrustUploads = tx.read().setting().await?;
        let mut settings: AmqpSettings = tx.read().setting().await?;
        let (awaited, trusted) = (uploads.part(self.part).take(), settings.trust.part(self.part).take());
        if awaited.is_some() {
            tx.put_setting(&uploads).await?;
        }
        if trusted.is_some() {
            tx.put_setting(&settings).await?;
        }
        Ok(())
    }
}
