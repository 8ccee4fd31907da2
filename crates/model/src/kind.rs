//! Every kind of object: its words, places and names. Invariant: hrefs and media types of objects are written here and nowhere else.

use crate::media;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// Where one view of a kind is served: `path` + UUID, and the media type of the document there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Path up to the UUID, as in `/api/vApp/vapp-`.
    pub path: &'static str,
    /// The document's media type.
    pub media: &'static str,
}

/// The three views that one object may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// `/api/...`
    User,
    /// `/api/admin/...`
    Admin,
    /// `/api/admin/extension/...`
    Extension,
}

/// A row of the table of kinds.
#[derive(Debug, Clone, Copy)]
pub struct KindInfo {
    /// The word in URNs; the same in the message of a 403.
    pub urn: &'static str,
    /// The word in notifications, without its `vcloud:` prefix (reference 6.4).
    pub event_word: &'static str,
    /// How the operation text of a task calls it (reference 5.4).
    pub label: &'static str,
    /// Tenant's view.
    pub user: Option<Place>,
    /// Administrator's view.
    pub admin: Option<Place>,
    /// Provider's view.
    pub extension: Option<Place>,
}

impl KindInfo {
    /// The places of all views, the user view first.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        [self.user, self.admin, self.extension].into_iter().flatten()
    }

    /// The place of one view; the nearest lower one when the kind has no such view, then any.
    ///
    /// # Panics
    /// Never: each row has at least one place.
    #[must_use]
    pub fn place(&self, view: View) -> Place {
        let order = match view {
            View::User => [self.user, self.admin, self.extension],
            View::Admin => [self.admin, self.user, self.extension],
            View::Extension => [self.extension, self.admin, self.user],
        };
        order.into_iter().flatten().next().expect("each kind has a place")
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { urn: $urn:literal, event: $event:literal, label: $label:literal $(, user: $up:literal $um:ident)? $(, admin: $ap:literal $am:ident)? $(, extension: $ep:literal $em:ident)? })*) => {
        /// A kind of object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Kind { $($(#[$doc])* $name),* }

        impl Kind {
            /// All kinds, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The kind's row.
            #[must_use]
            pub const fn info(self) -> &'static KindInfo {
                match self { $(Self::$name => &KindInfo {
                    urn: $urn, event_word: $event, label: $label,
                    user: kinds!(@place $($up $um)?), admin: kinds!(@place $($ap $am)?), extension: kinds!(@place $($ep $em)?),
                }),* }
            }

            /// The stable name under which rows of this kind are stored.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name)),* } }
        }
    };
    (@place) => { None };
    (@place $path:literal $media:ident) => { Some(Place { path: $path, media: media::$media }) };
}

kinds! {
    /// A tenant.
    Org { urn: "org", event: "org", label: "Organization", user: "/api/org/" ORG, admin: "/api/admin/org/" ADMIN_ORG }
    /// An account of one organization.
    User { urn: "user", event: "user", label: "User", admin: "/api/admin/user/" USER }
    /// A group of accounts.
    Group { urn: "group", event: "group", label: "Group", admin: "/api/admin/group/" GROUP }
    /// A set of rights.
    Role { urn: "role", event: "role", label: "Role", admin: "/api/admin/role/" ROLE }
    /// One permission.
    Right { urn: "right", event: "right", label: "Right", admin: "/api/admin/right/" RIGHT }
    /// A long operation.
    Task { urn: "task", event: "task", label: "Task", user: "/api/task/" TASK }
    /// A task that waits for a decision.
    BlockingTask { urn: "blockingTask", event: "blockingTask", label: "Blocking Task", extension: "/api/admin/extension/blockingTask/" BLOCKING_TASK }
    /// An organization's share of a provider VDC.
    Vdc { urn: "vdc", event: "vdc", label: "Virtual Datacenter", user: "/api/vdc/" VDC, admin: "/api/admin/vdc/" ADMIN_VDC }
    /// How large the machines of a VDC may be; its views are versions of the `OpenAPI`.
    ComputePolicy { urn: "vdcComputePolicy", event: "vdcComputePolicy", label: "Compute Policy", user: "/cloudapi/1.0.0/vdcComputePolicies/urn:vcloud:vdcComputePolicy:" OPENAPI, admin: "/cloudapi/2.0.0/vdcComputePolicies/urn:vcloud:vdcComputePolicy:" OPENAPI }
    /// A VDC's share of a storage profile.
    VdcStorageProfile { urn: "vdcstorageProfile", event: "vdcStorageProfile", label: "Storage Profile", user: "/api/vdcStorageProfile/" VDC_STORAGE_PROFILE, admin: "/api/admin/vdcStorageProfile/" ADMIN_VDC_STORAGE_PROFILE }
    /// A collection of templates and media.
    Catalog { urn: "catalog", event: "catalog", label: "Catalog", user: "/api/catalog/" CATALOG, admin: "/api/admin/catalog/" ADMIN_CATALOG }
    /// A catalog's entry.
    CatalogItem { urn: "catalogitem", event: "catalogitem", label: "Library Item", user: "/api/catalogItem/" CATALOG_ITEM }
    /// A vApp to make copies of.
    VAppTemplate { urn: "vapptemplate", event: "vapptemplate", label: "Virtual Application Template", user: "/api/vAppTemplate/vappTemplate-" VAPP_TEMPLATE }
    /// A virtual machine of a template.
    TemplateVm { urn: "vm", event: "vm", label: "Virtual Machine", user: "/api/vAppTemplate/vm-" VM }
    /// A group of virtual machines.
    VApp { urn: "vapp", event: "vapp", label: "Virtual Application", user: "/api/vApp/vapp-" VAPP }
    /// A virtual machine.
    Vm { urn: "vm", event: "vm", label: "Virtual Machine", user: "/api/vApp/vm-" VM }
    /// A disc image.
    Media { urn: "media", event: "media", label: "Media File", user: "/api/media/" MEDIA }
    /// A disk of its own.
    Disk { urn: "disk", event: "disk", label: "Disk", user: "/api/disk/" DISK }
    /// Which machines of a VDC run on one host.
    AffinityRule { urn: "vmAffinityRule", event: "vmAffinityRule", label: "VM Affinity Rule", user: "/api/vmAffinityRule/" VM_AFFINITY_RULE }
    /// A network of an organization VDC.
    Network { urn: "network", event: "network", label: "Network", user: "/api/network/" ORG_VDC_NETWORK, admin: "/api/admin/network/" ORG_VDC_NETWORK }
    /// A router between networks of a VDC and external networks. Recorded tasks call it as its document is called.
    EdgeGateway { urn: "gateway", event: "gateway", label: "EdgeGateway", admin: "/api/admin/edgeGateway/" EDGE_GATEWAY }
    /// The provider's pool of compute resources.
    ProviderVdc { urn: "providervdc", event: "providervdc", label: "Provider Virtual Datacenter", admin: "/api/admin/providervdc/" PROVIDER_VDC, extension: "/api/admin/extension/providervdc/" VMW_PROVIDER_VDC }
    /// A storage profile of a provider VDC.
    ProviderStorageProfile { urn: "providervdcstorageprofile", event: "providerVdcStorageProfile", label: "Storage Profile", admin: "/api/admin/pvdcStorageProfile/" PROVIDER_STORAGE_PROFILE, extension: "/api/admin/extension/pvdcStorageProfile/" VMW_PROVIDER_STORAGE_PROFILE }
    /// A network beyond the cloud.
    ExternalNetwork { urn: "network", event: "network", label: "External Network", admin: "/api/admin/extension/externalnet/" VMW_EXTERNAL_NETWORK }
    /// Where VDC networks are made from.
    NetworkPool { urn: "networkpool", event: "networkpool", label: "Network Pool", extension: "/api/admin/extension/networkPool/" VMW_NETWORK_POOL }
    /// A vCenter server.
    VimServer { urn: "vimserver", event: "vimserver", label: "vCenter Server", extension: "/api/admin/extension/vimServer/" VIM_SERVER }
    /// An ESXi host.
    Host { urn: "host", event: "host", label: "Host", extension: "/api/admin/extension/host/" HOST }
    /// A datastore.
    Datastore { urn: "datastore", event: "datastore", label: "Datastore", extension: "/api/admin/extension/datastore/" DATASTORE }
}

impl Kind {
    /// The kind that a URN's word names, without regard to case. Where two kinds share a word (a template's VM, an external network)
    /// it is the tenant's one; the resolver tries the other.
    #[must_use]
    pub fn from_urn_word(word: &str) -> Option<Self> {
        let mut found = Self::ALL.iter().copied().filter(|kind| kind.info().urn.eq_ignore_ascii_case(word));
        match found.next()? {
            Self::TemplateVm => Some(Self::Vm),
            kind => Some(kind),
        }
    }

    /// The other kind with the same URN word, if there is one.
    #[must_use]
    pub fn twin(self) -> Option<Self> {
        match self {
            Self::Vm => Some(Self::TemplateVm),
            Self::TemplateVm => Some(Self::Vm),
            Self::Network => Some(Self::ExternalNetwork),
            Self::ExternalNetwork => Some(Self::Network),
            _ => None,
        }
    }

    /// The kind stored under `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl Kind {
    /// The first version that has objects of this kind.
    #[must_use]
    pub const fn since(self) -> ApiVersion {
        match self {
            Self::Disk | Self::EdgeGateway => ApiVersion::V5_1,
            Self::AffinityRule => ApiVersion::V20_0,
            _ => ApiVersion::V1_5,
        }
    }

    /// The kind of object that an object of this kind lies in.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::VApp
            | Self::VAppTemplate
            | Self::Media
            | Self::Disk
            | Self::AffinityRule
            | Self::Network
            | Self::EdgeGateway
            | Self::VdcStorageProfile => Some(Self::Vdc),
            Self::Vm => Some(Self::VApp),
            Self::TemplateVm => Some(Self::VAppTemplate),
            Self::CatalogItem => Some(Self::Catalog),
            Self::ProviderStorageProfile => Some(Self::ProviderVdc),
            _ => None,
        }
    }
}
