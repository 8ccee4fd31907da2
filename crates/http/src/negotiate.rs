//! What form of answer a request asks for. Invariant: every answer of the API carries the version that was negotiated here.

use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, FaultCode};

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As XML.
    Xml,
    /// As JSON.
    Json,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The API version.
    pub version: ApiVersion,
    /// XML or JSON.
    pub encoding: Encoding,
    /// The types named, bare and in lower case.
    pub types: Vec<String>,
}

impl Wanted {
    /// What a request without an `Accept` header gets.
    pub const DEFAULT: Self = Self { version: ApiVersion::OLDEST, encoding: Encoding::Xml, types: Vec::new() };

    /// Whether `media` was asked for by name.
    #[must_use]
    pub fn names(&self, media: &str) -> bool {
        self.types.iter().any(|name| vcdsim_model::media::same(name, media))
    }
}

/// Reads all `Accept` headers of a request: the first version named counts, and the first type that is XML or JSON.
///
/// # Errors
/// 406 for a version that is not served; the message lists those that are.
pub(crate) fn negotiate<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Wanted, Fault> {
    let mut version = None;
    let mut encoding = None;
    let mut types = Vec::new();
    for range in headers.flat_map(|header| header.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let asked = parts.filter_map(|part| part.split_once('=')).find(|(key, _)| key.trim().eq_ignore_ascii_case("version"));
        if let (None, Some((_, text))) = (version, asked) {
            version = Some(served(text.trim().trim_matches('"'))?);
        }
        if encoding.is_none() {
            encoding = encoding_of(&name);
        }
        types.push(name);
    }
    Ok(Wanted { version: version.unwrap_or(ApiVersion::OLDEST), encoding: encoding.unwrap_or(Encoding::Xml), types })
}

/// The form of an error to a request whose version is not served: the encoding that it asks for, in the oldest version.
pub(crate) fn fallback<'a>(headers: impl Iterator<Item = &'a str>) -> Wanted {
    let names = headers.flat_map(|header| header.split(',')).filter_map(|range| range.split(';').next());
    let encoding = names.map(|name| name.trim().to_ascii_lowercase()).find_map(|name| encoding_of(&name));
    Wanted { encoding: encoding.unwrap_or(Encoding::Xml), ..Wanted::DEFAULT }
}

fn encoding_of(name: &str) -> Option<Encoding> {
    if name.ends_with("+json") || name == "application/json" {
        Some(Encoding::Json)
    } else if name.ends_with("+xml") || name.ends_with("/xml") {
        Some(Encoding::Xml)
    } else {
        None
    }
}

fn served(text: &str) -> Result<ApiVersion, Fault> {
    ApiVersion::parse(text).ok_or_else(|| {
        let shown: String = text.chars().take(20).collect();
        let served: Vec<_> = ApiVersion::ALL.iter().map(ToString::to_string).collect();
        Fault::new(FaultCode::NotAcceptable, format!("API version \"{shown}\" is not served. Served are {}.", served.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(headers: &[&str]) -> Result<Wanted, Fault> {
        negotiate(headers.iter().copied())
    }

    #[test]
    fn the_spellings_of_real_clients() {
        for (headers, version, encoding) in [
            (&["application/*+xml;version=5.5"][..], ApiVersion::V5_5, Encoding::Xml),
            (&["application/*;version=37.0"], ApiVersion::V37_0, Encoding::Xml),
            (&["application/json;version=36.0"], ApiVersion::V36_0, Encoding::Json),
            (&["application/*+json; version=33.0"], ApiVersion::V33_0, Encoding::Json),
            (&["application/xml;version=37.0", "vnd.vmware.vcloud.org+xml;version=37.0"], ApiVersion::V37_0, Encoding::Xml),
            (&["*/*"], ApiVersion::V1_5, Encoding::Xml),
            (&[], ApiVersion::V1_5, Encoding::Xml),
            (&["application/json;version=37.0;multisite=global"], ApiVersion::V37_0, Encoding::Json),
        ] {
            let found = wanted(headers).unwrap();
            assert_eq!((found.version, found.encoding), (version, encoding), "{headers:?}");
        }
    }

    #[test]
    fn an_unserved_version_is_406() {
        assert_eq!(wanted(&["application/*+xml;version=99.99"]).unwrap_err().code, FaultCode::NotAcceptable);
    }
}
