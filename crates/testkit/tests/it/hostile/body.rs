//! Bodies: documents that the server takes, and what is done to them. Invariant: a document is valid before it is changed.

use super::hall::SECRET;
use crate::vapp::{POOL, bridged, composed, href, item, params};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::cell::Cell;
use vcdsim_model::kind::Kind;
use vcdsim_testkit::World;

const EXTENSION: &str = r#"xmlns="http://www.vmware.com/vcloud/extension/v1.5" xmlns:v="http://www.vmware.com/vcloud/v1.5""#;

/// Documents by the end of the paths that take them, in XML and in JSON.
pub(crate) struct Documents {
    all: Vec<(String, String, Value)>,
    /// How often one was asked for: what is made needs a name of its own.
    asked: Cell<usize>,
}

impl Documents {
    /// Settings as the server shows them, and parameters as clients write them.
    pub(crate) async fn read(world: &World) -> Self {
        let admin = world.login("administrator@System").await.at("37.0");
        let mut all = Vec::new();
        for part in ["", "/general", "/blockingTask", "/blockingTask/operations", "/amqp", "/notifications"] {
            let path = format!("/api/admin/extension/settings{part}");
            let (xml, json) = (admin.get(&path).await, admin.accepting("application/*+json").get(&path).await);
            let secret = format!("<vmext:AmqpPassword>{SECRET}</vmext:AmqpPassword><vmext:AmqpExchange>");
            let with_secret = xml.text().replace("<vmext:AmqpExchange>", &secret);
            let mut json = json.json();
            if part == "/amqp" {
                assert_ne!(with_secret, xml.text());
                json["amqpPassword"] = Value::from(SECRET);
            }
            all.push((path, with_secret, json));
        }
        all.extend(written());
        let author = world.login("author@example").await;
        let found = author.get("/api/query?type=vApp").await;
        let vapp = found.attribute_of("VAppRecord", "href").unwrap();
        let (xml, json) = (author.get(&vapp).await, author.accepting("application/*+json").get(&vapp).await);
        all.push(("/api/vApp/vapp-{id}".to_owned(), xml.text().to_owned(), json.json()));
        Self { all, asked: Cell::new(0) }
    }

    /// Whether there is a document for a path.
    pub(crate) fn fits(&self, path: &str) -> bool {
        self.all.iter().any(|(end, _, _)| path.ends_with(end))
    }

    /// The document for a path, else any.
    pub(crate) fn fitting(&self, path: &str, or: &Index) -> &(String, String, Value) {
        self.all.iter().find(|(end, _, _)| path.ends_with(end)).unwrap_or_else(|| or.get(&self.all))
    }
}

fn written() -> Vec<(String, String, Value)> {
    let (template, vdc) = (href(Kind::VAppTemplate, "example-catalog/photon-1vm"), href(Kind::Vdc, "example-vdc"));
    let network = bridged("net");
    let message = |name: &str, more: &str| format!("<{name} {EXTENSION}><Message>go on</Message>{more}</{name}>");
    let import =
        |name: &str| format!(r#"<{name} {EXTENSION} name="made" sourceMove="false"><VmMoRef>vm-101</VmMoRef><Vdc href="{vdc}"/></{name}>"#);
    let vcloud = |name: &str, attributes: &str, inner: &str| {
        format!(r#"<{name} xmlns="http://www.vmware.com/vcloud/v1.5" {attributes}>{inner}</{name}>"#)
    };
    let password = format!("<Password>{SECRET}</Password>");
    let feed = format!("/vcsp/lib/{}/", vcdsim_platform::seed::seeded_id(Kind::Catalog, "example-catalog"));
    let follow = format!("<SubscribeToExternalFeeds>true</SubscribeToExternalFeeds><Location>{feed}</Location>{password}");
    let wait = "<TimeoutValueInMilliseconds>900000</TimeoutValueInMilliseconds>";
    let rows = [
        (
            "/action/instantiateVAppTemplate",
            params("made", "photon-1vm", "", &network),
            json!({ "name": "made", "deploy": false, "powerOn": false, "source": { "href": template }, "allEULAsAccepted": true }),
        ),
        (
            "/action/composeVApp",
            composed("made", &network, &item("one", "net", POOL)),
            json!({ "name": "made", "deploy": false, "powerOn": false }),
        ),
        (
            "/action/publishToExternalOrganizations",
            vcloud("PublishExternalCatalogParams", "", &format!("<IsPublishedExternally>true</IsPublishedExternally>{password}")),
            json!({ "isPublishedExternally": true, "password": SECRET }),
        ),
        (
            "/action/subscribeToExternalCatalog",
            vcloud("ExternalCatalogSubscriptionParams", "", &follow),
            json!({ "subscribeToExternalFeeds": true, "location": feed, "password": SECRET }),
        ),
        (
            "/catalogs",
            vcloud("AdminCatalog", r#"name="made""#, &vcloud("ExternalCatalogSubscriptionParams", "", &follow)),
            json!({ "name": "made", "externalCatalogSubscriptionParams": { "subscribeToExternalFeeds": true, "location": feed } }),
        ),
        ("/action/deploy", vcloud("DeployVAppParams", r#"powerOn="true" deploymentLeaseSeconds="60""#, ""), json!({ "powerOn": true })),
        (
            "/action/undeploy",
            vcloud("UndeployVAppParams", "", "<UndeployPowerAction>suspend</UndeployPowerAction>"),
            json!({ "undeployPowerAction": "powerOff" }),
        ),
        (
            "/action/updateProgress",
            message("BlockingTaskUpdateProgressParams", wait),
            json!({ "message": "on", "timeoutValueInMilliseconds": 5 }),
        ),
        ("/action/resume", message("BlockingTaskOperationParams", ""), json!({ "message": "go" })),
        ("/action/abort", message("BlockingTaskOperationParams", ""), json!({ "message": "no" })),
        ("/action/fail", message("BlockingTaskOperationParams", ""), json!({ "message": "" })),
        ("/importVmAsVApp", import("ImportVmAsVAppParams"), json!({ "vmMoRef": "vm-101", "vdc": { "href": vdc }, "name": "made" })),
        ("/importVmAsVAppTemplate", import("ImportVmAsVAppTemplateParams"), json!({ "vmMoRef": "vm-101", "vdc": { "href": vdc } })),
    ];
    rows.into_iter().map(|(end, xml, json)| (end.to_owned(), xml, json)).collect()
}

/// One thing done to a document.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    /// Another value in the place of one, as it is or escaped.
    Value(Index, String, bool),
    /// A piece put in after a tag.
    Insert(Index, String),
    /// Another byte in the place of one.
    Byte(Index, u8),
    /// The end cut off.
    Cut(Index),
    /// From one tag to another taken out.
    Remove(Index, Index),
}

/// Values that mean something somewhere.
const VALUES: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "1",
    "2147483647",
    "-2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "true",
    "false",
    "TRUE",
    "POOL",
    "MANUAL",
    "DHCP",
    "NONE",
    "none",
    "bridged",
    "isolated",
    "natRouted",
    "net",
    "255.255.255.255",
    "0.0.0.0",
    "256.1.1.1",
    "::1",
    "VMXNET3",
    "powerOff",
    "suspend",
    "shutdown",
    "resume",
    "abort",
    "fail",
    "vappDeploy",
    "vdcInstantiateVapp",
    "vm-101",
    "9999-12-31T23:59:59.999Z",
    "0000-01-01T00:00:00Z",
    "+10000-01-01T00:00:00",
    "http://",
    "https://h",
    "urn:vcloud:vm:6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b",
    "/api/vApp/vm-6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b",
    "%00",
    "a/b",
    "..",
    "'; drop table task; --",
    "{id}",
    "\u{202e}",
    "\u{1f600}",
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => select(VALUES).prop_map(str::to_owned),
        2 => "\\PC{0,20}",
        1 => ".{0,20}",
        1 => (100_usize..5_000, "[a-zé]").prop_map(|(times, text)| text.repeat(times)),
        1 => any::<i64>().prop_map(|number| number.to_string()),
    ]
}

const PIECES: &[&str] =
    &["<a/>", "<a>", "</a>", "&amp;", "&#0;", "&x;", "<!-- -->", "<![CDATA[x]]>", "<?p?>", "<!DOCTYPE a>", "<q:a/>", "x", "<Link/>"];

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        8 => (any::<Index>(), text(), prop::bool::weighted(0.9)).prop_map(|(at, text, escaped)| Edit::Value(at, text, escaped)),
        1 => (any::<Index>(), select(PIECES)).prop_map(|(at, piece)| Edit::Insert(at, piece.to_owned())),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
        1 => any::<Index>().prop_map(Edit::Cut),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Remove(from, to)),
    ]
}

/// What is sent as the body.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Nothing,
    /// The document for the path, changed.
    Xml(Index, Vec<Edit>),
    /// The same in JSON: values in the place of others.
    Json(Index, Vec<(Index, Value)>),
    Bytes(Vec<u8>),
}

pub(crate) fn fitting() -> impl Strategy<Value = Body> {
    let single = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
    ];
    prop_oneof![
        3 => (any::<Index>(), vec(edit(), 0..4)).prop_map(|(or, edits)| Body::Xml(or, edits)),
        1 => (any::<Index>(), vec((any::<Index>(), single), 0..3)).prop_map(|(or, values)| Body::Json(or, values)),
    ]
}

pub(crate) fn any_body() -> impl Strategy<Value = Body> {
    prop_oneof![3 => Just(Body::Nothing), 4 => fitting(), 1 => vec(any::<u8>(), 0..60).prop_map(Body::Bytes)]
}

impl Body {
    /// The bytes for a path, and what they are.
    pub(crate) fn bytes(&self, documents: &Documents, path: &str) -> (Vec<u8>, &'static str) {
        let number = documents.asked.replace(documents.asked.get() + 1);
        let unique = |document: &str| document.replace("\"made\"", &format!("\"made {number}\""));
        match self {
            Self::Nothing => (Vec::new(), ""),
            Self::Bytes(bytes) => (bytes.clone(), "application/xml"),
            Self::Xml(or, edits) => {
                let mut bytes = unique(&documents.fitting(path, or).1).into_bytes();
                edits.iter().for_each(|edit| edit.apply(&mut bytes));
                (bytes, "application/xml")
            }
            Self::Json(or, values) => {
                let mut document = documents.fitting(path, or).2.clone();
                for (at, value) in values {
                    let mut at = at.index(leaves(&document));
                    set(&mut document, &mut at, value);
                }
                (unique(&document.to_string()).into_bytes(), "application/json")
            }
        }
    }
}

/// Sets the value that `at` counts to, among those that hold no others.
fn set(document: &mut Value, at: &mut usize, value: &Value) {
    match document {
        Value::Object(map) if !map.is_empty() => map.values_mut().for_each(|inner| set(inner, at, value)),
        Value::Array(items) if !items.is_empty() => items.iter_mut().for_each(|inner| set(inner, at, value)),
        leaf => {
            if *at == 0 {
                value.clone_into(leaf);
            }
            *at = at.wrapping_sub(1);
        }
    }
}

fn leaves(document: &Value) -> usize {
    match document {
        Value::Object(map) if !map.is_empty() => map.values().map(leaves).sum(),
        Value::Array(items) if !items.is_empty() => items.iter().map(leaves).sum(),
        _ => 1,
    }
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let ends: Vec<usize> = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'>').map(|(at, _)| at + 1).collect();
        match self {
            Self::Byte(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Insert(at, piece) if !ends.is_empty() => {
                let at = *at.get(&ends);
                bytes.splice(at..at, piece.bytes());
            }
            Self::Remove(from, to) if !ends.is_empty() => {
                let (from, to) = (*from.get(&ends), *to.get(&ends));
                bytes.drain(from.min(to)..from.max(to));
            }
            Self::Value(at, text, escaped) => {
                let places = values(bytes);
                if !places.is_empty() {
                    let (from, to) = *at.get(&places);
                    let text = if *escaped { escape(text) } else { text.clone() };
                    bytes.splice(from..to, text.bytes());
                }
            }
            Self::Insert(..) | Self::Remove(..) => {}
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Where values stand: between quotes, and between tags.
fn values(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut quote, mut text) = (None, None);
    for (at, byte) in bytes.iter().enumerate() {
        match (byte, quote) {
            (b'"', None) => quote = Some(at + 1),
            (b'"', Some(from)) => {
                found.push((from, at));
                quote = None;
            }
            (b'>', None) => text = Some(at + 1),
            (b'<', None) => found.extend(text.take().filter(|from| *from < at).map(|from| (from, at))),
            _ => {}
        }
    }
    found
}
