//! A broker that fails in every way that brokers do, under load. Invariant: every event that the server wrote while a broker was named
//! arrives in both forms, and those about one object in order; what arrives twice has the same id.

mod certificates;
mod faults;
mod full;
mod ledger;
mod node;
mod rig;

use crate::cell::Place;
use crate::load::on_this_thread;
use faults::{FAULTS, Fault};
use ledger::Outcome;
use rig::Rig;

/// How much memory the server may have at most, whatever waits: what waits is on disk.
const MEMORY: u64 = 512 << 20;

/// Plays all faults on one server and one broker.
pub(crate) fn run(place: &Place, long: bool) -> Result<(), String> {
    let _ = (std::fs::remove_dir_all(place.dir.join("data")), std::fs::remove_file(place.dir.join("server.log")));
    on_this_thread(async {
        let mut rig = Rig::start(place, long).await?;
        let mut rows = Vec::new();
        for fault @ (name, ..) in FAULTS {
            let row = play(&mut rig, *fault).await.map_err(|wrong| format!("{name}: {wrong}\n{}", rig.notes.join("\n")))?;
            rows.push((*name, row));
        }
        let Rig { cell, node, .. } = rig;
        cell.stop()?;
        drop(node);
        print(&rows);
        Ok(())
    })
}

/// What is printed of a fault.
struct Row {
    outcome: Outcome,
    memory: u64,
    lines: usize,
    seconds: f64,
}

async fn play(rig: &mut Rig, (name, most, fault): Fault) -> Result<Row, String> {
    println!("\n{name}");
    let began = crate::clock::now();
    fault(rig).await?;
    let (outcome, memory, lines) = rig.judge().await?;
    for note in rig.notes.drain(..) {
        println!("  {note}");
    }
    println!("  {outcome:?}, at most {} MB, {lines} lines logged", memory >> 20);
    let Outcome { lost, disordered, strange, messages, events, .. } = outcome;
    if (lost, disordered, strange) != (0, 0, 0) || messages != 2 * events || events == 0 {
        return Err(format!("{outcome:?}"));
    }
    if lines > most {
        return Err(format!("{lines} lines were logged, and {most} are enough"));
    }
    if memory > MEMORY {
        return Err(format!("the server had {} MB of memory", memory >> 20));
    }
    Ok(Row { outcome, memory, lines, seconds: began.elapsed().as_secs_f64() })
}

fn print(rows: &[(&str, Row)]) {
    println!(
        "\n{:20} {:>7} {:>9} {:>9} {:>6} {:>12} {:>9} {:>6} {:>8}",
        "fault", "events", "messages", "repeated", "lost", "out of order", "RSS, MB", "lines", "seconds"
    );
    for (name, Row { outcome, memory, lines, seconds }) in rows {
        let Outcome { events, messages, repeated, lost, disordered, .. } = outcome;
        let memory = memory >> 20;
        println!("{name:20} {events:>7} {messages:>9} {repeated:>9} {lost:>6} {disordered:>12} {memory:>9} {lines:>6} {seconds:>8.1}");
    }
    let sum = |of: fn(&Outcome) -> usize| rows.iter().map(|(_, row)| of(&row.outcome)).sum::<usize>();
    println!(
        "{} events, {} messages, {} repeated, none lost, none out of order.",
        sum(|o| o.events),
        sum(|o| o.messages),
        sum(|o| o.repeated)
    );
}
