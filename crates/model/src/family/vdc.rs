//! Organization VDCs. Invariant: a limit of 0 is no limit.

use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::{Body, Entity};
use crate::family::vapp;
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::sharing::Sharing;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An organization's share of a provider VDC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vdc {
    /// `AllocationVApp`, `AllocationPool`, `ReservationPool`, `Flex`.
    pub allocation_model: String,
    /// CPU limit in MHz.
    pub cpu_limit_mhz: i64,
    /// Memory limit in MB.
    pub memory_limit_mb: i64,
    /// The speed that one virtual CPU counts for, in MHz.
    pub vcpu_mhz: i64,
    /// How much of the CPU that is used is guaranteed, in per cent.
    pub cpu_guaranteed_percent: i32,
    /// How much of the memory that is used is guaranteed, in per cent.
    pub memory_guaranteed_percent: i32,
    /// How many networks it may have.
    pub network_quota: i32,
    /// How many VMs it may have.
    pub vm_quota: i32,
    /// Whether it takes new objects.
    pub enabled: bool,
    /// Where its resources come from.
    pub provider_vdc: Uuid,
    /// Where its networks come from.
    pub network_pool: Option<Uuid>,
    /// Whether disks are thin provisioned.
    pub thin_provisioning: bool,
    /// Whether copies are linked clones.
    pub fast_provisioning: bool,
    /// Who in its organization sees it.
    #[serde(default = "Sharing::to_be_seen")]
    pub sharing: Sharing,
    /// The compute policies that its machines may have.
    #[serde(default)]
    pub compute_policies: Vec<Uuid>,
    /// The one that they have when they name none.
    #[serde(default)]
    pub default_compute_policy: Option<Uuid>,
}

/// Reads the tenant's view.
pub const READ: Action = Action::read(Kind::Vdc, View::User, Need::Session);
/// Reads the administrator's view.
pub const READ_ADMIN: Action = Action::read(Kind::Vdc, View::Admin, Need::Right(Right::VDC_VIEW)).takes(media::ADMIN_VDC);

/// Changes limits, quotas and what else the provider decides.
pub const UPDATE: Action =
    Action::put(Kind::Vdc, "", Need::System).under(View::Admin).rel("edit").takes(media::ADMIN_VDC).access(AccessLevel::FullControl);
/// Lets it take new objects again.
pub const ENABLE: Action = Action::post(Kind::Vdc, "/action/enable", Need::System).under(View::Admin).rel("enable").when(is_disabled);
/// Lets it take no new objects.
pub const DISABLE: Action = Action::post(Kind::Vdc, "/action/disable", Need::System).under(View::Admin).rel("disable").when(takes_objects);
/// Reads a generation of virtual hardware. References to it came with 29.0.
pub const READ_HARDWARE: Action = READ.at("/hwv/{version}").since(ApiVersion::V29_0);
/// Reads with whom it is shared. The schemas' `ExternalSubject` came with this, in 11.0.
pub const READ_SHARES: Action = Action { need: Need::Right(Right::VDC_VIEW_ACL), ..READ.at("/controlAccess").since(ApiVersion::V20_0) };
/// Says with whom it is shared.
pub const SHARE: Action = Action::put(Kind::Vdc, "/action/controlAccess", Need::Right(Right::VDC_EDIT_ACL))
    .rel("controlAccess")
    .takes(media::CONTROL_ACCESS)
    .access(AccessLevel::ReadOnly)
    .since(ApiVersion::V20_0);
/// Reads which compute policies it has.
pub const READ_POLICIES: Action = Action::read(Kind::Vdc, View::Admin, Need::Right(Right::COMPUTE_POLICY_VIEW))
    .at("/computePolicies")
    .rel("down")
    .takes(media::VDC_COMPUTE_POLICY_REFERENCES)
    .since(ApiVersion::V31_0);
/// Says which compute policies it has; clients put to the link that they read from.
pub const ASSIGN_POLICIES: Action = Action::put(Kind::Vdc, "/computePolicies", Need::Right(Right::COMPUTE_POLICY_MANAGE))
    .under(View::Admin)
    .takes(media::VDC_COMPUTE_POLICY_REFERENCES)
    .access(AccessLevel::FullControl)
    .since(ApiVersion::V31_0);

/// Puts something into a VDC, where all of its organization may put something.
pub(crate) const fn into_vdc(path: &'static str, right: Right, takes: &'static str) -> Action {
    let add = Action::post(Kind::Vdc, path, Need::Right(right)).rel("add").takes(takes);
    add.access(AccessLevel::ReadOnly).when(takes_objects).beside_tasks()
}

pub(crate) fn takes_objects(vdc: &Entity) -> Result<(), Fault> {
    match &vdc.body {
        Body::Vdc(body) if !body.enabled => Err(Fault::bad_request(format!("The VDC \"{}\" is disabled.", vdc.head.name))),
        _ => Ok(()),
    }
}

fn is_disabled(vdc: &Entity) -> Result<(), Fault> {
    match takes_objects(vdc) {
        Ok(()) => Err(Fault::bad_request(format!("The VDC \"{}\" is enabled.", vdc.head.name))),
        Err(_disabled) => Ok(()),
    }
}

/// The links of its documents, in their order; clients take the first for the one to the organization.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |vdc| vdc.head.org.map(|id| Urn::new(Kind::Org, id))).only_in(&[View::User]),
    LinkRule::object("up", View::Admin, |vdc| vdc.head.org.map(|id| Urn::new(Kind::Org, id))).only_in(&[View::Admin]),
    LinkRule::object("alternate", View::User, |vdc| Some(vdc.urn())).only_in(&[View::Admin]),
    // Recorded in the administrator's view at all versions, in the tenant's from 32.0 on.
    LinkRule::object("alternate", View::Admin, |vdc| Some(vdc.urn())).only_in(&[View::Admin]),
    LinkRule::object("alternate", View::Admin, |vdc| Some(vdc.urn()))
        .only_in(&[View::User])
        .needs(READ_ADMIN.need)
        .since(ApiVersion::V32_0),
    LinkRule::below_view("edgeGateways", View::Admin, "/edgeGateways", media::QUERY_RECORDS).since(ApiVersion::V5_1),
    LinkRule::below_view("orgVdcNetworks", View::Admin, "/networks", media::QUERY_RECORDS).since(ApiVersion::V5_1),
    LinkRule::action(&super::network::CREATE),
    LinkRule::action(&super::edge_gateway::CREATE).only_in(&[View::Admin]),
    LinkRule::action(&vapp::INSTANTIATE),
    LinkRule::action(&vapp::COMPOSE),
    LinkRule::action(&super::vapp_template::CAPTURE_TO_VDC).only_in(&[View::User]),
    LinkRule::action(&super::vapp_template::CLONE).only_in(&[View::User]),
    LinkRule::action(&vapp::CLONE).only_in(&[View::User]),
    LinkRule::action(&vapp::CREATE_VM).only_in(&[View::User]),
    LinkRule::action(&vapp::INSTANTIATE_VM).only_in(&[View::User]),
    LinkRule::action(&super::media::CLONE).only_in(&[View::User]),
    LinkRule::action(&super::vapp_template::UPLOAD_TO_VDC).only_in(&[View::User]),
    LinkRule::action(&super::media::UPLOAD_TO_VDC).only_in(&[View::User]),
    LinkRule::action(&super::disk::CREATE).only_in(&[View::User]),
    LinkRule::below_view("down", View::User, "/vmAffinityRules/", media::VM_AFFINITY_RULES).since(super::affinity::LIST.since),
    LinkRule::action(&super::affinity::CREATE),
    LinkRule::below_view("down", View::User, "/controlAccess/", media::CONTROL_ACCESS).needs(READ_SHARES.need).since(READ_SHARES.since),
    LinkRule::action(&SHARE),
    LinkRule::action(&READ_POLICIES).only_in(&[View::Admin]),
    LinkRule::action(&UPDATE).only_in(&[View::Admin]),
    LinkRule::action(&ENABLE).only_in(&[View::Admin]),
    LinkRule::action(&DISABLE).only_in(&[View::Admin]),
];
