//! `GET /api/entity/{urn}`: the resolver (reference 1.6).

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::links::link;
use crate::view::network;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_wire::vcloud::Entity;

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/entity/{urn}", resolve);
}

/// `GET /api/entity/{urn}`
async fn resolve(cx: Cx) -> Result<Reply, Fault> {
    let text = cx.param("urn");
    let asked = Urn::parse(text).ok_or_else(|| {
        Fault::bad_request(format!("\"{}\" is not a URN of the form urn:vcloud:type:uuid.", text.chars().take(100).collect::<String>()))
    })?;
    let urn = vcdsim_platform::entity::resolve(&cx.cloud.read(), cx.caller()?, asked).await?;
    // A client that names the type it wants gets the thing itself (ruling Q1).
    if urn.kind == Kind::BlockingTask && cx.wanted.names(media::BLOCKING_TASK) {
        let graph = vcdsim_platform::blocking_task::get(&cx.cloud.read(), cx.caller()?, urn.id).await?;
        return Ok(cx.ok(&crate::view::blocking_task::document(&cx.view(View::Extension)?, &graph)));
    }
    let document = Entity {
        href: Some(cx.base.join(&format!("/api/entity/{urn}"))),
        r#type: Some(media::ENTITY.to_owned()),
        id: Some(urn.to_string()),
        name: urn.to_string(),
        link: alternates(&cx, urn, vcdsim_platform::entity::media_type(&cx.cloud.read(), urn).await?)?,
        ..Entity::default()
    };
    Ok(cx.ok(&document))
}

/// One link for each view that the caller may read at this version. Where two views are of one type the first stands for both: clients
/// look for the one link of a type, which is `named` where the kind does not say it.
fn alternates(cx: &Cx, urn: Urn, named: Option<&'static str>) -> Result<Vec<vcdsim_wire::vcloud::Link>, Fault> {
    let info = urn.kind.info();
    let mut links: Vec<vcdsim_wire::vcloud::Link> = Vec::new();
    for place in [info.user, info.admin, info.extension].into_iter().flatten() {
        let path = format!("{}{}", place.path, urn.id);
        let of_kind = if urn.kind == Kind::Network { network::media_type(cx.version()) } else { place.media };
        let media = named.unwrap_or(of_kind);
        let known = links.iter().any(|link| link.r#type.as_deref() == Some(media));
        if !known && cx.readable(&path)? {
            links.push(link("alternate", Some(media), cx.base.join(&path)));
        }
    }
    if links.is_empty() { Err(Fault::no_access(urn)) } else { Ok(links) }
}
