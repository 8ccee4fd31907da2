//! The base of URLs where no request says it. Invariant: what the settings say goes before what the process was started with.

use std::sync::{Arc, OnceLock};
use vcdsim_model::Fault;
use vcdsim_model::family::settings::GeneralSettings;
use vcdsim_store::Reader;

/// What stands in a message as long as nobody knows better.
const UNKNOWN: &str = "https://localhost/api";

/// The API's base URL, as in `https://host:port/api`; known once the listeners are bound.
#[derive(Debug, Clone, Default)]
pub struct BaseUri(Arc<OnceLock<String>>);

impl BaseUri {
    /// Says what it is; only the first time counts.
    pub fn set(&self, uri: impl Into<String>) {
        self.0.get_or_init(|| uri.into());
    }

    /// What it is.
    #[must_use]
    pub fn get(&self) -> &str {
        self.0.get().map_or(UNKNOWN, String::as_str)
    }
}

/// `RestApiBaseUri` of the general settings, else the fallback.
pub(crate) async fn current(reader: &Reader<'_>, fallback: &BaseUri) -> Result<String, Fault> {
    let settings: GeneralSettings = reader.setting().await?;
    let stored = settings.rest_api_base_uri.filter(|uri| !uri.trim().is_empty());
    Ok(stored.unwrap_or_else(|| fallback.get().to_owned()))
}
