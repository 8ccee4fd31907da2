//! A broker that is kept away by hand. Invariant: it is a setting, so that it lasts over a restart; when it ends by itself, a timer says so.

use crate::cloud::Cloud;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::after_millis;
use vcdsim_model::fate::{Guise, Outage};
use vcdsim_store::{Command, TimerKind, Tx};

/// What its timer is about.
const SUBJECT: Uuid = Uuid::nil();

impl Cloud {
    /// Keeps the broker from taking anything, for so many milliseconds or until it is started; it shows itself in that guise.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn stop_broker(&self, millis: Option<i64>, guise: Guise) -> Result<Outage, Fault> {
        self.store().write(Stop { millis, guise }).await
    }

    /// Lets there be a connection again; answers whether the broker was kept away.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn start_broker(&self) -> Result<bool, Fault> {
        self.store().write(Start).await
    }
}

struct Stop {
    millis: Option<i64>,
    guise: Guise,
}

impl Command for Stop {
    type Output = Outage;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Outage, Fault> {
        let outage = Outage { stopped: true, until: self.millis.map(|millis| after_millis(tx.now(), millis)), guise: self.guise };
        tx.put_setting(&outage).await?;
        match outage.until {
            Some(until) => tx.put_timer(TimerKind::Broker, SUBJECT, until).await?,
            None => tx.delete_timer(TimerKind::Broker, SUBJECT).await?,
        }
        Ok(outage)
    }
}

struct Start;

impl Command for Start {
    type Output = bool;

    async fn run(self, tx: &mut Tx<'_>) -> Result<bool, Fault> {
        start(tx).await
    }
}

/// Lets there be a connection again; answers whether the broker was kept away.
pub(crate) async fn start(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    let was: Outage = tx.read().setting().await?;
    tx.put_setting(&Outage::default()).await?;
    tx.delete_timer(TimerKind::Broker, SUBJECT).await?;
    Ok(was.lasts(tx.now()))
}
