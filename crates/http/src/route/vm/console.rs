//! Screens, consoles, questions and metrics of machines. Invariant: nothing here changes a machine.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::vm::{screen, usage};
use vcdsim_model::action::Action;
use vcdsim_model::clock::{Time, after_millis, parse_time};
use vcdsim_model::entity::Status;
use vcdsim_model::family::vm::{
    ACQUIRE_MKS_TICKET, ACQUIRE_TICKET, ANSWER, QUERY_HISTORY, QUERY_USAGE, READ_HISTORY, READ_QUESTION, READ_SCREEN, READ_USAGE, Vm,
};
use vcdsim_model::fault::excerpt;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_wire::vcloud;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&READ_SCREEN, thumbnail);
    routes.action(&ACQUIRE_TICKET, ticket);
    routes.action(&ACQUIRE_MKS_TICKET, mks_ticket);
    routes.action(&READ_QUESTION, question);
    routes.action(&ANSWER, answer);
    routes.action(&READ_USAGE, |cx| async move { current(&cx, &READ_USAGE, &[]).await });
    routes.action(&QUERY_USAGE, query_usage);
    routes.action(&READ_HISTORY, |cx| async move { historic(&cx, &READ_HISTORY, &vcloud::HistoricUsageSpec::default()).await });
    routes.action(&QUERY_HISTORY, query_history);
}

/// `GET /api/vApp/vm-{id}/screen`
async fn thumbnail(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ_SCREEN).await?;
    Ok(Reply::png(screen::png(graph.entity.head.status == Status::PoweredOn)))
}

/// `POST /api/vApp/vm-{id}/screen/action/acquireTicket`
async fn ticket(cx: Cx) -> Result<Reply, Fault> {
    let ticket = cx.cloud.console_ticket(cx.id(Kind::Vm)?, &ACQUIRE_TICKET, cx.caller()?).await?;
    let value = format!("mks://{}/{}?ticket={}", cx.base.host_and_port().0, ticket.moref, ticket.secret);
    Ok(cx.ok(&vcloud::ScreenTicket { value }))
}

/// `POST /api/vApp/vm-{id}/screen/action/acquireMksTicket`
async fn mks_ticket(cx: Cx) -> Result<Reply, Fault> {
    let ticket = cx.cloud.console_ticket(cx.id(Kind::Vm)?, &ACQUIRE_MKS_TICKET, cx.caller()?).await?;
    let (host, port) = cx.base.host_and_port();
    Ok(cx.ok(&vcloud::MksTicket {
        host: host.to_owned(),
        vmx: format!("{0}/{0}.vmx", ticket.moref),
        ticket: ticket.secret,
        port: port.into(),
    }))
}

/// `GET /api/vApp/vm-{id}/question`: no guest here does anything that vCenter would ask about.
async fn question(cx: Cx) -> Result<Reply, Fault> {
    cx.graph(&READ_QUESTION).await.map(|_| Reply::no_content())
}

/// `POST /api/vApp/vm-{id}/question/action/answer`
async fn answer(cx: Cx) -> Result<Reply, Fault> {
    cx.body::<vcloud::VmQuestionAnswer>(&[media::VM_PENDING_ANSWER])?;
    cx.graph(&ANSWER).await.map(|_| Reply::no_content())
}

/// `POST /api/vApp/vm-{id}/metrics/current`
async fn query_usage(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::CurrentUsageSpec = cx.body(&[media::CURRENT_USAGE_SPEC])?;
    current(&cx, &QUERY_USAGE, &sent.metric_pattern).await
}

async fn current(cx: &Cx, action: &Action, patterns: &[String]) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let body = graph.entity.body::<Vm>().ok_or_else(Fault::internal)?;
    let href = cx.base.href(graph.entity.urn(), View::User);
    Ok(cx.ok(&usage::current(format!("{href}{}", action.path), body, patterns)))
}

/// `POST /api/vApp/vm-{id}/metrics/historic`
async fn query_history(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::HistoricUsageSpec = cx.body(&[media::HISTORIC_USAGE_SPEC])?;
    historic(&cx, &QUERY_HISTORY, &sent).await
}

async fn historic(cx: &Cx, action: &Action, spec: &vcloud::HistoricUsageSpec) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let now = cx.cloud.read().now();
    let end = moment(spec.absolute_end_time.as_ref(), spec.relative_end_time.as_ref(), now)?.unwrap_or(now);
    let start = moment(spec.absolute_start_time.as_ref(), spec.relative_start_time.as_ref(), now)?;
    let samples = usage::samples(graph.entity.head.created, now, start.unwrap_or_else(|| after_millis(end, -DAY_MILLIS)), end);
    let href = cx.base.href(graph.entity.urn(), View::User);
    Ok(cx.ok(&usage::historic(format!("{href}{}", action.path), &samples, &spec.metric_pattern)))
}

const DAY_MILLIS: i64 = 24 * 3_600 * 1_000;

/// The time that a request means, at itself or so long before now.
fn moment(absolute: Option<&vcloud::AbsoluteTime>, relative: Option<&vcloud::RelativeTime>, now: Time) -> Result<Option<Time>, Fault> {
    if let Some(absolute) = absolute {
        let text = absolute.time.as_deref().unwrap_or_default();
        let wrong = || Fault::bad_request(format!("\"{}\" is no time.", excerpt(text)));
        return parse_time(text).ok_or_else(wrong).map(Some);
    }
    let Some(relative) = relative else { return Ok(None) };
    let unit = match relative.unit.as_deref().unwrap_or_default() {
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => DAY_MILLIS,
        "week" => 7 * DAY_MILLIS,
        other => return Err(Fault::bad_request(format!("unit must be second, minute, hour, day or week, not \"{}\".", excerpt(other)))),
    };
    Ok(Some(after_millis(now, -(i64::from(relative.interval.unwrap_or_default()).saturating_mul(unit)))))
}
