//! What the writer runs. Invariant: a command is an owned value, so that nobody who waits for it can cancel half of it.

use crate::tx::Tx;
use std::future::Future;
use vcdsim_model::Fault;

/// An owned value that the writer runs. It reads and changes through `tx`; on `Err` nothing of it is written.
pub trait Command: Send + 'static {
    /// What it answers once it is committed.
    type Output: Send + 'static;

    /// Does the work.
    fn run(self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Output, Fault>> + Send;
}
