//! From a path to its handler. Invariant: the table of routes is the whole API; what it lacks answers 404, 405 or, where it names a part
//! of vCloud Director that is not served yet, 501.

use crate::cx::Cx;
use crate::reply::Reply;
use std::collections::BTreeMap;
use std::pin::Pin;
use uuid::Uuid;
use vcdsim_model::action::{Action, Method};
use vcdsim_model::id::{Urn, parse_uuid};
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation;
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, FaultCode};

type Answer = Pin<Box<dyn Future<Output = Result<Reply, Fault>> + Send>>;
type Handler = Box<dyn Fn(Cx) -> Answer + Send + Sync>;

/// Who may call a route at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Everybody.
    Public,
    /// Whoever has a session.
    Session,
}

/// One row of the table of routes.
pub struct Route {
    /// The verb.
    pub method: Method,
    /// The path; `{name}` stands for a segment or its end.
    pub path: String,
    /// Who may call it.
    pub guard: Guard,
    /// The first version that has it.
    pub since: ApiVersion,
    /// The action behind it, where it has a descriptor.
    pub action: Option<&'static Action>,
    /// What the tasks that it makes do; none when it makes none.
    pub operations: &'static [Operation],
    /// Its place in the closed table.
    pub(crate) number: usize,
    handler: Handler,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.name(), self.path)
    }
}

impl Route {
    /// Answers only those whose rights cover `action`, from the version on that has it.
    pub fn needs(&mut self, action: &'static Action) -> &mut Self {
        (self.since, self.action) = (action.since, Some(action));
        self
    }

    /// Whether everybody may call it, without a session.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.guard == Guard::Public
    }

    /// Calls the handler.
    pub async fn call(&self, cx: Cx) -> Result<Reply, Fault> {
        (self.handler)(cx).await
    }
}

/// The table of routes while it is being filled.
#[derive(Debug, Default)]
pub struct Routes {
    routes: Vec<Route>,
    missing: Vec<(&'static str, &'static str)>,
}

impl Routes {
    /// A route that needs a session.
    pub fn add<F, A>(&mut self, method: Method, path: impl Into<String>, handler: F) -> &mut Route
    where
        F: Fn(Cx) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply, Fault>> + Send + 'static,
    {
        let handler: Handler = Box::new(move |cx| Box::pin(handler(cx)));
        let (guard, since) = (Guard::Session, ApiVersion::V1_5);
        self.routes.push(Route { method, path: path.into(), guard, since, action: None, operations: &[], number: 0, handler });
        self.routes.last_mut().expect("a route was just added")
    }

    /// A GET route that needs a session.
    pub fn get<F, A>(&mut self, path: &str, handler: F) -> &mut Route
    where
        F: Fn(Cx) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply, Fault>> + Send + 'static,
    {
        self.add(Method::Get, path, handler)
    }

    /// The route of an action: its verb and path come from its descriptor.
    pub fn action<F, A>(&mut self, action: &'static Action, handler: F) -> &mut Route
    where
        F: Fn(Cx) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply, Fault>> + Send + 'static,
    {
        let path = format!("{}{{id}}{}", action.place(), action.path);
        self.add(action.method, path, handler).needs(action)
    }

    /// Says what the tasks of a route do.
    ///
    /// # Panics
    /// When there is no such route: a mistake in the table.
    pub fn runs(&mut self, method: Method, path: &str, operations: &'static [Operation]) {
        let route = self.routes.iter_mut().find(|route| route.method == method && route.path == path);
        route.unwrap_or_else(|| panic!("{} {path} is not in the table", method.name())).operations = operations;
    }

    /// Drops the routes for which `keep` does not hold.
    pub fn retain(&mut self, keep: impl FnMut(&Route) -> bool) {
        self.routes.retain(keep);
    }

    /// How many routes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// A part of vCloud Director that is not served yet: everything below `prefix` answers 501 and names `what`.
    pub fn missing(&mut self, prefix: &'static str, what: &'static str) {
        self.missing.push((prefix, what));
    }

    /// Closes the table.
    ///
    /// # Panics
    /// When two routes are the same, or a path cannot be written in the tree: a mistake in the table.
    #[must_use]
    pub fn build(self) -> Router {
        let mut paths: BTreeMap<String, BTreeMap<Method, Route>> = BTreeMap::new();
        for route in self.routes {
            let path = route.path.clone();
            let clash = paths.entry(path).or_default().insert(route.method, route);
            assert!(clash.is_none(), "{clash:?} is in the table twice");
        }
        let mut tree = matchit::Router::new();
        let mut folded = matchit::Router::new();
        let mut entries: Vec<_> = paths.into_iter().collect();
        for (number, route) in entries.iter_mut().flat_map(|(_, methods)| methods.values_mut()).enumerate() {
            route.number = number;
        }
        for (index, (path, _)) in entries.iter().enumerate() {
            tree.insert(path.clone(), index).unwrap_or_else(|error| panic!("{path}: {error}"));
            folded.insert(fold(path), index).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        Router { tree, folded, entries, missing: self.missing }
    }
}

/// Lower case outside of `{}`.
fn fold(path: &str) -> String {
    let mut inside = false;
    let lower = |c: char| {
        inside = (inside || c == '{') && c != '}';
        if inside { c } else { c.to_ascii_lowercase() }
    };
    path.chars().map(lower).collect()
}

/// The closed table. It knows nothing of the clouds that are served by it, so that those of one process share it.
pub struct Router {
    tree: matchit::Router<usize>,
    /// The same tree in lower case: some clients lower-case the last word of a path (reference 1.5).
    folded: matchit::Router<usize>,
    entries: Vec<(String, BTreeMap<Method, Route>)>,
    missing: Vec<(&'static str, &'static str)>,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").field("paths", &self.entries.len()).finish_non_exhaustive()
    }
}

/// A found route and what its path's names stand for.
#[derive(Debug)]
pub struct Found<'a> {
    /// The route.
    pub route: &'a Route,
    /// Names and values, percent-decoded.
    pub params: Vec<(String, String)>,
}

impl Found<'_> {
    /// The object or task that the path names, if it names one.
    #[must_use]
    pub fn id(&self) -> Option<Uuid> {
        self.params.iter().find_map(|(_, value)| parse_uuid(value).or_else(|| Urn::parse(value).map(|urn| urn.id)))
    }

    /// Whether it reads what a caller may have changed without naming it: a query, or what lies in an organization.
    #[must_use]
    pub fn lists(&self) -> bool {
        let of_org = self.route.action.is_some_and(|action| action.kind == Kind::Org);
        self.route.method == Method::Get && (of_org || self.id().is_none())
    }
}

impl Router {
    /// The route for `method` and `path`.
    ///
    /// # Errors
    /// 404, 405 or 501.
    pub fn find(&self, method: Option<Method>, path: &str) -> Result<Found<'_>, Fault> {
        let path = tidy(path);
        let lower = path.to_ascii_lowercase();
        let (found, tried) = match (self.tree.at(&path), self.folded.at(&lower)) {
            (Ok(found), _) => (found, &path),
            (_, Ok(found)) => (found, &lower),
            _ => return Err(self.not_found(&path)),
        };
        let methods = &self.entries[*found.value].1;
        let Some(route) = method.and_then(|method| methods.get(&method)) else {
            let known: Vec<_> = methods.keys().map(|method| method.name()).collect();
            return Err(Fault::new(FaultCode::MethodNotAllowed, format!("{} takes {}.", shown(&path), known.join(" and "))));
        };
        // As the client wrote it: in a key of metadata the case of letters matters.
        let sent = |value: &str| {
            let start = value.as_ptr().addr() - tried.as_ptr().addr();
            path.get(start..start + value.len()).unwrap_or(value).to_owned()
        };
        let decoded = |text: &str| percent_encoding::percent_decode_str(&sent(text)).decode_utf8_lossy().into_owned();
        Ok(Found { route, params: found.params.iter().map(|(name, value)| (name.to_owned(), decoded(value))).collect() })
    }

    /// The verbs that a path takes, as `Allow` lists them; none for a path that there is not.
    #[must_use]
    pub fn allowed(&self, path: &str) -> Option<String> {
        let path = tidy(path);
        let lower = path.to_ascii_lowercase();
        let found = self.tree.at(&path).or_else(|_| self.folded.at(&lower)).ok()?;
        let methods = &self.entries[*found.value].1;
        let head = methods.contains_key(&Method::Get).then_some("HEAD");
        let verbs: Vec<_> = methods.keys().map(|method| method.name()).chain(head).chain(["OPTIONS"]).collect();
        Some(verbs.join(", "))
    }

    fn not_found(&self, path: &str) -> Fault {
        match self.missing.iter().find(|(prefix, _)| path.starts_with(prefix)) {
            Some((_, what)) => Fault::not_implemented(what),
            None => Fault::new(FaultCode::NotFound, format!("There is nothing at {}.", shown(path))),
        }
    }

    /// All routes, by path and verb.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.entries.iter().flat_map(|(_, methods)| methods.values())
    }

    /// The parts of vCloud Director that answer 501.
    #[must_use]
    pub fn missing(&self) -> &[(&'static str, &'static str)] {
        &self.missing
    }
}

/// A path as messages show it.
fn shown(path: &str) -> String {
    path.chars().take(200).collect()
}

/// A path without doubled and trailing slashes, which real clients send.
fn tidy(path: &str) -> String {
    let mut tidy = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        tidy.push('/');
        tidy.push_str(segment);
    }
    if tidy.is_empty() { "/".to_owned() } else { tidy }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn nothing(_: Cx) -> Result<Reply, Fault> {
        Ok(Reply::no_content())
    }

    fn router() -> Router {
        let mut routes = Routes::default();
        routes.get("/api/vApp/vapp-{id}", nothing);
        routes.get("/api/vApp/vm-{id}", nothing);
        routes.add(Method::Post, "/api/vApp/vapp-{id}/action/recomposeVApp", nothing);
        routes.get("/api/entity/{urn}", nothing);
        routes.get("/api/vApp/vapp-{id}/metadata/{*key}", nothing);
        routes.missing("/api/extensibility", "API extensibility");
        routes.build()
    }

    #[test]
    fn prefixes_slashes_and_case() {
        let router = router();
        let found = router.find(Some(Method::Get), "/api//vApp/vm-1f/").unwrap();
        assert_eq!((found.route.path.as_str(), found.params[0].1.as_str()), ("/api/vApp/vm-{id}", "1f"));
        let found = router.find(Some(Method::Post), "/api/vApp/vapp-1/action/recomposevapp").unwrap();
        assert_eq!(found.route.path, "/api/vApp/vapp-{id}/action/recomposeVApp");
        let found = router.find(Some(Method::Get), "/api/entity/urn%3Avcloud%3Avm%3A1").unwrap();
        assert_eq!(found.params[0].1, "urn:vcloud:vm:1");
        let found = router.find(Some(Method::Get), "/api/vapp/vapp-1/METADATA/SYSTEM/My%20Key%2Fx/y").unwrap();
        assert_eq!(found.params[1].1, "SYSTEM/My Key/x/y");
    }

    #[test]
    fn what_is_not_there() {
        let router = router();
        assert_eq!(router.allowed("/api//vApp/vapp-1/").as_deref(), Some("GET, HEAD, OPTIONS"));
        assert_eq!(router.allowed("/api/vApp/vapp-1/action/recomposevapp").as_deref(), Some("POST, OPTIONS"));
        assert_eq!(router.allowed("/api/nothing"), None);
        let code = |method, path| router.find(Some(method), path).unwrap_err().code;
        assert_eq!(code(Method::Get, "/api/nothing"), FaultCode::NotFound);
        assert_eq!(code(Method::Put, "/api/vApp/vapp-1"), FaultCode::MethodNotAllowed);
        assert_eq!(code(Method::Get, "/api/extensibility/x"), FaultCode::NotImplemented);
        assert_eq!(code(Method::Get, "/api/query%3Ftype=task"), FaultCode::NotFound);
    }
}
