//! Documents of snapshots. Invariant: a section says what there is now; nothing in it is older than the object it is of.

use crate::view::section::At;
use vcdsim_model::clock::format_time;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::snapshot::Snapshot;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud;

/// `SnapshotSection` of a machine, or of a vApp: all that its machines have, in one.
pub(crate) fn section(at: At<'_>, graph: &Graph) -> vcloud::SnapshotSection {
    vcloud::SnapshotSection {
        required: Some(false),
        href: at.href("snapshotSection"),
        r#type: Some(media::SNAPSHOT_SECTION.to_owned()),
        info: "Snapshots".to_owned(),
        snapshot: described(graph),
        ..vcloud::SnapshotSection::default()
    }
}

fn described(graph: &Graph) -> Option<vcloud::Snapshot> {
    let children: Vec<_> = graph.children_of(Kind::Vm).filter_map(|child| of(&child.entity)).collect();
    let all: Vec<&Snapshot> = of(&graph.entity).into_iter().chain(children).collect();
    let created = all.iter().map(|snapshot| snapshot.created).max()?;
    Some(vcloud::Snapshot {
        powered_on: Some(all.iter().any(|snapshot| snapshot.status == Status::PoweredOn)),
        created: Some(format_time(created)),
        size: Some(all.iter().map(|snapshot| snapshot.size_mb().saturating_mul(1 << 20)).sum()),
    })
}

fn of(entity: &Entity) -> Option<&Snapshot> {
    entity.body::<Vm>()?.snapshot.as_deref()
}
