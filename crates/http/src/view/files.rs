//! The files of templates, images and vApps. Invariant: a file is linked exactly as long as it is awaited, or can be fetched.

use crate::route::transfer::TRANSFER;
use crate::view::ViewCx;
use crate::view::links::link;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::media::Media;
use vcdsim_model::family::vapp_template::DESCRIPTOR;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::transfer::{IMAGE, TransferFile};
use vcdsim_platform::graph::Graph;
use vcdsim_platform::transfer::PACKAGE;
use vcdsim_wire::vcloud::{File, FilesList, Link};

/// What may stand in a segment of a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The files of an image or a template that a client has to do with: all of them while they are awaited, those of an image while they can
/// be fetched. A size that is not known is -1, as recorded.
pub(crate) fn listed(cx: &ViewCx<'_>, graph: &Graph) -> Option<FilesList> {
    let entity = &graph.entity;
    let awaits = || graph.tasks.iter().any(|task| Some(task.task.id) == entity.head.busy && task.task.operation.receives());
    let rel = match (entity.head.status, entity.head.kind) {
        (Status::Unresolved, _) if awaits() => "upload:default",
        (_, Kind::Media) if entity.is_downloadable() => DOWNLOAD,
        _ => return None,
    };
    // An image that nobody uploaded is a blank one.
    let blank = |media: &Media| TransferFile::whole(IMAGE.to_owned(), u64::try_from(media.size).unwrap_or_default());
    let blank = entity.body::<Media>().filter(|_| entity.files().is_empty()).map(blank);
    Some(FilesList { file: entity.files().iter().chain(&blank).map(|file| document(cx, entity, file, rel)).collect() })
}

/// The link to the descriptor of a template or a vApp; the other files lie beside it.
pub(crate) fn descriptor(cx: &ViewCx<'_>, entity: &Entity) -> Option<Link> {
    entity.is_downloadable().then(|| link(DOWNLOAD, Some(media::OVF), href(cx, entity, DESCRIPTOR)))
}

/// The link to all of a vApp in one file.
pub(crate) fn package(cx: &ViewCx<'_>, entity: &Entity) -> Option<Link> {
    entity.is_downloadable().then(|| link("download:ovaDefault", Some(media::PACKAGE), href(cx, entity, PACKAGE)))
}

const DOWNLOAD: &str = "download:default";

fn href(cx: &ViewCx<'_>, entity: &Entity, name: &str) -> String {
    cx.base.join(&format!("{TRANSFER}{}/{}", entity.head.id, utf8_percent_encode(name, SEGMENT)))
}

fn document(cx: &ViewCx<'_>, entity: &Entity, file: &TransferFile, rel: &str) -> File {
    let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    File {
        name: file.name.clone(),
        size: Some(file.size.map_or(-1, number)),
        bytes_transferred: Some(number(file.bytes())),
        link: vec![link(rel, None, href(cx, entity, &file.name))],
        ..File::default()
    }
}
