//! Networks.

use crate::org::{admin_twin, org};
use crate::vapp::{NAMESPACES, POOL, block, bridged, compose, composed, decide, href, item, network};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

#[tokio::test]
async fn a_network_has_the_form_of_its_version() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let admin = world.login("orgadmin@example").await;
    let href = tenant.get(&org(&tenant, "example").await).await.link("down", media::ORG_NETWORK);
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        golden!(tenant.at(version).get(&href).await, "network", "tenant", "recorded (elements of real servers, links as far as served)");
        golden!(
            admin.at(version).get(&admin_twin(&href)).await,
            "network",
            "admin",
            "recorded (elements of real servers, links as far as served)"
        );
    }
    assert_eq!(tenant.at("1.5").get(&href).await.xml().root_element().tag_name().name(), "OrgNetwork");
    assert_eq!(tenant.get(&href).await.xml().root_element().tag_name().name(), "OrgVdcNetwork");
    assert_eq!(tenant.get(&admin_twin(&href)).await.status, 200, "query records name this view for everybody");
    assert_eq!(world.login("user@example").await.get(&admin_twin(&href)).await.status, 403);
    assert_eq!(world.login("orgadmin2@example2").await.get(&href).await.status, 403);
}

#[tokio::test]
async fn addresses_in_use_are_listed_with_their_machines() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let network = author.get(&org(&author, "example").await).await.link("down", media::ORG_NETWORK);
    let list = author.get(&network).await.link("down", media::ALLOCATED_NETWORK_ADDRESS);
    assert_eq!(author.get(&list).await.count("IpAddress"), 0);
    let made = compose(&author, &composed("web", &bridged("net"), &(item("one", "net", POOL) + &item("two", "net", POOL)))).await;
    let vapp = made.attribute("href").unwrap();
    for version in ["5.1", "39.1"] {
        golden!(author.at(version).get(&list).await, "network", "addresses", "recorded (links and attributes of real servers)");
    }
    let admin = world.login("administrator@System").await;
    assert_eq!(admin.get(&format!("{}/", admin_twin(&list))).await.count("IpAddress"), 4, "one element in another for each address");
    assert_eq!(world.login("user@example").await.get(&list).await.count("IpAddress"), 0, "nobody learns of vApps that are not shown");
    assert_eq!(author.delete(&vapp).await.status, 202);
    assert_eq!(author.get(&list).await.count("IpAddress"), 0);
    assert_eq!(author.at("1.5").get(&list).await.status, 404, "the list came with 5.1");
}

/// A network of one subnet, with some of it in the pool.
pub(crate) fn isolated(name: &str, pool: &str, more: &str) -> String {
    format!(
        r#"<OrgVdcNetwork {NAMESPACES} name="{name}"><Description>of tests</Description><Configuration><IpScopes><IpScope><IsInherited>false</IsInherited><Gateway>10.1.0.1</Gateway><Netmask>255.255.255.0</Netmask><Dns1>10.1.0.2</Dns1><IpRanges><IpRange>{pool}</IpRange></IpRanges></IpScope></IpScopes><FenceMode>isolated</FenceMode></Configuration>{more}</OrgVdcNetwork>"#
    )
}

pub(crate) const TWO: &str = "<StartAddress>10.1.0.10</StartAddress><EndAddress>10.1.0.11</EndAddress>";
const LENDS: &str = "<ServiceConfig><DhcpService><IsEnabled>true</IsEnabled><DefaultLeaseTime>60</DefaultLeaseTime><MaxLeaseTime>90</MaxLeaseTime><IpRange><StartAddress>10.1.0.100</StartAddress><EndAddress>10.1.0.109</EndAddress></IpRange></DhcpService></ServiceConfig>";

pub(crate) fn direct(name: &str) -> String {
    let external = seeded_id(Kind::ExternalNetwork, "ExtNw");
    format!(
        r#"<OrgVdcNetwork {NAMESPACES} name="{name}"><Configuration><ParentNetwork href="https://vcd.test/api/admin/extension/externalnet/{external}"/><FenceMode>bridged</FenceMode></Configuration></OrgVdcNetwork>"#
    )
}

/// Follows the link of the tenant's view of the VDC.
async fn make(actor: &Actor, body: &str) -> Answer {
    make_in(actor, &href(Kind::Vdc, "example-vdc"), body).await
}

pub(crate) async fn make_in(actor: &Actor, vdc: &str, body: &str) -> Answer {
    let add = actor.get(vdc).await.link("add", media::ORG_VDC_NETWORK);
    actor.post(&add, media::ORG_VDC_NETWORK, body).await
}

fn message(answer: &Answer) -> String {
    answer.attribute("message").unwrap_or_default()
}

/// A vApp of one machine with an address of the pool of a network.
async fn guest(actor: &Actor, name: &str, of: &str) -> Answer {
    let parent = of.replace("/api/admin/", "/api/");
    let inner = format!(r#"<ParentNetwork href="{parent}"/><FenceMode>bridged</FenceMode>"#);
    compose(actor, &composed(name, &network("net", &inner), &item("one", "net", POOL))).await
}

#[tokio::test]
async fn a_network_is_made_changed_reset_and_deleted() {
    let world = World::new().await;
    for version in ["5.1", "5.5", "39.1"] {
        let admin = world.login("orgadmin@example").await.at(version);
        let made = make(&admin, &isolated("lab", TWO, &format!("{LENDS}<IsShared>false</IsShared>"))).await;
        assert_eq!(
            (made.status, made.attribute_of("Task", "operationName").as_deref()),
            (201, Some("networkCreateOrgVdcNetwork")),
            "{}",
            made.text()
        );
        assert_eq!(made.header("location"), made.attribute("href").as_deref());
        golden!(made, "network", "created", "recorded (elements and task of real servers; the service is schema)");
        let place = made.attribute("href").unwrap();
        let there = admin.get(&place).await;
        assert_eq!((there.attribute("status").as_deref(), there.text_of("DefaultLeaseTime").as_deref()), (Some("1"), Some("60")));
        let twice = make(&admin, &isolated("LAB", TWO, "")).await;
        assert_eq!(twice.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"), "{}", twice.text());
        let sent = there
            .text()
            .replace(r#"name="lab""#, r#"name="lab2""#)
            .replace("10.1.0.11", "10.1.0.19")
            .replace("<IsShared>false", "<IsShared>true");
        let edited = admin.put(&there.link("edit", media::ORG_VDC_NETWORK), media::ORG_VDC_NETWORK, &sent).await;
        assert_eq!((edited.status, edited.attribute("operationName").as_deref()), (202, Some("networkUpdateNetwork")), "{}", edited.text());
        let there = admin.get(&admin_twin(&place.replace("/api/admin/", "/api/"))).await;
        let found = (there.attribute("name"), there.text_of("EndAddress"), there.text_of("IsShared"), there.text_of("Description"));
        let wanted = ("lab2", "10.1.0.19", "true", "of tests");
        assert_eq!(found, (Some(wanted.0.into()), Some(wanted.1.into()), Some(wanted.2.into()), Some(wanted.3.into())));
        assert_eq!(admin.post(&there.link("repair", ""), "", "").await.status, 202);
        let gone = admin.delete(&there.link("remove", "")).await;
        assert_eq!((gone.status, gone.attribute("operationName").as_deref()), (202, Some("networkDelete")), "{}", gone.text());
        assert_eq!(admin.get(&place).await.status, 403);
    }
    let admin = world.login("orgadmin@example").await;
    let bits = isolated("bits", TWO, "").replace("<Netmask>255.255.255.0</Netmask>", "<SubnetPrefixLength>24</SubnetPrefixLength>");
    let made = make(&admin, &bits).await;
    assert_eq!((made.status, made.text_of("Netmask").as_deref()), (201, Some("255.255.255.0")), "{}", made.text());
    let author = world.login("author@example").await;
    assert!(author.get(&href(Kind::Vdc, "example-vdc")).await.find_link("add", media::ORG_VDC_NETWORK).is_none());
    let networks = format!("/api/admin/vdc/{}/networks", seeded_id(Kind::Vdc, "example-vdc"));
    assert_eq!(author.post(&networks, media::ORG_VDC_NETWORK, &isolated("lab", TWO, "")).await.status, 403);
}

#[tokio::test]
async fn a_network_with_wrong_addresses_is_refused() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await;
    let gateway = "<StartAddress>10.1.0.1</StartAddress><EndAddress>10.1.0.11</EndAddress>";
    let stray = TWO.replace("10.1.0.11", "10.1.1.11");
    let pooled = LENDS.replace("10.1.0.100", "10.1.0.11");
    for (body, status, words) in [
        (isolated("lab", gateway, ""), 400, "holds the Gateway"),
        (isolated("lab", &stray, ""), 400, "does not lie in the subnet"),
        (isolated("lab", TWO, &pooled), 400, "overlaps 10.1.0.10-10.1.0.11"),
        (isolated("lab", TWO, "").replace("255.255.255.0", "255.0.255.0"), 400, "no Netmask"),
        (isolated("lab", TWO, "").replace(">isolated<", ">odd<"), 400, "FenceMode"),
        (isolated("", TWO, ""), 400, "name"),
        (direct("lab"), 400, "ParentNetwork"),
        (isolated("lab", TWO, "").replace(">isolated<", ">natRouted<"), 400, "must have an EdgeGateway"),
    ] {
        let answer = make(&admin, &body).await;
        assert!(answer.status == status && message(&answer).contains(words), "{words}: {} {}", answer.status, answer.text());
    }
    assert_eq!(admin.get("/api/query?type=orgVdcNetwork").await.count("OrgVdcNetworkRecord"), 2, "nothing was left behind");
}

#[tokio::test]
async fn what_is_in_use_keeps_its_network_and_its_address() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await;
    let place = make(&admin, &isolated("lab", TWO, "")).await.attribute("href").unwrap();
    let vapp = guest(&admin, "web", &place).await.attribute("href").unwrap();
    assert_eq!(admin.get(&vapp).await.text_of("IpAddress").as_deref(), Some("10.1.0.10"));
    assert!(admin.get(&place).await.find_link("remove", "").is_none(), "a vApp is on it");
    let refused = admin.delete(&place).await;
    assert!(refused.status == 400 && message(&refused).contains("in use by 1 vApp(s), as \"web\""), "{}", refused.text());
    let there = admin.get(&place).await.text().to_owned();
    let put = async |body: String| admin.put(&place, media::ORG_VDC_NETWORK, &body).await;
    for lost in [there.replace("10.1.0.10<", "10.1.0.11<"), there.replace("10.1.0.", "10.2.0."), there.replace("10.1.0.1<", "10.1.0.10<")] {
        assert_eq!(put(lost.clone()).await.status, 400, "{lost}");
    }
    assert_eq!(put(there.replace("isolated", "bridged")).await.status, 400);
    assert_eq!(put(there.replace("10.1.0.2<", "10.1.0.3<")).await.status, 202);
    assert_eq!(admin.get(&vapp).await.text_of("Dns1").as_deref(), Some("10.1.0.3"), "what is inherited follows");
    assert_eq!(admin.delete(&vapp).await.status, 202);
    assert_eq!(admin.delete(&admin.get(&place).await.link("remove", "")).await.status, 202);
}

#[tokio::test]
async fn who_connects_to_a_network_while_its_end_is_blocked_keeps_it() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    block(&system, "networkDelete").await;
    let place = make(&admin, &isolated("lab", TWO, "")).await.attribute("href").unwrap();
    let task = admin.delete(&place).await.attribute("href").unwrap();
    assert_eq!(admin.get(&task).await.attribute("status").as_deref(), Some("preRunning"));
    assert!(admin.get(&place).await.find_link("remove", "").is_none(), "a task holds it");
    assert_eq!(guest(&admin, "web", &place).await.status, 201);
    decide(&system, "resume").await;
    assert_eq!(admin.get(&task).await.attribute("status").as_deref(), Some("error"));
    assert_eq!(admin.get(&place).await.attribute("status").as_deref(), Some("1"));
}

#[tokio::test]
async fn networks_that_lead_to_one_external_network_share_its_addresses() {
    let world = World::new().await;
    let system = world.login("administrator@System").await;
    let mut given = std::collections::BTreeSet::new();
    for name in ["one", "two"] {
        let made = make(&system, &direct(name)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let place = made.attribute("href").unwrap();
        if name == "one" {
            golden!(system.get(&place).await, "network", "direct", "recorded (elements of real servers)");
        }
        let vapp = guest(&system, name, &place).await;
        assert_eq!(vapp.status, 201, "{}", vapp.text());
        given.insert(system.get(&vapp.attribute("href").unwrap()).await.text_of("IpAddress").unwrap());
    }
    assert_eq!(given.len(), 2, "{given:?}");
    let record = system.get("/api/query?type=orgVdcNetwork&filter=name==one").await;
    let found = (record.attribute_of("OrgVdcNetworkRecord", "connectedTo"), record.attribute_of("OrgVdcNetworkRecord", "linkType"));
    assert_eq!(found, (Some("ExtNw".to_owned()), Some("0".to_owned())));
}

#[tokio::test]
async fn the_quota_of_networks_counts() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let vdc = admin_twin(&href(Kind::Vdc, "example-vdc"));
    let sent = system.get(&vdc).await.text().replace("<NetworkQuota>100<", "<NetworkQuota>3<");
    assert_eq!(system.put(&vdc, media::ADMIN_VDC, &sent).await.status, 202);
    assert_eq!(make(&admin, &isolated("third", TWO, "")).await.status, 201);
    let fourth = make(&admin, &isolated("fourth", TWO, "")).await;
    assert!(fourth.status == 400 && message(&fourth).contains("would use 4 network(s)"), "{}", fourth.text());
    let listed = admin.get(&href(Kind::Vdc, "example-vdc")).await;
    assert_eq!((listed.text_of("UsedNetworkCount").as_deref(), listed.text().contains(r#"name="third""#)), (Some("3"), true));
}
