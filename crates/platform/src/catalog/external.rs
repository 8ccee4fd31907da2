//! Catalogs that are published to the outside. Invariant: of a password only its hash is kept, and no document has even that.

use super::allowed;
use crate::change::Change;
use crate::cloud::Cloud;
use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Res;
use vcdsim_model::family::catalog::{Catalog, PUBLISH_EXTERNALLY, Publication};
use vcdsim_model::id::Urn;
use vcdsim_model::right::Right;
use vcdsim_store::{Reader, Tx};

/// What stands for a password in documents; who sends it back leaves the password as it is.
pub const MASK: &str = "******";

/// What a request says about a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Password {
    /// It stays as it is.
    Kept,
    /// It is the one with this hash from now on, or there is none.
    Is(Option<String>),
}

impl Password {
    /// The hash that is kept where `former` was.
    pub(crate) fn over(self, former: Option<String>) -> Option<String> {
        match self {
            Self::Kept => former,
            Self::Is(hash) => hash,
        }
    }
}

impl Cloud {
    /// What is kept of a password that guards the catalog `publisher`. Its id is the salt, so that publisher and subscriber keep the same
    /// and neither has the password.
    ///
    /// # Errors
    /// 400 for characters that a password cannot have.
    pub async fn catalog_password(&self, publisher: Uuid, sent: Option<String>) -> Result<Password, Fault> {
        let sent = match sent.filter(|sent| !sent.is_empty()) {
            None => return Ok(Password::Is(None)),
            Some(sent) if sent == MASK => return Ok(Password::Kept),
            Some(sent) if sent.is_ascii() => sent,
            Some(_) => return Err(Fault::bad_request("The Password of a catalog has ASCII characters only.")),
        };
        let hashed = tokio::task::spawn_blocking(move || hash(publisher, &sent)).await;
        let hashed = hashed.ok().flatten().ok_or_else(|| {
            tracing::error!("the password of a catalog could not be hashed");
            Fault::internal()
        });
        hashed.map(|hash| Password::Is(Some(hash)))
    }
}

/// argon2id with the cheap parameters of the accounts.
fn hash(publisher: Uuid, password: &str) -> Option<String> {
    let cheap = Params::new(1_024, 1, 1, None).ok()?;
    let salt = SaltString::encode_b64(publisher.as_bytes()).ok()?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap).hash_password(password.as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

/// How a catalog is to be published to the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishExternally {
    /// Whether it is published.
    pub on: bool,
    /// The password that subscribers need.
    pub password: Password,
    /// Whether its content is kept ready for them; `None` leaves that as it is.
    pub cached: Option<bool>,
    /// Whether copies have the addresses of their originals; `None` leaves that as it is.
    pub keeps_identity: Option<bool>,
}

impl PublishExternally {
    fn over(self, former: Option<&Publication>) -> Publication {
        Publication {
            on: self.on,
            password: self.password.over(former.and_then(|former| former.password.clone())),
            cached: self.cached.unwrap_or(former.is_some_and(|former| former.cached)),
            keeps_identity: self.keeps_identity.unwrap_or(former.is_some_and(|former| former.keeps_identity)),
        }
    }
}

impl Change for PublishExternally {
    type Of = Catalog;
    const ACTION: &'static Action = &PUBLISH_EXTERNALLY;
    const EVENT: &'static str = "catalog/publish";

    async fn apply(self, tx: &mut Tx<'_>, caller: &Caller, of: Res<Catalog>) -> Result<Urn, Fault> {
        let publication = published(&tx.read(), caller, &of, self).await?;
        tx.update_body::<Catalog>(of.head().id, |_, catalog| catalog.publication = Some(publication)).await?;
        Ok(of.urn())
    }
}

/// The publication after a request that may say nothing new about it: only who may publish can change it.
pub(super) async fn republished(
    reader: &Reader<'_>,
    caller: &Caller,
    of: &Res<Catalog>,
    asked: Option<PublishExternally>,
) -> Result<Option<Publication>, Fault> {
    let former = of.body().publication.clone();
    let Some(asked) = asked else { return Ok(former) };
    let wanted = asked.clone().over(former.as_ref());
    if former.as_ref().map_or(!wanted.on, |former| *former == wanted) {
        return Ok(former);
    }
    PUBLISH_EXTERNALLY.admit(of.entity(), caller, Some(PUBLISH_EXTERNALLY.access))?;
    published(reader, caller, of, asked).await.map(Some)
}

/// The publication that comes of a request, if the organization may publish and the caller may ask for it.
async fn published(reader: &Reader<'_>, caller: &Caller, of: &Res<Catalog>, asked: PublishExternally) -> Result<Publication, Fault> {
    let former = of.body().publication.as_ref();
    let publication = asked.over(former);
    allowed(reader, &PUBLISH_EXTERNALLY, of.head().org).await?;
    let caching = publication.cached != former.is_some_and(|former| former.cached);
    if caching && !caller.has(Right::CATALOG_EXTERNAL_CACHING) {
        let message = format!("IsCacheEnabled is for those with the right \"{}\".", Right::CATALOG_EXTERNAL_CACHING.name());
        return Err(Fault::new(vcdsim_model::FaultCode::Forbidden, message));
    }
    Ok(publication)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_password_is_one_for_each_catalog() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(hash(one, "secret"), hash(one, "secret"));
        assert_ne!(hash(one, "secret"), hash(other, "secret"));
        assert_ne!(hash(one, "secret"), hash(one, "Secret"));
        assert!(hash(one, "secret").is_some_and(|hash| hash.starts_with("$argon2id$") && !hash.contains("secret")));
    }
}
