//! Objects: a head with what is searched and locked, and a typed body. Invariant: `busy` is set exactly while a task holds the object.

use crate::clock::Time;
use crate::family::{
    affinity::AffinityRule,
    catalog::Catalog,
    catalog_item::CatalogItem,
    compute_policy::ComputePolicy,
    datastore::Datastore,
    disk::Disk,
    edge_gateway::EdgeGateway,
    external_network::ExternalNetwork,
    group::Group,
    host::Host,
    media::Media,
    network::Network,
    network_pool::NetworkPool,
    org::Org,
    provider_vdc::ProviderVdc,
    role::Role,
    storage_profile::{ProviderStorageProfile, VdcStorageProfile},
    user::User,
    vapp::VApp,
    vapp_template::VAppTemplate,
    vdc::Vdc,
    vim_server::VimServer,
    vm::{TemplateVm, Vm},
};
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::Kind;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// The status of an object, as its `@status` counts it (reference 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "i32", try_from = "i32")]
#[repr(i32)]
pub enum Status {
    /// Could not be created.
    FailedCreation = -1,
    /// Not there yet: a scaffold.
    Unresolved = 0,
    /// There; what has no power stays here.
    Resolved = 1,
    /// Deployed, not powered.
    Deployed = 2,
    /// Suspended.
    Suspended = 3,
    /// Powered on.
    PoweredOn = 4,
    /// Powered off.
    PoweredOff = 8,
    /// A vApp whose VMs differ.
    Mixed = 10,
}

impl Status {
    /// All values.
    pub const ALL: [Self; 8] = [
        Self::FailedCreation,
        Self::Unresolved,
        Self::Resolved,
        Self::Deployed,
        Self::Suspended,
        Self::PoweredOn,
        Self::PoweredOff,
        Self::Mixed,
    ];

    /// The number in `@status`.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::FailedCreation => -1,
            Self::Unresolved => 0,
            Self::Resolved => 1,
            Self::Deployed => 2,
            Self::Suspended => 3,
            Self::PoweredOn => 4,
            Self::PoweredOff => 8,
            Self::Mixed => 10,
        }
    }

    /// Whether what has it is there: it is being made no more, and could be made.
    #[must_use]
    pub const fn is_made(self) -> bool {
        !matches!(self, Self::FailedCreation | Self::Unresolved)
    }

    /// The word in query records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FailedCreation => "FAILED_CREATION",
            Self::Unresolved => "UNRESOLVED",
            Self::Resolved => "RESOLVED",
            Self::Deployed => "DEPLOYED",
            Self::Suspended => "SUSPENDED",
            Self::PoweredOn => "POWERED_ON",
            Self::PoweredOff => "POWERED_OFF",
            Self::Mixed => "MIXED",
        }
    }
}

impl From<Status> for i32 {
    fn from(status: Status) -> Self {
        status.code()
    }
}

impl TryFrom<i32> for Status {
    type Error = String;

    fn try_from(code: i32) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.code() == code).ok_or_else(|| format!("{code} is not an object status"))
    }
}

/// What every object has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which object.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The organization it belongs to; `None` for the provider's things.
    pub org: Option<Uuid>,
    /// The object it lies in: a VM's vApp, a vApp's VDC, a catalog item's catalog.
    pub parent: Option<Uuid>,
    /// The user who owns it.
    pub owner: Option<Uuid>,
    /// Where it stands.
    pub status: Status,
    /// The task that holds it.
    pub busy: Option<Uuid>,
    /// When it was made.
    pub created: Time,
    /// Its place among all objects in order of creation; set by the store.
    pub seq: i64,
    /// Counts its changes; set by the store.
    pub rev: i64,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// What every object has.
    pub head: Head,
    /// What this kind has.
    pub body: Body,
}

/// A new object, before the store has numbered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft<R> {
    /// Its id, drawn from the injected source.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its organization.
    pub org: Option<Uuid>,
    /// What it lies in.
    pub parent: Option<Uuid>,
    /// Its owner.
    pub owner: Option<Uuid>,
    /// Where it stands at first.
    pub status: Status,
    /// What its kind has.
    pub body: R,
}

/// A body that some kind of object has.
pub trait Resource: Sized + Clone + Send + Sync + 'static {
    /// The kind.
    const KIND: Kind;
    /// The body inside `body`, if it is of this kind.
    fn of(body: &Body) -> Option<&Self>;
    /// The same, to be changed.
    fn of_mut(body: &mut Body) -> Option<&mut Self>;
    /// Wraps it.
    fn wrap(self) -> Body;

    /// How names are unique, if they are: `Some(key)` for objects that share a scope.
    fn name_scope(_head: &Head) -> Option<String> {
        None
    }
}

macro_rules! bodies {
    ($($kind:ident $(unique $scope:ident)?),* $(,)?) => {
        /// The bodies of all kinds that are stored as objects.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each variant is the body of the kind of that name")]
        #[serde(tag = "kind")]
        pub enum Body { $($kind($kind)),* }

        impl Body {
            /// The kind whose body it is.
            #[must_use]
            pub const fn kind(&self) -> Kind { match self { $(Self::$kind(_) => Kind::$kind),* } }
        }

        impl Head {
            /// The key under which this object's name must be unique, if it must: kind, scope, and the name in lower case.
            #[must_use]
            pub fn name_key(&self) -> Option<String> {
                let scope = match self.kind { $(Kind::$kind => bodies!(@scope self $($scope)?),)* _ => None }?;
                Some(format!("{}/{scope}/{}", self.kind.name(), self.name.to_lowercase()))
            }
        }

        $(impl Resource for $kind {
            const KIND: Kind = Kind::$kind;
            fn of(body: &Body) -> Option<&Self> { match body { Body::$kind(body) => Some(body), _ => None } }
            fn of_mut(body: &mut Body) -> Option<&mut Self> { match body { Body::$kind(body) => Some(body), _ => None } }
            fn wrap(self) -> Body { Body::$kind(self) }
        })*
    };
    (@scope $head:ident) => { None::<String> };
    (@scope $head:ident parent) => { $head.parent.map(|id| id.to_string()) };
    (@scope $head:ident org) => { Some($head.org.map_or_else(String::new, |id| id.to_string())) };
}

// `unique parent`: names are unique among the objects in the same parent; `unique org`: in the organization (or, without one, in the cloud).
bodies! {
    Org unique org, User unique org, Group unique org, Role unique org, Vdc unique org, VdcStorageProfile unique parent, Catalog unique org, CatalogItem unique parent,
    VAppTemplate, TemplateVm, VApp unique parent, Vm, Media, Disk, AffinityRule, Network unique parent, EdgeGateway unique parent, ProviderVdc unique org, ProviderStorageProfile unique parent,
    ExternalNetwork unique org, NetworkPool unique org, VimServer unique org, Host, Datastore, ComputePolicy unique org,
}

impl Entity {
    /// Its identity.
    #[must_use]
    pub const fn urn(&self) -> Urn {
        Urn::new(self.head.kind, self.head.id)
    }

    /// Its body, if it is of kind `R`.
    #[must_use]
    pub fn body<R: Resource>(&self) -> Option<&R> {
        R::of(&self.body)
    }

    /// Refuses when a task holds it.
    ///
    /// # Errors
    /// `BUSY_ENTITY`.
    pub fn not_busy(&self) -> Result<(), Fault> {
        if self.head.busy.is_some() { Err(Fault::busy(self.urn())) } else { Ok(()) }
    }
}

/// A shared object whose kind is known: what typed reads answer.
#[derive(Debug, Clone)]
pub struct Res<R: Resource> {
    entity: Arc<Entity>,
    kind: std::marker::PhantomData<fn() -> R>,
}

impl<R: Resource> Res<R> {
    /// The object as one of kind `R`; `None` when it is of another kind.
    #[must_use]
    pub fn new(entity: Arc<Entity>) -> Option<Self> {
        R::of(&entity.body).is_some().then_some(Self { entity, kind: std::marker::PhantomData })
    }

    /// What every object has.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.entity.head
    }

    /// What this kind has.
    ///
    /// # Panics
    /// Never: the constructor checked the kind.
    #[must_use]
    pub fn body(&self) -> &R {
        R::of(&self.entity.body).expect("the constructor checked the kind")
    }

    /// The object without its type.
    #[must_use]
    pub fn entity(&self) -> &Arc<Entity> {
        &self.entity
    }

    /// Its identity.
    #[must_use]
    pub fn urn(&self) -> Urn {
        self.entity.urn()
    }
}
