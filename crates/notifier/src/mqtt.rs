//! The message bus inside the server: who may subscribe to what, and what is published.
//! Invariant: nobody is sent a message outside of his own reach, whatever he subscribed to.
//!
//! [`Feed`] hands events out as they are committed, and [`Session`] speaks MQTT 3.1.1 with one client. Neither knows a socket.

mod feed;
mod packet;
mod session;

use crate::message::{Exchanges, Form, HeaderValue, message};
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;
use vcdsim_model::event::Event;
use vcdsim_model::kind::Kind;

pub(crate) use feed::Feed;
pub use feed::Subscription;
pub use session::{Claim, End, Session};

/// What every topic begins with (reference 6.9).
const ROOT: &str = "publish";

/// Whose messages a listener may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's: whoever administers the cloud.
    Everything,
    /// Those of all users of the own organization: whoever administers it.
    Organization,
    /// The own ones.
    Own,
}

/// Who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// The organization.
    pub org: Uuid,
    /// The user.
    pub user: Uuid,
    /// How far it goes.
    pub reach: Reach,
}

impl Listener {
    /// Whether a subscription is allowed: all that it could ever match must lie within the reach.
    fn may_subscribe(&self, filter: &str) -> bool {
        let (org, user) = (self.org.to_string(), self.user.to_string());
        match (filter.split('/').collect::<Vec<_>>().as_slice(), self.reach) {
            ([ROOT, _, ..], Reach::Everything) => true,
            ([ROOT, named, of], Reach::Organization) => *named == org && *of != "#",
            ([ROOT, named, of], Reach::Own) => *named == org && *of == user,
            _ => false,
        }
    }

    /// Whether a message is within the reach.
    fn may_have(&self, posting: &Posting) -> bool {
        match self.reach {
            Reach::Everything => true,
            Reach::Organization => posting.org == self.org,
            Reach::Own => posting.org == self.org && posting.user == self.user,
        }
    }
}

/// Whether a topic is one of those that a filter names: `+` stands for one level, `#` at the end for all that follow. So does `*` for one
/// level: the broker inside real servers takes it for `+`, and scripts that were written for it subscribe to `publish/ORG/*`.
fn matches(filter: &str, topic: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+" | "*"), Some(_)) => {}
            (Some(wanted), Some(level)) if wanted == level => {}
            // `a/#` names `a`, too.
            (Some(_) | None, _) => return false,
        }
    }
}

/// A message, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    org: Uuid,
    user: Uuid,
    topic: String,
    payload: Bytes,
}

impl From<&Event> for Posting {
    fn from(event: &Event) -> Self {
        let (org, user) = (event.what.org.urn.id, event.what.user.urn.id);
        Self { org, user, topic: format!("{ROOT}/{org}/{user}"), payload: envelope(event).into() }
    }
}

/// What a message is about, told apart by the words of reference 6.9.
#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum About {
    Event,
    Task,
    ExternalEvent,
    ExtensionTask,
}

impl From<&Event> for About {
    fn from(event: &Event) -> Self {
        let task = matches!(event.what.entity.urn.kind, Kind::Task | Kind::BlockingTask);
        match (task, event.what.service.is_some()) {
            (false, false) => Self::Event,
            (true, false) => Self::Task,
            (false, true) => Self::ExternalEvent,
            (true, true) => Self::ExtensionTask,
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    r#type: About,
    headers: &'a BTreeMap<&'static str, HeaderValue>,
    payload: &'a str,
}

/// The document about an event: the headers and the JSON body that AMQP has, the body as a text.
fn envelope(event: &Event) -> String {
    // The JSON form names neither host nor exchange.
    let message = message(event, Form::Json, "", &Exchanges { xml: String::new(), json: String::new() });
    let envelope = Envelope { r#type: event.into(), headers: &message.headers, payload: &message.body };
    serde_json::to_string(&envelope).expect("texts and flags always have a JSON form")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::message::tests::{event, task_abort, vm_create};
    use vcdsim_model::family::service::Posted;

    pub(crate) const ORG: &str = "a1a1a1a1-0000-4000-8000-000000000001";
    pub(crate) const USER: &str = "b2b2b2b2-0000-4000-8000-000000000002";
    const OTHER: &str = "c3c3c3c3-0000-4000-8000-000000000003";

    pub(crate) fn listener(reach: Reach) -> Listener {
        Listener { org: ORG.parse().unwrap(), user: USER.parse().unwrap(), reach }
    }

    #[test]
    fn a_subscription_lies_within_the_reach() {
        use Reach::{Everything, Organization, Own};
        let all = [Everything, Organization, Own];
        for (filter, allowed) in [
            ("publish/#".to_owned(), &all[..1]),
            ("publish/+/+".to_owned(), &all[..1]),
            (format!("publish/{OTHER}/{USER}"), &all[..1]),
            (format!("publish/{ORG}/#"), &all[..1]),
            (format!("publish/+/{USER}"), &all[..1]),
            (format!("publish/{ORG}/+"), &all[..2]),
            (format!("publish/{ORG}/*"), &all[..2]),
            (format!("publish/*/{USER}"), &all[..1]),
            (format!("publish/{ORG}/{OTHER}"), &all[..2]),
            (format!("publish/{ORG}/{USER}"), &all[..]),
            (format!("publish/{ORG}/{USER}/#"), &all[..1]),
            ("#".to_owned(), &[]),
            ("+/#".to_owned(), &[]),
            ("publish".to_owned(), &[]),
            (format!("$share/group/publish/{ORG}/{USER}"), &[]),
            (format!("+/{ORG}/{USER}"), &[]),
        ] {
            for reach in all {
                assert_eq!(listener(reach).may_subscribe(&filter), allowed.contains(&reach), "{filter} by {reach:?}");
            }
        }
    }

    #[test]
    fn a_message_is_for_those_whose_reach_it_is_in() {
        let posting = Posting::from(&event());
        assert_eq!(posting.topic, format!("publish/{ORG}/{USER}"));
        let mut colleague = listener(Reach::Own);
        colleague.user = OTHER.parse().unwrap();
        let mut stranger = listener(Reach::Organization);
        stranger.org = OTHER.parse().unwrap();
        assert!(listener(Reach::Own).may_have(&posting) && listener(Reach::Organization).may_have(&posting));
        assert!(!colleague.may_have(&posting) && !stranger.may_have(&posting));
        stranger.reach = Reach::Everything;
        assert!(stranger.may_have(&posting));
    }

    #[test]
    fn filters_match_as_mqtt_says() {
        for (filter, topic, expected) in [
            ("publish/#", "publish/o/u", true),
            ("publish/o/u/#", "publish/o/u", true),
            ("publish/#", "publish", true),
            ("publish/+/u", "publish/o/u", true),
            ("publish/+", "publish/o/u", false),
            ("publish/o/+", "publish/o/u", true),
            ("publish/o/+", "publish/o", false),
            ("publish/o/u", "publish/o/v", false),
            ("publish/o/u/v", "publish/o/u", false),
            ("publish/*/*", "publish/o/u", true),
            ("publish/o/*", "publish/p/u", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} against {topic}");
        }
    }

    #[test]
    fn the_envelope_has_the_headers_and_the_body_of_amqp() {
        assert_eq!(
            envelope(&task_abort()),
            concat!(
                r#"{"type":"TASK","headers":{"notification.entityType":"task","#,
                r#""notification.entityUUID":"0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f","notification.operationSuccess":true,"#,
                r#""notification.orgUUID":"a1a1a1a1-0000-4000-8000-000000000001","#,
                r#""notification.taskUUID":"0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f","notification.type":"com/vmware/vcloud/event/task/abort","#,
                r#""notification.userUUID":"b2b2b2b2-0000-4000-8000-000000000002"},"#,
                r#""payload":"{\"eventId\":\"3c1f0a52-8a77-4b9e-9d35-1e2d3c4b5a69\",\"type\":\"com/vmware/vcloud/event/task/abort\","#,
                r#"\"timestamp\":\"2026-03-04T09:02:11.040+00:00\",\"operationSuccess\":true,"#,
                r#"\"user\":\"urn:vcloud:user:b2b2b2b2-0000-4000-8000-000000000002\","#,
                r#"\"org\":\"urn:vcloud:org:a1a1a1a1-0000-4000-8000-000000000001\","#,
                r#"\"entity\":\"urn:vcloud:task:0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f\","#,
                r#"\"task\":\"urn:vcloud:task:0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f\","#,
                r#"\"taskOwner\":\"urn:vcloud:vapp:c3c3c3c3-0000-4000-8000-000000000003\"}"}"#
            )
        );
    }

    #[test]
    fn the_type_says_what_it_is_about_and_whose() {
        let posted = || Some(Posted { namespace: "backup".to_owned(), message: None, properties: Vec::new() });
        let (mut external, mut extension) = (vm_create(), task_abort());
        (external.what.service, extension.what.service) = (posted(), posted());
        for (event, word) in
            [(vm_create(), "EVENT"), (task_abort(), "TASK"), (event(), "TASK"), (external, "EXTERNAL_EVENT"), (extension, "EXTENSION_TASK")]
        {
            assert!(envelope(&event).starts_with(&format!(r#"{{"type":"{word}","#)), "{word}");
        }
    }
}
