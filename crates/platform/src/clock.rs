//! Time that is moved by hand. Invariant: what becomes due on the way fires in its order, each at its own instant; sessions do not age on the
//! way unless that is asked for, since whoever moves the time has not been idle.

use crate::cloud::Cloud;
use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Hand, Time, after_millis, from_millis};
use vcdsim_model::family::session::Session;
use vcdsim_store::{Command, TimerKind, Tx};

impl Cloud {
    /// Moves the clock to `to`, and fires what becomes due until then.
    ///
    /// # Errors
    /// 400 when `to` lies behind, or the clock cannot be moved.
    pub async fn advance(&self, to: Time, expire_sessions: bool) -> Result<(), Fault> {
        let now = self.store().now();
        if to < now {
            return Err(Fault::bad_request("Time does not go back."));
        }
        if !expire_sessions {
            self.spare_sessions((to - now).num_milliseconds(), None).await?;
        }
        self.engine().advance(to).await
    }

    /// Moves the end of these sessions, or of all, by so many milliseconds; answers whose.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn spare_sessions(&self, millis: i64, which: Option<BTreeSet<Uuid>>) -> Result<BTreeSet<Uuid>, Fault> {
        self.store().write(SpareSessions { millis, which }).await
    }

    /// Notes where the clock stands, so that it goes on from there after a restart.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn keep_clock(&self, hand: Hand) -> Result<(), Fault> {
        self.store().write(KeepClock { hand }).await
    }
}

struct SpareSessions {
    millis: i64,
    which: Option<BTreeSet<Uuid>>,
}

impl Command for SpareSessions {
    type Output = BTreeSet<Uuid>;

    async fn run(self, tx: &mut Tx<'_>) -> Result<BTreeSet<Uuid>, Fault> {
        let mut spared = BTreeSet::new();
        let timers = tx.read().timers(from_millis(i64::MAX), u64::MAX).await?;
        for timer in timers.into_iter().filter(|timer| timer.kind == TimerKind::Session) {
            let wanted = self.which.as_ref().is_none_or(|which| which.contains(&timer.subject));
            let Some(session) = tx.read().session(timer.subject).await?.filter(|_| wanted) else { continue };
            spared.insert(session.id);
            let moved = |time: Time| after_millis(time, self.millis);
            let (created, expires) = (moved(session.created), moved(session.expires));
            tx.put_timer(TimerKind::Session, session.id, expires).await?;
            tx.put_session(Session { created, expires, ..Session::clone(&session) }).await?;
        }
        Ok(spared)
    }
}

struct KeepClock {
    hand: Hand,
}

impl Command for KeepClock {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.put_setting(&self.hand).await
    }
}
