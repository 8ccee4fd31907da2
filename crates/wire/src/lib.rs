//! The documents of the API: their types, namespaces, versions, and how they are written and read.
//!
//! Invariant: this is the only crate that knows XML. Types are generated from the published schemas by `cargo xtask codegen`; reading
//! and writing always go through [`parse_xml`], [`render_xml`] and their JSON twins, never through yaserde directly, because only
//! these bind namespaces, leave out what a version does not have and guard against hostile input.

mod decode;
pub mod envelope;
mod error;
mod escape;
mod form;
#[expect(clippy::too_many_lines, reason = "a generated type takes a statement for each field")]
mod generated;
mod json;
mod markup;
pub mod media;
mod ns;
mod parse;
pub mod record;
mod render;
mod scalar;
mod schema;
mod xml;

pub use error::{ParseError, ParseErrorKind};
pub use generated::{ovf, ovfenv, rasd, records, roots, vcloud, ve, versions, vmext, vmw};
pub use json::{parse_json, render_json, render_json_as};
pub use ns::{Ns, QName};
pub use parse::{Limits, parse_xml, parse_xml_as};
pub use record::{Record, Value};
pub use render::{Links, Look, render_xml, render_xml_as};
pub use schema::{Document, Field, Kind, Readable, Reader, RecordInfo, Root, Scalar, TypeInfo, Wire};
pub use xml::Xml;
