//! The server is killed at random moments under load. Invariant: what it acknowledged is there when it comes back, what it did not is whole
//! or absent, and every message arrives.

mod ledger;
mod messages;
mod play;

use crate::bus::Bus;
use crate::cell::{Cell, Place};
use crate::client::Client;
use crate::clock::sleep_until;
use crate::load::on_this_thread;
use futures::future::join_all;
use messages::Messages;
use play::Player;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PLAYERS: usize = 8;
/// After how many kills a new directory is begun: a check looks at everything that was made.
const KILLS_OF_A_DIRECTORY: u32 = 40;
/// The longest time between the ready line and the kill.
const LONGEST_MILLIS: u64 = 400;
/// Of how many kills one comes before the server is ready.
const EARLY: u32 = 12;
/// How long a start that is to be killed may take at most before it is.
const LONGEST_START_MILLIS: u64 = 40;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    acknowledged: u64,
    whole: u64,
    absent: u64,
    early: u64,
    messages: usize,
}

/// Kills a server so many times.
pub(crate) fn run(place: &Place, amqp: &str, kills: u32, seed: u64) -> Result<(), String> {
    println!("{kills} kills, seed {seed}");
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut counts = Counts::default();
    on_this_thread(async {
        let bus = Bus::open(amqp).await.map_err(|error| format!("{amqp}: {error}"))?;
        let mut done = 0;
        while done < kills {
            let data = dir.path().join(format!("data-{done}"));
            let some = KILLS_OF_A_DIRECTORY.min(kills - done);
            let arguments = ["--data-dir", data.to_str().unwrap_or_default(), "--amqp", amqp];
            let played = play(place, &data, &arguments, &bus, some, &mut random, &mut counts).await;
            played.map_err(|wrong| format!("after {done} kills (seed {seed}): {wrong}"))?;
            done += some;
        }
        bus.close().await.map_err(|error| error.to_string())
    })?;
    println!(
        "{kills} kills ({} more before the server was ready), {} acknowledged writes, none lost; {} unacknowledged, {} whole and {} absent; {} messages, none missing.",
        counts.early,
        counts.acknowledged,
        counts.whole + counts.absent,
        counts.whole,
        counts.absent,
        counts.messages
    );
    Ok(())
}

/// Kills a server on one directory so many times.
async fn play(
    place: &Place,
    data: &Path,
    arguments: &[&str],
    bus: &Bus,
    kills: u32,
    random: &mut ChaCha8Rng,
    counts: &mut Counts,
) -> Result<(), String> {
    let mut messages = Messages::default();
    let mut cell = Cell::start(place, arguments)?;
    let mut players = Vec::new();
    for number in 0..PLAYERS {
        players.push(Player::new(cell.address, number, random.random()).await?);
    }
    for kill in 1..=kills {
        under_load(&mut cell, &mut players, Duration::from_micros(random.random_range(0..LONGEST_MILLIS * 1_000))).await?;
        if random.random_ratio(1, EARLY) {
            Cell::start_and_kill(place, arguments, Duration::from_micros(random.random_range(0..LONGEST_START_MILLIS * 1_000)))?;
            counts.early += 1;
        }
        messages.expect(data).await?;
        cell = Cell::start(place, arguments)?;
        check(&cell, &mut players, counts).await.map_err(|wrong| format!("kill {kill}: {wrong}"))?;
        messages.take(bus, &cell).await.map_err(|wrong| format!("messages after kill {kill}: {wrong}"))?;
        if kill % 10 == 0 || kill == kills {
            println!(
                "{kill} kills of this directory: {} acknowledged and kept, {} of the others whole and {} absent, {} messages",
                counts.acknowledged,
                counts.whole,
                counts.absent,
                counts.messages + messages.count()
            );
        }
    }
    counts.messages += messages.count();
    cell.stop()
}

/// Everybody plays until the server is killed.
async fn under_load(cell: &mut Cell, players: &mut [Player], time: Duration) -> Result<(), String> {
    let killed = AtomicBool::new(false);
    let due = crate::clock::now() + time;
    let everybody = join_all(players.iter_mut().map(|player| player.play(&killed)));
    let kill = async {
        sleep_until(due).await;
        killed.store(true, Ordering::SeqCst);
        cell.kill();
    };
    let (ends, ()) = futures::future::join(everybody, kill).await;
    ends.into_iter().collect()
}

/// Compares what the players know with what the server says, and the server with itself.
async fn check(cell: &Cell, players: &mut [Player], counts: &mut Counts) -> Result<(), String> {
    let mut there = Vec::new();
    for player in players {
        player.check(cell.address, counts).await?;
        there.extend(player.vapps());
    }
    there.sort();
    let mut administrator = Client::administrator(cell.address).await?;
    let mut listed = administrator.records("adminVApp", "/api/vApp/vapp-").await?;
    listed.sort();
    if listed != there {
        let strange: Vec<_> = listed.iter().filter(|path| !there.contains(path)).collect();
        let missing: Vec<_> = there.iter().filter(|path| !listed.contains(path)).collect();
        return Err(format!("vApps that nobody knows: {strange:?}; vApps that are not listed: {missing:?}"));
    }
    // Each vApp was made whole, with its one machine, or not at all.
    let machines = administrator.records("adminVM&filter=isVAppTemplate==false", "/api/vApp/vm-").await?;
    if machines.len() == listed.len() { Ok(()) } else { Err(format!("{} vApps have {} machines", listed.len(), machines.len())) }
}
