//! What a cloud goes on from that was stored before. Invariant: how this process was told to start counts more than what was stored.

use crate::config::ClockStart;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Clock, ClockMode, Dial, Hand};
use vcdsim_platform::Cloud;
use vcdsim_store::Store;

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

/// A process that was killed while it moved its clock has not noted how far that was; but what it has told stands.
pub(super) async fn not_before(store: &Store, clock: &Dial) -> Result<(), Fault> {
    if let Some(last) = store.read().recent_events(1).await?.last() {
        clock.advance_to(last.time);
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use uuid::Uuid;
    use vcdsim_model::clock::{Time, VirtualClock, from_millis};
    use vcdsim_model::event::{Named, NewEvent};
    use vcdsim_model::id::Urn;
    use vcdsim_model::kind::Kind;
    use vcdsim_store::{Command, Durability, Options, SeededIds, Tx};

    struct Tell;

    impl Command for Tell {
        type Output = ();

        async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
            let named = |kind| Named { urn: Urn::new(kind, Uuid::from_u128(1)), name: "name".to_owned() };
            let (entity, user, org) = (named(Kind::Vm), named(Kind::User), named(Kind::Org));
            let r#type = "com/vmware/vcloud/event/vm/modify".to_owned();
            let (task, task_owner, service) = (None, None, None);
            tx.emit(NewEvent { r#type, entity, user, org, task, task_owner, success: true, blocking: false, service }).await
        }
    }

    async fn told_at(time: Time) -> Store {
        let (clock, ids) = (Arc::new(VirtualClock::new(time)), Arc::new(SeededIds::new(1)));
        let options = Options { dir: None, durability: Durability::Normal, clock, ids, cache_bytes: 1 << 20, known: None };
        let store = Store::open(options).await.unwrap();
        store.write(Tell).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_clock_does_not_begin_before_what_was_told() {
        let store = told_at(from_millis(9_000)).await;
        for (shown, stands) in [(1_000, 9_000), (12_000, 12_000)] {
            let dial = Dial::new(Arc::new(VirtualClock::new(from_millis(shown))));
            not_before(&store, &dial).await.unwrap();
            assert_eq!(dial.now(), from_millis(stands));
        }
    }
}
