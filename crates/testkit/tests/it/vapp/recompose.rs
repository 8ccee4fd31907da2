//! Recomposing: what comes into a vApp, what leaves it, and what stays as it was when somebody says no.

use super::{NAMESPACES, POOL, a_vapp, block, bridged, compose, composed, decide, href, item, network, state};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

/// Recomposes by the vApp's link.
pub(super) async fn recompose(actor: &Actor, vapp: &str, attributes: &str, inner: &str) -> Answer {
    let link = actor.get(vapp).await.find_link("recompose", media::RECOMPOSE_VAPP_PARAMS).expect("there is a link");
    let body = format!("<RecomposeVAppParams {NAMESPACES} {attributes}>{inner}</RecomposeVAppParams>");
    actor.post(&link, media::RECOMPOSE_VAPP_PARAMS, &body).await
}

/// The machines of a vApp: name, status, href.
pub(super) fn machines(vapp: &Answer) -> Vec<(String, String, String)> {
    let xml = vapp.xml();
    let all = xml.descendants().filter(|node| node.tag_name().name() == "Vm");
    let text = |node: &roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
    all.map(|node| (text(&node, "name"), text(&node, "status"), text(&node, "href"))).collect()
}

pub(super) fn names(vapp: &Answer) -> Vec<String> {
    machines(vapp).into_iter().map(|(name, ..)| name).collect()
}

fn photon(name: &str) -> String {
    format!(
        r#"<SourcedItem><Source href="{}" name="{name}"/></SourcedItem>"#,
        href(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm")
    )
}

pub(super) async fn ended(actor: &Actor, answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    actor.get(&answer.attribute("href").unwrap()).await.attribute("status").unwrap()
}

#[tokio::test]
async fn machines_come_and_go_and_abort_leaves_all_as_it_was() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await, world.login("administrator@System").await);
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let before = author.get(&vapp).await;
    let second = machines(&before)[1].2.clone();
    let inner = format!(r#"<Description>smaller</Description>{}<DeleteItem href="{second}"/>"#, photon("fresh"));
    block(&admin, "vdcRecomposeVapp").await;
    for decision in ["abort", "resume"] {
        let sent = recompose(&author, &vapp, r#"name="boutique""#, &inner).await;
        assert_eq!(
            (sent.attribute("status").as_deref(), sent.attribute("operationName").as_deref()),
            (Some("preRunning"), Some("vdcRecomposeVapp"))
        );
        let waiting = author.get(&vapp).await;
        assert_eq!((state(&waiting).as_str(), machines(&waiting)[3].1.as_str()), ("8/false", "0"), "a scaffold");
        assert_eq!(waiting.find_link("recompose", media::RECOMPOSE_VAPP_PARAMS), None);
        decide(&admin, decision).await;
        if decision == "abort" {
            let after = author.get(&vapp).await;
            assert_eq!((machines(&after), after.attribute("name")), (machines(&before), before.attribute("name")));
        }
    }
    let after = author.get(&vapp).await;
    assert_eq!((after.attribute("name").as_deref(), state(&after).as_str()), (Some("boutique"), "8/false"));
    assert_eq!(names(&after), ["firstVM", "thirdVM", "fresh"]);
    assert_eq!(author.get(&second).await.status, 403);
}

#[tokio::test]
async fn a_machine_that_is_moved_stays_the_same_machine() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let made = compose(&author, &composed("from", &bridged("net"), &[item("one", "net", POOL), item("two", "net", POOL)].concat())).await;
    let from = made.attribute("href").unwrap();
    let into = compose(&author, &composed("into", &bridged("net"), &item("three", "net", POOL))).await.attribute("href").unwrap();
    let there = author.get(&from).await;
    let (_, _, machine) = machines(&there)[0].clone();
    let mac = |vapp: &Answer, at: usize| {
        vapp.xml().descendants().filter(|node| node.tag_name().name() == "MACAddress").nth(at).unwrap().text().unwrap().to_owned()
    };
    let old = mac(&there, 0);
    let moved = format!(r#"<SourcedItem sourceDelete="true"><Source href="{machine}" name="migrant"/></SourcedItem>"#);
    let sent = recompose(&author, &into, r#"deploy="true" powerOn="true""#, &moved).await;
    assert_eq!(ended(&author, &sent).await, "success");
    let (from, into) = (author.get(&from).await, author.get(&into).await);
    assert_eq!((names(&from), names(&into)), (vec!["two".to_owned()], vec!["migrant".to_owned(), "three".to_owned()]));
    assert_eq!((machines(&into)[0].2.as_str(), mac(&into, 0)), (machine.as_str(), old), "id and hardware address are kept");
    assert_eq!((state(&into).as_str(), machines(&into)[0].1.as_str()), ("10/true", "4"), "what has come is started, and nothing else");
    let up = author.get(&machine).await.link("up", media::VAPP);
    assert_eq!(Some(up), into.attribute("href"));
    let addresses: std::collections::BTreeSet<_> = [&from, &into]
        .iter()
        .flat_map(|vapp| {
            vapp.xml()
                .descendants()
                .filter(|node| node.tag_name().name() == "IpAddress")
                .filter_map(|node| node.text().map(str::to_owned))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(addresses.len(), 3, "{addresses:?}");
}

pub(super) const BLANK: &str = r#"<CreateItem name="blank"><Description>of nothing</Description><GuestCustomizationSection><ovf:Info/><ComputerName>blank-1</ComputerName></GuestCustomizationSection><NetworkConnectionSection><ovf:Info/><NetworkConnection network="none"><NetworkConnectionIndex>0</NetworkConnectionIndex><IsConnected>false</IsConnected><IpAddressAllocationMode>NONE</IpAddressAllocationMode><NetworkAdapterType>VMXNET3</NetworkAdapterType></NetworkConnection></NetworkConnectionSection><VmSpecSection Modified="true"><ovf:Info/><OsType>ubuntu64Guest</OsType><NumCpus>4</NumCpus><NumCoresPerSocket>2</NumCoresPerSocket><MemoryResourceMb><Configured>2048</Configured></MemoryResourceMb><DiskSection><DiskSettings><SizeMb>1024</SizeMb><UnitNumber>0</UnitNumber><BusNumber>0</BusNumber><AdapterType>5</AdapterType><ThinProvisioned>true</ThinProvisioned><overrideVmDefault>false</overrideVmDefault></DiskSettings></DiskSection><HardwareVersion>vmx-14</HardwareVersion></VmSpecSection></CreateItem>"#;

#[tokio::test]
async fn a_machine_is_made_of_nothing() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("36.0");
    let vapp = compose(&author, &composed("shell", "", "")).await.attribute("href").unwrap();
    let sent = recompose(&author, &vapp, "", BLANK).await;
    assert_eq!(ended(&author, &sent).await, "success");
    let there = author.get(&vapp).await;
    assert_eq!((state(&there).as_str(), names(&there)), ("8/false", vec!["blank".to_owned()]));
    golden!(there, "vapp", "blank-machine", "inferred (a vApp with a machine of a CreateItem)");
    for (from, to, about) in [
        ("ubuntu64Guest", "beos64Guest", "beos64Guest"),
        ("vmx-14", "vmx-99", "vmx-99"),
        (">4</NumCpus>", ">5</NumCpus>", "NumCoresPerSocket"),
        (">2048<", ">0<", "MemoryResourceMb"),
        ("AdapterType>5<", "AdapterType>9<", "AdapterType"),
        ("network=\"none\"", "network=\"lost\"", "lost"),
    ] {
        let refused = recompose(&author, &vapp, "", &BLANK.replace(from, to).replace("\"blank\"", "\"other\"")).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(refused.text().contains(about), "{}", refused.text());
    }
    let twice = recompose(&author, &vapp, "", BLANK).await;
    assert_eq!(twice.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"));
}

#[tokio::test]
async fn the_disks_of_a_machine_of_nothing_lie_where_there_are_places() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("36.0");
    let vapp = compose(&author, &composed("shell", "", "")).await.attribute("href").unwrap();
    let disk = |adapter: i32, unit: i32| {
        format!(
            "<DiskSettings><SizeMb>1024</SizeMb><UnitNumber>{unit}</UnitNumber><BusNumber>0</BusNumber><AdapterType>{adapter}</AdapterType></DiskSettings>"
        )
    };
    let with = |name: &str, disks: &str| {
        let (before, _) = BLANK.split_once("<DiskSettings>").unwrap();
        let (_, after) = BLANK.split_once("</DiskSettings>").unwrap();
        format!("{before}{disks}{after}").replace("\"blank\"", &format!("\"{name}\""))
    };
    for (disks, about) in [
        ([(5, 0), (5, 0)], "UnitNumber"),
        ([(5, 0), (5, 7)], "UnitNumber"),
        ([(5, 0), (5, 16)], "UnitNumber"),
        ([(6, 0), (6, 30)], "UnitNumber"),
        ([(1, 0), (1, 2)], "UnitNumber"),
        ([(5, 0), (5, -1)], "UnitNumber"),
        ([(5, 0), (3, 1)], "one controller"),
    ] {
        let sent = with("other", &disks.map(|(adapter, unit)| disk(adapter, unit)).concat());
        let refused = recompose(&author, &vapp, "", &sent).await;
        assert!(refused.status == 400 && refused.text().contains(about), "{disks:?} {}", refused.text());
    }
    let sent = with("full", &[disk(1, 0), disk(5, 0), disk(5, 15), disk(6, 0), disk(6, 29), disk(7, 14)].concat());
    assert_eq!(ended(&author, &recompose(&author, &vapp, "", &sent).await).await, "success");
    assert_eq!(author.get(&vapp).await.count("DiskSettings"), 6);
    let fast = href(Kind::VdcStorageProfile, "example-vdc/fast");
    let elsewhere = format!(r#"<StorageProfile href="{fast}"/><overrideVmDefault>true</overrideVmDefault></DiskSettings>"#);
    let two = disk(5, 0) + &disk(3, 0).replace("<BusNumber>0", "<BusNumber>1").replace("</DiskSettings>", &elsewhere);
    assert_eq!(ended(&author, &recompose(&author, &vapp, "", &with("two", &two)).await).await, "success");
    let there = author.get(&vapp).await;
    let second = there.text().rsplit("<DiskSettings>").next().unwrap().to_owned();
    assert!(second.contains("<BusNumber>1<") && second.contains(&fast), "{second}");
    let lost = with("lost", &two.replace(&fast, &vapp));
    assert_eq!(recompose(&author, &vapp, "", &lost).await.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"));
}

#[tokio::test]
async fn a_machine_of_nothing_starts_as_it_was_told_from_what_is_in_its_drive() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("37.1");
    let vapp = compose(&author, &composed("shell", "", "")).await.attribute("href").unwrap();
    let with = |href: &str| {
        let more = format!(r#"<BootOptions><BootDelay>70</BootDelay></BootOptions><Media href="{href}"/></CreateItem>"#);
        BLANK.replace("<OsType>", "<Firmware>efi</Firmware><OsType>").replace("</CreateItem>", &more)
    };
    let disc = href(Kind::Media, "example-catalog/example-media");
    assert_eq!(ended(&author, &recompose(&author, &vapp, "", &with(&disc)).await).await, "success");
    let there = author.get(&vapp).await;
    let parts = ["<MediaImage ", "<BootDelay>70<", "<Firmware>efi<"];
    assert!(parts.iter().all(|part| there.text().contains(part)), "{}", there.text());
    let refused = recompose(&author, &vapp, "", &with(&vapp).replace("\"blank\"", "\"other\"")).await;
    assert!(refused.status == 400 && refused.text().contains("Media"), "{}", refused.text());
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_before_anything_is() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let other = a_vapp(&author, "other", "photon-1vm").await;
    let stranger = machines(&author.get(&other).await)[0].2.clone();
    let running = machines(&author.get(&vapp).await)[0].2.clone();
    assert_eq!(author.post_empty(&format!("{running}/power/action/powerOn")).await.status, 202);
    let before = author.get(&vapp).await;
    let stays = machines(&before)[1].2.clone();
    let moved = |href: &str| format!(r#"<SourcedItem sourceDelete="true"><Source href="{href}"/></SourcedItem>"#);
    let template = href(Kind::VAppTemplate, "example-catalog/photon-1vm");
    for (inner, status, about) in [
        (format!(r#"<DeleteItem href="{running}"/>"#), 400, "deployed"),
        (format!(r#"<DeleteItem href="{stranger}"/>"#), 400, "DeleteItem"),
        (moved(&running), 400, "deployed"),
        (moved(&machines(&before)[1].2), 400, "lies in this vApp"),
        (moved(&template), 400, "sourceDelete"),
        (photon("FIRSTVM"), 400, "FIRSTVM"),
        (bridged("net").replace("bridged", "bent"), 400, "bent"),
        (r#"<ReconfigureItem name="x"/>"#.to_owned(), 400, "ReconfigureItem"),
        (format!(r#"<ReconfigureItem name="x" href="{stranger}"/>"#), 400, "ReconfigureItem"),
        (format!(r#"<ReconfigureItem name="thirdVM" href="{stays}"/>"#), 400, "thirdVM"),
        (format!(r#"<ReconfigureItem name="x" href="{stays}"/><ReconfigureItem name="y" href="{stays}"/>"#), 400, "ReconfigureItem"),
        (format!(r#"<DeleteItem href="{stays}"/><ReconfigureItem name="x" href="{stays}"/>"#), 400, "ReconfigureItem"),
    ] {
        let refused = recompose(&author, &vapp, "", &inner).await;
        assert_eq!(refused.status, status, "{inner}: {}", refused.text());
        assert!(refused.text().contains(about), "{}", refused.text());
    }
    let taken = recompose(&author, &vapp, r#"name="other""#, "").await;
    assert_eq!(taken.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"));
    assert_eq!(author.get(&vapp).await.text(), before.text());
    let added = recompose(&author, &vapp, "", &photon("late")).await;
    assert_eq!(ended(&author, &added).await, "success", "a machine is added to a vApp that runs");
    assert_eq!(state(&author.get(&vapp).await), "10/true");
}

#[tokio::test]
async fn networks_and_machines_that_stay_change_in_the_same_task() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await.at("36.0"), world.login("administrator@System").await);
    let vapp = compose(&author, &composed("shop", &bridged("net"), &[item("one", "net", POOL), item("two", "net", POOL)].concat())).await;
    let vapp = vapp.attribute("href").unwrap();
    let before = author.get(&vapp).await;
    let (one, two) = (machines(&before)[0].2.clone(), machines(&before)[1].2.clone());
    let networks = bridged("net").replace(
        "</NetworkConfigSection>",
        r#"<NetworkConfig networkName="inner"><Configuration><FenceMode>isolated</FenceMode></Configuration></NetworkConfig></NetworkConfigSection>"#,
    );
    let card = r#"<NetworkConnectionSection><ovf:Info/><NetworkConnection network="inner"><NetworkConnectionIndex>0</NetworkConnectionIndex><IsConnected>true</IsConnected><IpAddressAllocationMode>POOL</IpAddressAllocationMode></NetworkConnection></NetworkConnectionSection>"#;
    let spec = r#"<VmSpecSection Modified="true"><ovf:Info/><NumCpus>4</NumCpus><NumCoresPerSocket>2</NumCoresPerSocket><MemoryResourceMb><Configured>2048</Configured></MemoryResourceMb><HardwareVersion>vmx-13</HardwareVersion></VmSpecSection>"#;
    let edits = format!(
        r#"<ReconfigureItem name="uno" href="{one}"><Description>first</Description>{card}{spec}</ReconfigureItem><ReconfigureItem name="" href="{two}"><ovf:ProductSection><ovf:Info>i</ovf:Info><ovf:Product>Shop</ovf:Product></ovf:ProductSection></ReconfigureItem>"#
    );
    let fresh = item("three", "inner", POOL).replace("\"three\"", "\"one\"");
    let inner = format!("{networks}{fresh}{edits}");
    block(&admin, "vdcRecomposeVapp").await;
    for decision in ["abort", "resume"] {
        let sent = recompose(&author, &vapp, "", &inner).await;
        assert_eq!((sent.status, sent.attribute("status").as_deref()), (202, Some("preRunning")), "{}", sent.text());
        decide(&admin, decision).await;
        if decision == "abort" {
            assert_eq!(names(&author.get(&vapp).await), ["one", "two"]);
        }
    }
    let after = author.get(&vapp).await;
    assert_eq!(names(&after), ["uno", "two", "one"], "a name is free again in the same request");
    let uno = author.get(&one).await;
    let read = |name: &str| uno.text_of(name).unwrap_or_default();
    assert_eq!([read("Description"), read("NumCpus"), read("NumCoresPerSocket")], ["first", "4", "2"]);
    assert!(read("IpAddress").starts_with("192.168.2."), "it has an address of its new network: {}", uno.text());
    assert_eq!(author.get(&two).await.text_of("Product").as_deref(), Some("Shop"));
    assert!(author.get(&machines(&after)[2].2).await.text_of("IpAddress").unwrap().starts_with("192.168.2."));
    let inner_only = network("inner", "<FenceMode>isolated</FenceMode>");
    let refused = recompose(&author, &vapp, "", &inner_only).await;
    assert_eq!((refused.status, refused.attribute("message").unwrap().contains("\"two\" is on it")), (400, true), "{}", refused.text());
    block(&admin, "vdcDeleteVapp").await;
    let sent = recompose(&author, &vapp, "", &format!(r#"{inner_only}<DeleteItem href="{two}"/>"#)).await;
    assert_eq!(ended(&author, &sent).await, "success", "a network goes with the last machine on it");
    assert_eq!(author.get(&vapp).await.xml().descendants().filter(|node| node.tag_name().name() == "NetworkConfig").count(), 1);
}

/// What a client reads of a machine it may send back: nothing changes by that.
#[tokio::test]
async fn a_machine_that_is_sent_back_as_it_was_read_stays_as_it_is() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("36.0");
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let machine = author.get(&machines(&author.get(&vapp).await)[0].2).await;
    let whole = machine.text().split_once("<Vm ").unwrap().1.replace("</Vm>", "</ReconfigureItem>");
    let body = format!("<RecomposeVAppParams {NAMESPACES}><ReconfigureItem {whole}</RecomposeVAppParams>");
    let sent = author.post(&format!("{vapp}/action/recomposeVApp"), media::RECOMPOSE_VAPP_PARAMS, &body).await;
    assert_eq!(ended(&author, &sent).await, "success");
    assert_eq!(author.get(&machine.attribute("href").unwrap()).await.text(), machine.text());
}

#[tokio::test]
async fn what_could_not_be_made_does_not_change_how_the_vapp_stands() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await, world.login("administrator@System").await);
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    block(&admin, "vdcRecomposeVapp").await;
    recompose(&author, &vapp, "", &photon("unlucky")).await;
    decide(&admin, "fail").await;
    assert_eq!(author.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202);
    let there = author.get(&vapp).await;
    assert_eq!((state(&there).as_str(), machines(&there)[1].1.as_str()), ("4/true", "-1"));
    assert_eq!(author.delete(&machines(&there)[1].2).await.status, 202, "it can only be deleted");
    assert_eq!(names(&author.get(&vapp).await), ["photon-1vm"]);
}

#[tokio::test]
async fn machines_may_exchange_their_names() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("36.0");
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let all = machines(&author.get(&vapp).await);
    let renamed = |at: usize, name: &str| format!(r#"<ReconfigureItem name="{name}" href="{}"/>"#, all[at].2);
    let sent = recompose(&author, &vapp, "", &[renamed(0, "secondVM"), renamed(1, "firstVM")].concat()).await;
    assert_eq!(ended(&author, &sent).await, "success");
    assert_eq!(names(&author.get(&vapp).await), ["secondVM", "firstVM", "thirdVM"]);
    let twice = recompose(&author, &vapp, "", &renamed(0, "thirdVM")).await;
    assert_eq!(twice.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"), "{}", twice.text());
}
