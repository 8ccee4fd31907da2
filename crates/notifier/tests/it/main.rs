//! The notifier over a real store, and over a real broker where `VCDSIM_TEST_AMQP` names one.
//! Invariant: no test waits for time to pass; each waits for a state, a delivery or a commit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod delivery;
mod fates;
mod listening;
mod outage;
mod proxy;
mod refusal;
mod stand_by;
mod support;
mod trust;
