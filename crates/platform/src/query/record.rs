//! What a row is made of: one table of attributes per query type. Invariant: filters, sorting and answers take a value from the same entry,
//! so they cannot disagree.
//!
//! Names, types, order and versions of attributes follow the published schema of query records; [`types`] lists every published query type.

mod address;
mod blocking_task;
mod catalog;
mod catalog_item;
mod cell;
mod common;
mod datastore;
mod disk;
mod edge_gateway;
mod event;
mod external_network;
mod facts;
mod group;
mod host;
mod media;
mod network;
mod network_pool;
mod org;
mod part;
mod provider_vdc;
mod relation;
mod role;
mod storage_profile;
mod task;
mod types;
mod user;
mod vapp;
mod vapp_network;
mod vapp_template;
mod vdc;
mod vim_server;
mod vm;

pub use facts::{Facts, Group, Of, Source, Subject, Want, World};
pub use part::{Part, Parts};
pub use types::TYPES;

use super::filter::Columns;
use super::near::hint;
use super::value::{Value, ValueKind};
use vcdsim_model::caller::Caller;
use vcdsim_model::clock::Time;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::right::Right;
use vcdsim_model::version::ApiVersion;

/// Where the value of an attribute comes from; its variant is the attribute's type.
#[derive(Debug, Clone, Copy)]
enum Get {
    Text(fn(&Facts<'_>) -> Option<String>),
    Word(fn(&Facts<'_>) -> Option<&'static str>),
    Int(fn(&Facts<'_>) -> Option<i64>),
    Bool(fn(&Facts<'_>) -> Option<bool>),
    Time(fn(&Facts<'_>) -> Option<Time>),
    Ref(Kind, View, fn(&Facts<'_>) -> Option<Urn>),
}

/// The column of the database that has the value of an attribute, so that filters and sorting need not read the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The name of an object.
    Name,
    /// Its state, or that of a task.
    Status,
    /// When the object was made, or the task began.
    Created,
    /// The organization of either.
    Org,
    /// The owner of an object.
    Owner,
    /// What an object lies in.
    Parent,
    /// The VDC in which an object lies, directly or in what it lies in.
    Vdc,
    /// Whether a task holds it.
    IsBusy,
    /// Whether it is of this kind.
    IsOf(Kind),
    /// What a task works on.
    Object,
    /// The namespace of the service whose task it is.
    Service,
}

/// An attribute of a query type.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The first version that has it.
    pub since: ApiVersion,
    /// Where the database has it; only of rows that are objects or tasks.
    pub column: Option<Column>,
    get: Get,
}

impl Field {
    const fn new(name: &'static str, get: Get) -> Self {
        Self { name, since: ApiVersion::V1_5, column: None, get }
    }

    const fn text(name: &'static str, get: fn(&Facts<'_>) -> Option<String>) -> Self {
        Self::new(name, Get::Text(get))
    }

    const fn word(name: &'static str, get: fn(&Facts<'_>) -> Option<&'static str>) -> Self {
        Self::new(name, Get::Word(get))
    }

    const fn int(name: &'static str, get: fn(&Facts<'_>) -> Option<i64>) -> Self {
        Self::new(name, Get::Int(get))
    }

    const fn bool(name: &'static str, get: fn(&Facts<'_>) -> Option<bool>) -> Self {
        Self::new(name, Get::Bool(get))
    }

    const fn time(name: &'static str, get: fn(&Facts<'_>) -> Option<Time>) -> Self {
        Self::new(name, Get::Time(get))
    }

    /// A reference, shown as an href into the tenant's view of a `kind`.
    const fn reference(name: &'static str, kind: Kind, get: fn(&Facts<'_>) -> Option<Urn>) -> Self {
        Self::new(name, Get::Ref(kind, View::User, get))
    }

    const fn since(mut self, version: ApiVersion) -> Self {
        self.since = version;
        self
    }

    /// Says where the database has it.
    const fn column(mut self, column: Column) -> Self {
        self.column = Some(column);
        self
    }

    /// Shows a reference as an href into another view.
    const fn under(mut self, view: View) -> Self {
        if let Get::Ref(kind, _, get) = self.get {
            self.get = Get::Ref(kind, view, get);
        }
        self
    }

    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> ValueKind {
        match self.get {
            Get::Text(_) => ValueKind::Text,
            Get::Word(_) => ValueKind::Word,
            Get::Int(_) => ValueKind::Int,
            Get::Bool(_) => ValueKind::Bool,
            Get::Time(_) => ValueKind::Time,
            Get::Ref(kind, ..) => ValueKind::Ref(kind),
        }
    }

    /// Its value in one row; `None` when the row has none, or refers to what the version does not have.
    #[must_use]
    pub fn value(&self, facts: &Facts<'_>, version: ApiVersion) -> Option<Value> {
        match self.get {
            Get::Text(get) => get(facts).map(|text| Value::Text(text.into())),
            Get::Word(get) => get(facts).map(|word| Value::Text(word.into())),
            Get::Int(get) => get(facts).map(Value::Int),
            Get::Bool(get) => get(facts).map(Value::Bool),
            Get::Time(get) => get(facts).map(Value::Time),
            Get::Ref(_, view, get) => get(facts).filter(|urn| urn.kind.since() <= version).map(|urn| Value::Ref(urn, view)),
        }
    }
}

/// Where the rows of a query type come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// From nowhere: nothing of this type exists here.
    None,
    /// The objects of these kinds.
    Entities(&'static [Kind]),
    /// The tasks.
    Tasks,
    /// The active blocking tasks.
    BlockingTasks,
    /// The rights.
    Rights,
    /// The events.
    Events,
    /// What lies in objects without being one.
    Parts(&'static Parts),
    /// The cell that answers.
    Cell,
}

/// Who may use a query type (the reference pages of the queries say it as `Visible To`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everyone with a session.
    Everyone,
    /// Who sees an organization as its administrator does.
    OrgAdmin,
    /// Who administers the cloud.
    System,
}

impl Audience {
    /// Whether `caller` belongs to it.
    #[must_use]
    pub fn includes(self, caller: &Caller) -> bool {
        match self {
            Self::Everyone => true,
            Self::OrgAdmin => caller.is_system_admin() || caller.has(Right::ADMIN_VIEW),
            Self::System => caller.is_provider(),
        }
    }
}

/// A query type.
#[derive(Debug, Clone, Copy)]
pub struct QueryType {
    /// Its name, as in `type=vApp`; case matters.
    pub name: &'static str,
    /// The element of one row in the record formats.
    pub record: &'static str,
    /// The element around the rows in the references format, as in `VAppReferences`; `None` when the type has no such format.
    pub references: Option<&'static str>,
    /// Who may use it.
    pub audience: Audience,
    /// The first version that has it.
    pub since: ApiVersion,
    /// Where its rows come from.
    pub rows: Rows,
    /// The view into which the hrefs of its rows lead.
    pub view: View,
    /// The media type of what its rows lead to; `None` when the kind of the object says it.
    pub media: Option<&'static str>,
    /// Its attributes, in the order of the schema; empty when nothing of this type exists here.
    pub fields: &'static [Field],
}

fn urn(facts: &Facts<'_>) -> Option<Urn> {
    facts.urn()
}

/// The attributes that every row has: they stand before its own.
const OWN: [Field; 2] =
    [Field::new("href", Get::Ref(Kind::Task, View::User, urn)), Field::new("id", Get::Ref(Kind::Task, View::User, urn))];

impl QueryType {
    /// The type with this name, if a request of this version may ask for it.
    #[must_use]
    pub fn find(name: &str, version: ApiVersion) -> Option<&'static Self> {
        TYPES.iter().find(|known| known.name == name && known.since <= version)
    }

    /// The element of one row in the references format.
    #[must_use]
    pub fn reference(&self) -> Option<&'static str> {
        self.references.and_then(|container| container.strip_suffix('s'))
    }

    /// Its attributes in this version, by which filters and sort keys count them.
    #[must_use]
    pub fn columns(&self, version: ApiVersion) -> VersionedColumns {
        VersionedColumns { query_type: *self, version }
    }

    /// The attribute that a filter or sort key names by its number.
    #[must_use]
    pub fn field(&self, column: usize) -> Option<&Field> {
        OWN.get(column).or_else(|| self.fields.get(column.checked_sub(OWN.len())?))
    }

    /// The number of an attribute.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<usize> {
        let own = OWN.iter().position(|field| field.name == name);
        own.or_else(|| self.fields.iter().position(|field| field.name == name).map(|index| index + OWN.len()))
    }
}

/// The attributes of a query type that a version has.
#[derive(Debug, Clone, Copy)]
pub struct VersionedColumns {
    query_type: QueryType,
    version: ApiVersion,
}

impl Columns for VersionedColumns {
    fn column(&self, name: &str) -> Option<(usize, ValueKind)> {
        let number = self.query_type.number(name)?;
        let field = self.query_type.field(number)?;
        (field.since <= self.version).then(|| (number, field.kind()))
    }

    fn label(&self) -> &str {
        self.query_type.name
    }

    fn hint(&self, name: &str) -> String {
        let known = OWN.iter().chain(self.query_type.fields).filter(|field| field.since <= self.version);
        hint(name, known.map(|field| field.name))
    }
}

#[cfg(test)]
mod tests;
