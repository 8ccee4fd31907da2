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

/// One type of an `Accept` header.
struct Range<'a> {
    /// The type, bare and in lower case.
    name: String,
    version: Option<&'a str>,
    /// How much it is wanted, in thousandths.
    weight: u32,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut range = Self { name, version: None, weight: 1000 };
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match key.trim() {
                key if key.eq_ignore_ascii_case("version") => range.version = range.version.or(Some(value)),
                key if key.eq_ignore_ascii_case("q") => range.weight = weight(value),
                _ => {}
            }
        }
        range
    }
}

/// A weight in thousandths. What is none is not held against the type it stands at.
fn weight(text: &str) -> u32 {
    match text.parse::<f32>() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 1000")]
        Ok(value) if (0.0..=1.0).contains(&value) => (value * 1000.0) as u32,
        _ => 1000,
    }
}

/// Reads all `Accept` headers of a request. Of the types that are XML or JSON the one that is wanted most says in which form to answer, the
/// first of several; the first version named counts, and that of the chosen type before others.
///
/// # Errors
/// 406 for a version that is not served; the message lists those that are.
pub(crate) fn negotiate<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Wanted, Fault> {
    let ranges: Vec<_> = headers.flat_map(|header| header.split(',')).map(Range::read).filter(|range| range.weight > 0).collect();
    let chosen = chosen(&ranges);
    let version = chosen.and_then(|(range, _)| range.version).or_else(|| ranges.iter().find_map(|range| range.version));
    let version = version.map_or(Ok(ApiVersion::OLDEST), served)?;
    let encoding = chosen.map_or(Encoding::Xml, |(_, encoding)| encoding);
    Ok(Wanted { version, encoding, types: ranges.into_iter().map(|range| range.name).collect() })
}

/// The type to answer with, and what it is written in.
fn chosen<'r, 'a>(ranges: &'r [Range<'a>]) -> Option<(&'r Range<'a>, Encoding)> {
    let forms = ranges.iter().filter_map(|range| Some((range, encoding_of(&range.name)?)));
    // Of several that are wanted alike `max_by_key` would take the last.
    forms.rev().max_by_key(|(range, _)| range.weight)
}

/// The form that the legacy API answers in: JSON came with 9.0. Who takes something else as well gets XML.
///
/// # Errors
/// 406 for who takes nothing but JSON of a version that has none.
pub(crate) fn of_legacy(wanted: Wanted) -> Result<Wanted, Fault> {
    if wanted.encoding == Encoding::Xml || wanted.version >= ApiVersion::V9_0 {
        return Ok(wanted);
    }
    let other = |name: &String| ["*/*", "application/*"].contains(&name.as_str()) || encoding_of(name) == Some(Encoding::Xml);
    if wanted.types.iter().any(other) {
        return Ok(Wanted { encoding: Encoding::Xml, ..wanted });
    }
    let message = format!(
        "JSON came with API version {}; this request is of version {}. Ask for application/*+xml, or for a newer version.",
        ApiVersion::V9_0,
        wanted.version
    );
    Err(Fault::new(FaultCode::NotAcceptable, message))
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
    fn weights_and_versions_of_several_types() {
        for (header, version, encoding) in [
            ("application/*+json;version=36.0;q=0.5, application/*+xml;version=35.0", ApiVersion::V35_0, Encoding::Xml),
            ("application/*+xml;q=0.4;version=35.0,application/json;q=0.9", ApiVersion::V35_0, Encoding::Json),
            ("application/*+json;version=32.0, application/json;version=32.0", ApiVersion::V32_0, Encoding::Json),
            ("application/json;q=0;version=36.0, */*;version=37.0", ApiVersion::V37_0, Encoding::Xml),
            ("text/xml;q=nonsense;VERSION=\"36.0\"", ApiVersion::V36_0, Encoding::Xml),
        ] {
            let found = wanted(&[header]).unwrap();
            assert_eq!((found.version, found.encoding), (version, encoding), "{header}");
        }
    }

    #[test]
    fn json_came_with_9_0() {
        let form = |header: &str| of_legacy(wanted(&[header]).unwrap()).map(|wanted| wanted.encoding).map_err(|fault| fault.code);
        assert_eq!(form("application/*+json;version=9.0"), Ok(Encoding::Json));
        assert_eq!(form("application/*+json;version=5.6"), Err(FaultCode::NotAcceptable));
        assert_eq!(form("application/json"), Err(FaultCode::NotAcceptable));
        assert_eq!(form("application/*+json;version=5.6, application/*+xml;version=5.6"), Ok(Encoding::Xml));
        assert_eq!(form("application/json, */*"), Ok(Encoding::Xml));
    }

    #[test]
    fn an_unserved_version_is_406() {
        assert_eq!(wanted(&["application/*+xml;version=99.99"]).unwrap_err().code, FaultCode::NotAcceptable);
    }
}
