//! `GET /api/entity/{urn}`: the resolver (reference 1.6).

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::links::link;
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
        link: alternates(&cx, urn)?,
        ..Entity::default()
    };
    Ok(cx.ok(&document))
}

/// One link for each view that the caller has.
fn alternates(cx: &Cx, urn: Urn) -> Result<Vec<vcdsim_wire::vcloud::Link>, Fault> {
    let info = urn.kind.info();
    let provider = cx.caller()?.is_system_admin();
    let views = [(info.user, true), (info.admin, true), (info.extension, provider)];
    let places = views.into_iter().filter(|(_, shown)| *shown).filter_map(|(place, _)| place);
    Ok(places.map(|place| link("alternate", Some(place.media), cx.base.join(&format!("{}{}", place.path, urn.id)))).collect())
}
