//! A hundred thousand blocking tasks that wait, beside a thousand.

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
const MANY: usize = 100_000;
/// How many more fall due in the same second, and how long before that second the server is started.
const SURGE: usize = 10_000;
const SURGE_MILLIS: i64 = 60_000;
const DECISIONS: usize = 60;
const READS: (u32, u32) = (500, 32);
const TIMEOUT_MILLIS: i64 = 5 * 24 * 3_600_000;

pub(super) fn run(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    let (few, many) = (dir.path().join("few"), dir.path().join("many"));
    filled(place, &few, FEW)?;
    filled(place, &many, MANY)?;
    let small = start(place, &few)?;
    let large = start(place, &many)?;
    let started = on_this_thread(async { Ok(Client::author(large.address).await.map(|_| large.began.elapsed().as_secs_f64())?) })?;
    told(Row {
        what: "start with 100,000 pending blocking tasks, to the first login",
        value: started,
        unit: "s",
        goal: Goal::AtMost(2.0),
        figures: format!("{:.0} MB resident", large.resident().unwrap_or_default() as f64 / f64::from(1 << 20)),
    });
    for (what, decision) in [("one decision at 100,000 pending / at 1,000", true), ("one expiry at 100,000 pending / at 1,000", false)] {
        let (one, other) = on_this_thread(in_turns(&large, &small, decision))?;
        let figures = format!("{one:.2} ms; at 1,000 {other:.2} ms (medians of {DECISIONS})");
        told(Row::ratio(what, one / other, Goal::AtMost(1.5), figures));
    }
    small.stop()?;
    large.stop()?;
    told(surge(place, &many)?);
    Ok(())
}

/// Makes a data directory with so many blocked tasks.
fn filled(place: &Place, dir: &Path, count: usize) -> Result<(), String> {
    let cell = start(place, dir)?;
    on_this_thread(async {
        Client::administrator(cell.address).await?.block(Some("vdcInstantiateVapp"), TIMEOUT_MILLIS, "abort").await?;
        let mut author = Client::author(cell.address).await?;
        let source = author.source().await?;
        Ok(author.instantiate(&source, "vapp").await?)
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

/// Reads at a fixed rate while ten thousand tasks fall due in one second and are decided, beside the same reads before.
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
        if began.elapsed() > Duration::from_secs(120) {
            return Err("tasks that were due are not decided after two minutes".to_owned());
        }
    }
    let took = began.elapsed().as_secs_f64();
    let (calm, worst) = (calm.within(0.99), loud.iter().map(|sample| sample.within(0.99)).fold(0.0, f64::max));
    let all = Sample::all(loud).within(0.99);
    let figures =
        format!("{all:.2} ms, its worst second {worst:.2} ms, without {calm:.2} ms; all decided within {took:.0} s, in due order");
    Ok(Row::ratio("GET p99 at 500/s while 10,000 expire in a second / without", all / calm, Goal::AtMost(4.0), figures))
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
