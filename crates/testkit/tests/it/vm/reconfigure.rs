//! Editing machines by sending them whole, and what can be edited only so.

use super::edit::{a_connected_machine, a_machine, cards, done};
use crate::vapp::{NAMESPACES, POOL};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const OFF: &str = "<IsConnected>false</IsConnected>";

/// A machine of this name with these sections.
fn whole(name: &str, sections: &str) -> String {
    format!(r#"<Vm {NAMESPACES} name="{name}">{sections}</Vm>"#)
}

fn specified(elements: &str) -> String {
    whole("photon-1vm", &format!(r#"<VmSpecSection Modified="true"><ovf:Info/>{elements}</VmSpecSection>"#))
}

async fn reconfigure(actor: &Actor, machine: &str, body: &str) -> Answer {
    let link = actor.get(machine).await.link("reconfigureVm", media::VM);
    actor.post(&link, media::VM, body).await
}

async fn refused(actor: &Actor, machine: &str, body: &str, why: &str) {
    let answer = reconfigure(actor, machine, body).await;
    assert!(answer.status == 400 && answer.text().contains(why), "{why}: {}", answer.text());
}

async fn power(actor: &Actor, machine: &str, change: &str) {
    let answer = actor.post_empty(&format!("{machine}/power/action/{change}")).await;
    assert_eq!(done(actor, &answer).await, "success");
}

#[tokio::test]
async fn a_machine_that_is_sent_back_as_it_was_read_stays_as_it_is() {
    for version in ["5.1", "29.0", "37.1"] {
        let world = World::new().await;
        let author = world.login("author@example").await.at(version);
        let machine = a_connected_machine(&author, "shop", POOL).await;
        let before = author.get(&machine).await.text().to_owned();
        let answer = reconfigure(&author, &machine, &before).await;
        assert_eq!(answer.attribute("operationName").as_deref(), Some("vappUpdateVm"));
        assert_eq!(done(&author, &answer).await, "success");
        assert_eq!(author.get(&machine).await.text(), before, "{version}");
    }
}

#[tokio::test]
async fn connections_decide_where_the_hardware_still_has_the_old_cards() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("29.0");
    let machine = a_machine(&author).await;
    let before = author.get(&machine).await.text().to_owned();
    let start = before.find("<NetworkConnectionSection").unwrap();
    let end = before.find("</NetworkConnectionSection>").unwrap() + "</NetworkConnectionSection>".len();
    let two = cards("", &[(0, "none", OFF, "NONE"), (1, "none", OFF, "NONE")]);
    let body = format!("{}{two}{}", &before[..start], &before[end..]);
    assert_eq!(done(&author, &reconfigure(&author, &machine, &body).await).await, "success");
    let after = author.get(&machine).await.text().to_owned();
    assert_eq!((after.matches("<NetworkConnection ").count(), after.matches("Network adapter ").count()), (2, 2), "{after}");
}

#[tokio::test]
async fn a_specification_changes_what_it_names() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("37.1");
    let machine = a_machine(&author).await;
    let disks = "<DiskSection><DiskSettings><DiskId>2000</DiskId><SizeMb>20480</SizeMb><UnitNumber>0</UnitNumber><BusNumber>0</BusNumber>\
                 <AdapterType>5</AdapterType></DiskSettings><DiskSettings><SizeMb>64</SizeMb><UnitNumber>1</UnitNumber>\
                 <BusNumber>0</BusNumber><AdapterType>6</AdapterType></DiskSettings></DiskSection>";
    let all = format!(
        "<OsType>ubuntu64Guest</OsType><Firmware>efi</Firmware><NumCpus>4</NumCpus><NumCoresPerSocket>2</NumCoresPerSocket>\
         <MemoryResourceMb><Configured>1024</Configured></MemoryResourceMb>{disks}<HardwareVersion>vmx-14</HardwareVersion>"
    );
    assert_eq!(done(&author, &reconfigure(&author, &machine, &specified(&all)).await).await, "success");
    let after = author.get(&machine).await;
    for part in [
        "<NumCpus>4<",
        "<NumCoresPerSocket>2<",
        "<Configured>1024<",
        "<SizeMb>20480<",
        "<SizeMb>64<",
        "ubuntu64Guest",
        "<Firmware>efi<",
        ">vmx-14<",
    ] {
        assert!(after.text().contains(part), "{part}: {}", after.text());
    }
    golden!(after, "vm", "reconfigured", "inferred (a machine with VmSpecSection, BootOptions and ComputePolicy as clients read them)");
    for (elements, why) in [
        ("<HardwareVersion>vmx-13</HardwareVersion>", "vmx-13"),
        ("<HardwareVersion>vmx-99</HardwareVersion>", "vmx-99"),
        ("<MemoryResourceMb><Configured>1024</Configured><Reservation>512</Reservation></MemoryResourceMb>", "Reservation"),
        ("<CpuResourceMhz><Configured>0</Configured><SharesLevel>HIGH</SharesLevel></CpuResourceMhz>", "SharesLevel"),
        ("<NumCpus>3</NumCpus><NumCoresPerSocket>2</NumCoresPerSocket>", "whole sockets"),
        ("<Firmware>coreboot</Firmware>", "coreboot"),
    ] {
        refused(&author, &machine, &specified(elements), why).await;
    }
}

#[tokio::test]
async fn a_machine_starts_as_it_was_told() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("37.1");
    let machine = a_machine(&author).await;
    let options = |elements: &str| format!("<BootOptions {NAMESPACES}>{elements}</BootOptions>");
    let read = async || author.get(&format!("{machine}/bootOptions/")).await;
    let first = read().await;
    let link = first.link("edit", media::BOOT_OPTIONS);
    let change =
        author.post(&link, media::BOOT_OPTIONS, &options("<BootDelay>5000</BootDelay><EnterBIOSSetup>true</EnterBIOSSetup>")).await;
    assert_eq!(done(&author, &change).await, "success");
    let retry = options("<BootRetryEnabled>true</BootRetryEnabled><NetworkBootProtocol>ipv6</NetworkBootProtocol>");
    assert_eq!(done(&author, &reconfigure(&author, &machine, &whole("photon-1vm", &retry)).await).await, "success");
    golden!(read().await, "vm", "boot-options", "inferred (BootOptionsType, and what go-vcloud-director reads of 37.1)");
    power(&author, &machine, "powerOn").await;
    assert!(read().await.text().contains("<EnterBIOSSetup>false<"), "it enters its setup once");
    refused(&author, &machine, &specified("<Firmware>efi</Firmware>"), "power it off").await;
    power(&author, &machine, "powerOff").await;
    for (elements, why) in [
        ("<BootDelay>10001</BootDelay>", "BootDelay"),
        ("<EfiSecureBootEnabled>true</EfiSecureBootEnabled>", "firmware is efi"),
        ("<NetworkBootProtocol>ipx</NetworkBootProtocol>", "ipx"),
    ] {
        refused(&author, &machine, &whole("photon-1vm", &options(elements)), why).await;
    }
    let user = world.login("user@example").await.at("37.1");
    assert_eq!(user.post(&link, media::BOOT_OPTIONS, &options("<BootDelay>1</BootDelay>")).await.status, 403);
}

#[tokio::test]
async fn only_who_may_tells_vsphere_more() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await.at("36.0"), world.login("administrator@System").await.at("36.0"));
    let machine = a_machine(&author).await;
    let hardware = format!("{machine}/virtualHardwareSection/");
    let before = author.get(&hardware).await.text().to_owned();
    let with = |value: &str| {
        let config =
            format!(r#"<vmw:ExtraConfig xmlns:vmw="http://www.vmware.com/schema/ovf" vmw:key="guestinfo.a" vmw:value="{value}"/>"#);
        let end = before.rfind("</").unwrap();
        format!("{}{config}{}", &before[..end], &before[end..])
    };
    let put = async |actor: &Actor, value: &str| actor.put(&hardware, media::VIRTUAL_HARDWARE_SECTION, &with(value)).await;
    assert_eq!(put(&author, "1").await.status, 403);
    assert_eq!(done(&admin, &put(&admin, "1").await).await, "success");
    let read = author.get(&hardware).await.text().to_owned();
    assert!(read.contains(r#"key="guestinfo.a""#), "{read}");
    assert_eq!(done(&author, &put(&author, "1").await).await, "success", "what does not change needs no right");
    assert_eq!(done(&admin, &put(&admin, "").await).await, "success");
    assert_eq!(author.get(&hardware).await.text(), before);
}

#[tokio::test]
async fn a_machine_has_a_policy_of_its_vdc() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("33.0");
    let machine = a_machine(&author).await;
    let read = author.get(&machine).await;
    let policy = read.attribute_of("VmSizingPolicy", "href").unwrap();
    let with = |href: &str| whole("photon-1vm", &format!(r#"<ComputePolicy><VmSizingPolicy href="{href}"/></ComputePolicy>"#));
    assert_eq!(done(&author, &reconfigure(&author, &machine, &with(&policy)).await).await, "success");
    assert_eq!(author.get(&policy).await.status, 200, "the policy can be read where it is said to be");
    refused(&author, &machine, &with(&machine), "VmSizingPolicy").await;
    let placed = whole("photon-1vm", &format!(r#"<ComputePolicy><VmPlacementPolicy href="{policy}"/></ComputePolicy>"#));
    assert_eq!(reconfigure(&author, &machine, &placed).await.status, 501);
    assert!(!author.at("32.0").get(&machine).await.text().contains("ComputePolicy"));
}
