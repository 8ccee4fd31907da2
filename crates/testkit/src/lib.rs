//! The whole server in process, under a clock that is moved by hand and with ids that repeat. Invariant: nothing here waits for real time;
//! what a test sees takes the same way as over a socket.
//!
//! ```no_run
//! # async fn example() {
//! let mut world = vcdsim_testkit::World::new().await;
//! let admin = world.login("administrator@System").await;
//! assert_eq!(admin.get("/api/admin/extension/blockingTasks").await.status, 200);
//! world.advance_millis(60_000).await;
//! # }
//! ```

mod actor;
mod answer;
mod record;
mod world;

pub use actor::Actor;
pub use answer::Answer;
pub use world::{World, WorldOptions};

#[doc(hidden)]
pub use insta;

/// Compares an answer's document with the golden `fixtures/contract/<family>/<case>@<version>.snap`. `provenance` says where its form is
/// known from: `recorded`, `documented`, `schema`, `inferred` or `ours`, with a note in parentheses.
#[macro_export]
macro_rules! golden {
    ($answer:expr, $family:expr, $case:expr, $provenance:expr) => {{
        let answer: &$crate::Answer = &$answer;
        $crate::insta::with_settings!({
            snapshot_path => format!("{}/../../fixtures/contract/{}", env!("CARGO_MANIFEST_DIR"), $family),
            prepend_module_to_snapshot => false,
            omit_expression => true,
            description => format!("{}; {}", $provenance, answer.media()),
        }, {
            $crate::insta::assert_snapshot!(format!("{}@{}", $case, answer.version()), answer.pretty());
        });
    }};
}
