//! Addresses of machines, from pools and from requests. Invariant: each is given once on a network, and each card is named once.

use crate::vapp::{POOL, bridged, compose, composed, item, network};
use vcdsim_testkit::{Answer, World};

fn manual(address: &str) -> String {
    format!("<IpAddress>{address}</IpAddress><IsConnected>true</IsConnected><IpAddressAllocationMode>MANUAL</IpAddressAllocationMode>")
}

fn refusal(answer: &Answer) -> (u16, Option<String>, String) {
    (answer.status, answer.attribute("minorErrorCode"), answer.attribute("message").unwrap_or_default())
}

#[tokio::test]
async fn a_task_that_finds_no_address_fails_and_marks_what_it_made() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let scope = "<IpScopes><IpScope><IsInherited>false</IsInherited><Gateway>10.0.0.1</Gateway><Netmask>255.255.255.0</Netmask><IpRanges><IpRange><StartAddress>10.0.0.2</StartAddress><EndAddress>10.0.0.2</EndAddress></IpRange></IpRanges></IpScope></IpScopes>";
    let tiny = network("tiny", &format!("{scope}<FenceMode>isolated</FenceMode>"));
    let made = compose(&author, &composed("full", &tiny, &(item("one", "tiny", POOL) + &item("two", "tiny", POOL)))).await;
    let there = author.get(&made.attribute("href").unwrap()).await;
    let error = (there.attribute("status"), there.attribute_of("Task", "status"), there.attribute_of("Error", "minorErrorCode"));
    assert_eq!(error, (Some("-1".to_owned()), Some("error".to_owned()), Some("BAD_REQUEST".to_owned())));
    assert!(there.attribute_of("Error", "message").unwrap().contains("tiny"));
}

#[tokio::test]
async fn an_address_that_is_in_use_is_refused_and_the_pool_goes_round_it() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let web = composed("web", &bridged("net"), &(item("one", "net", &manual("192.168.1.10")) + &item("two", "net", POOL)));
    let web = compose(&author, &web).await.attribute("href").unwrap();
    let there = author.get(&web).await;
    assert!(there.text().contains(">192.168.1.10<") && there.text().contains(">192.168.1.11<"), "{}", there.text());
    for (name, taken) in [("again", "192.168.1.10"), ("pooled", "192.168.1.11"), ("gateway", "192.168.1.1")] {
        let refused = compose(&author, &composed(name, &bridged("inner"), &item("one", "inner", &manual(taken)))).await;
        let (status, minor, message) = refusal(&refused);
        assert_eq!((status, minor.as_deref()), (400, Some("BAD_REQUEST")));
        assert!(message.contains(taken) && message.contains("inner"), "{message}");
    }
    let twice = item("one", "net", &manual("192.168.1.20")) + &item("two", "net", &manual("192.168.1.20"));
    assert!(refusal(&compose(&author, &composed("twice", &bridged("net"), &twice)).await).2.contains("192.168.1.20"));
    assert_eq!(author.delete(&web).await.status, 202);
    let again = composed("again", &bridged("net"), &item("one", "net", &manual("192.168.1.10")));
    assert_eq!(compose(&author, &again).await.status, 201, "it is free when its machine is gone");
}

#[tokio::test]
async fn a_card_that_is_named_twice_is_refused() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let one = item("one", "net", POOL);
    let card = one.split_once("<NetworkConnection ").unwrap().1.split_once("</NetworkConnection>").unwrap().0;
    let twice = one.replace("</NetworkConnection>", &format!("</NetworkConnection><NetworkConnection {card}</NetworkConnection>"));
    let (status, _, message) = refusal(&compose(&author, &composed("web", &bridged("net"), &twice)).await);
    assert!(status == 400 && message.contains("card 0") && message.contains("one"), "{message}");
    let two = twice.replacen("Index>0<", "Index>1<", 1);
    assert_eq!(compose(&author, &composed("web", &bridged("net"), &two)).await.status, 201);
}

/// A client that copies a machine sends the cards as it read them, hardware addresses and all.
#[tokio::test]
async fn a_hardware_address_is_kept_unless_another_card_has_it() {
    let world = World::new().await;
    let user = world.login("author@example").await;
    let named = |mac: &str| {
        format!(
            "{}<MACAddress>{mac}</MACAddress><IpAddressAllocationMode>DHCP</IpAddressAllocationMode>",
            "<IsConnected>true</IsConnected>"
        )
    };
    let mut seen = std::collections::BTreeSet::new();
    for (name, asked, kept) in [
        ("first", "00:50:56:01:00:07", true),
        ("second", "00:50:56:01:00:07", false),
        ("to-be-drawn", "00:50:56:3f:00:00", false),
        ("foreign", "02:00:00:00:00:01", true),
        ("of-vcenter", "00:50:56:00:00:01", false),
    ] {
        let made =
            compose(&user, &composed(name, &bridged("net"), &[item("one", "net", &named(asked)), item("two", "net", POOL)].concat())).await;
        let there = user.get(&made.attribute("href").unwrap()).await;
        let macs: Vec<_> = there
            .xml()
            .descendants()
            .filter(|node| node.tag_name().name() == "MACAddress")
            .filter_map(|node| node.text().map(str::to_owned))
            .collect();
        assert_eq!((macs.len(), macs[0] == asked), (2, kept), "{name}: {macs:?}");
        for mac in macs {
            assert!(seen.insert(mac.clone()), "{mac} is given twice");
        }
    }
}
