//! Answers of the query service. Invariant: every format of a page names the same objects in the same order.

use crate::view::links::link;
use crate::view::metadata::in_record;
use crate::view::{ViewCx, network};
use std::sync::Arc;
use vcdsim_model::clock::format_time;
use vcdsim_model::family::network::READ_ADMIN;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::query::page::PageLink;
use vcdsim_platform::query::record::{QueryType, Rows};
use vcdsim_platform::query::request::{Format, Request};
use vcdsim_platform::query::value::Value;
use vcdsim_platform::query::{Page, Row};
use vcdsim_wire::record::{self, Record};
use vcdsim_wire::vcloud::{Link, QueryList, QueryResultRecords, References};
use vcdsim_wire::{Ns, Root, roots};

/// Where a page was asked for: its path and parameters, for the links to others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) path: &'a str,
    pub(crate) request: &'a Request,
}

impl Place<'_> {
    fn href(&self, cx: &ViewCx<'_>, page: u32, format: Format) -> String {
        cx.base.join(&format!("{}?{}", self.path, self.request.other(page, format)))
    }
}

/// The media type of answers in this format.
pub(crate) const fn media(format: Format) -> &'static str {
    match format {
        Format::Records => media::QUERY_RECORDS,
        Format::IdRecords => media::QUERY_IDRECORDS,
        Format::References => media::QUERY_REFERENCES,
    }
}

/// A page of records; with `xml` those that are kept are written already.
pub(crate) fn records(cx: &ViewCx<'_>, page: &Page, place: Place<'_>, xml: bool) -> QueryResultRecords {
    let key = format!("{}{:?}", cx.base.join(page.format.name()), view_of(cx, page.query_type));
    let one = |row: &Arc<Row>| match row.drawn.as_ref().filter(|_| xml) {
        Some(drawn) => {
            let written = drawn.get(&key, || record(cx, page, row).write(cx.version.ordinal()));
            Record { written: Some(written), ..Record::new(page.query_type.record) }
        }
        None => record(cx, page, row),
    };
    QueryResultRecords {
        href: Some(place.href(cx, page.paging.page, page.format)),
        r#type: Some(media(page.format).to_owned()),
        name: Some(page.query_type.name.to_owned()),
        page: i32::try_from(page.paging.page).ok(),
        page_size: i32::try_from(page.paging.size).ok(),
        total: i64::try_from(page.total).ok(),
        link: links(cx, page, place),
        record: page.rows.iter().map(one).collect(),
    }
}

/// A page of references, and the element it stands in.
pub(crate) fn references(cx: &ViewCx<'_>, page: &Page, place: Place<'_>) -> (References, &'static Root) {
    let document = References {
        href: Some(place.href(cx, page.paging.page, page.format)),
        r#type: Some(media(page.format).to_owned()),
        name: Some(page.query_type.name.to_owned()),
        page: i32::try_from(page.paging.page).ok(),
        page_size: i32::try_from(page.paging.size).ok(),
        total: i64::try_from(page.total).ok(),
        link: links(cx, page, place),
        record: page.rows.iter().filter_map(|row| reference(cx, page.query_type, row)).collect(),
        ..References::default()
    };
    (document, container(page.query_type))
}

/// The element around the references of a type; types that came after the published schemas use the general one.
fn container(query_type: &QueryType) -> &'static Root {
    let named = |root: &&&'static Root| root.name.ns == Ns::Vcloud && Some(root.name.local) == query_type.references;
    roots::ALL.iter().find(named).copied().unwrap_or(&roots::vcloud::REFERENCES)
}

fn links(cx: &ViewCx<'_>, page: &Page, place: Place<'_>) -> Vec<Link> {
    let other_page = |PageLink { rel, page: number }| link(rel, Some(media(page.format)), place.href(cx, number, page.format));
    let offered = |format: &Format| *format != page.format && (*format != Format::References || page.query_type.references.is_some());
    let other_format = |format: Format| link("alternate", Some(media(format)), place.href(cx, page.paging.page, format));
    let formats = Format::ALL.into_iter().filter(offered).map(other_format);
    page.links().into_iter().map(other_page).chain(formats).collect()
}

/// The view into which rows lead: networks lead those who may not read the administrator's view to the tenant's.
fn view_of(cx: &ViewCx<'_>, query_type: &QueryType) -> View {
    let networks = query_type.rows == Rows::Entities(&[Kind::Network]);
    if networks && !READ_ADMIN.need.met_by(cx.caller) { View::User } else { query_type.view }
}

fn record(cx: &ViewCx<'_>, page: &Page, row: &Row) -> Record {
    let own = match page.format {
        Format::IdRecords => row.urn.map(|urn| ("id", urn.to_string())),
        _ => row.urn.map(|urn| ("href", cx.base.href(urn, view_of(cx, page.query_type)))),
    };
    let mut attributes = Vec::with_capacity(row.values.len() + 1);
    attributes.extend(own.map(|(name, text)| (name, record::Value::from(text))));
    attributes.extend(row.values.iter().map(|(name, value)| (*name, wire_value(cx, page.format, value))));
    let metadata = (!row.metadata.is_empty()).then(|| in_record(&row.metadata));
    Record { attributes, metadata, ..Record::new(page.query_type.record) }
}

fn wire_value(cx: &ViewCx<'_>, format: Format, value: &Value) -> record::Value {
    match value {
        Value::Text(text) => record::Value::Text(Arc::clone(text)),
        Value::Int(number) => record::Value::Number(*number),
        Value::Bool(value) => record::Value::Bool(*value),
        Value::Time(at) => format_time(*at).into(),
        Value::Ref(urn, _) if format == Format::IdRecords => urn.to_string().into(),
        Value::Ref(urn, view) => cx.base.href(*urn, *view).into(),
    }
}

fn reference(cx: &ViewCx<'_>, query_type: &QueryType, row: &Row) -> Option<Record> {
    let urn = row.urn?;
    let view = view_of(cx, query_type);
    let made = Record::new(query_type.reference()?).with("href", cx.base.href(urn, view)).with("id", urn.to_string());
    let own = || if urn.kind == Kind::Network { network::media_type(cx.version) } else { urn.kind.info().place(view).media };
    let media = query_type.media.unwrap_or_else(own);
    Some(made.with("type", media).with("name", row.name.clone()))
}

/// The list of the query types that a caller may use, in each format that they have.
pub(crate) fn list(cx: &ViewCx<'_>, types: impl Iterator<Item = &'static QueryType>) -> QueryList {
    let entry = |query_type: &'static QueryType| {
        let offered = |format: &Format| *format != Format::References || query_type.references.is_some();
        Format::ALL.into_iter().filter(offered).map(move |format| {
            let href = cx.base.join(&format!("/api/query?type={}&format={}", query_type.name, format.name()));
            Link { name: Some(query_type.name.to_owned()), ..link("down", Some(media(format)), href) }
        })
    };
    QueryList {
        href: Some(cx.base.join("/api/query")),
        r#type: Some(media::QUERY_LIST.to_owned()),
        link: types.flat_map(entry).collect(),
        ..QueryList::default()
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;
    use vcdsim_model::version::ApiVersion;
    use vcdsim_platform::query::record::TYPES;
    use vcdsim_platform::query::value::ValueKind;
    use vcdsim_wire::{Field, Kind, RecordInfo, Scalar, roots};

    /// Attributes that servers of all versions send although the schema ended them early; the tables leave them out.
    fn lasting(field: &&Field) -> bool {
        !["href", "id", "type"].contains(&field.name) && field.until == u16::MAX
    }

    #[test]
    fn the_tables_of_rows_are_those_of_the_schema() {
        for query_type in TYPES.iter().filter(|known| known.rows != Rows::None) {
            let info = RecordInfo::of_element(query_type.record).unwrap_or_else(|| panic!("no element {}", query_type.record));
            let published: Vec<_> = info.attributes.iter().filter(lasting).collect();
            let names: Vec<_> = published.iter().map(|field| field.name).collect();
            let ours: Vec<_> = query_type.fields.iter().map(|field| field.name).collect();
            assert_eq!(ours, names, "{}", query_type.name);
            for (ours, field) in query_type.fields.iter().zip(published) {
                let scalar = match ours.kind() {
                    ValueKind::Text | ValueKind::Word | ValueKind::Ref(_) => Scalar::Str,
                    ValueKind::Int => Scalar::Long,
                    ValueKind::Bool => Scalar::Bool,
                    ValueKind::Time => Scalar::DateTime,
                };
                // Whole numbers are ints and floats, too.
                let number = scalar == Scalar::Long;
                let same =
                    matches!(field.kind, Kind::Scalar(found) if found == scalar || number && matches!(found, Scalar::Int | Scalar::Double));
                assert!(same, "{} {}", query_type.name, ours.name);
                for version in ApiVersion::ALL.iter().filter(|version| **version >= query_type.since) {
                    let (shown, published) = (ours.since <= *version, field.in_version(version.ordinal()));
                    assert_eq!(shown, published, "{} {} at {version}", query_type.name, ours.name);
                }
            }
        }
    }

    #[test]
    fn types_with_rows_have_elements_of_their_own_for_references() {
        for query_type in TYPES.iter().filter(|known| known.rows != Rows::None) {
            let Some(container) = query_type.references else { continue };
            assert!(roots::ALL.iter().any(|root| root.name.local == container), "{container}");
        }
    }
}
