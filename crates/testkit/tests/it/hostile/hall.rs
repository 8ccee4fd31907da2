//! A cloud with things in it and people who know their way. Invariant: whoever has a session keeps one, whatever was sent before.

use super::body::Documents;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::action::Method;
use vcdsim_model::kind::Kind;
use vcdsim_server::control::{self, Facts};
use vcdsim_store::{EntityFilter, TaskFilter};
use vcdsim_testkit::World;

/// Stands in every place where a request holds a password; no answer may hold it.
pub(crate) const SECRET: &str = "hush-hush-7341";

/// Who asks.
const PEOPLE: &[&str] = &[
    "administrator@System",
    "orgadmin@example",
    "author@example",
    "cataloger@example",
    "user@example",
    "console@example",
    "orgadmin2@example2",
];

/// How many requests one cloud sees: what they leave behind makes it slower.
const MOST_REQUESTS: usize = 400;
/// After how many requests the ids are looked up again.
const FRESH: usize = 25;

const MINUTE: i64 = 60_000;

/// Somebody's tokens.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) token: String,
    pub(crate) bearer: String,
}

pub(crate) struct Hall {
    runtime: Runtime,
    world: World,
    pub(crate) people: Vec<Person>,
    /// The ids of what is there, by kind.
    ids: BTreeMap<Kind, Vec<String>>,
    pub(crate) documents: Documents,
    sent: usize,
}

impl Hall {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (world, documents) = runtime.block_on(async {
            let world = crate::walk::world().await;
            let author = world.login("author@example").await;
            let still = crate::vapp::a_vapp(&author, "still", "three-vms").await;
            crate::vapp::block(&world.login("administrator@System").await, "vappDeploy").await;
            assert_eq!(author.post_empty(&format!("{still}/action/deploy")).await.status, 202);
            let documents = Documents::read(&world).await;
            (world, documents)
        });
        let mut hall = Self { runtime, world, people: Vec::new(), ids: BTreeMap::new(), documents, sent: 0 };
        hall.sign_in();
        hall.look_around();
        hall
    }

    /// Makes the cloud anew when it has seen many requests, and looks up what is there from time to time.
    pub(crate) fn refresh(&mut self) {
        self.sent += 1;
        if self.sent > MOST_REQUESTS {
            *self = Self::new();
        } else if self.sent.is_multiple_of(FRESH) {
            // What waits for a timeout that somebody set gets its turn; sessions may end by it, too.
            self.runtime.block_on(self.world.advance_millis(MINUTE));
            self.sign_in();
            self.look_around();
            self.listen();
        }
    }

    fn sign_in(&mut self) {
        let anonymous = self.world.anonymous();
        let people = PEOPLE.iter().map(|name| {
            let login = self.runtime.block_on(anonymous.try_login(name, "password"));
            let header = |name| login.header(name).unwrap_or_else(|| panic!("{}", login.text())).to_owned();
            Person { token: header("x-vcloud-authorization"), bearer: header("x-vmware-vcloud-access-token") }
        });
        self.people = people.collect();
    }

    fn look_around(&mut self) {
        let reader = self.world.instance().app.cloud().read();
        self.ids = self.runtime.block_on(async {
            let mut ids = BTreeMap::new();
            for kind in Kind::ALL {
                let found = reader.list(EntityFilter::kind(*kind)).await.unwrap();
                ids.insert(*kind, found.iter().map(|entity| entity.head.id.to_string()).collect::<Vec<_>>());
            }
            let tasks = reader.tasks(TaskFilter::default()).await.unwrap();
            ids.insert(Kind::Task, tasks.iter().map(|task| task.id.to_string()).collect());
            let blocked = reader.blocking_tasks().await.unwrap();
            ids.insert(Kind::BlockingTask, blocked.iter().map(|blocking| blocking.id.to_string()).collect());
            ids
        });
    }

    /// Everything that was announced is told as a message, whatever it is about.
    fn listen(&self) {
        for entry in self.runtime.block_on(self.world.messages()) {
            let body = &entry.message.body;
            let fits = match entry.message.properties.content_type {
                "application/xml" => roxmltree::Document::parse(body).is_ok(),
                _ => serde_json::from_str::<serde_json::Value>(body).is_ok(),
            };
            assert!(fits && !body.contains(SECRET), "{body}");
        }
    }

    /// The ids that can stand after the beginning of a path; those of any kind when it is no kind's.
    pub(crate) fn ids(&self, beginning: &str) -> Vec<&str> {
        let fits = |kind: &Kind| kind.info().places().any(|place| place.path == beginning);
        let some: Vec<&str> = self.ids.iter().filter(|(kind, _)| fits(kind)).flat_map(|(_, ids)| ids).map(String::as_str).collect();
        if some.is_empty() { self.ids.values().flatten().map(String::as_str).collect() } else { some }
    }

    /// Everything there is, as URNs.
    pub(crate) fn urns(&self) -> Vec<String> {
        let urn = |kind: &Kind, id: &String| format!("urn:vcloud:{}:{id}", kind.info().urn);
        self.ids.iter().flat_map(|(kind, ids)| ids.iter().map(move |id| urn(kind, id))).collect()
    }

    pub(crate) fn send(&mut self, request: &Request) -> Response {
        let mut response = self.runtime.block_on(self.world.instance().edge.serve(request.clone())).response;
        if let Some(download) = response.download.take() {
            let mut file = Vec::new();
            while let Some(chunk) = self.runtime.block_on(download.next()).unwrap() {
                file.extend_from_slice(&chunk);
            }
            response.body = file.into();
        }
        // Whoever signed out comes back.
        if response.status == 204 && request.path.contains("session") {
            self.sign_in();
        }
        // Tokens are told in the headers of a login and nowhere else.
        let text = String::from_utf8_lossy(&response.body);
        for person in &self.people {
            assert!(!text.contains(&person.token) && !text.contains(&person.bearer), "{text}");
        }
        response
    }

    /// Requests of the provider for what an answer says was made.
    pub(crate) fn followers(&self, response: &Response) -> Vec<Request> {
        let Some(path) = response.header("location").and_then(|location| Some(&location[location.find("/api/")?..])) else {
            return Vec::new();
        };
        let read = |accept: &str| Request {
            method: Some(Method::Get),
            path: path.to_owned(),
            query: String::new(),
            headers: vec![("accept".to_owned(), accept.to_owned()), ("x-vcloud-authorization".to_owned(), self.people[0].token.clone())],
            scheme: "http",
            body: bytes::Bytes::new(),
            upload: None,
            options: false,
        };
        ["application/*+xml;version=5.1", "application/*+json;version=39.1"].map(read).into()
    }

    pub(crate) fn control(&self, request: &Request) -> Response {
        let facts = Facts::default();
        self.runtime.block_on(control::handle(self.world.spaces(), self.world.instance(), &facts, request))
    }
}
