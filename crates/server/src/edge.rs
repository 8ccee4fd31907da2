//! The edge of a cloud: what its API's requests pass on their way in and out. Invariant: every request of the API goes through
//! [`Edge::serve`], from a socket or in process, and is written down there.

mod calls;
mod faults;
mod journal;
mod mask;
mod meter;
mod near;

use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vcdsim_http::App;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::clock::Time;

use calls::Calls;
pub(crate) use calls::{Noted, Told};
pub use faults::Spoilt;
pub(crate) use journal::{Entry, Journal, RequestItem};
pub(crate) use meter::{Labels, Meter};

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
    calls: Arc<Calls>,
    meter: Meter,
    stop: CancellationToken,
}

impl Edge {
    /// The edge of a cloud that serves this API.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app, hasty: false, journal: Arc::default(), calls: Arc::default(), meter: Meter::default(), stop: CancellationToken::new() }
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

    /// Lets nobody wait any longer: answers that are kept back go out, and whoever waits for something is answered with what there is.
    pub fn close(&self) {
        self.stop.cancel();
    }

    /// Ends when nobody is to wait any longer.
    pub(crate) async fn closed(&self) {
        self.stop.cancelled().await;
    }

    /// Waits until the delay of `ticket` is over, or nobody is to wait any longer.
    pub(crate) async fn delayed(&self, ticket: Uuid) {
        tokio::select! {
            () = self.app.cloud().delayed(ticket) => {}
            () = self.closed() => {}
        }
    }

    /// What is counted.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// What the API and the control interface were asked, for the timeline.
    pub(crate) fn requests(&self) -> Vec<Told> {
        let mut all: Vec<_> = self.journal.all().iter().map(|entry| entry.told()).collect();
        all.extend(self.calls.all());
        all
    }

    /// Notes that a call of the control interface has come.
    pub(crate) fn note(&self) -> Noted {
        Noted { time: self.now(), after: self.app.cloud().store().last_event() }
    }

    /// Notes what became of it.
    pub(crate) fn called(&self, told: Told) {
        self.calls.add(told);
        self.journal.look_again();
    }

    fn now(&self) -> Time {
        self.app.cloud().store().now()
    }

    /// Answers a request of the API.
    pub async fn serve(&self, request: Request) -> Served {
        let begun = self.now();
        let seen = journal::Seen::of(&request, self.app.cloud().store().last_event());
        let gate = faults::Gate::new(self);
        let (response, passage) = self.app.pass(request, &gate).await;
        self.meter.count(&passage, &response);
        let (spoilt, rules) = gate.release(&passage, &response).await;
        let near = near::explain(self.app.router(), &passage, response.status);
        let mut entry = seen.answered(&passage, &response, begun, self.now());
        (entry.near, entry.rules) = (near.filter(|_| rules.is_empty()), rules);
        self.journal.add(entry);
        Served { response, spoilt }
    }
}
