//! What a handler gets. Invariant: a handler has a caller exactly when its route needs a session.

use crate::base::BaseUrl;
use crate::message::Request;
use crate::negotiate::Wanted;
use crate::reply::Reply;
use crate::router::{Found, Router};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::action::{Action, Method};
use vcdsim_model::caller::Caller;
use vcdsim_model::id::{Urn, parse_uuid};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_platform::Cloud;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{Document, Readable, Root};

/// One request on its way through a handler.
#[derive(Debug)]
pub struct Cx {
    /// The cloud.
    pub cloud: Cloud,
    /// The request.
    pub request: Request,
    /// What form of answer it wants.
    pub wanted: Wanted,
    /// Where the client reached us.
    pub base: BaseUrl,
    /// What the names in the route's path stand for.
    pub params: Vec<(String, String)>,
    /// Who asks; routes without a session have nobody.
    pub(crate) caller: Option<Caller>,
    /// What is served where.
    pub(crate) router: Arc<Router>,
    /// Limits of bodies.
    pub(crate) limits: vcdsim_wire::Limits,
}

impl Cx {
    /// Who asks.
    ///
    /// # Errors
    /// 401 on a route without a session: a mistake in the table of routes.
    pub fn caller(&self) -> Result<&Caller, Fault> {
        self.caller.as_ref().ok_or_else(|| Fault::unauthorized("This request needs a session."))
    }

    /// The API version of the request.
    #[must_use]
    pub fn version(&self) -> ApiVersion {
        self.wanted.version
    }

    /// Whether a document is served at `path` in the request's version to somebody with the caller's rights.
    ///
    /// # Errors
    /// As [`Self::caller`].
    pub fn readable(&self, path: &str) -> Result<bool, Fault> {
        let caller = self.caller()?;
        let Ok(Found { route, .. }) = self.router.find(Some(Method::Get), path) else { return Ok(false) };
        Ok(route.since <= self.version() && route.action.is_none_or(|action| action.need.met_by(caller)))
    }

    /// The text that a name in the path stands for; empty when the route has no such name.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The id in the path.
    ///
    /// # Errors
    /// 403: an id that is none is one that does not exist.
    pub fn id(&self, kind: Kind) -> Result<Uuid, Fault> {
        parse_uuid(self.param("id")).ok_or_else(|| {
            let shown: String = self.param("id").chars().take(50).collect();
            Fault::new(FaultCode::Forbidden, format!("No access to entity \"(com.vmware.vcloud.entity.{}:{shown})\".", kind.info().urn))
        })
    }

    /// The object that the path names.
    ///
    /// # Errors
    /// As [`Self::id`].
    pub fn urn(&self, kind: Kind) -> Result<Urn, Fault> {
        self.id(kind).map(|id| Urn::new(kind, id))
    }

    /// Whether the query string sets this flag, in any case of letters: clients write `true` as their language does.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        let pairs = self.request.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().any(|(known, value)| known == name && value.eq_ignore_ascii_case("true"))
    }

    /// The object that the path names, with everything in it, when the caller may do `action` to it now.
    ///
    /// # Errors
    /// As [`Self::id`], and the fault of the action.
    pub(crate) async fn graph(&self, action: &Action) -> Result<Graph, Fault> {
        Graph::admitted(&self.cloud.read(), self.caller()?, action, self.id(action.kind)?).await
    }

    /// The body as a document under its own root, sent as one of `accepted` types, as a generic type, or without one.
    ///
    /// # Errors
    /// 415 for another type, 400 with the place and the reason for anything that is not such a document.
    pub fn body<T: Readable>(&self, accepted: &[&str]) -> Result<T, Fault> {
        let sent = self.request.header("content-type").unwrap_or_default();
        let bare = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let generic = [
            "",
            "application/xml",
            "text/xml",
            "application/*+xml",
            "application/*",
            "*/*",
            "application/json",
            "application/*+json",
            "application/octet-stream",
            "text/plain",
            "application/x-www-form-urlencoded",
        ]
        .contains(&bare.as_str());
        if !generic && !accepted.iter().any(|media| media::same(media, &bare)) {
            let shown: String = bare.chars().take(100).collect();
            return Err(Fault::new(
                FaultCode::UnsupportedMediaType,
                format!("The type \"{shown}\" is not taken here; {} is.", accepted.join(" or ")),
            ));
        }
        let parsed = if bare.ends_with("json") {
            vcdsim_wire::parse_json(&self.request.body, &self.limits)
        } else {
            vcdsim_wire::parse_xml(&self.request.body, &self.limits)
        };
        parsed.map_err(|error| Fault::bad_request(error.to_string()))
    }

    /// 200 with a document under its own root.
    #[must_use]
    pub fn ok<T: Document>(&self, document: &T) -> Reply {
        self.document(200, document, T::ROOT)
    }

    /// A document under `root`.
    #[must_use]
    pub fn document<T: Document>(&self, status: u16, document: &T, root: &Root) -> Reply {
        Reply::document(status, document, root, root.media.unwrap_or("application/xml"), &self.wanted)
    }
}

/// The object that a reference in a body names, whatever host its href has.
///
/// # Errors
/// `INVALID_REFERENCE` for one that names none.
pub(crate) fn reference(what: &str, sent: &vcdsim_wire::vcloud::Reference) -> Result<Urn, Fault> {
    let found = Urn::from_href(&sent.href).or_else(|| Urn::parse(&sent.href));
    found.ok_or_else(|| Fault::invalid_reference(what, &sent.href.chars().take(200).collect::<String>()))
}

/// What an optional text says, without the blanks around it; nothing when that is all.
pub(crate) fn text(sent: Option<&String>) -> Option<String> {
    sent.map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}
