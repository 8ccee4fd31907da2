//! `role`, `adminRole`, `right`. Invariant: rights are the same in every cloud and belong to no organization.

use super::Field;
use super::common::{NAME, ORG, ORG_NAME};
use vcdsim_model::family::role::Role;
use vcdsim_model::version::ApiVersion as V;

const IS_READ_ONLY: Field = Field::bool("isReadOnly", |f| Some(f.body::<Role>()?.read_only));

pub(super) const FIELDS: &[Field] = &[NAME, IS_READ_ONLY];

pub(super) const ADMIN_FIELDS: &[Field] =
    &[NAME.since(V::V27_0), IS_READ_ONLY.since(V::V27_0), ORG.since(V::V27_0), ORG_NAME.since(V::V27_0)];

pub(super) const RIGHT_FIELDS: &[Field] = &[NAME, Field::text("category", |f| Some(f.right()?.category.to_owned()))];
