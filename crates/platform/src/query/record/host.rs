//! `host`. Invariant: vCenter owns hosts; nothing here changes them.

use super::Field;
use super::common::{IS_BUSY, NAME, always, never, unset, vc, zero};
use vcdsim_model::family::host::Host;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

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
    zero("numberOfVMs"),
    never("isInMaintenanceMode"),
    vc(|f| Some(Urn::new(Kind::VimServer, f.body::<Host>()?.vim_server))),
    Field::text("vcName", |f| f.name_of(Kind::VimServer, Some(f.body::<Host>()?.vim_server))),
];
