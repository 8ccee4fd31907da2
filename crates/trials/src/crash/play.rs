//! A client that writes until the server dies. Invariant: it notes what it asks for before it asks, and what was acknowledged after.

use super::Counts;
use super::ledger::{Item, State};
use crate::client::{Client, Error, Source, path_in};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

const OPERATION: &str = "vdcInstantiateVapp";
/// Far away: no timeout decides during a trial. The last digits count the changes of the settings.
const TIMEOUT_MILLIS: i64 = 3_600_000_000;

/// A tenant, an administrator, and what they did.
pub(super) struct Player {
    tenant: Client,
    administrator: Client,
    source: Source,
    random: ChaCha8Rng,
    number: usize,
    made: usize,
    items: Vec<Item>,
    /// Only the first player changes the settings: the change that it asked for last, and the one that stands for sure.
    settings: Option<(i64, Option<i64>)>,
    acknowledged: u64,
}

impl Player {
    /// Signs both in, once and for all: their sessions survive every crash.
    pub(super) async fn new(address: SocketAddr, number: usize, seed: u64) -> Result<Self, String> {
        let mut tenant = Client::author(address).await?;
        let source = tenant.source().await?;
        let administrator = Client::administrator(address).await?;
        let settings = (number == 0).then_some((0, None));
        let random = ChaCha8Rng::seed_from_u64(seed);
        Ok(Self { tenant, administrator, source, random, number, made: 0, items: Vec::new(), settings, acknowledged: 0 })
    }

    /// Writes until the server is killed; what the server refuses before that is an error.
    pub(super) async fn play(&mut self, killed: &AtomicBool) -> Result<(), String> {
        loop {
            match self.act().await {
                Ok(()) => self.acknowledged += 1,
                Err(Error::Transport(_)) if killed.load(Ordering::SeqCst) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn act(&mut self) -> Result<(), Error> {
        if self.settings.is_some() && self.random.random_ratio(1, 6) {
            return self.change_settings().await;
        }
        let alive = |item: &Item| matches!(item.state, Some(State::Made | State::Blocked | State::Failed));
        let known: Vec<usize> = (0..self.items.len()).filter(|at| alive(&self.items[*at])).collect();
        if known.is_empty() || self.random.random_ratio(1, 2) {
            return self.make().await;
        }
        let at = known[self.random.random_range(0..known.len())];
        match self.items[at].state {
            Some(State::Blocked) => self.decide(at).await,
            _ => self.delete(at).await,
        }
    }

    async fn make(&mut self) -> Result<(), Error> {
        self.made += 1;
        let name = format!("crash-{}-{}", self.number, self.made);
        // Whether it is blocked depends on settings that somebody else changes; the first look tells.
        self.items.push(Item { name: name.clone(), vapp: None, tasks: Vec::new(), state: None, asked: None });
        let made = self.tenant.instantiate(&self.source, &name).await?;
        let status = self.tenant.task_status(&made.task).await;
        let item = self.items.last_mut().unwrap_or_else(|| unreachable!("an item was just added"));
        (item.vapp, item.tasks) = (Some(made.vapp), vec![made.task]);
        match status {
            Ok(status) => item.state = Some(if status == "preRunning" { State::Blocked } else { State::Made }),
            // Accepted, and the server died before it could be asked: one of the two.
            Err(error) => {
                (item.state, item.asked) = (Some(State::Made), Some(State::Blocked));
                return Err(error);
            }
        }
        Ok(())
    }

    async fn decide(&mut self, at: usize) -> Result<(), Error> {
        let task = self.items[at].tasks.first().cloned().unwrap_or_default();
        let choices = [("resume", State::Made), ("abort", State::Gone), ("fail", State::Failed), ("cancel", State::Gone)];
        let (decision, state) = choices[self.random.random_range(0..choices.len())];
        let blocking = self.administrator.blocking_task(&task).await?;
        self.items[at].asked = Some(state);
        if decision == "cancel" {
            self.tenant.cancel(&task).await?;
        } else {
            self.administrator.decide(&blocking, decision).await?;
        }
        (self.items[at].state, self.items[at].asked) = (Some(state), None);
        Ok(())
    }

    async fn delete(&mut self, at: usize) -> Result<(), Error> {
        self.items[at].asked = Some(State::Gone);
        let vapp = self.items[at].vapp.clone().unwrap_or_default();
        let task = self.tenant.delete(&vapp).await?;
        let item = &mut self.items[at];
        item.tasks.push(task);
        (item.state, item.asked) = (Some(State::Gone), None);
        Ok(())
    }

    async fn change_settings(&mut self) -> Result<(), Error> {
        let Some((asked, _)) = &mut self.settings else { return Ok(()) };
        *asked += 1;
        let (millis, gated) = (TIMEOUT_MILLIS + *asked, *asked % 2 == 0);
        self.administrator.block(gated.then_some(OPERATION), millis, "abort").await?;
        if let Some((asked, acknowledged)) = &mut self.settings {
            *acknowledged = Some(*asked);
        }
        Ok(())
    }

    /// Compares with what the server says now, and takes that up.
    pub(super) async fn check(&mut self, address: SocketAddr, counts: &mut Counts) -> Result<(), String> {
        self.tenant.reconnect(address).await?;
        self.administrator.reconnect(address).await?;
        counts.acknowledged += std::mem::take(&mut self.acknowledged);
        let mut kept = Vec::new();
        for mut item in std::mem::take(&mut self.items) {
            let open = item.state.is_none() || item.asked.is_some();
            if item.state.is_none() {
                // Not even accepted: if it is there, it is made or blocked.
                item = found(item, &mut self.tenant).await?;
            }
            let state = item.look(&mut self.tenant).await?;
            match (open, state == item.state) {
                (false, _) => {}
                (true, true) => counts.absent += 1,
                (true, false) => counts.whole += 1,
            }
            if state.is_some() {
                (item.state, item.asked) = (state, None);
                kept.push(item);
            }
        }
        // What is gone stays gone, which a few of them prove.
        let gone = kept.iter().filter(|item| item.state == Some(State::Gone)).count();
        let mut spare = gone.saturating_sub(8);
        kept.retain(|item| {
            item.state != Some(State::Gone) || spare == 0 || {
                spare -= 1;
                false
            }
        });
        self.items = kept;
        self.check_settings().await
    }

    async fn check_settings(&mut self) -> Result<(), String> {
        let Some((asked, acknowledged)) = &mut self.settings else { return Ok(()) };
        let answer = self.administrator.get("/api/admin/extension/settings/blockingTask").await?;
        let text = answer.text();
        let value =
            text.split("TimeoutInMilliseconds>").nth(1).and_then(|rest| rest.split('<').next()).and_then(|text| text.parse::<i64>().ok());
        let seen = value.unwrap_or_default() - TIMEOUT_MILLIS;
        // Before the first change they are what the server began with.
        if seen != *asked && acknowledged.is_some_and(|acknowledged| seen != acknowledged) {
            return Err(format!("the settings are those of change {seen}; acknowledged was {acknowledged:?}, asked {asked}"));
        }
        (*asked, *acknowledged) = (seen.max(*asked), Some(seen));
        Ok(())
    }

    /// The vApps that must be there.
    pub(super) fn vapps(&self) -> impl Iterator<Item = String> {
        let there = self.items.iter().filter(|item| !matches!(item.state, None | Some(State::Gone)));
        there.filter_map(|item| item.vapp.clone())
    }
}

/// An item whose request was never answered, with what it must be if it is there at all.
async fn found(mut item: Item, client: &mut Client) -> Result<Item, String> {
    item.vapp = client.records(&format!("vApp&filter=name=={}", item.name), "/api/vApp/vapp-").await?.into_iter().next();
    if let Some(vapp) = &item.vapp {
        let document = client.look(vapp).await?;
        item.asked = Some(if document.text().contains("status=\"preRunning\"") { State::Blocked } else { State::Made });
        // Only a task that has not succeeded is shown; one that waits is needed for its decision.
        item.tasks.extend(path_in(document.text(), "/api/task/"));
    }
    Ok(item)
}
