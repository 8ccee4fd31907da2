//! One sample of every operation: a request that is accepted in a [`Scene`]. Invariant: an operation that is registered has a row here, or
//! the tests fail and name it.

use super::gateway;
use super::scene::Scene;
use futures::future::BoxFuture;
use vcdsim_model::Fault;
use vcdsim_model::family::affinity::{AffinityRule, Polarity};
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::disk::Bus;
use vcdsim_model::family::edge_gateway::services::ServicesChange;
use vcdsim_model::family::vapp::network::Firewall;
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vapp_template::PlannedVm;
use vcdsim_model::family::vm::{Drive, Edit, SerialPort, TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::metadata::{MetaValue, Written};
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::PowerChange;
use vcdsim_model::product::ProductSection;
use vcdsim_model::snapshot::SnapshotChange;
use vcdsim_platform::affinity::{CreateRule, DeleteRule, UpdateRule};
use vcdsim_platform::catalog::subscription::Subscribe;
use vcdsim_platform::catalog::sync::SyncCatalog;
use vcdsim_platform::catalog::{CreateCatalog, DeleteCatalog};
use vcdsim_platform::catalog_item::{CopyEntry, DeleteEntry, UpdateEntry};
use vcdsim_platform::disk::{AttachDisk, CreateDisk, DeleteDisk, DetachDisk, UpdateDisk};
use vcdsim_platform::edge_gateway::{ChangeEdgeGateway, DeleteEdgeGateway, GatewayChange};
use vcdsim_platform::graph::TaskGraph;
use vcdsim_platform::media::{Place, UploadMedia};
use vcdsim_platform::metadata::{MetadataChange, UpdateMetadata};
use vcdsim_platform::network::{DeleteNetwork, ResetNetwork};
use vcdsim_platform::product::UpdateTemplateVm;
use vcdsim_platform::seed::seeded_id;
use vcdsim_platform::transfer::EnableDownload;
use vcdsim_platform::vapp::{
    BlankRequest, CreateVApp, Delete, ItemRequest, NetworkChange, NetworkRequest, Recompose, UpdateNetworks, UpdateVApp, Way,
};
use vcdsim_platform::vapp_template::{CaptureVApp, Description, UploadTemplate};
use vcdsim_platform::vdc::{Limits, UpdateVdc};
use vcdsim_platform::vim_server::{Import, ImportVmAsVApp, ImportVmAsVAppTemplate, ImportVmIntoVApp};
use vcdsim_platform::vm::{
    BootRequest, Changes, CheckCompliance, CpuRequest, DiskRequest, DriveRequest, EditVm, EjectMedia, GuestRequest, InsertMedia,
    MaintainVm, NicsRequest, Power, Snapshots, SystemRequest, UpgradeHardware,
};
use vcdsim_store::EntityFilter;

/// What comes of a sample.
type Sent<'a> = BoxFuture<'a, Result<TaskGraph, Fault>>;
/// An operation, and how its sample is submitted.
pub(crate) type Sample = (Name, for<'a> fn(&'a Scene) -> Sent<'a>);

/// All samples. One should take the operation through all its phases, and make, lock and change whatever it can.
pub(crate) const SAMPLES: &[Sample] = &[
    (Name::VdcInstantiateVapp, |scene| send(scene, instantiate("new"))),
    (Name::VdcComposeVapp, |scene| send(scene, compose())),
    (Name::VdcCopyVapp, |scene| {
        let vdc = seeded_id(Kind::Vdc, "example-nsxt-vdc");
        let (way, source) = (Way::Cloned { moved: true }, Some(scene.spare));
        send(scene, CreateVApp { vdc, way, source, ..instantiate("spare") })
    }),
    (Name::VdcRecomposeVapp, |scene| Box::pin(recompose(scene))),
    (Name::VdcUpdateVapp, |scene| {
        let (name, description) = (Some("renamed".to_owned()), Some("new".to_owned()));
        let (run, keep) = (Some(3_600), Some(0));
        let leases = UpdateVApp { deployment_lease_seconds: run, storage_lease_seconds: keep, ..UpdateVApp::of(scene.off.id) };
        let startup = Some(vec![("firstVM".to_owned(), Startup { order: 7, ..Startup::default() })]);
        send(scene, UpdateVApp { name, description, startup, ..leases })
    }),
    (Name::VdcUpdateVappNetworkSection, |scene| send(scene, UpdateNetworks { vapp: scene.on.id, change: NetworkChange::All(routed()) })),
    (Name::VdcDeleteVapp, |scene| send(scene, Delete { target: scene.off, force: false })),
    (Name::VappDeploy, |scene| power(scene, scene.off, PowerChange::PowerOn)),
    (Name::VappUndeploySuspend, |scene| power(scene, scene.on, PowerChange::Undeploy { suspend: true })),
    (Name::VappUndeployPowerOff, |scene| {
        send(scene, Power { in_order: true, ..Power::new(scene.on, PowerChange::Undeploy { suspend: false }) })
    }),
    (Name::VappReset, |scene| power(scene, scene.on, PowerChange::Reset)),
    (Name::VappRebootGuest, |scene| power(scene, scene.on, PowerChange::Reboot)),
    (Name::VappPowerOff, |scene| power(scene, scene.on, PowerChange::PowerOff)),
    (Name::VappShutdownGuest, |scene| power(scene, scene.on, PowerChange::Shutdown)),
    (Name::VappSuspend, |scene| power(scene, scene.on, PowerChange::Suspend)),
    (Name::VappUpdateVm, |scene| Box::pin(edit_vm(scene))),
    (Name::VappDiscardSuspendedState, |scene| power(scene, scene.asleep, PowerChange::DiscardSuspended)),
    (Name::NetworkCreateOrgVdcNetwork, |scene| send(scene, gateway::behind(scene.gateway, "new"))),
    (Name::NetworkUpdateNetwork, |scene| send(scene, gateway::other_network(scene.lab))),
    (Name::NetworkReset, |scene| send(scene, ResetNetwork { id: scene.lab.id })),
    (Name::NetworkDelete, |scene| send(scene, DeleteNetwork { id: scene.lab.id })),
    (Name::NetworkEdgeGatewayCreate, |scene| send(scene, gateway::a_gateway("new"))),
    (Name::NetworkEdgeGatewayUpdate, |scene| change_gateway(scene, GatewayChange::All(Box::new(gateway::other_properties())))),
    (Name::NetworkConfigureEdgeGatewayServices, |scene| {
        let firewall = Some(Firewall { rules: Vec::new(), ..Firewall::usual() });
        change_gateway(scene, GatewayChange::Services(Box::new(ServicesChange { firewall, ..ServicesChange::default() })))
    }),
    (Name::NetworkEdgeGatewayRedeploy, |scene| change_gateway(scene, GatewayChange::Redeploy)),
    (Name::NetworkEdgeGatewayUpgradeConfiguration, |scene| change_gateway(scene, GatewayChange::Upgrade)),
    (Name::NetworkEdgeGatewaySyncSyslog, |scene| change_gateway(scene, GatewayChange::SyncSyslog)),
    (Name::NetworkEdgeGatewayDelete, |scene| send(scene, DeleteEdgeGateway { id: scene.gateway.id })),
    (Name::VappCreateSnapshot, |scene| send(scene, Snapshots { target: scene.on, change: SnapshotChange::Create { memory: true } })),
    (Name::VappRevertToCurrentSnapshot, |scene| Box::pin(kept(scene, SnapshotChange::Revert))),
    (Name::VappRemoveAllSnapshots, |scene| Box::pin(kept(scene, SnapshotChange::Remove))),
    (Name::ImportSingletonVapp, |scene| send(scene, ImportVmAsVApp { import: import(), deploy: false, power_on: false })),
    (Name::ImportIntoExistingVapp, |scene| send(scene, ImportVmIntoVApp { import: import(), vapp: scene.off.id })),
    (Name::ImportSingletonTemplate, |scene| {
        let catalog = Some(seeded_id(Kind::Catalog, "example-catalog"));
        send(scene, ImportVmAsVAppTemplate { import: import(), catalog, gold_master: false })
    }),
    (Name::CatalogCreateCatalog, |scene| send(scene, a_catalog("new", None))),
    (Name::CatalogSync, |scene| send(scene, SyncCatalog { target: scene.follower })),
    (Name::SyncCatalogItem, |scene| Box::pin(sync_item(scene))),
    (Name::CatalogDelete, |scene| send(scene, DeleteCatalog { id: seeded_id(Kind::Catalog, "example-catalog"), recursive: true })),
    (Name::CatalogDeleteBacking, |scene| send(scene, DeleteEntry { target: entry(Kind::CatalogItem, "three-vms") })),
    (Name::VdcDeleteTemplate, |scene| send(scene, DeleteEntry { target: entry(Kind::VAppTemplate, "three-vms") })),
    (Name::VdcDeleteMedia, |scene| send(scene, DeleteEntry { target: entry(Kind::Media, "example-media") })),
    (Name::VdcUpdateTemplate, |scene| send(scene, renamed(entry(Kind::VAppTemplate, "three-vms")))),
    (Name::TemplateUpdateVm, |scene| {
        let products = vec![ProductSection { info: "new".to_owned(), ..ProductSection::default() }];
        send(scene, UpdateTemplateVm { id: entry(Kind::TemplateVm, "three-vms/firstVM").id, products })
    }),
    (Name::MetadataUpdate, |scene| {
        let written = |key: &str| Written::new(None, None, key, MetaValue::Number(7)).unwrap();
        let change = MetadataChange::Merge(vec![written("there"), written("new")]);
        send(scene, UpdateMetadata { target: scene.off, change })
    }),
    (Name::VdcUpdateMedia, |scene| send(scene, renamed(entry(Kind::Media, "example-media")))),
    (Name::VdcCopyTemplate, |scene| send(scene, copy(entry(Kind::VAppTemplate, "three-vms")))),
    (Name::VdcCopyMedia, |scene| send(scene, copy(scene.image))),
    (Name::VdcCaptureTemplate, |scene| send(scene, capture(scene))),
    (Name::VappConsolidateVm, |scene| send(scene, MaintainVm { target: entry(Kind::TemplateVm, "three-vms/firstVM"), datastore: None })),
    (Name::VappRelocateVm, |scene| {
        let datastore = Some(Urn::new(Kind::Datastore, seeded_id(Kind::Datastore, "shared-disk-2")));
        send(scene, MaintainVm { target: scene.machine, datastore })
    }),
    (Name::VdcUpdateVdc, |scene| {
        let limits = Limits { cpu_mhz: Some(9_000), memory_mb: Some(9_000), machines: Some(90), networks: Some(9), vcpu_mhz: Some(900) };
        let id = seeded_id(Kind::Vdc, "example-vdc");
        send(scene, UpdateVdc { id, name: "renamed".to_owned(), description: Some("new".to_owned()), limits, enabled: Some(false) })
    }),
    (Name::VdcCreateDisk, |scene| create_disk(scene, "new")),
    (Name::VdcUpdateDisk, |scene| {
        let (name, description) = ("renamed".to_owned(), Some("new".to_owned()));
        let storage_profile = Some(Urn::new(Kind::VdcStorageProfile, seeded_id(Kind::VdcStorageProfile, "example-vdc/fast")));
        send(scene, UpdateDisk { id: scene.disk.id, name, description, size: Some(16 << 20), bus: None, storage_profile })
    }),
    (Name::VdcDeleteDisk, |scene| send(scene, DeleteDisk { id: scene.disk.id })),
    (Name::VappAttachDisk, |scene| send(scene, AttachDisk { vm: scene.machine.id, disk: scene.disk, place: Some((1, None)) })),
    (Name::VappDetachDisk, |scene| send(scene, DetachDisk { vm: scene.machine.id, disk: scene.attached })),
    (Name::VappUpgradeHwVersion, |scene| send(scene, UpgradeHardware { id: scene.machine.id })),
    (Name::VappCheckVmCompliance, |scene| send(scene, CheckCompliance { id: scene.machine.id })),
    (Name::VappInsertCdFloppy, |scene| send(scene, InsertMedia { vm: scene.machine.id, medium: entry(Kind::Media, "example-media") })),
    (Name::VappEjectCdFloppy, |scene| send(scene, EjectMedia { vm: scene.machine.id, medium: Some(scene.image) })),
    (Name::AffinityRuleCreate, |scene| Box::pin(create_rule(scene, "new"))),
    (Name::AffinityRuleUpdate, |scene| Box::pin(update_rule(scene))),
    (Name::AffinityRuleDelete, |scene| send(scene, DeleteRule { id: scene.rule.id })),
    (Name::VdcUploadMedia, |scene| upload_media(scene, "new")),
    (Name::VdcEnableDownload, |scene| send(scene, EnableDownload { target: scene.image })),
    (Name::VdcUploadOvfContents, |scene| Box::pin(upload_template(scene))),
];

fn change_gateway(scene: &Scene, change: GatewayChange) -> Sent<'_> {
    send(scene, ChangeEdgeGateway { id: scene.gateway.id, change })
}

/// Everything about a machine.
async fn edit_vm(scene: &Scene) -> Result<TaskGraph, Fault> {
    let machine = scene.cloud().read().children::<Vm>(scene.off.id).await?.remove(0);
    let fresh = DiskRequest { sizes_mb: vec![64], ..DiskRequest::default() };
    let grown = DiskRequest { instance: Some(2000), sizes_mb: vec![9_000], ..DiskRequest::default() };
    let changes = Changes {
        name: Some("edited".to_owned()),
        description: Some("new".to_owned()),
        storage_profile: Some(Urn::new(Kind::VdcStorageProfile, machine.body().storage_profile.unwrap())),
        cpu: Some(CpuRequest { cpus: Some(2), cores_per_socket: Some(2) }),
        memory_mb: Some(1_024),
        disks: Some(vec![grown, fresh]),
        drives: vec![DriveRequest { drive: Drive::Floppy, medium: Some(scene.image.id) }],
        serial_ports: Some(vec![SerialPort { connected: true, ..SerialPort::default() }]),
        nics: Some(NicsRequest::default()),
        guest: Some(GuestRequest { change_sid: Some(true), ..GuestRequest::default() }),
        system: Some(SystemRequest { os_type: Some("otherGuest".to_owned()), id: None }),
        hot_add_cpus: Some(true),
        hot_add_memory: Some(true),
        version: Some("vmx-14".to_owned()),
        sizing_policy: machine.body().sizing_policy.map(|id| Urn::new(Kind::ComputePolicy, id)),
        boot: Some(BootRequest { delay_ms: Some(500), firmware: Some("efi".to_owned()), ..BootRequest::default() }),
        extra_config: vec![("guestinfo.sample".to_owned(), "1".to_owned())],
        nested: Some(true),
        products: Some(vec![ProductSection { info: "new".to_owned(), ..ProductSection::default() }]),
    };
    send(scene, EditVm { id: machine.head().id, at: Edit::Whole, changes }).await
}

pub(crate) fn a_catalog(name: &str, subscription: Option<Subscribe>) -> CreateCatalog {
    let (org, name) = (seeded_id(Kind::Org, "example"), name.to_owned());
    CreateCatalog { org, name, description: None, storage_profiles: Vec::new(), subscription }
}

/// The item of an image whose files have not come, and which is called otherwise by now.
async fn sync_item(scene: &Scene) -> Result<TaskGraph, Fault> {
    let items = scene.cloud().read().children::<CatalogItem>(scene.follower.id).await?;
    let item = items.iter().find(|item| item.head().name == "image").unwrap();
    send(scene, SyncCatalog { target: item.urn() }).await
}

/// The vApp that has a snapshot.
async fn kept(scene: &Scene, change: SnapshotChange) -> Result<TaskGraph, Fault> {
    let vapps = scene.cloud().read().list(EntityFilter::kind(Kind::VApp)).await?;
    let target = vapps.iter().find(|vapp| vapp.head.name == "kept").unwrap().urn();
    send(scene, Snapshots { target, change }).await
}

/// Without a byte, it waits for none; what waits is tried in `media.rs`.
pub(crate) fn upload_media<'a>(scene: &'a Scene, name: &str) -> Sent<'a> {
    let place = Place::Catalog(seeded_id(Kind::Catalog, "example-catalog"));
    let (name, image_type) = (name.to_owned(), "iso".to_owned());
    send(scene, UploadMedia { place, name, description: None, image_type, size: 0, storage_profile: None })
}

pub(crate) fn create_disk<'a>(scene: &'a Scene, name: &str) -> Sent<'a> {
    let (vdc, name, bus) = (seeded_id(Kind::Vdc, "example-vdc"), name.to_owned(), Bus::named(None, None).unwrap());
    send(scene, CreateDisk { vdc, name, description: None, size: 8 << 20, bus, storage_profile: None })
}

/// A rule about some machines of the vApp that is off.
async fn a_rule(scene: &Scene, polarity: Polarity, machines: std::ops::Range<usize>) -> AffinityRule {
    let all = scene.cloud().read().children::<Vm>(scene.off.id).await.unwrap();
    let machines = all[machines].iter().map(|machine| machine.head().id).collect();
    AffinityRule { polarity, enabled: true, mandatory: false, machines }
}

pub(crate) async fn create_rule(scene: &Scene, name: &str) -> Result<TaskGraph, Fault> {
    let (vdc, rule) = (seeded_id(Kind::Vdc, "example-vdc"), a_rule(scene, Polarity::Affinity, 0..2).await);
    send(scene, CreateRule { vdc, name: name.to_owned(), rule }).await
}

async fn update_rule(scene: &Scene) -> Result<TaskGraph, Fault> {
    let rule = a_rule(scene, Polarity::AntiAffinity, 1..3).await;
    send(scene, UpdateRule { id: scene.rule.id, name: "renamed".to_owned(), rule }).await
}

/// A template whose descriptor has come, and which has no other file.
async fn upload_template(scene: &Scene) -> Result<TaskGraph, Fault> {
    let place = Place::Catalog(seeded_id(Kind::Catalog, "example-catalog"));
    let operation = UploadTemplate { place, name: "new".to_owned(), description: None, storage_profile: None, manifest_required: false };
    let begun = send(scene, operation).await?;
    let hardware = scene.cloud().read().get::<TemplateVm>(entry(Kind::TemplateVm, "three-vms/firstVM").id).await?.body().hardware.clone();
    let (contents, products, startup) = (Vec::new(), Vec::new(), Startup::default());
    let machine = PlannedVm { name: "box".to_owned(), description: None, hardware, contents, products, startup };
    let machines = vec![machine];
    let description = Description { files: Vec::new(), networks: Vec::new(), machines, eulas: Vec::new(), products: Vec::new() };
    scene.cloud().describe(begun.task.owner.id, Ok(description)).await?;
    Ok(begun)
}

/// What lies in the catalog of the inventory.
fn entry(kind: Kind, name: &str) -> Urn {
    Urn::new(kind, seeded_id(kind, &format!("example-catalog/{name}")))
}

fn renamed(target: Urn) -> UpdateEntry {
    UpdateEntry {
        name: Some("renamed".to_owned()),
        description: Some("new".to_owned()),
        gold_master: Some(true),
        ..UpdateEntry::of(target)
    }
}

/// Into the other catalog. What follows such an operation is tried in `capture.rs`.
fn copy(source: Urn) -> CopyEntry {
    let place = Place::Catalog(seeded_id(Kind::Catalog, "example-nsxt-catalog"));
    CopyEntry { place, source, name: Some("copied".to_owned()), description: None, storage_profile: None, deletes_source: false }
}

fn capture(scene: &Scene) -> CaptureVApp {
    CaptureVApp {
        place: Place::Catalog(seeded_id(Kind::Catalog, "example-catalog")),
        source: scene.on,
        name: "captured".to_owned(),
        description: None,
        storage_profile: None,
        storage_lease_seconds: None,
        customizable: true,
        instead_of: None,
    }
}

fn send<O: vcdsim_platform::Operation>(scene: &Scene, operation: O) -> Sent<'_> {
    Box::pin(scene.cloud().submit(operation, &scene.caller))
}

fn power(scene: &Scene, target: Urn, change: PowerChange) -> Sent<'_> {
    send(scene, Power::new(target, change))
}

/// A vApp of three machines.
pub(crate) fn instantiate(name: &str) -> CreateVApp {
    CreateVApp {
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        source: Some(Urn::new(Kind::VAppTemplate, seeded_id(Kind::VAppTemplate, "example-catalog/three-vms"))),
        name: name.to_owned(),
        ..CreateVApp::default()
    }
}

/// A vApp of one machine that takes an address of a network.
fn compose() -> CreateVApp {
    let machine = Urn::new(Kind::TemplateVm, seeded_id(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm"));
    let item = ItemRequest { network_assignment: vec![("none".to_owned(), "net".to_owned())], ..ItemRequest::of(machine) };
    let network = NetworkRequest {
        name: "net".to_owned(),
        parent: Some(Urn::new(Kind::Network, seeded_id(Kind::Network, "example-net"))),
        fence_mode: "bridged".to_owned(),
        ..NetworkRequest::default()
    };
    CreateVApp { source: None, items: vec![item], networks: Some(vec![network]), ..instantiate("new") }
}

/// A vApp that is called otherwise, with other networks and a changed machine, a machine less, a copy, a machine of nothing, and one of another vApp more.
async fn recompose(scene: &Scene) -> Result<TaskGraph, Fault> {
    let machines = scene.cloud().read().children::<Vm>(scene.off.id).await?;
    let spare = scene.cloud().read().children::<Vm>(scene.spare.id).await?[0].urn();
    let template = entry(Kind::TemplateVm, "photon-1vm/photon-1vm");
    let moved = ItemRequest { moves: true, name: Some("moved".to_owned()), ..ItemRequest::of(spare) };
    let blank = BlankRequest { name: "blank".to_owned(), os_type: Some("ubuntu64Guest".to_owned()), ..BlankRequest::default() };
    let change = UpdateVApp { name: Some("recomposed".to_owned()), ..UpdateVApp::of(scene.off.id) };
    let (items, blanks, removed) = (vec![ItemRequest::of(template), moved], vec![blank], vec![machines[0].urn()]);
    let changes = Changes { name: Some("edited".to_owned()), memory_mb: Some(1_024), ..Changes::default() };
    let edits = vec![EditVm { id: machines[1].head().id, at: Edit::Whole, changes }];
    let networks = Some(routed());
    send(scene, Recompose { change, items, blanks, removed, networks, edits, ..Recompose::of(scene.off.id) }).await
}

/// A network of its own, and one whose router takes an address, since the vApp is deployed.
fn routed() -> Vec<NetworkRequest> {
    let inner = NetworkRequest { name: "inner".to_owned(), fence_mode: "isolated".to_owned(), ..NetworkRequest::default() };
    let parent = Some(Urn::new(Kind::Network, seeded_id(Kind::Network, "example-net")));
    vec![inner.clone(), NetworkRequest { name: "routed".to_owned(), fence_mode: "natRouted".to_owned(), parent, ..inner }]
}

fn import() -> Import {
    Import {
        vim_server: seeded_id(Kind::VimServer, "vc1"),
        moref: "vm-101".to_owned(),
        name: Some("imported".to_owned()),
        description: None,
        vm_name: None,
        computer_name: None,
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        storage_profile: None,
        source_move: true,
    }
}
