//! What handlers answer. Invariant: a document is rendered for the negotiated version and encoding before it leaves its handler.

use crate::message::{Download, Response};
use crate::negotiate::{Encoding, Wanted};
use vcdsim_wire::{Document, Root};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    response: Response,
}

impl Reply {
    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::empty(204)
    }

    /// Nothing but a status.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { response: Response::new(status) }
    }

    /// A picture.
    #[must_use]
    pub fn png(picture: Vec<u8>) -> Self {
        Self { response: Response::new(200).body("image/png", picture) }
    }

    /// A file, or the part of it that is left.
    #[must_use]
    pub fn file(status: u16, media: &str, sender: vcdsim_platform::transfer::Sender) -> Self {
        let mut response = Response::new(status).with("content-type", media).with("accept-ranges", "bytes");
        response.download = Some(Download::new(sender));
        Self { response }
    }

    /// A document of the vCloud API under `root`.
    #[must_use]
    pub fn document<T: Document>(status: u16, document: &T, root: &Root, media: &str, wanted: &Wanted) -> Self {
        let look = crate::view::links::look(root, wanted.version);
        let (media, body) = match wanted.encoding {
            Encoding::Xml => (media.to_ascii_lowercase(), vcdsim_wire::render_xml_as(document, root, look)),
            Encoding::Json => (vcdsim_model::media::as_json(media).to_ascii_lowercase(), vcdsim_wire::render_json_as(document, root, look)),
        };
        Self { response: Response::new(status).body(format!("{media};version={}", wanted.version), body) }
    }

    /// A JSON value of `/cloudapi`.
    #[must_use]
    pub fn json(status: u16, value: &serde_json::Value, wanted: &Wanted) -> Self {
        Self { response: Response::new(status).body(format!("application/json;version={}", wanted.version), value.to_string()) }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.response = self.response.with(name, value);
        self
    }

    /// The response.
    #[must_use]
    pub fn into_response(self) -> Response {
        self.response
    }
}
