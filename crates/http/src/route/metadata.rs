//! Metadata, of whatever has it: one group of routes for each row of the table of bearers.

use super::vapp::accepted;
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::metadata;
use vcdsim_model::action::Action;
use vcdsim_model::id::Urn;
use vcdsim_model::metadata::bearer::{BEARERS, Bearer};
use vcdsim_model::metadata::{Domain, MetaKey, MetaValue, Written, no_entry};
use vcdsim_model::operation::Operation;
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, media};
use vcdsim_platform::metadata::{MetadataChange, UpdateMetadata, read};
use vcdsim_wire::{Document, vcloud};

/// What the tasks of those routes do that change something.
const RUNS: &[Operation] = &[Operation::MetadataUpdate];

pub(super) fn routes(routes: &mut Routes) {
    for bearer in &BEARERS {
        for reading in bearer.reading {
            routes.action(&reading.all, move |cx| all(cx, bearer, &reading.all));
            routes.action(&reading.entry, move |cx| one(cx, bearer, &reading.entry));
        }
        routes.action(&bearer.add, move |cx| add(cx, bearer)).operations = RUNS;
        routes.action(&bearer.edit, move |cx| edit(cx, bearer)).operations = RUNS;
        routes.action(&bearer.remove, move |cx| remove(cx, bearer)).operations = RUNS;
    }
}

/// `GET {object}/metadata`
async fn all(cx: Cx, bearer: &'static Bearer, action: &'static Action) -> Result<Reply, Fault> {
    let (graph, entries) = read(&cx.cloud.read(), cx.caller()?, action, cx.id(action.kind)?).await?;
    let document = metadata::document(&cx.view(action.view)?, &graph, bearer, &entries);
    Ok(Reply::document(200, &document, vcloud::Metadata::ROOT, media::METADATA, &cx.wanted))
}

/// `GET {object}/metadata/{key}`
async fn one(cx: Cx, bearer: &'static Bearer, action: &'static Action) -> Result<Reply, Fault> {
    let (graph, entries) = read(&cx.cloud.read(), cx.caller()?, action, cx.id(action.kind)?).await?;
    let name = name(&cx);
    let entry = entries.iter().find(|entry| entry.name == name).ok_or_else(|| no_entry(&name))?;
    let document = metadata::value(&cx.view(action.view)?, &graph, bearer, entry);
    Ok(Reply::document(200, &document, vcloud::MetadataValue::ROOT, media::METADATA_VALUE, &cx.wanted))
}

/// `POST {object}/metadata`
async fn add(cx: Cx, bearer: &Bearer) -> Result<Reply, Fault> {
    let sent: vcloud::Metadata = cx.body(&[media::METADATA])?;
    let entries = sent.metadata_entry.iter().map(|entry| {
        let named = |fault: Fault| Fault {
            message: format!("In the entry \"{}\": {}", vcdsim_model::fault::excerpt(&entry.key), fault.message),
            ..fault
        };
        let value = value(entry.typed_value.as_ref(), entry.value.as_deref()).map_err(named)?;
        let (domain, visibility) = said(entry.domain.as_ref());
        Written::new(domain, visibility, &entry.key, value)
    });
    let change = MetadataChange::Merge(entries.collect::<Result<_, _>>()?);
    accepted(&cx, UpdateMetadata { target: target(&cx, bearer)?, change }).await
}

/// `PUT {object}/metadata/{key}`; clients make new entries with it, too. The path names the entry; a body that names another domain is refused.
async fn edit(cx: Cx, bearer: &Bearer) -> Result<Reply, Fault> {
    let sent: vcloud::MetadataValue = cx.body(&[media::METADATA_VALUE])?;
    let name = name(&cx);
    let (domain, visibility) = said(sent.domain.as_ref());
    if let Some(other) = domain.map(str::trim).filter(|domain| !domain.is_empty() && *domain != name.domain.name()) {
        let (own, other) = (name.domain.name(), vcdsim_model::fault::excerpt(other));
        return Err(Fault::bad_request(format!("The path names an entry of the domain {own}, but the body one of \"{other}\".")));
    }
    let value = value(sent.typed_value.as_ref(), sent.value.as_deref())?;
    let change = MetadataChange::Put(Written::new(Some(name.domain.name()), visibility, &name.key, value)?);
    accepted(&cx, UpdateMetadata { target: target(&cx, bearer)?, change }).await
}

/// `DELETE {object}/metadata/{key}`
async fn remove(cx: Cx, bearer: &Bearer) -> Result<Reply, Fault> {
    let change = MetadataChange::Remove(name(&cx));
    accepted(&cx, UpdateMetadata { target: target(&cx, bearer)?, change }).await
}

fn target(cx: &Cx, bearer: &Bearer) -> Result<Urn, Fault> {
    cx.urn(bearer.kind())
}

/// The entry that the path names. Before 5.1 there are no domains.
fn name(cx: &Cx) -> MetaKey {
    let path = cx.param("key");
    let qualified = path.split_once('/').and_then(|(word, key)| Some((Domain::from_name(word)?, key)));
    let (domain, key) = qualified.filter(|_| cx.version() >= ApiVersion::V5_1).unwrap_or((Domain::General, path));
    MetaKey { domain, key: key.to_owned() }
}

/// Domain and visibility, as far as they are said.
fn said(tag: Option<&vcloud::MetadataDomainTag>) -> (Option<&str>, Option<&str>) {
    (tag.map(|tag| tag.value.as_str()), tag.and_then(|tag| tag.visibility.as_deref()))
}

/// The value in either form, whatever the version: clients of 1.5 send no type.
fn value(typed: Option<&vcloud::MetadataTypedValue>, untyped: Option<&str>) -> Result<MetaValue, Fault> {
    match (typed, untyped) {
        (Some(typed), _) => MetaValue::read(typed.xsi_type.as_deref(), typed.value.as_deref().unwrap_or_default()),
        (None, Some(text)) => MetaValue::read(None, text),
        (None, None) => Err(Fault::bad_request("A TypedValue with a Value is missing.")),
    }
}
