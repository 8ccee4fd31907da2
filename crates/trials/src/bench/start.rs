//! How soon a server answers, and what it takes at rest.

use super::Told;
use crate::cell::{Cell, Place};
use crate::client::Client;
use crate::clock::pause;
use crate::http::{Connection, Request};
use crate::load::{median, on_this_thread};
use crate::table::{Goal, Row};
use std::time::Duration;

const ROUNDS: usize = 7;

pub(super) fn run(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let (mut fresh, mut existing, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
        let data = dir.path().join(format!("data-{round}"));
        let data = ["--data-dir", data.to_str().unwrap_or_default()];
        for times in [&mut fresh, &mut existing] {
            let cell = Cell::start(place, &data)?;
            times.push(first_answer(&cell)?);
            on_this_thread(async { Ok(Client::author(cell.address).await.map(drop)?) })?;
            pause(Duration::from_millis(200));
            resident.push(cell.resident().unwrap_or_default() as f64 / f64::from(1 << 20));
            cell.stop()?;
        }
    }
    let worst = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
    let row = |what, times: Vec<f64>, unit, goal| {
        let figures = format!("median of {}, worst {:.1} {unit}", times.len(), worst(&times));
        Row { what, value: median(times), unit, goal: Goal::AtMost(goal), figures }
    };
    told(row("exec to first answer, fresh data directory", fresh, "ms", 100.0));
    told(row("exec to first answer, existing data directory", existing, "ms", 50.0));
    told(row("resident at rest", resident, "MB", 30.0));
    Ok(())
}

/// Milliseconds from the start of the process to its first answer.
fn first_answer(cell: &Cell) -> Result<f64, String> {
    on_this_thread(async {
        let mut connection = Connection::open(cell.address).await.map_err(|error| error.to_string())?;
        let status = connection.status(&Request::new("GET", "/api/versions", &[], "")).await.map_err(|error| error.to_string())?;
        if status == 200 { Ok(cell.began.elapsed().as_secs_f64() * 1_000.0) } else { Err(format!("it answered {status}")) }
    })
}
