//! `Session` documents. Invariant: the links are where a client finds everything else; a tenant has no link to the provider's side.

use crate::view::ViewCx;
use crate::view::links::link;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_wire::vcloud::{AuthorizedLocation, AuthorizedLocations, Link, Session};

/// The document of the caller's session.
pub(crate) fn document(cx: &ViewCx<'_>) -> Session {
    let caller = cx.caller;
    let location = AuthorizedLocation {
        location_id: Some(vcdsim_platform::seed::location()),
        name: "vcdsim".to_owned(),
        location_name: Some("vcdsim".to_owned()),
        rest_api_endpoint: Some(cx.base.join("/api")),
        ui_endpoint: Some(cx.base.join("")),
        auth_context: Some(caller.org_name.clone()),
        ..AuthorizedLocation::default()
    };
    Session {
        href: Some(cx.base.join("/api/session")),
        r#type: Some(media::SESSION.to_owned()),
        user: Some(caller.user_name.clone()),
        org: Some(caller.org_name.clone()),
        user_id: Some(Urn::new(Kind::User, caller.user).to_string()),
        roles: Some(caller.role_name.clone()),
        location_id: Some(vcdsim_platform::seed::location()),
        link: links(cx),
        authorized_locations: Some(AuthorizedLocations { location: vec![location] }),
    }
}

fn links(cx: &ViewCx<'_>) -> Vec<Link> {
    let at = |rel: &str, media, path: &str| link(rel, Some(media), cx.base.join(path));
    let org = Link {
        name: Some(cx.caller.org_name.clone()),
        ..link("down", Some(media::ORG), cx.base.href(Urn::new(Kind::Org, cx.caller.org), View::User))
    };
    let mut links = vec![
        at("down", media::ORG_LIST, "/api/org/"),
        org,
        at("down", media::VCLOUD, "/api/admin/"),
        at("down", media::QUERY_LIST, "/api/query"),
        at("entityResolver", media::ENTITY, "/api/entity/"),
        link("remove", None, cx.base.join("/api/session")),
    ];
    if cx.caller.is_system_admin() {
        links.push(at("down", media::VMW_EXTENSION, "/api/admin/extension"));
    }
    links
}
