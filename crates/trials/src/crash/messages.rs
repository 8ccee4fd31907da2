//! The messages that arrived. Invariant: an event counts as arrived only when both of its forms did.

use crate::bulk;
use crate::bus::{Bus, EXCHANGES, event_id};
use crate::cell::Cell;
use crate::client::Client;
use crate::clock::{now, pause};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// How long the broker may take for what waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// Event ids by form, and the events that are still to arrive.
#[derive(Debug, Default)]
pub(super) struct Messages {
    arrived: [BTreeSet<String>; EXCHANGES.len()],
    committed: BTreeSet<String>,
    last: i64,
}

impl Messages {
    /// How many messages arrived, repetitions not counted.
    pub(super) fn count(&self) -> usize {
        self.arrived.iter().map(BTreeSet::len).sum()
    }

    /// Reads from a copy of the dead server's data which events it has committed: each of them must arrive.
    pub(super) async fn expect(&mut self, data: &Path) -> Result<(), String> {
        let copy = tempfile::tempdir().map_err(|error| error.to_string())?;
        for entry in std::fs::read_dir(data).map_err(|error| error.to_string())?.flatten() {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).map_err(|error| error.to_string())?;
        }
        let store = bulk::open(copy.path()).await?;
        for event in store.read().events_after(self.last, u64::from(u32::MAX)).await.map_err(|fault| fault.to_string())? {
            self.last = event.seq;
            if event.announced {
                self.committed.insert(event.id.to_string());
            }
        }
        store.close().await.map_err(|error| error.to_string())
    }

    /// Waits until the server has nothing left to send, and takes what arrived.
    pub(super) async fn take(&mut self, bus: &Bus, cell: &Cell) -> Result<(), String> {
        let mut client = Client::administrator(cell.address).await?;
        let began = now();
        loop {
            let state = client.control("broker").await?;
            if state["connected"] == true && state["pending"] == 0 {
                break;
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the server has not sent everything: {state}"));
            }
            pause(Duration::from_millis(5));
        }
        while let Some((exchange, text)) = bus.next().await.map_err(|error| error.to_string())? {
            self.note(&exchange, &text)?;
        }
        for (form, exchange) in EXCHANGES.iter().enumerate() {
            if let Some(lost) = self.committed.iter().find(|id| !self.arrived[form].contains(*id)) {
                return Err(format!("event {lost} was committed and did not arrive at {exchange}"));
            }
        }
        self.committed.clear();
        Ok(())
    }

    fn note(&mut self, exchange: &str, text: &str) -> Result<(), String> {
        let form = EXCHANGES.iter().position(|known| *known == exchange);
        let (form, id) = form.zip(event_id(text)).ok_or_else(|| format!("a strange message to {exchange}: {text}"))?;
        self.arrived[form].insert(id);
        Ok(())
    }
}
