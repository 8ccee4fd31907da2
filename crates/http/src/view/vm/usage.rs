//! How much machines use. Invariant: a series has the samples of its window, the oldest first, and at least one.

use vcdsim_model::clock::{Time, after_millis, format_time};
use vcdsim_model::family::vm::{METRICS, Vm};
use vcdsim_model::media;
use vcdsim_wire::vcloud;

/// Seconds between samples.
const INTERVAL: i32 = 300;
/// Samples are kept for two weeks.
const KEPT_MILLIS: i64 = 14 * 24 * 3_600 * 1_000;

/// `CurrentUsage`
#[expect(clippy::cast_precision_loss, reason = "disks of 2^53 KB do not exist")]
pub(crate) fn current(href: String, vm: &Vm, patterns: &[String]) -> vcloud::CurrentUsage {
    let meant = METRICS.iter().filter(|metric| metric.is_meant_by(patterns));
    let metric = meant.map(|metric| vcloud::SimpleMetric {
        name: Some(metric.name.to_owned()),
        unit: Some(metric.unit.to_owned()),
        value: Some(metric.of(vm) as f64),
    });
    vcloud::CurrentUsage {
        href: Some(href),
        r#type: Some(media::CURRENT_USAGE.to_owned()),
        metric: metric.collect(),
        ..vcloud::CurrentUsage::default()
    }
}

/// `HistoricUsage`, of what guests make: it is not kept how large disks were.
pub(crate) fn historic(href: String, samples: &[Time], patterns: &[String]) -> vcloud::HistoricUsage {
    let sample = |at: &Time| vcloud::Sample { timestamp: format_time(*at), value: 0.0 };
    let meant = METRICS.iter().filter(|metric| metric.of_guest && metric.is_meant_by(patterns) && !samples.is_empty());
    let series = meant.map(|metric| vcloud::TimeSeriesMetric {
        name: Some(metric.name.to_owned()),
        unit: Some(metric.unit.to_owned()),
        expected_interval: Some(INTERVAL),
        sample: samples.iter().map(sample).collect(),
    });
    vcloud::HistoricUsage {
        href: Some(href),
        r#type: Some(media::HISTORIC_USAGE.to_owned()),
        metric_series: series.collect(),
        ..vcloud::HistoricUsage::default()
    }
}

/// When samples were taken of a machine that was made then, from `start` to `end`, as far as they are kept.
pub(crate) fn samples(made: Time, now: Time, start: Time, end: Time) -> Vec<Time> {
    let (first, last) = (start.max(after_millis(now, -KEPT_MILLIS)), end.min(now));
    let step = i64::from(INTERVAL) * 1_000;
    let skipped = (first - made).num_milliseconds().max(0).unsigned_abs().div_ceil(step.unsigned_abs()).cast_signed();
    let at = |number: i64| after_millis(made, number.saturating_mul(step));
    (skipped..).map(at).take_while(|at| *at <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::clock::from_millis;

    #[test]
    fn samples_are_taken_every_five_minutes_from_the_beginning() {
        let minutes = |number: i64| from_millis(number * 60_000);
        let taken = |start, end| samples(minutes(1), minutes(20), minutes(start), minutes(end));
        assert_eq!(taken(0, 20), [1, 6, 11, 16].map(minutes));
        assert_eq!(taken(2, 11), [6, 11].map(minutes));
        assert_eq!(taken(11, 99), [11, 16].map(minutes));
        assert!(taken(7, 10).is_empty() && taken(12, 3).is_empty());
        assert_eq!(samples(minutes(0), minutes(100_000), minutes(0), minutes(100_000)).len(), 14 * 288 + 1);
    }
}
