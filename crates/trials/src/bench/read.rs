//! Reads, beside a server that answers the same bytes from a constant.

use super::Told;
use crate::cell::{Cell, Place};
use crate::client::Client;
use crate::fixed;
use crate::http::Request;
use crate::load::{Sample, closed, median, on_this_thread};
use crate::table::{Goal, Row};
use std::time::Duration;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
/// The rows of the longest page.
const PAGE: usize = 128;

pub(super) fn run(place: &Place, _amqp: &str, told: Told<'_>) -> Result<(), String> {
    let cell = Cell::start(place, &[])?;
    let (task, page) = on_this_thread(prepare(&cell))?;
    let (rate, tail, figures) = beside(place, &cell, &task)?;
    told(Row::ratio("GET Task, 64 connections: rate / constant", rate, Goal::AtLeast(0.5), figures.clone()));
    told(Row::ratio("GET Task, 64 connections: p99 / constant", tail, Goal::AtMost(3.0), figures));
    let (rate, _, figures) = beside(place, &cell, &page)?;
    told(Row::ratio("page of 128 vm records: rate / constant", rate, Goal::AtLeast(0.2), figures));
    told(routes(place)?);
    Ok(())
}

/// GET Task with many routes beside few.
fn routes(place: &Place) -> Result<Row, String> {
    let dir = tempfile::tempdir_in(&place.dir).map_err(|error| error.to_string())?;
    let start = |count: &str| {
        let data = dir.path().join(count);
        let cell = Cell::role(place, &["padded", count, data.to_str().unwrap_or_default()])?;
        let request = on_this_thread(async {
            let mut author = Client::author(cell.address).await?;
            let source = author.source().await?;
            let task = author.instantiate(&source, "web").await?.task;
            Ok(author.request(&task))
        })?;
        Ok::<_, String>((cell, request))
    };
    let (many, few) = (start("400")?, start("10")?);
    let (mut ratios, mut rates) = (Vec::new(), [Vec::new(), Vec::new()]);
    for round in 0..ROUNDS {
        let measure = |(cell, request): &(Cell, Request)| on_this_thread(closed(cell.address, request, CONNECTIONS, ROUND));
        // Now the one first, now the other, so that neither always finds the machine warmer.
        let (one, other) = if round % 2 == 0 {
            let one = measure(&many)?.rate();
            (one, measure(&few)?.rate())
        } else {
            let other = measure(&few)?.rate();
            (measure(&many)?.rate(), other)
        };
        ratios.push(one / other);
        rates[0].push(one);
        rates[1].push(other);
    }
    let [one, other] = rates.map(median);
    Ok(Row::ratio("GET Task: 400 routes / 10 routes", median(ratios), Goal::AtLeast(0.95), format!("{one:.0}/s; {other:.0}/s")))
}

/// Fills the longest page, and gives the requests to measure.
async fn prepare(cell: &Cell) -> Result<(Request, Request), String> {
    let mut author = Client::author(cell.address).await?;
    let source = author.source().await?;
    let mut last = None;
    for number in 0..=PAGE {
        last = Some(author.instantiate(&source, &format!("web-{number}")).await?);
    }
    let task = last.ok_or("nothing was instantiated")?.task;
    if author.task_status(&task).await? != "success" {
        return Err("the task did not succeed at once".to_owned());
    }
    let page = format!("/api/query?type=vm&filter=isVAppTemplate==false&pageSize={PAGE}");
    let records = author.get(&page).await?.text().matches("<VMRecord ").count();
    if records != PAGE {
        return Err(format!("the page has {records} records"));
    }
    Ok((author.request(&task), author.request(&page)))
}

/// The rate and the p99 of a request as shares of those of a constant, in turns.
fn beside(place: &Place, cell: &Cell, request: &Request) -> Result<(f64, f64, String), String> {
    let file = place.dir.join("constant.json");
    let answer = on_this_thread(async {
        let mut connection = crate::http::Connection::open(cell.address).await.map_err(|error| error.to_string())?;
        connection.call(request).await.map_err(|error| error.to_string())
    })?;
    fixed::keep(&file, &answer)?;
    let constant = Cell::role(place, &["fixed", file.to_str().unwrap_or_default()])?;
    let (mut rates, mut tails, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let measure = |address| on_this_thread(closed(address, request, CONNECTIONS, ROUND));
        let (one, other): (Sample, Sample) = (measure(cell.address)?, measure(constant.address)?);
        // The first round warms both up.
        if round > 0 {
            rates.push(one.rate() / other.rate());
            tails.push(one.within(0.99) / other.within(0.99));
            ours.push((one.rate(), one.within(0.99)));
            theirs.push((other.rate(), other.within(0.99)));
        }
    }
    let told = |pairs: &[(f64, f64)]| {
        let rate = median(pairs.iter().map(|pair| pair.0).collect());
        let tail = median(pairs.iter().map(|pair| pair.1).collect());
        format!("{rate:.0}/s, p99 {tail:.1} ms")
    };
    let figures = format!("{}; constant {}; {} bytes", told(&ours), told(&theirs), answer.body.len());
    Ok((median(rates), median(tails), figures))
}
