//! A clock that can be set: it goes as the machine's does, faster, or not at all. Invariant: it never goes back, unless a
//! whole cloud begins anew and its time with it.

use super::{Clock, Time, after_millis};
use crate::family::settings::Setting;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a dial goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockMode {
    /// As the machine's clock goes.
    #[default]
    Real,
    /// So many times as fast, from 1 on.
    Scaled(u32),
    /// Only when it is moved.
    Manual,
}

/// Where a dial stands: what it showed when the machine's clock showed something else, and how it has gone since. A missing one is the
/// machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hand {
    /// How it goes.
    pub mode: ClockMode,
    /// What it showed ...
    pub shown: Time,
    /// ... when the machine's clock showed this.
    pub machine: Time,
}

impl Setting for Hand {
    const KEY: &'static str = "clock";
}

/// A clock that can be set.
#[derive(Debug)]
pub struct Dial {
    machine: Arc<dyn Clock>,
    hand: Mutex<Hand>,
}

impl Dial {
    /// A dial that goes as `machine` does.
    #[must_use]
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        let now = machine.now();
        Self { machine, hand: Mutex::new(Hand { mode: ClockMode::Real, shown: now, machine: now }) }
    }

    /// Where it stands.
    #[must_use]
    pub fn hand(&self) -> Hand {
        *self.lock()
    }

    /// Goes on from where a dial stood, but never from before what this one shows.
    pub fn restore(&self, hand: Hand) {
        let mut own = self.lock();
        let (now, machine) = (own.at(self.machine.now()), self.machine.now());
        *own = Hand { mode: hand.mode, shown: hand.at(machine).max(now), machine };
    }

    /// Lets it go in another way, from what it shows now.
    pub fn set_mode(&self, mode: ClockMode) {
        let mut own = self.lock();
        let machine = self.machine.now();
        *own = Hand { mode, shown: own.at(machine), machine };
    }

    /// Where a dial that stood so would stand now, to go on in another way.
    #[must_use]
    pub fn turned(&self, hand: Hand, mode: ClockMode) -> Hand {
        let machine = self.machine.now();
        Hand { mode, shown: hand.at(machine), machine }
    }

    fn lock(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hand {
    /// What the dial shows when the machine's clock shows `machine`.
    fn at(&self, machine: Time) -> Time {
        let passed = (machine - self.machine).num_milliseconds().max(0);
        match self.mode {
            ClockMode::Real => after_millis(self.shown, passed),
            ClockMode::Scaled(times) => after_millis(self.shown, passed.saturating_mul(i64::from(times))),
            ClockMode::Manual => self.shown,
        }
    }
}

impl Clock for Dial {
    fn now(&self) -> Time {
        let own = self.lock();
        own.at(self.machine.now())
    }

    fn advance_to(&self, to: Time) -> bool {
        let mut own = self.lock();
        let machine = self.machine.now();
        *own = Hand { mode: own.mode, shown: own.at(machine).max(to), machine };
        true
    }

    fn begin_anew(&self, hand: Hand) {
        let machine = self.machine.now();
        *self.lock() = Hand { mode: hand.mode, shown: hand.at(machine), machine };
    }

    fn mark(&self) -> Option<Hand> {
        Some(self.hand())
    }

    fn until(&self, due: Time) -> Option<Duration> {
        let own = self.hand();
        let left = (due - own.at(self.machine.now())).to_std().unwrap_or_default();
        match own.mode {
            _ if left.is_zero() => Some(left),
            ClockMode::Real => Some(left),
            ClockMode::Scaled(times) => Some(left / times.max(1)),
            ClockMode::Manual => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{VirtualClock, from_millis};

    fn at(seconds: i64) -> Time {
        from_millis(seconds * 1_000)
    }

    fn dial() -> (Arc<VirtualClock>, Dial) {
        let machine = Arc::new(VirtualClock::new(at(100)));
        let dial = Dial::new(Arc::clone(&machine) as Arc<dyn Clock>);
        (machine, dial)
    }

    #[test]
    fn it_goes_as_it_is_told_and_never_back() {
        let (machine, dial) = dial();
        machine.advance_to(at(110));
        assert_eq!(dial.now(), at(110));
        dial.set_mode(ClockMode::Manual);
        machine.advance_to(at(120));
        assert_eq!((dial.now(), dial.until(at(111))), (at(110), None));
        dial.advance_to(at(500));
        dial.advance_to(at(300));
        assert_eq!(dial.now(), at(500), "what is behind is no place to go to");
        dial.set_mode(ClockMode::Scaled(60));
        machine.advance_to(at(121));
        assert_eq!((dial.now(), dial.until(at(680))), (at(560), Some(Duration::from_secs(2))));
        dial.set_mode(ClockMode::Real);
        machine.advance_to(at(131));
        assert_eq!((dial.now(), dial.until(at(575))), (at(570), Some(Duration::from_secs(5))));
        assert_eq!(dial.until(at(1)), Some(Duration::ZERO));
    }

    #[test]
    fn it_goes_on_where_it_was() {
        let (machine, first) = dial();
        first.set_mode(ClockMode::Manual);
        first.advance_to(at(1_000));
        machine.advance_to(at(200));
        let second = Dial::new(Arc::clone(&machine) as Arc<dyn Clock>);
        second.restore(first.hand());
        assert_eq!((second.now(), second.hand().mode), (at(1_000), ClockMode::Manual));
        first.set_mode(ClockMode::Real);
        machine.advance_to(at(210));
        let third = Dial::new(Arc::clone(&machine) as Arc<dyn Clock>);
        third.restore(first.hand());
        assert_eq!(third.now(), at(1_010), "a clock that is ahead stays as much ahead");
        third.restore(Hand::default());
        assert_eq!(third.now(), at(1_010));
    }
}
