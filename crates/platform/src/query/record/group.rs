//! `group`, `adminGroup`. Invariant: the role is that of accounts that come with the group.

use super::Field;
use super::common::{NAME, ORG, never};
use vcdsim_model::family::group::Group;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

const ROLE_NAME: Field = Field::text("roleName", |f| f.name_of(Kind::Role, Some(f.body::<Group>()?.role)));
const IS_READ_ONLY: Field = never("isReadOnly");
const IDENTITY_PROVIDER_TYPE: Field = Field::word("identityProviderType", |f| Some(f.body::<Group>()?.provider.name())).since(V::V5_1);

pub(super) const FIELDS: &[Field] = &[NAME, ROLE_NAME, IS_READ_ONLY, IDENTITY_PROVIDER_TYPE];

pub(super) const ADMIN_FIELDS: &[Field] = &[NAME, ORG, ROLE_NAME, IS_READ_ONLY, IDENTITY_PROVIDER_TYPE];
