//! Groups of accounts.

use crate::cx::{Cx, reference, text};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::group;
use vcdsim_model::family::group::{IMPORT, Provider, READ, REMOVE, UPDATE};
use vcdsim_model::fault::excerpt;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::graph::{Depth, Graph};
use vcdsim_platform::group::{GroupRequest, ImportGroup, RemoveGroup, UpdateGroup};
use vcdsim_wire::vcloud::Group;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&IMPORT, import);
    routes.action(&READ, get);
    routes.action(&UPDATE, update);
    routes.action(&REMOVE, remove);
}

/// `POST /api/admin/org/{id}/groups`
async fn import(cx: Cx) -> Result<Reply, Fault> {
    let change = ImportGroup(sent(&cx)?);
    let made = cx.cloud.change(cx.id(Kind::Org)?, change, cx.caller()?).await?;
    let graph = Graph::visible(&cx.cloud.read(), cx.caller()?, made, Depth::Whole).await?;
    let document = group::document(&cx.view(View::Admin)?, &graph);
    Ok(cx.document(201, &document, <Group as vcdsim_wire::Document>::ROOT).with("location", document.href.clone().unwrap_or_default()))
}

/// `GET /api/admin/group/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&READ).await?;
    Ok(cx.ok(&group::document(&cx.view(View::Admin)?, &graph)))
}

/// `PUT /api/admin/group/{id}`
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let change = UpdateGroup(sent(&cx)?);
    cx.cloud.change(cx.id(Kind::Group)?, change, cx.caller()?).await?;
    get(cx).await
}

/// `DELETE /api/admin/group/{id}`
async fn remove(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.change(cx.id(Kind::Group)?, RemoveGroup, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// What a body says of a group.
fn sent(cx: &Cx) -> Result<GroupRequest, Fault> {
    let sent: Group = cx.body(&[media::GROUP])?;
    let provider = |word: String| {
        let wrong = || Fault::bad_request(format!("ProviderType must be INTEGRATED, SAML or OAUTH, not \"{}\".", excerpt(&word)));
        Provider::from_name(&word.to_ascii_uppercase()).ok_or_else(wrong)
    };
    let members = |list: vcdsim_wire::vcloud::UsersList| {
        list.user_reference.iter().map(|user| reference("UserReference", user)).collect::<Result<Vec<_>, _>>()
    };
    Ok(GroupRequest {
        name: sent.name,
        description: sent.description,
        provider: text(sent.provider_type.as_ref()).map(provider).transpose()?,
        name_in_source: text(sent.name_in_source.as_ref()),
        role: sent.role.as_ref().map(|role| reference("Role", role)).transpose()?,
        members: sent.users_list.map(members).transpose()?,
    })
}
