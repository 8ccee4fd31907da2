//! What is sent about an event: two forms, one key, one set of headers (reference 6.2 to 6.5).
//! Invariant: all of it is a pure function of the event, the base URI and the names of the exchanges, so a repeated message is the same message.

mod json;
mod xml;

use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;
use vcdsim_model::clock::Time;
use vcdsim_model::event::Event;
use vcdsim_model::family::settings::AmqpSettings;
pub use vcdsim_model::fate::Form;

/// The names of the two exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanges {
    /// Where XML goes.
    pub xml: String,
    /// Where JSON goes.
    pub json: String,
}

impl Exchanges {
    /// The exchange of one form.
    #[must_use]
    pub fn of(&self, form: Form) -> &str {
        match form {
            Form::Xml => &self.xml,
            Form::Json => &self.json,
        }
    }
}

impl From<&AmqpSettings> for Exchanges {
    fn from(settings: &AmqpSettings) -> Self {
        Self { xml: settings.exchange.clone(), json: format!("{}.notifications20", settings.prefix) }
    }
}

/// A header's value: text travels as AMQP longstr, the success flag as AMQP boolean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum HeaderValue {
    /// longstr
    Text(String),
    /// boolean
    Flag(bool),
}

/// The AMQP properties of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// `application/xml` or `application/json`.
    pub content_type: &'static str,
    /// Always UTF-8.
    pub content_encoding: &'static str,
    /// 2: the broker writes it to disk.
    pub delivery_mode: u8,
    /// Always 0.
    pub priority: u8,
    /// The `eventId`: the same for both forms and for every repetition.
    pub message_id: Uuid,
    /// When the event happened; AMQP carries it in seconds.
    #[serde(serialize_with = "as_text")]
    pub timestamp: Time,
}

/// One message, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The exchange it is published to.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// Its properties.
    pub properties: Properties,
    /// Its headers.
    pub headers: BTreeMap<&'static str, HeaderValue>,
    /// The document.
    pub body: String,
}

/// Both messages about an event, XML first. `base_uri` is the API's base URL, as in `https://host/api`.
#[must_use]
pub fn messages(event: &Event, base_uri: &str, exchanges: &Exchanges) -> [Message; 2] {
    Form::ALL.map(|form| message(event, form, base_uri, exchanges))
}

/// The message about an event in one form.
#[must_use]
pub fn message(event: &Event, form: Form, base_uri: &str, exchanges: &Exchanges) -> Message {
    let (content_type, body) = match form {
        Form::Xml => ("application/xml", xml::body(event, base_uri)),
        Form::Json => ("application/json", json::body(event)),
    };
    Message {
        exchange: exchanges.of(form).to_owned(),
        routing_key: event.what.routing_key(),
        properties: Properties {
            content_type,
            content_encoding: "UTF-8",
            delivery_mode: 2,
            priority: 0,
            message_id: event.id,
            timestamp: event.time,
        },
        headers: headers(event),
        body,
    }
}

/// The headers of reference 6.3; the entity's type is its plain word (ruling Q17).
fn headers(event: &Event) -> BTreeMap<&'static str, HeaderValue> {
    let what = &event.what;
    let mut headers = BTreeMap::from([
        ("notification.type", HeaderValue::Text(what.r#type.clone())),
        ("notification.entityType", HeaderValue::Text(what.entity.urn.kind.info().event_word.to_owned())),
        ("notification.entityUUID", HeaderValue::Text(what.entity.urn.id.to_string())),
        ("notification.orgUUID", HeaderValue::Text(what.org.urn.id.to_string())),
        ("notification.userUUID", HeaderValue::Text(what.user.urn.id.to_string())),
        ("notification.operationSuccess", HeaderValue::Flag(what.success)),
    ]);
    if let Some((task, _)) = &what.task {
        headers.insert("notification.taskUUID", HeaderValue::Text(task.to_string()));
    }
    headers
}

fn as_text<S: serde::Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&vcdsim_model::clock::format_time(*time))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use vcdsim_model::clock::parse_time;
    use vcdsim_model::event::{Named, NewEvent};
    use vcdsim_model::id::Urn;
    use vcdsim_model::kind::Kind;
    use vcdsim_model::operation::Operation;

    pub(crate) fn id(text: &str) -> Uuid {
        Uuid::parse_str(text).unwrap()
    }

    fn named(kind: Kind, uuid: &str, name: &str) -> Named {
        Named { urn: Urn::new(kind, id(uuid)), name: name.to_owned() }
    }

    /// The event of the reference's example A.
    pub(crate) fn event() -> Event {
        Event {
            seq: 1,
            id: id("9d2e7b10-55aa-4e0b-b7b1-0f0e0d0c0b0a"),
            time: parse_time("2026-03-04T08:15:00.262Z").unwrap(),
            announced: true,
            cause: None,
            fates: Vec::new(),
            what: NewEvent {
                r#type: "com/vmware/vcloud/event/blockingtask/create".to_owned(),
                entity: named(Kind::BlockingTask, "6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b", "vdcComposeVapp"),
                user: named(Kind::User, "b2b2b2b2-0000-4000-8000-000000000002", "dora"),
                org: named(Kind::Org, "a1a1a1a1-0000-4000-8000-000000000001", "acme"),
                task: Some((id("0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f"), Operation::VdcComposeVapp.name().to_owned())),
                task_owner: Some(Urn::new(Kind::VApp, id("c3c3c3c3-0000-4000-8000-000000000003"))),
                success: true,
                blocking: true,
                service: None,
            },
        }
    }

    /// The event of the reference's example B.
    pub(crate) fn task_abort() -> Event {
        let mut event = event();
        event.id = id("3c1f0a52-8a77-4b9e-9d35-1e2d3c4b5a69");
        event.time = parse_time("2026-03-04T09:02:11.040Z").unwrap();
        event.what.r#type = "com/vmware/vcloud/event/task/abort".to_owned();
        event.what.entity = named(Kind::Task, "0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f", "vdcComposeVapp");
        event
    }

    /// An event without a task.
    pub(crate) fn vm_create() -> Event {
        let mut event = event();
        event.what.r#type = "com/vmware/vcloud/event/vm/create".to_owned();
        event.what.entity = named(Kind::Vm, "d4d4d4d4-0000-4000-8000-000000000004", "web <1> & \"two\"");
        event.what.task = None;
        event.what.task_owner = None;
        event.what.success = false;
        event
    }

    fn exchanges() -> Exchanges {
        Exchanges::from(&AmqpSettings::default())
    }

    #[test]
    fn both_forms_of_example_a_share_everything_but_exchange_type_and_body() {
        let [xml, json] = messages(&event(), "https://vcd.test/api", &exchanges());
        assert_eq!((xml.exchange.as_str(), json.exchange.as_str()), ("systemExchange", "vcd.notifications20"));
        assert_eq!((xml.properties.content_type, json.properties.content_type), ("application/xml", "application/json"));
        assert_eq!(
            xml.routing_key,
            "true.6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b.a1a1a1a1-0000-4000-8000-000000000001.b2b2b2b2-0000-4000-8000-000000000002\
             .com.vmware.vcloud.event.blockingtask.create.vdcComposeVapp"
        );
        assert_eq!(xml.routing_key, json.routing_key);
        assert_eq!(xml.headers, json.headers);
        assert_eq!(
            serde_json::to_string(&xml.headers).unwrap(),
            concat!(
                r#"{"notification.entityType":"blockingTask","notification.entityUUID":"6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b","#,
                r#""notification.operationSuccess":true,"notification.orgUUID":"a1a1a1a1-0000-4000-8000-000000000001","#,
                r#""notification.taskUUID":"0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f","notification.type":"com/vmware/vcloud/event/blockingtask/create","#,
                r#""notification.userUUID":"b2b2b2b2-0000-4000-8000-000000000002"}"#
            )
        );
        assert_eq!(
            serde_json::to_string(&xml.properties).unwrap(),
            concat!(
                r#"{"contentType":"application/xml","contentEncoding":"UTF-8","deliveryMode":2,"priority":0,"#,
                r#""messageId":"9d2e7b10-55aa-4e0b-b7b1-0f0e0d0c0b0a","timestamp":"2026-03-04T08:15:00.262Z"}"#
            )
        );
    }

    #[test]
    fn the_operation_ends_the_key_of_task_events_only() {
        assert!(task_abort().what.routing_key().ends_with(".com.vmware.vcloud.event.task.abort.vdcComposeVapp"));
        let mut vapp = event();
        vapp.what.entity.urn.kind = Kind::VApp;
        vapp.what.r#type = "com/vmware/vcloud/event/vapp/create_request".to_owned();
        assert!(vapp.what.routing_key().ends_with(".com.vmware.vcloud.event.vapp.create_request"));
        assert_eq!(
            vm_create().what.routing_key(),
            "false.d4d4d4d4-0000-4000-8000-000000000004.a1a1a1a1-0000-4000-8000-000000000001.b2b2b2b2-0000-4000-8000-000000000002\
             .com.vmware.vcloud.event.vm.create"
        );
    }

    #[test]
    fn a_key_never_grows_beyond_what_amqp_carries() {
        let mut event = event();
        event.what.r#type = "é/".repeat(200);
        assert!(event.what.routing_key().len() <= 255);
    }
}
