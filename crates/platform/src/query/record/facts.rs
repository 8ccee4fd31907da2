//! What the attributes of a row are computed from. Invariant: attributes never wait; what they lack is noted as wanted, and they are computed
//! again once it was read.

use super::part::Part;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::entity::{Entity, Head, Resource};
use vcdsim_model::event::Event;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::right::RightInfo;
use vcdsim_model::task::Task;

/// What a row is about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// An object.
    Entity(Arc<Entity>),
    /// A task.
    Task(Arc<Task>),
    /// A blocking task.
    Blocking(Arc<BlockingTask>),
    /// A right.
    Right(&'static RightInfo),
    /// An event.
    Event(Arc<Event>),
    /// Something inside an object, or a relation of it to another one.
    Part(Arc<Part>),
    /// The cell that answers.
    Cell,
}

/// In what objects of a group lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// In this object.
    Parent(Uuid),
    /// In this organization.
    Org(Uuid),
    /// Anywhere.
    Cloud,
}

/// All objects of one kind in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group(pub Kind, pub Of);

/// Something to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// An object.
    Entity(Urn),
    /// A group of objects.
    Group(Group),
    /// A task.
    Task(Uuid),
}

/// Ids are random: their bits are as good as a hash of them, and rows look up a dozen each.
#[derive(Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = self.0.rotate_left(5) ^ u64::from_ne_bytes(word);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// An object that a row was computed from, and its revision; `None` when there was none.
pub type Source = (Urn, Option<i64>);

/// What has been read around the rows, and what is still wanted.
#[derive(Debug, Default)]
pub struct World {
    entities: HashMap<Urn, Option<Arc<Entity>>, BuildHasherDefault<IdHasher>>,
    groups: BTreeMap<Group, Vec<Arc<Entity>>>,
    tasks: BTreeMap<Uuid, Option<Arc<Task>>>,
    wanted: RefCell<BTreeSet<Want>>,
    watched: RefCell<Option<Watched>>,
}

/// What is asked for while a row is computed.
#[derive(Debug, Default)]
struct Watched {
    objects: Vec<Urn>,
    /// Whether groups or tasks were among it.
    wide: bool,
}

impl World {
    /// Notes an object, or that there is none.
    pub fn put_entity(&mut self, urn: Urn, found: Option<Arc<Entity>>) {
        self.entities.insert(urn, found);
    }

    /// Notes a group.
    pub fn put_group(&mut self, group: Group, found: Vec<Arc<Entity>>) {
        self.groups.insert(group, found);
    }

    /// Notes a task, or that there is none.
    pub fn put_task(&mut self, id: Uuid, found: Option<Arc<Task>>) {
        self.tasks.insert(id, found);
    }

    /// Whether an object was noted, be it as absent.
    #[must_use]
    pub fn knows(&self, urn: Urn) -> bool {
        self.entities.contains_key(&urn)
    }

    /// What was asked for in vain since the last time.
    pub fn take_wanted(&mut self) -> BTreeSet<Want> {
        std::mem::take(self.wanted.get_mut())
    }

    /// The revision of a noted object; `None` when there is none.
    #[must_use]
    pub fn revision(&self, urn: Urn) -> Option<i64> {
        Some(self.entities.get(&urn)?.as_ref()?.head.rev)
    }

    /// Notes from here on what is asked for, until [`Self::take_sources`].
    pub fn watch(&mut self) {
        *self.watched.get_mut() = Some(Watched::default());
    }

    /// The objects that were asked for meanwhile, with their revisions; `None` when groups or tasks were asked for too, whose changes no
    /// revision tells.
    pub fn take_sources(&mut self) -> Option<Vec<Source>> {
        let watched = self.watched.get_mut().take().filter(|watched| !watched.wide)?;
        let asked = BTreeSet::from_iter(watched.objects);
        Some(asked.into_iter().map(|urn| (urn, self.revision(urn))).collect())
    }

    fn note(&self, note: impl FnOnce(&mut Watched)) {
        if let Some(watched) = &mut *self.watched.borrow_mut() {
            note(watched);
        }
    }

    fn want<T>(&self, want: Want) -> Option<T> {
        self.wanted.borrow_mut().insert(want);
        None
    }

    fn entity(&self, urn: Urn) -> Option<&Entity> {
        self.note(|watched| watched.objects.push(urn));
        self.entities.get(&urn).map_or_else(|| self.want(Want::Entity(urn)), Option::as_deref)
    }

    fn group(&self, group: Group) -> &[Arc<Entity>] {
        self.note(|watched| watched.wide = true);
        self.groups.get(&group).or_else(|| self.want(Want::Group(group))).map_or(&[], Vec::as_slice)
    }

    fn task(&self, id: Uuid) -> Option<&Task> {
        self.note(|watched| watched.wide = true);
        self.tasks.get(&id).map_or_else(|| self.want(Want::Task(id)), Option::as_deref)
    }
}

/// What the cell is called, in its own row and in those of tasks.
pub(super) const CELL: &str = "vcdsim";

/// One row and what is around it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What the row is about.
    pub subject: &'a Subject,
    /// What has been read.
    pub world: &'a World,
}

impl<'a> Facts<'a> {
    /// The identity of the row's object; events, the cell and most parts of objects have none.
    #[must_use]
    pub fn urn(&self) -> Option<Urn> {
        match self.subject {
            Subject::Entity(entity) => Some(entity.urn()),
            Subject::Task(task) => Some(task.urn()),
            Subject::Blocking(blocking) => Some(blocking.urn()),
            Subject::Right(right) => Some(Urn::new(Kind::Right, right.id)),
            Subject::Part(part) => part.urn,
            Subject::Event(_) | Subject::Cell => None,
        }
    }

    /// The name of the row's object: what a reference to it is called.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self.subject {
            Subject::Entity(entity) => Some(entity.head.name.clone()),
            Subject::Task(task) => Some(task.operation.name().to_owned()),
            Subject::Blocking(blocking) => Some(blocking.operation.name().to_owned()),
            Subject::Right(right) => Some(right.right.name().to_owned()),
            Subject::Event(event) => Some(event.what.r#type.clone()),
            Subject::Part(part) => Some(part.name.clone()),
            Subject::Cell => Some(CELL.to_owned()),
        }
    }

    pub(super) fn entity(&self) -> Option<&'a Entity> {
        match self.subject {
            Subject::Entity(entity) => Some(entity),
            Subject::Part(part) => Some(&part.whole),
            _ => None,
        }
    }

    pub(super) fn head(&self) -> Option<&'a Head> {
        self.entity().map(|entity| &entity.head)
    }

    pub(super) fn body<R: Resource>(&self) -> Option<&'a R> {
        self.entity()?.body()
    }

    pub(super) fn task(&self) -> Option<&'a Task> {
        match self.subject {
            Subject::Task(task) => Some(task),
            _ => None,
        }
    }

    pub(super) fn blocking(&self) -> Option<&'a BlockingTask> {
        match self.subject {
            Subject::Blocking(blocking) => Some(blocking),
            _ => None,
        }
    }

    pub(super) fn right(&self) -> Option<&'static RightInfo> {
        match self.subject {
            Subject::Right(right) => Some(right),
            _ => None,
        }
    }

    pub(super) fn event(&self) -> Option<&'a Event> {
        match self.subject {
            Subject::Event(event) => Some(event),
            _ => None,
        }
    }

    pub(super) fn part(&self) -> Option<&'a Part> {
        match self.subject {
            Subject::Part(part) => Some(part),
            _ => None,
        }
    }

    /// Another object.
    pub(super) fn find(&self, urn: Urn) -> Option<&'a Entity> {
        self.world.entity(urn)
    }

    /// Another object of this kind.
    pub(super) fn look(&self, kind: Kind, id: Option<Uuid>) -> Option<&'a Entity> {
        self.find(Urn::new(kind, id?))
    }

    /// The name of another object of this kind.
    pub(super) fn name_of(&self, kind: Kind, id: Option<Uuid>) -> Option<String> {
        self.look(kind, id).map(|entity| entity.head.name.clone())
    }

    /// The objects of this kind in this place.
    pub(super) fn group(&self, kind: Kind, of: Of) -> &'a [Arc<Entity>] {
        self.world.group(Group(kind, of))
    }

    /// A task.
    pub(super) fn other_task(&self, id: Uuid) -> Option<&'a Task> {
        self.world.task(id)
    }

    /// The VDC in which the row's object lies, directly or in something.
    pub(super) fn vdc(&self) -> Option<&'a Entity> {
        self.vdc_of(self.entity()?)
    }

    /// The VDC in which an object lies, directly or in something.
    pub(super) fn vdc_of(&self, entity: &'a Entity) -> Option<&'a Entity> {
        let mut current = entity;
        while current.head.kind != Kind::Vdc {
            current = self.look(current.head.kind.parent()?, current.head.parent)?;
        }
        Some(current)
    }
}
