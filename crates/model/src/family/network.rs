//! Organization VDC networks. Invariant: addresses come from the pool of the network's scope.

use crate::action::{Action, LinkRule, Need};
use crate::family::vapp::IpScope;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// A network of an organization VDC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// `isolated`, `bridged` or `natRouted`.
    pub fence_mode: String,
    /// Its addresses.
    pub scope: IpScope,
    /// Whether the organization's other VDCs use it too.
    pub shared: bool,
}

/// Reads the tenant's view.
pub const READ: Action = Action::read(Kind::Network, View::User, Need::Session);
/// Reads the administrator's view: query records name it for everybody, so it takes no administrator.
pub const READ_ADMIN: Action = Action::read(Kind::Network, View::Admin, Need::Right(Right::NETWORK_VIEW));
/// Reads the addresses in use.
pub const READ_ADDRESSES: Action =
    READ.at("/allocatedAddresses").rel("down").takes(media::ALLOCATED_NETWORK_ADDRESS).since(ApiVersion::V5_1);
/// Reads the addresses in use, below the administrator's view.
pub const READ_ADMIN_ADDRESSES: Action =
    READ_ADMIN.at("/allocatedAddresses").rel("down").takes(media::ALLOCATED_NETWORK_ADDRESS).since(ApiVersion::V5_1);

/// The links of its documents, in their order: before 5.1 a network belongs to the organization, from then on to a VDC.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |network| network.head.org.map(|id| Urn::new(Kind::Org, id)))
        .only_in(&[View::User])
        .until(ApiVersion::V5_1),
    LinkRule::object("up", View::Admin, |network| network.head.org.map(|id| Urn::new(Kind::Org, id)))
        .only_in(&[View::Admin])
        .until(ApiVersion::V5_1),
    LinkRule::object("alternate", View::User, |network| Some(network.urn()))
        .only_in(&[View::Admin])
        .typed(media::ORG_NETWORK)
        .until(ApiVersion::V5_1),
    LinkRule::object("up", View::User, |network| network.head.parent.map(|id| Urn::new(Kind::Vdc, id)))
        .only_in(&[View::User])
        .since(ApiVersion::V5_1),
    LinkRule::object("up", View::Admin, |network| network.head.parent.map(|id| Urn::new(Kind::Vdc, id)))
        .only_in(&[View::Admin])
        .since(ApiVersion::V5_1),
    LinkRule::action(&READ_ADDRESSES).only_in(&[View::User]),
    LinkRule::action(&READ_ADMIN_ADDRESSES).only_in(&[View::Admin]),
];
