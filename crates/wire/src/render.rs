//! Documents to XML. Invariant: what a version does not have is left out, and the text is well-formed whatever the values hold.

use crate::ns::Ns;
use crate::schema::{Document, Root};
use crate::xml::Xml;

/// How links are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Links {
    /// As they are.
    #[default]
    Single,
    /// Each that leads to, or takes, a type in XML once more with the same type in JSON.
    Twinned,
}

/// How a document looks to its reader; a version alone (an ordinal) is one with single links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The version (an ordinal) whose content it has.
    pub version: u16,
    /// How its links are written.
    pub links: Links,
}

impl From<u16> for Look {
    fn from(version: u16) -> Self {
        Self { version, links: Links::Single }
    }
}

/// The document under its own root element, as a client of this version (an ordinal) sees it.
#[must_use]
pub fn render_xml<T: Document>(document: &T, look: impl Into<Look>) -> String {
    render_xml_as(document, T::ROOT, look)
}

/// The document under another root element that has the same type, such as `vmext:BlockingTaskReferences`.
///
/// The root element is written here, so that all namespaces stand on it and a type can have several roots.
#[must_use]
pub fn render_xml_as<T: Document>(document: &T, root: &Root, look: impl Into<Look>) -> String {
    let look = look.into();
    let version = look.version;
    let prefixed = root.name.ns != root.bare;
    let name = if prefixed { format!("{}:{}", root.name.ns.prefix(), root.name.local) } else { root.name.local.to_owned() };
    let mut out = Xml::new(version).with_links(look.links).with_vcloud(prefix(Ns::Vcloud, root, version));
    out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    out.open(&name);
    out.text_attribute("xmlns", root.bare.uri());
    for ns in root.prefixes.iter().filter(|ns| **ns != Ns::None) {
        out.raw(" xmlns:");
        out.raw(prefix(*ns, root, version));
        out.raw("=\"");
        out.raw(ns.uri());
        out.raw("\"");
    }
    out.close(&name, |out| document.attributes(out), |out| document.elements(out));
    out.finish()
}

/// The prefix of a namespace. Since 37.0, the lowest version of go-vcloud-director, hardware that stands alone has the one that it binds where it
/// sends items back as it read them (its type `RequestVirtualHardwareSection`).
fn prefix(ns: Ns, root: &Root, version: u16) -> &'static str {
    let hardware = root.name.local == "VirtualHardwareSection" && version >= 370;
    if ns == Ns::Vcloud && hardware { "ns4" } else { ns.prefix() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ovf::VirtualHardwareSection;
    use crate::record::Record;
    use crate::roots;
    use crate::vcloud::{Link, QueryResultRecords, Reference, References, Task};
    use crate::vmext::BlockingTask;

    fn reference(name: &str) -> Reference {
        Reference { href: format!("http://h/{name}"), name: Some(name.to_owned()), ..Reference::default() }
    }

    fn blocking_task() -> BlockingTask {
        BlockingTask {
            name: "vdcComposeVapp".to_owned(),
            status: "active".to_owned(),
            timeout_action: "abort".to_owned(),
            link: vec![Link { rel: "up".to_owned(), href: "http://h/t?a=1&b=2".to_owned(), ..Link::default() }],
            organization: reference("acme"),
            ..BlockingTask::default()
        }
    }

    #[test]
    fn hardware_that_stands_alone_has_the_prefix_that_clients_bind() {
        let hardware = VirtualHardwareSection { href: Some("h".to_owned()), ..VirtualHardwareSection::default() };
        assert!(render_xml(&hardware, 360).contains(" vcloud:href=\"h\""));
        let later = render_xml(&hardware, 370);
        assert!(later.contains(" xmlns:ns4=\"http://www.vmware.com/vcloud/v1.5\"") && later.contains(" ns4:href=\"h\""), "{later}");
    }

    #[test]
    fn an_extension_document_has_vcloud_children_without_a_prefix() {
        assert_eq!(
            render_xml(&blocking_task(), 391),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><vmext:BlockingTask xmlns=\"http://www.vmware.com/vcloud/v1.5\" \
             xmlns:vmext=\"http://www.vmware.com/vcloud/extension/v1.5\" name=\"vdcComposeVapp\" createdTime=\"\" timeoutDate=\"\" \
             timeoutAction=\"abort\" status=\"active\"><Link href=\"http://h/t?a=1&amp;b=2\" rel=\"up\"/>\
             <Organization href=\"http://h/acme\" name=\"acme\"/></vmext:BlockingTask>"
        );
    }

    #[test]
    fn a_type_is_written_under_any_of_its_roots() {
        let list = References {
            reference: vec![reference("a")],
            record: vec![Record::new("VAppReference").with("href", "x")],
            ..References::default()
        };
        let text = render_xml_as(&list, &roots::vmext::BLOCKING_TASK_REFERENCES, 391);
        assert!(
            text.contains("<vmext:BlockingTaskReferences xmlns=")
                && text.contains("<Reference href=\"http://h/a\" name=\"a\"/><VAppReference href=\"x\"/>"),
            "{text}"
        );
        assert!(render_xml_as(&list, &roots::vcloud::VAPP_REFERENCES, 391).contains("<VAppReferences xmlns="));
    }

    #[test]
    fn records_hold_what_their_version_has() {
        let record = Record::new("BlockingTaskRecord").with("status", "a\"b").with("hasOwner", true).with("description", "d");
        let page = QueryResultRecords { total: Some(1), record: vec![record], ..QueryResultRecords::default() };
        assert!(
            render_xml(&page, 391).ends_with(
                "total=\"1\"><BlockingTaskRecord status=\"a&quot;b\" hasOwner=\"true\" description=\"d\"/></QueryResultRecords>"
            )
        );
        assert!(render_xml(&page, 15).ends_with("<BlockingTaskRecord status=\"a&quot;b\"/></QueryResultRecords>"));
    }

    #[test]
    fn what_a_version_does_not_have_is_left_out() {
        let task = Task { details: Some("d".to_owned()), cancel_requested: Some(false), user: Some(reference("u")), ..Task::default() };
        let old = render_xml(&task, 15);
        assert!(!old.contains("Details") && !old.contains("cancelRequested") && old.contains("<User "), "{old}");
        assert!(render_xml(&task, 51).contains("cancelRequested=\"false\""));
    }

    #[test]
    fn a_link_to_xml_has_a_twin_to_json() {
        let link = |rel: &str, r#type: Option<&str>| Link {
            rel: rel.to_owned(),
            href: "h".to_owned(),
            name: Some(" type=\"application/x+xml\"".to_owned()),
            r#type: r#type.map(str::to_owned),
            ..Link::default()
        };
        let link =
            vec![link("edit", Some("application/vnd.x+xml")), link("remove", None), link("x", Some("text/xml")), link("y", Some("+xmla"))];
        let task = Task { link, ..Task::default() };
        let twinned = render_xml(&task, Look { version: 391, links: Links::Twinned });
        let document = roxmltree::Document::parse(&twinned).unwrap();
        let links: Vec<_> = document
            .root_element()
            .children()
            .map(|link| (link.attribute("rel").unwrap(), link.attribute("type").unwrap_or_default(), link.attribute("name").is_some()))
            .collect();
        let expected = [
            ("edit", "application/vnd.x+xml", true),
            ("edit", "application/vnd.x+json", true),
            ("remove", "", true),
            ("x", "text/xml", true),
            ("y", "+xmla", true),
        ];
        assert_eq!(links, expected, "{twinned}");
        assert_eq!(render_xml(&task, 391).matches("<Link ").count(), 4);
    }

    #[test]
    fn no_value_breaks_a_document() {
        let task = Task { name: "\u{0}\t\u{1f}<\"'&>\r\n\u{ffff}".to_owned(), details: Some("]]>\u{8}".to_owned()), ..Task::default() };
        let text = render_xml(&task, 391);
        let document = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("name"), Some("\u{fffd}\t\u{fffd}<\"'&>\r\n\u{fffd}"));
    }
}
