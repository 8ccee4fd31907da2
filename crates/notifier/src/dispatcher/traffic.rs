//! What is under way on one connection. Invariant: a message is either on its way or waits to be sent again, never both.

use crate::amqp::{BrokerError, Receipt};
use crate::backoff::{Backoff, pause};
use crate::window::Ticket;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use std::future::{Future, ready};

/// What came of a message.
#[derive(Debug)]
pub(super) enum Arrival {
    /// The broker has it.
    Confirmed {
        /// Which.
        ticket: Ticket,
        /// Whether no queue took it.
        returned: bool,
    },
    /// It was not taken.
    Refused {
        /// Which.
        ticket: Ticket,
        /// The rule that has had that done, if it was not the broker.
        rule: Option<u64>,
    },
    /// The broker refused it a while ago; now it may go again.
    Again(Ticket),
    /// The connection is of no use any more.
    Lost(BrokerError),
}

/// Messages that are on their way, and those that wait after a refusal.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    sending: FuturesUnordered<BoxFuture<'static, Arrival>>,
    waiting: FuturesUnordered<BoxFuture<'static, Ticket>>,
    backoff: Backoff,
}

impl Traffic {
    /// Sends a message.
    pub(super) fn send(&mut self, ticket: Ticket, publishing: impl Future<Output = Result<Receipt, BrokerError>> + Send + 'static) {
        self.sending.push(Box::pin(publishing.map(move |receipt| match receipt {
            Ok(Receipt::Confirmed) => Arrival::Confirmed { ticket, returned: false },
            Ok(Receipt::Returned) => Arrival::Confirmed { ticket, returned: true },
            Ok(Receipt::Refused) => Arrival::Refused { ticket, rule: None },
            Err(error) => Arrival::Lost(error),
        })));
    }

    /// Has a message refused that a rule does not let through.
    pub(super) fn refuse(&mut self, ticket: Ticket, rule: u64) {
        self.sending.push(Box::pin(ready(Arrival::Refused { ticket, rule: Some(rule) })));
    }

    /// Has a message wait that was refused after so many attempts.
    pub(super) fn try_later(&mut self, ticket: Ticket, attempts: u32) {
        let length = self.backoff.after(attempts);
        self.waiting.push(Box::pin(pause(length).map(move |()| ticket)));
    }

    /// How many messages the broker has not answered.
    pub(super) fn unconfirmed(&self) -> usize {
        self.sending.len()
    }

    /// Whether the broker owes no answer.
    pub(super) fn is_idle(&self) -> bool {
        self.sending.is_empty()
    }

    /// Waits for the next answer, or for a message that may go again. Can be given up without losing one.
    pub(super) async fn next(&mut self) -> Arrival {
        tokio::select! {
            Some(arrival) = self.sending.next() => arrival,
            Some(ticket) = self.waiting.next() => Arrival::Again(ticket),
            else => std::future::pending().await,
        }
    }

    /// The next answer that is there already.
    pub(super) fn arrived(&mut self) -> Option<Arrival> {
        self.sending.next().now_or_never().flatten()
    }
}
