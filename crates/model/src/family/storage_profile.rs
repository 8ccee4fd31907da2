//! Storage profiles, the provider's and a VDC's share of them. Invariant: each VDC has exactly one default profile.

use crate::action::{Action, LinkRule, Need};
use crate::entity::{Body, Entity, Status};
use crate::family::vm::Hardware;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A storage profile of a provider VDC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderStorageProfile {
    /// Whether it may be used.
    pub enabled: bool,
    /// Capacity in MB.
    pub capacity_mb: i64,
}

/// A VDC's share of a provider's storage profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VdcStorageProfile {
    /// Whether it may be used.
    pub enabled: bool,
    /// Limit in MB; 0 is none.
    pub limit_mb: i64,
    /// Whether new objects go here.
    pub default: bool,
    /// The provider's profile behind it.
    pub provider_profile: Uuid,
}

impl Entity {
    /// The storage profile that this object takes storage of, and how much in MB: the disks of a machine, an image, an independent
    /// disk, and what a template
    /// that is being uploaded will hold. What could not be made takes none.
    #[must_use]
    pub fn storage(&self) -> Option<(Uuid, i64)> {
        let disks = |hardware: &Hardware| hardware.disks.iter().map(|disk| disk.size_mb).sum();
        let (profile, mb) = match &self.body {
            _ if self.head.status == Status::FailedCreation => return None,
            Body::Vm(machine) => {
                let kept = machine.snapshot.as_ref().map_or(0, |snapshot| snapshot.size_mb());
                (machine.storage_profile, disks(&machine.hardware) + kept)
            }
            Body::TemplateVm(machine) => (machine.storage_profile, disks(&machine.hardware)),
            Body::VAppTemplate(template) => {
                (template.storage_profile, template.planned.iter().map(|machine| disks(&machine.hardware)).sum())
            }
            Body::Media(media) => (media.storage_profile, media.size.max(0).unsigned_abs().div_ceil(1 << 20).cast_signed()),
            Body::Disk(disk) => (disk.storage_profile, disk.size_mb()),
            _ => return None,
        };
        Some((profile?, mb))
    }

    /// All storage that this object takes, by storage profile: a machine's disks may lie on others than the machine.
    #[must_use]
    pub fn storages(&self) -> Vec<(Uuid, i64)> {
        let (own, whole) = match self.storage() {
            Some((own, whole)) => (own, whole),
            None => return Vec::new(),
        };
        let elsewhere = self.hardware().into_iter().flat_map(|hardware| &hardware.disks);
        let elsewhere: Vec<_> = elsewhere.filter_map(|disk| Some((disk.storage_profile?, disk.size_mb))).collect();
        let here = whole - elsewhere.iter().map(|(_, mb)| mb).sum::<i64>();
        std::iter::once((own, here)).chain(elsewhere).collect()
    }
}

/// The kinds of objects that take storage.
pub const STORED: [Kind; 5] = [Kind::Vm, Kind::TemplateVm, Kind::VAppTemplate, Kind::Media, Kind::Disk];

/// Reads the tenant's view of a VDC's profile.
pub const READ: Action = Action::read(Kind::VdcStorageProfile, View::User, Need::Session).since(ApiVersion::V5_1);
/// Reads the administrator's view of a VDC's profile.
pub const READ_ADMIN: Action = Action::read(Kind::VdcStorageProfile, View::Admin, Need::Right(Right::VDC_VIEW)).since(ApiVersion::V5_1);
/// Changes limit, availability and default of a VDC's profile.
pub const UPDATE: Action = Action::put(Kind::VdcStorageProfile, "", Need::System)
    .under(View::Admin)
    .rel("edit")
    .takes(media::ADMIN_VDC_STORAGE_PROFILE)
    .since(ApiVersion::V5_1);
/// Reads a provider's profile.
pub const READ_PROVIDER: Action = Action::read(Kind::ProviderStorageProfile, View::Admin, Need::System).since(ApiVersion::V5_1);
/// Reads the provider's own view of its profile.
pub const READ_PROVIDER_EXTENSION: Action =
    Action::read(Kind::ProviderStorageProfile, View::Extension, Need::System).since(ApiVersion::V5_1);

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |profile| profile.head.parent.map(|id| Urn::new(Kind::Vdc, id))).only_in(&[View::User]),
    LinkRule::object("up", View::Admin, |profile| profile.head.parent.map(|id| Urn::new(Kind::Vdc, id))).only_in(&[View::Admin]),
    LinkRule::object("alternate", View::User, |profile| Some(profile.urn())).only_in(&[View::Admin]),
    LinkRule::action(&UPDATE).only_in(&[View::Admin]),
];

/// The links of its documents, in their order.
pub const PROVIDER_LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::Admin, |profile| profile.head.parent.map(|id| Urn::new(Kind::ProviderVdc, id))).only_in(&[View::Admin]),
    LinkRule::object("up", View::Extension, |profile| profile.head.parent.map(|id| Urn::new(Kind::ProviderVdc, id)))
        .only_in(&[View::Extension]),
    LinkRule::object("alternate", View::Admin, |profile| Some(profile.urn())).only_in(&[View::Extension]),
    LinkRule::object("alternate", View::Extension, |profile| Some(profile.urn())).only_in(&[View::Admin]),
];
