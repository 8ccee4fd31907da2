//! The JSON form (reference 6.5). Invariant: URNs only, no names and no host.

use serde::Serialize;
use vcdsim_model::event::Event;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

/// The keys, in the order of the reference's table.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    event_id: String,
    r#type: &'a str,
    timestamp: String,
    operation_success: bool,
    user: String,
    org: String,
    entity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_owner: Option<String>,
}

/// The document about an event.
pub(super) fn body(event: &Event) -> String {
    let what = &event.what;
    let document = Notification {
        event_id: event.id.to_string(),
        r#type: &what.r#type,
        // Milliseconds and a numeric offset (ruling Q18).
        timestamp: event.time.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        operation_success: what.success,
        user: what.user.urn.to_string(),
        org: what.org.urn.to_string(),
        entity: what.entity.urn.to_string(),
        task: what.task.as_ref().map(|(id, _)| Urn::new(Kind::Task, *id).to_string()),
        task_owner: what.task_owner.map(|urn| urn.to_string()),
    };
    serde_json::to_string(&document).expect("texts and a flag always have a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::{task_abort, vm_create};

    #[test]
    fn example_b_of_the_reference() {
        assert_eq!(
            body(&task_abort()),
            concat!(
                r#"{"eventId":"3c1f0a52-8a77-4b9e-9d35-1e2d3c4b5a69","type":"com/vmware/vcloud/event/task/abort","#,
                r#""timestamp":"2026-03-04T09:02:11.040+00:00","operationSuccess":true,"#,
                r#""user":"urn:vcloud:user:b2b2b2b2-0000-4000-8000-000000000002","org":"urn:vcloud:org:a1a1a1a1-0000-4000-8000-000000000001","#,
                r#""entity":"urn:vcloud:task:0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f","task":"urn:vcloud:task:0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f","#,
                r#""taskOwner":"urn:vcloud:vapp:c3c3c3c3-0000-4000-8000-000000000003"}"#
            )
        );
    }

    #[test]
    fn without_a_task_there_are_no_task_keys() {
        assert_eq!(
            body(&vm_create()),
            concat!(
                r#"{"eventId":"9d2e7b10-55aa-4e0b-b7b1-0f0e0d0c0b0a","type":"com/vmware/vcloud/event/vm/create","#,
                r#""timestamp":"2026-03-04T08:15:00.262+00:00","operationSuccess":false,"#,
                r#""user":"urn:vcloud:user:b2b2b2b2-0000-4000-8000-000000000002","org":"urn:vcloud:org:a1a1a1a1-0000-4000-8000-000000000001","#,
                r#""entity":"urn:vcloud:vm:d4d4d4d4-0000-4000-8000-000000000004"}"#
            )
        );
    }
}
