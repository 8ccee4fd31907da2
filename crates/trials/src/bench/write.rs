//! Writes, beside transactions of a single row on a file of the same kind; and reads while writes go on.

use super::Told;
use crate::cell::{Cell, Place};
use crate::client::{Client, Source};
use crate::clock::now;
use crate::load::{connections, median, on_this_thread, open};
use crate::rows::single_rows;
use crate::table::{Goal, Row};
use futures::future::try_join_all;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const CLIENTS: usize = 16;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// The open-loop load of reads, per second, and its connections.
const READS: (u32, u32) = (500, 32);
const OPERATION: &str = "vdcInstantiateVapp";
const TIMEOUT_MILLIS: i64 = 3_600_000;

/// Names are never used twice.
static NAMES: AtomicUsize = AtomicUsize::new(0);

pub(super) fn run(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    let data = dir.path().join("data");
    let cell = Cell::start(place, &["--data-dir", data.to_str().unwrap_or_default()])?;
    let (mut plain, mut decided, mut tails) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rates, mut calm, mut busy) = ([Vec::new(), Vec::new(), Vec::new()], Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let rows = on_this_thread(single_rows(&dir.path().join("rows.db"), CLIENTS, ROUND))?;
        let quiet = reads(&cell)?;
        let (done, loud) = std::thread::scope(|scope| {
            let (ready, begun) = mpsc::channel();
            let load = scope.spawn(|| on_this_thread(everybody(&cell, instantiate, ready)));
            // Signing in is no part of the load. If it fails, the load says why.
            let _ended = begun.recv();
            let loud = reads(&cell);
            let done = load.join().map_err(|_panicked| "the load panicked".to_owned());
            Ok::<_, String>((done??, loud?))
        })?;
        on_this_thread(gate(&cell, Some(OPERATION)))?;
        let passed = on_this_thread(everybody(&cell, block_and_resume, mpsc::channel().0))?;
        on_this_thread(gate(&cell, None))?;
        plain.push(done / rows);
        decided.push(passed / rows);
        tails.push(loud / quiet);
        for (rates, rate) in rates.iter_mut().zip([rows, done, passed]) {
            rates.push(rate);
        }
        calm.push(quiet);
        busy.push(loud);
    }
    cell.stop()?;
    let [rows, done, passed] = rates.map(median);
    let reads = format!("{:.2} ms, without {:.2} ms", median(busy), median(calm));
    told(Row::ratio(
        "instantiate, accepted and completed, 16 clients / single rows",
        median(plain),
        Goal::AtLeast(0.08),
        format!("{done:.0}/s; rows {rows:.0}/s; stretch 0.15"),
    ));
    told(Row::ratio(
        "instantiate, blocked, then resumed and completed / single rows",
        median(decided),
        Goal::AtLeast(0.05),
        format!("{passed:.0}/s; rows {rows:.0}/s; stretch 0.10"),
    ));
    told(Row::ratio("GET p99 at 500/s during that load / without", median(tails), Goal::AtMost(4.0), reads));
    Ok(())
}

/// The p99 of reads at a fixed rate, in milliseconds.
fn reads(cell: &Cell) -> Result<f64, String> {
    on_this_thread(async {
        let mut author = Client::author(cell.address).await?;
        let source = author.source().await?;
        let task = author.instantiate(&source, &name()).await?.task;
        let request = author.request(&task);
        let mut readers = connections(cell.address, &request, READS.1).await?;
        Ok(open(&mut readers, &request, READS.0, ROUND).await?.within(0.99))
    })
}

fn name() -> String {
    format!("vapp-{}", NAMES.fetch_add(1, Ordering::Relaxed))
}

async fn gate(cell: &Cell, operation: Option<&str>) -> Result<(), String> {
    Ok(Client::administrator(cell.address).await?.block(operation, TIMEOUT_MILLIS, "abort").await?)
}

/// One client's sessions.
struct Pair {
    author: Client,
    administrator: Client,
    source: Source,
}

/// What all clients together complete per second.
async fn everybody<F: AsyncFn(&mut Pair) -> Result<(), String>>(cell: &Cell, work: F, ready: mpsc::Sender<()>) -> Result<f64, String> {
    let mut pairs = Vec::new();
    for _ in 0..CLIENTS {
        let mut author = Client::author(cell.address).await?;
        let source = author.source().await?;
        pairs.push(Pair { author, administrator: Client::administrator(cell.address).await?, source });
    }
    // Nobody listens where nothing else is measured.
    let _unheard = ready.send(());
    let began = now();
    let until = began + ROUND;
    let counts = try_join_all(pairs.into_iter().map(|pair| repeat(pair, until, &work))).await?;
    Ok(counts.iter().sum::<usize>() as f64 / began.elapsed().as_secs_f64())
}

async fn repeat<F: AsyncFn(&mut Pair) -> Result<(), String>>(mut pair: Pair, until: Instant, work: &F) -> Result<usize, String> {
    let mut count = 0;
    while now() < until {
        work(&mut pair).await?;
        count += 1;
    }
    Ok(count)
}

async fn instantiate(pair: &mut Pair) -> Result<(), String> {
    let made = pair.author.instantiate(&pair.source, &name()).await?;
    succeeded(pair, &made.task).await
}

async fn block_and_resume(pair: &mut Pair) -> Result<(), String> {
    let made = pair.author.instantiate(&pair.source, &name()).await?;
    let blocking = pair.administrator.blocking_task(&made.task).await?;
    pair.administrator.decide(&blocking, "resume").await?;
    succeeded(pair, &made.task).await
}

/// With the default pace, whoever asks after the request finds the task done.
async fn succeeded(pair: &mut Pair, task: &str) -> Result<(), String> {
    match pair.author.task_status(task).await?.as_str() {
        "success" => Ok(()),
        status => Err(format!("a task is {status}")),
    }
}
