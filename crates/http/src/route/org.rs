//! Organizations: list, tenant view, admin view and its settings.

use crate::router::Routes;

pub(super) fn routes(_routes: &mut Routes) {}
