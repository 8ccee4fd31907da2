//! The one writer: runs commands one after another and commits those that waited together. Invariant: nothing is answered, cached or announced before the COMMIT that holds it.

use crate::changes::{Changes, each_row};
use crate::command::{Answer, Job, Ran};
use crate::error::StoreError;
use crate::flush::flush;
use crate::image::Before;
use crate::names::Names;
use crate::row::Row;
use crate::shared::Shared;
use crate::table::meta::Counters;
use crate::tx::{Outcome, Tx};
use sea_orm::{DatabaseTransaction, DbErr, TransactionTrait};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vcdsim_model::Fault;
use vcdsim_model::clock::Time;

/// How many commands are committed together at most.
pub(crate) const BATCH: usize = 128;

/// The writer's own state.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    names: Names,
    /// As of the last command that succeeded.
    counters: Counters,
    /// As of the last commit.
    stored: Counters,
    /// When the last command began.
    now: Time,
}

/// A command of the batch that is about to be committed.
struct Done {
    answer: Answer,
    /// What it changed; `None` when it was refused.
    outcome: Option<Outcome>,
}

/// Where a commit went wrong.
enum Failed {
    /// A statement was refused: a single command may be to blame.
    Statement(StoreError),
    /// The transaction as a whole failed.
    Commit(StoreError),
}

impl Failed {
    fn commit(error: DbErr) -> Self {
        Self::Commit(error.into())
    }
}

impl From<Failed> for Fault {
    fn from((Failed::Statement(error) | Failed::Commit(error)): Failed) -> Self {
        error.into()
    }
}

impl Writer {
    /// A writer that goes on from what is stored.
    pub(crate) fn new(shared: Arc<Shared>, names: Names, stored: Counters) -> Self {
        // Whoever opens the store may still set the clock, to an instant before the machine's, too.
        Self { shared, names, counters: stored, stored, now: Time::MIN_UTC }
    }

    /// Runs in a task of its own until nobody can send any more.
    #[expect(clippy::disallowed_methods, reason = "the one task of the store; closing waits for it")]
    pub(crate) fn start(self, queue: mpsc::Receiver<Box<dyn Job>>) -> JoinHandle<()> {
        tokio::spawn(self.run(queue))
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        let mut waiting = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut waiting, BATCH).await > 0 {
            self.batch(waiting.drain(..)).await;
        }
    }

    async fn batch(&mut self, jobs: impl Iterator<Item = Box<dyn Job>> + Send) {
        let mut changes = Changes::default();
        let mut done = Vec::new();
        for job in jobs {
            self.now = self.now.max(self.shared.clock.now());
            let mut tx = Tx::new(&self.shared, &changes, &self.names, self.counters, self.now);
            let Ran { succeeded, answer } = job.run(&mut tx).await;
            let outcome = tx.end();
            if succeeded {
                self.counters = outcome.counters;
                if outcome.anew.is_some() {
                    self.now = self.shared.clock.now();
                }
                changes.merge(&outcome.changes);
            } else if let Some(before) = outcome.anew {
                self.bring_back(before);
            }
            done.push(Done { answer, outcome: succeeded.then_some(outcome) });
        }
        let results = self.commit(changes, &mut done).await;
        let undone = done.iter().zip(&results).filter(|(_, result)| result.is_err());
        if let Some(before) = undone.filter_map(|(done, _)| done.outcome.as_ref()?.anew).next() {
            self.bring_back(before);
        }
        for (done, result) in done.into_iter().zip(results) {
            (done.answer)(result);
        }
    }

    /// The time did not begin anew after all.
    fn bring_back(&mut self, before: Before) {
        before.bring_back(&self.shared);
        (self.counters, self.now) = (before.counters, before.now);
    }

    /// Commits the batch; answers for each command whether it is committed.
    async fn commit(&mut self, mut changes: Changes, done: &mut [Done]) -> Vec<Result<(), Fault>> {
        let all = done.len();
        if changes.is_empty() {
            return vec![Ok(()); all];
        }
        match self.write(&mut changes).await {
            Ok(()) => vec![Ok(()); all],
            Err(Failed::Statement(error)) if all > 1 => {
                tracing::warn!(%error, "a batch was refused; its commands are written one by one");
                self.write_singly(done).await.unwrap_or_else(|failed| vec![Err(failed.into()); all])
            }
            Err(failed) => vec![Err(failed.into()); all],
        }
    }

    async fn write(&mut self, changes: &mut Changes) -> Result<(), Failed> {
        let transaction = self.shared.writer_db.begin().await.map_err(Failed::commit)?;
        if let Err(error) = flush(changes, &self.shared.mirrors, &transaction).await {
            transaction.rollback().await.map_err(Failed::commit)?;
            return Err(Failed::Statement(error));
        }
        if let Err(error) = self.shared.blobs.precede(changes).await {
            transaction.rollback().await.map_err(Failed::commit)?;
            return Err(Failed::Commit(error));
        }
        self.finish(transaction, changes).await.map_err(Failed::Commit)
    }

    /// Finds the commands that are to blame, each in its own savepoint, and commits the others. A command that saw changes of its batch
    /// rests on them: after one has failed, it fails too. So does all that came in a time that did not begin.
    async fn write_singly(&mut self, done: &mut [Done]) -> Result<Vec<Result<(), Fault>>, Failed> {
        let trial = self.shared.writer_db.begin().await.map_err(Failed::commit)?;
        let mut changes = Changes::default();
        let mut results: Vec<Result<(), Fault>> = Vec::new();
        let mut undone = None;
        for outcome in done.iter_mut().map(|done| &mut done.outcome) {
            let result = match outcome {
                None => Ok(()),
                Some(outcome) if undone.is_some() || outcome.saw_batch && results.iter().any(Result::is_err) => Err(Fault::internal()),
                Some(outcome) => savepoint(&trial, &self.shared, &mut outcome.changes).await.map_err(Failed::commit)?.map_err(Fault::from),
            };
            match (&result, outcome) {
                (Ok(()), Some(outcome)) => changes.merge(&outcome.changes),
                (Err(_), Some(outcome)) => undone = undone.or(outcome.anew),
                (_, None) => {}
            }
            results.push(result);
        }
        // Only a trial: a savepoint cannot tell which rows of mirrored tables the ones before it left.
        trial.rollback().await.map_err(Failed::commit)?;
        if let Some(before) = undone {
            self.bring_back(before);
        }
        if !changes.is_empty() {
            self.write(&mut changes).await?;
        }
        Ok(results)
    }

    /// Commits, then shows what was committed to the readers and wakes who waits for it.
    async fn finish(&mut self, transaction: DatabaseTransaction, changes: &Changes) -> Result<(), StoreError> {
        let position = self.shared.ids.position().and_then(|position| i64::try_from(position).ok());
        let counters = Counters { ids: position.unwrap_or(self.stored.ids), ..self.counters };
        counters.save(self.stored, &transaction).await?;
        self.names.add(changes.names.keys());
        self.shared.cache.begin(changes);
        let committed = transaction.commit().await;
        self.shared.cache.end(changes, committed.is_ok());
        committed?;
        self.stored = counters;
        publish(&self.shared, changes);
        Ok(())
    }
}

/// Writes one command's changes, or none of them; the outer error is the transaction's.
async fn savepoint(outer: &DatabaseTransaction, shared: &Shared, changes: &mut Changes) -> Result<Result<(), StoreError>, DbErr> {
    let inner = outer.begin().await?;
    let flushed = flush(changes, &shared.mirrors, &inner).await;
    if flushed.is_ok() {
        inner.commit().await?;
    } else {
        inner.rollback().await?;
    }
    Ok(flushed)
}

fn publish(shared: &Shared, changes: &Changes) {
    shared.blobs.follow(changes);
    each_row!(R => if let Some(mirror) = R::mirror(&shared.mirrors) { mirror.apply(R::delta(changes)) });
    if let Some(seq) = changes.last_event() {
        shared.last_event.store(seq, Ordering::Release);
    }
    shared.revisions.send_modify(|revision| *revision += 1);
}
