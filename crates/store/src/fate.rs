//! What becomes of messages, as their events are written. Invariant: it is decided and counted in the command that writes the event.

use crate::timer::TimerKind;
use crate::tx::Tx;
use vcdsim_model::Fault;
use vcdsim_model::event::Event;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::mishap::Mishaps;

impl Tx<'_> {
    /// Lets the rules decide about the messages of an event, if there are rules for messages and a broker that they would go to.
    pub(crate) async fn decide_fates(&mut self, event: &mut Event) -> Result<(), Fault> {
        let mut mishaps: Mishaps = self.read().setting().await?;
        if !mishaps.concern_messages() || self.read().setting::<AmqpSettings>().await?.host.is_empty() {
            return Ok(());
        }
        let before = mishaps.clone();
        event.fates = mishaps.fates(&event.what, self.now());
        if mishaps != before {
            self.put_setting(&mishaps).await?;
        }
        for fated in &event.fates {
            if let Some(until) = fated.fate.until() {
                self.put_timer(TimerKind::Broker, fated.ticket(event.id), until).await?;
            }
        }
        Ok(())
    }
}
