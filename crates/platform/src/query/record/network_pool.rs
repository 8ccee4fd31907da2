//! `networkPool`. Invariant: the number of a type is the schema's.

use super::Field;
use super::common::{IS_BUSY, NAME, unset};
use vcdsim_model::family::network_pool::NetworkPool;
use vcdsim_model::version::ApiVersion as V;

pub(super) const FIELDS: &[Field] = &[
    NAME,
    // The schema numbers three types; others have no number.
    Field::int("networkPoolType", |f| match f.body::<NetworkPool>()?.pool_type.as_str() {
        "VlanPool" => Some(0),
        "FencePool" => Some(1),
        "PortGroupPool" => Some(2),
        _ => None,
    }),
    IS_BUSY,
    unset("universalId").since(V::V30_0),
];
