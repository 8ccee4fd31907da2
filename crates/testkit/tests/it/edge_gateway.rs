//! Edge gateways.

pub(crate) mod routed;
mod services;

use crate::network::direct;
use crate::org::admin_twin;
use crate::vapp::{NAMESPACES, POOL, compose, composed, href, item, network};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

/// A gateway to the external network; `subnet` is what its part there is to be, `more` is of its configuration.
pub(crate) fn gateway(name: &str, subnet: &str, more: &str) -> String {
    let external = seeded_id(Kind::ExternalNetwork, "ExtNw");
    format!(
        r#"<EdgeGateway {NAMESPACES} name="{name}"><Description>of tests</Description><Configuration><GatewayBackingConfig>compact</GatewayBackingConfig><GatewayInterfaces><GatewayInterface><Name>ExtNw</Name><DisplayName>ExtNw</DisplayName><Network href="https://vcd.test/api/admin/extension/externalnet/{external}"/><InterfaceType>uplink</InterfaceType>{subnet}</GatewayInterface></GatewayInterfaces>{more}</Configuration></EdgeGateway>"#
    )
}

/// A part in the subnet of the external network.
pub(crate) fn part(inner: &str) -> String {
    format!("<SubnetParticipation><Gateway>192.168.50.1</Gateway><Netmask>255.255.255.0</Netmask>{inner}</SubnetParticipation>")
}

pub(crate) const ADVANCED: &str = "<AdvancedNetworkingEnabled>true</AdvancedNetworkingEnabled>";

fn range(first: u8, last: u8) -> String {
    format!(
        "<IpRanges><IpRange><StartAddress>192.168.50.{first}</StartAddress><EndAddress>192.168.50.{last}</EndAddress></IpRange></IpRanges>"
    )
}

/// Follows the link of the administrator's view of the VDC.
pub(crate) async fn make(actor: &Actor, body: &str) -> Answer {
    let vdc = admin_twin(&href(Kind::Vdc, "example-vdc"));
    let add = actor.get(&vdc).await.link("add", media::EDGE_GATEWAY);
    actor.post(&add, media::EDGE_GATEWAY, body).await
}

/// The href of a gateway that was just made.
pub(crate) async fn made(actor: &Actor, body: &str) -> String {
    let made = make(actor, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.attribute("href").unwrap()
}

pub(crate) fn message(answer: &Answer) -> String {
    answer.attribute("message").unwrap_or_default()
}

fn done(answer: &Answer) -> (u16, Option<String>) {
    (answer.status, answer.attribute("operationName"))
}

#[tokio::test]
async fn a_gateway_is_made_changed_and_deleted() {
    let world = World::new().await;
    for version in ["5.1", "5.5", "9.0", "30.0", "39.1"] {
        let system = world.login("administrator@System").await.at(version);
        let answer = make(&system, &gateway("gw", &part(&range(20, 29)), "<HaEnabled>false</HaEnabled>")).await;
        let task = answer.attribute_of("Task", "operationName");
        assert_eq!((answer.status, task.as_deref()), (201, Some("networkEdgeGatewayCreate")), "{}", answer.text());
        assert_eq!(answer.header("location"), answer.attribute("href").as_deref());
        golden!(answer, "edge_gateway", "created", "recorded (elements of real servers; the task's name is one that clients look for)");
        let place = answer.attribute("href").unwrap();
        let there = system.get(&place).await;
        golden!(there, "edge_gateway", "simple", "recorded (elements and links of real servers, newer links are documented)");
        assert_eq!((there.attribute("status").as_deref(), there.text_of("IpAddress").as_deref()), (Some("1"), Some("192.168.50.10")));
        assert_eq!(make(&system, &gateway("GW", "", "")).await.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"));
        let sent = there.text().replace(r#"name="gw""#, r#"name="gw2""#).replace("HaEnabled>false", "HaEnabled>true");
        let sent = sent.replace("192.168.50.29", "192.168.50.39").replace("192.168.50.10<", "192.168.50.11<");
        let edited = system.put(&there.link("edit", media::EDGE_GATEWAY), media::EDGE_GATEWAY, &sent).await;
        assert_eq!(done(&edited), (202, Some("networkEdgeGatewayUpdate".to_owned())), "{}", edited.text());
        let there = system.get(&place).await;
        let found = [there.attribute("name"), there.text_of("IpAddress"), there.text_of("EndAddress"), there.text_of("HaEnabled")];
        assert_eq!(found.map(Option::unwrap), ["gw2", "192.168.50.11", "192.168.50.39", "true"]);
        let gone = system.delete(&there.link("remove", "")).await;
        assert_eq!(done(&gone), (202, Some("networkEdgeGatewayDelete".to_owned())), "{}", gone.text());
        assert_eq!(system.get(&place).await.status, 403);
    }
    let admin = world.login("orgadmin@example").await;
    assert!(admin.get(&admin_twin(&href(Kind::Vdc, "example-vdc"))).await.find_link("add", media::EDGE_GATEWAY).is_none());
    let system = world.login("administrator@System").await;
    let nsxt = system.get(&admin_twin(&href(Kind::Vdc, "example-nsxt-vdc"))).await;
    assert!(nsxt.find_link("add", media::EDGE_GATEWAY).is_none(), "NSX-T has gateways of another kind");
    let refused =
        system.post(&format!("{}/edgeGateways", nsxt.attribute("href").unwrap()), media::EDGE_GATEWAY, &gateway("gw", "", "")).await;
    assert!(refused.status == 400 && message(&refused).contains("NSX-T"), "{}", refused.text());
}

#[tokio::test]
async fn wrong_connections_are_refused() {
    let world = World::new().await;
    let system = world.login("administrator@System").await;
    let external = seeded_id(Kind::ExternalNetwork, "ExtNw").to_string();
    let twice = gateway("gw", "", "");
    let one = &twice[twice.find("<GatewayInterface>").unwrap()..twice.find("</GatewayInterfaces>").unwrap()];
    for (body, status, words) in [
        (gateway("gw", &part(&range(9, 20)), ""), 400, "static pool"),
        (gateway("gw", &part("<IpAddress>192.168.50.201</IpAddress>"), ""), 400, "static pool"),
        (gateway("gw", &part("").replace("192.168.50.1<", "192.168.50.2<"), ""), 400, "no subnet"),
        (gateway("gw", "", "").replace(&external, "00000000-0000-4000-8000-000000000000"), 400, "does not exist"),
        (gateway("gw", "", "").replace(">uplink<", ">internal<"), 400, "of the type uplink"),
        (twice.replace(one, &format!("{one}{one}")), 400, "connected twice"),
        (gateway("gw", &format!("{}{}", part(""), part("")), ""), 400, "one SubnetParticipation"),
        (gateway("gw", "", "").replace(">compact<", ">tiny<"), 400, "no size"),
        (gateway("gw", "", "<DistributedRoutingEnabled>true</DistributedRoutingEnabled>"), 400, "advanced"),
        (gateway("", "", ""), 400, "name"),
        (
            gateway("gw", "", "").replace("<Description>of tests</Description>", "<EdgeGatewayType>NSXT_BACKED</EdgeGatewayType>"),
            501,
            "NSXT_BACKED",
        ),
    ] {
        let answer = make(&system, &body).await;
        assert!(answer.status == status && message(&answer).contains(words), "{words}: {} {}", answer.status, answer.text());
    }
    assert_eq!(system.get("/api/query?type=edgeGateway").await.count("EdgeGatewayRecord"), 0, "nothing was left behind");
}

/// A machine with an address of the pool of a network that leads outside.
async fn guest(actor: &Actor, name: &str) -> Answer {
    let parent = actor.post(&networks(), media::ORG_VDC_NETWORK, &direct(&format!("{name}-net"))).await.attribute("href").unwrap();
    let inner = format!(r#"<ParentNetwork href="{}"/><FenceMode>bridged</FenceMode>"#, parent.replace("/api/admin/", "/api/"));
    let made = compose(actor, &composed(name, &network("net", &inner), &item("one", "net", POOL))).await;
    assert_eq!(made.status, 201, "{}", made.text());
    actor.get(&made.attribute("href").unwrap()).await
}

fn networks() -> String {
    format!("{}/networks", admin_twin(&href(Kind::Vdc, "example-vdc")))
}

#[tokio::test]
async fn no_address_outside_is_given_twice() {
    let world = World::new().await;
    let system = world.login("administrator@System").await;
    let first = made(&system, &gateway("first", &part(&range(11, 13)), "")).await;
    assert_eq!(system.get(&first).await.text_of("IpAddress").as_deref(), Some("192.168.50.10"));
    assert_eq!(guest(&system, "web").await.text_of("IpAddress").as_deref(), Some("192.168.50.14"), "what is sub-allocated is taken");
    let second = made(&system, &gateway("second", "", "")).await;
    let there = system.get(&second).await;
    assert_eq!(there.text_of("IpAddress").as_deref(), Some("192.168.50.15"));
    for taken in ["192.168.50.10", "192.168.50.12", "192.168.50.14"] {
        let refused = make(&system, &gateway("third", &part(&format!("<IpAddress>{taken}</IpAddress>")), "")).await;
        assert!(refused.status == 400 && message(&refused).contains("already in use"), "{taken}: {}", refused.text());
        let put = system.put(&second, media::EDGE_GATEWAY, &there.text().replace("192.168.50.15<", &format!("{taken}<"))).await;
        assert!(put.status == 400 && message(&put).contains("already in use"), "{taken}: {}", put.text());
    }
    let refused = make(&system, &gateway("third", &part(&range(14, 20)), "")).await;
    assert!(refused.status == 400 && message(&refused).contains("192.168.50.14 of the external network"), "{}", refused.text());
    let external = format!("/api/admin/extension/externalnet/{}", seeded_id(Kind::ExternalNetwork, "ExtNw"));
    for version in ["5.1", "39.1"] {
        golden!(
            system.at(version).get(&external).await,
            "extension",
            "external-network-in-use",
            "schema (no recording shows such a network)"
        );
    }
    assert_eq!(system.delete(&first).await.status, 202);
    assert_eq!(guest(&system, "mail").await.text_of("IpAddress").as_deref(), Some("192.168.50.10"), "what a gateway had is free again");
}

#[tokio::test]
async fn gateways_are_listed_with_what_is_behind_them() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    made(&system, &gateway("gw", &part(""), ADVANCED)).await;
    for version in ["5.1", "9.0", "39.1"] {
        let vdc = admin.at(version).get(&href(Kind::Vdc, "example-vdc")).await;
        let list = admin.at(version).get(&vdc.link("edgeGateways", media::QUERY_RECORDS)).await;
        golden!(list, "edge_gateway", "records", "recorded (attributes of real servers, those of the published type)");
        let place = list.attribute_of("EdgeGatewayRecord", "href").unwrap();
        golden!(admin.at(version).get(&place).await, "edge_gateway", "tenant", "recorded (elements and links of real servers)");
    }
    let found = admin.get("/api/query?type=edgeGateway&filter=name==gw").await;
    let record = |name| found.attribute_of("EdgeGatewayRecord", name).unwrap();
    assert_eq!(["numberOfExtNetworks", "numberOfOrgNetworks", "availableNetCount", "gatewayStatus"].map(record), ["1", "0", "9", "READY"]);
    let place = record("href");
    for (name, status) in [("author@example", 403), ("orgadmin2@example2", 403), ("orgadmin@example", 200)] {
        assert_eq!(world.login(name).await.get(&place).await.status, status, "{name}");
    }
    assert_eq!(admin.delete(&place).await.status, 403, "only the provider deletes one");
    assert_eq!(world.login("orgadmin2@example2").await.get("/api/query?type=edgeGateway").await.count("EdgeGatewayRecord"), 0);
}

/// Every link that one may follow is answered, and what has no link is refused.
#[tokio::test]
async fn links_to_actions_are_shown_when_they_would_be_accepted() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let place = made(&system, &gateway("gw", &part(""), "")).await;
    let follow = async |actor: &Actor, rel: &str, operation: &str| {
        let answer = actor.post(&actor.get(&place).await.link(rel, ""), "", "").await;
        assert_eq!(done(&answer), (202, Some(operation.to_owned())), "{rel}: {}", answer.text());
    };
    follow(&admin, "edgeGateway:redeploy", "networkEdgeGatewayRedeploy").await;
    follow(&admin, "edgeGateway:reapplyServices", "networkConfigureEdgeGatewayServices").await;
    follow(&admin, "edgeGateway:syncSyslogSettings", "networkEdgeGatewaySyncSyslog").await;
    follow(&system, "edgeGateway:upgrade", "networkEdgeGatewayUpgradeConfiguration").await;
    assert!(system.get(&place).await.find_link("edgeGateway:upgrade", "").is_none(), "it is full now");
    let early = system.post(&format!("{place}/action/enableDistributedRouting"), "", "").await;
    assert!(early.status == 400 && message(&early).contains("not an advanced one"), "{}", early.text());
    follow(&admin, "edgeGateway:convertToAdvancedGateway", "networkEdgeGatewayUpdate").await;
    assert!(admin.get(&place).await.find_link("edgeGateway:enableDistributedRouting", "").is_none(), "its right is the provider's");
    follow(&system, "edgeGateway:enableDistributedRouting", "networkEdgeGatewayUpdate").await;
    assert_eq!(system.get(&place).await.text_of("DistributedRoutingEnabled").as_deref(), Some("true"));
    follow(&system, "edgeGateway:disableDistributedRouting", "networkEdgeGatewayUpdate").await;
    let there = system.get(&place).await;
    let factor = format!("<EdgeGatewayFormFactor {NAMESPACES}><gatewayType>x-large</gatewayType></EdgeGatewayFormFactor>");
    let resize = there.link("edgeGateway:modifyFormFactor", media::EDGE_GATEWAY_FORM_FACTOR);
    assert_eq!(system.post(&resize, media::EDGE_GATEWAY_FORM_FACTOR, &factor).await.status, 202);
    let syslog = format!(
        "<SyslogServerSettings {NAMESPACES}><TenantSyslogServerSettings><SyslogServerIp>10.0.0.9</SyslogServerIp></TenantSyslogServerSettings></SyslogServerSettings>"
    );
    let configure = admin.get(&place).await.link("edgeGateway:configureSyslogServerSettings", media::SYSLOG_SETTINGS);
    assert_eq!(admin.post(&configure, media::SYSLOG_SETTINGS, &syslog).await.status, 202);
    assert_eq!(admin.post(&configure, media::SYSLOG_SETTINGS, &syslog.replace("10.0.0.9", "log")).await.status, 400);
    let sent = there.text().replace("UseForDefaultRoute>false", "UseForDefaultRoute>true");
    let properties = there.link("edgeGateway:updateProperties", media::EDGE_GATEWAY);
    assert_eq!(system.put(&properties, media::EDGE_GATEWAY, &sent.replace(">full<", ">full4<")).await.status, 202);
    let there = system.get(&place).await;
    let found = [there.text_of("GatewayBackingConfig"), there.text_of("UseForDefaultRoute")];
    assert_eq!(found.map(Option::unwrap), ["full4", "true"]);
    assert_eq!(
        system.put(&properties, media::EDGE_GATEWAY, &sent.replace("NetworkingEnabled>true", "NetworkingEnabled>false")).await.status,
        400
    );
    golden!(there, "edge_gateway", "advanced", "schema (elements of newer versions; links of the reference)");
}
