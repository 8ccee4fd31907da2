//! Documents of vApps. Invariant: a scaffold, and what is left of one, has no sections and no children: there is nothing to describe yet.

pub(crate) mod network;

use crate::view::section::{self, At};
use crate::view::{ViewCx, files, product, snapshot, task, vm};
use vcdsim_model::clock::format_time;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::vapp::network::UPDATE_NETWORKS;
use vcdsim_model::family::vapp::startup::UPDATE_STARTUP;
use vcdsim_model::family::vapp::{ENABLE_DOWNLOAD, NetworkConfig, UPDATE_LEASES, VApp};
use vcdsim_model::family::vm::{NO_NETWORK, Vm};
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{media, transfer};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{ovf, vcloud};

/// The document of a vApp.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> vcloud::VApp {
    let head = &graph.entity.head;
    let body = graph.entity.body::<VApp>();
    let href = cx.base.href(graph.entity.urn(), View::User);
    let base = vcloud::VApp {
        href: Some(href),
        r#type: Some(media::VAPP.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        deployed: Some(body.is_some_and(|body| body.deployed)),
        ovf_descriptor_uploaded: Some(true),
        link: links(cx, graph),
        description: Some(head.description.clone().unwrap_or_default()),
        tasks: task::in_progress(cx, &graph.tasks),
        date_created: Some(format_time(head.created)),
        owner: section::owner(cx, head.owner, &graph.related),
        auto_nature: Some(body.is_some_and(|body| body.auto_nature)),
        in_maintenance_mode: Some(body.is_some_and(|body| body.in_maintenance)),
        ..vcloud::VApp::default()
    };
    let there = !matches!(head.status, Status::Unresolved | Status::FailedCreation);
    if there { sections(cx, graph, base) } else { base }
}

/// Its links; those to its files only for who may fetch them.
fn links(cx: &ViewCx<'_>, graph: &Graph) -> Vec<vcloud::Link> {
    let vapp = &graph.entity;
    let files = [files::descriptor(cx, vapp), files::package(cx, vapp)].into_iter().flatten();
    let files = files.filter(|_| cx.caller.has(transfer::right(Kind::VApp)) && cx.version >= ENABLE_DOWNLOAD.since);
    cx.links(graph).into_iter().chain(network::links(cx, graph)).chain(files).collect()
}

fn sections(cx: &ViewCx<'_>, graph: &Graph, base: vcloud::VApp) -> vcloud::VApp {
    let machines: Vec<_> = graph.children_of(Kind::Vm).map(|child| vm::document(cx, child)).collect();
    vcloud::VApp {
        lease_settings_section: leases(cx, graph),
        startup_section: Some(startup(cx, graph)).filter(|section| !section.item.is_empty()),
        network_section: Some(networks(cx, graph)),
        network_config_section: Some(network_configs(cx, graph)),
        snapshot_section: (cx.version >= ApiVersion::V5_1).then(|| snapshots(cx, graph)),
        product_section: product::sections(graph),
        children: (!machines.is_empty()).then(|| vcloud::VAppChildren { vm: machines, ..vcloud::VAppChildren::default() }),
        ..base
    }
}

/// `LeaseSettingsSection`
pub(crate) fn leases(cx: &ViewCx<'_>, graph: &Graph) -> Option<vcloud::LeaseSettingsSection> {
    let body = graph.entity.body::<VApp>()?;
    let href = cx.base.href(graph.entity.urn(), View::User);
    let link = cx.section_link(&UPDATE_LEASES, graph).into_iter().collect();
    let section = section::leases(At(&href), &graph.entity, Some(body.deployment_lease_seconds), body.storage_lease_seconds);
    Some(vcloud::LeaseSettingsSection { link, ..section })
}

/// `ovf:StartupSection`: in which order its machines start and stop.
pub(crate) fn startup(cx: &ViewCx<'_>, graph: &Graph) -> ovf::StartupSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    ovf::StartupSection {
        href: At(&href).href("startupSection"),
        r#type: Some(media::STARTUP_SECTION.to_owned()),
        info: "Order of starting and stopping".to_owned(),
        item: graph.children_of(Kind::Vm).filter_map(|child| startup_item(&child.entity)).collect(),
        link: cx.section_link(&UPDATE_STARTUP, graph).into_iter().collect(),
        ..ovf::StartupSection::default()
    }
}

/// When a machine starts and stops.
pub(crate) fn startup_item(machine: &Entity) -> Option<ovf::StartupSectionItem> {
    let startup = machine.startup()?;
    Some(ovf::StartupSectionItem {
        id: machine.head.name.clone(),
        order: startup.order.into(),
        start_delay: Some(startup.start_delay.into()),
        stop_delay: Some(startup.stop_delay.into()),
        start_action: Some(startup.start.name().to_owned()),
        stop_action: Some(startup.stop.name().to_owned()),
        ..ovf::StartupSectionItem::default()
    })
}

/// `ovf:NetworkSection`
pub(crate) fn networks(cx: &ViewCx<'_>, graph: &Graph) -> ovf::NetworkSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    let all = all_networks(graph);
    section::networks(At(&href), all.iter().map(|network| (network.name.as_str(), network.description.as_deref())))
}

/// `NetworkConfigSection`
pub(crate) fn network_configs(cx: &ViewCx<'_>, graph: &Graph) -> vcloud::NetworkConfigSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    let configs = all_networks(graph).iter().map(|one| network::config(cx, graph, one)).collect();
    let link = cx.section_link(&UPDATE_NETWORKS, graph).into_iter().collect();
    vcloud::NetworkConfigSection { link, ..section::network_configs(At(&href), configs) }
}

/// `SnapshotSection`
pub(crate) fn snapshots(cx: &ViewCx<'_>, graph: &Graph) -> vcloud::SnapshotSection {
    snapshot::section(At(&cx.base.href(graph.entity.urn(), View::User)), graph)
}

/// The vApp's networks, and the one that stands for none where a card is on none.
fn all_networks(graph: &Graph) -> Vec<NetworkConfig> {
    let mut networks = graph.entity.body::<VApp>().map(|body| body.networks.clone()).unwrap_or_default();
    let mut machines = graph.children.iter().filter_map(|child| child.entity.body::<Vm>());
    if machines.any(|machine| machine.hardware.nics.iter().any(|nic| nic.network == NO_NETWORK)) {
        networks.push(section::no_network());
    }
    networks
}
