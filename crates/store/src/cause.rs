//! On whose behalf commands are written. Invariant: nobody decides anything by it; it is only written down with the events.

use uuid::Uuid;
use vcdsim_model::event::Cause;

tokio::task_local! {
    static REQUEST: Uuid;
}

/// Does `work` for a request: the events of the commands that it writes say so.
pub async fn on_behalf_of<F: Future>(request: Uuid, work: F) -> F::Output {
    REQUEST.scope(request, work).await
}

/// The request that is being worked for, if one is.
pub(crate) fn current() -> Option<Cause> {
    REQUEST.try_with(|request| Cause::Request(*request)).ok()
}
