//! The edge of a cloud: what its API's requests pass on their way in and out. Invariant: every request of the API goes through
//! [`Edge::serve`], from a socket or in process, and is written down there.

mod journal;
mod mask;
mod near;

use std::sync::Arc;
use vcdsim_http::App;
use vcdsim_http::message::{Request, Response};
use vcdsim_http::passage::Open;
use vcdsim_model::clock::Time;

pub(crate) use journal::{Entry, Journal, RequestItem};

/// The API of one cloud with what is kept of its requests; clones share it.
#[derive(Debug, Clone)]
pub struct Edge {
    app: App,
    journal: Arc<Journal>,
}

impl Edge {
    /// The edge of a cloud that serves this API.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app, journal: Arc::default() }
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
    pub async fn serve(&self, request: Request) -> Response {
        let begun = self.now();
        let seen = journal::Seen::of(&request);
        let (response, passage) = self.app.pass(request, &Open).await;
        let near = near::explain(self.app.router(), &passage, response.status);
        self.journal.add(seen.answered(&passage, &response, near, begun, self.now()));
        response
    }
}
