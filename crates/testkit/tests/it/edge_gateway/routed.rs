//! Networks behind edge gateways.

use super::{ADVANCED, gateway, made, message, part};
use crate::network::{TWO, isolated, make_in};
use crate::org::admin_twin;
use crate::vapp::{NAMESPACES, POOL, block, compose, composed, decide, href, item, network as vapp_network};
use vcdsim_model::Fault;
use vcdsim_model::entity::Head;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::{Command, Tx};
use vcdsim_testkit::{Actor, Answer, World, golden};

/// A network behind a gateway; `more` is of its configuration.
fn routed(name: &str, gateway: &str, more: &str) -> String {
    let configured = format!("<FenceMode>natRouted</FenceMode>{more}");
    isolated(name, TWO, &format!(r#"<EdgeGateway href="{gateway}"/>"#)).replace("<FenceMode>isolated</FenceMode>", &configured)
}

async fn make(actor: &Actor, body: &str) -> Answer {
    make_in(actor, &href(Kind::Vdc, "example-vdc"), body).await
}

/// A gateway, and a network of 10.1.0.0/24 behind it.
pub(crate) async fn pair(system: &Actor, admin: &Actor) -> (String, String) {
    let gateway = made(system, &gateway("gw", &part(""), ADVANCED)).await;
    let network = make(admin, &routed("lab", &gateway, "")).await;
    assert_eq!(network.status, 201, "{}", network.text());
    (gateway, network.attribute("href").unwrap())
}

/// A vApp of one machine with an address of the pool of its one network, which is connected to another one.
async fn guest(actor: &Actor, name: &str, above: &str, fence: &str) -> Answer {
    let parent = above.replace("/api/admin/", "/api/");
    let inner = format!(r#"<ParentNetwork href="{parent}"/><FenceMode>{fence}</FenceMode>"#);
    compose(actor, &composed(name, &vapp_network("net", &inner), &item("one", "net", POOL))).await
}

#[tokio::test]
async fn a_network_behind_a_gateway_is_made_changed_reset_and_deleted() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let gateway = made(&system, &gateway("gw", &part(""), ADVANCED)).await;
    for version in ["5.1", "5.5", "39.1"] {
        let admin = admin.at(version);
        let answer = make(&admin, &routed("lab", &gateway, "")).await;
        let task = answer.attribute_of("Task", "operationName");
        assert_eq!((answer.status, task.as_deref()), (201, Some("networkCreateOrgVdcNetwork")), "{}", answer.text());
        let place = answer.attribute("href").unwrap();
        golden!(admin.get(&place).await, "network", "routed", "recorded (elements of real servers)");
        golden!(admin.get(&gateway).await, "edge_gateway", "with-a-network", "recorded (interfaces of real servers)");
        let record = admin.get("/api/query?type=edgeGateway").await;
        assert_eq!(record.attribute_of("EdgeGatewayRecord", "numberOfOrgNetworks").as_deref(), Some("1"));
        let record = admin.get("/api/query?type=orgVdcNetwork&filter=name==lab").await;
        let found = ["linkType", "connectedTo"].map(|name| record.attribute_of("OrgVdcNetworkRecord", name).unwrap());
        assert_eq!(found, ["1", "gw"]);
        let there = admin.get(&place).await;
        let sent = there.text().replace("10.1.0.11", "10.1.0.19").replace("10.1.0.1<", "10.1.0.254<");
        assert_eq!(admin.put(&there.link("edit", media::ORG_VDC_NETWORK), media::ORG_VDC_NETWORK, &sent).await.status, 202);
        assert!(admin.get(&gateway).await.text().contains("<IpAddress>10.1.0.254<"), "the gateway has the other address there");
        assert_eq!(admin.post(&there.link("repair", ""), "", "").await.status, 202);
        assert!(system.get(&gateway).await.find_link("remove", "").is_none(), "a network is behind it");
        let refused = system.delete(&gateway).await;
        assert!(refused.status == 400 && message(&refused).contains("1 network(s) are behind it, as \"lab\""), "{}", refused.text());
        assert_eq!(admin.delete(&there.link("remove", "")).await.status, 202);
        assert!(!admin.get(&gateway).await.text().contains("10.1.0.254"), "nothing is left of it");
    }
    assert_eq!(system.delete(&system.get(&gateway).await.link("remove", "")).await.status, 202);
}

#[tokio::test]
async fn what_no_gateway_can_route_is_refused() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (gateway, lab) = pair(&system, &admin).await;
    let elsewhere = format!("https://vcd.test/api/admin/edgeGateway/{}", seeded_id(Kind::Network, "example-net"));
    let lends = "<ServiceConfig><DhcpService><IsEnabled>true</IsEnabled><IpRange><StartAddress>10.2.0.100</StartAddress><EndAddress>10.2.0.109</EndAddress></IpRange></DhcpService></ServiceConfig>";
    let other = |name: &str| routed(name, &gateway, "").replace("10.1.0.", "10.2.0.");
    for (body, words) in [
        (routed("twin", &gateway, ""), "overlaps that of 10.1.0.1"),
        (routed("twin", &gateway, "").replace("10.1.0.", "192.168.50."), "overlaps that of 192.168.50.1"),
        (other("other").replace(&gateway, &elsewhere), "does not exist"),
        (other("other").replace(&format!(r#"<EdgeGateway href="{gateway}"/>"#), ""), "must have an EdgeGateway"),
        (other("other").replace("natRouted", "isolated"), "cannot have an EdgeGateway"),
        (other("other").replace("</OrgVdcNetwork>", &format!("{lends}</OrgVdcNetwork>")), "cannot have a DhcpService"),
        (
            routed("other", &gateway, "<DistributedInterface>true</DistributedInterface>").replace("10.1.0.", "10.2.0."),
            "distributed routing",
        ),
    ] {
        let answer = make(&admin, &body).await;
        assert!(answer.status == 400 && message(&answer).contains(words), "{words}: {} {}", answer.status, answer.text());
    }
    assert_eq!(make(&admin, &other("other")).await.status, 201);
    let sent = admin.get(&lab).await.text().replace("10.1.0.", "10.2.0.");
    let refused = admin.put(&lab, media::ORG_VDC_NETWORK, &sent).await;
    assert!(refused.status == 400 && message(&refused).contains("overlaps that of 10.2.0.1"), "{}", refused.text());
    let nsxt = make_in(&admin, &href(Kind::Vdc, "example-nsxt-vdc"), &other("third").replace("10.2.0.", "10.3.0.")).await;
    assert!(nsxt.status == 400 && message(&nsxt).contains("does not lie in the VDC"), "{}", nsxt.text());
    for count in 3..10 {
        let one_more = other("more").replace("10.2.0.", &format!("10.{count}.0.")).replace("more", &format!("more-{count}"));
        assert_eq!(make(&admin, &one_more).await.status, 201, "{count}");
    }
    let eleventh = make(&admin, &other("last").replace("10.2.0.", "10.20.0.")).await;
    assert!(eleventh.status == 400 && message(&eleventh).contains("more than 10 networks"), "{}", eleventh.text());
}

#[tokio::test]
async fn vapps_are_bridged_and_routed_to_it() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (_, lab) = pair(&system, &admin).await;
    let web = guest(&admin, "web", &lab, "bridged").await.attribute("href").unwrap();
    assert_eq!(admin.get(&web).await.text_of("IpAddress").as_deref(), Some("10.1.0.10"));
    let fenced = guest(&admin, "fenced", &lab, "natRouted").await.attribute("href").unwrap();
    let deploy = admin.get(&fenced).await.link("power:powerOn", "");
    assert_eq!(admin.post(&deploy, "", "").await.status, 202);
    assert_eq!(admin.get(&fenced).await.text_of("ExternalIp").as_deref(), Some("10.1.0.11"), "its router is on the network");
    let full = guest(&admin, "third", &lab, "bridged").await;
    assert!(full.status == 201, "{}", full.text());
    let task = full.attribute_of("Task", "href").unwrap();
    assert_eq!(admin.get(&task).await.attribute("status").as_deref(), Some("error"), "the pool has two addresses");
    assert!(admin.get(&lab).await.find_link("remove", "").is_none(), "vApps are on it");
    let refused = admin.delete(&lab).await;
    assert!(refused.status == 400 && message(&refused).contains("in use by"), "{}", refused.text());
}

#[tokio::test]
async fn its_interface_is_converted() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (gateway, lab) = pair(&system, &admin).await;
    let find = async |rel: &str| admin.get(&lab).await.find_link(&format!("orgVdcNetwork:convertTo{rel}Interface"), "");
    assert!(find("Internal").await.is_none() && find("Distributed").await.is_none(), "it is internal, and its gateway distributes nothing");
    let follow = async |rel: &str, kind: &str| {
        let answer = admin.post(&find(rel).await.unwrap(), "", "").await;
        assert_eq!((answer.status, answer.attribute("operationName").as_deref()), (202, Some("networkUpdateNetwork")), "{}", answer.text());
        let there = admin.get(&gateway).await;
        assert!(there.text().contains(&format!("<InterfaceType>{kind}</InterfaceType>")), "{}", there.text());
    };
    follow("Sub", "subinterface").await;
    follow("Internal", "internal").await;
    let early = admin.post(&format!("{lab}/action/convertToDistributedInterface"), "", "").await;
    assert!(early.status == 400 && message(&early).contains("distributed routing"), "{}", early.text());
    let enable = system.get(&gateway).await.link("edgeGateway:enableDistributedRouting", "");
    assert_eq!(system.post(&enable, "", "").await.status, 202);
    follow("Distributed", "distributed").await;
    assert!(system.get(&gateway).await.find_link("edgeGateway:disableDistributedRouting", "").is_none(), "the network needs it");
    let refused = system.post(&format!("{gateway}/action/disableDistributedRouting"), "", "").await;
    assert!(refused.status == 400 && message(&refused).contains("must keep distributed routing"), "{}", refused.text());
    let sent = admin.get(&lab).await.text().replace("DistributedInterface>true", "DistributedInterface>false");
    assert_eq!(admin.put(&lab, media::ORG_VDC_NETWORK, &sent).await.status, 202);
    let disable = system.get(&gateway).await.link("edgeGateway:disableDistributedRouting", "");
    assert_eq!(system.post(&disable, "", "").await.status, 202);
    let isolated = admin.get(&admin_twin(&href(Kind::Network, "example-net"))).await;
    let refused = admin.post(&format!("{}/action/convertToSubInterface", isolated.attribute("href").unwrap()), "", "").await;
    assert!(refused.status == 400 && message(&refused).contains("not routed"), "{}", refused.text());
}

fn lending(network: &str, first: u8, last: u8) -> String {
    format!(
        r#"<EdgeGatewayServiceConfiguration {NAMESPACES}><GatewayDhcpService><IsEnabled>true</IsEnabled><Pool><IsEnabled>true</IsEnabled><Network href="{network}"/><DefaultLeaseTime>60</DefaultLeaseTime><MaxLeaseTime>90</MaxLeaseTime><LowIpAddress>10.1.0.{first}</LowIpAddress><HighIpAddress>10.1.0.{last}</HighIpAddress></Pool></GatewayDhcpService></EdgeGatewayServiceConfiguration>"#
    )
}

#[tokio::test]
async fn what_its_gateway_lends_is_shown_kept_and_forgotten_with_it() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (gateway, lab) = pair(&system, &admin).await;
    let configure = format!("{gateway}/action/configureServices");
    let pooled = admin.post(&configure, media::EDGE_GATEWAY_SERVICES, &lending(&lab, 11, 109)).await;
    assert!(pooled.status == 400 && message(&pooled).contains("overlaps the pool"), "{}", pooled.text());
    assert_eq!(admin.post(&configure, media::EDGE_GATEWAY_SERVICES, &lending(&lab, 100, 109)).await.status, 202);
    let there = admin.get(&lab).await;
    golden!(there, "network", "lent-to", "recorded (the service of a real server)");
    golden!(admin.get(&gateway).await, "edge_gateway", "lending", "schema (no recorded gateway has the service)");
    let sent = there.text().replace("10.1.0.11", "10.1.0.100");
    let refused = admin.put(&lab, media::ORG_VDC_NETWORK, &sent).await;
    assert!(refused.status == 400 && message(&refused).contains("overlaps the pool"), "{}", refused.text());
    assert_eq!(admin.put(&lab, media::ORG_VDC_NETWORK, there.text()).await.status, 202, "what is sent back changes nothing");
    assert_eq!(admin.delete(&lab).await.status, 202);
    assert_eq!(admin.get(&gateway).await.count("Pool"), 0);
}

/// Gives the external network the subnet 10.1.0.0/24.
struct Readdress;

impl Command for Readdress {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let readdress = |_: &mut Head, body: &mut ExternalNetwork| {
            body.scope.gateway = "10.1.0.254".to_owned();
            body.scope.ranges = vec![("10.1.0.100".to_owned(), "10.1.0.199".to_owned())];
        };
        tx.update_body::<ExternalNetwork>(seeded_id(Kind::ExternalNetwork, "ExtNw"), readdress).await.map(drop)
    }
}

#[tokio::test]
async fn an_uplink_keeps_off_the_networks_behind_its_gateway() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (place, lab) = pair(&system, &admin).await;
    world.instance().app.cloud().store().write(Readdress).await.unwrap();
    let subnet = part("<IpAddress>10.1.0.100</IpAddress>").replace("192.168.50.1<", "10.1.0.254<");
    let put = async || system.put(&place, media::EDGE_GATEWAY, &gateway("gw", &subnet, ADVANCED)).await;
    let refused = put().await;
    assert!(refused.status == 400 && message(&refused).contains("10.1.0.254 overlaps that of 10.1.0.1"), "{}", refused.text());
    assert_eq!(admin.delete(&lab).await.status, 202);
    assert_eq!(put().await.status, 202);
}

#[tokio::test]
async fn a_task_on_a_network_holds_its_gateway() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (gateway, lab) = pair(&system, &admin).await;
    let other = make(&admin, &routed("other", &gateway, "").replace("10.1.0.", "10.2.0.")).await.attribute("href").unwrap();
    block(&system, "networkUpdateNetwork").await;
    let sent = admin.get(&lab).await.text().replace(r#"name="lab""#, r#"name="lab2""#);
    assert_eq!(admin.put(&lab, media::ORG_VDC_NETWORK, &sent).await.status, 202);
    for busy in [&gateway, &other] {
        let there = system.get(busy).await;
        assert!(there.find_link("edit", "").is_none() && there.find_link("remove", "").is_none(), "{}", there.text());
        let refused = system.delete(busy).await;
        assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("BUSY_ENTITY")), "{}", refused.text());
    }
    let refused = make(&admin, &routed("third", &gateway, "").replace("10.1.0.", "10.3.0.")).await;
    assert_eq!(refused.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"), "{}", refused.text());
    decide(&system, "abort").await;
    assert_eq!(admin.get(&lab).await.attribute("name").as_deref(), Some("lab"));
    assert!(system.get(&gateway).await.find_link("edit", "").is_some());
}

#[tokio::test]
async fn old_lists_of_networks_say_how_they_are_linked() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    pair(&system, &admin).await;
    let listed = admin.at("29.0").get("/api/query?type=orgNetwork&sortAsc=name").await;
    let document = listed.xml();
    let rows = document.descendants().filter(|node| node.tag_name().name() == "OrgNetworkRecord");
    let found: Vec<_> = rows.map(|row| (row.attribute("name").unwrap(), row.attribute("linkType").unwrap())).collect();
    assert_eq!(found, [("example-net", "2"), ("example-net2", "2"), ("lab", "1")]);
}
