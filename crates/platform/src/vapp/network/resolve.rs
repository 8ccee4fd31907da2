//! From what is asked of a network to the network. Invariant: a bridged network has the addresses of the one above, an isolated one its own;
//! the one above is the VDC's, or shared with it.

use crate::network::connectable;
use crate::vapp::build::{check_name, own_scope};
use crate::vapp::create::NetworkRequest;
use crate::vapp::named;
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Head, Res};
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::network::{Features, Mapping};
use vcdsim_model::family::vapp::{IpScope, NetworkConfig};
use vcdsim_model::fault::excerpt;
use vcdsim_model::kind::Kind;
use vcdsim_store::Tx;
use vcdsim_task_engine::Prepare;

/// Refuses a network above that the caller may not see.
pub(in crate::vapp) async fn see_parent(cx: &Prepare<'_, '_>, asked: &NetworkRequest) -> Result<(), Fault> {
    match asked.parent {
        Some(urn) => named(cx, "ParentNetwork", urn).await.map(drop),
        None => Ok(()),
    }
}

/// Where a vApp lies, or is to lie: what it can be connected to follows from it.
#[derive(Debug, Clone, Copy)]
pub(in crate::vapp) struct Place {
    vdc: Option<Uuid>,
    org: Option<Uuid>,
}

impl Place {
    /// In a VDC.
    pub(in crate::vapp) fn of_vdc(vdc: &Head) -> Self {
        Self { vdc: Some(vdc.id), org: vdc.org }
    }

    /// Where a vApp lies.
    pub(in crate::vapp) fn of_vapp(vapp: &Head) -> Self {
        Self { vdc: vapp.parent, org: vapp.org }
    }

    /// Whether vApps here can be connected to a network: it is the VDC's own, or another VDC of the organization shares it.
    fn reaches(self, network: &Res<Network>) -> bool {
        network.head().parent == self.vdc || (network.body().shared && network.head().org == self.org)
    }
}

/// A network of a vApp that comes to another place: what it is connected to and does not reach there is cut off.
pub(in crate::vapp) async fn brought(tx: &Tx<'_>, network: NetworkConfig, to: Place) -> Result<NetworkConfig, Fault> {
    let Some(above) = network.parent else { return Ok(network) };
    let reached = tx.read().find::<Network>(above).await?.is_some_and(|above| to.reaches(&above));
    Ok(if reached { network } else { network.cut() })
}

/// The network that is asked for in a place; `own` is what it was before, if it was.
pub(in crate::vapp) async fn resolve(
    tx: &Tx<'_>,
    place: Place,
    asked: &NetworkRequest,
    own: Option<&NetworkConfig>,
) -> Result<NetworkConfig, Fault> {
    check_name(&asked.name)?;
    let above = above(tx, asked).await?;
    if let Some(above) = above.as_ref().filter(|above| !place.reaches(above) && own.and_then(|own| own.parent) != Some(above.head().id)) {
        let message = format!("The network \"{}\" is another VDC's, which does not share it.", above.head().name);
        return Err(Fault::bad_request(message));
    }
    let scope = scope(asked, above.as_ref(), own)?;
    scope.check(&asked.name)?;
    let mut network = NetworkConfig {
        id: own.map_or_else(|| tx.id(), |own| own.id),
        name: asked.name.clone(),
        description: asked.description.clone(),
        parent: above.as_ref().map(|above| above.head().id),
        fence_mode: asked.fence_mode.clone(),
        scope,
        retains: asked.retains,
        guest_vlan: asked.guest_vlan,
        external_ip: None,
        features: asked.features.clone(),
    };
    network.features.fit(&network.fence_mode);
    network.features.check(&network.name, &network.scope)?;
    if network.routed_to().is_some() {
        let same = own.filter(|own| own.routed_to() == network.routed_to());
        network.external_ip = same.and_then(|own| own.external_ip.clone());
        outside(&mut network.features, same, above.as_ref().map(|above| &above.body().scope)).map_err(|wrong| {
            Fault::bad_request(format!("The network \"{}\" maps the address {wrong}, which does not lie in its ParentNetwork.", asked.name))
        })?;
    }
    Ok(network)
}

async fn above(tx: &Tx<'_>, asked: &NetworkRequest) -> Result<Option<Res<Network>>, Fault> {
    let Some(urn) = asked.parent else { return Ok(None) };
    let missing = || Fault::invalid_reference("ParentNetwork", &urn.to_string());
    if urn.kind != Kind::Network {
        return Err(missing());
    }
    let above = tx.read().find::<Network>(urn.id).await?.ok_or_else(missing)?;
    connectable(above.entity())?;
    Ok(Some(above))
}

/// Its addresses. A routed network that names none has those of the network above on its inner side, too: it is fenced.
fn scope(asked: &NetworkRequest, above: Option<&Res<Network>>, own: Option<&NetworkConfig>) -> Result<IpScope, Fault> {
    let wrong = |what: String| Err(Fault::bad_request(format!("The network \"{}\" {what}.", asked.name)));
    let inherited = above.map(|above| IpScope { inherited: true, ..above.body().scope.clone() });
    let named = asked.scope.clone().filter(|scope| !scope.inherited);
    // What is kept of a network that had addresses of its own.
    let kept = || own.map(|own| own.scope.clone()).filter(|scope| !scope.inherited);
    match (asked.fence_mode.as_str(), inherited) {
        ("bridged" | "natRouted", None) => wrong(format!("is {} and has no ParentNetwork", asked.fence_mode)),
        ("bridged", Some(scope)) => Ok(scope),
        ("natRouted", Some(scope)) => Ok(named.unwrap_or(scope)),
        ("isolated", _) => Ok(named.or_else(|| asked.scope.clone().map(owned)).or_else(kept).unwrap_or_else(own_scope)),
        (other, _) => wrong(format!("has the FenceMode \"{}\"; it must be bridged, isolated or natRouted", excerpt(other))),
    }
}

fn owned(scope: IpScope) -> IpScope {
    IpScope { inherited: false, ..scope }
}

/// Addresses outside that are mapped by hand lie in the network above; those that are drawn stay as they were.
fn outside(features: &mut Features, own: Option<&NetworkConfig>, above: Option<&IpScope>) -> Result<(), String> {
    let before = own.and_then(|own| own.features.nat.as_ref()).map(|nat| nat.rules.as_slice()).unwrap_or_default();
    for rule in features.nat.iter_mut().flat_map(|nat| &mut nat.rules) {
        if rule.mapping == (Mapping::Address { manual: false }) {
            let drawn = before.iter().find(|other| other.id == rule.id && other.mapping == rule.mapping && other.card == rule.card);
            rule.external_ip = drawn.and_then(|drawn| drawn.external_ip.clone());
        } else if let (Some(text), Some(above)) = (&rule.external_ip, above) {
            let inside = text.parse::<Ipv4Addr>().is_ok_and(|address| above.contains(address));
            if !inside {
                return Err(excerpt(text));
            }
        }
    }
    Ok(())
}
