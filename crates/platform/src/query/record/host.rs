//! `host`. Invariant: vCenter owns hosts; nothing here changes them.

use super::Field;
use super::common::{IS_BUSY, NAME, always, count, host, is_deployed, never, server_of, unset, vc};
use super::facts::{Facts, Of};
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::host::Host;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

/// How many machines it runs: all of its vCenter server's, or none.
fn machines(f: &Facts<'_>) -> Option<i64> {
    let server = f.body::<Host>()?.vim_server;
    if host(f, server)?.head.id != f.head()?.id {
        return Some(0);
    }
    let here = |vm: &&Arc<Entity>| f.vdc_of(vm).and_then(|vdc| server_of(f, vdc)).is_some_and(|urn| urn.id == server);
    count(f.group(Kind::Vm, Of::Cloud).iter().filter(|vm| is_deployed(vm)).filter(here))
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    always("isEnabled"),
    never("isDeleted"),
    IS_BUSY,
    always("isPrepared"),
    always("isSupported"),
    never("isHung"),
    never("isPendingUpgrade"),
    Field::int("state", |_| Some(1)),
    unset("osVersion"),
    always("isCrossHostEnabled"),
    Field::int("numberOfVMs", machines),
    never("isInMaintenanceMode"),
    vc(|f| Some(Urn::new(Kind::VimServer, f.body::<Host>()?.vim_server))),
    Field::text("vcName", |f| f.name_of(Kind::VimServer, Some(f.body::<Host>()?.vim_server))),
];
