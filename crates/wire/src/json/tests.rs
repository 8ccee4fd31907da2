//! What JSON looks like, and what it is read as.

use super::*;
use crate::record::Record;
use crate::roots;
use crate::vcloud::{
    Link, Metadata, MetadataEntry, MetadataTypedValue, MetadataValue, NetworkConnection, NetworkConnectionSection, QueryResultRecords,
    Reference, References, Task, Vm,
};
use crate::vmext::{BlockingTaskOperationParams, BlockingTaskSettings};

fn same(document: &str, expected: Value) {
    assert_eq!(serde_json::from_str::<Value>(document).unwrap(), expected);
}

#[test]
fn a_document_has_typed_values_and_no_nulls() {
    let task = Task {
        name: "task".to_owned(),
        status: "running".to_owned(),
        cancel_requested: Some(false),
        progress: Some(50),
        details: Some(String::new()),
        link: vec![Link { rel: "task:cancel".to_owned(), href: "h".to_owned(), ..Link::default() }],
        owner: Some(Reference { href: "o".to_owned(), ..Reference::default() }),
        ..Task::default()
    };
    same(
        &render_json(&task, 391),
        serde_json::json!({
            "name": "task", "status": "running", "cancelRequested": false, "progress": 50, "details": "",
            "link": [{"rel": "task:cancel", "href": "h"}], "owner": {"href": "o"},
        }),
    );
    same(&render_json(&Task::default(), 15), serde_json::json!({"name": "", "status": ""}));
}

#[test]
fn records_share_an_array_and_name_their_type() {
    let entry = MetadataEntry { key: "k".to_owned(), ..MetadataEntry::default() };
    let mut record = Record::new("AdminTaskRecord").with("name", "1").with("hasOwner", true).with("progress", 7);
    record.link.push(Link { rel: "up".to_owned(), href: "h".to_owned(), ..Link::default() });
    record.metadata = Some(Metadata { metadata_entry: vec![entry], ..Metadata::default() });
    let page = QueryResultRecords { total: Some(1), page: Some(1), record: vec![record], ..QueryResultRecords::default() };
    same(
        &render_json(&page, 391),
        serde_json::json!({
            "total": 1, "page": 1,
            "record": [{
                "_type": "QueryResultAdminTaskRecordType", "name": "1", "hasOwner": true, "progress": 7,
                "link": [{"rel": "up", "href": "h"}], "metadata": {"metadataEntry": [{"key": "k"}]},
            }],
        }),
    );
}

#[test]
fn references_share_an_array_whatever_their_elements_are_called() {
    let list = References { record: vec![Record::new("VAppReference").with("href", "x")], ..References::default() };
    same(&render_json_as(&list, &roots::vcloud::VAPP_REFERENCES, 391), serde_json::json!({"reference": [{"href": "x"}]}));
}

#[test]
fn sections_share_an_array_and_come_back_from_it() {
    let connection = NetworkConnection { network: "n".to_owned(), is_connected: true, ..NetworkConnection::default() };
    let section = NetworkConnectionSection { network_connection: vec![connection], ..NetworkConnectionSection::default() };
    let vm = Vm { name: "vm".to_owned(), network_connection_section: Some(section), ..Vm::default() };
    let text = render_json(&vm, 391);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["section"][0]["_type"], "NetworkConnectionSectionType");
    assert_eq!(value["section"][0]["networkConnection"][0]["isConnected"], true);
    assert_eq!(parse_json::<Vm>(text.as_bytes(), &Limits::default()).unwrap(), vm);
}

#[test]
fn a_value_with_a_type_keeps_it() {
    let typed = MetadataTypedValue { xsi_type: Some("MetadataNumberValue".to_owned()), value: Some("7".to_owned()) };
    let value = MetadataValue { typed_value: Some(typed), ..MetadataValue::default() };
    let text = render_json(&value, 391);
    same(&text, serde_json::json!({"typedValue": {"_type": "MetadataNumberValue", "value": "7"}}));
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
fn a_refusal_names_what_is_wrong() {
    let refusal = |body: &str| parse_json::<BlockingTaskSettings>(body.as_bytes(), &Limits::default()).unwrap_err().to_string();
    assert_eq!(refusal("{}"), "element `TimeoutAction` is missing in `BlockingTaskSettings`");
    let long = r#"{"timeoutAction": "abort", "blockingTaskOperations": {}, "timeoutInMilliseconds": "soon"}"#;
    assert_eq!(refusal(long), "`TimeoutInMilliseconds` must be a number of type long, not `soon`");
    assert_eq!(refusal(r#"{"timeoutAction": ["a", "b"]}"#), "`timeoutAction` must be one value, not several");
    assert_eq!(refusal(r#"{"timeoutAction": "abort", "blockingTaskOperations": 3}"#), "`blockingTaskOperations` must be an object");
    assert!(refusal("{\"timeoutAction\": ").starts_with("the body is not JSON: "));
}
