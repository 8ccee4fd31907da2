//! `edgeGateway`. Invariant: what is counted is what the gateway's document lists.

use super::Field;
use super::common::{IS_BUSY, NAME, VDC, count};
use super::facts::{Facts, Of};
use vcdsim_model::family::edge_gateway::{EdgeGateway, INTERFACES};
use vcdsim_model::family::network::Network;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

fn gateway<'a>(f: &Facts<'a>) -> Option<&'a EdgeGateway> {
    f.body::<EdgeGateway>()
}

/// The networks behind it.
fn behind(f: &Facts<'_>) -> Option<i64> {
    let head = f.head()?;
    let all = f.group(Kind::Network, Of::Parent(head.parent?)).iter();
    count(all.filter(|network| network.body::<Network>().is_some_and(|body| body.gateway == Some(head.id))))
}

fn outside(f: &Facts<'_>) -> Option<i64> {
    count(gateway(f)?.uplinks.iter())
}

/// How many more networks it has room for.
fn room(f: &Facts<'_>) -> Option<i64> {
    Some(i64::try_from(INTERFACES).ok()? - behind(f)? - outside(f)?)
}

fn state(f: &Facts<'_>) -> Option<&'static str> {
    Some(if f.head()?.status.is_made() { "READY" } else { "NOT_READY" })
}

pub(super) const FIELDS: &[Field] = &[
    NAME.since(V::V5_1),
    VDC.since(V::V5_1),
    Field::int("numberOfExtNetworks", outside).since(V::V5_1),
    Field::int("numberOfOrgNetworks", behind).since(V::V5_1),
    IS_BUSY.since(V::V5_1),
    Field::text("orgVdcName", |f| Some(f.vdc()?.head.name.clone())).since(V::V29_0),
    Field::int("availableNetCount", room).since(V::V29_0),
    Field::word("gatewayStatus", state).since(V::V5_1),
    Field::word("haStatus", |f| Some(if gateway(f)?.ha { "UP" } else { "DISABLED" })).since(V::V5_1),
    Field::bool("advancedNetworkingEnabled", |f| Some(gateway(f)?.advanced)).since(V::V9_0),
    Field::bool("distributedRoutingEnabled", |f| Some(gateway(f)?.distributed)).since(V::V29_0),
];
