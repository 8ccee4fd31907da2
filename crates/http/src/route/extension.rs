//! The provider's entry: `GET /api/admin/extension` and its lists.

use crate::router::Routes;

pub(super) fn routes(_routes: &mut Routes) {}
