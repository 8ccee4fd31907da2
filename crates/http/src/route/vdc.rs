//! Organization VDCs, tenant and admin views.

use crate::router::Routes;

pub(super) fn routes(_routes: &mut Routes) {}
