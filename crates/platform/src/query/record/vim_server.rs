//! `virtualCenter`, and what a vCenter server lists: `portgroup`, `resourcePool`. Invariant: port groups and resource pools are no objects of
//! the cloud, so their rows have neither href nor id.

use super::Field;
use super::common::{IS_BUSY, NAME, always, never, unset, vc};
use super::facts::{Facts, Of};
use super::part::{Part, Parts};
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion as V;

/// What the network of an unused port group is called; clients choose by it.
const NO_NETWORK: &str = "--";
/// `scopeType` of a port group that an external network uses.
const GLOBAL_SCOPE: i64 = 1;

/// The external network that uses the row's port group.
fn network<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    let (server, moref) = (f.head()?.id, &port_group(f)?.0);
    let uses = |body: &ExternalNetwork| body.vim_server == server && body.port_group == *moref;
    let mut all = f.group(Kind::ExternalNetwork, Of::Cloud).iter();
    all.find(|network| network.body::<ExternalNetwork>().is_some_and(uses)).map(AsRef::as_ref)
}

fn port_group<'a>(f: &Facts<'a>) -> Option<&'a (String, String)> {
    f.body::<VimServer>()?.port_groups.get(f.part()?.index)
}

fn resource_pool<'a>(f: &Facts<'a>) -> Option<&'a (String, String)> {
    f.body::<VimServer>()?.resource_pools.get(f.part()?.index)
}

/// What vCenter lists by its name and an own one.
fn listed(server: &Arc<Entity>, list: fn(&VimServer) -> &[(String, String)]) -> Vec<Part> {
    let all = server.body::<VimServer>().map(list).unwrap_or_default();
    all.iter().enumerate().map(|(index, (_, name))| Part::new(server, index).named(name)).collect()
}

/// The port groups of a vCenter server.
pub(super) static PORT_GROUPS: Parts =
    Parts { kind: Kind::VimServer, beside: None, split: |server, _| listed(server, |body| &body.port_groups) };
/// Its resource pools.
pub(super) static RESOURCE_POOLS: Parts =
    Parts { kind: Kind::VimServer, beside: None, split: |server, _| listed(server, |body| &body.resource_pools) };

const VC: Field = vc(|f| Some(f.entity()?.urn()));
const VC_NAME: Field = Field::text("vcName", |f| Some(f.head()?.name.clone()));

pub(super) const FIELDS: &[Field] = &[
    NAME,
    Field::text("url", |f| Some(f.body::<VimServer>()?.url.clone())),
    Field::text("userName", |f| Some(f.body::<VimServer>()?.user_name.clone())),
    Field::bool("isEnabled", |f| Some(f.body::<VimServer>()?.enabled)),
    Field::text("vcVersion", |f| Some(f.body::<VimServer>()?.version.clone())),
    Field::word("status", |f| f.entity().map(|_| "READY")),
    unset("vsmIP"),
    IS_BUSY,
    Field::word("listenerState", |f| f.entity().map(|_| "CONNECTED")).since(V::V20_0),
    Field::text("uuid", |f| Some(f.body::<VimServer>()?.uuid.clone())),
    always("isSupported").since(V::V5_1),
];

pub(super) const PORT_GROUP_FIELDS: &[Field] = &[
    Field::text("moref", |f| Some(port_group(f)?.0.clone())),
    NAME,
    Field::word("portgroupType", |_| Some("DV_PORTGROUP")),
    VC,
    VC_NAME,
    Field::bool("isVCEnabled", |f| Some(f.body::<VimServer>()?.enabled)),
    Field::reference("network", Kind::ExternalNetwork, |f| Some(network(f)?.urn())).under(View::Extension),
    Field::text("networkName", |f| Some(network(f).map_or(NO_NETWORK, |network| &network.head.name).to_owned())),
    Field::int("scopeType", |f| network(f).map(|_| GLOBAL_SCOPE)),
];

pub(super) const RESOURCE_POOL_FIELDS: &[Field] =
    &[NAME, Field::text("moref", |f| Some(resource_pool(f)?.0.clone())), never("isDeleted"), VC, VC_NAME];
