//! The OpenAPI side: what logins need of it, and how its lists are made. Invariant: the same sessions as the XML API's.

pub(crate) mod list;

use crate::cx::Cx;
use crate::reply::Reply;
use crate::route::session::{sign_in, with_tokens};
use crate::router::{Guard, Routes};
use serde_json::{Value, json};
use vcdsim_model::Fault;
use vcdsim_model::action::Method;
use vcdsim_model::caller::Caller;
use vcdsim_model::family::settings::GeneralSettings;
use vcdsim_model::version::ApiVersion;

const SESSIONS: &str = "/cloudapi/1.0.0/sessions";

pub(crate) fn routes(routes: &mut Routes) {
    for path in [SESSIONS.to_owned(), format!("{SESSIONS}/provider")] {
        let route = routes.add(Method::Post, path.clone(), login);
        route.guard = Guard::Public;
        routes.add(Method::Delete, path, logout);
    }
    routes.get(&format!("{SESSIONS}/{{id}}"), get);
    routes.add(Method::Delete, format!("{SESSIONS}/{{id}}"), logout);
}

/// `POST /cloudapi/1.0.0/sessions` and `.../provider`: the provider's people sign in at the latter, tenants at the former.
async fn login(cx: Cx) -> Result<Reply, Fault> {
    let login = sign_in(&cx).await?;
    if login.caller.system != cx.request.path.trim_end_matches('/').ends_with("/provider") {
        cx.cloud.logout(login.caller.session).await?;
        return Err(Fault::unauthorized("Providers sign in at /cloudapi/1.0.0/sessions/provider, tenants at /cloudapi/1.0.0/sessions."));
    }
    Ok(with_tokens(Reply::json(200, &session(&login.caller, &cx.cloud.read().setting().await?), &cx.wanted), &login))
}

/// `GET /cloudapi/1.0.0/sessions/current`, or by the session's own id
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let caller = own_session(&cx)?;
    Ok(Reply::json(200, &session(caller, &cx.cloud.read().setting().await?), &cx.wanted))
}

/// `DELETE /cloudapi/1.0.0/sessions/...`
async fn logout(cx: Cx) -> Result<Reply, Fault> {
    let session = own_session(&cx)?.session;
    cx.cloud.logout(session).await?;
    Ok(Reply::no_content())
}

/// The caller, when the path names its session and no other.
fn own_session(cx: &Cx) -> Result<&Caller, Fault> {
    let caller = cx.caller()?;
    let named = cx.param("id");
    let own = named.is_empty() || named == "current" || named.ends_with(&caller.session.to_string());
    if own { Ok(caller) } else { Err(Fault::denied()) }
}

fn session(caller: &Caller, settings: &GeneralSettings) -> Value {
    let role = json!({ "name": caller.role_name, "id": format!("urn:vcloud:role:{}", caller.role) });
    json!({
        "id": format!("urn:vcloud:session:{}", caller.session),
        "site": { "name": "vcdsim", "id": format!("urn:vcloud:site:{}", vcdsim_platform::seed::site_id()) },
        "user": { "name": caller.user_name, "id": format!("urn:vcloud:user:{}", caller.user) },
        "org": { "name": caller.org_name, "id": format!("urn:vcloud:org:{}", caller.org) },
        "operatingOrg": { "name": caller.org_name, "id": format!("urn:vcloud:org:{}", caller.org) },
        "location": vcdsim_platform::seed::location(),
        "roles": [caller.role_name],
        "roleRefs": [role],
        "sessionIdleTimeoutMinutes": settings.session_timeout_minutes,
        "version": ApiVersion::NEWEST.to_string(),
    })
}
