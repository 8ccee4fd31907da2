//! Requests before they know the cloud they go to. Invariant: a case names what is there by numbers only, so that it can be made smaller.

mod control;

pub(crate) use control::control;

use super::body::{self, Body, text};
use super::hall::{Hall, SECRET};
use base64::Engine as _;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::sync::LazyLock;
use vcdsim_http::message::Request;
use vcdsim_model::action::Method;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::query::record::TYPES;

/// Verb and path of every route.
static ROUTES: LazyLock<Vec<(Method, String)>> = LazyLock::new(|| {
    let all: Vec<_> = vcdsim_http::router().routes().map(|route| (route.method, route.path.clone())).collect();
    // The test of a broker dials wherever its body says.
    all.into_iter().filter(|(method, path)| *method == Method::Get || !path.ends_with("/amqp/action/test")).collect()
});

const METHODS: &[Option<Method>] = &[Some(Method::Get), Some(Method::Post), Some(Method::Put), Some(Method::Delete), None];

/// A request to be.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The verb; `None` is the route's own.
    method: Option<Option<Method>>,
    path: Path,
    query: String,
    who: Who,
    headers: Vec<(&'static str, String)>,
    media: Option<String>,
    body: Body,
}

#[derive(Debug, Clone)]
enum Path {
    /// A route with something in the place of its names, and something after it.
    Route(Index, Id, String),
    /// A route that takes one of the documents.
    Writing(Index, Id),
    /// This one.
    Plain(String),
}

/// What stands in the place of a path's name.
#[derive(Debug, Clone)]
enum Id {
    /// The id of something that is there.
    Real(Index),
    /// The URN of something that is there.
    Urn(Index),
    /// Any text.
    Text(String),
}

#[derive(Debug, Clone)]
enum Who {
    Nobody,
    /// Somebody with a session, by either token.
    Person(Index, bool),
    /// Whoever manages the cloud, or a tenant who makes vApps.
    Able(bool),
    /// A header of this text.
    Header(&'static str, String),
}

impl Case {
    /// The request to this cloud.
    pub(crate) fn request(&self, hall: &Hall) -> Request {
        let (own, template, path) = self.path.resolve(hall);
        let (body, kind) = self.body.bytes(&hall.documents, &template);
        let mut headers: Vec<(String, String)> = vec![("host".to_owned(), "vcd.test".to_owned())];
        headers.extend(self.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        headers.extend(self.who.header(hall).map(|(name, value)| (name.to_owned(), value)));
        headers.push(("content-type".to_owned(), self.media.clone().unwrap_or_else(|| kind.to_owned())));
        let query = self.query.replace("{urn}", hall.urns().first().map_or("", String::as_str));
        Request {
            method: self.method.unwrap_or(own),
            path,
            query,
            headers,
            scheme: "https",
            body: body.into(),
            upload: None,
            options: false,
        }
    }
}

impl Path {
    /// The verb and path of the table, and the path to send.
    fn resolve(&self, hall: &Hall) -> (Option<Method>, String, String) {
        let filled = |path: &str, id: &Id| {
            let mut filled = path.to_owned();
            while let (Some(open), Some(close)) = (filled.find('{'), filled.find('}')) {
                let text = id.text(hall, &filled[..open]);
                filled.replace_range(open..=close, &text.replace(['{', '}'], ""));
            }
            filled
        };
        match self {
            Self::Plain(path) => (Some(Method::Get), path.clone(), path.clone()),
            Self::Route(at, id, end) => {
                let (method, path) = at.get(&ROUTES);
                (Some(*method), path.clone(), filled(path, id) + end)
            }
            Self::Writing(at, id) => {
                let writes = |(method, path): &&(Method, String)| *method != Method::Get && hall.documents.fits(path);
                let writing: Vec<_> = ROUTES.iter().filter(writes).collect();
                let (method, path) = at.get(&writing);
                (Some(*method), path.clone(), filled(path, id))
            }
        }
    }
}

impl Id {
    fn text(&self, hall: &Hall, beginning: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Urn(at) => at.get(&hall.urns()).clone(),
            Self::Real(at) if beginning.ends_with("/entity/") => at.get(&hall.urns()).clone(),
            Self::Real(at) => (*at.get(&hall.ids(beginning))).to_owned(),
        }
    }
}

impl Who {
    fn header(&self, hall: &Hall) -> Option<(&'static str, String)> {
        let of = |person: &super::hall::Person, bearer: bool| match bearer {
            true => ("authorization", format!("Bearer {}", person.bearer)),
            false => ("x-vcloud-authorization", person.token.clone()),
        };
        match self {
            Self::Nobody => None,
            Self::Person(at, bearer) => Some(of(at.get(&hall.people), *bearer)),
            Self::Able(provider) => Some(of(&hall.people[if *provider { 0 } else { 2 }], false)),
            Self::Header(name, text) => Some((name, text.clone())),
        }
    }
}

fn basic(text: impl AsRef<[u8]>) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

fn id() -> impl Strategy<Value = Id> {
    prop_oneof![
        8 => any::<Index>().prop_map(Id::Real),
        1 => any::<Index>().prop_map(Id::Urn),
        1 => "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}".prop_map(Id::Text),
        1 => "[a-z0-9%/.:;@ -]{0,40}".prop_map(Id::Text),
        1 => select(&["current", "%00", "%FF%FE", "..", "%2e%2e%2f", "cpu", "memory", "disks", "\u{0}", "urn:vcloud:vm:", "%F0%9F%98%80"][..]).prop_map(|text| Id::Text(text.to_owned())),
        1 => "\\PC{0,12}".prop_map(Id::Text),
    ]
}

fn path() -> impl Strategy<Value = Path> {
    let end = prop_oneof![
        8 => Just(String::new()),
        2 => select(&["/", "//", "/.", "/..", "%00", "%", "/x", ";x=y", "?", "#", "\u{0}", "/action/x", "/%2e"][..]).prop_map(str::to_owned),
        1 => (1_usize..3_000).prop_map(|times| "/a".repeat(times)),
    ];
    let plain = prop_oneof![
        "/(api|cloudapi|oauth|transfer|network|_mock|API|/|%2F)(/[a-zA-Z%0-9:.;{}-]{0,12}){0,5}",
        ".{0,30}",
        "(/api/(admin/)?(extension/)?(settings|edgeGateway|service|disk|vdcTemplates)/?[a-z]{0,5})",
    ];
    prop_oneof![8 => (any::<Index>(), id(), end).prop_map(|(at, id, end)| Path::Route(at, id, end)), 1 => plain.prop_map(Path::Plain)]
}

fn who() -> impl Strategy<Value = Who> {
    let names = select(&["authorization", "x-vcloud-authorization", "x-vmware-vcloud-access-token"][..]);
    let token = prop_oneof![
        "[0-9a-f]{32}",
        "Bearer [A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,60}){0,3}",
        "(Bearer|Basic|Digest|bearer )? ?[ -~]{0,30}",
        "\\PC{0,20}",
        Just(format!("Bearer eyJhbGciOiJub25lIn0.eyJqdGkiOiI2ZjFmN2M1ZS0wZDBhLTRmNWItOWYzYS0xYzJkM2U0ZjVhNmIifQ.{SECRET}")),
    ];
    prop_oneof![
        1 => Just(Who::Nobody),
        6 => (any::<Index>(), any::<bool>()).prop_map(|(at, bearer)| Who::Person(at, bearer)),
        4 => any::<bool>().prop_map(Who::Able),
        1 => (names, token).prop_map(|(name, text)| Who::Header(name, text)),
    ]
}

fn accept() -> impl Strategy<Value = String> {
    let media = select(
        &[
            "application/*+xml",
            "application/*+xml",
            "application/*+json",
            "application/json",
            "*/*",
            "text/html",
            "",
            "APPLICATION/*+XML",
            "application/vnd.vmware.vcloud.query.references+xml",
            "application/vnd.vmware.vcloud.query.idrecords+json",
            "application/vnd.vmware.admin.blockingTask+xml",
        ][..],
    );
    let version =
        prop_oneof![12 => select(ApiVersion::ALL).prop_map(|version| version.to_string()), 1 => "[0-9.a\" ]{0,6}", 1 => "\\PC{0,30}"];
    prop_oneof![8 => (media, version).prop_map(|(media, version)| format!("{media};version={version}")), 1 => "[ -~]{0,40}", 1 => "\\PC{0,20}"]
}

/// Accept, and now and then more.
fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let more = select(
        &[
            "accept",
            "host",
            "x-forwarded-host",
            "x-forwarded-proto",
            "content-length",
            "origin",
            "x-vmware-vcloud-tenant-context",
            "cookie",
            "transfer-encoding",
        ][..],
    );
    let text = prop_oneof!["[ -~]{0,30}", "\\PC{0,20}", "[0-9]{0,20}", "[a-z.]{0,10}(:[0-9]{0,6})?"];
    let more = prop_oneof![8 => Just(Vec::new()), 1 => vec((more, text), 1..4)];
    (option::weighted(0.95, accept()), more)
        .prop_map(|(accept, more)| accept.map(|text| ("accept", text)).into_iter().chain(more).collect())
}

fn media() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        10 => Just(None),
        1 => select(&["", "application/*+xml", "text/xml; charset=latin1", "application/vnd.vmware.vcloud.vApp+xml", "application/x-www-form-urlencoded", "multipart/form-data"][..]).prop_map(|text| Some(text.to_owned())),
        1 => "\\PC{0,30}".prop_map(Some),
    ]
}

/// Anything.
pub(crate) fn request() -> impl Strategy<Value = Case> {
    let method = prop_oneof![4 => Just(None), 1 => select(METHODS).prop_map(Some)];
    let query = prop_oneof![4 => Just(String::new()), 1 => parameters(), 1 => "\\PC{0,30}", 1 => "force=(true|TRUE|x)?"];
    (method, path(), query, who(), headers(), media(), body::any_body()).prop_map(|(method, path, query, who, headers, media, body)| Case {
        method,
        path,
        query,
        who,
        headers,
        media,
        body,
    })
}

/// Somebody who may, at something that is there, with a document that is nearly right.
pub(crate) fn body() -> impl Strategy<Value = Case> {
    let who = prop_oneof![3 => Just(Who::Able(true)), 2 => Just(Who::Able(false)), 1 => who()];
    let headers = select(ApiVersion::ALL).prop_map(|version| vec![("accept", format!("application/*+xml;version={version}"))]);
    (any::<Index>(), any::<Index>(), who, headers, body::fitting()).prop_map(|(at, id, who, headers, body)| Case {
        method: None,
        path: Path::Writing(at, Id::Real(id)),
        query: String::new(),
        who,
        headers,
        media: None,
        body,
    })
}

/// Parameters of a query.
fn parameters() -> impl Strategy<Value = String> {
    let names: Vec<&'static str> =
        TYPES.iter().flat_map(|known| known.fields).map(|field| field.name).chain(["href", "id", "*", "", "é"]).collect();
    let operator = select(&["==", "!=", "=lt=", "=ge=", "=", "%3D%3D"][..]);
    let value = prop_oneof![
        text().prop_map(|text| percent(&text)),
        "[a-zA-Z0-9*%+ -]{0,12}",
        Just("{urn}".to_owned()),
        select(&["running", "POWERED_OFF", "example", "true", "2026-03-04T08:15:00.000Z", "*a*", "success"][..]).prop_map(str::to_owned),
    ];
    let test = (select(names.clone()), operator, value).prop_map(|(name, operator, value)| format!("{name}{operator}{value}"));
    let filter = vec((test, select(&[";", ",", ");(", ",(", ""][..])), 0..4)
        .prop_map(|tests| tests.into_iter().map(|(test, joint)| test + joint).collect::<String>());
    let filter = filter.prop_map(|filter| filter.trim_end_matches([';', ',']).to_owned());
    let one = prop_oneof![
        3 => filter.clone().prop_map(|filter| format!("filter={filter}")),
        1 => filter.prop_map(|filter| format!("filter={}&filterEncoded=true", percent(&filter))),
        2 => (select(&["sortAsc", "sortDesc", "fields"][..]), vec(select(names), 0..4)).prop_map(|(name, names)| format!("{name}={}", names.join(","))),
        2 => (select(&["page", "pageSize", "offset"][..]), "[1-9]|[1-9]|[1-9][0-9]|[1-9]|[0-9]{0,10}|-1|x").prop_map(|(name, number)| format!("{name}={number}")),
        1 => select(&["format=records", "format=idrecords", "format=references", "format=x", "links=true", "&", "=", "%"][..]).prop_map(str::to_owned),
    ];
    let name = prop_oneof![9 => select(TYPES).prop_map(|known| known.name.to_owned()), 1 => "\\PC{0,80}"];
    (name, vec(one, 0..5)).prop_map(|(name, parts)| format!("type={name}&{}", parts.join("&")))
}

fn percent(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric();
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A query by somebody.
pub(crate) fn query() -> impl Strategy<Value = Case> {
    let packaged: Vec<&'static str> = ROUTES.iter().filter(|(_, path)| path.ends_with("/query")).map(|(_, path)| path.as_str()).collect();
    let untyped = |query: &str| query.split_once('&').map_or(String::new(), |(_, rest)| rest.to_owned());
    let target = prop_oneof![
        5 => parameters().prop_map(|query| (Path::Plain("/api/query".to_owned()), query)),
        1 => (select(packaged), parameters()).prop_map(move |(path, query)| (Path::Plain(path.to_owned()), untyped(&query))),
    ];
    (target, who(), accept()).prop_map(|((path, query), who, accept)| Case {
        method: None,
        path,
        query,
        who,
        headers: vec![("accept", accept)],
        media: None,
        body: Body::Nothing,
    })
}

/// A login with any credentials.
pub(crate) fn login() -> impl Strategy<Value = Case> {
    let paths = select(&["/api/sessions", "/cloudapi/1.0.0/sessions", "/cloudapi/1.0.0/sessions/provider", "/api/sessions/"][..]);
    let header = prop_oneof![
        2 => "(author|ORGADMIN|administrator|no|@|é|)@?(example|System|@|)".prop_map(|name| basic(format!("{name}:{SECRET}"))),
        1 => "[a-z@:é ]{0,20}".prop_map(|text| basic(format!("{text}{SECRET}"))),
        1 => vec(any::<u8>(), 0..30).prop_map(basic),
        1 => Just(basic("author@example:password")),
        1 => "(Basic|basic|Bearer|)[ ]{0,2}[A-Za-z0-9+/=_-]{0,30}",
        1 => "\\PC{0,30}",
    ];
    (paths, header, accept()).prop_map(|(path, header, accept)| Case {
        method: Some(Some(Method::Post)),
        path: Path::Plain(path.to_owned()),
        query: String::new(),
        who: Who::Header("authorization", header),
        headers: vec![("accept", accept)],
        media: None,
        body: Body::Nothing,
    })
}
