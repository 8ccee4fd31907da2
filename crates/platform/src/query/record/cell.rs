//! `cell`. Invariant: there is one, and it is up: it answers.

use super::Field;
use super::common::{NAME, unset};
use vcdsim_model::clock::from_millis;
use vcdsim_model::version::PRODUCT;

pub(super) const FIELDS: &[Field] = &[
    // A cell may listen on many addresses, and knows none as its primary one.
    unset("primaryIp"),
    NAME,
    Field::int("isActive", |_| Some(1)),
    Field::int("isVMwareVc", |_| Some(0)),
    Field::time("buildDate", |_| Some(from_millis(PRODUCT.built_millis))),
    Field::text("version", |_| Some(PRODUCT.version.to_owned())),
];
