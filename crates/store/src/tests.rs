//! The store as its users see it. Invariant: every test has a directory of its own and a clock that stands still.

mod dumping;
mod fates;
mod image;
mod metadata;
mod opening;
mod paging;
mod racing;
mod reading;
mod writing;

use crate::{Command, Durability, Options, SeededIds, Store, TimerKind, Tx};
use futures::future::BoxFuture;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::blocking::{BlockingTask, TimeoutAction};
use vcdsim_model::clock::{Time, VirtualClock, from_millis};
use vcdsim_model::entity::{Draft, Res, Status};
use vcdsim_model::event::{Named, NewEvent};
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::org::Org;
use vcdsim_model::family::session::Session;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation;
use vcdsim_model::plan::Course;
use vcdsim_model::task::{Task, TaskStatus};

pub(crate) const START: i64 = 1_700_000_000_000;

pub(crate) fn at(millis: i64) -> Time {
    from_millis(START + millis)
}

pub(crate) fn options(dir: Option<&Path>) -> Options {
    Options {
        dir: dir.map(Path::to_owned),
        durability: Durability::Normal,
        clock: Arc::new(VirtualClock::new(at(0))),
        ids: Arc::new(SeededIds::new(7)),
        cache_bytes: 1 << 20,
        known: None,
    }
}

pub(crate) async fn open() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    (dir, store)
}

/// A command written as a closure.
pub(crate) struct Do<F>(F);

impl<T, F> Command for Do<F>
where
    T: Send + 'static,
    F: for<'a, 'b> FnOnce(&'a mut Tx<'b>) -> BoxFuture<'a, Result<T, Fault>> + Send + 'static,
{
    type Output = T;

    async fn run(self, tx: &mut Tx<'_>) -> Result<T, Fault> {
        (self.0)(tx).await
    }
}

pub(crate) async fn act<T, F>(store: &Store, run: F) -> Result<T, Fault>
where
    T: Send + 'static,
    F: for<'a, 'b> FnOnce(&'a mut Tx<'b>) -> BoxFuture<'a, Result<T, Fault>> + Send + 'static,
{
    store.write(Do(run)).await
}

/// An organization: its name is unique.
pub(crate) fn org(id: Uuid, name: &str) -> Draft<Org> {
    let body = Org {
        full_name: name.to_owned(),
        enabled: true,
        can_publish_catalogs: false,
        can_publish_externally: false,
        can_subscribe: false,
        deployed_vm_quota: 0,
        stored_vm_quota: 0,
        deployment_lease_seconds: 0,
        storage_lease_seconds: 0,
        template_storage_lease_seconds: 0,
        deletes_expired_vapps: false,
        powers_off_expired_vapps: false,
        deletes_expired_templates: false,
    };
    draft(id, name, body)
}

/// A datastore: its name is not.
pub(crate) fn datastore(id: Uuid, name: &str) -> Draft<Datastore> {
    let body = Datastore { vim_server: Uuid::nil(), moref: "datastore-1".into(), fs_type: "NFS".into(), capacity_mb: 1 };
    draft(id, name, body)
}

fn draft<R>(id: Uuid, name: &str, body: R) -> Draft<R> {
    Draft { id, name: name.into(), description: None, org: None, parent: None, owner: None, status: Status::Resolved, body }
}

pub(crate) async fn add_org(store: &Store, name: &'static str) -> Result<Res<Org>, Fault> {
    act(store, move |tx| {
        Box::pin(async move {
            let id = tx.id();
            tx.insert(org(id, name)).await
        })
    })
    .await
}

pub(crate) fn task(id: u128, start: i64) -> Task {
    Task {
        id: Uuid::from_u128(id),
        operation: Operation::VdcInstantiateVapp.into(),
        status: TaskStatus::Running,
        owner: Urn::new(Kind::VApp, Uuid::from_u128(100)),
        subject: "web".into(),
        org: Uuid::from_u128(200),
        user: Uuid::from_u128(300),
        params: serde_json::json!({ "deploy": true }),
        phase: 0,
        progress: Some(10),
        before: Vec::new(),
        cancel_requested: false,
        details: None,
        error: None,
        course: Course::default(),
        start: at(start),
        end: None,
        expiry: at(start + 1),
    }
}

pub(crate) fn blocking(id: u128, task: u128, created: i64) -> BlockingTask {
    BlockingTask {
        id: Uuid::from_u128(id),
        task: Uuid::from_u128(task),
        operation: Operation::VdcInstantiateVapp,
        owner: Urn::new(Kind::VApp, Uuid::from_u128(100)),
        org: Uuid::from_u128(200),
        user: Uuid::from_u128(300),
        created: at(created),
        timeout: at(created + 1_000),
        timeout_action: TimeoutAction::Fail,
    }
}

pub(crate) fn session(id: u128, token: &str) -> Session {
    Session {
        id: Uuid::from_u128(id),
        token_hash: token.into(),
        user: Uuid::from_u128(300),
        org: Uuid::from_u128(200),
        created: at(0),
        expires: at(1_000),
    }
}

pub(crate) fn event(name: &str, blocking: bool) -> NewEvent {
    let named = |kind| Named { urn: Urn::new(kind, Uuid::from_u128(1)), name: name.into() };
    NewEvent {
        r#type: "com/vmware/vcloud/event/org/create".into(),
        entity: named(Kind::Org),
        user: named(Kind::User),
        org: named(Kind::Org),
        task: Some((Uuid::from_u128(9), Operation::VappDeploy.name().to_owned())),
        task_owner: None,
        success: true,
        blocking,
        service: None,
    }
}
