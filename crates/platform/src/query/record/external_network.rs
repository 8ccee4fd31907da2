//! `externalNetwork`. Invariant: addresses are those of the network's scope.

use super::Field;
use super::common::{IS_BUSY, NAME, unset};
use super::facts::Facts;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::vapp::IpScope;

fn scope<'a>(f: &Facts<'a>) -> Option<&'a IpScope> {
    Some(&f.body::<ExternalNetwork>()?.scope)
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    unset("ipScopeId"),
    Field::text("gateway", |f| Some(scope(f)?.gateway.clone())),
    Field::text("netmask", |f| Some(scope(f)?.netmask.clone())),
    Field::text("dns1", |f| scope(f)?.dns1.clone()),
    Field::text("dns2", |f| scope(f)?.dns2.clone()),
    Field::text("dnsSuffix", |f| scope(f)?.dns_suffix.clone()),
    IS_BUSY,
];
