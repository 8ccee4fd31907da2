//! Documents that clients send. Invariant: whatever is drawn is a document that a client could send, if not always one that is accepted.

use super::play::Play;
use super::steps::href;
use crate::story::{VCLOUD, VMEXT};
use crate::vapp::NAMESPACES;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::Answer;

/// Names are few, so that some are taken.
pub(super) fn name(play: &mut Play) -> String {
    let (word, number) = (play.pick(&["app", "app", "app", "app", "APP", "<a & \"b\">", "\u{e4}\u{2603}'"]), play.below(24));
    format!("{word}-{number}")
}

/// A name as an attribute of a document has it.
fn named(play: &mut Play) -> String {
    escaped(&name(play))
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

pub(super) fn seeded(kind: Kind, path: &str) -> String {
    href(Urn::new(kind, seeded_id(kind, path)), View::User)
}

fn vdc(play: &mut Play) -> &'static str {
    if play.chance(85) { "example-vdc" } else { "example-nsxt-vdc" }
}

/// Whether to deploy and power on.
fn start(play: &mut Play) -> &'static str {
    const STARTS: &[&str] = &[r#"deploy="false" powerOn="false""#, r#"powerOn="false""#, ""];
    play.pick(STARTS)
}

/// A request for something new: where to, its type, and the document.
pub(super) fn creation(play: &mut Play) -> (String, &'static str, String) {
    if play.narrow && play.chance(40) {
        return if play.chance(50) { capture(play) } else { copy(play) };
    }
    match play.below(10) {
        0..4 => {
            let url = format!("{}/action/instantiateVAppTemplate", seeded(Kind::Vdc, vdc(play)));
            (url, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, instantiation(play))
        }
        4..8 => {
            let url = format!("{}/action/composeVApp", seeded(Kind::Vdc, vdc(play)));
            (url, media::COMPOSE_VAPP_PARAMS, composition(play))
        }
        _ => import(play),
    }
}

/// A vApp into a catalog.
fn capture(play: &mut Play) -> (String, &'static str, String) {
    let vapps: Vec<Urn> = play.seen.of_kind(Kind::VApp).map(|entity| entity.urn()).collect();
    let source = play.pick_some(vapps.into_iter()).map_or_else(|| seeded(Kind::VApp, "none"), |vapp| href(vapp, View::User));
    let name = named(play);
    let body = format!(r#"<CaptureVAppParams {NAMESPACES} name="{name}"><Source href="{source}"/></CaptureVAppParams>"#);
    (format!("{}/action/captureVApp", seeded(Kind::Catalog, "example-catalog")), media::CAPTURE_VAPP_PARAMS, body)
}

/// An item into another catalog: a copy of it, or itself.
fn copy(play: &mut Play) -> (String, &'static str, String) {
    let items: Vec<Urn> = play.seen.of_kind(Kind::CatalogItem).map(|entity| entity.urn()).collect();
    let source = play.pick_some(items.into_iter()).map_or_else(|| seeded(Kind::CatalogItem, "none"), |item| href(item, View::User));
    let (name, how) = (named(play), play.pick(&["copy", "copy", "move"]));
    let catalog = play.pick(&["example-catalog", "example-nsxt-catalog"]);
    let body =
        format!(r#"<CopyOrMoveCatalogItemParams {NAMESPACES} name="{name}"><Source href="{source}"/></CopyOrMoveCatalogItemParams>"#);
    (format!("{}/action/{how}", seeded(Kind::Catalog, catalog)), media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS, body)
}

fn instantiation(play: &mut Play) -> String {
    let template = play.pick(&["photon-1vm", "three-vms"]);
    let mut source = seeded(Kind::VAppTemplate, &format!("example-catalog/{template}"));
    let vapps: Vec<Urn> = play.seen.of_kind(Kind::VApp).map(|entity| entity.urn()).collect();
    if play.chance(15)
        && let Some(urn) = play.pick_some(vapps.into_iter())
    {
        source = href(urn, View::User);
    }
    let (name, start, (networks, _)) = (named(play), start(play), networks(play));
    format!(
        r#"<InstantiateVAppTemplateParams {NAMESPACES} name="{name}" {start}>{networks}<Source href="{source}"/></InstantiateVAppTemplateParams>"#
    )
}

fn composition(play: &mut Play) -> String {
    let (name, start, (networks, names)) = (named(play), start(play), networks(play));
    let items: String = (0..play.below(4)).map(|number| item(play, number, names)).collect();
    format!(r#"<ComposeVAppParams {NAMESPACES} name="{name}" {start}>{networks}{items}</ComposeVAppParams>"#)
}

fn item(play: &mut Play, number: usize, networks: &[&str]) -> String {
    let mut source = seeded(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm");
    let machines: Vec<Urn> = play.seen.of_kind(Kind::Vm).map(|entity| entity.urn()).collect();
    if play.chance(15)
        && let Some(urn) = play.pick_some(machines.into_iter())
    {
        source = href(urn, View::User);
    }
    let stray = play.pick(&["none", "none", "other"]);
    let network = if play.chance(90) && !networks.is_empty() { play.pick(networks) } else { stray };
    let mode = play.pick(&["POOL", "POOL", "MANUAL", "DHCP", "NONE"]);
    let address = if mode == "MANUAL" { address(play) } else { String::new() };
    let second = if play.chance(25) { play.below(2) } else { 2 };
    let second = match second {
        2 => String::new(),
        index => format!(
            r#"<NetworkConnection network="{}"><NetworkConnectionIndex>{index}</NetworkConnectionIndex><IsConnected>true</IsConnected><IpAddressAllocationMode>POOL</IpAddressAllocationMode></NetworkConnection>"#,
            networks.last().unwrap_or(&"none")
        ),
    };
    format!(
        r#"<SourcedItem><Source href="{source}" name="vm-{number}"/><InstantiationParams><NetworkConnectionSection><ovf:Info/><NetworkConnection network="{network}"><NetworkConnectionIndex>0</NetworkConnectionIndex>{address}<IsConnected>true</IsConnected><IpAddressAllocationMode>{mode}</IpAddressAllocationMode></NetworkConnection>{second}</NetworkConnectionSection></InstantiationParams></SourcedItem>"#
    )
}

/// Addresses are few, so that some are taken.
pub(super) fn address(play: &mut Play) -> String {
    let (subnet, host) = (play.pick(&["192.168.1", "192.168.1", "192.168.1", "192.168.1", "192.168.2", "10.0.0"]), play.below(5));
    format!("<IpAddress>{subnet}.{}</IpAddress>", if subnet == "10.0.0" { 2 + host % 3 } else { 10 + host })
}

/// Networks of a new vApp: none, `net`, or `net` and `net2`; and their names.
fn networks(play: &mut Play) -> (String, &'static [&'static str]) {
    const NAMES: &[&[&str]] = &[&[], &["net"], &["net"], &["net"], &["net", "net2"]];
    let names: &'static [&'static str] = play.pick(NAMES);
    let all: String = names.iter().map(|name| network(play, name)).collect();
    let section = format!("<InstantiationParams><NetworkConfigSection><ovf:Info/>{all}</NetworkConfigSection></InstantiationParams>");
    (if names.is_empty() { String::new() } else { section }, names)
}

fn network(play: &mut Play, name: &str) -> String {
    let bridged = |parent: &str| format!(r#"<ParentNetwork href="{}"/><FenceMode>bridged</FenceMode>"#, seeded(Kind::Network, parent));
    let tiny = "<IpScopes><IpScope><IsInherited>false</IsInherited><Gateway>10.0.0.1</Gateway><Netmask>255.255.255.0</Netmask><IpRanges><IpRange><StartAddress>10.0.0.2</StartAddress><EndAddress>10.0.0.3</EndAddress></IpRange></IpRanges></IpScope></IpScopes><FenceMode>isolated</FenceMode>";
    let configuration = match play.below(7) {
        0..4 => bridged("example-net"),
        4 => match super::wiring::a_network(play) {
            Some(network) => format!(r#"<ParentNetwork href="{}"/><FenceMode>bridged</FenceMode>"#, href(network, View::User)),
            None => bridged("example-net2"),
        },
        5 => tiny.to_owned(),
        _ => bridged("example-net").replace("bridged", "natRouted"),
    };
    format!(r#"<NetworkConfig networkName="{name}"><Configuration>{configuration}</Configuration></NetworkConfig>"#)
}

fn import(play: &mut Play) -> (String, &'static str, String) {
    let template = play.chance(50);
    let (word, media) = match template {
        true => ("importVmAsVAppTemplate", media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS),
        false => ("importVmAsVApp", media::IMPORT_VM_AS_VAPP_PARAMS),
    };
    let url = format!("/api/admin/extension/vimServer/{}/{word}", seeded_id(Kind::VimServer, "vc1"));
    let (name, number, moves) = (named(play), 101 + play.below(4), play.chance(40));
    let start = if template { "" } else { start(play) };
    let catalog = match template && play.chance(70) {
        true => format!(r#"<Catalog href="{}"/>"#, seeded(Kind::Catalog, "example-catalog")),
        false => String::new(),
    };
    let root = format!("I{}Params", &word[1..]);
    let vdc = seeded(Kind::Vdc, "example-vdc");
    let body = format!(
        r#"<{root} xmlns="{VMEXT}" name="{name}" {start} sourceMove="{moves}"><VmMoRef>vm-{number}</VmMoRef><Vdc href="{vdc}"/>{catalog}</{root}>"#
    );
    (url, media, body)
}

pub(super) fn renamed(name: &str) -> String {
    let name = escaped(name);
    format!(r#"<VApp {NAMESPACES} name="{name}"><Description>renamed</Description></VApp>"#)
}

/// The settings of the gate: what blocks, for how long, and what then.
pub(super) fn gate(play: &mut Play) -> String {
    let names: Vec<_> = play.world.instance().app.cloud().engine().registry().names().collect();
    let share = play.pick(&[0, 30, 60, 100]);
    let some: Vec<_> = names.into_iter().filter(|_| play.chance(share)).collect();
    let operations: String = some.iter().map(|name| format!("<v:Operation>{}</v:Operation>", name.name())).collect();
    let action = play.pick(&["resume", "abort", "fail"]);
    let millis = play.pick(&[0, 1_000, 60_000, 60_000, 60_000, 3_600_000, 3_600_000, 432_000_000]);
    format!(
        "<BlockingTaskSettings xmlns=\"{VMEXT}\" xmlns:v=\"{VCLOUD}\"><TimeoutAction>{action}</TimeoutAction>\
         <BlockingTaskOperations>{operations}</BlockingTaskOperations><TimeoutInMilliseconds>{millis}</TimeoutInMilliseconds></BlockingTaskSettings>"
    )
}

/// The links of a document and of what it holds that change something: relation and target; of its leases only on days that have any.
pub(super) fn changes(document: &Answer, leases: bool) -> Vec<(String, String)> {
    let xml = document.xml();
    let links = xml.descendants().filter(|node| node.tag_name().name() == "Link");
    let all = links.filter_map(|link| Some((link.attribute("rel")?.to_owned(), link.attribute("href")?.to_owned())));
    all.filter(|(rel, _)| rel.starts_with("power:") || ["deploy", "undeploy", "discardState", "edit", "remove"].contains(&rel.as_str()))
        .filter(|(_, href)| leases || !href.ends_with(LEASES))
        .filter(|(rel, href)| {
            rel != "edit" || !href.contains("/vm-") || href.ends_with(CONNECTIONS) || !href[href.len() - 36..].contains('/')
        })
        .filter(|(_, href)| !href.ends_with(NETWORKS))
        .collect()
}

/// How hrefs of the network cards of machines end; of what machines are edited by, days see these and the machines themselves.
const CONNECTIONS: &str = "/networkConnectionSection/";

/// How hrefs of networks end; what is sent there must name all that cards are on, so no day sends it blindly.
const NETWORKS: &str = "/networkConfigSection/";

/// How hrefs of lease settings end.
const LEASES: &str = "/leaseSettingsSection/";

/// How hrefs of the order of machines end.
const STARTUP: &str = "/startupSection/";

/// The order of the machines of a vApp: each after the other, half a minute apart, or all at once.
fn startup(vapp: &Answer, apart: bool) -> String {
    let xml = vapp.xml();
    let names = xml.descendants().filter(|node| node.tag_name().name() == "Vm").filter_map(|node| node.attribute("name"));
    let delay = if apart { 30 } else { 0 };
    let item = |(order, name): (usize, &str)| {
        let name = escaped(name);
        format!(r#"<ovf:Item ovf:id="{name}" ovf:order="{order}" ovf:startDelay="{delay}" ovf:stopDelay="{delay}"/>"#)
    };
    let items: String = names.enumerate().map(item).collect();
    format!("<ovf:StartupSection {NAMESPACES}><ovf:Info/>{items}</ovf:StartupSection>")
}

/// The leases of an organization's vApps and templates: short ones, so that the days of `steps.rs` see them end.
pub(super) fn org_leases(deletes: bool) -> [(&'static str, &'static str, String); 2] {
    let (deletes, seconds) = (format!("<DeleteOnStorageLeaseExpiration>{deletes}</DeleteOnStorageLeaseExpiration>"), 86_400);
    let kept = format!("<StorageLeaseSeconds>{seconds}</StorageLeaseSeconds>");
    let vapps = format!(
        r#"<VAppLeaseSettings xmlns="{VCLOUD}">{deletes}<DeploymentLeaseSeconds>3600</DeploymentLeaseSeconds>{kept}</VAppLeaseSettings>"#
    );
    let templates = format!(r#"<OrgVAppTemplateLeaseSettings xmlns="{VCLOUD}">{deletes}{kept}</OrgVAppTemplateLeaseSettings>"#);
    [("vAppLeaseSettings", media::ORG_LEASE_SETTINGS, vapps), ("vAppTemplateLeaseSettings", media::ORG_TEMPLATE_LEASE_SETTINGS, templates)]
}

/// Verb and document of the request that a link of this relation means.
pub(super) fn of_link(
    document: &Answer,
    (rel, url): (&str, &str),
    name: &str,
    suspend: bool,
) -> (&'static str, Option<(&'static str, String)>) {
    let seconds = if suspend { 60 } else { 86_400 };
    let undeploy = if suspend { "suspend" } else { "default" };
    match rel {
        "edit" if url.ends_with(LEASES) => {
            let body = format!(
                "<LeaseSettingsSection {NAMESPACES}><ovf:Info/><DeploymentLeaseInSeconds>{seconds}</DeploymentLeaseInSeconds>\
                 <StorageLeaseInSeconds>{seconds}</StorageLeaseInSeconds></LeaseSettingsSection>"
            );
            ("PUT", Some((media::LEASE_SETTINGS_SECTION, body)))
        }
        "edit" if url.ends_with(STARTUP) => ("PUT", Some((media::STARTUP_SECTION, startup(document, suspend)))),
        "edit" if url.ends_with(CONNECTIONS) => {
            let (network, mode) = if suspend { ("net", "POOL") } else { ("none", "NONE") };
            let body = format!(
                "<NetworkConnectionSection {NAMESPACES}><ovf:Info/><NetworkConnection network=\"{network}\">\
                 <NetworkConnectionIndex>0</NetworkConnectionIndex><IsConnected>true</IsConnected>\
                 <IpAddressAllocationMode>{mode}</IpAddressAllocationMode></NetworkConnection></NetworkConnectionSection>"
            );
            ("PUT", Some((media::NETWORK_CONNECTION_SECTION, body)))
        }
        "edit" if url.contains("/vm-") => ("PUT", Some((media::VM, renamed(name).replace("VApp", "Vm")))),
        "edit" => ("PUT", Some((media::VAPP, renamed(name)))),
        "remove" => ("DELETE", None),
        "deploy" => ("POST", Some((media::DEPLOY_VAPP_PARAMS, format!(r#"<DeployVAppParams {NAMESPACES} powerOn="false"/>"#)))),
        "undeploy" => {
            let body =
                format!("<UndeployVAppParams {NAMESPACES}><UndeployPowerAction>{undeploy}</UndeployPowerAction></UndeployVAppParams>");
            ("POST", Some((media::UNDEPLOY_VAPP_PARAMS, body)))
        }
        _ => ("POST", None),
    }
}
