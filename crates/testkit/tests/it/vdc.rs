//! Organization VDCs.

use crate::DOCUMENTED;
use crate::catalog::{shared, user_href};
use crate::org::{admin_twin, org};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

/// The href of the first VDC of example.
pub(crate) async fn vdc(actor: &Actor) -> String {
    actor.get(&org(actor, "example").await).await.link("down", media::VDC)
}

#[tokio::test]
async fn both_views() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let admin = world.login("orgadmin@example").await;
    let href = vdc(&tenant).await;
    for version in DOCUMENTED {
        golden!(tenant.at(version).get(&href).await, "vdc", "tenant", "recorded (elements of real servers, links as far as served)");
        golden!(
            admin.at(version).get(&admin_twin(&href)).await,
            "vdc",
            "admin",
            "recorded (elements of real servers, links as far as served)"
        );
    }
    let provider = world.login("administrator@System").await;
    golden!(admin.get(&href).await, "vdc", "of-an-administrator", "recorded (links of who may do everything)");
    golden!(provider.get(&admin_twin(&href)).await, "vdc", "of-the-provider", "recorded (references that the provider alone may follow)");
    let document = tenant.get(&href).await;
    let xml = document.xml();
    let first = xml.root_element().first_element_child().unwrap();
    assert_eq!((first.attribute("rel"), first.attribute("type")), (Some("up"), Some(media::ORG)), "clients take the first link for it");
    assert_eq!(tenant.get(&admin_twin(&href)).await.status, 403);
    assert_eq!(world.login("orgadmin2@example2").await.get(&href).await.status, 403);
    let provider = provider.get(&admin_twin(&href)).await;
    assert_eq!((provider.count("NetworkPoolReference"), provider.count("ProviderVdcReference")), (1, 1));
}

#[tokio::test]
async fn what_a_role_may_not_read_is_not_listed() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let href = vdc(&author).await;
    assert_eq!(author.get(&href).await.count("ResourceEntity"), 3, "two templates and a medium");
    assert_eq!(world.login("console@example").await.get(&href).await.count("ResourceEntity"), 0);
}

#[tokio::test]
async fn what_machines_use_is_counted_alike_everywhere() {
    let world = crate::walk::world().await;
    let admin = world.login("administrator@System").await;
    let document = admin.get(&vdc(&admin).await).await;
    let xml = document.xml();
    let used: Vec<_> = xml.descendants().filter(|node| node.tag_name().name() == "Used").filter_map(|node| node.text()).collect();
    assert_eq!(used, ["1000", "512"], "one virtual CPU and its memory");
    let record = admin.get("/api/query?type=orgVdc&filter=name==example-vdc").await;
    let of_record = |name| record.attribute_of("OrgVdcRecord", name);
    assert_eq!((of_record("cpuUsedMhz").as_deref(), of_record("memoryUsedMB").as_deref()), (Some("1000"), Some("512")));
    let profile = admin.get(&document.attribute_of("VdcStorageProfile", "href").unwrap()).await;
    let behind = admin.get(&admin_twin(&document.attribute_of("VdcStorageProfile", "href").unwrap())).await;
    let behind = admin.get(&behind.attribute_of("ProviderVdcStorageProfile", "href").unwrap()).await;
    assert_eq!((profile.text_of("StorageUsedMB").as_deref(), behind.text_of("CapacityUsed").as_deref()), (Some("10244"), Some("10244")));
    assert_eq!(of_record("storageUsedMB").as_deref(), Some("10244"));
}

#[tokio::test]
async fn what_is_deleted_is_not_listed_even_before_the_driver_has_its_turn() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = crate::vapp::a_vapp(&author, "gone", "photon-1vm").await;
    let vdc = author.get(&vapp).await.link("up", media::VDC);
    // Nobody but the request itself looks after what is due.
    let author = author.unattended();
    assert!(author.get(&vdc).await.text().contains(&vapp));
    assert_eq!(author.delete(&vapp).await.status, 202);
    assert!(!author.get(&vdc).await.text().contains(&vapp), "clients list what they deleted, and follow what is listed");
}

/// The value of an attribute in each element of a name, in order.
fn each(answer: &Answer, element: &str, attribute: &str) -> Vec<String> {
    let xml = answer.xml();
    let found = xml.descendants().filter(|node| node.tag_name().name() == element);
    found.filter_map(|node| node.attribute(attribute).map(str::to_owned)).collect()
}

#[tokio::test]
async fn hardware_is_what_the_provider_vdc_supports() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let admin = world.login("administrator@System").await;
    let href = vdc(&tenant).await;
    let document = tenant.get(&href).await;
    let places = each(&document, "SupportedHardwareVersion", "href");
    assert_eq!(each(&document, "SupportedHardwareVersion", "name").last().map(String::as_str), Some("vmx-19"), "clients take the last");
    assert!(each(&tenant.at("27.0").get(&href).await, "SupportedHardwareVersion", "href").is_empty());
    for place in &places {
        let answer = tenant.get(place).await;
        assert_eq!((answer.status, answer.attribute("href").as_deref()), (200, Some(place.as_str())));
        assert_eq!(answer.link("up", media::VDC), href);
    }
    for version in ["30.0", "39.1"] {
        golden!(tenant.at(version).get(&format!("{href}/hwv/vmx-04")).await, "vdc", "hardware", "schema; names of vSphere");
    }
    let provider = admin.get(&admin_twin(&href)).await.attribute_of("ProviderVdcReference", "href").unwrap();
    let of_provider = each(&admin.get(&provider).await, "SupportedHardwareVersion", "href");
    assert_eq!(admin.get(&of_provider[0]).await.link("up", media::PROVIDER_VDC), provider);
    assert_eq!(tenant.get(&of_provider[0]).await.status, 403);
    for (unknown, status) in [("vmx-20", 404), ("vmx-4", 404), ("", 404)] {
        let answer = tenant.get(&format!("{href}/hwv/{unknown}")).await;
        assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (status, Some("RESOURCE_NOT_FOUND")), "{unknown}");
    }
    assert_eq!(world.login("orgadmin2@example2").await.get(&places[0]).await.status, 403);
    assert_eq!(tenant.at("27.0").get(&places[0]).await.status, 404);
}

/// The elements of the guest with this name in a generation of hardware: name and text.
fn guest(answer: &Answer, id: &str) -> Vec<(String, String)> {
    let xml = answer.xml();
    let named = xml.descendants().find(|node| node.tag_name().name() == "InternalName" && node.text() == Some(id));
    let parts = named.and_then(|node| node.parent()).into_iter().flat_map(|node| node.children());
    parts.map(|node| (node.tag_name().name().to_owned(), node.text().unwrap_or_default().to_owned())).collect()
}

#[tokio::test]
async fn a_generation_of_hardware_lists_its_guests() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let href = vdc(&tenant).await;
    let new = tenant.get(&format!("{href}/hwv/vmx-18")).await;
    let old = tenant.get(&format!("{href}/hwv/vmx-07")).await;
    assert_eq!(new.text_of("name").as_deref(), Some("vmx-18"));
    let has = |guest: &[(String, String)], name: &str, text: &str| guest.iter().any(|part| *part == (name.to_owned(), text.to_owned()));
    // What go-vcloud-director asks for.
    let suse = guest(&new, "sles10_64Guest");
    assert!(has(&suse, "Name", "SUSE Linux Enterprise 10 (64-bit)") && has(&suse, "x64", "true"), "{suse:?}");
    assert!(has(&guest(&new, "debian10_64Guest"), "DefaultHardDiskAdapterType", "5"));
    assert!(guest(&old, "debian10_64Guest").is_empty() && has(&guest(&old, "ubuntu64Guest"), "cimOsId", "94"));
    assert_eq!((each(&new, "HardDiskAdapter", "id").len(), each(&old, "HardDiskAdapter", "id").len()), (7, 5));
    assert_eq!((new.text_of("maxCPUs").as_deref(), old.text_of("maxCPUs").as_deref()), (Some("768"), Some("8")));
}

#[tokio::test]
async fn sharing_decides_who_sees_a_vdc() {
    let world = World::new().await;
    let (admin, author) = (world.login("orgadmin@example").await, world.login("author@example").await);
    let href = vdc(&admin).await;
    let (read, share) = {
        let document = admin.get(&href).await;
        (document.link("down", media::CONTROL_ACCESS), document.link("controlAccess", media::CONTROL_ACCESS))
    };
    let profile = author.get(&href).await.attribute_of("VdcStorageProfile", "href").unwrap();
    let network = author.get(&href).await.attribute_of("Network", "href").unwrap();
    let vapp = crate::vapp::a_vapp(&author, "mine", "photon-1vm").await;
    let sees = async |actor: &Actor| {
        let listed = actor.get("/api/query?type=orgVdc&filter=name==example-vdc").await.count("OrgVdcRecord");
        let in_org = each(&actor.get(&org(actor, "example").await).await, "Link", "href").contains(&href);
        let profiles =
            actor.get("/api/query?type=orgVdcStorageProfile&filter=vdcName==example-vdc").await.count("OrgVdcStorageProfileRecord");
        let parts = [actor.get(&href).await.status, actor.get(&profile).await.status, actor.get(&network).await.status];
        assert_eq!((listed == 1, in_org, profiles == 2), (parts[0] == 200, parts[0] == 200, parts[0] == 200), "all ways agree");
        parts
    };
    assert_eq!(sees(&author).await, [200; 3], "at first everyone sees it");
    let everyone = admin.get(&read).await;
    assert_eq!((everyone.text_of("IsSharedToEveryone").as_deref(), everyone.count("AccessSettings")), (Some("true"), 0));

    let user = user_href(&admin, "user").await;
    let some = admin.put(&share, media::CONTROL_ACCESS, &shared(None, &[(&user, "ReadOnly")])).await;
    assert_eq!((some.status, some.attribute_of("Subject", "name").as_deref()), (200, Some("user")), "{}", some.text());
    for version in ["30.0", "39.1"] {
        golden!(admin.at(version).get(&read).await, "vdc", "shares", "schema; what clients need of it (clients-python, ACL)");
    }
    assert_eq!((sees(&author).await, sees(&world.login("user@example").await).await), ([403; 3], [200; 3]));
    assert_eq!(sees(&admin).await, [200; 3], "who may access all VDCs keeps it");
    assert_eq!(author.get(&vapp).await.status, 200, "what is one's own stays so");
    let instantiate = format!("{href}/action/instantiateVAppTemplate");
    assert_eq!(author.post(&instantiate, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, "").await.status, 403);

    admin.put(&share, media::CONTROL_ACCESS, &shared(Some("ReadOnly"), &[])).await;
    assert_eq!(sees(&author).await, [200; 3]);
}

#[tokio::test]
async fn what_a_vdc_cannot_be_shared_with_is_refused() {
    let world = World::new().await;
    let (admin, author) = (world.login("orgadmin@example").await, world.login("author@example").await);
    let href = vdc(&admin).await;
    let (user, foreign) = (user_href(&admin, "user").await, user_href(&world.login("orgadmin2@example2").await, "orgadmin2").await);
    let own = admin_twin(&org(&admin, "example").await);
    let share = admin.get(&href).await.link("controlAccess", media::CONTROL_ACCESS);
    let nobody = "/api/admin/user/none";
    for (everyone, subjects, code) in [
        (Some("Change"), vec![], "BAD_REQUEST"),
        (None, vec![(user.as_str(), "FullControl")], "BAD_REQUEST"),
        (None, vec![(user.as_str(), "Deny")], "BAD_REQUEST"),
        (None, vec![(own.as_str(), "ReadOnly")], "BAD_REQUEST"),
        (None, vec![(foreign.as_str(), "ReadOnly")], "INVALID_REFERENCE"),
        (None, vec![(nobody, "ReadOnly")], "INVALID_REFERENCE"),
    ] {
        let refused = admin.put(&share, media::CONTROL_ACCESS, &shared(everyone, &subjects)).await;
        assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some(code)), "{}", refused.text());
    }
    assert_eq!(admin.post(&share, media::CONTROL_ACCESS, &shared(None, &[])).await.status, 405, "catalogs are posted to, VDCs are not");
    let document = author.get(&href).await;
    assert!(document.find_link("down", media::CONTROL_ACCESS).is_none() && document.find_link("controlAccess", "").is_none());
    assert_eq!(author.put(&share, media::CONTROL_ACCESS, &shared(None, &[])).await.status, 403);
    assert_eq!(author.get(&format!("{href}/controlAccess/")).await.status, 403);
    assert!(admin.at("9.0").get(&href).await.find_link("down", media::CONTROL_ACCESS).is_none());
    let twin = admin.get(&admin_twin(&href)).await;
    assert_eq!(twin.link("controlAccess", media::CONTROL_ACCESS), share, "there is one place for it");
}

#[tokio::test]
async fn a_vdc_has_the_system_default_policy() {
    let world = World::new().await;
    let (admin, author) = (world.login("administrator@System").await, world.login("author@example").await);
    let href = vdc(&author).await;
    let id = format!("urn:vcloud:vdcComputePolicy:{}", seeded_id(Kind::ComputePolicy, "System Default"));
    for (version, place) in [("33.0", "/cloudapi/1.0.0/"), ("38.1", "/cloudapi/1.0.0/"), ("39.0", "/cloudapi/2.0.0/")] {
        let (author, document) = (author.at(version), author.at(version).get(&href).await);
        let of = |name| document.attribute_of("DefaultComputePolicy", name).unwrap();
        assert_eq!((of("name"), of("id"), of("type")), ("System Default".to_owned(), id.clone(), "application/json".to_owned()));
        let policy = author.get(&of("href")).await;
        assert!(of("href").contains(place) && policy.media() == "application/json", "{}", of("href"));
        assert_eq!((policy.json()["id"].as_str(), policy.json()["isSizingOnly"].as_bool()), (Some(id.as_str()), Some(true)));
        assert_eq!(policy.json()["policyType"].as_str(), (version == "39.0").then_some("VdcVmPolicy"));
    }
    assert_eq!(author.at("32.0").get(&href).await.count("DefaultComputePolicy"), 0);
    let vdc = seeded_id(Kind::Vdc, "example-vdc");
    for (path, found) in [
        ("2.0.0/vdcComputePolicies".to_owned(), 1),
        ("1.0.0/vdcComputePolicies?page=1&pageSize=128&sortAsc=name".to_owned(), 1),
        (format!("2.0.0/vdcComputePolicies?filter=id=={id}"), 1),
        ("2.0.0/vdcComputePolicies?filter=isSizingOnly==true;policyType==VdcVmPolicy".to_owned(), 1),
        ("2.0.0/vdcComputePolicies?filter=name==Other".to_owned(), 0),
        ("2.0.0/vdcComputePolicies?page=2".to_owned(), 0),
        (format!("1.0.0/vdcs/urn:vcloud:vdc:{vdc}/computePolicies"), 1),
        (format!("2.0.0/vdcs/urn:vcloud:vdc:{vdc}/computePolicies"), 1),
    ] {
        let list = admin.get(&format!("/cloudapi/{path}")).await;
        assert_eq!((list.status, list.json()["values"].as_array().map(Vec::len)), (200, Some(found)), "{path}: {}", list.text());
    }
    assert_eq!(admin.get("/cloudapi/2.0.0/vdcComputePolicies?filter=colour==red").await.status, 400);
    let unknown = id.replace(['0', '1', '2', '3', '4', '5'], "9");
    assert_eq!(admin.get(&format!("/cloudapi/2.0.0/vdcComputePolicies/{unknown}")).await.status, 403);
    assert_eq!(admin.at("34.0").get("/cloudapi/2.0.0/vdcComputePolicies").await.status, 404);
    assert_eq!(world.login("console@example").await.get("/cloudapi/2.0.0/vdcComputePolicies").await.status, 403);
}

#[tokio::test]
async fn compute_policies_are_assigned_by_the_provider() {
    let world = World::new().await;
    let (admin, tenant) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let href = admin_twin(&vdc(&tenant).await);
    let place = tenant.get(&href).await.link("down", media::VDC_COMPUTE_POLICY_REFERENCES);
    for version in ["31.0", "39.1"] {
        golden!(
            admin.at(version).get(&place).await,
            "vdc",
            "compute-policies",
            "documented (type reference 37.0, VdcComputePolicyReferences)"
        );
    }
    assert!(tenant.at("30.0").get(&href).await.find_link("down", media::VDC_COMPUTE_POLICY_REFERENCES).is_none());
    let there = admin.get(&place).await;
    let put = async |actor: &Actor, body: &str| {
        let answer = actor.put(&place, media::VDC_COMPUTE_POLICY_REFERENCES, body).await;
        (answer.status, answer.attribute("minorErrorCode").unwrap_or_default())
    };
    assert_eq!(put(&admin, there.text()).await, (200, String::new()), "the document itself, sent back");
    let policy = there.attribute_of("VdcComputePolicyReference", "href").unwrap();
    let body = |href: &str| {
        let references = if href.is_empty() { String::new() } else { format!(r#"<VdcComputePolicyReference href="{href}"/>"#) };
        format!(r#"<VdcComputePolicyReferences xmlns="http://www.vmware.com/vcloud/v1.5">{references}</VdcComputePolicyReferences>"#)
    };
    assert_eq!(put(&admin, &body(&policy.replace("2.0.0", "1.0.0"))).await.0, 200, "whatever version a reference is of");
    assert_eq!(put(&admin, &body("")).await, (400, "BAD_REQUEST".to_owned()), "a VDC keeps its default");
    assert_eq!(put(&admin, &body(&href)).await, (400, "INVALID_REFERENCE".to_owned()), "that is no policy");
    assert_eq!(put(&tenant, &body(&policy)).await.0, 403);
    assert_eq!(admin.get(&place).await.count("VdcComputePolicyReference"), 1);
}
