//! Documents of the family `role`, and of rights. Invariant: a role's document lists its rights by name.

use crate::view::{ViewCx, task};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::right::RightInfo;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::role::held;
use vcdsim_wire::vcloud::{Reference, Right, RightReferences, Role};

/// A role.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Role {
    let head = &graph.entity.head;
    Role {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::ROLE.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        right_references: Some(RightReferences {
            right_reference: held([&graph.entity]).into_iter().map(|row| right_reference(cx, row)).collect(),
        }),
        ..Role::default()
    }
}

/// A right.
pub(crate) fn right(cx: &ViewCx<'_>, row: &RightInfo) -> Right {
    let urn = Urn::new(Kind::Right, row.id);
    Right {
        href: Some(cx.base.href(urn, View::Admin)),
        r#type: Some(media::RIGHT.to_owned()),
        id: Some(urn.to_string()),
        name: row.right.name().to_owned(),
        category: row.category.to_owned(),
        ..Right::default()
    }
}

/// A reference to a right, without a URN as recorded.
pub(crate) fn right_reference(cx: &ViewCx<'_>, row: &RightInfo) -> Reference {
    cx.plain_reference(Urn::new(Kind::Right, row.id), View::Admin, row.right.name())
}
