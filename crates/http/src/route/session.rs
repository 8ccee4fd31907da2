//! Sessions of the XML API.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::{Guard, Routes};
use crate::view::session;
use base64::Engine as _;
use vcdsim_model::Fault;
use vcdsim_model::action::Method;
use vcdsim_platform::session::Login;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(Method::Post, "/api/sessions", login).guard = Guard::Public;
    for path in ["/api/session", "/api/sessions"] {
        routes.get(path, get);
        routes.add(Method::Delete, path, logout);
    }
}

/// `POST /api/sessions`
async fn login(mut cx: Cx) -> Result<Reply, Fault> {
    let login = sign_in(&cx).await?;
    cx.caller = Some(login.caller.clone());
    Ok(with_tokens(get(cx).await?, &login))
}

/// `GET /api/session`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let document = session::document(&cx.view(vcdsim_model::kind::View::User)?);
    Ok(cx.ok(&document))
}

/// `DELETE /api/session`
async fn logout(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.logout(cx.caller()?.session).await?;
    Ok(Reply::no_content())
}

/// Signs in with the request's Basic credentials, `user@org:password`.
pub(crate) async fn sign_in(cx: &Cx) -> Result<Login, Fault> {
    let wrong = || Fault::unauthorized("Sign in with Basic credentials of the form user@organization:password.");
    let (user, org, password) = credentials(cx.request.header("authorization").unwrap_or_default()).ok_or_else(wrong)?;
    cx.cloud.login(&user, &org, &password).await
}

/// The headers by which clients get their tokens.
pub(crate) fn with_tokens(reply: Reply, login: &Login) -> Reply {
    reply
        .with("x-vcloud-authorization", login.token.clone())
        .with("x-vmware-vcloud-access-token", login.bearer.clone())
        .with("x-vmware-vcloud-token-type", "Bearer")
}

/// User, organization and password. The organization begins after the last `@` before the first `:`, so that mail addresses can be users.
pub(crate) fn credentials(header: &str) -> Option<(String, String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, password) = text.split_once(':')?;
    let (user, org) = name.rsplit_once('@')?;
    Some((user.to_owned(), org.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials() {
        let header = |text: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));
        let split = |text: &str| credentials(&header(text));
        assert_eq!(split("a@b.c@org:p:w"), Some(("a@b.c".into(), "org".into(), "p:w".into())));
        assert_eq!(split("nobody:pw"), None);
        assert_eq!(credentials("Basic !!!"), None);
        assert_eq!(credentials("Bearer x"), None);
    }
}
