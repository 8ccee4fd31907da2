//! Reads the query string of a query. Invariant: only `&` separates parameters, because filters hold raw `;`; what is not understood is left
//! alone and comes back in page links.

use super::filter::{Encoding, Filter};
use super::page::Paging;
use percent_encoding::percent_decode_str;
use vcdsim_model::Fault;
use vcdsim_model::version::ApiVersion;

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Attributes; references as hrefs.
    Records,
    /// Attributes; references as URNs.
    IdRecords,
    /// A reference per row.
    References,
}

impl Format {
    /// All formats, in the order in which the query list names them.
    pub const ALL: [Self; 3] = [Self::References, Self::Records, Self::IdRecords];

    /// The value of `format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::IdRecords => "idrecords",
            Self::References => "references",
        }
    }

    /// The format with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }
}

/// One key by which rows are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The attribute.
    pub attribute: String,
    /// Largest first.
    pub descending: bool,
}

/// A request to the query service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The query type; none asks for the list of types, or comes with a packaged query.
    pub query_type: Option<String>,
    /// How rows are shown; records when it is not said.
    pub format: Option<Format>,
    /// Which part is asked for.
    pub paging: Paging,
    /// The filter, still encoded.
    pub filter: Option<String>,
    /// Whether `filterEncoded` is true.
    pub filter_encoded: bool,
    /// The keys to sort by, the first one first.
    pub sort: Vec<Sort>,
    /// The attributes to show; all when it is not said.
    pub fields: Option<Vec<String>>,
    /// Whether records are to have links.
    pub links: bool,
    /// Every parameter but type, page, pageSize and format as it was sent, for links to other pages.
    rest: Vec<String>,
}

impl Request {
    /// Reads a query string. Parameters may come in any order, more than once (the first one that is not empty counts; every sort key does)
    /// and with empty ones between them.
    ///
    /// # Errors
    /// 400 for a format, page, page size or offset that cannot be.
    pub fn read(query: &str) -> Result<Self, Fault> {
        let mut request = Self::default();
        let (mut page, mut size, mut offset) = (None, None, None);
        for part in query.trim_start_matches('?').split('&').filter(|part| !part.is_empty()) {
            let (name, raw) = part.split_once('=').unwrap_or((part, ""));
            let value = decode(raw);
            match name {
                _ if value.is_empty() => {}
                "type" => first(&mut request.query_type, value),
                "page" => first(&mut page, value),
                "pageSize" => first(&mut size, value),
                "offset" => first(&mut offset, value),
                "format" => first(&mut request.format, read_format(&value)?),
                "filter" => first(&mut request.filter, raw.to_owned()),
                "filterEncoded" | "filterEncode" => request.filter_encoded |= value.eq_ignore_ascii_case("true"),
                "sortAsc" => request.add_sort(&value, false),
                "sortDesc" => request.add_sort(&value, true),
                "fields" => first(&mut request.fields, names(&value)),
                "links" => request.links |= value.eq_ignore_ascii_case("true"),
                _ => {}
            }
            if !matches!(name, "type" | "page" | "pageSize" | "format") {
                request.rest.push(part.to_owned());
            }
        }
        request.paging = Paging::read(page.as_deref(), size.as_deref(), offset.as_deref())?;
        Ok(request)
    }

    fn add_sort(&mut self, value: &str, descending: bool) {
        self.sort.extend(names(value).into_iter().map(|attribute| Sort { attribute, descending }));
    }

    /// The filter, read as a request of this version encodes it.
    ///
    /// # Errors
    /// 400 with position and reason.
    pub fn parsed_filter(&self, version: ApiVersion) -> Result<Option<Filter>, Fault> {
        let encoding = Encoding::of(version, self.filter_encoded);
        Ok(self.filter.as_deref().map(|raw| Filter::parse(raw, encoding)).transpose()?)
    }

    /// The query string of another page of the same result, or of the same page in another format: what was sent, with these in front.
    #[must_use]
    pub fn other(&self, page: u32, format: Format) -> String {
        let typed = self.query_type.as_deref().map(|name| format!("type={name}&")).unwrap_or_default();
        let mut query = format!("{typed}page={page}&pageSize={}&format={}", self.paging.size, format.name());
        for part in &self.rest {
            query.push('&');
            query.push_str(part);
        }
        query
    }
}

/// Sets what is not set yet.
fn first<T>(slot: &mut Option<T>, value: T) {
    slot.get_or_insert(value);
}

fn read_format(value: &str) -> Result<Format, Fault> {
    let shown: String = value.chars().take(32).collect();
    let unknown = || Fault::bad_request(format!("The parameter format must be records, idrecords or references, not `{shown}`."));
    Format::from_name(value).ok_or_else(unknown)
}

fn names(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn decode(raw: &str) -> String {
    percent_decode_str(&raw.replace('+', " ")).decode_utf8_lossy().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_duplicates_and_a_leading_ampersand_do_not_matter() {
        let request = Request::read(
            "&filterEncoded=true&pageSize=50&filter=name==a%3Bb;org==x&type=vApp&&type=vm&sortDesc=name&sortAsc=status&links=true",
        )
        .unwrap();
        assert_eq!(request.query_type.as_deref(), Some("vApp"));
        assert_eq!(request.filter.as_deref(), Some("name==a%3Bb;org==x"));
        assert_eq!((request.paging.size, request.filter_encoded, request.links), (50, true, true));
        assert_eq!(
            request.sort.iter().map(|sort| (sort.attribute.as_str(), sort.descending)).collect::<Vec<_>>(),
            [("name", true), ("status", false)]
        );
    }

    #[test]
    fn the_misspelt_parameter_counts_and_empty_ones_do_not() {
        let request =
            Request::read("type=&type=task&format=IDRECORDS&filterEncode=True&filter=&page=&fields=name,%20status,metadata:a").unwrap();
        assert_eq!((request.query_type.as_deref(), request.format, request.filter_encoded), (Some("task"), Some(Format::IdRecords), true));
        assert_eq!((request.filter.as_deref(), request.paging), (None, Paging::default()));
        assert_eq!(request.fields, Some(vec!["name".to_owned(), "status".to_owned(), "metadata:a".to_owned()]));
    }

    #[test]
    fn other_pages_keep_what_was_sent_as_it_was_sent() {
        let request =
            Request::read("&filter=name==a%3Bb;count==1&type=vApp&page=2&pageSize=999&format=records&filterEncoded=true&future=x").unwrap();
        assert_eq!(
            request.other(3, Format::References),
            "type=vApp&page=3&pageSize=128&format=references&filter=name==a%3Bb;count==1&filterEncoded=true&future=x"
        );
        assert_eq!(Request::read(&request.other(2, Format::Records)).unwrap().filter, request.filter);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for query in ["format=xml", "page=0", "pageSize=many", "offset=-1"] {
            assert!(Request::read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn the_filter_is_read_as_its_version_encodes_it() {
        let request = Request::read("filter=name%3D%3Da%252Cb&filterEncoded=true").unwrap();
        assert!(matches!(request.parsed_filter(ApiVersion::V30_0), Ok(Some(Filter::Test(test))) if test.value.literal() == Some("a,b")));
        assert!(matches!(request.parsed_filter(ApiVersion::V37_0), Ok(Some(Filter::Test(test))) if test.value.literal() == Some("a%2Cb")));
        assert!(Request::read("filter=name==").unwrap().parsed_filter(ApiVersion::V37_0).is_ok());
    }
}
