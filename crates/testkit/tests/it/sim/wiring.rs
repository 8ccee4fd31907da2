//! Networks of VDCs and of vApps, and edge gateways. Invariant: subnets and names are few, so that some meet, and pools are small, so that
//! some run dry.

use super::asking::{Asked, one};
use super::play::Play;
use super::requests::escaped;
use super::steps::{administrator, href, manager};
use crate::edge_gateway::{ADVANCED, gateway, part};
use crate::vapp::NAMESPACES;
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vm::Nic;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;

/// Something about networks.
pub(super) fn wired(play: &mut Play) -> Option<Asked> {
    match play.below(14) {
        0..3 => Some(new_network(play)),
        3 | 4 => changed_network(play),
        5 | 6 => deleted_network(play),
        7 => Some(new_gateway(play)),
        8 | 9 => removed_inner(play),
        _ => inner(play),
    }
}

fn vdc(play: &mut Play) -> Urn {
    let name = if play.chance(92) { "example-vdc" } else { "example-nsxt-vdc" };
    Urn::new(Kind::Vdc, seeded_id(Kind::Vdc, name))
}

/// A network of a VDC, whatever became of it.
pub(super) fn a_network(play: &mut Play) -> Option<Urn> {
    one(play, Kind::Network, |_| true).map(|network| network.urn())
}

/// A scope in one of few subnets: its gateway, and a pool of a few addresses.
pub(super) fn scope(subnet: &str, first: usize, count: usize) -> String {
    format!(
        "<IpScopes><IpScope><IsInherited>false</IsInherited><Gateway>{subnet}.1</Gateway><Netmask>255.255.255.0</Netmask>\
         <IpRanges><IpRange><StartAddress>{subnet}.{first}</StartAddress><EndAddress>{subnet}.{}</EndAddress></IpRange></IpRanges>\
         </IpScope></IpScopes>",
        first + count - 1
    )
}

fn a_scope(play: &mut Play) -> String {
    let subnet = format!("10.1.{}", play.below(3));
    let (first, count) = (play.pick(&[10, 10, 11, 12]), 1 + play.below(5));
    scope(&subnet, first, count)
}

/// A network of a VDC.
pub(super) fn lab(name: &str, configuration: &str, rest: &str) -> String {
    format!(r#"<OrgVdcNetwork {NAMESPACES} name="{name}"><Configuration>{configuration}</Configuration>{rest}</OrgVdcNetwork>"#)
}

fn new_network(play: &mut Play) -> Asked {
    let (who, vdc, scope) = (manager(play), vdc(play), a_scope(play));
    let gateway = one(play, Kind::EdgeGateway, |_| true).map(|gateway| gateway.urn());
    let (number, shared) = (play.below(5), play.chance(60));
    let shared = format!("<IsShared>{shared}</IsShared>");
    let external = format!("https://vcd.test/api/admin/extension/externalnet/{}", seeded_id(Kind::ExternalNetwork, "ExtNw"));
    let (what, configuration, rest) = match (play.below(10), gateway) {
        (0..3, _) => ("direct networks", format!(r#"<ParentNetwork href="{external}"/><FenceMode>bridged</FenceMode>"#), shared),
        (3..7, Some(gateway)) => {
            let gateway = format!(r#"<EdgeGateway href="{}"/>"#, href(gateway, View::Admin));
            ("routed networks", format!("{scope}<FenceMode>natRouted</FenceMode>"), gateway + &shared)
        }
        _ => ("isolated networks", format!("{scope}<FenceMode>isolated</FenceMode>"), shared),
    };
    let url = format!("{}/networks", href(vdc, View::Admin));
    Asked::post(what, who, url, media::ORG_VDC_NETWORK, lab(&format!("lab-{number}"), &configuration, &rest))
}

/// Those of the inventory stay: most of what is asked for names them.
fn a_made_network(play: &mut Play) -> Option<Arc<Entity>> {
    one(play, Kind::Network, |network| network.head.name.starts_with("lab"))
}

/// Another pool, another name, shared or not.
fn changed_network(play: &mut Play) -> Option<Asked> {
    let (who, network, other) = (manager(play), a_made_network(play), a_scope(play));
    let (number, shared, first, more) = (play.below(5), play.chance(60), play.pick(&[0, 0, 0, 1]), play.below(4));
    let (renamed, moved) = (play.chance(30), play.chance(20));
    let network = network?;
    let body = network.body::<Network>()?;
    let name = if renamed { format!("lab-{number}") } else { network.head.name.clone() };
    let last = |address: &str| address.rsplit('.').next().and_then(|host| host.parse::<usize>().ok()).unwrap_or(10);
    let subnet = body.scope.gateway.rsplit_once('.').map_or("10.1.0", |(subnet, _)| subnet);
    let ends = body.scope.ranges.first().map_or((10, 10), |(first, end)| (last(first), last(end)));
    let kept = scope(subnet, ends.0 + first, (ends.1 + more).saturating_sub(ends.0 + first + 1).max(1));
    let configuration = format!("{}<FenceMode>{}</FenceMode>", if moved { other } else { kept }, body.fence_mode);
    let document = lab(&name, &configuration, &format!("<IsShared>{shared}</IsShared>"));
    Some(Asked::put("changed networks", who, href(network.urn(), View::Admin), media::ORG_VDC_NETWORK, document))
}

fn deleted_network(play: &mut Play) -> Option<Asked> {
    let (who, network) = (manager(play), a_made_network(play));
    Some(Asked::delete("deleted networks", who, href(network?.urn(), View::Admin)))
}

fn new_gateway(play: &mut Play) -> Asked {
    let (who, vdc, number) = (administrator(play), vdc(play), play.below(4));
    let body = gateway(&format!("gw-{number}"), &part(""), ADVANCED);
    Asked::post("edge gateways", who, format!("{}/edgeGateways", href(vdc, View::Admin)), media::EDGE_GATEWAY, body)
}

/// The networks of a vApp, all in one document: most of those that it has, some of them otherwise, and a new one.
fn inner(play: &mut Play) -> Option<Asked> {
    let (who, vapp) = (manager(play), one(play, Kind::VApp, |_| true));
    let vapp = vapp?;
    let all = configurations(play, &vapp);
    let body = format!("<NetworkConfigSection {NAMESPACES}><ovf:Info/>{all}</NetworkConfigSection>");
    let url = format!("{}/networkConfigSection/", href(vapp.urn(), View::User));
    Some(Asked::put("networks of vApps", who, url, media::NETWORK_CONFIG_SECTION, body))
}

pub(super) fn configurations(play: &mut Play, vapp: &Entity) -> String {
    let there = vapp.body::<VApp>().map_or(&[][..], |vapp| &vapp.networks).to_vec();
    let mut all = String::new();
    for network in &there {
        let (stays, changes, renamed, other) = (play.chance(88), play.chance(35), play.chance(15), play.below(3));
        let changed = configuration(play, vapp);
        let name = if renamed { format!("net-{other}") } else { network.name.clone() };
        if stays {
            all += &named(&name, Some(network), &if changes { changed } else { unchanged(network) });
        }
    }
    let (adds, name) = (play.chance(50), play.pick(&["net", "net2", "inner", "inner2"]));
    let fresh = configuration(play, vapp);
    if adds || there.is_empty() {
        all += &named(name, None, &fresh);
    }
    all
}

fn named(name: &str, was: Option<&NetworkConfig>, configuration: &str) -> String {
    let reset =
        |network: &NetworkConfig| format!(r#"<Link rel="repair" href="https://vcd.test/api/admin/network/{}/action/reset"/>"#, network.id);
    let (name, link) = (escaped(name), was.map_or_else(String::new, reset));
    format!(r#"<NetworkConfig networkName="{name}">{link}<Configuration>{configuration}</Configuration></NetworkConfig>"#)
}

/// A network as it is, without its services.
fn unchanged(network: &NetworkConfig) -> String {
    let NetworkConfig { scope, parent, fence_mode, retains, .. } = network;
    let range = |(first, last): &(String, String)| {
        format!("<IpRange><StartAddress>{first}</StartAddress><EndAddress>{last}</EndAddress></IpRange>")
    };
    let ranges: String = scope.ranges.iter().map(range).collect();
    let (inherited, gateway, mask) = (scope.inherited, &scope.gateway, &scope.netmask);
    let parent = parent.map_or_else(String::new, |id| above(Urn::new(Kind::Network, id)));
    format!(
        "<IpScopes><IpScope><IsInherited>{inherited}</IsInherited><Gateway>{gateway}</Gateway><Netmask>{mask}</Netmask>\
         <IpRanges>{ranges}</IpRanges></IpScope></IpScopes>{parent}<FenceMode>{fence_mode}</FenceMode>\
         <RetainNetInfoAcrossDeployments>{retains}</RetainNetInfoAcrossDeployments>"
    )
}

fn above(network: Urn) -> String {
    format!(r#"<ParentNetwork href="{}"/>"#, href(network, View::User))
}

/// How a network of a vApp may be: bridged to one above, with a router to it, or by itself.
fn configuration(play: &mut Play, vapp: &Entity) -> String {
    let (parent, subnet, first, count) = (a_network(play), play.below(2), 10 + play.below(2), 1 + play.below(4));
    let parent = parent.map(above).unwrap_or_default();
    let own = scope(&format!("10.0.{subnet}"), first, count);
    let features = features(play, vapp, &format!("10.0.{subnet}"));
    let retains = format!("<RetainNetInfoAcrossDeployments>{}</RetainNetInfoAcrossDeployments>", play.chance(30));
    match play.below(8) {
        0..3 => format!("{parent}<FenceMode>bridged</FenceMode>"),
        3..6 => format!("{own}{parent}<FenceMode>natRouted</FenceMode>{retains}{features}"),
        6 => format!("{parent}<FenceMode>natRouted</FenceMode>{retains}"),
        _ => format!("{own}<FenceMode>isolated</FenceMode>"),
    }
}

/// Leases of a few addresses, and an address outside for one of the vApp's cards.
fn features(play: &mut Play, vapp: &Entity, subnet: &str) -> String {
    let (lends, maps, last) = (play.chance(60), play.chance(50), 100 + play.below(3));
    let card = |machine: &Arc<Entity>| Some((machine.head.id, machine.body::<Vm>()?.hardware.nics.first().map(|nic: &Nic| nic.index)?));
    let cards: Vec<_> = play.seen.machines(vapp.head.id).filter_map(card).collect();
    let card = play.pick_some(cards.into_iter());
    let dhcp = format!(
        "<DhcpService><IsEnabled>true</IsEnabled><DefaultLeaseTime>60</DefaultLeaseTime><MaxLeaseTime>120</MaxLeaseTime><IpRange>\
         <StartAddress>{subnet}.100</StartAddress><EndAddress>{subnet}.{last}</EndAddress></IpRange></DhcpService>"
    );
    let nat = card.filter(|_| maps).map_or_else(String::new, |(vm, nic)| {
        format!(
            "<NatService><IsEnabled>true</IsEnabled><NatType>ipTranslation</NatType><Policy>allowTraffic</Policy><NatRule><OneToOneVmRule>\
             <MappingMode>automatic</MappingMode><VAppScopedVmId>{vm}</VAppScopedVmId><VmNicId>{nic}</VmNicId></OneToOneVmRule></NatRule>\
             </NatService>"
        )
    });
    format!("<Features>{}{nat}</Features>", if lends { dhcp } else { String::new() })
}

/// One network of a vApp goes, mostly one that no card is on.
fn removed_inner(play: &mut Play) -> Option<Asked> {
    let any = play.chance(20);
    let is_free = |vapp: &Arc<Entity>, name: &str| {
        let cards = |machine: &Arc<Entity>| machine.body::<Vm>().is_some_and(|vm| vm.hardware.nics.iter().any(|nic| nic.network == name));
        !play.seen.machines(vapp.head.id).any(cards)
    };
    let networks = |vapp: &Arc<Entity>| {
        let all = vapp.body::<VApp>().map_or(&[][..], |body| &body.networks).iter();
        all.filter(|network| any || is_free(vapp, &network.name)).map(|network| network.id).collect::<Vec<_>>()
    };
    let all: Vec<_> = play.seen.of_kind(Kind::VApp).flat_map(networks).collect();
    let (who, network) = (manager(play), play.pick_some(all.into_iter()));
    Some(Asked::delete("removed networks of vApps", who, href(Urn::new(Kind::Network, network?), View::User)))
}
