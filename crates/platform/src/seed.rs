//! The inventory that a new cloud starts with. Invariant: the ids of seeded objects follow from their names alone, so that they are the same
//! in every cloud.

mod accounts;
mod compute;
mod inventory;
mod provider;

pub(crate) use accounts::ADMINISTRATOR;
pub use inventory::{CatalogSeed, Counts, Inventory, Name, NetworkSeed, OrgSeed, RoleName, TemplateSeed, UserSeed, VAppSeed, VdcSeed};

use crate::cloud::Cloud;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Draft, Resource, Status};
use vcdsim_model::kind::Kind;
use vcdsim_store::{Command, EntityFilter, Tx};

const NAMESPACE: Uuid = Uuid::from_u128(0x7663_6473_696d_4000_8000_696e_7665_6e74);

/// The id of the seeded object with this path, as in `example/example-vdc`.
#[must_use]
pub fn seeded_id(kind: Kind, path: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{}/{path}", kind.name()).as_bytes())
}

/// A resolved object that belongs to nobody yet; its id follows from `path`, its name is the last part of it.
pub(crate) fn draft<R: Resource>(path: &str, body: R) -> Draft<R> {
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    Draft { id: seeded_id(R::KIND, path), name, description: None, org: None, parent: None, owner: None, status: Status::Resolved, body }
}

/// Fills an empty cloud; one that has organizations is left alone.
struct Seed {
    inventory: Arc<Inventory>,
}

impl Command for Seed {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        if !tx.read().list(EntityFilter::kind(Kind::Org)).await?.is_empty() {
            return Ok(());
        }
        accounts::seed(tx, &self.inventory).await?;
        if self.inventory.provider {
            provider::seed(tx).await?;
        }
        for org in &self.inventory.orgs {
            compute::seed(tx, org).await?;
        }
        Ok(())
    }
}

impl Cloud {
    /// Fills an empty cloud with this inventory; one that has organizations is left alone.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn seed(&self, inventory: &Arc<Inventory>) -> Result<(), Fault> {
        self.store().write(Seed { inventory: Arc::clone(inventory) }).await
    }
}

/// The id of this site.
#[must_use]
pub fn site_id() -> Uuid {
    seeded_id(Kind::Org, "site")
}

/// The id of this location: organization and site share it.
#[must_use]
pub fn location() -> String {
    format!("{}@{}", seeded_id(Kind::Org, "System"), site_id())
}
