//! Load and what it measures. Invariant: a latency of open-loop load counts from the moment its request was due, so that a server that
//! stalls is charged for everybody it kept waiting.

use crate::clock::{now, sleep_until};
use crate::http::{Connection, Request};
use futures::future::try_join_all;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Answers and how long each took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    micros: Vec<u32>,
    seconds: f64,
}

impl Sample {
    /// Answers per second.
    pub(crate) fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.seconds
    }

    /// The time within which this share of the answers came, in milliseconds.
    pub(crate) fn within(&self, share: f64) -> f64 {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let at = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(at.saturating_sub(1)).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }

    /// All of these answers together.
    pub(crate) fn all(samples: Vec<Self>) -> Self {
        let seconds = samples.iter().map(|sample| sample.seconds).sum();
        Self::of(samples.into_iter().map(|sample| sample.micros).collect(), seconds)
    }

    fn of(parts: Vec<Vec<u32>>, seconds: f64) -> Self {
        Self { micros: parts.concat(), seconds }
    }
}

/// Runs a future on this thread.
pub(crate) fn on_this_thread<T>(future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(future)
}

/// The same request over and over from each of `connections`, for `duration`; every answer must be a 200.
pub(crate) async fn closed(address: SocketAddr, request: &Request, connections: usize, duration: Duration) -> Result<Sample, String> {
    let began = now();
    let until = began + duration;
    let one = || async move {
        let mut connection = Connection::open(address).await?;
        let mut micros = Vec::new();
        let mut at = now();
        while at < until {
            let status = connection.status(request).await?;
            expect_ok(status)?;
            let after = now();
            micros.push(as_micros(after - at));
            at = after;
        }
        Ok::<_, std::io::Error>(micros)
    };
    let parts = try_join_all((0..connections).map(|_| one())).await.map_err(|error| error.to_string())?;
    Ok(Sample::of(parts, began.elapsed().as_secs_f64()))
}

/// So many connections, each of which has been answered once: what follows on them measures requests, not their opening.
pub(crate) async fn connections(address: SocketAddr, request: &Request, count: u32) -> Result<Vec<Connection>, String> {
    let one = || async move {
        let mut connection = Connection::open(address).await?;
        expect_ok(connection.status(request).await?)?;
        Ok::<_, std::io::Error>(connection)
    };
    try_join_all((0..count).map(|_| one())).await.map_err(|error| error.to_string())
}

/// `rate` requests per second, spread over the connections, for `duration`, whether or not the answers keep up.
pub(crate) async fn open(connections: &mut [Connection], request: &Request, rate: u32, duration: Duration) -> Result<Sample, String> {
    let (began, gap) = (now(), Duration::from_secs(1) / rate);
    let all = (duration.as_secs_f64() * f64::from(rate)) as u32;
    let step = connections.len();
    let turns = |first| (first..all).step_by(step).map(move |turn| began + gap * turn);
    let each = (0..).zip(connections).map(|(first, connection)| in_time(connection, request, turns(first)));
    let parts = try_join_all(each).await.map_err(|error| error.to_string())?;
    Ok(Sample::of(parts, began.elapsed().as_secs_f64()))
}

/// One request at each of these instants, or as soon after it as the answer before has come; how long each took, in microseconds.
async fn in_time(connection: &mut Connection, request: &Request, turns: impl Iterator<Item = Instant>) -> std::io::Result<Vec<u32>> {
    let mut micros = Vec::new();
    for due in turns {
        let at = turn_up(due).await;
        expect_ok(connection.status(request).await?)?;
        micros.push(as_micros(now() - at));
    }
    Ok(micros)
}

/// From when the request that is due counts: from then, if it had to wait for the answer before; from now, if only our sleep was long.
async fn turn_up(due: Instant) -> Instant {
    if now() >= due {
        return due;
    }
    sleep_until(due).await;
    now()
}

fn expect_ok(status: u16) -> std::io::Result<()> {
    if status == 200 { Ok(()) } else { Err(std::io::Error::other(format!("the server answered {status}"))) }
}

fn as_micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// The middle one of some measurements.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
