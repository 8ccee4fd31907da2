//! Somebody who sends requests. Invariant: an actor knows only what the server told it.

use crate::answer::Answer;
use crate::record;
use base64::Engine as _;
use bytes::Bytes;
use vcdsim_http::message::Request;
use vcdsim_model::action::Method;
use vcdsim_server::edge::Edge;

/// A client.
#[derive(Debug, Clone)]
pub struct Actor {
    edge: Edge,
    token: Option<String>,
    version: String,
    accept: String,
    attended: bool,
}

impl Actor {
    pub(crate) fn new(edge: Edge) -> Self {
        Self { edge, token: None, version: "36.0".to_owned(), accept: "application/*+xml".to_owned(), attended: true }
    }

    /// The same client of a server whose driver sleeps: what is due happens only as far as a request itself sees to it. Other requests find
    /// the server as its driver leaves it, with everything done that is due.
    #[must_use]
    pub fn unattended(&self) -> Self {
        Self { attended: false, ..self.clone() }
    }

    /// The same client at another API version.
    #[must_use]
    pub fn at(&self, version: &str) -> Self {
        Self { version: version.to_owned(), ..self.clone() }
    }

    /// The same client asking for another type.
    #[must_use]
    pub fn accepting(&self, accept: &str) -> Self {
        Self { accept: accept.to_owned(), ..self.clone() }
    }

    /// The same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The token that it has.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same client with another server.
    pub(crate) fn to(&self, edge: Edge) -> Self {
        Self { edge, ..self.clone() }
    }

    /// Signs in; `None` when that is refused.
    pub async fn login(&self, name: &str, password: &str) -> Option<Self> {
        let answer = self.try_login(name, password).await;
        answer.header("x-vcloud-authorization").map(|token| self.with_token(token))
    }

    /// Tries to sign in.
    pub async fn try_login(&self, name: &str, password: &str) -> Answer {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        self.send("POST", "/api/sessions", &[("authorization", &format!("Basic {basic}"))], "").await
    }

    /// `GET`.
    pub async fn get(&self, url: &str) -> Answer {
        self.send("GET", url, &[], "").await
    }

    /// `POST` without a body.
    pub async fn post_empty(&self, url: &str) -> Answer {
        self.send("POST", url, &[], "").await
    }

    /// `POST` of a document of this type.
    pub async fn post(&self, url: &str, media: &str, body: &str) -> Answer {
        self.send("POST", url, &[("content-type", media)], body).await
    }

    /// `PUT` of a document of this type.
    pub async fn put(&self, url: &str, media: &str, body: &str) -> Answer {
        self.send("PUT", url, &[("content-type", media)], body).await
    }

    /// `DELETE`.
    pub async fn delete(&self, url: &str) -> Answer {
        self.send("DELETE", url, &[], "").await
    }

    /// A task does what the table of routes says that the tasks of its route do.
    fn judge(&self, method: Option<Method>, path: &str, answer: &Answer) {
        let Ok(found) = self.edge.app().router().find(method, path) else { return };
        if found.route.method == Method::Get || ![201, 202].contains(&answer.status) {
            return;
        }
        for name in answer.operations() {
            let listed = found.route.operations.iter().any(|operation| operation.info().name == name);
            assert!(
                listed,
                "{:?} makes a task {name}, which the table of routes (crates/http/src/runs.rs) does not list for it",
                found.route
            );
        }
    }

    /// Sends any request; `url` is a path or an href of the server.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let path = url.strip_prefix("https://vcd.test").unwrap_or(url);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let host = headers.iter().find(|(name, _)| *name == "host").map_or("vcd.test", |(_, host)| *host);
        let mut all =
            vec![("host".to_owned(), host.to_owned()), ("accept".to_owned(), format!("{};version={}", self.accept, self.version))];
        all.extend(self.token.iter().map(|token| ("x-vcloud-authorization".to_owned(), token.clone())));
        all.extend(headers.iter().filter(|(name, _)| *name != "host").map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let options = method == "OPTIONS";
        let method = match method {
            "GET" => Some(Method::Get),
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "DELETE" => Some(Method::Delete),
            _ => None,
        };
        let request = Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: all,
            scheme: "https",
            body: Bytes::copy_from_slice(body.as_bytes()),
            upload: None,
            options,
        };
        if self.attended {
            self.edge.app().cloud().engine().catch_up().await.expect("due timers fire");
        }
        let what = format!("{} {path}", method.map_or("?", Method::name));
        let mut response = self.edge.serve(request).await.response;
        if let Some(download) = response.download.take() {
            let mut body = Vec::new();
            while let Some(chunk) = download.next().await.expect("the file can be read") {
                body.extend_from_slice(&chunk);
            }
            response.body = body.into();
        }
        let answer = Answer::new(response, &self.version);
        record::record(&what, &answer);
        self.judge(method, path, &answer);
        answer
    }
}
