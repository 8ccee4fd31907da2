//! The table of routes. Invariant: one family, one file; a handler extracts, calls the platform, makes a view and replies.

mod admin;
mod affinity;
mod blocking_task;
mod catalog;
mod catalog_item;
mod compute_policy;
mod datastore;
mod disk;
mod edge_gateway;
mod entity;
mod extension;
mod external_network;
mod group;
mod host;
mod media;
mod metadata;
mod network;
mod network_pool;
mod org;
mod owner;
mod product;
mod provider_vdc;
mod query;
mod role;
pub(crate) mod session;
mod settings;
mod sharing;
mod snapshot;
mod storage_profile;
mod task;
pub(crate) mod transfer;
mod user;
mod vapp;
mod vapp_template;
mod vdc;
mod version;
mod vim_server;
mod vm;

use crate::router::{Router, Routes};

/// Each family adds its own routes.
const FAMILIES: &[fn(&mut Routes)] = &[
    version::routes,
    session::routes,
    crate::cloudapi::routes,
    task::routes,
    blocking_task::routes,
    settings::routes,
    entity::routes,
    query::routes,
    org::routes,
    owner::routes,
    admin::routes,
    user::routes,
    group::routes,
    role::routes,
    vdc::routes,
    compute_policy::routes,
    storage_profile::routes,
    catalog::routes,
    catalog_item::routes,
    media::routes,
    disk::routes,
    affinity::routes,
    transfer::routes,
    network::routes,
    edge_gateway::routes,
    vapp_template::routes,
    vapp::routes,
    vm::routes,
    snapshot::routes,
    metadata::routes,
    product::routes,
    extension::routes,
    provider_vdc::routes,
    external_network::routes,
    network_pool::routes,
    vim_server::routes,
    host::routes,
    datastore::routes,
];

/// The table of all routes, closed.
#[must_use]
pub fn router() -> Router {
    table().build()
}

/// The table of all routes.
#[must_use]
pub fn table() -> Routes {
    let mut routes = Routes::default();
    for family in FAMILIES {
        family(&mut routes);
    }
    unserved(&mut routes);
    crate::runs::mark(&mut routes);
    routes
}

/// Parts of vCloud Director that clients know and this server does not serve yet: they answer 501 with their name.
fn unserved(routes: &mut Routes) {
    for (prefix, what) in [
        ("/api/extensibility", "API extensibility"),
        ("/api/admin/extension/service", "extension services"),
        ("/api/site", "multi-site associations"),
        ("/api/vdcTemplates", "VDC templates"),
        ("/cloudapi/", "this part of the OpenAPI"),
        ("/oauth", "OAuth tokens"),
        ("/network", "NSX edge services"),
        ("/vcsp", "the feed of published catalogs, which only catalogs of this server follow"),
    ] {
        routes.missing(prefix, what);
    }
}
