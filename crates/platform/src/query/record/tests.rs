//! Rows of a small world, attribute by attribute.

use super::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::clock::from_millis;
use vcdsim_model::entity::{Entity, Head, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::family::vm::{Disk, Firmware, GuestCustomization, Hardware, Nic, TemplateVm, Vm};
use vcdsim_model::operation::Operation;
use vcdsim_model::plan::Course;
use vcdsim_model::sharing::Sharing;
use vcdsim_model::task::{Task, TaskStatus};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000 + number)
}

fn entity<R: Resource>(number: u128, name: &str, parent: Option<u128>, body: R) -> Arc<Entity> {
    let head = Head {
        id: id(number),
        kind: R::KIND,
        name: name.to_owned(),
        description: None,
        org: Some(id(1)),
        parent: parent.map(id),
        owner: None,
        status: Status::PoweredOn,
        busy: None,
        created: from_millis(0),
        seq: 0,
        rev: 1,
    };
    Arc::new(Entity { head, body: body.wrap() })
}

fn hardware() -> Hardware {
    let nic = |index, network: &str, ip: Option<&str>| Nic {
        index,
        network: network.to_owned(),
        mac: String::new(),
        mode: String::new(),
        ip: ip.map(str::to_owned),
        connected: true,
        adapter: String::new(),
    };
    Hardware {
        version: "vmx-13".to_owned(),
        os_type: String::new(),
        os_name: "Any OS".to_owned(),
        os_id: 1,
        cpus: 2,
        cores_per_socket: 1,
        memory_mb: 512,
        firmware: Firmware::Bios,
        disks: vec![Disk {
            instance: 2000,
            size_mb: 1024,
            bus_type: 6,
            bus_sub_type: String::new(),
            bus: 0,
            unit: 0,
            storage_profile: None,
            content: None,
        }],
        nics: vec![nic(0, "none", None), nic(1, "net", Some("10.0.0.5"))],
        serial_ports: Vec::new(),
    }
}

fn guest() -> GuestCustomization {
    GuestCustomization::default()
}

/// An organization with a VDC, a vApp with one machine, a catalog with a template of one machine, and a vCenter server.
fn objects() -> Vec<Arc<Entity>> {
    let org = Org {
        full_name: "Org".to_owned(),
        enabled: true,
        can_publish_catalogs: false,
        can_publish_externally: false,
        can_subscribe: false,
        deployed_vm_quota: 0,
        stored_vm_quota: 0,
        deployment_lease_seconds: 0,
        storage_lease_seconds: 0,
        template_storage_lease_seconds: 0,
        deletes_expired_vapps: false,
        powers_off_expired_vapps: false,
        deletes_expired_templates: false,
    };
    let vdc = Vdc {
        allocation_model: "AllocationVApp".to_owned(),
        cpu_limit_mhz: 0,
        memory_limit_mb: 0,
        vcpu_mhz: 1000,
        cpu_guaranteed_percent: 0,
        memory_guaranteed_percent: 0,
        network_quota: 0,
        vm_quota: 0,
        enabled: true,
        provider_vdc: id(90),
        network_pool: None,
        thin_provisioning: false,
        fast_provisioning: false,
        sharing: Sharing::to_be_seen(),
        compute_policies: Vec::new(),
        default_compute_policy: None,
    };
    let vapp = VApp { deployed: true, ..VApp::default() };
    let vm = Vm { deployed: true, ..Vm::new(hardware(), guest(), "vm-1".to_owned()) };
    let template = VAppTemplate::new(Some(id(6)), None, 0);
    let template_vm = TemplateVm {
        hardware: hardware(),
        guest: guest(),
        storage_profile: None,
        moref: "vm-2".to_owned(),
        products: Vec::new(),
        datastore: None,
        startup: Startup::default(),
    };
    let server = VimServer {
        url: "https://vc.test".to_owned(),
        user_name: "root".to_owned(),
        enabled: true,
        version: "7.0".to_owned(),
        uuid: String::new(),
        vms: Vec::new(),
        port_groups: vec![("dvportgroup-1".to_owned(), "first".to_owned())],
        resource_pools: vec![("resgroup-1".to_owned(), "pool".to_owned())],
    };
    vec![
        entity(1, "org", None, org),
        entity(2, "vdc", None, vdc),
        entity(3, "vapp", Some(2), vapp),
        entity(4, "vm", Some(3), vm),
        entity(5, "catalog", None, Catalog { published: true, ..Catalog::default() }),
        entity(6, "item", Some(5), CatalogItem::of(Urn::new(Kind::VAppTemplate, id(7)))),
        entity(7, "template", Some(2), template),
        entity(8, "template vm", Some(7), template_vm),
        entity(9, "vc", None, server),
    ]
}

/// Answers wants from [`objects`] until there are none, as the query service does from the store.
fn row(subject: &Subject, fields: &[Field]) -> Vec<(&'static str, Value)> {
    let objects = objects();
    let mut world = World::default();
    for _ in 0..10 {
        let facts = Facts { subject, world: &world };
        let row: Vec<_> = fields.iter().filter_map(|field| Some((field.name, field.value(&facts, ApiVersion::NEWEST)?))).collect();
        let wanted = world.take_wanted();
        if wanted.is_empty() {
            return row;
        }
        for want in wanted {
            match want {
                Want::Entity(urn) => world.put_entity(urn, objects.iter().find(|entity| entity.urn() == urn).cloned()),
                Want::Task(task) => world.put_task(task, None),
                Want::Group(group) => {
                    let inside = |entity: &&Arc<Entity>| match group.1 {
                        Of::Parent(parent) => entity.head.parent == Some(parent),
                        Of::Org(org) => entity.head.org == Some(org),
                        Of::Cloud => true,
                    };
                    let found = objects.iter().filter(|entity| entity.head.kind == group.0).filter(inside);
                    world.put_group(group, found.cloned().collect());
                }
            }
        }
    }
    panic!("attributes never stop wanting");
}

fn of(query_type: &str, number: usize) -> Vec<(&'static str, Value)> {
    let found = QueryType::find(query_type, ApiVersion::NEWEST).unwrap();
    row(&Subject::Entity(objects()[number - 1].clone()), found.fields)
}

fn value(row: &[(&'static str, Value)], name: &str) -> Option<Value> {
    row.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

#[test]
fn names_of_types_and_attributes_stand_once() {
    let names: BTreeSet<_> = TYPES.iter().map(|known| known.name).collect();
    assert_eq!(names.len(), TYPES.len());
    for known in TYPES {
        let attributes: BTreeSet<_> = known.fields.iter().map(|field| field.name).collect();
        assert_eq!(attributes.len(), known.fields.len(), "{}", known.name);
        assert!(!attributes.contains("href") && !attributes.contains("id"), "{}", known.name);
        assert!(known.record.ends_with("Record") && known.references.is_none_or(|name| name.ends_with("References")), "{}", known.name);
        assert_eq!(known.rows == Rows::None, known.fields.is_empty(), "{}", known.name);
    }
}

#[test]
fn a_machine_reaches_everything_around_it() {
    let row = of("adminVM", 4);
    assert_eq!(value(&row, "containerName"), text("vapp"));
    assert_eq!(value(&row, "container"), Some(Value::Ref(Urn::new(Kind::VApp, id(3)), View::User)));
    assert_eq!(value(&row, "vdc"), Some(Value::Ref(Urn::new(Kind::Vdc, id(2)), View::User)));
    assert_eq!(value(&row, "networkName"), text("net"));
    assert_eq!(value(&row, "hardwareVersion"), Some(Value::Int(13)));
    assert_eq!(value(&row, "isVAppTemplate"), Some(Value::Bool(false)));
    assert_eq!(value(&row, "isPublished"), Some(Value::Bool(false)));
    assert_eq!(value(&row, "catalogName"), None);
    assert_eq!(value(&row, "vc"), None, "the provider VDC does not exist");
    assert_eq!(value(&of("vm", 4), "ipAddress"), text("10.0.0.5"));
}

#[test]
fn a_template_s_machine_is_published_with_its_catalog() {
    let row = of("vm", 8);
    assert_eq!(value(&row, "isVAppTemplate"), Some(Value::Bool(true)));
    assert_eq!(value(&row, "containerName"), text("template"));
    assert_eq!(value(&row, "catalogName"), text("catalog"));
    assert_eq!(value(&row, "isPublished"), Some(Value::Bool(true)));
}

#[test]
fn what_lies_inside_is_counted_and_summed() {
    let row = of("adminVApp", 3);
    assert_eq!(value(&row, "numberOfVMs"), Some(Value::Int(1)));
    assert_eq!(value(&row, "storageKB"), Some(Value::Int(1024 * 1024)));
    let row = of("adminOrgVdc", 2);
    assert_eq!(value(&row, "numberOfRunningVMs"), Some(Value::Int(1)));
    assert_eq!(value(&row, "memoryUsedMB"), Some(Value::Int(512)));
    assert_eq!(value(&row, "numberOfVAppTemplates"), Some(Value::Int(1)));
    assert_eq!(value(&of("catalog", 5), "numberOfVAppTemplates"), Some(Value::Int(1)));
    assert_eq!(value(&of("organization", 1), "numberOfVdcs"), Some(Value::Int(1)));
    assert_eq!(value(&of("catalogItem", 6), "vdcName"), text("vdc"));
}

#[test]
fn inventory_of_a_vcenter_server_has_rows_without_identity() {
    let server = objects()[8].clone();
    let part = |sort: &Parts| Subject::Part(Arc::new(sort.of(&server, &[]).remove(0)));
    let group = part(&super::vim_server::PORT_GROUPS);
    let found = row(&group, QueryType::find("portgroup", ApiVersion::NEWEST).unwrap().fields);
    assert_eq!(value(&found, "moref"), text("dvportgroup-1"));
    assert_eq!(value(&found, "networkName"), text("--"));
    assert_eq!(value(&found, "vcName"), text("vc"));
    assert_eq!(Facts { subject: &group, world: &World::default() }.urn(), None);
    let pool = row(&part(&super::vim_server::RESOURCE_POOLS), QueryType::find("resourcePool", ApiVersion::NEWEST).unwrap().fields);
    assert_eq!(value(&pool, "name"), text("pool"));
}

#[test]
fn a_task_names_its_object_even_when_it_is_gone() {
    let task = Task {
        id: id(50),
        operation: Operation::VdcInstantiateVapp.into(),
        status: TaskStatus::PreRunning,
        owner: Urn::new(Kind::VApp, id(77)),
        subject: "was here".to_owned(),
        org: id(1),
        user: id(60),
        params: serde_json::Value::Null,
        phase: 0,
        progress: None,
        before: Vec::new(),
        cancel_requested: false,
        details: None,
        error: None,
        course: Course::default(),
        start: from_millis(0),
        end: None,
        expiry: from_millis(1),
    };
    let row = row(&Subject::Task(Arc::new(task)), QueryType::find("adminTask", ApiVersion::NEWEST).unwrap().fields);
    assert_eq!(value(&row, "name"), text("vdcInstantiateVapp"));
    assert_eq!(value(&row, "objectName"), text("was here"));
    assert_eq!(value(&row, "objectType"), text("vapp"));
    assert_eq!(value(&row, "orgName"), text("org"));
    assert_eq!(value(&row, "status"), text("preRunning"));
    assert_eq!(value(&row, "endDate"), None);
}

#[test]
fn attributes_and_types_that_a_version_does_not_have_are_unknown() {
    let task = QueryType::find("task", ApiVersion::V5_1).unwrap();
    assert!(task.columns(ApiVersion::V5_1).column("progress").is_none());
    assert!(task.columns(ApiVersion::V9_0).column("progress").is_some());
    assert!(task.columns(ApiVersion::V1_5).column("href").is_some());
    assert!(QueryType::find("adminRole", ApiVersion::V20_0).is_none());
    assert!(QueryType::find("VAPP", ApiVersion::NEWEST).is_none(), "case matters");
}

#[test]
fn every_format_has_its_element() {
    let vapp = QueryType::find("vApp", ApiVersion::V1_5).unwrap();
    assert_eq!((vapp.record, vapp.references, vapp.reference()), ("VAppRecord", Some("VAppReferences"), Some("VAppReference")));
    assert_eq!(QueryType::find("event", ApiVersion::V1_5).unwrap().reference(), None);
}
