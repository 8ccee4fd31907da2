//! What a request for a vApp makes: the vApp's networks and its machines. Invariant: a machine's cards name networks of its vApp or `none`.

use super::alone;
use super::create::{CreateVApp, ItemRequest, NicRequest, Way};
use super::mac::{mac, moref, settle};
use super::source::{self, Source};
use super::{named, network};
use crate::lease::check_leases;
use crate::vm::copy_contents;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Body, Draft, Head, Res, Status};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vapp::network::Features;
use vcdsim_model::family::vapp::{IpScope, NetworkConfig, VApp};
use vcdsim_model::family::vapp_template::TemplateNetwork;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{GuestCustomization, NO_NETWORK, Nic, Vm};
use vcdsim_model::fault::excerpt;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::product::{ProductSection, configured};
use vcdsim_store::{EntityFilter, Reader, Tx};
use vcdsim_task_engine::Prepare;

/// A vApp that is to be made.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) vapp: VApp,
    pub(super) machines: Vec<Machine>,
    pub(super) site: Site,
}

/// A machine that is to be made.
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) body: Vm,
    /// The machine that it is a copy of, if it is one.
    pub(super) source: Option<Uuid>,
    /// Whether the request names hardware addresses, which other cards may have.
    pub(super) names_macs: bool,
}

/// Where machines are put.
pub(super) struct Site {
    /// The vApp's networks.
    pub(super) networks: Vec<NetworkConfig>,
    /// The storage profiles of its VDC.
    pub(super) profiles: Vec<Res<VdcStorageProfile>>,
    /// The newest hardware there is, as in `vmx-19`.
    pub(super) highest_hardware: String,
    /// The compute policies of the VDC, and the one that machines have unless they are given another.
    policies: (Vec<Uuid>, Option<Uuid>),
    /// Storage profiles of other VDCs, with those of the same name here.
    others: BTreeMap<Uuid, Uuid>,
}

impl Site {
    pub(super) async fn of(reader: &Reader<'_>, vdc: &Res<Vdc>, networks: Vec<NetworkConfig>) -> Result<Self, Fault> {
        let provider = reader.find::<ProviderVdc>(vdc.body().provider_vdc).await?;
        let highest_hardware = provider.map(|provider| provider.body().highest_hardware.clone()).unwrap_or_default();
        Ok(Self {
            networks,
            profiles: reader.children::<VdcStorageProfile>(vdc.head().id).await?,
            highest_hardware,
            policies: (vdc.body().compute_policies.clone(), vdc.body().default_compute_policy),
            others: BTreeMap::new(),
        })
    }

    /// The compute policy that is asked for, or the VDC's default.
    pub(super) fn sizing_policy(&self, asked: Option<Urn>) -> Result<Option<Uuid>, Fault> {
        asked.map_or(Ok(self.policies.1), |urn| sizing_policy(urn, &self.policies.0).map(Some))
    }

    /// Lets storage profiles of the organization's other VDCs stand for those of the same name here: pyvcloud names them where it moves a vApp.
    async fn know_others(&mut self, reader: &Reader<'_>, vdc: &Res<Vdc>) -> Result<(), Fault> {
        for other in reader.list(EntityFilter::kind(Kind::VdcStorageProfile).in_org(vdc.head().org)).await? {
            let ours = self.profiles.iter().find(|profile| profile.head().name == other.head.name);
            self.others.extend(ours.map(|profile| (other.head.id, profile.head().id)));
        }
        Ok(())
    }
}

/// The policy of a VDC that a reference names.
pub(crate) fn sizing_policy(asked: Urn, policies: &[Uuid]) -> Result<Uuid, Fault> {
    let known = asked.kind == Kind::ComputePolicy && policies.contains(&asked.id);
    if known { Ok(asked.id) } else { Err(Fault::invalid_reference("VmSizingPolicy", &asked.to_string())) }
}

/// Refuses names that no object can have.
pub(crate) fn check_name(name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() || name.chars().count() > 128 {
        return Err(Fault::bad_request("The attribute name must have between 1 and 128 characters."));
    }
    Ok(())
}

/// Refuses two machines of one name in one vApp, whatever the case of their letters.
pub(crate) fn check_names(names: &[String]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !seen.insert(name.to_lowercase()));
    twice.map_or(Ok(()), |name| Err(Fault::duplicate_name(name)))
}

/// Reads and checks everything that the request names.
pub(super) async fn plan(request: &CreateVApp, cx: &mut Prepare<'_, '_>, vdc: &Res<Vdc>) -> Result<Plan, Fault> {
    check_name(&request.name)?;
    check_leases([request.deployment_lease_seconds, request.storage_lease_seconds].into_iter().flatten())?;
    let alone = request.way == Way::Alone;
    let mut networks = if alone { alone::networks(request, cx, vdc).await? } else { Vec::new() };
    for asked in request.networks.iter().flatten() {
        network::see_parent(cx, asked).await?;
        networks.push(network::resolve(cx.tx, network::Place::of_vdc(vdc.head()), asked, None).await?);
    }
    if request.networks.is_none() && !alone {
        networks = own_networks(request, cx, vdc).await?;
    }
    network::distinct(&networks)?;
    networks.iter().try_for_each(|network| network::check_cards(network, |_| false))?;
    let mut site = Site::of(&cx.tx.read(), vdc, networks).await?;
    if let Way::Cloned { .. } = request.way {
        site.know_others(&cx.tx.read(), vdc).await?;
    }
    let mut machines = match request.source {
        Some(whole) => copies(cx.tx, &source::of_whole(request, cx, whole).await?, &site)?,
        None => composed(cx, &request.items, request.eulas_accepted, &site).await?,
    };
    if alone && machines.len() + request.blanks.len() != 1 {
        return Err(Fault::bad_request("Source must be one virtual machine, or a template of one."));
    }
    for blank in &request.blanks {
        machines.push(blank.made(cx, &site, vdc.head().org).await?);
    }
    let org = match vdc.head().org {
        Some(org) => cx.tx.read().find::<Org>(org).await?,
        None => None,
    };
    let lease = |asked: Option<i32>, ours: fn(&Org) -> i32| asked.or(org.as_ref().map(|org| ours(org.body()))).unwrap_or(0);
    let vapp = VApp {
        networks: site.networks.clone(),
        deployment_lease_seconds: lease(request.deployment_lease_seconds, |org| org.deployment_lease_seconds),
        storage_lease_seconds: lease(request.storage_lease_seconds, |org| org.storage_lease_seconds),
        products: products(request, cx).await?,
        auto_nature: alone,
        ..VApp::default()
    };
    // A machine that stands alone gives its name to nothing that others could want it for.
    let name = if alone { format!("{}-{}", request.name, cx.tx.id()) } else { request.name.clone() };
    Ok(Plan { name, vapp, machines, site })
}

/// Copies of machines.
fn copies(tx: &mut Tx<'_>, sources: &[(Source, Option<&ItemRequest>)], site: &Site) -> Result<Vec<Machine>, Fault> {
    sources.iter().map(|(source, item)| machine(tx, source, *item, site)).collect()
}

/// Copies of the machines that a request names one by one; those that are moved are none.
pub(super) async fn composed(
    cx: &mut Prepare<'_, '_>,
    items: &[ItemRequest],
    eulas_accepted: bool,
    site: &Site,
) -> Result<Vec<Machine>, Fault> {
    let sources = source::of_items(items, cx, eulas_accepted).await?;
    copies(cx.tx, &sources, site)
}

/// Makes a machine's scaffold in a vApp.
pub(super) async fn put_in(cx: &mut Prepare<'_, '_>, vapp: &Head, mut machine: Machine) -> Result<(), Fault> {
    let id = cx.tx.id();
    if let Some(source) = machine.source {
        copy_contents(cx.tx, source, id, &machine.body.hardware);
        cx.tx.copy_metadata(source, id).await?;
    }
    if machine.names_macs {
        settle(cx.tx, &mut machine.body.hardware.nics, None).await?;
    }
    let draft = Draft {
        id,
        name: machine.name,
        description: machine.description,
        org: vapp.org,
        parent: Some(vapp.id),
        owner: vapp.owner,
        status: Status::Unresolved,
        body: machine.body,
    };
    cx.create(draft).await.map(drop)
}

/// The networks of the source, which a copy has when nobody says which it is to have: a vApp's as they are, as far as what
/// they are connected to is in reach, a template's isolated.
async fn own_networks(request: &CreateVApp, cx: &Prepare<'_, '_>, vdc: &Res<Vdc>) -> Result<Vec<NetworkConfig>, Fault> {
    let Some(urn) = request.source else { return Ok(Vec::new()) };
    let isolated = |network: &TemplateNetwork| NetworkConfig {
        id: cx.tx.id(),
        name: network.name.clone(),
        description: Some(network.description.clone()),
        parent: None,
        fence_mode: "isolated".to_owned(),
        scope: own_scope(),
        retains: false,
        guest_vlan: false,
        external_ip: None,
        features: Features::default(),
    };
    let mut networks = Vec::new();
    Ok(match &named(cx, "Source", urn).await?.body {
        Body::VApp(vapp) => {
            for network in &vapp.networks {
                let copy = network.copied(cx.tx.id());
                networks.push(network::brought(cx.tx, copy, network::Place::of_vdc(vdc.head())).await?);
            }
            networks
        }
        Body::VAppTemplate(template) => template.networks.iter().filter(|network| network.name != NO_NETWORK).map(isolated).collect(),
        _ => Vec::new(),
    })
}

/// What the products of the source say, with the values that are asked for; what is composed of parts has none of its own.
async fn products(request: &CreateVApp, cx: &Prepare<'_, '_>) -> Result<Vec<ProductSection>, Fault> {
    let source = match request.source {
        Some(urn) if [Kind::VApp, Kind::VAppTemplate].contains(&urn.kind) => Some(named(cx, "Source", urn).await?),
        _ => None,
    };
    Ok(configured(source.map(|source| source.products().to_vec()).unwrap_or_default(), &request.products))
}

/// The addresses of a vApp network for which nobody named any.
#[must_use]
pub fn own_scope() -> IpScope {
    IpScope {
        inherited: false,
        gateway: "192.168.2.1".to_owned(),
        netmask: "255.255.255.0".to_owned(),
        dns1: None,
        dns2: None,
        dns_suffix: None,
        ranges: vec![("192.168.2.100".to_owned(), "192.168.2.199".to_owned())],
    }
}

/// A copy of a machine.
pub(super) fn machine(tx: &mut Tx<'_>, source: &Source, item: Option<&ItemRequest>, site: &Site) -> Result<Machine, Fault> {
    let networks = &site.networks;
    let name = item.and_then(|item| item.name.clone()).unwrap_or_else(|| source.name.clone());
    check_name(&name)?;
    let mut hardware = source.hardware.copied();
    hardware.cpus = within(item.and_then(|item| item.cpus).map(i64::from), hardware.cpus.into(), "NumberOfCpus", 256)?;
    let cores = item.and_then(|item| item.cores_per_socket).map(i64::from);
    hardware.cores_per_socket = within(cores, hardware.cores_per_socket.into(), "CoresPerSocket", 256)?;
    hardware.memory_mb = within(item.and_then(|item| item.memory_mb), hardware.memory_mb, "memory", 24 * 1024 * 1024)?;
    hardware.nics = match item.and_then(|item| item.nics.as_ref()) {
        Some(asked) => asked_nics(tx, &name, asked, networks)?,
        None => hardware.nics.iter().map(|nic| copied_nic(tx, nic, item, networks)).collect(),
    };
    let guest = GuestCustomization {
        enabled: item.and_then(|item| item.customize).unwrap_or(source.guest.enabled),
        computer_name: item.and_then(|item| item.computer_name.clone()).unwrap_or_else(|| computer_name(&name)),
        settings: source.guest.settings.clone(),
    };
    let body = Vm {
        storage_profile: profile(item.and_then(|item| item.storage_profile), site)?,
        products: configured(source.products.clone(), item.map_or(&[], |item| &item.products)),
        sizing_policy: site.sizing_policy(item.and_then(|item| item.sizing_policy))?,
        startup: source.startup,
        ..Vm::new(hardware, guest, moref(tx))
    };
    let description = item.and_then(|item| item.description.clone()).or_else(|| source.description.clone());
    let names_macs = item.and_then(|item| item.nics.as_ref()).is_some_and(|nics| nics.iter().any(|nic| nic.mac.is_some()));
    Ok(Machine { name, description, body, source: Some(source.urn.id), names_macs })
}

/// A number of a request, checked, or what the source has.
fn within<T: TryFrom<i64>>(asked: Option<i64>, ours: i64, what: &str, most: i64) -> Result<T, Fault> {
    let refused = || Fault::bad_request(format!("The {what} of a virtual machine must be between 1 and {most}."));
    let value = match asked {
        Some(value) if !(1..=most).contains(&value) => return Err(refused()),
        Some(value) => value,
        None => ours,
    };
    T::try_from(value).ok().ok_or_else(refused)
}

/// The storage profile that is asked for, or the VDC's default.
pub(super) fn profile(asked: Option<Urn>, site: &Site) -> Result<Option<Uuid>, Fault> {
    let Some(urn) = asked else {
        let default = site.profiles.iter().find(|profile| profile.body().default);
        return Ok(default.map(|profile| profile.head().id));
    };
    let id = site.others.get(&urn.id).copied().unwrap_or(urn.id);
    let found = site.profiles.iter().find(|profile| profile.head().id == id && profile.body().enabled);
    found.map(|profile| Some(profile.head().id)).ok_or_else(|| Fault::invalid_reference("StorageProfile", &urn.to_string()))
}

/// The cards of the machine `name` as the request has them.
pub(super) fn asked_nics(tx: &mut Tx<'_>, name: &str, asked: &[NicRequest], networks: &[NetworkConfig]) -> Result<Vec<Nic>, Fault> {
    if let Some(twice) = asked.iter().enumerate().find_map(|(at, nic)| asked[..at].iter().find(|other| other.index == nic.index)) {
        return Err(Fault::bad_request(format!("Network card {} of the machine \"{name}\" is named twice.", twice.index)));
    }
    asked.iter().map(|nic| asked_nic(tx, nic, networks)).collect()
}

/// A card as the request has it.
pub(crate) fn asked_nic(tx: &mut Tx<'_>, asked: &NicRequest, networks: &[NetworkConfig]) -> Result<Nic, Fault> {
    let wrong = |what: String| Err(Fault::bad_request(format!("Network card {} {what}.", asked.index)));
    if !["POOL", "DHCP", "MANUAL", "NONE"].contains(&asked.mode.as_str()) {
        return wrong(format!("has the IpAddressAllocationMode \"{}\"; it must be POOL, DHCP, MANUAL or NONE", excerpt(&asked.mode)));
    }
    let network = networks.iter().find(|network| network.name == asked.network);
    if network.is_none() && asked.network != NO_NETWORK {
        return wrong(format!("names the network \"{}\", which the vApp does not have", excerpt(&asked.network)));
    }
    let ip = match (asked.mode.as_str(), asked.ip.as_deref(), network) {
        ("MANUAL", Some(text), Some(network)) => match text.parse::<Ipv4Addr>() {
            Ok(address) if network.scope.contains(address) => Some(address.to_string()),
            _ => return wrong(format!("has the IpAddress \"{}\", which does not lie in its network", excerpt(text))),
        },
        ("MANUAL", None, Some(_)) => return wrong("is MANUAL and has no IpAddress".to_owned()),
        _ => None,
    };
    Ok(Nic {
        index: asked.index,
        network: asked.network.clone(),
        mac: asked.mac.clone().unwrap_or_else(|| mac(tx)),
        mode: if network.is_some() { asked.mode.clone() } else { "NONE".to_owned() },
        ip,
        connected: asked.connected && network.is_some(),
        adapter: asked.adapter.clone().unwrap_or_else(|| "VMXNET3".to_owned()),
    })
}

/// A card of the source: on the assigned network, on the network of the same name, or on none.
fn copied_nic(tx: &mut Tx<'_>, nic: &Nic, item: Option<&ItemRequest>, networks: &[NetworkConfig]) -> Nic {
    let assigned = item.and_then(|item| item.network_assignment.iter().find(|(inner, _)| *inner == nic.network));
    let wanted = assigned.map_or(nic.network.as_str(), |(_, container)| container.as_str());
    let copy = Nic { mac: mac(tx), ip: None, ..nic.clone() };
    match networks.iter().find(|network| network.name == wanted) {
        Some(network) if assigned.is_some() && nic.mode == "NONE" => {
            Nic { network: network.name.clone(), mode: "POOL".to_owned(), connected: true, ..copy }
        }
        Some(network) => Nic { network: network.name.clone(), ..copy },
        None => Nic { network: NO_NETWORK.to_owned(), mode: "NONE".to_owned(), connected: false, ..copy },
    }
}

/// A name that a guest can have, from the machine's.
pub(crate) fn computer_name(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(15).collect();
    let trimmed = kept.trim_matches('-');
    if trimmed.is_empty() { "vm".to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_have_names_that_guests_can_have() {
        assert_eq!(computer_name("my vm_1"), "my-vm-1");
        assert_eq!(computer_name("--"), "vm");
        assert_eq!(computer_name("a-very-long-id-of-a-machine"), "a-very-long-id");
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(within::<i32>(None, 4, "x", 8).unwrap(), 4);
        assert_eq!(within::<i32>(Some(8), 4, "x", 8).unwrap(), 8);
        assert!(within::<i32>(Some(0), 4, "x", 8).is_err() && within::<i32>(Some(9), 4, "x", 8).is_err());
    }

    #[test]
    fn only_names_of_sensible_length() {
        assert!(check_name("a").is_ok());
        assert!(check_name(" ").is_err() && check_name(&"x".repeat(129)).is_err());
    }
}
