//! How long somebody waits, and for what. Invariant: only the patience of a caller is measured in real time; whatever is waited for says by
//! itself that it has changed.

use super::asked::Asked;
use super::call::{Call, Control, Outcome, Told};
use super::problem::Problem;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::watch::Receiver;
use vcdsim_http::message::Response;

/// Ends when the caller's patience does.
#[expect(clippy::disallowed_methods, reason = "a caller waits in real time, whatever the cloud's clock does")]
pub(super) async fn patience(wait: Duration) {
    tokio::time::sleep(wait).await;
}

/// All that says that something has changed of which calls tell.
pub(super) struct Pulse {
    revisions: Receiver<u64>,
    requests: Receiver<u64>,
    spaces: Receiver<u64>,
    snapshots: Receiver<u64>,
}

impl Pulse {
    /// What a call of `control` is woken by.
    pub(super) fn of(control: &Control<'_>) -> Self {
        Self {
            revisions: control.cloud().store().revisions(),
            requests: control.instance.edge.journal().last(),
            spaces: control.spaces.changes(),
            snapshots: control.spaces.images().changes(),
        }
    }

    /// Passes over what has changed so far.
    pub(super) fn still(&mut self) {
        let Self { revisions, requests, spaces, snapshots } = self;
        [revisions, requests, spaces, snapshots].into_iter().for_each(Receiver::mark_unchanged);
    }

    /// Ends when something has changed; false when nothing will any more.
    pub(super) async fn beat(&mut self) -> bool {
        let changed = tokio::select! {
            changed = self.revisions.changed() => changed,
            changed = self.requests.changed() => changed,
            changed = self.spaces.changed() => changed,
            changed = self.snapshots.changed() => changed,
        };
        changed.is_ok()
    }
}

/// Answers a call that can be waited for: with what is waited for, or with what there is when patience ends.
pub(super) async fn answer(control: &Control<'_>, call: &Call, asked: Asked) -> Result<Response, Problem> {
    let (wait, known, first) = (asked.wait()?, asked.after()?, OnceLock::new());
    let asked = asked.without("wait").without("after");
    let look = || async {
        let revision = control.revision();
        match look(control, call, &asked).await {
            // What is not there yet may come.
            Err(problem) if problem.status == 404 => Ok((Err(problem), revision)),
            told => Ok((Ok(told?), revision)),
        }
    };
    let enough = |(told, revision): &(Outcome, u64)| {
        let changed = first.get_or_init(|| told.clone()) != told || known.is_some_and(|known| known != *revision);
        match told {
            Err(_) => false,
            Ok(Told::Items(items)) if known.is_none() => !items.is_empty(),
            Ok(_) => changed,
        }
    };
    let (told, revision) = control.watch(wait, look, enough).await?;
    Ok(control.told(told?, revision))
}

/// What a call tells now; of a list, as many items as are asked for.
pub(super) async fn look(control: &Control<'_>, call: &Call, asked: &Asked) -> Outcome {
    let limit = asked.limit()?;
    let mut told = (call.run)(control, asked.clone()).await?;
    if let Told::Items(items) = &mut told {
        items.truncate(limit);
    }
    Ok(told)
}

impl Control<'_> {
    /// What `look` finds, as soon as it is `enough`, or after `wait`.
    pub(super) async fn watch<T, F, L>(&self, wait: Duration, look: L, enough: impl Fn(&T) -> bool) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Problem>>,
        L: Fn() -> F,
    {
        let mut pulse = Pulse::of(self);
        let mut patience = std::pin::pin!(patience(wait));
        loop {
            pulse.still();
            let found = look().await?;
            if enough(&found) || wait.is_zero() {
                return Ok(found);
            }
            tokio::select! {
                () = &mut patience => return Ok(found),
                () = self.instance.edge.closed() => return Ok(found),
                goes_on = pulse.beat() => if !goes_on { return Ok(found) },
            }
        }
    }
}
