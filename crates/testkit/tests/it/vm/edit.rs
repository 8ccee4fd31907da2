//! Editing machines, section by section.

use crate::vapp::{NAMESPACES, a_vapp, bridged, compose, composed, href, item};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const RASD: &str = r#"xmlns:r="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:w="http://www.vmware.com/schema/ovf""#;

/// A machine of a vApp that is off.
pub(super) async fn a_machine(actor: &Actor) -> String {
    let vapp = a_vapp(actor, "shop", "photon-1vm").await;
    actor.get(&vapp).await.attribute_of("Vm", "href").unwrap()
}

/// One on a network of 192.168.1.0/24.
pub(super) async fn a_connected_machine(actor: &Actor, name: &str, connection: &str) -> String {
    let made = compose(actor, &composed(name, &bridged("net"), &item("web", "net", connection))).await;
    assert_eq!(made.status, 201, "{}", made.text());
    actor.get(&made.attribute("href").unwrap()).await.attribute_of("Vm", "href").unwrap()
}

async fn put(actor: &Actor, machine: &str, path: &str, media: &str, body: &str) -> Answer {
    actor.put(&format!("{machine}{path}"), media, body).await
}

/// The status of the task that comes of a change.
pub(super) async fn done(actor: &Actor, answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    actor.get(&answer.attribute("href").unwrap()).await.attribute("status").unwrap()
}

fn quantity(resource: i32, value: i64, more: &str) -> String {
    format!(
        r#"<Item xmlns="http://www.vmware.com/vcloud/v1.5" {RASD}><r:ElementName>x</r:ElementName><r:InstanceID>4</r:InstanceID><r:ResourceType>{resource}</r:ResourceType><r:VirtualQuantity>{value}</r:VirtualQuantity>{more}</Item>"#
    )
}

fn disk(instance: i32, capacity: i64, attributes: &str, unit: &str) -> String {
    format!(
        r#"<Item xmlns:v="http://www.vmware.com/vcloud/v1.5">{unit}<r:ElementName>d</r:ElementName><r:HostResource v:capacity="{capacity}" {attributes}/><r:InstanceID>{instance}</r:InstanceID><r:ResourceType>17</r:ResourceType></Item>"#
    )
}

fn list(items: &str) -> String {
    format!(r#"<RasdItemsList xmlns="http://www.vmware.com/vcloud/v1.5" {RASD}>{items}</RasdItemsList>"#)
}

pub(super) fn cards(primary: &str, all: &[(i32, &str, &str, &str)]) -> String {
    let card = |(index, network, inner, mode): &(i32, &str, &str, &str)| {
        format!(
            r#"<NetworkConnection network="{network}"><NetworkConnectionIndex>{index}</NetworkConnectionIndex>{inner}<IpAddressAllocationMode>{mode}</IpAddressAllocationMode></NetworkConnection>"#
        )
    };
    let all: String = all.iter().map(card).collect();
    format!("<NetworkConnectionSection {NAMESPACES}><ovf:Info/>{primary}{all}</NetworkConnectionSection>")
}

#[tokio::test]
async fn cpus_and_memory_change_within_what_the_generation_can_have() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let machine = a_machine(&author).await;
    let cores = "<w:CoresPerSocket>2</w:CoresPerSocket>";
    let put = async |path: &str, body: String| put(&author, &machine, path, media::RASD_ITEM, &body).await;
    let cpu = put("/virtualHardwareSection/cpu", quantity(3, 4, cores)).await;
    assert_eq!(cpu.attribute("operationName").as_deref(), Some("vappUpdateVm"));
    assert_eq!((done(&author, &cpu).await.as_str(), cpu.attribute_of("Owner", "href")), ("success", Some(machine.clone())));
    assert_eq!(done(&author, &put("/virtualHardwareSection/memory", quantity(4, 4_096, "")).await).await, "success");
    let section = author.get(&format!("{machine}/virtualHardwareSection")).await;
    assert!(section.text().contains("4 virtual CPU(s)") && section.text().contains("4096 MB of memory"));
    golden!(section, "vm", "hardware-edited", "recorded (links and items of machines with status 8)");
    for (path, body) in [
        ("cpu", quantity(3, 3, cores)),
        ("cpu", quantity(3, 0, "")),
        ("cpu", quantity(3, 999, "")),
        ("memory", quantity(4, 1_023, "")),
        ("memory", quantity(4, i64::MAX, "")),
    ] {
        assert_eq!(put(&format!("/virtualHardwareSection/{path}"), body).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_running_machine_grows_only_where_it_may() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let machine = a_machine(&author).await;
    let memory = async |mb: i64| put(&author, &machine, "/virtualHardwareSection/memory", media::RASD_ITEM, &quantity(4, mb, "")).await;
    let power = async |change: &str| author.post_empty(&format!("{machine}/power/action/{change}")).await;
    assert_eq!(power("powerOn").await.status, 202);
    let refused = memory(2_048).await;
    assert!(refused.status == 400 && refused.text().contains("power it off"), "{}", refused.text());
    power("powerOff").await;
    let able = format!("<VmCapabilities {NAMESPACES}><MemoryHotAddEnabled>true</MemoryHotAddEnabled></VmCapabilities>");
    assert_eq!(done(&author, &put(&author, &machine, "/vmCapabilities", media::VM_CAPABILITIES, &able).await).await, "success");
    power("powerOn").await;
    assert_eq!(put(&author, &machine, "/vmCapabilities", media::VM_CAPABILITIES, &able.replace("true", "false")).await.status, 400);
    assert_eq!(done(&author, &memory(2_048).await).await, "success");
    assert_eq!(memory(1_024).await.status, 400, "it never shrinks while it runs");
    let cpu = put(&author, &machine, "/virtualHardwareSection/cpu", media::RASD_ITEM, &quantity(3, 8, "")).await;
    assert_eq!(cpu.status, 400, "only memory can be added");
}

#[tokio::test]
async fn disks_come_grow_and_go() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let machine = a_machine(&author).await;
    let fast = href(Kind::VdcStorageProfile, "example-vdc/fast");
    let own = format!(r#"v:storageProfileHref="{fast}" v:storageProfileOverrideVmDefault="true""#);
    let put = async |items: &str| put(&author, &machine, "/virtualHardwareSection/disks", media::RASD_ITEMS_LIST, &list(items)).await;
    let sata = disk(0, 512, r#"v:busType="20" v:busSubType="vmware.sata.ahci""#, "");
    let all = format!("{}{}{sata}", disk(2000, 20_480, "", ""), disk(2001, 1_024, &own, ""));
    assert_eq!(done(&author, &put(&all).await).await, "success");
    let disks = author.get(&format!("{machine}/virtualHardwareSection/disks")).await;
    let text = disks.text();
    assert!([r#"capacity="20480""#, r#"capacity="1024""#, "SATA Controller 0", &fast].iter().all(|part| text.contains(part)), "{text}");
    golden!(disks, "vm", "disks-edited", "inferred (items of disks, with another controller and storage profile)");
    for (items, why) in [
        (disk(2000, 1_024, "", ""), "shrink"),
        (disk(2000, 20_480, "", "<r:AddressOnParent>7</r:AddressOnParent>"), "no unit 7"),
        (format!("{}{}", disk(2000, 20_480, "", ""), disk(0, 1, "", "<r:AddressOnParent>0</r:AddressOnParent>")), "two disks"),
        (disk(0, 1, r#"v:busType="99""#, ""), "no disk controller"),
    ] {
        let refused = put(&items).await;
        assert!(refused.status == 400 && refused.text().contains(why), "{}", refused.text());
    }
    assert_eq!(done(&author, &put(&disk(2000, 20_480, "", "")).await).await, "success");
    assert_eq!(author.get(&format!("{machine}/virtualHardwareSection/disks")).await.text().matches("Hard disk ").count(), 1);
}

#[tokio::test]
async fn a_snapshot_keeps_the_disks_that_it_is_made_of() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let machine = a_machine(&author).await;
    let grown = list(&disk(2000, 20_480, "", ""));
    let put = async || put(&author, &machine, "/virtualHardwareSection/disks", media::RASD_ITEMS_LIST, &grown).await;
    author.post_empty(&author.get(&machine).await.link("snapshot:create", media::CREATE_SNAPSHOT_PARAMS)).await;
    let refused = put().await;
    assert!(refused.status == 400 && refused.text().contains("snapshot"), "{}", refused.text());
    author.post_empty(&author.get(&machine).await.link("snapshot:removeAll", "")).await;
    assert_eq!(done(&author, &put().await).await, "success");
}

#[tokio::test]
async fn passwords_of_guests_stay_with_their_machine() {
    let world = World::new().await;
    let author = world.login("orgadmin@example").await.at("5.5");
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let machine = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let guest = format!(
        "<GuestCustomizationSection {NAMESPACES}><ovf:Info/><Enabled>true</Enabled><AdminPasswordEnabled>true</AdminPasswordEnabled>\
         <AdminPasswordAuto>false</AdminPasswordAuto><AdminPassword>hunter2</AdminPassword></GuestCustomizationSection>"
    );
    let sent = put(&author, &machine, "/guestCustomizationSection/", media::GUEST_CUSTOMIZATION_SECTION, &guest).await;
    assert_eq!(done(&author, &sent).await, "success");
    assert!(author.get(&machine).await.text().contains("<AdminPassword>hunter2</AdminPassword>"), "whoever may manage it sees it");
    let task = crate::capture::capture(&author, &crate::capture::captured(&vapp, "kept", "")).await;
    let template = task.attribute_of("Owner", "href").unwrap();
    let params = format!(
        r#"<InstantiateVAppTemplateParams {NAMESPACES} name="copy" deploy="false" powerOn="false"><Source href="{template}"/></InstantiateVAppTemplateParams>"#
    );
    let copy = author.get(&crate::vapp::instantiate(&author, &params).await.attribute("href").unwrap()).await;
    assert_eq!((copy.count("Vm"), copy.text().contains("hunter2")), (1, false), "a template may be anybody's");
}

#[tokio::test]
async fn cards_take_and_return_addresses() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let (first, second) =
        (a_connected_machine(&author, "one", crate::vapp::POOL).await, a_connected_machine(&author, "two", crate::vapp::POOL).await);
    let put = async |machine: &str, body: String| {
        put(&author, machine, "/networkConnectionSection/", media::NETWORK_CONNECTION_SECTION, &body).await
    };
    let ips = async |machine: &str| {
        let section = author.get(&format!("{machine}/networkConnectionSection/")).await;
        let xml = section.xml();
        let all = xml.descendants().filter(|node| node.tag_name().name() == "IpAddress");
        all.filter_map(|node| node.text().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!((ips(&first).await, ips(&second).await), (vec!["192.168.1.10".to_owned()], vec!["192.168.1.11".to_owned()]));
    let on = "<IsConnected>true</IsConnected>";
    for (mac, why) in [("00:50:56:3f:00:00", "may be given"), ("01:50:56:00:00:01", "no MACAddress")] {
        let refused = put(&first, cards("", &[(0, "net", &format!("{on}<MACAddress>{mac}</MACAddress>"), "POOL")])).await;
        assert!(refused.status == 400 && refused.text().contains(why), "{}", refused.text());
    }
    let none = put(&first, cards("", &[(0, "none", on, "NONE")])).await;
    assert_eq!((done(&author, &none).await.as_str(), ips(&first).await.len()), ("success", 0));
    // The address that was returned is the first that is free.
    let two = put(&second, cards("", &[(0, "net", on, "POOL"), (1, "net", on, "POOL")])).await;
    assert_eq!(
        (done(&author, &two).await.as_str(), ips(&second).await),
        ("success", vec!["192.168.1.11".to_owned(), "192.168.1.10".to_owned()])
    );
    let taken = format!("<IpAddress>192.168.1.11</IpAddress>{on}");
    assert_eq!(done(&author, &put(&first, cards("", &[(0, "net", &taken, "MANUAL")])).await).await, "error");
    let mac = author.get(&format!("{second}/networkConnectionSection/")).await.text_of("MACAddress").unwrap();
    let twin = put(&first, cards("", &[(0, "net", &format!("{on}<MACAddress>{}</MACAddress>", mac.to_uppercase()), "POOL")])).await;
    assert!(twin.status == 400 && twin.text().contains("MACAddress"), "{}", twin.text());
    let primary = "<PrimaryNetworkConnectionIndex>1</PrimaryNetworkConnectionIndex>";
    assert_eq!(done(&author, &put(&second, cards(primary, &[(0, "net", on, "POOL"), (1, "net", on, "POOL")])).await).await, "success");
    let section = author.get(&format!("{second}/networkConnectionSection/")).await;
    assert_eq!(section.text_of("PrimaryNetworkConnectionIndex").as_deref(), Some("1"));
    golden!(section, "vm", "connections-edited", "recorded (shape of NetworkConnectionSection)");
    assert_eq!(put(&second, cards(primary, &[(0, "net", on, "POOL")])).await.status, 400, "no such card");
    assert_eq!(put(&second, cards("", &[(0, "other", on, "POOL")])).await.status, 400, "no such network");
}

#[tokio::test]
async fn passwords_are_shown_to_who_may_manage_them() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let machine = a_machine(&author).await;
    let section = |inner: &str| format!("<GuestCustomizationSection {NAMESPACES}><ovf:Info/>{inner}</GuestCustomizationSection>");
    let put = async |inner: &str| {
        put(&author, &machine, "/guestCustomizationSection/", media::GUEST_CUSTOMIZATION_SECTION, &section(inner)).await
    };
    let auto = "<AdminPasswordEnabled>true</AdminPasswordEnabled><AdminPasswordAuto>false</AdminPasswordAuto>";
    let refused = put(auto).await;
    assert!(refused.status == 400 && refused.text().contains("AdminPassword is missing"));
    let domain = "<Enabled>true</Enabled><JoinDomainEnabled>true</JoinDomainEnabled><DomainName>d</DomainName><DomainUserName>u</DomainUserName><DomainUserPassword>s3cret</DomainUserPassword>";
    let rest = "<AdminPassword>pa55</AdminPassword><ResetPasswordRequired>true</ResetPasswordRequired><CustomizationScript>echo &lt;1&gt;</CustomizationScript><ComputerName>box</ComputerName>";
    assert_eq!(done(&author, &put(&format!("{domain}{auto}{rest}")).await).await, "success");
    let shown = author.get(&format!("{machine}/guestCustomizationSection/")).await;
    assert_eq!(shown.text_of("AdminPassword").as_deref(), Some("pa55"));
    assert!(!shown.text().contains("s3cret") && shown.text_of("CustomizationScript").as_deref() == Some("echo <1>"));
    golden!(shown, "vm", "guest-edited", "schema (all fields of GuestCustomizationSection)");
    assert_eq!(put("<ComputerName>no blanks</ComputerName>").await.status, 400);
    // What is sent back as it was read changes nothing.
    assert_eq!(done(&author, &put("<Enabled>true</Enabled>").await).await, "success");
    assert_eq!(author.get(&format!("{machine}/guestCustomizationSection/")).await.text_of("AdminPassword").as_deref(), Some("pa55"));
}

#[tokio::test]
async fn names_and_guests_change_and_what_was_read_can_be_sent_back() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("5.5");
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let machine = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let vm = |name: &str| format!(r#"<Vm {NAMESPACES} name="{name}"><Description>edited</Description></Vm>"#);
    assert_eq!(done(&author, &put(&author, &machine, "", media::VM, &vm("renamed")).await).await, "success");
    let taken = put(&author, &machine, "", media::VM, &vm("SECONDvm")).await;
    assert_eq!((taken.status, taken.attribute("minorErrorCode").as_deref()), (400, Some("DUPLICATE_NAME")));
    let system = |os: &str| {
        format!(
            r#"<ovf:OperatingSystemSection {NAMESPACES} xmlns:w="http://www.vmware.com/schema/ovf" ovf:id="1" w:osType="{os}"><ovf:Info/></ovf:OperatingSystemSection>"#
        )
    };
    let put_system =
        async |os: &str| put(&author, &machine, "/operatingSystemSection/", media::OPERATING_SYSTEM_SECTION, &system(os)).await;
    assert_eq!(done(&author, &put_system("otherGuest").await).await, "success");
    assert_eq!(put_system("plan9Guest").await.status, 400);
    let whole = author.get(&machine).await;
    assert_eq!((whole.attribute("name").as_deref(), whole.text_of("Description").as_deref()), (Some("renamed"), Some("edited")));
    for (path, media) in [
        ("", media::VM),
        ("/virtualHardwareSection/", media::VIRTUAL_HARDWARE_SECTION),
        ("/virtualHardwareSection/disks", media::RASD_ITEMS_LIST),
        ("/virtualHardwareSection/networkCards", media::RASD_ITEMS_LIST),
        ("/virtualHardwareSection/cpu", media::RASD_ITEM),
        ("/networkConnectionSection/", media::NETWORK_CONNECTION_SECTION),
        ("/guestCustomizationSection/", media::GUEST_CUSTOMIZATION_SECTION),
        ("/operatingSystemSection/", media::OPERATING_SYSTEM_SECTION),
        ("/vmCapabilities/", media::VM_CAPABILITIES),
    ] {
        let read = author.get(&format!("{machine}{path}")).await;
        assert!(read.text().contains(&format!(r#"type="{media}" rel="edit""#)), "{path}");
        assert_eq!(done(&author, &put(&author, &machine, path, media, read.text()).await).await, "success", "{path}");
        let again = author.get(&format!("{machine}{path}")).await;
        assert_eq!(again.text(), read.text(), "{path}");
    }
}

#[tokio::test]
async fn serial_ports_come_and_go_while_the_machine_is_off() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author).await;
    let port = |address: &str| {
        format!(
            r#"<Item xmlns="http://www.vmware.com/vcloud/v1.5" {RASD}><r:Address>{address}</r:Address><r:AutomaticAllocation>true</r:AutomaticAllocation><r:ElementName>s</r:ElementName><r:InstanceID>0</r:InstanceID><r:ResourceSubType>vmware.serialport.uri</r:ResourceSubType><r:ResourceType>21</r:ResourceType></Item>"#
        )
    };
    let ports = "/virtualHardwareSection/serialPorts";
    let two = list(&(port("telnet://10.0.0.1:2001") + &port("telnet://10.0.0.1:2002")));
    assert_eq!(done(&author, &put(&author, &machine, ports, media::RASD_ITEMS_LIST, &two).await).await, "success");
    golden!(author.at("27.0").get(&format!("{machine}{ports}")).await, "vm", "serial-ports", "inferred (items of vSphere's packages)");
    let whole = author.get(&format!("{machine}/virtualHardwareSection")).await;
    assert!(whole.text().contains("telnet://10.0.0.1:2002"), "{}", whole.text());
    let same = put(&author, &machine, "/virtualHardwareSection", media::VIRTUAL_HARDWARE_SECTION, whole.text()).await;
    assert_eq!(done(&author, &same).await, "success");
    let many = list(&port("telnet://10.0.0.1:2001").repeat(33));
    let refused = put(&author, &machine, ports, media::RASD_ITEMS_LIST, &many).await;
    assert!(refused.status == 400 && refused.text().contains("at most 32 serial ports"), "{}", refused.text());
    assert_eq!(author.post(&format!("{machine}/power/action/powerOn"), "", "").await.status, 202);
    let refused = put(&author, &machine, ports, media::RASD_ITEMS_LIST, &list("")).await;
    assert!(refused.status == 400 && refused.text().contains("power it off"), "{}", refused.text());
}
