//! Pages of machines and vApps in clouds of a thousand, ten thousand and a hundred thousand machines. Invariant: no page is asked for twice
//! without a change in between, so that none is answered from memory.

use super::Told;
use crate::bulk;
use crate::cell::{Cell, Place};
use crate::client::Client;
use crate::clock::now;
use crate::load::{median, on_this_thread};
use crate::table::{Goal, Row};
use std::path::Path;

/// How many machines the clouds have.
const CLOUDS: [usize; 3] = [1_000, 10_000, 100_000];
/// How often each page is asked for.
const TURNS: usize = 31;
/// The rows of a page.
const SIZE: usize = 25;

/// A page: what it is called in the table for each larger cloud, and how it is asked for the n-th time: never the same page again, but one
/// with as many rows in each cloud.
type Question = ([&'static str; 2], fn(&Marks, usize) -> String);

const QUESTIONS: &[Question] = &[
    (["first page of vm records: 10,000 / 1,000 vms", "first page of vm records: 100,000 / 1,000 vms"], |_, turn| {
        format!("type=adminVM&offset={turn}")
    }),
    (["vm by name: 10,000 / 1,000 vms", "vm by name: 100,000 / 1,000 vms"], |_, turn| format!("type=adminVM&sortAsc=name&offset={turn}")),
    (["vm by name, downwards: 10,000 / 1,000 vms", "vm by name, downwards: 100,000 / 1,000 vms"], |_, turn| {
        format!("type=adminVM&sortDesc=name&offset={turn}")
    }),
    (["vm with a name: 10,000 / 1,000 vms", "vm with a name: 100,000 / 1,000 vms"], |marks, turn| {
        format!("type=adminVM&filter=name=={}&pageSize={}", marks.name, SIZE + turn)
    }),
    (["vm in a VDC: 10,000 / 1,000 vms", "vm in a VDC: 100,000 / 1,000 vms"], |marks, turn| {
        format!("type=adminVM&filter=vdc=={}&offset={turn}", marks.vdc)
    }),
    (["vm in a VDC by name: 10,000 / 1,000 vms", "vm in a VDC by name: 100,000 / 1,000 vms"], |marks, turn| {
        format!("type=adminVM&filter=vdc=={}&sortAsc=name&offset={turn}", marks.vdc)
    }),
    (["vm in a vApp: 10,000 / 1,000 vms", "vm in a vApp: 100,000 / 1,000 vms"], |marks, turn| {
        format!("type=adminVM&filter=container=={}&pageSize={}", marks.vapp, SIZE + turn)
    }),
    // So short that a thousand machines have it.
    (["page 100 of vm records: 10,000 / 1,000 vms", "page 100 of vm records: 100,000 / 1,000 vms"], |_, turn| {
        format!("type=adminVM&page=100&pageSize=8&offset={turn}")
    }),
    (["first page of vApp records: 10,000 / 1,000 vms", "first page of vApp records: 100,000 / 1,000 vms"], |_, turn| {
        format!("type=vApp&offset={turn}")
    }),
    (["vApp by name: 10,000 / 1,000 vms", "vApp by name: 100,000 / 1,000 vms"], |_, turn| format!("type=vApp&sortAsc=name&offset={turn}")),
];

/// What pages are filtered by.
struct Marks {
    name: String,
    vdc: String,
    vapp: String,
}

pub(super) fn run(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    let mut cells = Vec::new();
    for machines in CLOUDS {
        let data = dir.path().join(machines.to_string());
        filled(place, &data, machines)?;
        cells.push(start(place, &data)?);
    }
    on_this_thread(measure(&cells, told))?;
    cells.into_iter().try_for_each(Cell::stop)
}

async fn measure(cells: &[Cell], told: Told<'_>) -> Result<(), String> {
    let mut clouds = Vec::new();
    for cell in cells {
        let mut client = Client::administrator(cell.address).await?;
        let marks = marks(&mut client).await?;
        clouds.push((client, marks));
    }
    for (names, question) in QUESTIONS {
        let mut times = vec![Vec::new(); clouds.len()];
        for turn in 0..=TURNS {
            for ((client, marks), times) in clouds.iter_mut().zip(&mut times) {
                let path = format!("/api/query?{}", question(marks, turn));
                let began = now();
                client.get(&path).await?;
                // The first one counts how many there are.
                if turn > 0 {
                    times.push(began.elapsed().as_secs_f64() * 1_000.0);
                }
            }
        }
        let medians: Vec<_> = times.into_iter().map(median).collect();
        for (name, larger) in names.iter().zip(&medians[1..]) {
            let figures = format!("{larger:.2} ms; at 1,000 {:.2} ms (medians of {TURNS})", medians[0]);
            told(Row::ratio(name, larger / medians[0], Goal::AtMost(1.5), figures));
        }
    }
    Ok(())
}

async fn marks(client: &mut Client) -> Result<Marks, String> {
    let page = client.get("/api/query?type=adminVM&filter=isVAppTemplate==false&sortDesc=name&pageSize=1").await?;
    let text = page.text();
    // The page has a name of its own, before its first record.
    let record = text.split("<AdminVMRecord ").nth(1).ok_or("there is no machine")?;
    let attribute = |name: &str| record.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    let missing = || format!("the record of a machine lacks an attribute: {record}");
    Ok(Marks {
        name: attribute(" name").ok_or_else(missing)?,
        vdc: attribute(" vdc").ok_or_else(missing)?,
        vapp: attribute(" container").ok_or_else(missing)?,
    })
}

/// Makes a data directory with so many machines.
fn filled(place: &Place, dir: &Path, machines: usize) -> Result<(), String> {
    let cell = start(place, dir)?;
    on_this_thread(async {
        let mut author = Client::author(cell.address).await?;
        let source = author.source().await?;
        Ok(author.instantiate(&source, "vapp").await?)
    })?;
    cell.stop()?;
    on_this_thread(async {
        let store = bulk::open(dir).await?;
        bulk::grow(&store, machines).await?;
        store.close().await.map_err(|error| error.to_string())
    })
}

fn start(place: &Place, dir: &Path) -> Result<Cell, String> {
    Cell::start(place, &["--data-dir", dir.to_str().unwrap_or_default()])
}
