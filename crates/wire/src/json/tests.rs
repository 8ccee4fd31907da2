//! What JSON looks like, and what it is read as.

use super::*;
use crate::Limits;
use crate::ovf::{System, VirtualHardwareSection};
use crate::record::Record;
use crate::roots;
use crate::vcloud::{
    Link, Metadata, MetadataEntry, MetadataTypedValue, MetadataValue, NetworkConnection, NetworkConnectionSection, QueryResultRecords,
    Reference, References, Task, Vm,
};
use crate::vmext::{BlockingTaskOperationParams, BlockingTaskSettings};

/// As a task of 37.0 was recorded (vcd-ext-sdk, notes on behaviors), for what our version of the tables has of it.
#[test]
fn a_document_has_typed_values_and_says_what_it_lacks() {
    let task = Task {
        name: "task".to_owned(),
        status: "running".to_owned(),
        r#type: Some("application/vnd.vmware.vcloud.task+xml".to_owned()),
        cancel_requested: Some(false),
        progress: Some(50),
        details: Some(String::new()),
        link: vec![Link { rel: "task:cancel".to_owned(), href: "h".to_owned(), ..Link::default() }],
        owner: Some(Reference { href: "o".to_owned(), r#type: Some("application/x+xml".to_owned()), ..Reference::default() }),
        ..Task::default()
    };
    let value: Value = serde_json::from_str(&render_json(&task, 391)).unwrap();
    assert_eq!(value["type"], "application/vnd.vmware.vcloud.task+json");
    assert_eq!((&value["cancelRequested"], &value["progress"], &value["details"]), (&false.into(), &50.into(), &"".into()));
    let link = serde_json::json!({
        "otherAttributes": {}, "href": "h", "id": null, "type": null, "name": null, "rel": "task:cancel", "model": null,
        "vCloudExtension": [],
    });
    assert_eq!(value["link"], Value::Array(vec![link]));
    let owner = serde_json::json!({
        "otherAttributes": {}, "href": "o", "id": null, "type": "application/x+xml", "name": null, "vCloudExtension": [],
    });
    assert_eq!(value["owner"], owner);
    for absent in ["error", "user", "organization", "description", "operationKey", "endTime"] {
        assert_eq!(value.get(absent), Some(&Value::Null), "{absent}");
    }
    assert_eq!((&value["otherAttributes"], &value["vCloudExtension"]), (&serde_json::json!({}), &serde_json::json!([])));
    let old: Value = serde_json::from_str(&render_json(&Task::default(), 15)).unwrap();
    assert!(old.get("details").is_none(), "1.5 has no details: {old}");
}

/// As a record of a role was recorded (a guide of IBM's cloud), with links and metadata.
#[test]
fn records_share_an_array_and_name_their_type() {
    let entry = MetadataEntry { key: "k".to_owned(), ..MetadataEntry::default() };
    let mut record = Record::new("AdminTaskRecord").with("name", "1").with("hasOwner", true).with("progress", 7);
    record.link.push(Link { rel: "up".to_owned(), href: "h".to_owned(), ..Link::default() });
    record.metadata = Some(Metadata { metadata_entry: vec![entry], ..Metadata::default() });
    let plain = Record::new("RoleRecord").with("name", "r").with("isReadOnly", true).with("description", "d").with("href", "h");
    let page = QueryResultRecords { total: Some(2), page: Some(1), record: vec![record, plain], ..QueryResultRecords::default() };
    let value: Value = serde_json::from_str(&render_json(&page, 391)).unwrap();
    let first = &value["record"][0];
    assert_eq!((&first["_type"], &first["progress"]), (&"QueryResultAdminTaskRecordType".into(), &7.into()));
    assert_eq!((&first["link"][0]["rel"], &first["metadata"]["metadataEntry"][0]["key"]), (&"up".into(), &"k".into()));
    let role = serde_json::json!({
        "_type": "QueryResultRoleRecordType", "link": [], "metadata": null, "href": "h", "id": null, "type": null, "otherAttributes": {},
        "name": "r", "description": "d", "isReadOnly": true,
    });
    assert_eq!(value["record"][1], role);
}

#[test]
fn references_share_an_array_whatever_their_elements_are_called() {
    let list = References { record: vec![Record::new("VAppReference").with("href", "x")], ..References::default() };
    let value: Value = serde_json::from_str(&render_json_as(&list, &roots::vcloud::VAPP_REFERENCES, 391)).unwrap();
    let reference = serde_json::json!({"otherAttributes": {}, "href": "x", "id": null, "type": null, "name": null, "vCloudExtension": []});
    assert_eq!(value["reference"], Value::Array(vec![reference]));
}

/// Clients read `section.system.virtualSystemIdentifier.value`, and tell sections apart by names without underscores.
#[test]
fn texts_that_may_have_attributes_are_objects() {
    let system = System { virtual_system_identifier: Some("vm".to_owned()), ..System::default() };
    let hardware = VirtualHardwareSection { info: "i".to_owned(), system: Some(system), ..VirtualHardwareSection::default() };
    let vm = Vm { name: "vm".to_owned(), virtual_hardware_section: Some(hardware), ..Vm::default() };
    let text = render_json(&vm, 391);
    let value: Value = serde_json::from_str(&text).unwrap();
    let section = &value["section"][0];
    assert_eq!((&section["_type"], &section["info"]["value"]), (&"VirtualHardwareSectionType".into(), &"i".into()));
    assert_eq!(section["system"]["virtualSystemIdentifier"]["value"], "vm");
    assert_eq!(parse_json::<Vm>(text.as_bytes(), &Limits::default()).unwrap(), vm);
}

#[test]
fn sections_share_an_array_and_come_back_from_it() {
    let connection = NetworkConnection {
        network: "n".to_owned(),
        is_connected: true,
        mac_address: Some("00:50:56:01:02:03".to_owned()),
        ..NetworkConnection::default()
    };
    let section = NetworkConnectionSection { network_connection: vec![connection], ..NetworkConnectionSection::default() };
    let vm = Vm { name: "vm".to_owned(), network_connection_section: Some(section), ..Vm::default() };
    let text = render_json(&vm, 391);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["section"][0]["_type"], "NetworkConnectionSectionType");
    assert_eq!(value["section"][0]["networkConnection"][0]["isConnected"], true);
    assert_eq!(value["section"][0]["networkConnection"][0]["macAddress"], "00:50:56:01:02:03");
    assert_eq!(parse_json::<Vm>(text.as_bytes(), &Limits::default()).unwrap(), vm);
}

#[test]
fn a_value_with_a_type_keeps_it() {
    let typed = MetadataTypedValue { xsi_type: Some("MetadataNumberValue".to_owned()), value: Some("7".to_owned()) };
    let value = MetadataValue { typed_value: Some(typed), ..MetadataValue::default() };
    let text = render_json(&value, 391);
    let written: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written["typedValue"], serde_json::json!({"_type": "MetadataNumberValue", "value": "7"}));
    assert_eq!(parse_json::<MetadataValue>(text.as_bytes(), &Limits::default()).unwrap(), value);
    let number = br#"{"typedValue": {"_type": "MetadataNumberValue", "value": 7}}"#;
    assert_eq!(parse_json::<MetadataValue>(number, &Limits::default()).unwrap(), value);
}

#[test]
fn a_type_that_is_no_name_is_refused() {
    for name in ["", " ", "\t", "a b", "q:a", "vmext:a", "vcloud:a", ":a", "1"] {
        let body = serde_json::json!({"typedValue": {"_type": name, "value": "7"}}).to_string();
        let refusal = parse_json::<MetadataValue>(body.as_bytes(), &Limits::default()).unwrap_err().to_string();
        assert!(refusal.contains("is not the name of a type"), "{name:?}: {refusal}");
    }
}

#[test]
fn a_request_may_hold_what_we_do_not_know() {
    let body = br#"{"otherAttributes": {}, "link": null, "vCloudExtension": [], "message": "go"}"#;
    assert_eq!(parse_json::<BlockingTaskOperationParams>(body, &Limits::default()).unwrap().message, "go");
}

#[test]
fn a_refusal_names_what_is_wrong_and_where() {
    let refusal = |body: &str| parse_json::<BlockingTaskSettings>(body.as_bytes(), &Limits::default()).unwrap_err().to_string();
    assert_eq!(refusal("{}"), "`timeoutAction` is missing");
    let long = r#"{"timeoutAction": "abort", "blockingTaskOperations": {}, "timeoutInMilliseconds": "soon"}"#;
    assert_eq!(refusal(long), "`timeoutInMilliseconds` must be a number of type long, not `soon` (at $.timeoutInMilliseconds)");
    assert_eq!(refusal(r#"{"timeoutAction": ["a", "b"]}"#), "`timeoutAction` must be one value, not several");
    let number = r#"{"timeoutAction": "abort", "blockingTaskOperations": 3}"#;
    assert_eq!(refusal(number), "`blockingTaskOperations` must be an object (at $.blockingTaskOperations)");
    assert!(refusal("{\"timeoutAction\": ").starts_with("the body is not JSON: "));
    let twice = refusal(r#"{"timeoutAction": "abort", "timeoutAction": "fail"}"#);
    assert!(twice.starts_with("the body is not JSON: the member `timeoutAction` comes twice"), "{twice}");
    for huge in ["18446744073709551616", "1e30", "-1e999", "1.5"] {
        let body = format!(r#"{{"timeoutAction": "abort", "blockingTaskOperations": {{}}, "timeoutInMilliseconds": {huge}}}"#);
        let said = refusal(&body);
        assert!(said.contains("number"), "{huge}: {said}");
    }
    let exact = r#"{"timeoutAction": "abort", "blockingTaskOperations": {}, "timeoutInMilliseconds": 2.0}"#;
    assert_eq!(parse_json::<BlockingTaskSettings>(exact.as_bytes(), &Limits::default()).unwrap().timeout_in_milliseconds, 2);
}

#[test]
fn a_refusal_deep_inside_says_how_to_get_there() {
    let refusal = |body: &str| parse_json::<Vm>(body.as_bytes(), &Limits::default()).unwrap_err().to_string();
    let wrong = r#"{"name": "vm", "section": [
        {"_type": "SnapshotSectionType"},
        {"_type": "NetworkConnectionSectionType", "networkConnection": [{"network": "n", "networkConnectionIndex": 0, "isConnected": "x"}]}]}"#;
    let said = refusal(wrong);
    assert!(said.contains("`isConnected` must be") && said.ends_with("(at $.section[1].networkConnection[0].isConnected)"), "{said}");
    let nothing = refusal(r#"{"name": "vm", "section": [{"networkConnection": []}]}"#);
    assert!(nothing.starts_with("`_type` is missing") && nothing.ends_with("(at $.section[0])"), "{nothing}");
    let bytes = parse_json::<Vm>(b"{\"name\": \"\xff\"}", &Limits::default()).unwrap_err();
    assert_eq!(bytes.to_string(), "the body is not UTF-8 (at byte 10)");
    let marked = parse_json::<Vm>(b"\xef\xbb\xbf{\"name\": \"vm\"}", &Limits::default()).unwrap();
    assert_eq!(marked.name, "vm");
}
