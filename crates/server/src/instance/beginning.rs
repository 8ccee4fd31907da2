//! What a cloud goes on from that was stored before. Invariant: how this process was told to start counts more than what was stored.

use crate::config::ClockStart;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Clock, ClockMode, Dial, Hand};
use vcdsim_platform::Cloud;

/// Lets a clock go on from where that of the stored cloud stood, and then as this process is told. That of a copy may lie behind the
/// machine's, which a cloud that is started again does not go back to.
pub(super) fn wind(clock: &Dial, stored: Hand, told: Option<ClockStart>, copy: bool) {
    match told {
        Some(ClockStart { mode, at: Some(at) }) if stored == Hand::default() => {
            clock.begin_anew(Hand { mode, shown: at, machine: clock.hand().machine });
        }
        _ => {
            if copy {
                clock.begin_anew(stored);
            } else {
                clock.restore(stored);
            }
            told.into_iter().for_each(|told| clock.set_mode(told.mode));
        }
    }
}

/// Nobody could take back any more what was ordered at the control interface, nor move a clock that stands still.
pub(super) async fn withdraw(cloud: &Cloud, clock: &Dial, told: Option<ClockStart>) -> Result<(), Fault> {
    let withdrawn = cloud.empty_hands().await?;
    if !withdrawn.is_empty() {
        tracing::warn!("--strict: what was ordered at the control interface is withdrawn: {}", withdrawn.join(", "));
    }
    if told.is_none() && clock.hand().mode != ClockMode::Real {
        tracing::warn!("--strict: the clock goes as the machine's from now on, from what it shows");
        clock.set_mode(ClockMode::Real);
        cloud.keep_clock(clock.hand()).await?;
    }
    Ok(())
}
