//! The services of edge gateways.

use super::{gateway, made, message, part};
use crate::vapp::NAMESPACES;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

fn configuration(services: &str) -> String {
    format!("<EdgeGatewayServiceConfiguration {NAMESPACES}>{services}</EdgeGatewayServiceConfiguration>")
}

fn nat_rule(kind: &str, network: &str, original: &str, translated: &str) -> String {
    format!(
        r#"<NatRule><RuleType>{kind}</RuleType><IsEnabled>true</IsEnabled><GatewayNatRule><Interface type="application/vnd.vmware.admin.network+xml" href="https://vcd.test/api/admin/network/{network}"/><OriginalIp>{original}</OriginalIp><OriginalPort>any</OriginalPort><TranslatedIp>{translated}</TranslatedIp><TranslatedPort>any</TranslatedPort><Protocol>any</Protocol></GatewayNatRule></NatRule>"#
    )
}

fn nat(rules: &str) -> String {
    format!("<NatService><IsEnabled>true</IsEnabled>{rules}</NatService>")
}

const WALLS: &str = "<FirewallService><IsEnabled>true</IsEnabled><DefaultAction>drop</DefaultAction><LogDefaultAction>false</LogDefaultAction>\
    <FirewallRule><IsEnabled>true</IsEnabled><Description>web</Description><Policy>allow</Policy><Protocols><Tcp>true</Tcp></Protocols>\
    <DestinationPortRange>443</DestinationPortRange><DestinationIp>192.168.50.20</DestinationIp><SourcePortRange>Any</SourcePortRange>\
    <SourceIp>external</SourceIp><EnableLogging>false</EnableLogging></FirewallRule></FirewallService>";

async fn configure(actor: &Actor, place: &str, services: &str) -> Answer {
    let link = actor.get(place).await.link("edgeGateway:configureServices", media::EDGE_GATEWAY_SERVICES);
    actor.post(&link, media::EDGE_GATEWAY_SERVICES, &configuration(services)).await
}

#[tokio::test]
async fn services_are_set_one_by_one_and_read_back() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let ranges = "<IpRanges><IpRange><StartAddress>192.168.50.20</StartAddress><EndAddress>192.168.50.29</EndAddress></IpRange></IpRanges>";
    let limits = "<ApplyRateLimit>true</ApplyRateLimit><InRateLimit>100</InRateLimit><OutRateLimit>0.5</OutRateLimit>";
    let place = made(&system, &gateway("gw", &(part(ranges) + limits), "")).await;
    let external = seeded_id(Kind::ExternalNetwork, "ExtNw").to_string();
    let rules = nat_rule("SNAT", &external, "10.0.0.0/24", "192.168.50.10") + &nat_rule("DNAT", &external, "192.168.50.20", "10.0.0.10");
    let routes = "<StaticRoutingService><IsEnabled>true</IsEnabled><StaticRoute><Name>lab</Name><Network>10.9.0.0/16</Network><NextHopIp>192.168.50.99</NextHopIp></StaticRoute></StaticRoutingService>";
    for services in [WALLS, &nat(&rules), routes] {
        let answer = configure(&admin, &place, services).await;
        let operation = answer.attribute("operationName");
        assert_eq!((answer.status, operation.as_deref()), (202, Some("networkConfigureEdgeGatewayServices")), "{}", answer.text());
        assert!(answer.attribute("operation").unwrap().starts_with("Updat"), "{}", answer.text());
    }
    for version in ["5.1", "39.1"] {
        golden!(admin.at(version).get(&place).await, "edge_gateway", "services", "recorded (services of real servers)");
    }
    let there = admin.get(&place).await;
    assert_eq!((there.count("FirewallRule"), there.count("NatRule"), there.count("StaticRoute")), (1, 2, 1), "each left the others");
    let sent = system.get(&place).await;
    assert_eq!(system.put(&place, media::EDGE_GATEWAY, sent.text()).await.status, 202);
    assert_eq!(system.get(&place).await.text(), sent.text(), "what is sent back changes nothing");
    let shrunk = sent.text().replace("192.168.50.20</StartAddress>", "192.168.50.21</StartAddress>");
    let refused = system.put(&place, media::EDGE_GATEWAY, &shrunk).await;
    assert!(refused.status == 400 && message(&refused).contains("DNAT rule with the OriginalIp"), "{}", refused.text());
}

#[tokio::test]
async fn wrong_services_are_refused() {
    let world = World::new().await;
    let (system, admin) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let place = made(&system, &gateway("gw", &part(""), "")).await;
    let external = seeded_id(Kind::ExternalNetwork, "ExtNw").to_string();
    let inside = seeded_id(Kind::Network, "example-net").to_string();
    let machine = "<SourceVm><VAppScopedVmId>x</VAppScopedVmId><VmNicId>0</VmNicId><IpType>assigned</IpType></SourceVm>";
    let pool = format!(
        r#"<GatewayDhcpService><IsEnabled>true</IsEnabled><Pool><Network href="https://vcd.test/api/admin/network/{inside}"/><MaxLeaseTime>90</MaxLeaseTime><LowIpAddress>192.168.1.210</LowIpAddress><HighIpAddress>192.168.1.219</HighIpAddress></Pool></GatewayDhcpService>"#
    );
    for (services, status, words) in [
        (nat(&nat_rule("SNAT", &external, "10.0.0.0/24", "192.168.50.11")), 400, "sub-allocated"),
        (nat(&nat_rule("SNAT", &inside, "10.0.0.0/24", "192.168.50.10")), 400, "not connected"),
        (nat("<NatRule><RuleType>SNAT</RuleType></NatRule>"), 400, "GatewayNatRule"),
        (WALLS.replace(">allow<", ">maybe<"), 400, "Policy"),
        (WALLS.replace("<SourceIp>external</SourceIp>", machine), 400, "SourceVm"),
        (pool, 400, "not behind it"),
        ("<LoadBalancerService><IsEnabled>true</IsEnabled></LoadBalancerService>".to_owned(), 501, "load balancer"),
        ("<GatewayIpsecVpnService><IsEnabled>true</IsEnabled></GatewayIpsecVpnService>".to_owned(), 501, "VPN"),
    ] {
        let answer = configure(&admin, &place, &services).await;
        assert!(answer.status == status && message(&answer).contains(words), "{words}: {} {}", answer.status, answer.text());
    }
    let off = "<LoadBalancerService><IsEnabled>false</IsEnabled></LoadBalancerService>";
    assert_eq!(configure(&admin, &place, off).await.status, 202, "what is off may come back");
    let author = world.login("author@example").await;
    let services = format!("{place}/action/configureServices");
    assert_eq!(author.post(&services, media::EDGE_GATEWAY_SERVICES, &configuration(WALLS)).await.status, 403);
}
