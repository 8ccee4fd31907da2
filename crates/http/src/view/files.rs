//! The files of templates and images. Invariant: a file is listed with where it goes as long as it is awaited.

use crate::route::transfer::TRANSFER;
use crate::view::ViewCx;
use crate::view::links::link;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::transfer::TransferFile;
use vcdsim_wire::vcloud::{File, FilesList};

/// What may stand in a segment of a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The files that are awaited; nothing once the object is there. A size that is not known is -1, as recorded.
pub(crate) fn awaited(cx: &ViewCx<'_>, entity: &Entity) -> Option<FilesList> {
    let waits = entity.head.status == Status::Unresolved && !entity.files().is_empty();
    waits.then(|| FilesList { file: entity.files().iter().map(|file| document(cx, entity, file)).collect() })
}

fn document(cx: &ViewCx<'_>, entity: &Entity, file: &TransferFile) -> File {
    let path = format!("{TRANSFER}{}/{}", entity.head.id, utf8_percent_encode(&file.name, SEGMENT));
    let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    File {
        name: file.name.clone(),
        size: Some(file.size.map_or(-1, number)),
        bytes_transferred: Some(number(file.bytes())),
        link: vec![link("upload:default", None, cx.base.join(&path))],
        ..File::default()
    }
}
