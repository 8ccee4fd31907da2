//! What a document is made from: an object, what lies in it, its tasks, and what it names. Invariant: a graph holds only what the caller
//! may see, and is read from one state.

use crate::access;
use crate::catalog::{self, subscription};
use crate::{edge_gateway, group, network};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::{Action, Method};
use vcdsim_model::caller::{AccessLevel, Caller};
use vcdsim_model::entity::{Entity, Res, Resource, Status};
use vcdsim_model::family::catalog::{Catalog, SUBSCRIBE, SYNC};
use vcdsim_model::family::edge_gateway::{CREATE as CREATE_GATEWAY, EdgeGateway};
use vcdsim_model::family::network::{Network, TO_DISTRIBUTED};
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::mention::mentions;
use vcdsim_model::sharing::Share;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_store::{EntityFilter, Reader, TaskFilter};

/// How much of an object is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The object and what it names.
    Head,
    /// With its tasks and everything that lies in it.
    Whole,
}

/// An object and what its document needs.
#[derive(Debug, Clone)]
pub struct Graph {
    /// The object.
    pub entity: Arc<Entity>,
    /// The caller's access to it.
    pub access: AccessLevel,
    /// What lies in it, in order of creation.
    pub children: Vec<Graph>,
    /// Its tasks that have not succeeded.
    pub tasks: Vec<TaskGraph>,
    /// What it names, and what is connected to it: the networks behind an edge gateway, the vApps on a network, the accounts of a group.
    pub related: Related,
}

/// Objects that a document names.
#[derive(Debug, Clone, Default)]
pub struct Related(BTreeMap<Urn, Arc<Entity>>);

impl Related {
    /// The object, if it was loaded.
    #[must_use]
    pub fn get(&self, urn: Urn) -> Option<&Arc<Entity>> {
        self.0.get(&urn)
    }

    /// Its name; empty when it was not loaded.
    #[must_use]
    pub fn name(&self, urn: Urn) -> &str {
        self.get(urn).map_or("", |entity| &entity.head.name)
    }

    /// The first object of a kind.
    #[must_use]
    pub fn of_kind(&self, kind: Kind) -> Option<&Arc<Entity>> {
        self.0.values().find(|entity| entity.head.kind == kind)
    }

    /// All objects of a kind that the model calls `R`.
    pub fn all<R: Resource>(&self) -> impl Iterator<Item = Res<R>> {
        self.0.values().cloned().filter_map(Res::new)
    }

    /// Adds an object.
    pub fn insert(&mut self, entity: Arc<Entity>) {
        self.0.insert(entity.urn(), entity);
    }
}

/// The kinds that lie in an object of `kind` and are loaded with it.
pub(crate) const fn inhabitants(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::Org => &[Kind::Vdc, Kind::Catalog, Kind::Network, Kind::User, Kind::Group, Kind::Role],
        Kind::Vdc => &[Kind::VAppTemplate, Kind::Media, Kind::Disk, Kind::VApp, Kind::Network, Kind::EdgeGateway, Kind::VdcStorageProfile],
        Kind::Catalog => &[Kind::CatalogItem],
        Kind::VAppTemplate => &[Kind::TemplateVm],
        Kind::VApp => &[Kind::Vm],
        Kind::ProviderVdc => &[Kind::ProviderStorageProfile],
        _ => &[],
    }
}

impl Graph {
    /// The object `urn` as `caller` sees it.
    ///
    /// # Errors
    /// 403 when it does not exist or may not be seen.
    pub async fn visible(reader: &Reader<'_>, caller: &Caller, urn: Urn, depth: Depth) -> Result<Self, Fault> {
        let (entity, _) = access::visible(reader, caller, urn).await?;
        Self::load(reader, caller, entity, depth).await
    }

    /// The object `id` with everything in it, when `caller` may do `action` to it now; reads are actions too.
    ///
    /// # Errors
    /// The fault of [`Action::admit`].
    pub async fn admitted(reader: &Reader<'_>, caller: &Caller, action: &Action, id: Uuid) -> Result<Self, Fault> {
        let (entity, level) = access::visible(reader, caller, Urn::new(action.kind, id)).await?;
        action.admit(&entity, caller, Some(level))?;
        Self::load(reader, caller, entity, Depth::Whole).await
    }

    /// The graph of an object that was loaded already.
    ///
    /// # Errors
    /// 403 when it may not be seen.
    pub async fn load(reader: &Reader<'_>, caller: &Caller, entity: Arc<Entity>, depth: Depth) -> Result<Self, Fault> {
        let access = access::access(reader, caller, &entity).await?.ok_or_else(|| Fault::no_access(entity.urn()))?;
        let mut graph = Self { related: related(reader, &entity).await?, entity, access, children: Vec::new(), tasks: Vec::new() };
        if depth == Depth::Whole {
            graph.tasks = open_tasks(reader, graph.entity.head.id).await?;
            graph.children = children(reader, caller, &graph.entity).await?;
            for thing in connected(reader, &graph.entity).await? {
                graph.related.insert(thing);
            }
        }
        if caller.is_system_admin() && depth == Depth::Whole {
            for thing in crate::vm::backing(reader, &graph.entity).await? {
                // A machine that was moved to a datastore names that one itself.
                let needs = |related: &Related| thing.head.kind != Kind::Datastore || related.of_kind(Kind::Datastore).is_none();
                let all = std::iter::once(&mut graph.related).chain(graph.children.iter_mut().map(|child| &mut child.related));
                all.filter(|related| needs(related)).for_each(|related| related.insert(Arc::clone(&thing)));
            }
        }
        Ok(graph)
    }

    /// Whether `caller` may do `action` to it now.
    #[must_use]
    pub fn admits(&self, action: &Action, caller: &Caller) -> bool {
        self.surroundings_admit(action) && action.admit(&self.entity, caller, Some(self.access)).is_ok()
    }

    /// What changes a vApp takes all its machines, so a task on one of them refuses it; what changes a machine takes a vApp whose lease is
    /// not over; what changes a machine of a template takes the template; whether a catalog may be published or follow another one is a
    /// setting of its organization; an item comes up to date as long as its catalog follows one; an edge
    /// gateway is made where NSX for vSphere is; what changes a network takes its edge gateway, and none
    /// ends that a vApp is on; an edge gateway keeps what the networks behind it need.
    fn surroundings_admit(&self, action: &Action) -> bool {
        match self.entity.head.kind {
            Kind::VApp if action.changes => self.children_of(Kind::Vm).all(|machine| machine.entity.head.busy.is_none()),
            // Its machine is one of NSX for vSphere.
            Kind::Vdc if action.path == CREATE_GATEWAY.path => {
                self.related.of_kind(Kind::ProviderVdc).and_then(|provider| provider.body::<ProviderVdc>()).is_some_and(|body| !body.nsxt)
            }
            Kind::EdgeGateway if action.changes => {
                let behind: Vec<_> = self.related.all().collect();
                edge_gateway::spared(action, &self.entity.head, &behind).is_ok()
            }
            Kind::Network if action.method == Method::Delete && self.related.of_kind(Kind::VApp).is_some() => false,
            Kind::Network if action.changes => self.related.of_kind(Kind::EdgeGateway).is_none_or(|gateway| {
                let distributes = gateway.body::<EdgeGateway>().is_some_and(|body| body.distributed);
                gateway.head.busy.is_none() && (distributes || action.path != TO_DISTRIBUTED.path)
            }),
            Kind::Catalog => {
                let org = self.entity.head.org.and_then(|id| self.related.get(Urn::new(Kind::Org, id)));
                match action.path == SUBSCRIBE.path {
                    true => subscription::is_open(&self.entity, org, self.children_of(Kind::CatalogItem).next().is_some()),
                    false => catalog::allows(org, action).is_ok(),
                }
            }
            Kind::CatalogItem if action.path == SYNC.path => {
                let catalog = self.entity.head.parent.and_then(|id| self.related.get(Urn::new(Kind::Catalog, id)));
                catalog.is_some_and(|catalog| (SYNC.guard)(catalog).is_ok())
            }
            Kind::Vm if action.changes => self.related.of_kind(Kind::VApp).is_none_or(|above| !above.is_expired()),
            Kind::VAppTemplate | Kind::Media if action.changes => {
                self.related.of_kind(Kind::CatalogItem).is_none_or(|item| item.head.busy.is_none())
            }
            Kind::TemplateVm if action.changes => self.related.of_kind(Kind::VAppTemplate).is_none_or(|above| above.head.busy.is_none()),
            _ => true,
        }
    }

    /// What lies in it, of one kind.
    pub fn children_of(&self, kind: Kind) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.entity.head.kind == kind)
    }
}

async fn related(reader: &Reader<'_>, entity: &Entity) -> Result<Related, Fault> {
    let mut related = Related::default();
    for urn in mentions(entity) {
        if let Some(found) = reader.entity(urn).await? {
            related.insert(found);
        }
    }
    Ok(related)
}

/// What is connected to an object, as far as it bears on what may be done to it.
async fn connected(reader: &Reader<'_>, entity: &Entity) -> Result<Vec<Arc<Entity>>, Fault> {
    match entity.head.kind {
        Kind::EdgeGateway => {
            Ok(edge_gateway::networks(reader, &entity.head).await?.iter().map(|network| Arc::clone(network.entity())).collect())
        }
        Kind::Group => group::members(reader, entity).await,
        Kind::Network => Ok(network::users(reader, entity).await?.iter().map(|vapp| Arc::clone(vapp.entity())).collect()),
        _ => Ok(Vec::new()),
    }
}

async fn children(reader: &Reader<'_>, caller: &Caller, parent: &Entity) -> Result<Vec<Graph>, Fault> {
    // The machines of a vApp are documents inside its document; everything else is only referred to.
    let inline = matches!(parent.head.kind, Kind::VApp | Kind::VAppTemplate);
    let mut found = Vec::new();
    for kind in inhabitants(parent.head.kind) {
        let filter = match parent.head.kind {
            Kind::Org => EntityFilter::kind(*kind).in_org(parent.head.id),
            _ => EntityFilter::kind(*kind).in_parent(parent.head.id),
        };
        let mut inside = reader.list(filter).await?;
        match (parent.head.kind, *kind) {
            (Kind::Vdc, Kind::Network) => inside.extend(shared_networks(reader, parent).await?),
            (Kind::Org, Kind::Catalog) => inside.extend(shared_catalogs(reader, parent).await?),
            _ => {}
        }
        for entity in inside {
            let Some(access) = access::access(reader, caller, &entity).await? else { continue };
            let tasks = if inline { open_tasks(reader, entity.head.id).await? } else { Vec::new() };
            found.push(Graph { related: related(reader, &entity).await?, entity, access, children: Vec::new(), tasks });
        }
    }
    Ok(found)
}

/// The networks of the organization's other VDCs that this VDC uses too.
async fn shared_networks(reader: &Reader<'_>, vdc: &Entity) -> Result<Vec<Arc<Entity>>, Fault> {
    let all = reader.list(EntityFilter::kind(Kind::Network).in_org(vdc.head.org)).await?;
    let shared =
        |network: &Arc<Entity>| network.head.parent != Some(vdc.head.id) && network.body::<Network>().is_some_and(|network| network.shared);
    Ok(all.into_iter().filter(shared).collect())
}

/// The catalogs of others that an organization sees: those that are published, and those that are shared with it. Recorded organizations
/// have links to catalogs of others beside those to their own, with nothing to tell them apart.
async fn shared_catalogs(reader: &Reader<'_>, org: &Entity) -> Result<Vec<Arc<Entity>>, Fault> {
    let with_it = |share: &Share| share.subject == org.urn();
    let seen = |catalog: &Catalog| catalog.published || catalog.sharing.shares.iter().any(with_it);
    let all = reader.list(EntityFilter::kind(Kind::Catalog)).await?;
    Ok(all.into_iter().filter(|other| other.head.org != Some(org.head.id) && other.body().is_some_and(seen)).collect())
}

/// The tasks of an object that its document shows: those that have not ended, and the last one if it failed (reference 5.3).
async fn open_tasks(reader: &Reader<'_>, owner: Uuid) -> Result<Vec<TaskGraph>, Fault> {
    let all = reader.tasks(TaskFilter { owner: Some(owner), ..TaskFilter::default() }).await?;
    let mut shown = Vec::new();
    for (index, task) in all.iter().enumerate() {
        let last = index + 1 == all.len();
        if !task.status.is_terminal() || (last && task.status != TaskStatus::Success) {
            shown.push(TaskGraph::load(reader, Arc::clone(task)).await?);
        }
    }
    Ok(shown)
}

/// A task and what its document needs.
#[derive(Debug, Clone)]
pub struct TaskGraph {
    /// The task.
    pub task: Arc<Task>,
    /// The owner's name; empty while it is a scaffold and when it is gone (reference 5.1).
    pub owner_name: String,
    /// The user's name.
    pub user_name: String,
    /// The organization's name.
    pub org_name: String,
    /// Its blocking task, while it waits.
    pub blocking: Option<Uuid>,
}

impl TaskGraph {
    /// The graph of a task.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn load(reader: &Reader<'_>, task: Arc<Task>) -> Result<Self, Fault> {
        let owner = reader.entity(task.owner).await?.filter(|owner| owner.head.status != Status::Unresolved);
        let blocking = match task.status {
            TaskStatus::PreRunning => reader.blocking_of(task.id).await?.filter(|blocking| blocking.is_active(reader.now())),
            _ => None,
        };
        Ok(Self {
            owner_name: owner.map(|owner| owner.head.name.clone()).unwrap_or_default(),
            user_name: name(reader, Urn::new(Kind::User, task.user)).await?,
            org_name: name(reader, Urn::new(Kind::Org, task.org)).await?,
            blocking: blocking.map(|blocking| blocking.id),
            task,
        })
    }
}

pub(crate) async fn name(reader: &Reader<'_>, urn: Urn) -> Result<String, Fault> {
    Ok(reader.entity(urn).await?.map(|entity| entity.head.name.clone()).unwrap_or_default())
}
