//! Whose an object is, for all kinds that somebody owns.

use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use vcdsim_model::action::Action;
use vcdsim_model::family::catalog::{self, Catalog};
use vcdsim_model::family::disk::{self, Disk};
use vcdsim_model::family::media::{self as medium, Media};
use vcdsim_model::family::vapp::{self, VApp};
use vcdsim_model::family::vapp_template::{self, VAppTemplate};
use vcdsim_model::{Fault, media};
use vcdsim_platform::owner::{ChangeOwner, Owned};
use vcdsim_wire::vcloud;

pub(super) fn routes(routes: &mut Routes) {
    owner::<Catalog>(routes, &catalog::READ_OWNER);
    owner::<VAppTemplate>(routes, &vapp_template::READ_OWNER);
    owner::<VApp>(routes, &vapp::READ_OWNER);
    owner::<Media>(routes, &medium::READ_OWNER);
    owner::<Disk>(routes, &disk::READ_OWNER);
}

fn owner<R: Owned>(routes: &mut Routes, read: &'static Action) {
    routes.action(read, move |cx| get::<R>(cx, read));
    routes.action(R::CHANGE, change::<R>);
}

/// `GET {object}/owner`
async fn get<R: Owned>(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    Ok(cx.ok(&cx.view(action.view)?.owner_document(&graph, R::CHANGE)))
}

/// `PUT {object}/owner`
async fn change<R: Owned>(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::Owner = cx.body(&[media::OWNER])?;
    cx.cloud.change(cx.id(R::KIND)?, ChangeOwner::<R>::to(reference("User", &sent.user)?), cx.caller()?).await?;
    Ok(Reply::no_content())
}
