//! The administrator's entry: `GET /api/admin`, and rights.

use crate::router::Routes;

pub(super) fn routes(_routes: &mut Routes) {}
