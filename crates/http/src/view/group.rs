//! Documents of the family `group`. Invariant: the accounts that it lists are those that say so themselves.

use crate::view::reference::description;
use crate::view::{ViewCx, task};
use vcdsim_model::family::group;
use vcdsim_model::family::user::User;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{Group, UsersList};

/// A group, with the accounts that belong to it.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Group {
    let (head, body) = (&graph.entity.head, graph.entity.body::<group::Group>());
    let member = |user: vcdsim_model::entity::Res<User>| cx.listed(user.entity(), View::Admin);
    Group {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::GROUP.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: description(head),
        tasks: task::in_progress(cx, &graph.tasks),
        name_in_source: body.map(|group| group.name_in_source.clone()),
        users_list: Some(UsersList { user_reference: graph.related.all().map(member).collect() }),
        provider_type: body.map(|group| group.provider.name().to_owned()),
        role: body.and_then(|group| cx.named(graph, Urn::new(Kind::Role, group.role), View::Admin)),
        ..Group::default()
    }
}
