//! Numbers for those who watch, as Prometheus reads them. Invariant: they are those of the instant of the call, except for what is counted.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call};
use super::faults::rules;
use super::problem::Problem;
use crate::edge::Labels;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use vcdsim_http::message::Response;
use vcdsim_model::task::TaskStatus;
use vcdsim_store::{TaskFilter, TaskPageOf};

const MEDIA: &str = "application/openmetrics-text";

/// The calls of this file.
pub(super) const CALLS: &[Call] =
    &[call!(Get "metrics" "numbers for Prometheus: requests, tasks, blocking tasks, messages, the broker, faults, commands and the cache"
        &[], None, Answer::Other(MEDIA), show)];

pub(super) async fn show(control: &Control<'_>, _: Asked) -> Outcome {
    let mut registry = Registry::with_prefix("vcdsim");
    let requests = control.instance.edge.meter().requests.clone();
    registry.register("requests", "Requests of the API, by verb, route and status", requests);
    registry.register("tasks", "Tasks that are remembered, by status", tasks(control).await?);
    let waiting = control.cloud().read().blocking_tasks().await?.len() as u64;
    gauge(&mut registry, "blocking_tasks", "Blocking tasks that wait for a decision", waiting);
    broker(control, &mut registry);
    registry.register("fault_hits", "What each rule of faults and broker/faults has struck", faults(control).await?);
    let load = control.cloud().store().load();
    gauge(&mut registry, "commands_waiting", "Commands that wait for the writer", load.waiting);
    gauge(&mut registry, "cache_rows", "Rows in the cache", load.cached);
    gauge(&mut registry, "cache_bytes", "About how many bytes they take", load.cached_bytes);
    gauge(&mut registry, "state_revision", "Commits since the start", *control.cloud().store().revisions().borrow());
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| Problem::new(500, "The numbers cannot be written", error.to_string()))?;
    Ok(Response::new(200).body(format!("{MEDIA}; version=1.0.0; charset=utf-8"), text).into())
}

fn gauge(registry: &mut Registry, name: &str, what: &str, value: u64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register(name, what, gauge);
}

async fn tasks(control: &Control<'_>) -> Result<Family<Labels, Gauge>, Problem> {
    let tasks = Family::<Labels, Gauge>::default();
    for status in TaskStatus::ALL {
        let filter = TaskFilter { statuses: Some(vec![*status]), ..TaskFilter::default() };
        let (_, total) = control.cloud().read().task_page(&TaskPageOf { filter, newest: false, offset: 0, limit: 0 }).await?;
        tasks.get_or_create(&vec![("status", status.name().to_owned())]).set(i64::try_from(total).unwrap_or(i64::MAX));
    }
    Ok(tasks)
}

async fn faults(control: &Control<'_>) -> Result<Family<Labels, Gauge>, Problem> {
    let hits = Family::<Labels, Gauge>::default();
    for rule in rules(control, |_| true).await? {
        let label = vec![("rule", rule.number.to_string())];
        hits.get_or_create(&label).set(i64::try_from(rule.hits).unwrap_or(i64::MAX));
    }
    Ok(hits)
}

fn broker(control: &Control<'_>, registry: &mut Registry) {
    let state = control.instance.notifier.state().borrow().clone();
    gauge(registry, "broker_connected", "Whether the broker is connected", u64::from(state.connected));
    gauge(registry, "messages_pending", "Events that are still to be told to the broker", state.pending);
    gauge(registry, "messages_unconfirmed", "Messages that the broker has not confirmed yet", state.unconfirmed);
    gauge(registry, "messages_refused", "Messages that the broker has refused", state.refused);
}
