//! The edge of a cloud: what its API's requests pass on their way in and out. Invariant: every request of the API goes through
//! [`Edge::serve`], from a socket or in process, and is written down there.

mod faults;
mod journal;
mod mask;
mod near;

use std::sync::Arc;
use vcdsim_http::App;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::clock::Time;

pub use faults::Spoilt;
pub(crate) use journal::{Entry, Journal, RequestItem};

/// An answer, and how it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The answer.
    pub response: Response,
    /// How it is spoilt on the wire, if it is to be.
    pub spoilt: Option<Spoilt>,
}

impl From<Response> for Served {
    fn from(response: Response) -> Self {
        Self { response, spoilt: None }
    }
}

impl AsRef<Response> for Served {
    fn as_ref(&self) -> &Response {
        &self.response
    }
}

/// The API of one cloud with what is kept of its requests; clones share it.
#[derive(Debug, Clone)]
pub struct Edge {
    app: App,
    journal: Arc<Journal>,
    /// Whether delays of answers are passed over.
    hasty: bool,
}

impl Edge {
    /// The edge of a cloud that serves this API.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app, hasty: false, journal: Arc::default() }
    }

    /// The same, but no answer is kept back: where requests are taken one after another, the time would wait for the answer, too.
    pub(crate) fn hasty(self) -> Self {
        Self { hasty: true, ..self }
    }

    /// The API behind it.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The last requests.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    fn now(&self) -> Time {
        self.app.cloud().store().now()
    }

    /// Answers a request of the API.
    pub async fn serve(&self, request: Request) -> Served {
        let begun = self.now();
        let seen = journal::Seen::of(&request);
        let gate = faults::Gate::new(self);
        let (response, passage) = self.app.pass(request, &gate).await;
        let (spoilt, rules) = gate.release(&passage, &response).await;
        let near = near::explain(self.app.router(), &passage, response.status);
        let mut entry = seen.answered(&passage, &response, begun, self.now());
        (entry.near, entry.rules) = (near.filter(|_| rules.is_empty()), rules);
        self.journal.add(entry);
        Served { response, spoilt }
    }
}
