//! What the writer runs. Invariant: a command is an owned value, so that nobody who waits for it can cancel half of it.

use crate::tx::Tx;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use tokio::sync::oneshot;
use tracing::Instrument;
use vcdsim_model::Fault;
use vcdsim_model::event::Cause;

/// An owned value that the writer runs. It reads and changes through `tx`; on `Err` nothing of it is written.
pub trait Command: Send + 'static {
    /// What it answers once it is committed.
    type Output: Send + 'static;

    /// Does the work.
    fn run(self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Output, Fault>> + Send;
}

/// Tells whoever waits how a command ended, once it is known whether the commit succeeded.
pub(crate) type Answer = Box<dyn FnOnce(Result<(), Fault>) + Send>;

/// A command that has run.
pub(crate) struct Ran {
    /// Whether it succeeded so far.
    pub(crate) succeeded: bool,
    /// To be called after the commit.
    pub(crate) answer: Answer,
}

/// A command of any type.
pub(crate) trait Job: Send {
    /// Runs it; a panic counts as a refusal.
    fn run<'a>(self: Box<Self>, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Ran>;
}

/// A command and who waits for it.
pub(crate) struct Queued<C: Command> {
    pub(crate) command: C,
    /// What it is written for.
    pub(crate) cause: Option<Cause>,
    /// What it is logged under.
    pub(crate) span: tracing::Span,
    pub(crate) reply: oneshot::Sender<Result<C::Output, Fault>>,
}

impl<C: Command> Job for Queued<C> {
    fn run<'a>(self: Box<Self>, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Ran> {
        let Self { command, cause, span, reply } = *self;
        tx.set_cause(cause);
        let work = async move {
            let ran = AssertUnwindSafe(async { command.run(tx).await }).catch_unwind().await;
            let result = ran.unwrap_or_else(|panic| {
                tracing::error!(panic = text(panic.as_ref()), command = std::any::type_name::<C>(), "a command panicked");
                Err(Fault::internal())
            });
            Ran {
                succeeded: result.is_ok(),
                answer: Box::new(move |committed| {
                    // Whoever waited may have gone.
                    let _gone = reply.send(committed.and(result)).is_err();
                }),
            }
        };
        Box::pin(work.instrument(span))
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
