//! Extension services: what their tasks and events carry. Invariant: nothing of the platform runs for a task of a service, and neither its
//! tasks nor its events bear a name that is the platform's.

use super::org::TASKS_LIST;
use crate::action::{Action, Need};
use crate::fault::{Fault, excerpt};
use crate::kind::{Kind, View};
use crate::media;
use crate::operation::Operation;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// The namespace of tasks and events that no service made (reference 5.1).
pub const PLATFORM: &str = "com.vmware.vcloud";
/// What the types of events begin with that no service posts.
const PLATFORM_EVENTS: &str = "com/vmware/vcloud";
/// How long namespaces and event types may be, in characters.
const MOST: usize = 128;
/// How long the message of an event may be, in characters.
const MOST_MESSAGE: usize = 2_000;

/// The `operationName` of a task whose service gave it none (guide 5.1, recorded).
pub const UNNAMED: &str = "jobCustom";
/// How the operation text of such a task begins until it has ended.
const RUNNING: &str = "External processing";
/// How it begins afterwards.
const FINISHED: &str = "External processing finished";

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Work {
    /// Something that the platform does.
    Platform(Operation),
    /// Something that an extension service does, and tells the platform about.
    Service(ServiceWork),
}

/// What an extension service said of its task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceWork {
    /// Which service.
    pub namespace: String,
    /// The `operationName`.
    pub name: String,
    /// The `operation` text; without one it follows from what the task is about.
    pub text: Option<String>,
    /// The content of its result: one XML element, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl Work {
    /// The `operationName`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Platform(operation) => operation.name(),
            Self::Service(work) => &work.name,
        }
    }

    /// The `serviceNamespace`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.service().map_or(PLATFORM, |work| &work.namespace)
    }

    /// The operation, if the platform does it.
    #[must_use]
    pub const fn operation(&self) -> Option<Operation> {
        match self {
            Self::Platform(operation) => Some(*operation),
            Self::Service(_) => None,
        }
    }

    /// What its service said of it, if one does it.
    #[must_use]
    pub const fn service(&self) -> Option<&ServiceWork> {
        match self {
            Self::Platform(_) => None,
            Self::Service(work) => Some(work),
        }
    }

    /// The events that report its outcome; services report theirs themselves.
    #[must_use]
    pub const fn outcome(&self) -> &'static [&'static str] {
        match self {
            Self::Platform(operation) => operation.info().outcome,
            Self::Service(_) => &[],
        }
    }

    /// Whether its task waits for files, which clients send.
    #[must_use]
    pub fn receives(&self) -> bool {
        self.operation().is_some_and(Operation::receives)
    }

    /// The words with which its text begins, or all of it where a service wrote it.
    pub(crate) fn verb(&self, succeeded: bool, ended: bool) -> &str {
        match self {
            Self::Platform(operation) if succeeded => operation.info().finished,
            Self::Platform(operation) => operation.info().running,
            Self::Service(_) if ended => FINISHED,
            Self::Service(_) => RUNNING,
        }
    }
}

impl From<Operation> for Work {
    fn from(operation: Operation) -> Self {
        Self::Platform(operation)
    }
}

impl PartialEq<Operation> for Work {
    fn eq(&self, other: &Operation) -> bool {
        self.operation() == Some(*other)
    }
}

/// What an extension service said of an event, and whose task an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Which service.
    pub namespace: String,
    /// What it says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Names and values, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<(String, String)>,
}

impl Posted {
    /// What is known of an event that the platform writes about a task of a service.
    #[must_use]
    pub fn about(work: &Work) -> Option<Self> {
        work.service().map(|work| Self { namespace: work.namespace.clone(), message: None, properties: Vec::new() })
    }
}

/// The namespace of a service, checked.
///
/// # Errors
/// 400 for one that is missing, too long, or the platform's.
pub fn namespace(sent: Option<&str>) -> Result<String, Fault> {
    checked("serviceNamespace", sent, PLATFORM)
}

/// The type of a service's event, checked.
///
/// # Errors
/// 400 for one that is missing, too long, or the platform's.
pub fn event_type(sent: Option<&str>) -> Result<String, Fault> {
    checked("type", sent, PLATFORM_EVENTS)
}

fn checked(what: &str, sent: Option<&str>, reserved: &str) -> Result<String, Fault> {
    let text = sent.ok_or_else(|| Fault::bad_request(format!("The attribute {what} is missing.")))?;
    if text.is_empty() || text.chars().count() > MOST {
        return Err(Fault::bad_request(format!("{what} must have between 1 and {MOST} characters.")));
    }
    if text.starts_with(reserved) {
        return Err(Fault::bad_request(format!("{what} must not start with {reserved}, as \"{}\" does.", excerpt(text))));
    }
    Ok(text.to_owned())
}

/// The message of a service's event, checked.
///
/// # Errors
/// 400 for one that is too long.
pub fn message(sent: Option<String>) -> Result<Option<String>, Fault> {
    let too_long = |text: &String| text.chars().count() > MOST_MESSAGE;
    if sent.as_ref().is_some_and(too_long) {
        return Err(Fault::bad_request(format!("typeFull must not have more than {MOST_MESSAGE} characters.")));
    }
    Ok(sent)
}

/// Puts a task of an extension service into its list (guide 5.1, service-specific tasks). The list is of a place of its own.
pub const CREATE_TASK: Action = for_services(Action::post(Kind::Org, "", Need::System).elsewhere(TASKS_LIST), "task:create", media::TASK);
/// Tells an event of an extension service. The guides have `vcloud.event` for the type of its link, but what they send is `admin.event`.
pub const CREATE_EVENT: Action =
    for_services(Action::post(Kind::Org, "/events", Need::System).under(View::Admin), "event:create", media::EVENT);

/// Tells how a task of a service stands. Which ones a service may tell of depends on more than the caller.
pub const UPDATE_TASK: Action = Action::put(Kind::Task, "", Need::System).takes(media::TASK).since(ApiVersion::V5_1).beside_tasks();

const fn for_services(action: Action, rel: &'static str, media: &'static str) -> Action {
    action.rel(rel).takes(media).since(ApiVersion::V5_1).beside_tasks()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rows_had_before_there_were_services_is_read_as_the_platforms() {
        let work: Work = serde_json::from_str("\"vappDeploy\"").unwrap();
        assert_eq!((work == Operation::VappDeploy, work.namespace()), (true, PLATFORM));
        assert_eq!(serde_json::to_string(&work).unwrap(), "\"vappDeploy\"");
        let service =
            Work::Service(ServiceWork { namespace: "org.example".to_owned(), name: "backup".to_owned(), text: None, result: None });
        assert_eq!(serde_json::from_str::<Work>(&serde_json::to_string(&service).unwrap()).unwrap(), service);
    }

    #[test]
    fn names_of_services_have_a_length_and_are_not_the_platforms() {
        let most = "é".repeat(MOST);
        for (sent, fits) in [
            (None, false),
            (Some(""), false),
            (Some("org.example"), true),
            (Some(most.as_str()), true),
            (Some("com.vmware.vcloud"), false),
            (Some("com.vmware.vcloud.more"), false),
            (Some("com.vmware"), true),
        ] {
            assert_eq!(namespace(sent).is_ok(), fits, "{sent:?}");
        }
        assert!(namespace(Some(&format!("{most}é"))).is_err());
        assert!(event_type(Some("com/vmware/vcloud/event/vm/create")).is_err());
        assert!(event_type(Some("com.vmware.vcloud")).is_ok());
    }
}
