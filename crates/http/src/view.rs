//! Documents from graphs. Invariant: a view is a pure function; links come from the tables of actions and links alone.

pub(crate) mod admin;
pub(crate) mod affinity;
pub(crate) mod blocking_task;
pub(crate) mod catalog;
pub(crate) mod catalog_item;
pub(crate) mod compute_policy;
pub(crate) mod datastore;
pub(crate) mod disk;
pub(crate) mod edge_gateway;
pub(crate) mod extension;
pub(crate) mod external_network;
pub(crate) mod files;
pub(crate) mod group;
pub(crate) mod host;
pub(crate) mod links;
pub(crate) mod media;
pub(crate) mod metadata;
pub(crate) mod network;
pub(crate) mod network_pool;
pub(crate) mod org;
pub(crate) mod product;
pub(crate) mod provider_vdc;
pub(crate) mod query;
pub(crate) mod reference;
pub(crate) mod role;
pub(crate) mod section;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod sharing;
pub(crate) mod snapshot;
pub(crate) mod storage_profile;
pub(crate) mod task;
pub(crate) mod user;
pub(crate) mod vapp;
pub(crate) mod vapp_template;
pub(crate) mod vdc;
pub(crate) mod vim_server;
pub(crate) mod vm;

use crate::base::BaseUrl;
use vcdsim_model::caller::Caller;
use vcdsim_model::kind::View;
use vcdsim_model::version::ApiVersion;

/// For whom and in which form a document is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ViewCx<'a> {
    pub(crate) base: &'a BaseUrl,
    pub(crate) caller: &'a Caller,
    pub(crate) version: ApiVersion,
    /// The view of the object whose document it is.
    pub(crate) view: View,
}

impl crate::cx::Cx {
    /// The context of documents in `view`.
    pub(crate) fn view(&self, view: View) -> Result<ViewCx<'_>, vcdsim_model::Fault> {
        Ok(ViewCx { base: &self.base, caller: self.caller()?, version: self.version(), view })
    }
}
