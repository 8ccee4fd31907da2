//! Control access, of whatever can be shared: each family that has it adds the two routes with its kind.

use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::sharing;
use vcdsim_model::caller::AccessLevel;
use vcdsim_model::kind::View;
use vcdsim_model::sharing::{Share, Sharing};
use vcdsim_model::{Fault, media};
use vcdsim_platform::sharing::{ShareWith, Shareable};
use vcdsim_wire::vcloud;

/// The routes to read and to say with whom objects of kind `R` are shared.
pub(super) fn routes_of<R: Shareable>(routes: &mut Routes) {
    routes.action(R::READ, get::<R>);
    routes.action(R::SHARE, share::<R>);
}

/// `GET .../controlAccess`
async fn get<R: Shareable>(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(R::READ).await?;
    let body = graph.entity.body::<R>().ok_or_else(Fault::internal)?;
    Ok(cx.ok(&sharing::document(&cx.view(View::User)?, &graph, body.sharing())))
}

/// `POST` or `PUT .../action/controlAccess`
async fn share<R: Shareable>(cx: Cx) -> Result<Reply, Fault> {
    let sharing = read(&cx.body(&[media::CONTROL_ACCESS])?)?;
    cx.cloud.change(cx.id(R::KIND)?, ShareWith::<R>::new(sharing), cx.caller()?).await?;
    get::<R>(cx).await
}

fn read(sent: &vcloud::ControlAccessParams) -> Result<Sharing, Fault> {
    let everyone = match (sent.is_shared_to_everyone, &sent.everyone_access_level) {
        (false, _) => None,
        (true, Some(word)) => Some(level("EveryoneAccessLevel", word)?),
        (true, None) => return Err(Fault::bad_request("EveryoneAccessLevel is missing: it goes with IsSharedToEveryone.")),
    };
    let one = |setting: &vcloud::AccessSetting| {
        let subject = setting.subject.as_ref().ok_or_else(|| Fault::bad_request("An AccessSetting has no Subject."))?;
        Ok(Share { subject: reference("Subject", subject)?, level: level("AccessLevel", &setting.access_level)? })
    };
    let settings = sent.access_settings.iter().flat_map(|settings| &settings.access_setting);
    Ok(Sharing { everyone, shares: settings.map(one).collect::<Result<_, Fault>>()? })
}

fn level(element: &str, word: &str) -> Result<AccessLevel, Fault> {
    let known = AccessLevel::from_name(word.trim());
    known.ok_or_else(|| Fault::bad_request(format!("{element} must be ReadOnly, Change or FullControl.")))
}
