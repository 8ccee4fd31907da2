//! What is shown of a dispatcher's work. Invariant: a state that is as it was is not told again.

use super::Dispatcher;
use crate::amqp::{BrokerError, LinkEvent};
use crate::notifier::Inner;
use crate::state::{BrokerState, Standing};
use std::time::Duration;
use vcdsim_model::clock::after_millis;

/// Changes the state and says so in the log when that is news.
pub(super) fn report(notifier: &Inner, change: impl FnOnce(&mut BrokerState)) {
    let now = notifier.store.now();
    notifier.state.send_if_modified(|state| {
        let before = state.clone();
        change(state);
        if before.since.is_none() || state.broker != before.broker || state.state.is_other_than(before.state) {
            state.since = Some(now);
        } else {
            state.since = before.since;
        }
        if state.is_news(&before) {
            state.log();
        }
        *state != before
    });
}

/// What is said while messages are refused, by the broker or by a rule.
fn refusing(rule: Option<u64>) -> String {
    match rule {
        Some(rule) => format!("rule {rule} of broker/faults has messages refused; they are tried again"),
        None => "the broker refuses messages (basic.nack), as it does when a queue is full and rejects; they are tried again".to_owned(),
    }
}

impl Dispatcher<'_> {
    /// Shows that there is no connection, why, and when it is tried again.
    pub(super) fn fail(&self, reason: &str, next: Option<Duration>) {
        let now = self.notifier.store.now();
        report(self.notifier, |state| {
            (state.state, state.connected) = (Standing::Waiting, false);
            (state.unconfirmed, state.refused) = (0, 0);
            state.next_attempt = next.map(|length| after_millis(now, i64::try_from(length.as_millis()).unwrap_or(i64::MAX)));
            state.fail(reason.to_owned(), now);
        });
    }

    /// Shows that there is to be no connection, and why.
    pub(super) fn stand_off(&self, reason: &BrokerError) {
        let standing = if matches!(reason, BrokerError::Ordered(_)) { Standing::Stopped } else { Standing::Waiting };
        let reason = reason.to_string();
        let now = self.notifier.store.now();
        report(self.notifier, |state| {
            (state.state, state.connected, state.next_attempt) = (standing, false, None);
            (state.unconfirmed, state.refused) = (0, 0);
            if state.error.as_ref() != Some(&reason) {
                state.fail(reason, now);
            }
        });
    }

    /// Shows the numbers, and whether the broker refuses messages or no longer does.
    pub(super) fn show_progress(&mut self, unconfirmed: usize) {
        self.counts.dropped += self.outbox.take_dropped();
        let (cursor, pending, refused, counts) = (self.outbox.cursor(), self.outbox.pending(), self.outbox.stuck() as u64, self.counts);
        let seen = (cursor, pending, unconfirmed as u64, refused, counts, self.outbox.kept());
        let mut turned = false;
        self.notifier.state.send_if_modified(|state| {
            let kept = std::mem::take(&mut state.kept);
            let before = (state.cursor, state.pending, state.unconfirmed, state.refused, state.counts, kept);
            let changed = before != seen;
            (state.cursor, state.pending, state.unconfirmed, state.refused, state.counts, state.kept) = seen;
            turned = matches!(state.state, Standing::Connected if refused > 0) || matches!(state.state, Standing::Refusing if refused == 0);
            changed
        });
        if turned {
            let (now, rule) = (self.notifier.store.now(), self.outbox.refusing_rule());
            report(self.notifier, |state| {
                if refused > 0 {
                    state.state = Standing::Refusing;
                    state.fail(refusing(rule), now);
                } else {
                    (state.state, state.error) = (Standing::Connected, state.warning());
                }
            });
        }
    }

    /// Shows what happens to the connection; answers with the error that ended it.
    pub(super) fn notice(&self, event: LinkEvent) -> Option<BrokerError> {
        let now = self.notifier.store.now();
        match event {
            LinkEvent::Lost(error) => return Some(error),
            LinkEvent::Blocked(reason) => report(self.notifier, |state| {
                state.state = Standing::Blocked;
                state.fail(format!("the broker takes no messages for now: {reason}"), now);
            }),
            LinkEvent::Unblocked => {
                report(self.notifier, |state| (state.state, state.error) = (Standing::Connected, state.warning()));
            }
        }
        None
    }
}
