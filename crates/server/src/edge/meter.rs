//! What is counted of requests. Invariant: a label has few values: routes are told apart by their templates, never by what stands in a path.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use vcdsim_http::message::Response;
use vcdsim_http::passage::Passage;
use vcdsim_model::action::Method;

/// Names and values.
pub(crate) type Labels = Vec<(&'static str, String)>;

/// How often what was answered how.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter {
    /// By verb, route and status.
    pub(crate) requests: Family<Labels, Counter>,
}

impl Meter {
    pub(super) fn count(&self, passage: &Passage, response: &Response) {
        let verb = passage.method.map_or("other", Method::name).to_owned();
        let route = passage.route.clone().unwrap_or_else(|| "none".to_owned());
        let labels = vec![("method", verb), ("route", route), ("status", response.status.to_string())];
        self.requests.get_or_create(&labels).inc();
    }
}
