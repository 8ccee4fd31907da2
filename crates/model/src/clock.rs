//! Time and identity, injected. Invariant: no other module of the workspace asks the system for the time or for a random id.

mod dial;

pub use chrono::TimeDelta;
pub use dial::{ClockMode, Dial, Hand};

use chrono::{DateTime, Datelike, Timelike, Utc};
use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// An instant, in whole milliseconds: what documents show and what the database keeps.
pub type Time = DateTime<Utc>;

/// Where the time comes from.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The current instant, truncated to milliseconds; never earlier than an instant it answered before.
    fn now(&self) -> Time;

    /// How long the machine's clock will go until this one shows `due`; `None` when it will not by itself.
    fn until(&self, due: Time) -> Option<Duration> {
        Some((due - self.now()).to_std().unwrap_or_default())
    }

    /// Moves a clock that is moved by hand and answers true; answers false when the clock runs by itself.
    fn advance_to(&self, _to: Time) -> bool {
        false
    }

    /// Goes on from where another clock stood, even if that lies behind: everything that this one has timed is gone. A clock that cannot do
    /// so stays as it is.
    fn begin_anew(&self, _hand: Hand) {}

    /// Where it stands, for a clock that begins anew to come back to; none of one that cannot.
    fn mark(&self) -> Option<Hand> {
        None
    }
}

/// The machine's clock, kept from going backwards.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest: AtomicI64,
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> Time {
        let now = Utc::now().timestamp_millis();
        from_millis(self.latest.fetch_max(now, Ordering::AcqRel).max(now))
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct VirtualClock {
    millis: AtomicI64,
}

impl VirtualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn new(start: Time) -> Self {
        Self { millis: AtomicI64::new(start.timestamp_millis()) }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Time {
        from_millis(self.millis.load(Ordering::Acquire))
    }

    fn advance_to(&self, to: Time) -> bool {
        self.millis.fetch_max(to.timestamp_millis(), Ordering::AcqRel);
        true
    }

    fn until(&self, due: Time) -> Option<Duration> {
        (due <= self.now()).then_some(Duration::ZERO)
    }
}

/// Where ids and secrets come from.
pub trait IdGen: Debug + Send + Sync + 'static {
    /// 16 fresh bytes as a version 4 UUID.
    fn id(&self) -> Uuid;

    /// 32 fresh bytes for tokens and keys.
    fn secret(&self) -> [u8; 32];

    /// The position in a reproducible stream, stored with each commit; `None` when ids are not reproducible.
    fn position(&self) -> Option<u64> {
        None
    }

    /// Continues a reproducible stream where an earlier process left it.
    fn seek(&self, _position: u64) {}
}

/// Milliseconds since the epoch as an instant; out-of-range values saturate.
#[must_use]
pub fn from_millis(millis: i64) -> Time {
    DateTime::from_timestamp_millis(millis).unwrap_or(if millis < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC })
}

/// `at` plus `millis`, saturating at the end of the calendar that documents can write.
#[must_use]
pub fn after_millis(at: Time, millis: i64) -> Time {
    let sum = TimeDelta::try_milliseconds(millis).and_then(|delta| at.checked_add_signed(delta));
    sum.unwrap_or(if millis < 0 { LATEST_YEARS.0 } else { LATEST_YEARS.1 }).min(LATEST_YEARS.1)
}

/// The instants beyond which a document could not write a four-digit year.
const LATEST_YEARS: (Time, Time) = (
    DateTime::UNIX_EPOCH,
    match DateTime::from_timestamp(253_402_300_799, 0) {
        Some(end) => end,
        None => DateTime::UNIX_EPOCH,
    },
);

/// The form instants take in headers, as in `Wed, 04 Mar 2026 08:15:00 GMT`.
#[must_use]
pub fn http_date(at: Time) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(29);
    // As in documents.
    let _ = write!(text, "{}, {:02} {} {:04} ", at.weekday(), at.day(), MONTHS[at.month0() as usize], at.year());
    let _ = write!(text, "{:02}:{:02}:{:02} GMT", at.hour(), at.minute(), at.second());
    text
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The form instants take in documents: milliseconds and a `Z`, as in `2026-03-09T08:15:00.250Z`.
#[must_use]
pub fn format_time(at: Time) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(24);
    // Field by field: documents hold many instants, and chrono would read the pattern each time. Writing to memory cannot fail.
    let _ = write!(text, "{:04}-{:02}-{:02}T", at.year(), at.month(), at.day());
    let _ = write!(text, "{:02}:{:02}:{:02}.{:03}Z", at.hour(), at.minute(), at.second(), at.timestamp_subsec_millis());
    text
}

/// Reads any `xs:dateTime` with a year of four digits; one without a zone is taken as UTC.
#[must_use]
pub fn parse_time(text: &str) -> Option<Time> {
    let parsed = DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|at| at.and_utc()))?;
    DateTime::from_timestamp_millis(parsed.timestamp_millis()).filter(|at| (0..=9999).contains(&at.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_never_goes_back() {
        let clock = VirtualClock::new(from_millis(1_000));
        clock.advance_to(from_millis(500));
        assert_eq!(clock.now(), from_millis(1_000));
        clock.advance_to(from_millis(2_000));
        assert_eq!(clock.now(), from_millis(2_000));
    }

    #[test]
    fn times_round_trip_and_zones_are_read() {
        let at = parse_time("2013-02-14T13:25:14.757+02:00").unwrap();
        assert_eq!(format_time(at), "2013-02-14T11:25:14.757Z");
        assert_eq!(parse_time("2013-02-14T11:25:14.757"), Some(at));
        assert_eq!(parse_time("yesterday"), None);
        // What servers write for "never" is beyond what nanoseconds can count.
        assert_eq!(parse_time("9999-12-31T23:59:59.9979Z").map(format_time).as_deref(), Some("9999-12-31T23:59:59.997Z"));
    }

    #[test]
    fn headers_have_a_form_of_their_own() {
        let date = |text: &str| http_date(parse_time(text).unwrap());
        assert_eq!(date("2026-03-04T08:15:00.999Z"), "Wed, 04 Mar 2026 08:15:00 GMT");
        assert_eq!(date("1994-11-06T08:49:37Z"), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn huge_offsets_saturate() {
        assert_eq!(format_time(after_millis(from_millis(0), i64::MAX)), "9999-12-31T23:59:59.000Z");
        assert_eq!(format_time(after_millis(from_millis(0), 1_000_000_000_000_000)), "9999-12-31T23:59:59.000Z");
    }

    #[test]
    fn years_that_no_document_can_write_are_not_read() {
        for text in ["+10000-01-01T00:00:00", "-0001-01-01T00:00:00", "9999-12-31T23:59:59-01:00"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
