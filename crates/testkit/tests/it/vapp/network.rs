//! Networks inside vApps: the section, each by itself, and their services.

use super::{NAMESPACES, POOL, a_vapp, bridged, compose, composed, href, item};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const SCOPE: &str = "<IpScopes><IpScope><IsInherited>false</IsInherited><Gateway>10.0.0.1</Gateway><Netmask>255.255.255.0</Netmask><Dns1>10.0.0.2</Dns1><IpRanges><IpRange><StartAddress>10.0.0.10</StartAddress><EndAddress>10.0.0.20</EndAddress></IpRange></IpRanges></IpScope></IpScopes>";

fn config(name: &str, inner: &str) -> String {
    format!(r#"<NetworkConfig networkName="{name}"><Description>d</Description><Configuration>{inner}</Configuration></NetworkConfig>"#)
}

fn parent(name: &str) -> String {
    format!(r#"<ParentNetwork href="{}"/>"#, href(Kind::Network, name))
}

fn isolated(name: &str) -> String {
    config(name, &format!("{SCOPE}<FenceMode>isolated</FenceMode>"))
}

fn routed(name: &str, features: &str) -> String {
    config(name, &format!("{SCOPE}{}<FenceMode>natRouted</FenceMode>{features}", parent("example-net")))
}

async fn put(actor: &Actor, vapp: &str, configs: &str) -> Answer {
    let body = format!(r#"<NetworkConfigSection {NAMESPACES}><ovf:Info>i</ovf:Info>{configs}</NetworkConfigSection>"#);
    actor.put(&format!("{vapp}/networkConfigSection/"), media::NETWORK_CONFIG_SECTION, &body).await
}

async fn done(actor: &Actor, answer: &Answer) {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let task = actor.get(&answer.attribute("href").unwrap()).await;
    let seen = (task.attribute("status"), task.attribute("operationName"), task.attribute_of("Owner", "type"));
    assert_eq!(
        seen,
        (Some("success".to_owned()), Some("vdcUpdateVappNetworkSection".to_owned()), Some(media::VAPP.to_owned())),
        "{}",
        task.text()
    );
}

/// The hrefs of the networks by themselves, in their order.
async fn networks(actor: &Actor, vapp: &str) -> Vec<String> {
    let there = actor.get(vapp).await;
    there
        .xml()
        .descendants()
        .filter(|node| node.attribute("type") == Some(media::VAPP_NETWORK))
        .map(|node| node.attribute("href").unwrap().to_owned())
        .collect()
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.attribute("message").unwrap_or_default())
}

#[tokio::test]
async fn a_section_that_is_sent_is_what_the_vapp_has() {
    for version in ["1.5", "5.1", "39.1"] {
        let world = World::new().await;
        let author = world.login("author@example").await.at(version);
        let vapp = a_vapp(&author, "shop", "photon-1vm").await;
        let all =
            isolated("inner") + &config("net", &format!("{}<FenceMode>bridged</FenceMode>", parent("example-net"))) + &routed("out", "");
        done(&author, &put(&author, &vapp, &all).await).await;
        golden!(
            author.get(&format!("{vapp}/networkConfigSection/")).await,
            "vapp",
            "network_configs",
            "recorded (elements and links of real servers)"
        );
        let hrefs = networks(&author, &vapp).await;
        assert_eq!(hrefs.len(), 3);
        golden!(author.get(&hrefs[2]).await, "vapp", "network", "schema (VAppNetworkType; links that clients follow)");
        done(&author, &put(&author, &vapp, &isolated("inner")).await).await;
        assert_eq!(networks(&author, &vapp).await, hrefs[..1], "what is sent again stays, what is not goes");
    }
}

#[tokio::test]
async fn cards_follow_a_network_that_is_renamed_and_keep_one_from_going() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let made = compose(&author, &composed("web", &bridged("net"), &item("one", "net", POOL))).await;
    let vapp = made.attribute("href").unwrap();
    let section =
        author.get(&format!("{vapp}/networkConfigSection/")).await.text().replace(r#"networkName="net""#, r#"networkName="renamed""#);
    let body = section.split_once("?>").map_or(section.as_str(), |(_, body)| body);
    done(&author, &author.put(&format!("{vapp}/networkConfigSection/"), media::NETWORK_CONFIG_SECTION, body).await).await;
    let there = author.get(&vapp).await;
    assert_eq!(there.attribute_of("NetworkConnection", "network").as_deref(), Some("renamed"));
    assert_eq!(there.text_of("IpAddress").as_deref(), Some("192.168.1.10"), "the address stays");
    let (status, message) = refusal(&put(&author, &vapp, "").await);
    assert!(status == 400 && message.contains("renamed") && message.contains("one"), "{message}");
    let network = networks(&author, &vapp).await.remove(0);
    assert_eq!(author.delete(&network).await.status, 400);
    // On other addresses the card takes another.
    done(&author, &put(&author, &vapp, &isolated("renamed")).await).await;
    assert_eq!(author.get(&vapp).await.text_of("IpAddress").as_deref(), Some("10.0.0.10"));
    assert_eq!(networks(&author, &vapp).await, std::slice::from_ref(&network), "a network that is sent without its links goes by its name");
    let addresses = author.get(&format!("{network}/allocatedAddresses")).await;
    golden!(addresses, "vapp", "network_addresses", "schema (AllocatedIpAddressesType)");
    let stranger = world.login("orgadmin2@example2").await;
    for path in [network.clone(), format!("{network}/allocatedAddresses")] {
        assert_eq!((author.get(&path).await.status, stranger.get(&path).await.status), (200, 403));
    }
    assert_eq!(stranger.delete(&network).await.status, 403);
    assert_eq!(author.delete(&href(Kind::Network, "example-net")).await.status, 403, "a VDC's network is none of a vApp");
}

#[tokio::test]
async fn a_router_has_an_address_outside_while_it_is_deployed() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    done(&author, &put(&author, &vapp, &routed("out", "")).await).await;
    let outside = |answer: Answer| answer.text_of("ExternalIp");
    assert_eq!(outside(author.get(&vapp).await), None);
    assert_eq!(author.post(&format!("{vapp}/power/action/powerOn"), "", "").await.status, 202);
    assert_eq!(outside(author.get(&vapp).await).as_deref(), Some("192.168.1.10"));
    let other = compose(&author, &composed("web", &bridged("net"), &item("one", "net", POOL))).await.attribute("href").unwrap();
    assert_eq!(author.get(&other).await.text_of("IpAddress").as_deref(), Some("192.168.1.11"), "the pool goes round the router");
    let off = r#"<UndeployVAppParams xmlns="http://www.vmware.com/vcloud/v1.5"><UndeployPowerAction>powerOff</UndeployPowerAction></UndeployVAppParams>"#;
    let undeploy = async || author.post(&format!("{vapp}/action/undeploy"), media::UNDEPLOY_VAPP_PARAMS, off).await.status;
    assert_eq!(undeploy().await, 202);
    assert_eq!(outside(author.get(&vapp).await), None, "it is free again");
    let retained = routed("out", "<RetainNetInfoAcrossDeployments>true</RetainNetInfoAcrossDeployments>");
    done(&author, &put(&author, &vapp, &retained).await).await;
    assert_eq!(author.post(&format!("{vapp}/power/action/powerOn"), "", "").await.status, 202);
    assert_eq!(undeploy().await, 202);
    assert_eq!(outside(author.get(&vapp).await).as_deref(), Some("192.168.1.10"), "it is kept");
}

#[tokio::test]
async fn two_routers_of_a_vapp_have_two_addresses_outside() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    assert_eq!(author.post(&format!("{vapp}/power/action/powerOn"), "", "").await.status, 202);
    let both = routed("out", "") + &routed("out2", "").replace("10.0.0.", "10.0.1.");
    done(&author, &put(&author, &vapp, &both).await).await;
    let there = author.get(&vapp).await;
    let xml = there.xml();
    let outside = xml.descendants().filter(|node| node.tag_name().name() == "ExternalIp").filter_map(|node| node.text());
    assert_eq!(outside.collect::<Vec<_>>(), ["192.168.1.10", "192.168.1.11"]);
}

const FEATURES: &str = "<Features><DhcpService><IsEnabled>true</IsEnabled><DefaultLeaseTime>60</DefaultLeaseTime><MaxLeaseTime>120</MaxLeaseTime><IpRange><StartAddress>10.0.0.100</StartAddress><EndAddress>10.0.0.100</EndAddress></IpRange></DhcpService><FirewallService><IsEnabled>true</IsEnabled><DefaultAction>drop</DefaultAction><LogDefaultAction>true</LogDefaultAction><FirewallRule><IsEnabled>true</IsEnabled><Description>web</Description><Policy>allow</Policy><Protocols><Tcp>true</Tcp></Protocols>PORTS<DestinationIp>internal</DestinationIp>SOURCES<SourceIp>Any</SourceIp><EnableLogging>false</EnableLogging></FirewallRule></FirewallService><NatService><IsEnabled>true</IsEnabled><NatType>NATTYPE</NatType><Policy>allowTraffic</Policy>RULE</NatService><StaticRoutingService><IsEnabled>true</IsEnabled><StaticRoute><Name>hq</Name><Network>172.16.0.0/16</Network><NextHopIp>10.0.0.254</NextHopIp></StaticRoute></StaticRoutingService></Features>";

/// Services of all kinds, with rules as the version writes them.
fn services(version: &str, nat_type: &str, rule: &str) -> String {
    let (ports, sources) = if version == "1.5" {
        ("<Port>443</Port>", "<SourcePort>-1</SourcePort>")
    } else {
        ("<DestinationPortRange>443</DestinationPortRange>", "<SourcePortRange>Any</SourcePortRange>")
    };
    FEATURES.replace("PORTS", ports).replace("SOURCES", sources).replace("NATTYPE", nat_type).replace("RULE", rule)
}

#[tokio::test]
async fn services_are_kept_shown_and_obeyed() {
    for version in ["1.5", "5.1", "39.1"] {
        let world = World::new().await;
        let author = world.login("author@example").await.at(version);
        let dhcp = "<IsConnected>true</IsConnected><IpAddressAllocationMode>DHCP</IpAddressAllocationMode>";
        let one = format!(
            r#"<InstantiationParams><NetworkConfigSection><ovf:Info/>{}</NetworkConfigSection></InstantiationParams>"#,
            routed("out", "")
        );
        let made = compose(&author, &composed("web", &one, &(item("one", "out", dhcp) + &item("two", "out", dhcp)))).await;
        let vapp = made.attribute("href").unwrap();
        let there = author.get(&vapp).await;
        assert!(there.text().contains("Allow all outgoing traffic"), "a routed network has a firewall");
        let vm = there.text_of("VAppScopedLocalId").unwrap();
        let network = networks(&author, &vapp).await.remove(0);
        let rule = format!(
            "<NatRule><OneToOneVmRule><MappingMode>automatic</MappingMode><VAppScopedVmId>{vm}</VAppScopedVmId><VmNicId>0</VmNicId></OneToOneVmRule></NatRule>"
        );
        let body = |inner: &str| {
            format!(
                r#"<VAppNetwork {NAMESPACES} name="out"><Configuration>{SCOPE}{}<FenceMode>natRouted</FenceMode>{inner}</Configuration></VAppNetwork>"#,
                parent("example-net")
            )
        };
        done(&author, &author.put(&network, media::VAPP_NETWORK, &body(&services(version, "ipTranslation", &rule))).await).await;
        assert_eq!(author.post(&format!("{vapp}/power/action/powerOn"), "", "").await.status, 202);
        let shown = author.get(&network).await;
        golden!(shown, "vapp", "network_services", "schema (NetworkFeaturesType; defaults inferred)");
        assert_eq!(shown.text_of("ExternalIpAddress").as_deref(), Some("192.168.1.11"), "beside the router's own");
        let there = author.get(&vapp).await;
        assert_eq!(there.text().matches(">10.0.0.100</IpAddress>").count(), 1, "there is one lease for two cards");
        // What is read can be sent back, and is the same then.
        let text = shown.text();
        let again = text.split_once("?>").map_or(text, |(_, body)| body);
        done(&author, &author.put(&network, media::VAPP_NETWORK, again).await).await;
        assert_eq!(author.get(&network).await.text(), text);
        let admin = network.replace("/api/network/", "/api/admin/network/");
        done(&author, &author.post(&format!("{admin}/action/reset"), "", "").await).await;
        done(&author, &author.post(&format!("{admin}/action/syncSyslogServerSettings"), "", "").await).await;
        let forward = format!(
            "<NatRule><VmRule><ExternalPort>8080</ExternalPort><VAppScopedVmId>{vm}</VAppScopedVmId><VmNicId>0</VmNicId><InternalPort>80</InternalPort><Protocol>TCP</Protocol></VmRule></NatRule>"
        );
        done(&author, &author.put(&network, media::VAPP_NETWORK, &body(&services(version, "portForwarding", &forward))).await).await;
        assert_eq!(author.get(&network).await.text_of("ExternalPort").as_deref(), Some("8080"));
        let wrong = author.put(&network, media::VAPP_NETWORK, &body(&services(version, "ipTranslation", &forward))).await;
        assert!(refusal(&wrong).0 == 400 && refusal(&wrong).1.contains("portForwarding"), "{}", wrong.text());
    }
}

#[tokio::test]
async fn what_no_network_can_have_is_refused_with_its_name() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let stranger = "00000000-0000-4000-8000-000000000000";
    let rule = format!(
        "<NatRule><OneToOneVmRule><MappingMode>automatic</MappingMode><VAppScopedVmId>{stranger}</VAppScopedVmId><VmNicId>0</VmNicId></OneToOneVmRule></NatRule>"
    );
    let cases = [
        (config("n", "<FenceMode>bridged</FenceMode>"), "ParentNetwork"),
        (config("n", "<FenceMode>natRouted</FenceMode>"), "ParentNetwork"),
        (config("n", "<FenceMode>open</FenceMode>"), "FenceMode"),
        (isolated("n") + &isolated("n"), "twice"),
        (isolated("n").replace("10.0.0.20", "10.0.1.20"), "IpRange"),
        (isolated("n").replace("255.255.255.0", "255.0.255.0"), "Netmask"),
        (routed("n", &services("39.1", "ipTranslation", "")).replace("10.0.0.100", "10.0.0.20"), "overlaps"),
        (routed("n", &services("39.1", "ipTranslation", "").replace(">443<", ">web<")), "DestinationPortRange"),
        (routed("n", &services("39.1", "ipTranslation", "").replace("172.16.0.0/16", "172.16.0.0")), "CIDR"),
        (routed("n", &services("39.1", "ipTranslation", &rule)), stranger),
    ];
    for (configs, word) in cases {
        let (status, message) = refusal(&put(&author, &vapp, &configs).await);
        assert!(status == 400 && message.contains(word), "{word}: {status} {message}");
    }
    assert_eq!(networks(&author, &vapp).await.len(), 0, "nothing came of them");
    let user = world.login("console@example").await;
    assert_eq!(put(&user, &vapp, "").await.status, 403);
}
