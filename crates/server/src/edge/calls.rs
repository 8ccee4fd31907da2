//! The last calls of the control interface that may have changed something. Invariant: what they say stays out of the journal of requests.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;
use vcdsim_http::message::Request;
use vcdsim_model::action::Method;
use vcdsim_model::clock::Time;

/// How many calls are kept.
const MOST: usize = 1_000;

/// A request or a call, as the timeline tells of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) id: Uuid,
    /// When it came.
    pub(crate) time: Time,
    /// The event after which it came.
    pub(crate) after: i64,
    pub(crate) text: String,
}

/// A call that has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noted {
    pub(super) time: Time,
    pub(super) after: i64,
}

impl Noted {
    /// A call that was answered with `status`.
    pub(crate) fn ended(self, id: Uuid, request: &Request, status: u16) -> Told {
        let verb = request.method.map_or("?", Method::name);
        Told { id, time: self.time, after: self.after, text: format!("{verb} {} was answered with {status}.", request.path) }
    }
}

/// The last of them.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<VecDeque<Told>>);

impl Calls {
    pub(super) fn add(&self, told: Told) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == MOST {
            all.pop_front();
        }
        all.push_back(told);
    }

    pub(super) fn all(&self) -> Vec<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
