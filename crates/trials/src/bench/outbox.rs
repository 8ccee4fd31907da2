//! The outbox, beside what the AMQP client itself can publish to the same broker.

use super::Told;
use crate::bus::{Bus, EXCHANGES};
use crate::cell::{Cell, Place};
use crate::client::Client;
use crate::clock::{now, pause};
use crate::load::on_this_thread;
use crate::table::{Goal, Row};
use futures::future::try_join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel};
use std::time::Duration;

/// A broker that nobody has: what is to be sent waits.
const NOBODY: &str = "amqp://guest:guest@127.0.0.1:1/%2f";
/// How many vApps make the backlog; each tells several events.
const VAPPS: usize = 1_500;
const CLIENTS: usize = 16;
/// How many messages of the AMQP client are unconfirmed at a time: enough that it never waits for the broker alone.
const WINDOW: usize = 512;

pub(super) fn run(place: &Place, amqp: &str, told: Told<'_>) -> Result<(), String> {
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    let data = dir.path().to_str().unwrap_or_default();
    let cell = Cell::start(place, &["--data-dir", data, "--amqp", NOBODY])?;
    on_this_thread(backlog(&cell))?;
    cell.stop()?;
    // The AMQP client has threads of its own, as it has in the server.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let bus = Bus::open(amqp).await.map_err(|error| format!("{amqp}: {error}"))?;
        let row = compare(place, data, amqp, &bus).await;
        bus.close().await.map_err(|error| error.to_string())?;
        row.map(told)
    })
}

async fn compare(place: &Place, data: &str, amqp: &str, bus: &Bus) -> Result<Row, String> {
    let wrong = |error: lapin::Error| error.to_string();
    let cell = Cell::start(place, &["--data-dir", data, "--amqp", amqp])?;
    let (messages, seconds) = drain(&cell).await?;
    cell.stop()?;
    let ours = messages as f64 / seconds;
    let size = message_size(bus).await.map_err(wrong)?;
    let mut theirs = 0.0_f64;
    for _ in 0..3 {
        bus.purge().await.map_err(wrong)?;
        theirs = theirs.max(publish(&bus.channel, messages, size).await.map_err(wrong)?);
    }
    let figures = format!("{ours:.0}/s; client {theirs:.0}/s (best of 3); {messages} messages of {size} bytes");
    Ok(Row::ratio("outbox to RabbitMQ, confirmed / AMQP client alone", ours / theirs, Goal::AtLeast(0.6), figures))
}

async fn backlog(cell: &Cell) -> Result<(), String> {
    let one = |client: usize| async move {
        let mut author = Client::author(cell.address).await?;
        let source = author.source().await?;
        for number in 0..VAPPS / CLIENTS {
            author.instantiate(&source, &format!("vapp-{client}-{number}")).await?;
        }
        Ok::<_, String>(())
    };
    try_join_all((0..CLIENTS).map(one)).await.map(drop)
}

/// Waits until everything is confirmed; how many messages that were, and in how many seconds.
async fn drain(cell: &Cell) -> Result<(u64, f64), String> {
    let mut client = Client::administrator(cell.address).await?;
    let mut begun = None;
    loop {
        let state = client.control("broker").await?;
        let pending = state["pending"].as_u64().unwrap_or_default();
        match begun {
            None if state["connected"] == true => begun = Some((now(), pending)),
            Some((began, all)) if pending == 0 => return Ok((all * EXCHANGES.len() as u64, began.elapsed().as_secs_f64())),
            _ => pause(Duration::from_millis(2)),
        }
    }
}

/// The mean size of some messages that wait.
async fn message_size(bus: &Bus) -> lapin::Result<usize> {
    let (mut bytes, mut count) = (0, 0);
    while count < 64
        && let Some((_, text)) = bus.next().await?
    {
        bytes += text.len();
        count += 1;
    }
    Ok(bytes / count.max(1))
}

/// Messages per second: persistent, confirmed, with a window of unconfirmed ones.
async fn publish(channel: &Channel, messages: u64, size: usize) -> lapin::Result<f64> {
    let body = vec![b'x'; size];
    let began = now();
    let mut confirms = FuturesUnordered::new();
    for number in 0..messages {
        let exchange = EXCHANGES[usize::try_from(number).unwrap_or_default() % EXCHANGES.len()];
        let persistent = BasicProperties::default().with_delivery_mode(2);
        confirms
            .push(channel.basic_publish(exchange.into(), "true.trial".into(), BasicPublishOptions::default(), &body, persistent).await?);
        if confirms.len() >= WINDOW
            && let Some(confirmed) = confirms.next().await
        {
            confirmed?;
        }
    }
    while let Some(confirmed) = confirms.next().await {
        confirmed?;
    }
    Ok(messages as f64 / began.elapsed().as_secs_f64())
}
