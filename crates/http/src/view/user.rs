//! Documents of the family `user`. Invariant: no document holds a password.

use crate::view::reference::description;
use crate::view::{ViewCx, task};
use vcdsim_model::family::user;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{GroupsList, User};

/// An account: local, never locked.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> User {
    let head = &graph.entity.head;
    let account = graph.entity.body::<user::User>();
    let groups = account.iter().flat_map(|user| &user.groups);
    let groups = groups.filter_map(|id| cx.named(graph, Urn::new(Kind::Group, *id), View::Admin));
    User {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::USER.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: description(head),
        tasks: task::in_progress(cx, &graph.tasks),
        full_name: account.map(|user| user.full_name.clone()),
        email_address: account.map(|user| user.email.clone()),
        telephone: Some(String::new()),
        is_enabled: account.map(|user| user.enabled),
        is_locked: Some(false),
        im: Some(String::new()),
        name_in_source: Some(head.name.clone()),
        is_alert_enabled: Some(false),
        alert_email_prefix: Some(String::new()),
        alert_email: Some(String::new()),
        is_external: Some(false),
        provider_type: Some("INTEGRATED".to_owned()),
        is_default_cached: Some(false),
        is_group_role: Some(false),
        stored_vm_quota: Some(0),
        deployed_vm_quota: Some(0),
        role: account.and_then(|user| cx.named(graph, Urn::new(Kind::Role, user.role), View::Admin)),
        group_references: Some(GroupsList { group_reference: groups.collect() }),
        ..User::default()
    }
}
