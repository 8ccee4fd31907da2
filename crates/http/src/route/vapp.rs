//! vApps: reading, instantiating, composing, power, deleting.

use crate::router::Routes;

pub(super) fn routes(_routes: &mut Routes) {}
