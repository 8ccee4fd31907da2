//! Metadata of whatever has it. Invariant: an entry has the links to change it exactly when the request would be accepted, in this view of
//! the object and by this caller.

use crate::view::ViewCx;
use crate::view::links::link;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vcdsim_model::action::Action;
use vcdsim_model::media;
use vcdsim_model::metadata::bearer::{Bearer, PATH};
use vcdsim_model::metadata::{Domain, MetaEntry, MetaKey, may_write};
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{Link, Metadata, MetadataDomainTag, MetadataEntry, MetadataTypedValue, MetadataValue};

/// What a key cannot have in an href.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// All metadata of an object that the caller sees. The two domains came with 5.1; before, there is the one of everybody.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, bearer: &Bearer, entries: &[MetaEntry]) -> Metadata {
    let object = cx.base.href(graph.entity.urn(), cx.view);
    let href = format!("{object}{PATH}");
    let up = link("up", Some(graph.entity.head.kind.info().place(cx.view).media), object);
    let shown = entries.iter().filter(|entry| cx.version >= ApiVersion::V5_1 || entry.name.domain == Domain::General);
    Metadata {
        link: std::iter::once(up).chain(change(cx, graph, &bearer.add, &href)).collect(),
        metadata_entry: shown.map(|shown| entry(cx, graph, bearer, shown)).collect(),
        href: Some(href),
        r#type: Some(media::METADATA.to_owned()),
    }
}

fn entry(cx: &ViewCx<'_>, graph: &Graph, bearer: &Bearer, entry: &MetaEntry) -> MetadataEntry {
    let value = value(cx, graph, bearer, entry);
    MetadataEntry {
        href: value.href,
        r#type: value.r#type,
        link: value.link,
        domain: value.domain,
        key: entry.name.key.clone(),
        value: value.value,
        typed_value: value.typed_value,
    }
}

/// One entry. Which of the two forms of its value is shown, the version decides.
pub(crate) fn value(cx: &ViewCx<'_>, graph: &Graph, bearer: &Bearer, entry: &MetaEntry) -> MetadataValue {
    let above = format!("{}{PATH}", cx.base.href(graph.entity.urn(), cx.view));
    let href = format!("{above}/{}", place(cx, &entry.name));
    let writable = may_write(cx.caller, entry.name.domain).is_ok();
    let changes = [&bearer.edit, &bearer.remove].into_iter().filter(|_| writable).filter_map(|action| change(cx, graph, action, &href));
    MetadataValue {
        link: std::iter::once(link("up", Some(media::METADATA), above)).chain(changes).collect(),
        r#type: Some(media::METADATA_VALUE.to_owned()),
        href: Some(href),
        ..plain(entry)
    }
}

/// What an entry says, without links.
fn plain(entry: &MetaEntry) -> MetadataValue {
    // Recorded by go-vcloud-director: what is not said is that everybody reads and writes it.
    let tag = || MetadataDomainTag { value: entry.name.domain.name().to_owned(), visibility: Some(entry.visibility.name().to_owned()) };
    MetadataValue {
        domain: (entry.name.domain != Domain::General).then(tag),
        value: Some(entry.value.text()),
        typed_value: Some(MetadataTypedValue { xsi_type: Some(entry.value.type_name().to_owned()), value: Some(entry.value.text()) }),
        ..MetadataValue::default()
    }
}

/// The link to a change, in the view that takes it.
fn change(cx: &ViewCx<'_>, graph: &Graph, action: &Action, href: &str) -> Option<Link> {
    let here = action.view == cx.view && action.since <= cx.version;
    let rel = action.rel.filter(|_| here && graph.admits(action, cx.caller))?;
    Some(link(rel, action.media, href.to_owned()))
}

/// Where an entry lies below the metadata: the domain of everybody is not said, unless the key begins as if one were.
fn place(cx: &ViewCx<'_>, name: &MetaKey) -> String {
    let key = utf8_percent_encode(&name.key, ENCODED);
    let begins_so = Domain::ALL.iter().any(|domain| name.key.strip_prefix(domain.name()).is_some_and(|rest| rest.starts_with('/')));
    match name.domain {
        Domain::General if cx.version < ApiVersion::V5_1 || !begins_so => key.to_string(),
        domain => format!("{}/{key}", domain.name()),
    }
}

/// The metadata in a record of a query: what was asked for, without links.
pub(crate) fn in_record(entries: &[MetaEntry]) -> Metadata {
    let entry = |shown: &MetaEntry| {
        let MetadataValue { domain, value, typed_value, .. } = plain(shown);
        MetadataEntry { key: shown.name.key.clone(), domain, value, typed_value, ..MetadataEntry::default() }
    };
    Metadata { metadata_entry: entries.iter().map(entry).collect(), ..Metadata::default() }
}
