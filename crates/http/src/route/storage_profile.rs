//! Storage profiles of VDCs and provider VDCs.

use crate::router::Routes;

pub(super) fn routes(_routes: &mut Routes) {}
