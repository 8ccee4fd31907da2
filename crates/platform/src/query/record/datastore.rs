//! `datastore`. Invariant: sizes are in MB.

use super::Field;
use super::common::{NAME, always, count, never, vc, zero};
use super::facts::{Facts, Of};
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

fn provider_vdcs(f: &Facts<'_>) -> Option<i64> {
    let server = f.body::<Datastore>()?.vim_server;
    let all = f.group(Kind::ProviderVdc, Of::Cloud).iter();
    count(all.filter(|vdc| vdc.body::<ProviderVdc>().is_some_and(|body| body.vim_server == server)))
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    Field::text("datastoreType", |f| Some(f.body::<Datastore>()?.fs_type.clone())),
    always("isEnabled"),
    never("isDeleted"),
    zero("storageUsedMB"),
    Field::int("storageMB", |f| Some(f.body::<Datastore>()?.capacity_mb)),
    zero("provisionedStorageMB"),
    zero("requestedStorageMB"),
    vc(|f| Some(Urn::new(Kind::VimServer, f.body::<Datastore>()?.vim_server))),
    Field::text("vcName", |f| f.name_of(Kind::VimServer, Some(f.body::<Datastore>()?.vim_server))),
    Field::text("moref", |f| Some(f.body::<Datastore>()?.moref.clone())),
    Field::int("numberOfProviderVdcs", provider_vdcs),
    zero("iopsCapacity").since(V::V9_0),
    zero("iopsAllocated").since(V::V9_0),
];
