//! `user`, `adminUser`. Invariant: a user's machines are those whose vApp it owns.

use super::Field;
use super::common::{NAME, ORG, count, is_deployed, machines, never, unset_int, zero};
use super::facts::{Facts, Of};
use vcdsim_model::entity::Entity;
use vcdsim_model::family::user::User;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

fn own<'a>(f: &Facts<'a>) -> Option<impl Iterator<Item = &'a Entity>> {
    let head = f.head()?;
    let of = Of::Org(head.org?);
    let vapps = f.group(Kind::VApp, of);
    let ours = move |vm: &Entity| vapps.iter().any(|vapp| Some(vapp.head.id) == vm.head.parent && vapp.head.owner == Some(head.id));
    Some(machines(f, of, ours))
}

const FULL_NAME: Field = Field::text("fullName", |f| Some(f.body::<User>()?.full_name.clone()));
const IS_ENABLED: Field = Field::bool("isEnabled", |f| Some(f.body::<User>()?.enabled));
const NUMBER_OF_DEPLOYED_VMS: Field = Field::int("numberOfDeployedVMs", |f| count(own(f)?.filter(|vm| is_deployed(vm))));
const NUMBER_OF_STORED_VMS: Field = Field::int("numberOfStoredVMs", |f| count(own(f)?));
const IDENTITY_PROVIDER_TYPE: Field = Field::word("identityProviderType", |_| Some("INTEGRATED")).since(V::V5_1);

pub(super) const FIELDS: &[Field] = &[
    NAME,
    FULL_NAME,
    IS_ENABLED,
    NUMBER_OF_DEPLOYED_VMS,
    zero("deployedVMQuota"),
    NUMBER_OF_STORED_VMS,
    zero("storedVMQuota"),
    never("isLdapUser"),
    IDENTITY_PROVIDER_TYPE,
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    NAME,
    ORG,
    FULL_NAME,
    IS_ENABLED,
    NUMBER_OF_DEPLOYED_VMS,
    zero("deployedVMQuota"),
    NUMBER_OF_STORED_VMS,
    zero("storedVMQuota"),
    never("isLdapUser"),
    unset_int("deployedVMQuotaRank"),
    unset_int("storedVMQuotaRank"),
    IDENTITY_PROVIDER_TYPE,
];
