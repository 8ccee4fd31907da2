//! Hosts.

use crate::router::Routes;

pub(super) fn routes(_routes: &mut Routes) {}
