//! Who acts. Invariant: the first is the provider's administrator, who may do everything.

use vcdsim_model::caller::Caller;
use vcdsim_testkit::{Actor, World};

/// All accounts that act.
pub(super) const PEOPLE: &[&str] = &[
    "administrator@System",
    "orgadmin@example",
    "author@example",
    "user@example",
    "cataloger@example",
    "console@example",
    "orgadmin2@example2",
];

/// The one who may do everything.
pub(super) const ADMINISTRATOR: usize = 0;

/// An account with a session.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) actor: Actor,
    pub(super) caller: Caller,
}

impl Person {
    /// Signs in.
    pub(super) async fn of(world: &World, name: &'static str) -> Self {
        let (user, org) = name.split_once('@').unwrap();
        let login = world.instance().app.cloud().login(user, org, "password").await.unwrap();
        Self { name, actor: world.anonymous().with_token(&login.token), caller: login.caller }
    }
}
