//! Media types. Invariant: clients spell them in any case, so they are compared without; `@type` carries the camel-case form.

use crate::roots;
use crate::schema::Root;

/// The two forms of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `...+xml`
    Xml,
    /// `...+json`
    Json,
}

/// A media type without its parameters and the blanks around it.
#[must_use]
pub fn essence(media: &str) -> &str {
    media.split(';').next().unwrap_or_default().trim()
}

/// Whether two media types are the same, whatever their case and parameters.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    essence(one).eq_ignore_ascii_case(essence(other))
}

/// The name of a document's type: `application/vnd.vmware.vcloud.task` for both `..task+xml` and `..task+json`.
#[must_use]
pub fn split(media: &str) -> (&str, Option<Encoding>) {
    let essence = essence(media);
    match essence.rsplit_once('+') {
        Some((name, suffix)) if suffix.eq_ignore_ascii_case("xml") => (name, Some(Encoding::Xml)),
        Some((name, suffix)) if suffix.eq_ignore_ascii_case("json") => (name, Some(Encoding::Json)),
        _ => (essence, None),
    }
}

/// The media type in the other form: `..task+json` for `..task+xml`.
#[must_use]
pub fn encoded(media: &str, encoding: Encoding) -> String {
    let suffix = match encoding {
        Encoding::Xml => "xml",
        Encoding::Json => "json",
    };
    format!("{}+{suffix}", split(media).0)
}

/// The `Content-Type` of an answer: small letters, then the version without a blank and without a character set.
#[must_use]
pub fn content_type(media: &str, encoding: Encoding, version: &str) -> String {
    format!("{};version={version}", encoded(media, encoding).to_ascii_lowercase())
}

/// The root elements that a media type stands for, in either form.
pub fn roots_of(media: &str) -> impl Iterator<Item = &'static Root> {
    let (name, _) = split(media);
    roots::ALL.iter().copied().filter(move |root| root.media.is_some_and(|media| split(media).0.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_known_in_any_spelling() {
        assert!(same(
            "application/vnd.vmware.vcloud.vdcStorageProfile+xml ",
            "application/vnd.vmware.vcloud.VDCSTORAGEPROFILE+xml;version=5.5"
        ));
        assert_eq!(
            encoded("application/vnd.vmware.vcloud.vApp+xml; charset=utf-8", Encoding::Json),
            "application/vnd.vmware.vcloud.vApp+json"
        );
        assert_eq!(
            content_type("application/vnd.vmware.vcloud.vApp+xml", Encoding::Xml, "5.1"),
            "application/vnd.vmware.vcloud.vapp+xml;version=5.1"
        );
        let names: Vec<_> = roots_of("application/vnd.vmware.ADMIN.blockingtask+json").map(|root| root.name.to_string()).collect();
        assert_eq!(names, ["vmext:BlockingTask"]);
        assert_eq!(roots_of("application/xml").count(), 0);
    }
}
