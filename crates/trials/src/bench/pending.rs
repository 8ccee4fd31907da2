//! Blocking tasks that wait by the ten thousand, beside a thousand, and fifty thousand that are due in one second. Invariant: what waits is as
//! small as it can be, a vApp without machines each, so that what is measured is the waiting.

use super::Told;
use crate::bulk;
use crate::cell::{Cell, Place};
use crate::client::{Client, path_in};
use crate::clock::{now, pause};
use crate::load::{Sample, connections, median, on_this_thread, open};
use crate::table::{Goal, Row};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;
use vcdsim_model::clock::{Clock, SystemClock, Time, after_millis};

const FEW: usize = 1_000;
/// How many fall due in the same second, and how long before that second the server is started.
const SURGE: usize = 50_000;
const SURGE_MILLIS: i64 = 60_000;
/// How long it may take until they are decided.
const SURGE_LIMIT: Duration = Duration::from_secs(600);
const DECISIONS: usize = 60;
const READS: (u32, u32) = (500, 32);
const TIMEOUT_MILLIS: i64 = 5 * 24 * 3_600_000;

/// A cloud with many, and what its measurements are called.
struct Many {
    count: usize,
    start: &'static str,
    /// The longest start that is good, in seconds.
    start_goal: f64,
    memory: &'static str,
    decision: &'static str,
    expiry: &'static str,
}

const TEN_THOUSAND: Many = Many {
    count: 10_000,
    start: "start with 10,000 pending, to the first login",
    start_goal: 1.0,
    memory: "memory of each of 10,000 pending",
    decision: "one decision at 10,000 pending / at 1,000",
    expiry: "one expiry at 10,000 pending / at 1,000",
};
const HUNDRED_THOUSAND: Many = Many {
    count: 100_000,
    start: "start with 100,000 pending, to the first login",
    start_goal: 2.0,
    memory: "memory of each of 100,000 pending",
    decision: "one decision at 100,000 pending / at 1,000",
    expiry: "one expiry at 100,000 pending / at 1,000",
};
const MILLION: Many = Many {
    count: 1_000_000,
    start: "start with 1,000,000 pending, to the first login",
    start_goal: 20.0,
    memory: "memory of each of 1,000,000 pending",
    decision: "one decision at 1,000,000 pending / at 1,000",
    expiry: "one expiry at 1,000,000 pending / at 1,000",
};

pub(super) fn run(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    beside_few(place, dir.path(), &[TEN_THOUSAND, HUNDRED_THOUSAND], told)?;
    told(surge(place, &dir.path().join(HUNDRED_THOUSAND.count.to_string()))?);
    Ok(())
}

/// The group that is run by its name only: it takes minutes and gigabytes.
pub(super) fn run_million(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    beside_few(place, dir.path(), &[MILLION], told)
}

fn beside_few(place: &Place, dir: &Path, clouds: &[Many], told: Told<'_>) -> Result<(), String> {
    let few = dir.join("few");
    filled(place, &few, FEW)?;
    let small = start(place, &few)?;
    let base = small.resident().unwrap_or_default();
    for many in clouds {
        let data = dir.join(many.count.to_string());
        filled(place, &data, many.count)?;
        let large = start(place, &data)?;
        let started = on_this_thread(async { Ok(Client::author(large.address).await.map(|_| large.began.elapsed().as_secs_f64())?) })?;
        let (resident, unit) = (large.resident().unwrap_or_default(), "s");
        let figures = format!("{:.0} MB resident, at {FEW} {:.0} MB", megabytes(resident), megabytes(base));
        told(Row { what: many.start, value: started, unit, goal: Goal::AtMost(many.start_goal), figures });
        let each = (resident.saturating_sub(base)) as f64 / (many.count - FEW) as f64 / 1024.0;
        told(Row { what: many.memory, value: each, unit: "KB", goal: Goal::AtMost(4.0), figures: String::new() });
        for (what, decision) in [(many.decision, true), (many.expiry, false)] {
            let (one, other) = on_this_thread(in_turns(&large, &small, decision))?;
            let figures = format!("{one:.2} ms; at {FEW} {other:.2} ms (medians of {DECISIONS})");
            told(Row::ratio(what, one / other, Goal::AtMost(1.5), figures));
        }
        large.stop()?;
    }
    small.stop()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Makes a data directory with so many blocked tasks.
fn filled(place: &Place, dir: &Path, count: usize) -> Result<(), String> {
    let cell = start(place, dir)?;
    on_this_thread(async {
        Client::administrator(cell.address).await?.block(Some("vdcComposeVapp"), TIMEOUT_MILLIS, "abort").await?;
        let mut author = Client::author(cell.address).await?;
        let source = author.source().await?;
        Ok(author.compose(&source, "vapp").await?)
    })?;
    cell.stop()?;
    copies(dir, count, None, SystemClock::default().now()).map(drop)
}

fn copies(dir: &Path, count: usize, due: Option<fn(usize) -> i64>, from: Time) -> Result<Vec<Uuid>, String> {
    on_this_thread(async {
        let store = bulk::open(dir).await?;
        let made = bulk::copy(&store, count, due, from).await?;
        store.close().await.map_err(|error| error.to_string())?;
        Ok(made)
    })
}

fn start(place: &Place, dir: &Path) -> Result<Cell, String> {
    Cell::start(place, &["--data-dir", dir.to_str().unwrap_or_default()])
}

/// What a decision, or an expiry, costs with many and with few: medians in milliseconds, taken in turns.
async fn in_turns(large: &Cell, small: &Cell, decision: bool) -> Result<(f64, f64), String> {
    let mut clients = [Client::administrator(large.address).await?, Client::administrator(small.address).await?];
    let mut last = Vec::new();
    for client in &mut clients {
        // The last ones made: nothing of them is due soon.
        let page = client.get(&format!("/api/query?type=blockingTask&sortDesc=expirationTime&pageSize={DECISIONS}")).await?;
        let found = page
            .text()
            .split("<BlockingTaskRecord")
            .skip(1)
            .filter_map(|record| path_in(record, "/api/admin/extension/blockingTask/").zip(path_in(record, "/api/task/")));
        last.push(found.collect::<Vec<_>>());
    }
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..DECISIONS {
        for ((client, last), times) in clients.iter_mut().zip(&last).zip(&mut times) {
            let (blocking, task) = last.get(turn).ok_or("too few blocking tasks")?;
            let began = now();
            if decision {
                client.decide(blocking, "abort").await?;
            } else {
                client.prolong(blocking, 0).await?;
            }
            while client.task_status(task).await? != "aborted" {}
            times.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    let [one, other] = times.map(median);
    Ok((one, other))
}

/// Reads at a fixed rate while fifty thousand tasks fall due in one second and are decided, beside the same reads before.
fn surge(place: &Place, dir: &Path) -> Result<Row, String> {
    let clock = SystemClock::default();
    let at = after_millis(clock.now(), SURGE_MILLIS);
    let tasks = copies(dir, SURGE, Some(|number| (number * 1_000 / SURGE) as i64), at)?;
    let last = format!("/api/task/{}", tasks.last().ok_or("no copies were made")?);
    let cell = start(place, dir)?;
    let row = on_this_thread(reads_around(&cell, at, &last))?;
    cell.stop()?;
    on_this_thread(in_order(dir, &tasks))?;
    Ok(row)
}

/// Reads on connections that stand: for some seconds before `at`, and from then on until the last task is decided.
async fn reads_around(cell: &Cell, at: Time, last: &str) -> Result<Row, String> {
    let clock = SystemClock::default();
    let mut administrator = Client::administrator(cell.address).await?;
    administrator.block(None, TIMEOUT_MILLIS, "abort").await?;
    let mut author = Client::author(cell.address).await?;
    let source = author.source().await?;
    let task = author.instantiate(&source, "read").await?.task;
    let read = author.request(&task);
    let mut readers = connections(cell.address, &read, READS.1).await?;
    if (at - clock.now()).num_milliseconds() < 6_000 {
        return Err("filling took so long that the surge came before its bench".to_owned());
    }
    let calm = open(&mut readers, &read, READS.0, Duration::from_secs(4)).await?;
    while clock.now() < at {
        pause(Duration::from_millis(1));
    }
    let began = now();
    let mut loud = Vec::new();
    while administrator.task_status(last).await? != "aborted" {
        loud.push(open(&mut readers, &read, READS.0, Duration::from_secs(1)).await?);
        if began.elapsed() > SURGE_LIMIT {
            return Err("tasks that were due are not decided after ten minutes".to_owned());
        }
    }
    let took = began.elapsed().as_secs_f64();
    let (calm, worst) = (calm.within(0.99), loud.iter().map(|sample| sample.within(0.99)).fold(0.0, f64::max));
    let all = Sample::all(loud).within(0.99);
    let figures =
        format!("{all:.2} ms, its worst second {worst:.2} ms, without {calm:.2} ms; all decided within {took:.0} s, in due order");
    Ok(Row::ratio("GET p99 at 500/s while 50,000 expire in a second / without", all / calm, Goal::AtMost(4.0), figures))
}

/// Refuses tasks that did not end in this order.
async fn in_order(dir: &Path, tasks: &[Uuid]) -> Result<(), String> {
    let store = bulk::open(dir).await?;
    let mut before = None;
    for id in tasks {
        let task = store.read().task(*id).await.map_err(|fault| fault.to_string())?.ok_or("a task is gone")?;
        match (task.end, before) {
            (None, _) => return Err(format!("the task {id} is {} and has not ended", task.status.name())),
            (Some(end), Some(before)) if end < before => return Err(format!("the task {id} ended at {end}, after one at {before}")),
            _ => {}
        }
        before = task.end;
    }
    store.close().await.map_err(|error| error.to_string())
}
