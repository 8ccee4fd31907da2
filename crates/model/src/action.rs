//! Actions and links. Invariant: one descriptor says when an action is linked and when it is accepted, so the two cannot disagree.

use crate::caller::{AccessLevel, Caller};
use crate::entity::Entity;
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::right::Right;
use crate::version::ApiVersion;

/// An HTTP verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    /// All verbs.
    pub const ALL: &'static [Self] = &[Self::Get, Self::Post, Self::Put, Self::Delete];

    /// The verb as written in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a caller must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A session.
    Session,
    /// A right.
    Right(Right),
    /// To administer the cloud.
    System,
}

impl Need {
    /// Whether `caller` has it.
    #[must_use]
    pub fn met_by(self, caller: &Caller) -> bool {
        match self {
            Self::Session => true,
            Self::Right(right) => caller.has(right),
            Self::System => caller.is_system_admin(),
        }
    }
}

/// When the state of an object lets an action happen.
pub type Guard = fn(&Entity) -> Result<(), Fault>;

/// One thing that can be done to one kind of object.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// The kind of object it is done to.
    pub kind: Kind,
    /// The view below whose place it lies.
    pub view: View,
    /// The verb.
    pub method: Method,
    /// What stands there before the object's id, for the few that do not lie below its place.
    pub elsewhere: Option<&'static str>,
    /// What follows the object's href, as in `/action/deploy`; empty for the object itself.
    pub path: &'static str,
    /// The relation of its link; `None` for actions that real servers do not link.
    pub rel: Option<&'static str>,
    /// The type of its link and of the body it takes.
    pub media: Option<&'static str>,
    /// The right it needs.
    pub need: Need,
    /// The access to the object it needs.
    pub access: AccessLevel,
    /// The state it needs.
    pub guard: Guard,
    /// The first version that has it.
    pub since: ApiVersion,
    /// Whether it changes the object, so that a task which holds the object refuses it.
    pub changes: bool,
}

impl Action {
    /// An action below an object's href; it needs `Change` access, any state, and a right that is to be named.
    #[must_use]
    pub const fn new(kind: Kind, method: Method, path: &'static str, need: Need) -> Self {
        Self {
            kind,
            view: View::User,
            method,
            elsewhere: None,
            path,
            rel: None,
            media: None,
            need,
            access: AccessLevel::Change,
            guard: |_| Ok(()),
            since: ApiVersion::V1_5,
            changes: true,
        }
    }

    /// A POST.
    #[must_use]
    pub const fn post(kind: Kind, path: &'static str, need: Need) -> Self {
        Self::new(kind, Method::Post, path, need)
    }

    /// A PUT.
    #[must_use]
    pub const fn put(kind: Kind, path: &'static str, need: Need) -> Self {
        Self::new(kind, Method::Put, path, need)
    }

    /// A DELETE of the object, linked as `remove`.
    #[must_use]
    pub const fn delete(kind: Kind, need: Need) -> Self {
        Self { rel: Some("remove"), access: AccessLevel::FullControl, ..Self::new(kind, Method::Delete, "", need) }
    }

    /// A GET of a view of the object: any access will do, and tasks do not matter.
    #[must_use]
    pub const fn read(kind: Kind, view: View, need: Need) -> Self {
        Self { view, access: AccessLevel::ReadOnly, changes: false, ..Self::new(kind, Method::Get, "", need) }
    }

    /// Moves it below the object's href.
    #[must_use]
    pub const fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// Moves it to another place than the object's.
    #[must_use]
    pub const fn elsewhere(mut self, place: &'static str) -> Self {
        self.elsewhere = Some(place);
        self
    }

    /// What its path has before the object's id.
    #[must_use]
    pub fn place(&self) -> &'static str {
        self.elsewhere.unwrap_or_else(|| self.kind.info().place(self.view).path)
    }

    /// Links it under `rel`.
    #[must_use]
    pub const fn rel(mut self, rel: &'static str) -> Self {
        self.rel = Some(rel);
        self
    }

    /// Says what body it takes.
    #[must_use]
    pub const fn takes(mut self, media: &'static str) -> Self {
        self.media = Some(media);
        self
    }

    /// Puts it below another view of the object.
    #[must_use]
    pub const fn under(mut self, view: View) -> Self {
        self.view = view;
        self
    }

    /// Sets the access it needs.
    #[must_use]
    pub const fn access(mut self, access: AccessLevel) -> Self {
        self.access = access;
        self
    }

    /// Sets the state it needs.
    #[must_use]
    pub const fn when(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Sets the first version that has it.
    #[must_use]
    pub const fn since(mut self, version: ApiVersion) -> Self {
        self.since = version;
        self
    }

    /// Lets it happen while a task holds the object: it puts something beside it, or only looks.
    #[must_use]
    pub const fn beside_tasks(mut self) -> Self {
        self.changes = false;
        self
    }

    /// Whether `caller`, with `access` to the object, may do it now: access, right, lock, state, in that order. That the request's version
    /// has the action is the router's and the link builder's to check.
    ///
    /// # Errors
    /// The fault that the client is to see.
    pub fn admit(&self, entity: &Entity, caller: &Caller, access: Option<AccessLevel>) -> Result<(), Fault> {
        let Some(access) = access else { return Err(Fault::no_access(entity.urn())) };
        if access < self.access || !self.need.met_by(caller) {
            return Err(Fault::denied());
        }
        if self.changes {
            entity.not_busy()?;
        }
        (self.guard)(entity)
    }

    /// How the action is called in messages and tables: `POST /api/vApp/vapp-{id}/action/deploy`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}{{id}}{}", self.method.name(), self.place(), self.path)
    }
}

/// Where a link leads.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// To an action of the object, shown when it would be accepted.
    Action(&'static Action),
    /// To another object in a view of it, if there is one; the type is that of its document.
    Object(fn(&Entity) -> Option<Urn>, View),
    /// To something below the object's href in a view of it, by default the document's own: path and type.
    Below(Option<View>, &'static str, &'static str),
    /// To each object of a kind that lies in it, by name, in a view.
    Children(Kind, View),
    /// To the list of the organization's tasks.
    Tasks,
    /// To the query of this type whose attribute has the object's name: a list of what lies in it.
    Query(&'static str, &'static str),
}

/// One link of a kind's documents.
#[derive(Debug, Clone, Copy)]
pub struct LinkRule {
    /// The relation; actions bring their own.
    pub rel: &'static str,
    /// Where it leads.
    pub target: Target,
    /// The views whose documents have it.
    pub views: &'static [View],
    /// What the caller must have.
    pub need: Need,
    /// The first version that has it.
    pub since: ApiVersion,
    /// The first version that has it no more.
    pub until: Option<ApiVersion>,
    /// Its type, when that is not the one of the target's document, or of the action's body.
    pub media: Option<&'static str>,
}

/// All views.
pub const ALL_VIEWS: &[View] = &[View::User, View::Admin, View::Extension];

impl LinkRule {
    /// A link to `target` under `rel`, in all views.
    const fn new(rel: &'static str, target: Target) -> Self {
        Self { rel, target, views: ALL_VIEWS, need: Need::Session, since: ApiVersion::V1_5, until: None, media: None }
    }

    /// A link to an action, in all views.
    #[must_use]
    pub const fn action(action: &'static Action) -> Self {
        Self::new("", Target::Action(action))
    }

    /// A link to another object.
    #[must_use]
    pub const fn object(rel: &'static str, view: View, object: fn(&Entity) -> Option<Urn>) -> Self {
        Self::new(rel, Target::Object(object, view))
    }

    /// A link to something below the object.
    #[must_use]
    pub const fn below(rel: &'static str, path: &'static str, media: &'static str) -> Self {
        Self::new(rel, Target::Below(None, path, media))
    }

    /// A link to something below the object in one view of it, whatever the document's own is.
    #[must_use]
    pub const fn below_view(rel: &'static str, view: View, path: &'static str, media: &'static str) -> Self {
        Self::new(rel, Target::Below(Some(view), path, media))
    }

    /// Links to all objects of a kind that lie in the object.
    #[must_use]
    pub const fn children(rel: &'static str, kind: Kind, view: View) -> Self {
        Self::new(rel, Target::Children(kind, view))
    }

    /// The link to an organization's tasks.
    #[must_use]
    pub const fn tasks() -> Self {
        Self::new("down", Target::Tasks)
    }

    /// A link to the query of type `query` for rows whose `attribute` is the object's name.
    #[must_use]
    pub const fn query(rel: &'static str, query: &'static str, attribute: &'static str) -> Self {
        Self::new(rel, Target::Query(query, attribute))
    }

    /// Only before `version`.
    #[must_use]
    pub const fn until(mut self, version: ApiVersion) -> Self {
        self.until = Some(version);
        self
    }

    /// With a type of its own.
    #[must_use]
    pub const fn typed(mut self, media: &'static str) -> Self {
        self.media = Some(media);
        self
    }

    /// Whether documents in `view` at `version` have it for `caller`.
    #[must_use]
    pub fn applies(&self, view: View, version: ApiVersion, caller: &Caller) -> bool {
        let in_version = self.since <= version && self.until.is_none_or(|until| version < until);
        in_version && self.views.contains(&view) && self.need.met_by(caller)
    }

    /// Only in these views.
    #[must_use]
    pub const fn only_in(mut self, views: &'static [View]) -> Self {
        self.views = views;
        self
    }

    /// Only for callers with `need`.
    #[must_use]
    pub const fn needs(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    /// Only from `version` on.
    #[must_use]
    pub const fn since(mut self, version: ApiVersion) -> Self {
        self.since = version;
        self
    }
}
