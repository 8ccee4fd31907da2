//! Tasks and events of extension services (docs/reference/service-tasks.md).

use crate::cx::{Cx, reference, text};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::task;
use vcdsim_model::family::service::{self, CREATE_EVENT, CREATE_TASK, Posted, ServiceWork, UNNAMED, UPDATE_TASK};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::task::{ErrorCode, TaskError, TaskStatus};
use vcdsim_model::{Fault, media};
use vcdsim_platform::Report;
use vcdsim_platform::service::{NewServiceEvent, NewTask, admit_provider};
use vcdsim_wire::vcloud;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&CREATE_TASK, create);
    routes.action(&UPDATE_TASK, update);
    routes.action(&CREATE_EVENT, post_event);
}

/// `POST /api/tasksList/{org}`
async fn create(cx: Cx) -> Result<Reply, Fault> {
    admit_provider(cx.caller()?)?;
    let sent: vcloud::Task = cx.body(&[media::TASK])?;
    let namespace = service::namespace(sent.service_namespace.as_deref())?;
    let name = text(sent.operation_name.as_ref()).unwrap_or_else(|| UNNAMED.to_owned());
    let task = NewTask {
        work: ServiceWork { namespace, name, text: None, result: None },
        owner: sent.owner.as_ref().map(|owner| reference("Owner", owner)).transpose()?,
        user: sent.user.as_ref().map(|user| reference("User", user)).transpose()?,
        report: report(sent)?,
    };
    let graph = cx.cloud.create_service_task(cx.id(Kind::Org)?, task, cx.caller()?).await?;
    Ok(cx.ok(&task::document(&cx.view(View::User)?, &graph)))
}

/// `PUT /api/task/{id}`
async fn update(cx: Cx) -> Result<Reply, Fault> {
    admit_provider(cx.caller()?)?;
    let sent: vcloud::Task = cx.body(&[media::TASK])?;
    let namespace = sent.service_namespace.clone().ok_or_else(|| Fault::bad_request("The attribute serviceNamespace is missing."))?;
    let graph = cx.cloud.update_service_task(cx.id(Kind::Task)?, namespace, report(sent)?, cx.caller()?).await?;
    Ok(cx.ok(&task::document(&cx.view(View::User)?, &graph)))
}

/// `POST /api/admin/org/{id}/events`
async fn post_event(cx: Cx) -> Result<Reply, Fault> {
    admit_provider(cx.caller()?)?;
    let sent: vcloud::Event = cx.body(&[media::EVENT])?;
    let missing = |what: &str| Fault::bad_request(format!("The {what} of the event is missing."));
    let properties = sent.event_properties.map(|sent| sent.event_property).unwrap_or_default();
    let properties =
        properties.into_iter().map(|property| property.name.zip(property.value).ok_or_else(|| missing("name or value of a property")));
    let event = NewServiceEvent {
        r#type: service::event_type(sent.r#type.as_deref())?,
        posted: Posted {
            namespace: service::namespace(sent.service_namespace.as_deref())?,
            message: service::message(sent.type_full)?.filter(|message| !message.is_empty()),
            properties: properties.collect::<Result<_, _>>()?,
        },
        success: sent.success.ok_or_else(|| missing("attribute success"))?,
        owner: sent.owner.as_ref().map(|owner| reference("Owner", owner)).transpose()?,
        user: reference("User", sent.user.as_ref().ok_or_else(|| missing("User"))?)?,
    };
    cx.cloud.post_event(cx.id(Kind::Org)?, event, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// What a document tells of its task.
fn report(sent: vcloud::Task) -> Result<Report, Fault> {
    let status = TaskStatus::from_name(sent.status.trim());
    let status =
        status.ok_or_else(|| Fault::bad_request(format!("There is no status \"{}\".", vcdsim_model::fault::excerpt(&sent.status))))?;
    let of_hundred = |percent: i32| u8::try_from(percent).ok().filter(|percent| *percent <= 100);
    let progress = sent.progress.map(|percent| of_hundred(percent).ok_or_else(|| Fault::bad_request("Progress must be from 0 to 100.")));
    let error = sent.error.map(|error| TaskError {
        code: ErrorCode::Service { major: error.major_error_code, minor: error.minor_error_code, vendor: error.vendor_specific_error_code },
        message: error.message,
    });
    if error.is_some() && (status == TaskStatus::Success || !status.is_terminal()) {
        return Err(Fault::bad_request(format!("A task whose status is {} has no Error.", status.name())));
    }
    let result = sent.result.and_then(|sent| sent.result_content);
    Ok(Report { status, text: text(sent.operation.as_ref()), progress: progress.transpose()?, details: sent.details, result, error })
}
