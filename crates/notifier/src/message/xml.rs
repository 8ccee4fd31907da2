//! The XML form (reference 6.4). Invariant: entity, down, up, task and task:owner stand in this order; no link of ours leads nowhere.

use vcdsim_model::clock::format_time;
use vcdsim_model::event::Event;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion;
use vcdsim_wire::{render_xml, vcloud, vmext};

/// The document about an event.
pub(super) fn body(event: &Event, base_uri: &str) -> String {
    let what = &event.what;
    let document = vmext::Notification {
        r#type: what.r#type.clone(),
        event_id: event.id.to_string(),
        link: vec![vcloud::Link {
            rel: "entityResolver".to_owned(),
            href: format!("{}/entity/", base_uri.trim_end_matches('/')),
            ..Default::default()
        }],
        entity_link: entity_links(event),
        timestamp: format_time(event.time),
        operation_success: what.success,
    };
    render_xml(&document, ApiVersion::NEWEST.ordinal())
}

fn entity_links(event: &Event) -> Vec<vcloud::EntityLink> {
    let what = &event.what;
    let mut links = vec![
        entity_link("entity", what.entity.urn, &what.entity.name),
        entity_link("down", what.user.urn, &what.user.name),
        entity_link("up", what.org.urn, &what.org.name),
    ];
    links.extend(what.task.as_ref().map(|(id, operation)| entity_link("task", Urn::new(Kind::Task, *id), operation)));
    links.extend(what.task_owner.map(|urn| entity_link("task:owner", urn, "")));
    links
}

/// A link without a name when there is none to tell.
fn entity_link(rel: &str, urn: Urn, name: &str) -> vcloud::EntityLink {
    vcloud::EntityLink {
        rel: rel.to_owned(),
        r#type: Some(format!("vcloud:{}", urn.kind.info().event_word)),
        name: (!name.is_empty()).then(|| name.to_owned()),
        id: urn.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::{event, vm_create};

    const HEAD: &str = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?><vmext:Notification xmlns="http://www.vmware.com/vcloud/v1.5" "#,
        r#"xmlns:vmext="http://www.vmware.com/vcloud/extension/v1.5" "#,
    );
    const USER_AND_ORG: &str = concat!(
        r#"<vmext:EntityLink id="urn:vcloud:user:b2b2b2b2-0000-4000-8000-000000000002" type="vcloud:user" name="dora" rel="down"/>"#,
        r#"<vmext:EntityLink id="urn:vcloud:org:a1a1a1a1-0000-4000-8000-000000000001" type="vcloud:org" name="acme" rel="up"/>"#,
    );

    /// Equal in value to the reference's text; blanks, the order of attributes and the schema's location say nothing.
    #[test]
    fn example_a_of_the_reference() {
        let expected = [
            HEAD,
            r#"type="com/vmware/vcloud/event/blockingtask/create" eventId="9d2e7b10-55aa-4e0b-b7b1-0f0e0d0c0b0a">"#,
            r#"<vmext:Link href="https://vcd.test/api/entity/" rel="entityResolver"/>"#,
            r#"<vmext:EntityLink id="urn:vcloud:blockingTask:6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b" type="vcloud:blockingTask" name="vdcComposeVapp" rel="entity"/>"#,
            USER_AND_ORG,
            r#"<vmext:EntityLink id="urn:vcloud:task:0b9a6c1d-7e55-4c0e-8f10-5a4b3c2d1e0f" type="vcloud:task" name="vdcComposeVapp" rel="task"/>"#,
            r#"<vmext:EntityLink id="urn:vcloud:vapp:c3c3c3c3-0000-4000-8000-000000000003" type="vcloud:vapp" rel="task:owner"/>"#,
            "<vmext:Timestamp>2026-03-04T08:15:00.262Z</vmext:Timestamp><vmext:OperationSuccess>true</vmext:OperationSuccess></vmext:Notification>",
        ];
        assert_eq!(body(&event(), "https://vcd.test/api"), expected.concat());
    }

    #[test]
    fn without_a_task_there_are_three_links_and_names_are_escaped() {
        let expected = [
            HEAD,
            r#"type="com/vmware/vcloud/event/vm/create" eventId="9d2e7b10-55aa-4e0b-b7b1-0f0e0d0c0b0a">"#,
            r#"<vmext:Link href="https://vcd.test/api/entity/" rel="entityResolver"/>"#,
            r#"<vmext:EntityLink id="urn:vcloud:vm:d4d4d4d4-0000-4000-8000-000000000004" type="vcloud:vm" name="web &lt;1&gt; &amp; &quot;two&quot;" rel="entity"/>"#,
            USER_AND_ORG,
            "<vmext:Timestamp>2026-03-04T08:15:00.262Z</vmext:Timestamp><vmext:OperationSuccess>false</vmext:OperationSuccess></vmext:Notification>",
        ];
        assert_eq!(body(&vm_create(), "https://vcd.test/api/"), expected.concat());
    }
}
