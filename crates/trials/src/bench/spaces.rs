//! How soon a space is made, a state is brought back, and what hundreds of spaces take.

use super::Told;
use crate::cell::{Cell, Place};
use crate::clock::now;
use crate::http::{Connection, Request};
use crate::load::{median, on_this_thread};
use crate::table::{Goal, Row};
use serde_json::{Value, json};

/// How many spaces are made.
const SPACES: usize = 500;

/// How often a state is brought back.
const RESETS: usize = 50;

pub(super) fn run(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let cell = Cell::start(place, &[])?;
    let before = cell.resident().unwrap_or_default();
    let made = on_this_thread(times(&cell, SPACES, |number| ("spaces", json!({ "name": format!("space-{number}") }))))?;
    let worst = made.iter().copied().fold(0.0, f64::max);
    let figures = format!("median of {SPACES}, worst {worst:.1} ms");
    told(Row { what: "a space is made", value: median(made), unit: "ms", goal: Goal::AtMost(5.0), figures });
    let each = cell.resident().unwrap_or_default().saturating_sub(before) as f64 / SPACES as f64 / f64::from(1 << 20);
    told(Row { what: "memory of a space", value: each, unit: "MB", goal: Goal::AtMost(1.0), figures: String::new() });
    cell.stop()?;

    let cell = Cell::start(place, &[])?;
    let reset = on_this_thread(times(&cell, RESETS, |_| ("reset", json!({}))))?;
    let figures = format!("median of {RESETS}");
    told(Row { what: "everything is reset", value: median(reset), unit: "ms", goal: Goal::AtMost(20.0), figures });
    cell.stop()
}

/// How many milliseconds each of these calls took; the first, which makes what the others copy, does not count.
async fn times(cell: &Cell, count: usize, call: impl Fn(usize) -> (&'static str, Value)) -> Result<Vec<f64>, String> {
    let mut connection = Connection::open(cell.address).await.map_err(|error| error.to_string())?;
    let mut times = Vec::with_capacity(count);
    for number in 0..=count {
        let (path, body) = call(number);
        let request = Request::new("POST", &format!("/_mock/v1/{path}"), &[], &body.to_string());
        let begun = now();
        let status = connection.status(&request).await.map_err(|error| error.to_string())?;
        if status != 200 {
            return Err(format!("{path} answered {status}"));
        }
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    times.remove(0);
    Ok(times)
}
